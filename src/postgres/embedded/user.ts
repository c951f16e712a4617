/** Whom the server runs as: PostgreSQL refuses to run as root. */
import { execFile, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../../core/errors.js';

const run = promisify(execFile);
const NAME = 'postgres';

/** Empty: as ourselves. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Ourselves, unless we are root: then the owner of the data when there is some already, else the system's `postgres`
 * user, which is made where it is missing.
 */
export async function serverIdentity(data: string, us = process.getuid?.()): Promise<Identity> {
  if (us !== 0) return {};
  const owner = statSync(data, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return (await lookUp()) ?? (await create());
}

async function lookUp(): Promise<Identity | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', NAME]), run('id', ['-g', NAME])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function create(): Promise<Identity> {
  // shadow-utils first, then the BusyBox names. Another process may do the same at this moment; the look at the end decides.
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME]],
    ['adduser', ['-S', '-D', '-H', '-s', '/sbin/nologin', NAME]],
  ];
  for (const [command, parameters] of ways) {
    await run(command, [...parameters]).catch(() => undefined);
    const made = await lookUp();
    if (made !== undefined) return made;
  }
  throw new UsageError(
    `PostgreSQL does not run as root, and a user named ${NAME} could not be made.`,
    'Start DocOps as an ordinary user, or make the user yourself (useradd --system postgres), or set DATABASE_URL.',
  );
}

/** Throws `UsageError` naming the first folder on the way to one of `paths` that the server's user may not enter. */
export async function requireReachable(paths: readonly string[], identity: Identity): Promise<void> {
  if (identity.uid === undefined) return;
  const folders = [...new Set(paths.flatMap(withParents))];
  const script = 'for folder; do [ -x "$folder" ] || { printf %s "$folder"; exit 1; }; done';
  const { code, text } = await new Promise<{ code: number | null; text: string }>((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', script, 'sh', ...folders], {
      ...identity,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
  if (code === 0) return;
  throw new UsageError(
    `PostgreSQL does not run as root but as user ${identity.uid}, who may not enter ${text}.`,
    `Let it pass (chmod o+x ${text}), or use a folder elsewhere (/var/lib/docops), or start DocOps as an ordinary user, or set DATABASE_URL.`,
  );
}

function withParents(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...withParents(parent), path];
}
