/**
 * Named locks between processes: advisory locks of one connection that this process has for all of them. It is no
 * connection of the pool, so that work under a lock never waits for a connection that another holder keeps.
 */
import pg from 'pg';
import type { Housekeeping } from '../ports/store.js';

export interface Locks extends Pick<Housekeeping, 'withLock'> {
  close(): Promise<void>;
}

const KEY = 'hashtextextended($1, 0)';

export function createLocks(pool: pg.Pool): Locks {
  /** A session may take a lock of its own twice, so who has what in this process is known here. */
  const held = new Set<string>();
  let session: Promise<pg.Client> | undefined;
  let closed = false;

  const connect = (): Promise<pg.Client> => {
    if (closed) throw new Error('the store is closed');
    if (session !== undefined) return session;
    const client = new pg.Client({ ...pool.options, password: pool.options.password, ssl: pool.options.ssl });
    const mine = client.connect().then(
      () => client,
      (error: unknown) => {
        if (session === mine) session = undefined;
        throw error;
      },
    );
    session = mine;
    // A broken connection has lost its locks, for the server as for us: the next one who asks opens another.
    client.on('error', () => undefined);
    client.on('end', () => {
      if (session === mine) session = undefined;
    });
    return mine;
  };

  return {
    async withLock(name, work) {
      if (held.has(name)) return undefined;
      held.add(name);
      try {
        const client = await connect();
        const { rows } = await client.query<{ mine: boolean }>(
          `select pg_try_advisory_lock(${KEY}) as mine`,
          [name],
        );
        if (rows[0]?.mine !== true) return undefined;
        try {
          return { result: await work() };
        } finally {
          // Where the connection is gone so is the lock; that must not hide what the work came to.
          await client.query(`select pg_advisory_unlock(${KEY})`, [name]).catch(() => {
            client.end().catch(() => undefined);
          });
        }
      } finally {
        held.delete(name);
      }
    },

    async close() {
      closed = true;
      await (await session?.catch(() => undefined))?.end();
    },
  };
}
