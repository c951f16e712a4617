/**
 * A PostgreSQL of our own in a folder, for who has not set DATABASE_URL.
 *
 * The server is a process of its own that outlives us when we are killed. Who holds an advisory lock in it owns it: a
 * start that finds a server without an owner takes it over, one that finds an owned one says so. The same connection
 * notices when the server goes away, and it is started again on the same port.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { UsageError } from '../core/errors.js';
import { findBinaries } from './embedded/binaries.js';
import { openCluster, SUPERUSER, type Cluster } from './embedded/cluster.js';
import {
  kill,
  runningPostmaster,
  startPostmaster,
  stopPostmaster,
  type Postmaster,
} from './embedded/postmaster.js';

export interface EmbeddedPostgresOptions {
  /** Absolute; made where it is missing. Holds `cluster/`. */
  readonly folder: string;
  /** On 127.0.0.1. Default: one that is free. */
  readonly port?: number;
  /** For demos and tests: nothing is synced to disk, and the folder goes with the server, also when we are killed. */
  readonly disposable?: boolean;
  /** Further server settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What happens to the server, in sentences. The server's own log is `cluster/server.log`. */
  readonly log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** Superuser of the database `docops`; it holds the password. The same as long as this runs. */
  readonly url: string;
  /** Ends the server; open transactions are rolled back. Every call after the first waits for the same end. */
  stop(): Promise<void>;
  /** Ends it, `immediate` as a crash would, and starts it again on the same port. Clients lose their connections. */
  restart(how?: 'fast' | 'immediate'): Promise<void>;
}

const DATABASE = 'docops';
/** Advisory lock in the database `postgres`; any number, the same in all versions. */
const OWNER_LOCK = 4_061_972;
const START_MS = 60_000;
const RESTART_PAUSES_MS = [100, 1_000, 2_000, 5_000, 10_000, 30_000];
const DISPOSABLE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts (or takes over) the server of a folder. Throws `UsageError` for what a person can mend: no programs for this
 * platform, a folder that cannot be used, a port that is taken, a server that belongs to a living process.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options);
  } catch (error) {
    if (options.disposable === true) await rm(options.folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const disposable = options.disposable === true;
  const cluster = await openCluster(options.folder, await findBinaries(), !disposable);
  const settings = { ...(disposable ? DISPOSABLE_SETTINGS : {}), ...options.settings };
  const log = options.log ?? (() => undefined);

  let stopping: Promise<void> | undefined;
  let restarting = false;
  let held = await hold(cluster, options.port, settings, log);
  const { port } = held.server;
  await createDatabase(cluster, port);
  // A process that simply ends (process.exit) takes its server along. Signals stay the business of who handles them.
  const onExit = (): void => void kill(held.server.pid, 'SIGINT');
  process.on('exit', onExit);
  const undertaker = disposable ? startUndertaker(held.server.pid, options.folder) : undefined;

  const watch = (): void => {
    held.guard.once('end', () => {
      if (stopping !== undefined || restarting) return;
      log('The embedded PostgreSQL went away; it is started again.');
      void recover();
    });
  };
  const recover = async (): Promise<void> => {
    for (let attempt = 0; stopping === undefined; attempt++) {
      await wait(RESTART_PAUSES_MS[Math.min(attempt, RESTART_PAUSES_MS.length - 1)], undefined, {
        ref: false,
      });
      // `stop` may have been called meanwhile, and what it saw must stay true.
      if (isStopping()) return;
      try {
        held = await hold(cluster, port, settings, log);
        watch();
        return;
      } catch (error) {
        log(`The embedded PostgreSQL does not start: ${(error as Error).message}`);
      }
    }
  };
  const isStopping = (): boolean => stopping !== undefined;
  watch();

  const end = async (): Promise<void> => {
    process.off('exit', onExit);
    await held.guard.end().catch(() => undefined);
    await stopPostmaster(cluster, runningPostmaster(cluster) ?? held.server, { immediate: disposable });
    undertaker?.();
    if (disposable) await rm(options.folder, { recursive: true, force: true });
  };
  return {
    url: urlOf(cluster, port, DATABASE),
    stop: () => (stopping ??= end()),
    restart: async (how = 'fast') => {
      restarting = true;
      try {
        await held.guard.end().catch(() => undefined);
        await stopPostmaster(cluster, held.server, { immediate: how === 'immediate' });
        held = await hold(cluster, port, settings, log);
        watch();
      } finally {
        restarting = false;
      }
    },
  };
}

interface Held {
  readonly server: Postmaster;
  /** Holds the owner's lock; its end says that the server is gone. */
  readonly guard: pg.Client;
}

/** A running server that is ours. */
async function hold(
  cluster: Cluster,
  wantedPort: number | undefined,
  settings: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<Held> {
  const deadline = performance.now() + START_MS;
  for (let pause = 10; ; pause = Math.min(pause * 2, 250)) {
    const running = runningPostmaster(cluster);
    if (running !== undefined) {
      const guard = await own(cluster, running.port);
      if (guard !== undefined) {
        if (wantedPort === undefined || wantedPort === running.port) {
          log(`Took over the PostgreSQL that an ended process left (process ${running.pid}).`);
          return { server: running, guard };
        }
        await guard.end();
        await stopPostmaster(cluster, running);
      }
    } else {
      const port = wantedPort ?? (await freePort());
      const { child, ended } = startPostmaster(cluster, port, settings);
      const outcome = await Promise.race([ended, reach(cluster, port, deadline)]);
      if ('guard' in outcome && child.pid !== undefined)
        return { server: { pid: child.pid, port }, guard: outcome.guard };
      if ('kind' in outcome) {
        if (outcome.kind === 'failed') throw outcome.error;
        if (outcome.kind === 'port-taken' && wantedPort !== undefined)
          throw new UsageError(
            `Port ${wantedPort} on 127.0.0.1 is taken, and the embedded PostgreSQL was to have it.`,
            'Name another port, or none; or end the program that has it; or set DATABASE_URL.',
          );
      }
    }
    if (performance.now() > deadline)
      throw new Error(`PostgreSQL is not ready after ${START_MS / 1000} s; see ${cluster.logFile}`);
    await wait(pause);
  }
}

async function reach(cluster: Cluster, port: number, deadline: number): Promise<{ guard: pg.Client }> {
  for (;;) {
    await wait(20);
    const guard = await own(cluster, port);
    if (guard !== undefined) return { guard };
    if (performance.now() > deadline)
      throw new Error(`PostgreSQL is not ready after ${START_MS / 1000} s; see ${cluster.logFile}`);
  }
}

/** The owner's connection; undefined while the server cannot be reached. Throws `UsageError` when somebody else owns it. */
async function own(cluster: Cluster, port: number): Promise<pg.Client | undefined> {
  const guard = new pg.Client({
    connectionString: urlOf(cluster, port, 'postgres'),
    application_name: `docops owner ${process.pid}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // What breaks it shows as its end.
  guard.on('error', () => undefined);
  let owner: string | null;
  try {
    await guard.connect();
    const { rows } = await guard.query<{ mine: boolean; folder: string; owner: string | null }>(
      `select pg_try_advisory_lock($1) as mine, current_setting('data_directory') as folder,
        (select a.application_name from pg_locks l join pg_stat_activity a using (pid)
          where l.locktype = 'advisory' and l.objid = $1 and l.granted and l.pid <> pg_backend_pid() limit 1) as owner`,
      [OWNER_LOCK],
    );
    const [row] = rows;
    if (row?.mine === true && row.folder === cluster.data) {
      // @types/pg lacks it. What keeps the process alive is its work, never this connection.
      (guard as unknown as { unref(): void }).unref();
      return guard;
    }
    owner = row?.mine === false ? (row.owner ?? 'a process that is just leaving') : null;
  } catch {
    await guard.end().catch(() => undefined);
    return undefined;
  }
  await guard.end().catch(() => undefined);
  // A server of another folder has our port: not ours to wait for.
  if (owner === null) return undefined;
  throw new UsageError(
    `The database in ${join(cluster.data, '..')} is in use by another DocOps (${owner.replace('docops owner', 'process')}).`,
    'End it, or name another data folder. Several processes share a PostgreSQL of yours: set DATABASE_URL for each.',
  );
}

async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(cluster, port, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgres://${SUPERUSER}:${encodeURIComponent(cluster.password)}@127.0.0.1:${port}/${database}`;
}

/** One that is free now; who binds it in between makes us ask again. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A small shell that outlives us: when our end of its pipe closes, it ends the server and removes the folder. */
function startUndertaker(pid: number, folder: string): () => void {
  if (process.platform === 'win32') return () => undefined;
  const script =
    'read -r last; kill -QUIT "$1" 2>/dev/null; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done; rm -rf "$2"';
  const child = spawn('/bin/sh', ['-c', script, 'sh', String(pid), folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  child.on('error', () => undefined);
  return () => child.kill('SIGKILL');
}
