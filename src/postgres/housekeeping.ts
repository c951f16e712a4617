/** Cursors, the clock, and forgetting. */
import type pg from 'pg';
import type { Housekeeping } from '../ports/store.js';
import { createLocks } from './locks.js';
import { change, select } from './query.js';
import { createSessions } from './sessions.js';
import { createSimulations } from './simulations.js';

/** Rows deleted in one statement: short transactions, so that nobody waits for them. */
const BATCH = 1_000;
const SIMULATIONS_KEPT_MS = 30 * 24 * 60 * 60_000;

export function createHousekeeping(pool: pg.Pool): Housekeeping {
  const locks = createLocks(pool);

  const inBatches = async (text: string, olderThanMs: number): Promise<number> => {
    for (let sum = 0; ;) {
      const count = await change(pool, text, [olderThanMs, BATCH]);
      sum += count;
      if (count < BATCH) return sum;
    }
  };

  return {
    withLock: (name, work) => locks.withLock(name, work),

    async cursor(name) {
      const [row] = await select<{ at: Date }>(pool, 'select at from docops.cursors where name = $1', [name]);
      return row?.at;
    },

    async saveCursor(name, at) {
      await change(
        pool,
        'insert into docops.cursors (name, at) values ($1, $2) on conflict (name) do update set at = excluded.at',
        [name, at],
      );
    },

    async forget(olderThanMs) {
      // A delivery goes with its hints, when all of them are done.
      const deliveries = await inBatches(
        `delete from docops.deliveries where guid in (
          select guid from docops.deliveries d
            where received_at < now() - $1 * interval '1 millisecond' and not exists (
              select from docops.hints h where h.delivery_guid = d.guid and h.finished_at is null)
            order by received_at limit $2)`,
        olderThanMs,
      );
      const own = await inBatches(
        `delete from docops.hints where id in (
          select id from docops.hints
            where delivery_guid is null and finished_at < now() - $1 * interval '1 millisecond'
            order by finished_at limit $2)`,
        olderThanMs,
      );
      // What a version without summaries wrote beside this one, during an update or a way back.
      await select(pool, 'select docops.summarise_reports()');
      const sessions = await createSessions(pool).removeExpired();
      const simulations = await createSimulations(pool).forgetSimulations(SIMULATIONS_KEPT_MS);
      return deliveries + own + sessions + simulations;
    },

    async now() {
      const [row] = await select<{ ms: number }>(
        pool,
        'select (extract(epoch from clock_timestamp()) * 1000)::double precision as ms',
      );
      if (row === undefined) throw new Error('the database has no clock');
      return Math.round(row.ms);
    },

    close: () => locks.close(),
  };
}
