/** Two versions of a dataset may be two folders, or one folder as two commits have it. */
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { quote } from '../core/dataset/quote.js';
import { UsageError } from '../core/errors.js';
import { openRepository } from '../git/index.js';
import { openScratch } from './scratch.js';

export interface OpenedVersion {
  /** Where it can be read. */
  readonly folder: string;
  /** How messages call it. */
  readonly shown: string;
  /** Removes what was checked out for it. */
  close(): Promise<void>;
}

/**
 * A folder that exists is that folder; otherwise `REF:PATH` is the folder as a commit of the repository around the
 * current folder has it. PATH starts at the repository's root, as in `git show REF:PATH`.
 */
export async function openVersion(name: string): Promise<OpenedVersion> {
  const there = await stat(name).catch(() => undefined);
  if (there) return { folder: name, shown: name, close: () => Promise.resolve() };
  const colon = name.indexOf(':');
  if (colon <= 0) {
    throw new UsageError(
      `there is no folder ${quote(name)}`,
      'name a folder, or REF:PATH for a folder as a commit has it',
    );
  }
  const ref = name.slice(0, colon);
  const path = posix.normalize(name.slice(colon + 1)).replace(/\/+$/, '');
  if (path === '' || path === '.' || path.startsWith('/') || path.split('/').includes('..')) {
    throw new UsageError(
      `${quote(name)} names no folder of the repository`,
      'write REF:PATH with the path from the root',
    );
  }
  const code = await openRepository(process.cwd());
  const scratch = await openScratch();
  try {
    const tree = await code.treeOf((await code.resolve(ref)).commit);
    if (!(await code.listTree(tree)).some((entry) => entry.path.startsWith(`${path}/`))) {
      throw new UsageError(
        `${quote(ref)} has no folder ${quote(path)}`,
        'write the path from the root of the repository',
      );
    }
    const directory = await scratch.folder('dataset');
    await code.checkout(tree, directory, { only: path });
    return { folder: join(directory, path), shown: name, close: () => scratch.remove() };
  } catch (error) {
    await scratch.remove();
    throw error;
  } finally {
    await code.close();
  }
}
