/**
 * Named locks between processes: advisory locks of one connection that this process has for all of them. It is no
 * connection of the pool, so that work under a lock never waits for a connection that another holder keeps.
 */
import pg from 'pg';
import type { Housekeeping } from '../ports/store.js';

export interface Locks extends Pick<Housekeeping, 'withLock'> {
  close(): Promise<void>;
}

interface Session {
  readonly client: pg.Client;
  /** Its questions one after the other: a connection has one at a time. */
  readonly ask: (text: string, name: string) => Promise<boolean>;
}

function openSession(client: pg.Client): Session {
  let before: Promise<unknown> = Promise.resolve();
  return {
    client,
    ask(text, name) {
      const answer = before.then(() => client.query<{ yes: boolean }>(text, [name]));
      before = answer.catch(() => undefined);
      return answer.then(({ rows }) => rows[0]?.yes === true);
    },
  };
}

const KEY = 'hashtextextended($1, 0)';

export function createLocks(pool: pg.Pool): Locks {
  /** A session may take a lock of its own twice, so who has what in this process is known here. */
  const held = new Set<string>();
  let session: Promise<Session> | undefined;
  let closed = false;

  const connect = (): Promise<Session> => {
    if (closed) throw new Error('the store is closed');
    if (session !== undefined) return session;
    const client = new pg.Client({ ...pool.options, password: pool.options.password, ssl: pool.options.ssl });
    const mine = client.connect().then(
      () => openSession(client),
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
        const { client, ask } = await connect();
        if (!(await ask(`select pg_try_advisory_lock(${KEY}) as yes`, name))) return undefined;
        try {
          return { result: await work() };
        } finally {
          // Where the connection is gone so is the lock; that must not hide what the work came to.
          await ask(`select pg_advisory_unlock(${KEY}) as yes`, name).catch(() => {
            client.end().catch(() => undefined);
          });
        }
      } finally {
        held.delete(name);
      }
    },

    async close() {
      closed = true;
      await (await session?.catch(() => undefined))?.client.end();
    },
  };
}
