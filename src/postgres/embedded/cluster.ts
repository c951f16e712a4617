/**
 * A cluster on disk: `cluster/data`, `cluster/password` and `cluster/server.log` in the given folder. It is made under
 * another name and renamed, so that it is either whole or not there.
 */
import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { UsageError } from '../../core/errors.js';
import type { Binaries } from './binaries.js';
import { requireReachable, serverIdentity, type Identity } from './user.js';

export const SUPERUSER = 'docops';

export interface Cluster {
  readonly data: string;
  readonly logFile: string;
  readonly password: string;
  readonly identity: Identity;
  readonly binaries: Binaries;
}

/** A half-made cluster is somebody's rubbish when it is older than any initdb could take. */
const ABANDONED_MS = 10 * 60_000;

/** What the server and initdb see: nothing of ours, since our environment holds the App's secrets. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'SystemRoot', 'TEMP', 'TMP'];
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.includes(name))),
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}

/** Opens the folder's cluster; makes it first where there is none. `folder` is absolute. */
export async function openCluster(folder: string, binaries: Binaries, durable: boolean): Promise<Cluster> {
  if (!isAbsolute(folder)) throw new TypeError(`the data folder must be absolute: ${folder}`);
  makeFolder(folder, process.getuid?.() === 0);
  // One spelling of the path, whoever asks: servers are known by it.
  return openIn(realpathSync(folder), binaries, durable);
}

async function openIn(folder: string, binaries: Binaries, durable: boolean): Promise<Cluster> {
  const home = join(folder, 'cluster');
  const data = join(home, 'data');
  const identity = await serverIdentity(data);
  await requireReachable([folder, dirname(binaries.postgres)], identity);
  if (!existsSync(home)) {
    await removeAbandoned(folder);
    const draft = join(folder, `cluster.new-${randomBytes(6).toString('hex')}`);
    try {
      await make(draft, identity, binaries, durable);
      await rename(draft, home).catch((error: unknown) => {
        // Another process was faster; its cluster is as good as ours.
        if (!existsSync(data)) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  return {
    data,
    logFile: join(home, 'server.log'),
    password: readPassword(home),
    identity: await serverIdentity(data),
    binaries,
  };
}

function makeFolder(folder: string, root: boolean): void {
  try {
    const made = mkdirSync(folder, { recursive: true }) !== undefined;
    const { mode, uid } = statSync(folder);
    // It is ours: the server's user may pass, and no more. Folders above it are not ours and stay as they are.
    if (root && uid === 0) chmodSync(folder, (made ? 0o700 : mode & 0o7777) | 0o011);
    else if (made) chmodSync(folder, 0o700);
  } catch (error) {
    throw new UsageError(
      `The data folder ${folder} cannot be made: ${(error as Error).message}`,
      'Name a folder that you can write to, or set DATABASE_URL.',
    );
  }
}

function readPassword(home: string): string {
  try {
    return readFileSync(join(home, 'password'), 'utf8').trim();
  } catch (error) {
    throw new UsageError(
      `The database in ${home} cannot be opened: ${(error as Error).message}`,
      'Start DocOps as the user that made it, or name another data folder, or set DATABASE_URL.',
    );
  }
}

async function make(draft: string, identity: Identity, binaries: Binaries, durable: boolean): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  const data = join(draft, 'data');
  const forInitdb = join(draft, 'password.initdb');
  mkdirSync(data, { recursive: true });
  chmodSync(draft, identity.uid === undefined ? 0o700 : 0o711);
  chmodSync(data, 0o700);
  writeFileSync(join(draft, 'password'), `${password}\n`, { mode: 0o600, flush: true });
  writeFileSync(forInitdb, `${password}\n`, { mode: 0o600, flush: true });
  if (identity.uid !== undefined && identity.gid !== undefined)
    for (const path of [data, forInitdb]) chownSync(path, identity.uid, identity.gid);
  const parameters = [
    `--pgdata=${data}`,
    '--auth=scram-sha-256',
    `--username=${SUPERUSER}`,
    `--pwfile=${forInitdb}`,
    '--encoding=UTF8',
    // The same order of texts on every machine, whatever locales it has.
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(binaries.initdb, parameters, {
      ...identity,
      cwd: draft,
      env: serverEnvironment(),
      // A Ctrl-C in the terminal is for us: we decide when the database goes.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-4_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
  if (code !== 0)
    throw unusableBinary(output) ?? new Error(`initdb ended with ${code ?? 'a signal'}: ${output}`);
  await rm(forInitdb);
}

/** Failures of the programs themselves that a person can mend; undefined for others. */
export function unusableBinary(output: string): UsageError | undefined {
  if (/error while loading shared libraries|Library not loaded/.test(output))
    return new UsageError(
      `The embedded PostgreSQL does not start: ${lastLine(output)}`,
      'Its install script did not run: `npm rebuild` mends that (npm may want the script allowed first). Or set DATABASE_URL.',
    );
  if (output.includes('database files are incompatible'))
    return new UsageError(
      'The data folder was written by another major version of PostgreSQL.',
      'Dump it with the version that wrote it and load it into a new folder, or install the DocOps that wrote it, or set DATABASE_URL.',
    );
  return undefined;
}

export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('cluster.new-')) continue;
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS)
      await rm(path, { recursive: true, force: true });
  }
}
