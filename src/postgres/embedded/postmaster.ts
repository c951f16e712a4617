/** The server process of a cluster: is one there, start one, end one. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { lastLine, serverEnvironment, unusableBinary, type Cluster } from './cluster.js';

const HOST = '127.0.0.1';
const LOG_KEPT_BYTES = 10 * 1024 * 1024;

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

export type Ended =
  | { readonly kind: 'port-taken' }
  /** Another server has the data folder. */
  | { readonly kind: 'data-taken' }
  | { readonly kind: 'failed'; readonly error: Error };

/** What `postmaster.pid` says, when the process that it names is a server of this data folder; it is removed when stale. */
export function runningPostmaster(cluster: Cluster): Postmaster | undefined {
  const file = join(cluster.data, 'postmaster.pid');
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  // Half-written: its server is starting up this moment, or died doing so; `postgres` itself knows.
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return undefined;
  if (isServer(pid, cluster.data)) return { pid, port };
  // After a restart of a container the same small numbers come back, and `postgres` takes any living process for its
  // predecessor.
  rmSync(file, { force: true });
  return undefined;
}

/** Is this process the server of this data folder? Where it cannot be known, yes: two servers on one folder destroy it. */
function isServer(pid: number, data: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    if (process.platform === 'linux') {
      // A server works in its data folder; by its identity, since a path can be written in several ways.
      const [there, here] = [statSync(`/proc/${pid}/cwd`), statSync(data)];
      return there.dev === here.dev && there.ino === here.ino;
    }
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(data);
  } catch (error) {
    // Gone between the two looks, or a zombie.
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' || process.platform !== 'linux';
  }
}

export function startPostmaster(
  cluster: Cluster,
  port: number,
  settings: Readonly<Record<string, string>>,
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  if ((statSync(cluster.logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_KEPT_BYTES)
    renameSync(cluster.logFile, `${cluster.logFile}.1`);
  const log = openSync(cluster.logFile, 'a', 0o600);
  const before = statSync(cluster.logFile).size;
  const all: Readonly<Record<string, string>> = {
    listen_addresses: HOST,
    // No socket file: its path may be too long, and the password is asked for over TCP all the same.
    unix_socket_directories: '',
    log_timezone: 'UTC',
    timezone: 'UTC',
    jit: 'off',
    ...settings,
  };
  const child = spawn(
    cluster.binaries.postgres,
    ['-D', cluster.data, '-p', String(port), ...Object.entries(all).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    {
      ...cluster.identity,
      cwd: cluster.data,
      env: serverEnvironment(),
      // A Ctrl-C in the terminal is for us: we decide when the database goes.
      detached: true,
      stdio: ['ignore', log, log],
    },
  );
  closeSync(log);
  child.unref();
  const ended = new Promise<Ended>((resolve) => {
    child.on('error', (error) => {
      resolve({ kind: 'failed', error });
    });
    child.on('exit', () => {
      resolve(reasonOf(readFrom(cluster.logFile, before)));
    });
  });
  return { child, ended };
}

/** Empty where the log is gone: somebody removed the folder under the server. */
function readFrom(file: string, start: number): string {
  try {
    return readFileSync(file).subarray(start).toString('utf8');
  } catch {
    return '';
  }
}

function reasonOf(output: string): Ended {
  if (/could not (?:bind|create any TCP)|Address already in use/.test(output)) return { kind: 'port-taken' };
  if (/lock file "postmaster\.pid"|pre-existing shared memory block/.test(output))
    return { kind: 'data-taken' };
  return {
    kind: 'failed',
    error: unusableBinary(output) ?? new Error(`PostgreSQL ended: ${lastLine(output)}`),
  };
}

/**
 * Ends the server: open transactions are rolled back, the data is written. After `graceMs` it is ended without the
 * writing; the next start then recovers from its log.
 */
export async function stopPostmaster(
  cluster: Cluster,
  { pid }: Postmaster,
  { immediate = false, graceMs = 20_000 } = {},
): Promise<void> {
  const file = join(cluster.data, 'postmaster.pid');
  // The pid file and not the process: one that we did not start may stay as a zombie where nobody waits for it.
  const gone = (): boolean => {
    try {
      return Number(readFileSync(file, 'utf8').split('\n')[0]) !== pid;
    } catch {
      return true;
    }
  };
  for (const signal of immediate ? (['SIGQUIT'] as const) : (['SIGINT', 'SIGQUIT'] as const)) {
    if (!kill(pid, signal)) return;
    const end = performance.now() + graceMs;
    while (performance.now() < end) {
      if (gone()) return waitForExit(pid);
      await wait(20);
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) does not end`);
}

/** Its pid file goes a moment before it. Not for ever: a zombie stays where nobody waits for it. */
async function waitForExit(pid: number): Promise<void> {
  for (let tries = 50; tries > 0 && kill(pid, 0); tries--) await wait(20);
}

/** False when there is no such process. */
export function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
