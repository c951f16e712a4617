/** Jobs in PostgreSQL: BullMQ's backend, with one pool and one listening connection for all queues and workers of a process. */
import {
  LATEST_SCHEMA_VERSION,
  PostgresConnection,
  PostgresQueueBackend,
  Queue,
  SchemaMigrationRequiredError,
  Worker,
  assertSchemaCompatibility,
  runMigrations,
  type BackendFactory,
  type PostgresConnectionOptions,
} from 'bullmq';
import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { setTimeout as wait } from 'node:timers/promises';
import { UsageError } from '../core/errors.js';
import type { Broker, OnTrouble } from './broker.js';
import { within, type QueueTiming } from './timing.js';

export const DEFAULT_SCHEMA = 'docops_jobs';
/** Statements of all queues of a process share them; a queue's own work is a few milliseconds each. */
const POOL_CONNECTIONS = 4;
const CONNECT_MS = 10_000;
/** A statement of the queue takes milliseconds; beyond this the connection is dead without saying so. */
const STATEMENT_MS = 30_000;
/** Idle workers look by themselves so often, in seconds, should a notification be lost. BullMQ's own ceiling is an hour. */
const LONGEST_BLOCK_S = 10;

type PgListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>;

/** BullMQ gives every queue and worker a connection of its own and closes it with them; here they share one that outlives them. */
class SharedConnection extends PostgresConnection {
  override close(): Promise<void> {
    return Promise.resolve();
  }
  override disconnect(): Promise<void> {
    return Promise.resolve();
  }
  end(): Promise<void> {
    return super.close();
  }
  // Each worker asks to listen by itself; pg 9 takes one statement of a client at a time.
  private readonly orderly = new WeakSet<PgListenClient>();
  override async getListenClient(): Promise<PgListenClient> {
    const client = await super.getListenClient();
    if (!this.orderly.has(client)) {
      this.orderly.add(client);
      const query = client.query.bind(client);
      let last: Promise<unknown> = Promise.resolve();
      client.query = <R>(text: string, values?: readonly unknown[]) => {
        const answer = last.then(() => query<R>(text, values));
        last = answer.catch(() => undefined);
        return answer;
      };
    }
    return client;
  }
}

type Factory = BackendFactory<PatientBackend, PostgresConnectionOptions>;

/** What a worker has to say of a job is said again so often while the database is away; then the job is another's. */
const TRIES_TO_FINISH = 8;

/** BullMQ rests only after errors that it knows as connection errors, and few of PostgreSQL's are. */
class PatientBackend extends PostgresQueueBackend {
  /** Set for workers: the time between tries while the database is away. */
  restMs = 0;
  override get maximumBlockTimeout(): number {
    return LONGEST_BLOCK_S;
  }
  override async moveToActive(...from: Parameters<PostgresQueueBackend['moveToActive']>): Promise<unknown[]> {
    try {
      return (await super.moveToActive(...from)) as unknown[];
    } catch (error) {
      // The worker asks again at once.
      await wait(this.restMs);
      throw error;
    }
  }
  // Without these a job that is done would count as failed, or run again after its lock has lapsed.
  override moveToCompleted(...job: Parameters<PostgresQueueBackend['moveToCompleted']>) {
    return this.persistently(() => super.moveToCompleted(...job));
  }
  override moveToFailed(...job: Parameters<PostgresQueueBackend['moveToFailed']>) {
    return this.persistently(() => super.moveToFailed(...job));
  }
  override moveToDelayed(...job: Parameters<PostgresQueueBackend['moveToDelayed']>) {
    return this.persistently(() => super.moveToDelayed(...job));
  }
  override moveJobFromActiveToWait(...job: Parameters<PostgresQueueBackend['moveJobFromActiveToWait']>) {
    return this.persistently(() => super.moveJobFromActiveToWait(...job));
  }

  private async persistently<T>(say: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await say();
      } catch (error) {
        if (tries === TRIES_TO_FINISH || !isConnectionLoss(error)) throw error;
        await wait(this.restMs);
      }
    }
  }
}

/** SQLSTATE 08… (connection) and 57P… (the server stops, crashes or starts), codes of the system, and pg's own words. */
function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /^(08...|57P..|ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)$/.test(code) ||
    /connection terminated|timeout exceeded when trying to connect|query read timeout|not queryable/i.test(
      error.message,
    )
  );
}

/**
 * Creates or brings up to date the tables of the queue in `schema`. Idempotent; of several processes at once one does it and
 * the others wait. Returns the version of the tables.
 */
export async function migrateQueue(
  url: string,
  schema: string = DEFAULT_SCHEMA,
  password?: Password,
): Promise<number> {
  const client = new pg.Client({
    ...addressOf(url, password),
    application_name: 'docops-migrate',
    connectionTimeoutMillis: CONNECT_MS,
  });
  // A connection that breaks is said by the statement under way; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await runMigrations(client, schema);
  } finally {
    await client.end();
  }
}

/** Throws a UsageError where the tables are missing or old. */
export async function openPostgres(
  {
    url,
    schema = DEFAULT_SCHEMA,
    password,
  }: { readonly url: string; readonly schema?: string; readonly password?: Password },
  timing: QueueTiming,
  onTrouble: OnTrouble,
): Promise<Broker> {
  const connection = new SharedConnection({
    ...addressOf(url, password),
    schema,
    application_name: 'docops-jobs',
    max: POOL_CONNECTIONS,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
  });
  // Every worker listens on it.
  connection.setMaxListeners(0);
  connection.on('error', (error: Error) => onTrouble('postgres', error));
  // A client that is checked out reports to nobody else.
  connection.pool.on('connect', (client) => {
    client.on('error', (error) => onTrouble('postgres', error));
  });
  try {
    await assertMigrated(connection, schema);
    await connection.waitUntilReady();
  } catch (error) {
    await within(connection.end(), timing.settleMs);
    throw error;
  }

  // A queue does not own the connection: it neither listens nor reports the connection's errors once more.
  const queues: Factory = (name, options) => new PatientBackend(connection, name, options, false);
  const workers: Factory = (name, options) => {
    const backend = new PatientBackend(connection, name, options, true);
    backend.restMs = timing.reconnectMs;
    return backend;
  };

  return {
    name: 'postgres',
    openQueue: (name) => new Queue(name, { connection: {}, streams: { events: { maxLen: 100 } } }, queues),
    openWorker: (name, processor, options) =>
      new Worker(name, processor, { ...options, connection: {} }, workers),
    close: async () => {
      await within(connection.end(), timing.settleMs);
    },
  };
}

async function assertMigrated(connection: PostgresConnection, schema: string): Promise<void> {
  const client = await connection.pool.connect();
  const version = await assertSchemaCompatibility(client, schema)
    .catch((error: unknown) => {
      if (error instanceof SchemaMigrationRequiredError) return 0;
      throw error;
    })
    .finally(() => client.release());
  if (version < LATEST_SCHEMA_VERSION)
    throw new UsageError(
      `the tables of the job queue in schema "${schema}" are ${version === 0 ? 'missing' : 'of an older version'}`,
      'Run `docops migrate`.',
    );
}

/** Asked for at every new connection, so that a password that rotates is followed. */
type Password = () => Promise<string>;

function addressOf(url: string, password: Password | undefined): Record<string, unknown> {
  if (password === undefined) return splitOptions(url);
  // Taken apart, because pg would take the URL's empty password before ours.
  const parts = Object.entries(parseIntoClientConfig(url)).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(parts), password };
}

/** pg lets the `options` of a URL replace those of the caller, and the schema is one of them: they are taken out of the URL. */
function splitOptions(url: string): Record<string, string> {
  if (!URL.canParse(url)) return { connectionString: url };
  const parsed = new URL(url);
  const options = parsed.searchParams.get('options');
  if (options === null) return { connectionString: url };
  parsed.searchParams.delete('options');
  return { connectionString: parsed.href, options };
}
