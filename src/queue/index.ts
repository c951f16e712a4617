import type { Log } from '../ports/log.js';
import type { Queue } from '../ports/queue.js';
import type { OnTrouble } from './broker.js';
import { bullQueue } from './bull-queue.js';
import { openPostgres } from './postgres.js';
import { QUEUE_TIMING, type QueueTiming } from './timing.js';
import { troubleLog } from './trouble.js';

export { migrateQueue } from './postgres.js';
export { QUEUE_TIMING, type QueueTiming } from './timing.js';

export type QueueOptions = {
  readonly log: Log;
  /** Only what differs from QUEUE_TIMING. The same for all processes of one database. */
  readonly timing?: Partial<QueueTiming>;
} & (
  | {
      readonly backend: 'postgres';
      readonly url: string;
      readonly schema?: string;
      /** Asked for at every new connection. */
      readonly password?: () => Promise<string>;
    }
  | { readonly backend: 'redis'; readonly url: string; readonly prefix?: string }
);

/**
 * Jobs on PostgreSQL (`migrateQueue` first) or Redis. Throws where it cannot be reached; breaks in the connection after that
 * are logged and mend themselves, while `add` and the questions throw.
 */
export async function createQueue(options: QueueOptions): Promise<Queue> {
  const timing = { ...QUEUE_TIMING, ...options.timing };
  let over = false;
  const trouble = troubleLog(options.log);
  const onTrouble: OnTrouble = (where, error) => {
    // What connections say while they are closed is no trouble.
    if (!over) trouble(where, error);
  };
  const broker =
    options.backend === 'postgres'
      ? await openPostgres(options, timing, onTrouble)
      : // Loaded where it is asked for only: the driver is not needed with PostgreSQL.
        await (await import('./redis.js')).openRedis(options, timing, onTrouble);
  const close = (): Promise<void> => {
    over = true;
    return broker.close();
  };
  return bullQueue({ ...broker, close }, timing, options.log, onTrouble);
}
