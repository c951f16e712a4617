/** Deliveries and hints. */
import type pg from 'pg';
import type { Delivery, Hint } from '../core/app-words.js';
import type { Inbox, StoredHint } from '../ports/store.js';
import { change, json, select } from './query.js';
import { bringUpToDate } from './repositories.js';
import { inTransaction, type Queryable } from './transaction.js';

interface HintRow {
  readonly id: string;
  readonly repository_id: string | null;
  readonly installation_id: string | null;
  readonly cause: string;
  readonly hint: Hint;
  readonly done: boolean;
}

const COLUMNS = 'id, repository_id, installation_id, cause, hint, finished_at is not null as done';

function toHint(row: HintRow): StoredHint {
  return {
    id: Number(row.id),
    repositoryId: row.repository_id === null ? null : Number(row.repository_id),
    installationId: row.installation_id === null ? null : Number(row.installation_id),
    hint: row.hint,
    cause: row.cause,
  };
}

export function createInbox(pool: pg.Pool): Inbox {
  return {
    async receive(delivery) {
      const fast = await receiveOrdinary(pool, delivery);
      if (fast !== undefined) return { duplicate: false, hints: fast };
      return inTransaction(pool, async (client) => {
        // A second delivery of the guid waits here until the first one is committed.
        const first = await change(
          client,
          'insert into docops.deliveries (guid, event) values ($1, $2) on conflict do nothing',
          [delivery.guid, delivery.event],
        );
        if (first === 0) {
          const open = await select<HintRow>(
            client,
            `select ${COLUMNS} from docops.hints where delivery_guid = $1 and finished_at is null order by id`,
            [delivery.guid],
          );
          return { duplicate: true, hints: open.map(toHint) };
        }
        await bringUpToDate(client, delivery);
        return { duplicate: false, hints: await insertHints(client, delivery) };
      });
    },

    async addHint(repositoryId, cause, hint) {
      const [row] = await select<HintRow>(
        pool,
        `insert into docops.hints (repository_id, cause, kind, pull_number, hint) values ($1, $2, $3, $4, $5)
          on conflict (repository_id, cause) where delivery_guid is null do nothing returning ${COLUMNS}`,
        [repositoryId, cause, hint.kind, lookedAt(hint), json(hint)],
      );
      return row === undefined ? undefined : toHint(row);
    },

    async hint(id) {
      const [row] = await select<HintRow>(pool, `select ${COLUMNS} from docops.hints where id = $1`, [id]);
      return row === undefined ? undefined : { ...toHint(row), done: row.done };
    },

    async finishHint(id) {
      await change(
        pool,
        'update docops.hints set finished_at = now() where id = $1 and finished_at is null',
        [id],
      );
    },

    async openLooks(repositoryId, number) {
      const rows = await select<{ hint: Extract<Hint, { kind: 'look' }>; up_to: string }>(
        pool,
        `select hint, max(id) over () as up_to from docops.hints
          where repository_id = $1 and pull_number = $2 and kind = 'look' and finished_at is null
          order by id limit 1`,
        [repositoryId, number],
      );
      const [first] = rows;
      return first === undefined ? undefined : { upTo: Number(first.up_to), why: first.hint.why };
    },

    async finishLooks(repositoryId, number, upTo) {
      // A smaller id that is committed only now was begun before `upTo` was read, so what it is about happened before
      // GitHub was asked.
      await change(
        pool,
        `update docops.hints set finished_at = now()
          where repository_id = $1 and pull_number = $2 and kind = 'look' and finished_at is null and id <= $3`,
        [repositoryId, number, upTo],
      );
    },

    async openHints(olderThanMs, limit) {
      const rows = await select<HintRow>(
        pool,
        `select ${COLUMNS} from docops.hints
          where finished_at is null and created_at <= now() - $1 * interval '1 millisecond'
          order by created_at, id limit $2`,
        [olderThanMs, limit],
      );
      return rows.map(toHint);
    },
  };
}

function lookedAt(hint: Hint): number | null {
  return hint.kind === 'look' ? hint.number : null;
}

/**
 * The ordinary webhook, new and about a repository that is known as it is: one statement, one way to the database and
 * back, and nobody's lock. Undefined when it is anything else; nothing was changed then.
 */
async function receiveOrdinary(pool: pg.Pool, delivery: Delivery): Promise<StoredHint[] | undefined> {
  const { repository, installation, hints } = delivery;
  if (
    repository === undefined ||
    delivery.repositories !== undefined ||
    delivery.removedRepositories !== undefined
  )
    return undefined;
  const [row] = await select<{ first: boolean; ids: readonly string[] }>(
    pool,
    `with received as (
        insert into docops.deliveries (guid, event)
          select $1, $2
            where exists (select from docops.installations where id = $3 and ($4::text is null or account = $4))
              and exists (select from docops.repositories
                where id = $5 and installation_id = $6 and owner = $7 and name = $8)
          on conflict do nothing returning guid),
      hinted as (
        insert into docops.hints (delivery_guid, repository_id, installation_id, cause, kind, pull_number, hint)
          select guid, $5, $3, guid, kind, pull_number, hint
            from received, unnest($9::text[], $10::integer[], $11::json[])
              with ordinality as wanted (kind, pull_number, hint, position)
            order by position
          returning id)
      select exists (select from received) as first, array(select id from hinted order by id) as ids`,
    [
      delivery.guid,
      delivery.event,
      installation.id,
      installation.account,
      repository.id,
      repository.installationId,
      repository.owner,
      repository.name,
      hints.map(({ kind }) => kind),
      hints.map(lookedAt),
      hints.map(json),
    ],
  );
  if (row?.first !== true) return undefined;
  return row.ids.flatMap((id, i) => {
    const hint = hints[i];
    return hint === undefined
      ? []
      : {
          id: Number(id),
          repositoryId: repository.id,
          installationId: installation.id,
          hint,
          cause: delivery.guid,
        };
  });
}

async function insertHints(client: Queryable, delivery: Delivery): Promise<StoredHint[]> {
  const stored: StoredHint[] = [];
  for (const hint of delivery.hints) {
    const [row] = await select<HintRow>(
      client,
      `insert into docops.hints (delivery_guid, repository_id, installation_id, cause, kind, pull_number, hint)
        values ($1, $2, $3, $1, $4, $5, $6) returning ${COLUMNS}`,
      [
        delivery.guid,
        delivery.repository?.id ?? null,
        delivery.installation.id,
        hint.kind,
        lookedAt(hint),
        json(hint),
      ],
    );
    if (row !== undefined) stored.push(toHint(row));
  }
  return stored;
}
