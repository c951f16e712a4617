import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';

/** Nothing of the machine's configuration counts, so that every run behaves the same. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    ...extra,
  };
}

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runGit(
  folder: string | null,
  args: readonly string[],
  options: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<GitResult> {
  const child = spawn('git', folder === null ? args : ['--git-dir', folder, ...args], {
    env: gitEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that needs no input may be gone before it is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? -1));
  });
  return {
    code,
    stdout: Buffer.concat(stdout).toString('utf8'),
    stderr: Buffer.concat(stderr).toString('utf8'),
  };
}

/** Standard output; throws with git's own words. */
export async function git(
  folder: string | null,
  args: readonly string[],
  options: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const result = await runGit(folder, args, options);
  if (result.code !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr.trim()}`);
  return result.stdout;
}

const OBJECT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
export function isObjectId(text: string): boolean {
  return OBJECT_ID.test(text);
}

/** What `git check-ref-format` refuses, as far as it could leave the folder or break the file. */
function checkRef(ref: string): void {
  const bad =
    !ref.startsWith('refs/') ||
    // eslint-disable-next-line no-control-regex
    /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(ref) ||
    ref.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock'));
  if (bad) throw new Error(`not a ref name: ${JSON.stringify(ref)}`);
}

/**
 * Refs are read and written as files: a process for each would be the greatest cost of a pull request. Git allows it in
 * the default format, a loose file goes before `packed-refs`.
 */
export async function readRef(folder: string, ref: string): Promise<string | undefined> {
  checkRef(ref);
  const loose = await readFile(join(folder, ref), 'utf8').catch(() => undefined);
  if (loose !== undefined && isObjectId(loose.trim())) return loose.trim();
  const packed = await readFile(join(folder, 'packed-refs'), 'utf8').catch(() => '');
  return packed
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(' ')[0];
}

export async function writeRef(folder: string, ref: string, sha: string): Promise<void> {
  checkRef(ref);
  const path = join(folder, ref);
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(folder, `new-ref-${randomUUID()}`);
  await writeFile(temporary, `${sha}\n`);
  await rename(temporary, path);
}

export async function deleteRef(folder: string, ref: string): Promise<void> {
  checkRef(ref);
  await git(folder, ['update-ref', '-d', ref]);
}

/** Branch name → commit id. */
export async function branches(folder: string): Promise<Map<string, string>> {
  const text = await git(folder, ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/']);
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const space = line.indexOf(' ');
        return [line.slice(space + 1 + 'refs/heads/'.length), line.slice(0, space)] as const;
      }),
  );
}

export async function isCommit(folder: string, sha: string): Promise<boolean> {
  if (!isObjectId(sha)) return false;
  return (await runGit(folder, ['cat-file', '-e', `${sha}^{commit}`])).code === 0;
}

/** A bare copy that can be cloned in part and by commit id, as on GitHub. */
export async function copyRepository(from: string, to: string): Promise<{ defaultBranch: string }> {
  await git(null, ['clone', '--bare', '--quiet', from, to]);
  await git(to, ['config', 'uploadpack.allowFilter', 'true']);
  await git(to, ['config', 'uploadpack.allowAnySHA1InWant', 'true']);
  await git(to, ['config', 'gc.auto', '0']);
  const head = (await git(to, ['symbolic-ref', '--short', 'HEAD'])).trim();
  return { defaultBranch: head };
}

export interface Identity {
  readonly name: string;
  readonly email: string;
}

export function identityOf(login: string): Identity {
  return { name: login, email: `${login}@users.noreply.github.com` };
}

/** Merges without a working tree, as the host does. Null: they conflict. */
export async function mergeCommit(
  folder: string,
  base: string,
  head: string,
  message: string,
  by: Identity,
): Promise<string | null> {
  const merged = await runGit(folder, ['merge-tree', '--write-tree', '--no-messages', base, head]);
  if (merged.code === 1) return null;
  if (merged.code !== 0) throw new Error(`git merge-tree: ${merged.stderr.trim()}`);
  const tree = merged.stdout.trim();
  const env = {
    GIT_AUTHOR_NAME: by.name,
    GIT_AUTHOR_EMAIL: by.email,
    GIT_COMMITTER_NAME: 'GitHub',
    GIT_COMMITTER_EMAIL: 'noreply@github.com',
  };
  const args = ['commit-tree', tree, '-p', base, '-p', head];
  return (await git(folder, args, { env, input: message })).trim();
}

/** Writes one commit and moves the branch to it. */
export async function importCommit(
  folder: string,
  commit: {
    readonly branch: string;
    readonly onto: string;
    readonly files: Readonly<Record<string, string | Uint8Array | null>>;
    readonly message: string;
    readonly by: Identity;
  },
): Promise<string> {
  const ref = `refs/heads/${commit.branch}`;
  checkRef(ref);
  const parts: (string | Uint8Array)[] = [];
  const data = (content: string | Uint8Array) => {
    const bytes = Buffer.from(content);
    parts.push(`data ${bytes.length}\n`, bytes, '\n');
  };
  const who = `${commit.by.name} <${commit.by.email}> ${Math.floor(Date.now() / 1000)} +0000`;
  parts.push(`commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\n`);
  data(commit.message);
  parts.push(`from ${commit.onto}\n`);
  for (const [path, content] of Object.entries(commit.files)) {
    if (content === null) {
      parts.push(`D ${JSON.stringify(path)}\n`);
      continue;
    }
    parts.push(`M 100644 inline ${JSON.stringify(path)}\n`);
    data(content);
  }
  parts.push('get-mark :1\n');
  const input = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const answer = await git(folder, ['fast-import', '--quiet', '--force', '--cat-blob-fd=1'], { input });
  return answer.trim();
}

export interface CommitView {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Identity & { readonly date: string };
  readonly committer: Identity & { readonly date: string };
  readonly message: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
}

/** Newest first; at most `limit`. `revisions`: arguments of `git log`, such as `old..new`. */
export async function commits(
  folder: string,
  revisions: readonly string[],
  limit: number,
): Promise<CommitView[]> {
  const format = '%x01%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00';
  const args = ['log', '-z', '--no-renames', '--name-status', `--max-count=${limit}`, `--format=${format}`];
  const text = await git(folder, [...args, ...revisions, '--']);
  return text
    .split('\x01')
    .slice(1)
    .map((record) => {
      const [id, tree, parents, an, ae, ad, cn, ce, cd, message, ...rest] = record.split('\0');
      const names: Record<'A' | 'D' | 'M', string[]> = { A: [], D: [], M: [] };
      const fields = rest.map((field) => field.replace(/^\n/, '')).filter((field) => field !== '');
      for (let at = 0; at + 1 < fields.length; at += 2) {
        const status = fields[at];
        names[status === 'A' || status === 'D' ? status : 'M'].push(fields[at + 1] ?? '');
      }
      return {
        id: id ?? '',
        tree: tree ?? '',
        parents: (parents ?? '').split(' ').filter((parent) => parent !== ''),
        author: { name: an ?? '', email: ae ?? '', date: ad ?? '' },
        committer: { name: cn ?? '', email: ce ?? '', date: cd ?? '' },
        message: (message ?? '').replace(/\n+$/, ''),
        added: names.A,
        removed: names.D,
        modified: names.M,
      };
    });
}
