/**
 * Who hears of a task's end need not be who waits for it: it is passed on between processes by LISTEN and NOTIFY. It is
 * a hint and nothing more: what is said while the connection is down is lost, and everybody looks for themselves when it
 * is back.
 */
import pg from 'pg';
import pRetry from 'p-retry';
import type { Log } from '../ports/log.js';
import { select } from './query.js';

export interface TaskEndings {
  readonly endings: {
    /** Calls `heard` when the task may have ended; returns how to stop that. */
    on(taskArn: string, heard: () => void): () => void;
  };
  announce(taskArn: string): Promise<void>;
  close(): Promise<void>;
}

const CHANNEL = 'docops_task_endings';
/** Routers forget a connection that is silent for some minutes, and tell nobody. */
const ALIVE_EVERY_MS = 60_000;
const RETRY = { retries: Infinity, factor: 2, minTimeout: 200, maxTimeout: 30_000, randomize: true };

/** The pool's own connections come and go; this one is opened when somebody first waits, and opened again when it breaks. */
export function createTaskEndings(pool: pg.Pool, log: Log): TaskEndings {
  const waiting = new Map<string, Set<() => void>>();
  const closing = new AbortController();
  let listening: Promise<void> | undefined;

  const wake = (listeners: Iterable<() => void>): void => {
    for (const heard of [...listeners])
      try {
        heard();
      } catch (error) {
        log.error({ err: error }, 'a listener for the end of a task failed');
      }
  };
  const wakeAll = (): void => {
    wake([...waiting.values()].flatMap((listeners) => [...listeners]));
  };

  const listen = async (): Promise<void> => {
    for (let connected = 0; !closing.signal.aborted; connected++) {
      const client = await pRetry(() => connect(pool), {
        ...RETRY,
        signal: closing.signal,
        onFailedAttempt: ({ error, attemptNumber }) => {
          if (attemptNumber === 1)
            log.warn({ err: error }, 'does not hear of the ends of tasks: connects again');
        },
      });
      const broken = whenBroken(client, closing.signal);
      client.on('notification', ({ payload = '' }) => {
        wake(waiting.get(payload) ?? []);
      });
      try {
        await client.query(`listen ${CHANNEL}`);
        // Before the first one, too: somebody who waits may have come while it was opened.
        wakeAll();
        if (connected > 0) log.info({}, 'hears of the ends of tasks again');
      } catch {
        // It broke at once: another one.
      }
      await broken;
    }
  };

  return {
    endings: {
      on(taskArn, heard) {
        const listeners = waiting.get(taskArn) ?? new Set();
        waiting.set(taskArn, listeners);
        // Two who give the same function are two.
        const mine = (): void => {
          heard();
        };
        listeners.add(mine);
        listening ??= listen().catch((error: unknown) => {
          if (!closing.signal.aborted) log.error({ err: error }, 'does not hear of the ends of tasks');
        });
        return () => {
          listeners.delete(mine);
          if (listeners.size === 0 && waiting.get(taskArn) === listeners) waiting.delete(taskArn);
        };
      },
    },

    async announce(taskArn) {
      await select(pool, 'select pg_notify($1, $2)', [CHANNEL, taskArn]);
    },

    async close() {
      closing.abort();
      waiting.clear();
      await listening;
    },
  };
}

async function connect(pool: pg.Pool): Promise<pg.Client> {
  const client = new pg.Client({ ...pool.options, password: pool.options.password, ssl: pool.options.ssl });
  // Without a listener an error between two queries ends the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

/** Ends when the connection does, or when nobody needs it any more. Asks now and then whether it lives. */
async function whenBroken(client: pg.Client, closing: AbortSignal): Promise<void> {
  let over = (): void => undefined;
  const broken = new Promise<void>((resolve) => (over = resolve));
  client.once('end', over);
  client.once('error', over);
  closing.addEventListener('abort', over);
  if (closing.aborted) over();
  const alive = setInterval(() => {
    client.query('select 1').catch(() => {
      over();
    });
  }, ALIVE_EVERY_MS);
  alive.unref();
  await broken;
  clearInterval(alive);
  closing.removeEventListener('abort', over);
  // A connection whose other side is gone takes its time to end, and the next one need not wait for it.
  const ended = client.end().catch(() => undefined);
  if (closing.aborted) await ended;
}
