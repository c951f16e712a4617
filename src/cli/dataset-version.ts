/** Two versions of a dataset may be two folders, one folder as two commits have it, or what is at an address. */
import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { datasetAddress } from '../core/dataset/address.js';
import { quote } from '../core/dataset/quote.js';
import { UsageError } from '../core/errors.js';
import { openRepository } from '../git/index.js';
import { openDataset } from './dataset-source.js';
import { openScratch } from './scratch.js';

export interface OpenedVersion {
  /** Where it can be read. */
  readonly folder: string;
  /** How messages call it. */
  readonly shown: string;
  /** What its content has to be, where its address says so. */
  readonly wanted?: string;
  /** Removes what was checked out or fetched for it. */
  close(): Promise<void>;
}

/**
 * A folder that exists is that folder; otherwise `REF:PATH` is the folder as a commit of the repository around the
 * current folder has it. PATH starts at the repository's root, as in `git show REF:PATH`.
 */
export async function openVersion(name: string): Promise<OpenedVersion> {
  const there = await stat(name).catch(() => undefined);
  if (there) return { folder: name, shown: name, close: () => Promise.resolve() };
  // A ref may hold an @ (HEAD@{1}); a version of the registry is hex.
  if (['s3', 'registry'].includes(datasetAddress(name).kind)) return openDataset(name);
  const colon = name.indexOf(':');
  if (colon <= 0) {
    throw new UsageError(
      `there is no folder ${quote(name)}`,
      'name a folder, REF:PATH for a folder as a commit has it, s3://BUCKET/PREFIX, or NAME@VERSION of the registry',
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
