/** Releases of repositories, as GitHub listed them last: marks in trends. */
import type pg from 'pg';
import type { ReleaseBooks } from '../ports/store.js';
import { change, select } from './query.js';
import { ACTIVE, toRepository, type RepositoryRow } from './repositories.js';
import { inTransaction } from './transaction.js';

export function createReleaseBooks(pool: pg.Pool): ReleaseBooks {
  return {
    async evaluatedRepositories() {
      const rows = await select<RepositoryRow>(
        pool,
        `${ACTIVE} and exists (select from docops.evaluations e where e.repository_id = r.id) order by r.id`,
      );
      return rows.map(toRepository);
    },

    async saveReleases(repositoryId, releases) {
      const byTag = new Map(
        releases.map(({ tag, at }) => [tag.replaceAll('\0', '\uFFFD'), at.toISOString()]),
      );
      const lists = [repositoryId, [...byTag.keys()], [...byTag.values()]] as const;
      await inTransaction(pool, async (client) => {
        // Older ones than those that were listed are only not listed.
        await change(
          client,
          `delete from docops.releases where repository_id = $1 and tag <> all($2::text[])
            and at >= coalesce((select min(at) from unnest($3::timestamptz[]) as at), '-infinity')`,
          lists,
        );
        await change(
          client,
          `insert into docops.releases as known (repository_id, tag, at)
            select $1, * from unnest($2::text[], $3::timestamptz[])
            on conflict (repository_id, tag) do update set at = excluded.at where known.at <> excluded.at`,
          lists,
        );
      });
    },
  };
}
