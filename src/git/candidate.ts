import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Candidate } from '../ports/code.js';
import { GitError } from './errors.js';
import { decodePath, splitNul } from './paths.js';
import { checkId, isShallow } from './refs.js';
import type { ObjectStore } from './store.js';
import { treeOfCommit } from './trees.js';

/** Names of conflicting files; a merge that conflicts in a million files is not read by anybody. */
const MERGE_BYTES = 256 * 1024 * 1024;

/**
 * What would be on the base's branch after the merge, or, when both conflict, head's own tree to be compared with the
 * merge base. Attributes do not enter (`merge=union`, own merge drivers): the host that merges does not use them.
 */
export async function mergeCandidate(store: ObjectStore, base: string, head: string): Promise<Candidate> {
  checkId(base);
  checkId(head);
  const mergeBase = await findMergeBase(store, base, head);
  const { code, stdout } = await store.git(
    'merge head into base',
    ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, head],
    { answers: [1], maxBytes: MERGE_BYTES },
  );
  const [tree, ...conflicts] = splitNul(stdout);
  if (tree === undefined) throw new GitError('git_failed', 'git merge-tree gave no tree');
  if (code === 0) return { merged: true, tree: tree.toString('latin1'), against: base, mergeBase };
  return {
    merged: false,
    reason: 'conflict',
    tree: await treeOfCommit(store, head),
    against: mergeBase,
    mergeBase,
    conflicts: [...new Set(conflicts.filter((path) => path.length > 0).map(decodePath))].sort(),
  };
}

async function findMergeBase(store: ObjectStore, base: string, head: string): Promise<string> {
  const shallow = await isShallow(store);
  const mergeBase = await store.ask('find the merge base', ['merge-base', base, head]);
  if (mergeBase === undefined) {
    if (shallow) throw tooShallow();
    throw new GitError(
      'unrelated_histories',
      'base and head have no commit in common',
      'name a base that the head was branched from: --base REF',
    );
  }
  // Where a side's history is cut off, a nearer common commit may be hidden behind the cut.
  if (shallow && mergeBase !== base && mergeBase !== head) {
    const cut = new Set((await readFile(join(store.commonDir, 'shallow'), 'latin1')).split('\n'));
    const { stdout } = await store.git('walk the history', ['rev-list', base, head, `^${mergeBase}`], {
      maxBytes: MERGE_BYTES,
    });
    if (
      stdout
        .toString('latin1')
        .split('\n')
        .some((commit) => commit !== '' && cut.has(commit))
    )
      throw tooShallow();
  }
  return mergeBase;
}

function tooShallow(): GitError {
  return new GitError(
    'shallow',
    'this clone is shallow: the commit where head left base is not in it',
    'git fetch --unshallow (with actions/checkout: fetch-depth: 0)',
  );
}
