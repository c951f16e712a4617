import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckoutOptions, CheckoutResult, TreeEntry } from '../ports/code.js';
import { GitError, visible } from './errors.js';
import { unsmudged } from './lfs.js';
import { fetchMissing } from './partial-clone.js';
import { isText, joinNul } from './paths.js';
import { CHECKOUT_CONFIG } from './scrub.js';
import { findSubmodule, type SubmoduleHome } from './submodules.js';
import { escapingSymlinks } from './symlinks.js';
import { ObjectStore, type StoreOptions } from './store.js';
import { listTree } from './trees.js';

/** Submodules in submodules; a real project has two or three levels. */
const SUBMODULE_DEPTH = 10;
/** A path is at most 4 KB on Linux, and so is what a symlink says. */
const SYMLINK_BYTES = 4096;
const SYMLINKS_BYTES = 256 * 1024 * 1024;

/** The files of one repository in a checkout: the tree itself, or a submodule below `prefix`. */
interface Part {
  readonly store: ObjectStore;
  readonly tree: string;
  /** Empty, or a path that ends in a slash. */
  readonly prefix: string;
  readonly files: readonly TreeEntry[];
  /** The tree has `.gitattributes` somewhere, so its files may go through filters. */
  readonly attributes: boolean;
  /** Content that is read to write the files; git reads the attributes of files that are left out, too. */
  readonly needed: ReadonlySet<string>;
}

/**
 * Writes a tree into a folder that does not exist yet or is empty. The user's index and working tree play no part.
 *
 * By a temporary index and `git checkout-index`, not by `git archive`: an archive leaves out what `export-ignore` says and
 * rewrites what `export-subst` says, and so is not the code that people run. Line ends, encodings and filters are
 * those of a normal checkout.
 */
export async function checkoutTree(
  home: SubmoduleHome,
  tree: string,
  directory: string,
  options: CheckoutOptions,
  storeOptions: StoreOptions,
): Promise<CheckoutResult> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await readdir(directory)).length > 0)
    throw new Error(`checkout into a folder that is not empty: ${directory}`);

  const inScope = scope(options);
  const parts: Part[] = [];
  const folders: string[] = [];
  const submodulesMissing: string[] = [];
  const collect = async (
    from: SubmoduleHome,
    fromTree: string,
    prefix: string,
    depth: number,
  ): Promise<void> => {
    const entries = await listTree(from.store, fromTree);
    const files = entries.filter(({ kind, path }) => kind !== 'submodule' && inScope(prefix + path));
    const attributes = entries.filter(
      ({ path }) => path === '.gitattributes' || path.endsWith('/.gitattributes'),
    );
    const needed = new Set([...files, ...attributes].map(({ oid }) => oid));
    parts.push({
      store: from.store,
      tree: fromTree,
      prefix,
      files,
      attributes: attributes.length > 0,
      needed,
    });
    for (const { kind, path, oid } of entries) {
      if (kind !== 'submodule' || !inScope(prefix + path, true)) continue;
      folders.push(prefix + path);
      const inner =
        depth < SUBMODULE_DEPTH ? await findSubmodule(from, fromTree, path, oid, storeOptions) : undefined;
      if (inner === undefined) submodulesMissing.push(prefix + path);
      else {
        const innerTree = await inner.store.ask('read a submodule', [
          'rev-parse',
          '--verify',
          `${oid}^{tree}`,
        ]);
        if (innerTree !== undefined) await collect(inner, innerTree, `${prefix + path}/`, depth + 1);
      }
    }
  };
  await collect(home, tree, '', 0);

  // Before the symlinks are read, which git would fetch one by one.
  for (const part of parts) await fetchMissing(part.store, part.tree, part.needed);
  const omitted = await findEscaping(parts);
  // Before any file: git never writes a symlink where a folder stands, so no part can be led out of the checkout.
  for (const folder of folders) if (isText(folder)) await mkdir(join(directory, folder), { recursive: true });
  const lfsPointers: string[] = [];
  for (const part of parts) lfsPointers.push(...(await writePart(part, directory, omitted)));
  return { submodulesMissing, lfsPointers, symlinksOmitted: [...omitted].sort() };
}

/** `container`: the path is a folder that may hold what `only` asks for. */
function scope({ only, exclude }: CheckoutOptions): (path: string, container?: boolean) => boolean {
  const folder = only?.replace(/\/+$/, '') ?? '';
  return (path, container = false) => {
    if (exclude?.(path) === true) return false;
    if (folder === '' || path === folder || path.startsWith(`${folder}/`)) return true;
    return container && folder.startsWith(`${path}/`);
  };
}

async function findEscaping(parts: readonly Part[]): Promise<Set<string>> {
  const links = new Map<string, Buffer>();
  for (const { store, prefix, files } of parts) {
    const entries = files.filter(({ kind }) => kind === 'symlink');
    const targets = await readSymlinks(store, entries);
    entries.forEach(({ path }, at) => links.set(prefix + path, targets[at] ?? Buffer.from('/')));
  }
  return escapingSymlinks(links);
}

/** What the links say, in their order. One that is longer than a path can be counts as leading out. */
async function readSymlinks(store: ObjectStore, entries: readonly TreeEntry[]): Promise<Buffer[]> {
  if (entries.length === 0) return [];
  const sizes = await store.git('look at symlinks', ['cat-file', '--batch-check=%(objectsize)'], {
    input: entries.map(({ oid }) => `${oid}\n`).join(''),
    maxBytes: SYMLINKS_BYTES,
  });
  const small = sizes.stdout
    .toString('latin1')
    .split('\n')
    .map((size) => Number(size) <= SYMLINK_BYTES);
  const { stdout } = await store.git('read symlinks', ['cat-file', '--batch=%(objectsize)'], {
    input: entries.map(({ oid }, at) => (small[at] === true ? `${oid}\n` : '')).join(''),
    maxBytes: SYMLINKS_BYTES,
  });
  let at = 0;
  return entries.map((_, entry) => {
    if (small[entry] !== true) return Buffer.from('/');
    const end = stdout.indexOf(10, at);
    const from = end + 1;
    const to = from + Number(stdout.subarray(at, end).toString('latin1'));
    at = to + 1;
    return stdout.subarray(from, to);
  });
}

/** Returns the files that Git LFS should have filled and did not. */
async function writePart(part: Part, directory: string, omitted: ReadonlySet<string>): Promise<string[]> {
  const { store, prefix } = part;
  const files = part.files.filter(({ path }) => !omitted.has(prefix + path));
  if (files.length === 0) return [];
  if (!isText(prefix)) {
    throw new GitError('git_failed', `a submodule's path is not UTF-8: ${visible(prefix)}`);
  }
  const folder = join(directory, prefix);
  const index = store.scratch.fresh('index');
  const env = { GIT_INDEX_FILE: index };
  await store.git('read the tree', ['read-tree', part.tree], {
    workTree: folder,
    env,
    config: CHECKOUT_CONFIG,
  });
  const paths = files.map(({ path }) => path);
  await store.git('write the files', ['checkout-index', '-z', '--stdin'], {
    workTree: folder,
    env,
    config: CHECKOUT_CONFIG,
    input: joinNul(paths),
  });
  const regular = files.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  const pointers = part.attributes ? await unsmudged(store, folder, index, regular) : [];
  return pointers.map((path) => prefix + path);
}
