import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import type { RepositoryRef } from '../../../src/core/app-words.js';
import { createMirrors, type MirrorOptions } from '../../../src/git/mirror/index.js';
import type { Log } from '../../../src/ports/log.js';
import { MirrorError, type Mirror, type Mirrors } from '../../../src/ports/mirror.js';
import { GIT_ENVIRONMENT, temporaryFolder } from '../../support/git.js';
import { HttpRemote } from './http-remote.js';

export const SHOP: RepositoryRef = { id: 4711, installationId: 1, owner: 'acme', name: 'shop' };
export const MAIN = 'refs/heads/main';

const remotes: HttpRemote[] = [];
afterEach(async () => {
  await Promise.all(remotes.splice(0).map((remote) => remote.stop()));
});

/** A remote whose main has one commit with these files; it goes with the test. */
export async function remoteWith(files: Readonly<Record<string, string>> = { a: '1' }): Promise<HttpRemote> {
  const remote = await HttpRemote.start();
  remotes.push(remote);
  remote.work.change(files);
  remote.push(MAIN);
  return remote;
}

export interface Logged {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface Setup {
  readonly folder: string;
  readonly mirrors: Mirrors;
  readonly logged: Logged[];
  /** Where the mirror of `SHOP` is. */
  readonly mirror: string;
}

export function mirrorsOf(remote: { readonly url: string }, options: Partial<MirrorOptions> = {}): Setup {
  const folder = options.folder ?? join(temporaryFolder(), 'mirrors');
  const logged: Logged[] = [];
  const level =
    (name: string) =>
    (fields: Logged['fields'], message: string): void =>
      void logged.push({ level: name, fields, message });
  const log: Log = { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
  const mirrors = createMirrors({
    folder,
    cloneUrl: () => remote.url,
    token: () => Promise.resolve(''),
    log,
    environment: GIT_ENVIRONMENT,
    ...options,
  });
  return { folder, mirrors, logged, mirror: join(folder, `${SHOP.id}.git`) };
}

/** Opens, does something, closes. */
export async function withMirror<T>(
  mirrors: Mirrors,
  wanted: Parameters<Mirrors['open']>[1],
  work: (mirror: Mirror) => Promise<T> | T,
  repository = SHOP,
): Promise<T> {
  const mirror = await mirrors.open(repository, wanted);
  try {
    return await work(mirror);
  } finally {
    await mirror.close();
  }
}

/** What the remote has for these refs, as a mirror sees it. */
export function tips(mirrors: Mirrors, ...refs: string[]): Promise<Readonly<Record<string, string>>> {
  return withMirror(mirrors, { refs }, (mirror) => Object.fromEntries(mirror.tips));
}

/** The MirrorError of something that has to fail. */
export async function failure(work: Promise<unknown>): Promise<MirrorError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MirrorError);
  return error as MirrorError;
}

/** Everything below a folder that holds this text, in a name or in the content. */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => [entry, join(entry.parentPath, entry.name)] as const)
    .filter(([entry, path]) => path.includes(text) || (entry.isFile() && readFileSync(path).includes(text)))
    .map(([, path]) => path);
}

/** An environment in which each `git` and each program that git starts first runs this shell script; `$REAL` is the real PATH. */
export function environmentWithGit(script: string): NodeJS.ProcessEnv {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'git'), `#!/bin/sh\nPATH=\${PATH#*:}\n${script}\n`);
  chmodSync(join(folder, 'git'), 0o755);
  return { ...GIT_ENVIRONMENT, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
}
