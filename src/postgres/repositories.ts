/** Installations, repositories and pull requests as they were last seen. */
import type pg from 'pg';
import type { Delivery, PullRequest, RepositoryRef } from '../core/app-words.js';
import type { Repositories } from '../ports/store.js';
import { change, json, select } from './query.js';
import { inTransaction, type Queryable } from './transaction.js';

export interface RepositoryRow {
  readonly id: string;
  readonly installation_id: string;
  readonly owner: string;
  readonly name: string;
}

export function toRepository(row: RepositoryRow): RepositoryRef {
  return {
    id: Number(row.id),
    installationId: Number(row.installation_id),
    owner: row.owner,
    name: row.name,
  };
}

/** Repositories that the App may act in; `r` in what is added to it. */
export const ACTIVE = `select r.id, r.installation_id, r.owner, r.name
  from docops.repositories r join docops.installations i on i.id = r.installation_id
  where not r.removed and i.state = 'active'`;

export function createRepositories(pool: pg.Pool): Repositories {
  return {
    async repository(id) {
      const [row] = await select<RepositoryRow>(pool, `${ACTIVE} and r.id = $1`, [id]);
      return row === undefined ? undefined : toRepository(row);
    },

    async activeRepositories() {
      return (await select<RepositoryRow>(pool, `${ACTIVE} order by r.id`)).map(toRepository);
    },

    async saveRepositories(repositories) {
      if (repositories.length > 0)
        await inTransaction(pool, (client) => saveRepositories(client, repositories, true));
    },

    async removeRepository(id) {
      await change(
        pool,
        'update docops.repositories set removed = true, updated_at = now() where id = $1 and not removed',
        [id],
      );
    },

    async saveInstallation(id, account, state) {
      await change(
        pool,
        `insert into docops.installations as known (id, account, state) values ($1, $2, $3)
          on conflict (id) do update
            set account = coalesce(excluded.account, known.account), state = excluded.state, updated_at = now()`,
        [id, account, state],
      );
    },

    async savePullRequest(repositoryId, pullRequest) {
      await change(
        pool,
        `insert into docops.pull_requests (repository_id, number, open, head_sha, base_ref, pull_request)
          values ($1, $2, $3, $4, $5, $6)
          on conflict (repository_id, number) do update
            set open = excluded.open, head_sha = excluded.head_sha, base_ref = excluded.base_ref,
              pull_request = excluded.pull_request, updated_at = now()`,
        [
          repositoryId,
          pullRequest.number,
          pullRequest.open,
          pullRequest.headSha,
          pullRequest.baseRef,
          json(pullRequest),
        ],
      );
    },

    async pullRequest(repositoryId, number) {
      const [row] = await select<{ pull_request: PullRequest }>(
        pool,
        'select pull_request from docops.pull_requests where repository_id = $1 and number = $2',
        [repositoryId, number],
      );
      return row?.pull_request;
    },

    async openPullRequests(repositoryId, baseRef) {
      const rows = await select<{ pull_request: PullRequest }>(
        pool,
        `select pull_request from docops.pull_requests
          where repository_id = $1 and open and ($2::text is null or base_ref = $2) order by number`,
        [repositoryId, baseRef ?? null],
      );
      return rows.map(({ pull_request }) => pull_request);
    },
  };
}

/** What a delivery says of its installation and repositories. A repository that was removed stays so: deliveries come late. */
export async function bringUpToDate(client: Queryable, delivery: Delivery): Promise<void> {
  const { installation, repository, repositories, removedRepositories } = delivery;
  await change(
    client,
    `insert into docops.installations as known (id, account, state)
      select $1, $2, 'active'
        where not exists (select from docops.installations where id = $1 and ($2::text is null or account = $2))
      on conflict (id) do update set account = excluded.account, updated_at = now()`,
    [installation.id, installation.account],
  );
  if (repository !== undefined) await saveRepositories(client, [repository], false);
  if (repositories !== undefined && repositories.length > 0)
    await saveRepositories(client, repositories, true);
  if (removedRepositories !== undefined && removedRepositories.length > 0)
    await change(
      client,
      `update docops.repositories set removed = true, updated_at = now()
        where installation_id = $1 and id in (
          select id from docops.repositories where id = any($2::bigint[]) and not removed order by id for update)`,
      [installation.id, removedRepositories.map(({ id }) => id)],
    );
}

/**
 * A row that is as it should be is not touched: every webhook passes here, and an update would make them wait for each
 * other. In the order of ids, so that two at once do not wait for each other in a circle.
 */
async function saveRepositories(
  client: Queryable,
  repositories: readonly RepositoryRef[],
  bringBack: boolean,
): Promise<void> {
  const unique = [...new Map(repositories.map((repository) => [repository.id, repository])).values()];
  unique.sort((a, b) => a.id - b.id);
  await change(
    client,
    `insert into docops.installations (id, state)
      select id, 'active' from (select distinct unnest($1::bigint[]) as id) as wanted
        where not exists (select from docops.installations known where known.id = wanted.id)
        order by id
      on conflict do nothing`,
    [unique.map(({ installationId }) => installationId)],
  );
  await change(
    client,
    `insert into docops.repositories as known (id, installation_id, owner, name)
      select wanted.* from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])
          as wanted (id, installation_id, owner, name)
        where not exists (
          select from docops.repositories r
            where (r.id, r.installation_id, r.owner, r.name)
                = (wanted.id, wanted.installation_id, wanted.owner, wanted.name)
              and not (r.removed and $5))
        order by wanted.id
      on conflict (id) do update
        set installation_id = excluded.installation_id, owner = excluded.owner, name = excluded.name,
          removed = known.removed and not $5, updated_at = now()`,
    [
      unique.map(({ id }) => id),
      unique.map(({ installationId }) => installationId),
      unique.map(({ owner }) => owner),
      unique.map(({ name }) => name),
      bringBack,
    ],
  );
}
