/**
 * The database of this process: the one that DATABASE_URL names, or an embedded one in the data folder. Beside an embedded
 * one that `docops serve` runs, other commands (`doctor`, `jobs`) work through the address that it left in the data folder.
 */
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { UsageError } from './core/errors.js';
import type { Log } from './ports/log.js';
import { startEmbeddedPostgres } from './postgres/embedded.js';
import { openPool } from './postgres/pool.js';
import type { LocalSettings } from './settings.js';

export interface Database {
  readonly url: string;
  /** Of an external one whose password is kept elsewhere; asked for at every new connection. */
  readonly password?: () => Promise<string>;
  readonly pool: pg.Pool;
  /** `running`: an embedded one that another process of ours runs. */
  readonly kind: 'external' | 'embedded' | 'running';
  close(): Promise<void>;
}

/** Holds the password of the embedded database: mode 0600, there as long as it runs. */
const ADDRESS_FILE = 'database-url';
const PATIENCE_MS = 60_000;
const PAUSE_MS = 1_000;

/** Waits a minute for a database that is only starting. Throws UsageError for what does not mend itself. */
export async function openDatabase(
  settings: Pick<LocalSettings, 'databaseUrl' | 'databasePasswordSecret' | 'dataFolder'>,
  {
    log,
    signal,
    patienceMs = PATIENCE_MS,
  }: { readonly log: Log; readonly signal?: AbortSignal; readonly patienceMs?: number },
): Promise<Database> {
  if (settings.databaseUrl !== null) {
    const url = settings.databaseUrl.reveal();
    const { databasePasswordSecret: secret } = settings;
    const kept =
      secret === null ? {} : { password: (await import('./database-password.js')).databasePassword(secret) };
    const pool = poolFor({ url, ...kept }, log);
    try {
      await reach(pool, log, patienceMs, signal);
    } catch (error) {
      await pool.end();
      throw error;
    }
    return { url, ...kept, pool, kind: 'external', close: () => pool.end() };
  }
  const running = await openRunning(settings.dataFolder, log);
  if (running !== undefined) return running;
  log.info({ folder: settings.dataFolder }, 'DATABASE_URL is not set: starts the embedded PostgreSQL');
  const embedded = await startEmbeddedPostgres({
    folder: settings.dataFolder,
    log: (line) => log.info({}, line),
  });
  const pool = poolFor({ url: embedded.url }, log);
  const addressFile = join(settings.dataFolder, ADDRESS_FILE);
  await mkdir(settings.dataFolder, { recursive: true });
  await rm(addressFile, { force: true });
  await writeFile(addressFile, embedded.url, { mode: 0o600 });
  return {
    url: embedded.url,
    pool,
    kind: 'embedded',
    close: async () => {
      await rm(addressFile, { force: true });
      await pool.end();
      await embedded.stop();
    },
  };
}

/** Where the jobs are, as `createQueue` wants it. */
export function queueAddress(
  { queueRedisUrl }: Pick<LocalSettings, 'queueRedisUrl'>,
  { url, password }: Pick<Database, 'url' | 'password'>,
) {
  return queueRedisUrl === null
    ? ({ backend: 'postgres', url, ...(password === undefined ? {} : { password }) } as const)
    : ({ backend: 'redis', url: queueRedisUrl.reveal() } as const);
}

/** Undefined when no other process runs the embedded database of this folder. */
async function openRunning(dataFolder: string, log: Log): Promise<Database | undefined> {
  let url: string;
  try {
    url = readFileSync(join(dataFolder, ADDRESS_FILE), 'utf8');
  } catch {
    return undefined;
  }
  // Left by a process that was killed, it leads nowhere, or to another folder's server that does not know the password.
  const pool = poolFor({ url }, log);
  try {
    await pool.query('select 1');
    return { url, pool, kind: 'running', close: () => pool.end() };
  } catch {
    await pool.end();
    return undefined;
  }
}

function poolFor(address: Parameters<typeof openPool>[0], log: Log): pg.Pool {
  return openPool(address, { onError: (err) => log.warn({ err }, 'a connection to the database broke') });
}

async function reach(pool: pg.Pool, log: Log, patienceMs: number, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      await pool.query('select 1');
      return;
    } catch (error) {
      const problem = whyNot(error as NodeJS.ErrnoException);
      if (problem.final || performance.now() > deadline) throw new UsageError(problem.says, problem.mend);
      log.warn({ problem: problem.says }, 'waits for the database');
    }
    await wait(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function whyNot(error: NodeJS.ErrnoException): { final: boolean; says: string; mend: string } {
  if (error instanceof UsageError)
    return { final: true, says: error.message, mend: error.mend ?? 'look at DATABASE_PASSWORD_SECRET' };
  const code = error.code ?? '';
  if (code === '28P01' || code === '28000')
    return {
      final: true,
      says: 'the database refuses the user or the password of DATABASE_URL',
      mend: 'compare both with what the database was set up with',
    };
  if (code === '3D000')
    return {
      final: true,
      says: 'the database that DATABASE_URL names does not exist',
      mend: 'create it: createdb docops',
    };
  if (code === 'ENOTFOUND')
    return {
      final: false,
      says: 'the host of DATABASE_URL is not known',
      mend: 'compare its name with where PostgreSQL runs',
    };
  return {
    final: false,
    // The driver's message has no address beyond host and port.
    says: `the database does not answer (${code === '' ? error.message.slice(0, 200) : code})`,
    mend: 'start PostgreSQL, or look whether DATABASE_URL and a firewall let this machine reach it',
  };
}
