import { copyFile, stat, utimes } from 'node:fs/promises';
import type { HeadCommit } from '../ports/code.js';
import { GitError, visible } from './errors.js';
import { decodePath, splitNul } from './paths.js';
import { noCommits } from './refs.js';
import type { ObjectStore } from './store.js';
import { treeOfCommit } from './trees.js';

/** Names of files that git does not track; whoever has more forgot to ignore a folder of packages. */
const NAMES_BYTES = 512 * 1024 * 1024;

/**
 * The working tree as it is, as a commit on top of HEAD: tracked changes, staged or not, deletions, modes, symlinks,
 * untracked files that are not ignored, submodules at the commit that is checked out in them. Repositories inside that
 * are no submodules are left out, as are uncommitted changes inside submodules.
 *
 * Works on a copy of the index and writes objects beside the repository. Author and dates are fixed (the date is that of
 * HEAD), so the same state has the same id at any time and for any user.
 */
export async function snapshotWorkingTree(store: ObjectStore, root: string): Promise<HeadCommit> {
  const branch = await store.ask('read HEAD', ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  const headCommit = await store.ask('read HEAD', ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], {
    answers: [1, 128],
  });
  if (headCommit === undefined) throw noCommits(branch);
  const head = { headCommit, ...(branch === undefined ? {} : { branch }) };

  const tree = await writeWorkingTree(store, root);
  if (tree === (await treeOfCommit(store, headCommit)))
    return { commit: headCommit, tree, dirty: false, ...head };
  return { commit: await commitOnTop(store, tree, headCommit), tree, dirty: true, ...head };
}

async function writeWorkingTree(store: ObjectStore, root: string): Promise<string> {
  const index = store.scratch.fresh('index');
  const userIndex = await store.ask('find the index', [
    'rev-parse',
    '--path-format=absolute',
    '--git-path',
    'index',
  ]);
  if (userIndex !== undefined) await copyIndex(userIndex, index);
  const inTree = { workTree: root, env: { GIT_INDEX_FILE: index } };

  const { stdout: unmerged } = await store.git('read the index', ['ls-files', '--unmerged', '-z'], {
    ...inTree,
    maxBytes: NAMES_BYTES,
  });
  if (unmerged.length > 0) throw unresolved(unmerged);

  // --sparse: files that are there although the sparse patterns leave them out; those that are not there stay as HEAD has them.
  await store.git('read the tracked files', ['add', '--update', '--sparse'], inTree);
  const { stdout: untracked } = await store.git(
    'list untracked files',
    ['ls-files', '--others', '--exclude-standard', '-z'],
    { ...inTree, maxBytes: NAMES_BYTES },
  );
  // A name that ends in a slash is a repository inside this one.
  const files = splitNul(untracked).filter((name) => name.at(-1) !== 0x2f);
  if (files.length > 0) {
    const nul = Buffer.from([0]);
    await store.git('read the untracked files', ['update-index', '--add', '--remove', '-z', '--stdin'], {
      ...inTree,
      input: Buffer.concat(files.flatMap((name) => [name, nul])),
    });
  }
  const tree = await store.ask('write the working tree', ['write-tree'], inTree);
  if (tree === undefined) throw new GitError('git_failed', 'git write-tree gave no tree');
  return tree;
}

/**
 * Git trusts the recorded times of a file only when the index is younger than the file; a copy that looked younger than
 * the original would hide a change made in the same instant. So the copy is as old, rounded down.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(from);
    await copyFile(from, to);
    const seconds = Math.floor(mtimeMs / 1000);
    await utimes(to, seconds, seconds);
  } catch (error) {
    // No index: nothing was ever added.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function unresolved(records: Buffer): GitError {
  const names = splitNul(records).map((record) => decodePath(record.subarray(record.indexOf(9) + 1)));
  const files = [...new Set(names)];
  const more = files.length > 5 ? ` and ${files.length - 5} more` : '';
  return new GitError(
    'unresolved_conflicts',
    `the working tree has unresolved conflicts in ${visible(files.slice(0, 5).join(', '))}${more}`,
    'resolve them and `git add` the files, or name a commit to measure: --head REF',
  );
}

async function commitOnTop(store: ObjectStore, tree: string, parent: string): Promise<string> {
  // Not a constant: a child that is far older than its parent makes git walk the whole history for a merge base.
  const seconds = await store.ask('read the date of HEAD', [
    'rev-list',
    '--no-walk',
    '--no-commit-header',
    '--format=%ct',
    parent,
  ]);
  const date = `@${seconds ?? '0'} +0000`;
  const commit = await store.ask('write a commit', ['commit-tree', tree, '-p', parent], {
    input: 'Working tree\n',
    env: {
      GIT_AUTHOR_NAME: 'docops',
      GIT_AUTHOR_EMAIL: 'docops@localhost',
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: 'docops',
      GIT_COMMITTER_EMAIL: 'docops@localhost',
      GIT_COMMITTER_DATE: date,
    },
  });
  if (commit === undefined) throw new GitError('git_failed', 'git commit-tree gave no commit');
  return commit;
}
