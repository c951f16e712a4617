import type { ResolvedCommit } from '../ports/code.js';
import { GitError, visible } from './errors.js';
import type { ObjectStore } from './store.js';

/** Longer than any path of a file system, and so than any ref. */
const REF_CHARACTERS = 4096;
const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Where the branch that pull requests go into is looked for, after origin/HEAD. */
const DEFAULT_BRANCHES = [
  'refs/remotes/origin/main',
  'refs/remotes/origin/master',
  'refs/heads/main',
  'refs/heads/master',
];

/** Refuses what git would take for an option, a range or several names. Everything else is git's to judge. */
export function checkRef(ref: string): void {
  const shown = `"${visible(ref, 80)}"`;
  const bad = (why: string): GitError =>
    new GitError('bad_ref', `${shown} is no name of a commit: ${why}`, 'name a branch, a tag or a commit id');
  if (ref.trim() === '') throw bad('it is empty');
  if (ref.length > REF_CHARACTERS) throw bad('it is too long');
  if (ref.startsWith('-')) throw bad('it looks like an option');
  if (/[\p{Cc}\p{Cs}]/u.test(ref)) throw bad('it holds control characters');
  if (ref.startsWith('^') || (ref.includes('..') && !ref.includes(':/') && !ref.includes('^{/'))) {
    throw bad('it is a range');
  }
}

/** A full commit or tree id, as `resolve` and `treeOf` give it. */
export function checkId(id: string): void {
  if (!OBJECT_ID.test(id)) throw new GitError('bad_ref', `"${visible(id, 80)}" is no full object id`);
}

export async function resolveRef(store: ObjectStore, ref: string): Promise<ResolvedCommit> {
  checkRef(ref);
  const verify = ['rev-parse', '--verify', '--quiet', '--end-of-options'];
  const answers = [1, 128];
  const object = await store.ask(`resolve ${ref}`, [...verify, ref], { answers });
  const commit =
    object === undefined || !OBJECT_ID.test(object)
      ? undefined
      : await store.ask(`resolve ${ref}`, [...verify, `${object}^{commit}`], { answers });
  if (commit === undefined) throw await unknown(store, ref, object !== undefined);
  return { ref, commit, chosen: await chosen(store, ref, commit) };
}

async function chosen(store: ObjectStore, ref: string, commit: string): Promise<string> {
  // Without --verify, --end-of-options would be printed as if it were a ref; `checkRef` has refused options.
  const name = await store.ask('name a ref', ['rev-parse', '--symbolic-full-name', ref], {
    answers: [1, 128],
  });
  const branch = /^refs\/(?:heads|remotes)\/(.+)$/.exec(name ?? '')?.[1];
  if (branch !== undefined) return `tip of ${branch}`;
  const tag = /^refs\/tags\/(.+)$/.exec(name ?? '')?.[1];
  if (tag !== undefined) return `tag ${tag}`;
  const short = commit.slice(0, 10);
  if (name === 'HEAD') return `HEAD, detached at ${short}`;
  return commit.startsWith(ref.toLowerCase()) ? `commit ${short}` : `${ref}, commit ${short}`;
}

async function unknown(store: ObjectStore, ref: string, exists: boolean): Promise<GitError> {
  const name = visible(ref, 120);
  if (!(await hasCommits(store))) return noCommits();
  const remote = await store.ask(
    'look for a branch',
    ['rev-parse', '--verify', '--quiet', `refs/remotes/origin/${ref}`],
    {
      answers: [1, 128],
    },
  );
  if (remote !== undefined) {
    return new GitError(
      'unknown_ref',
      `there is no branch "${name}" here, but origin has one`,
      `write origin/${name}`,
    );
  }
  const what = exists ? `"${name}" is not a commit` : `no commit is known as "${name}"`;
  if (await isShallow(store)) {
    return new GitError(
      'shallow',
      `${what}; this clone is shallow and holds only part of the history`,
      'git fetch --unshallow (with actions/checkout: fetch-depth: 0), or `git fetch origin BRANCH` for a branch that was not cloned',
    );
  }
  return new GitError('unknown_ref', what, 'look at `git branch --all`, or run `git fetch` first');
}

/** The branch that pull requests go into: origin/HEAD, else main, else master; as origin has it before the local one. */
export async function findDefaultBranch(store: ObjectStore): Promise<ResolvedCommit> {
  const originHead = await store.ask(
    'read origin/HEAD',
    ['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'],
    {
      answers: [1, 128],
    },
  );
  for (const ref of [...(originHead === undefined ? [] : [originHead]), ...DEFAULT_BRANCHES]) {
    const commit = await store.ask(
      `resolve ${ref}`,
      ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`],
      {
        answers: [1, 128],
      },
    );
    const short = ref.replace(/^refs\/(?:heads|remotes)\//, '');
    if (commit !== undefined) return { ref: short, commit, chosen: `tip of ${short}` };
  }
  if (!(await hasCommits(store))) throw noCommits();
  const branches = await store.ask('list branches', [
    'for-each-ref',
    '--count=5',
    '--format=%(refname:short)',
    'refs/heads',
    'refs/remotes',
  ]);
  const list = branches === undefined ? '' : ` (branches here: ${visible(branches.split('\n').join(', '))})`;
  const mend = (await isShallow(store))
    ? 'fetch the base first (with actions/checkout: fetch-depth: 0, else `git fetch origin BRANCH`), or name it: --base REF'
    : 'name the base: --base REF, or run `git remote set-head origin --auto`';
  const message = `there is no origin/HEAD and no branch main or master to compare with${list}`;
  throw new GitError('no_default_branch', message, mend);
}

export async function isShallow(store: ObjectStore): Promise<boolean> {
  return (await store.ask('look at the clone', ['rev-parse', '--is-shallow-repository'])) === 'true';
}

async function hasCommits(store: ObjectStore): Promise<boolean> {
  const any = await store.ask('list refs', ['for-each-ref', '--count=1', '--format=%(objectname)']);
  if (any !== undefined) return true;
  const head = await store.ask('read HEAD', ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], {
    answers: [1, 128],
  });
  return head !== undefined;
}

export function noCommits(branch?: string): GitError {
  const where = branch === undefined ? 'this repository' : `the branch ${visible(branch, 120)}`;
  return new GitError('no_commits', `${where} has no commit yet`, 'commit something first: git commit');
}
