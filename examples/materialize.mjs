/**
 * Makes a git repository of the example: `main` and one branch for each patch in `examples/branches`.
 *
 *   node examples/materialize.mjs DIRECTORY
 *
 * Authors and dates are fixed, so the commits have the same ids everywhere. The user's git settings and hooks play no part.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const AUTHOR = { name: 'Robin Example', email: 'robin@example.org' };
const FIRST_COMMIT_SECONDS = Date.UTC(2025, 2, 3, 9, 0, 0) / 1000;

/** The branches with what the gate is expected to say of each; from `branches/branches.json`. */
export async function readBranches() {
  return JSON.parse(await readFile(path.join(here, 'branches', 'branches.json'), 'utf8'));
}

/** Creates the repository in `directory` (absent or empty) and leaves `main` checked out. */
export async function materialize(directory) {
  await requireEmpty(directory);
  await cp(path.join(here, 'invoices'), directory, { recursive: true });
  const branches = await readBranches();
  await commitTree(directory, 'Read invoices, credit notes and receipts');
  for (const { name, patch } of branches)
    await applyBranch(directory, name, path.join(here, 'branches', patch));
  return { branches };
}

/** Turns a folder into a repository with one commit on `main`. */
export async function commitTree(directory, message) {
  await git(directory, ['init', '--quiet', '--initial-branch=main']);
  await git(directory, ['config', 'user.name', AUTHOR.name]);
  await git(directory, ['config', 'user.email', AUTHOR.email]);
  await git(directory, ['config', 'commit.gpgsign', 'false']);
  await git(directory, ['config', 'core.autocrlf', 'false']);
  await git(directory, ['add', '--all']);
  await git(directory, ['commit', '--quiet', '--no-verify', '-m', message]);
}

/** One branch from `main` with the commits of a patch file; `main` is checked out again. */
export async function applyBranch(directory, name, patchFile) {
  await git(directory, ['checkout', '--quiet', '-b', name, 'main']);
  await git(directory, ['am', '--quiet', '--committer-date-is-author-date', '--no-gpg-sign', patchFile]);
  await git(directory, ['checkout', '--quiet', 'main']);
}

async function requireEmpty(directory) {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0)
    throw new Error(`${directory} is not empty. Name a folder that does not exist yet, or an empty one.`);
}

/** Git with nothing of the user's: neither settings, nor templates with hooks, nor a repository above. */
export async function git(directory, args) {
  const date = `${FIRST_COMMIT_SECONDS} +0000`;
  const { stdout } = await run('git', args, {
    cwd: directory,
    maxBuffer: 16 * 1024 * 1024,
    env: {
      PATH: process.env.PATH,
      HOME: directory,
      LC_ALL: 'C',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TEMPLATE_DIR: '',
      GIT_AUTHOR_NAME: AUTHOR.name,
      GIT_AUTHOR_EMAIL: AUTHOR.email,
      GIT_COMMITTER_NAME: AUTHOR.name,
      GIT_COMMITTER_EMAIL: AUTHOR.email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    },
  });
  return stdout;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const directory = process.argv[2];
  if (directory === undefined) {
    console.error('usage: node examples/materialize.mjs DIRECTORY');
    process.exitCode = 2;
  } else {
    const { branches } = await materialize(path.resolve(directory));
    console.log(`${directory}: main and ${branches.map((branch) => branch.name).join(', ')}`);
  }
}
