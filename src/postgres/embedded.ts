/**
 * A PostgreSQL of our own in a folder, for who has not set DATABASE_URL.
 *
 * The server is a process of its own that outlives us when we are killed. Who holds an advisory lock in it owns it: a
 * start that finds a server without an owner takes it over, one that finds an owned one says so. The same connection
 * notices when the server goes away, and it is started again on the same port.
 */
import { spawn } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { UsageError } from '../core/errors.js';
import { findBinaries } from './embedded/binaries.js';
import { openCluster, type Cluster } from './embedded/cluster.js';
import { createDatabase, DATABASE, letGo, own, urlOf } from './embedded/owner.js';
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

const START_MS = 60_000;
const RESTART_PAUSES_MS = [100, 1_000, 2_000, 5_000, 10_000, 30_000];
const DISPOSABLE_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts (or takes over) the server of a folder. Throws `UsageError` for what a person can mend: no programs for this
 * platform, a folder that cannot be used, a port that is taken, a server that belongs to a living process.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  // Never a folder that had something before: it may be the data of somebody else.
  const ours = options.disposable === true && (await isEmpty(options.folder));
  try {
    return await start(options);
  } catch (error) {
    if (ours) await rm(options.folder, { recursive: true, force: true });
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
  let held = await holdWithDatabase(cluster, options.port, settings, log, disposable);
  const { port } = held.server;
  // A process that simply ends (process.exit) takes its server along. Signals stay the business of who handles them.
  const onExit = (): void => void kill(held.server.pid, 'SIGINT');
  process.on('exit', onExit);
  const undertaker = disposable ? startUndertaker(cluster.data, options.folder) : undefined;

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
    await letGo(held.guard);
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
        await letGo(held.guard);
        await stopPostmaster(cluster, held.server, { immediate: how === 'immediate' });
        held = await hold(cluster, port, settings, log);
        watch();
      } finally {
        restarting = false;
      }
    },
  };
}

async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length === 0;
}

interface Held {
  readonly server: Postmaster;
  /** Holds the owner's lock; its end says that the server is gone. */
  readonly guard: pg.Client;
}

/** Of two processes that start at once one may take over the server of the other, which then ends and takes it along. */
const LOST_SERVERS = 3;

async function holdWithDatabase(
  cluster: Cluster,
  wantedPort: number | undefined,
  settings: Readonly<Record<string, string>>,
  log: (line: string) => void,
  immediate: boolean,
): Promise<Held> {
  for (let lost = 0; ; lost++) {
    const held = await hold(cluster, wantedPort, settings, log);
    try {
      await createDatabase(cluster, held.server.port);
      return held;
    } catch (error) {
      await letGo(held.guard);
      if (lost < LOST_SERVERS && isConnectionLoss(error)) continue;
      await stopPostmaster(cluster, held.server, { immediate });
      throw error;
    }
  }
}

/** The server went away: codes of the system, SQLSTATE 57P.. (it stops or crashed), and pg's own words. */
function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(57P..|ECONN\w+|EPIPE)$/.test(code) || /connection terminated/i.test(error.message);
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
        await letGo(guard);
        await stopPostmaster(cluster, running);
      }
    } else {
      const port = wantedPort ?? (await freePort());
      const { child, ended } = startPostmaster(cluster, port, settings);
      const over = new AbortController();
      void ended.then(() => over.abort());
      const guard = await reach(cluster, port, deadline, over.signal).catch((error: unknown) => {
        child.kill('SIGQUIT');
        throw error;
      });
      if (guard !== undefined && child.pid !== undefined) return { server: { pid: child.pid, port }, guard };
      const outcome = await ended;
      if (outcome.kind === 'failed') throw outcome.error;
      if (outcome.kind === 'port-taken' && wantedPort !== undefined)
        throw new UsageError(
          `Port ${wantedPort} on 127.0.0.1 is taken, and the embedded PostgreSQL was to have it.`,
          'Name another port, or none; or end the program that has it; or set DATABASE_URL.',
        );
    }
    if (performance.now() > deadline) throw notReady(cluster);
    await wait(pause);
  }
}

/** Undefined when the server ended before it could be reached. */
async function reach(
  cluster: Cluster,
  port: number,
  deadline: number,
  over: AbortSignal,
): Promise<pg.Client | undefined> {
  while (performance.now() < deadline) {
    await wait(20);
    if (over.aborted) return undefined;
    const guard = await own(cluster, port);
    if (guard !== undefined) return guard;
  }
  throw notReady(cluster);
}

function notReady({ logFile }: Cluster): Error {
  return new Error(`PostgreSQL is not ready after ${START_MS / 1000} s; see ${logFile}`);
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
function startUndertaker(data: string, folder: string): () => void {
  if (process.platform === 'win32') return () => undefined;
  const script = `read -r last
    pid=$(head -n 1 "$1/postmaster.pid") && kill -QUIT "$pid"
    while [ -e "$1/postmaster.pid" ] && kill -0 "$pid"; do sleep 0.1; done
    rm -rf "$2"`;
  const child = spawn('/bin/sh', ['-c', script, 'sh', data, folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  child.on('error', () => undefined);
  return () => child.kill('SIGKILL');
}
