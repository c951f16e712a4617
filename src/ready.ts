/** What `/readyz` asks: whether this process can do its work. */
import type pg from 'pg';
import type { ReadyCheck } from './http/health.js';
import type { Queue } from './ports/queue.js';
import type { Store } from './ports/store.js';
import { pendingMigrations } from './postgres/migrate.js';

/** Three canaries of a minute missed. */
export const CANARY_LATE_MS = 195_000;

export function readyChecks({
  pool,
  store,
  queue,
  worker,
  begun,
}: {
  readonly pool: pg.Pool;
  readonly store: Store;
  readonly queue: Queue;
  readonly worker: boolean;
  /** The database's clock at the start. */
  readonly begun: number;
}): ReadyCheck[] {
  const silent = async (work: Promise<unknown>): Promise<undefined> => {
    await work;
    return undefined;
  };
  const canary = async (): Promise<string | undefined> => {
    const [seen, now] = await Promise.all([store.cursor('canary'), store.now()]);
    return now - Math.max(seen?.getTime() ?? 0, begun) > CANARY_LATE_MS ? 'late' : undefined;
  };
  return [
    { name: 'database', check: () => silent(store.now()) },
    {
      name: 'migrations',
      check: async () => ((await pendingMigrations(pool)).length === 0 ? undefined : 'pending'),
    },
    { name: 'queue', check: () => silent(queue.waiting()) },
    // A worker that takes no jobs any more looks alive otherwise.
    ...(worker ? [{ name: 'canary', check: canary }] : []),
  ];
}
