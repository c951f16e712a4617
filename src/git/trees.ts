import type { TreeEntry } from '../ports/code.js';
import { GitError, visible } from './errors.js';
import { decodePath, encodePath, isTreePath, splitNul } from './paths.js';
import { checkId } from './refs.js';
import type { ObjectStore } from './store.js';

/** Listing of a tree: a million files with long names are some 150 MB. */
const LISTING_BYTES = 1024 * 1024 * 1024;
/** Largest file that is read into memory at once; documents are written to disk by `checkout` instead. */
export const READ_FILE_BYTES = 64 * 1024 * 1024;

export interface ChangedFile {
  readonly status: 'added' | 'deleted' | 'modified' | 'renamed' | 'copied' | 'type-changed';
  /** In the second tree; for `deleted` in the first. */
  readonly path: string;
  /** Where a renamed file was: content and nothing else decides, it has to be equal. */
  readonly from?: string;
  readonly oldMode: string;
  readonly newMode: string;
}

export async function treeOfCommit(store: ObjectStore, commit: string): Promise<string> {
  checkId(commit);
  const tree = await store.ask(`read commit ${commit}`, ['rev-parse', '--verify', `${commit}^{tree}`]);
  if (tree === undefined) throw new GitError('unknown_ref', `there is no commit ${commit}`);
  return tree;
}

/** Every file of a tree, in git's order. Throws on a kind of entry that git does not have. */
export async function listTree(store: ObjectStore, tree: string): Promise<TreeEntry[]> {
  checkId(tree);
  const { stdout } = await store.git(`list tree ${tree}`, ['ls-tree', '-r', '-z', '--full-tree', tree], {
    maxBytes: LISTING_BYTES,
  });
  return splitNul(stdout).map((record) => {
    const tab = record.indexOf(9);
    const [mode = '', type = '', oid = ''] = record.subarray(0, tab).toString('latin1').split(' ');
    const kind = type === 'commit' ? 'submodule' : mode === '120000' ? 'symlink' : 'file';
    return { path: decodePath(record.subarray(tab + 1)), mode, oid, kind };
  });
}

/** Type and size of what stands at a path, symlinks inside the tree followed; undefined when nothing does. */
async function look(
  store: ObjectStore,
  tree: string,
  path: string,
): Promise<{ oid: string; type: string; bytes: number } | undefined> {
  checkId(tree);
  if (!isTreePath(path)) return undefined;
  const { stdout } = await store.git(
    `look for ${visible(path)}`,
    ['cat-file', '--batch-check', '--follow-symlinks', '-z'],
    { input: Buffer.concat([Buffer.from(`${tree}:`), encodePath(path), Buffer.from([0])]) },
  );
  const answer = /^([0-9a-f]{40,64}) (\w+) (\d+)\n$/.exec(stdout.toString('latin1'));
  const [, oid, type, bytes] = answer ?? [];
  if (oid === undefined || type === undefined || bytes === undefined) return undefined;
  return { oid, type, bytes: Number(bytes) };
}

/** Whether a file or a folder stands at the path. */
export async function existsInTree(store: ObjectStore, tree: string, path: string): Promise<boolean> {
  return (await look(store, tree, path)) !== undefined;
}

/**
 * The content of a file as it is committed, before any filter; undefined when there is none, or a folder, or a symlink
 * that leaves the tree. Throws `too_large` beyond `maxBytes`.
 */
export async function readTreeFile(
  store: ObjectStore,
  tree: string,
  path: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const found = await look(store, tree, path);
  if (found?.type !== 'blob') return undefined;
  if (found.bytes > maxBytes) {
    throw new GitError(
      'too_large',
      `${visible(path)} has ${found.bytes} bytes; at most ${maxBytes} are read`,
    );
  }
  const { stdout } = await store.git(`read ${visible(path)}`, ['cat-file', 'blob', found.oid], {
    maxBytes: maxBytes + 1,
  });
  return stdout;
}

const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
};

/** What differs between two trees, with exact renames (equal content); a submodule differs when its commit does. */
export async function changedFiles(store: ObjectStore, from: string, to: string): Promise<ChangedFile[]> {
  checkId(from);
  checkId(to);
  const { stdout } = await store.git(
    'compare two trees',
    [
      'diff-tree',
      '-r',
      '-z',
      '--raw',
      '-M100%',
      '-l0',
      '--no-ext-diff',
      '--ignore-submodules=none',
      from,
      to,
    ],
    { maxBytes: LISTING_BYTES },
  );
  const records = splitNul(stdout);
  const changes: ChangedFile[] = [];
  for (let at = 0; at < records.length;) {
    const [oldMode = '', newMode = '', , , letter = ''] = (records[at] ?? Buffer.of())
      .toString('latin1')
      .split(' ');
    const status = STATUS[letter.charAt(0)];
    if (status === undefined)
      throw new GitError('git_failed', `git diff-tree has an unknown status "${letter}"`);
    const moved = status === 'renamed' || status === 'copied';
    const first = decodePath(records[at + 1] ?? Buffer.of());
    const modes = { oldMode: oldMode.slice(1), newMode };
    if (moved)
      changes.push({ status, path: decodePath(records[at + 2] ?? Buffer.of()), from: first, ...modes });
    else changes.push({ status, path: first, ...modes });
    at += moved ? 3 : 2;
  }
  return changes;
}
