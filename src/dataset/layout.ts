/** Which files of a folder in a storage are the dataset, as `readDataset` would read them from a disk. */
import { blobKeyProblem } from '../core/blob-key.js';
import { quote } from '../core/dataset/quote.js';
import { UsageError } from '../core/errors.js';
import { DATASET_DOCUMENTS } from '../core/limits.js';
import type { BlobEntry, Blobs } from '../ports/blobs.js';
import { isLitter } from './documents.js';

/** Files of one dataset; a mistaken address (a bucket's root) ends here. Two for each document at the most of documents. */
const FILES = 2 * DATASET_DOCUMENTS;
/** All of them together: what fits a usual disk of a worker beside everything else. */
const BYTES = 64 * 1024 * 1024 * 1024;

export const LABELS = 'labels.jsonl';
export const MANIFEST = 'dataset.yml';
export const DOCUMENTS = 'documents';

export interface RemoteFile extends BlobEntry {
  /** Relative to the dataset, `/` between parts. */
  readonly name: string;
}

/** `prefix` ends with a slash, or is empty. Throws UsageError for names and sizes that no dataset has. */
export async function datasetFiles(blobs: Blobs, prefix: string, shown: string): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  let bytes = 0;
  for await (const entry of candidates(blobs, prefix)) {
    const name = entry.key.slice(prefix.length);
    const problem = blobKeyProblem(entry.key);
    if (problem !== undefined)
      throw new UsageError(`${shown}: the name ${quote(name)} ${problem}`, 'rename or remove it');
    files.push({ ...entry, name });
    bytes += entry.bytes;
    if (files.length > FILES || bytes > BYTES)
      throw new UsageError(
        `${shown} has more than ${FILES} files or ${BYTES / 1024 ** 3} GiB`,
        'name the folder that holds labels.jsonl and documents/',
      );
  }
  const names = new Set(files.map(({ name }) => name));
  for (const name of names) {
    const parts = name.split('/');
    const folder = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
    const both = folder.find((path) => names.has(path));
    if (both !== undefined)
      throw new UsageError(
        `${shown}: ${quote(both)} is a file and a folder at once, which no disk can hold`,
        'rename one of them',
      );
  }
  return files;
}

async function* candidates(blobs: Blobs, prefix: string): AsyncGenerator<BlobEntry> {
  for (const part of [`${DOCUMENTS}/`, MANIFEST, LABELS]) {
    for await (const entry of blobs.list(`${prefix}${part}`)) {
      const name = entry.key.slice(prefix.length);
      const folder = part.endsWith('/');
      // `..` is no litter: it is an error.
      const litter = blobKeyProblem(entry.key) === undefined && name.split('/').slice(1).some(isLitter);
      if (folder ? !litter : name === part) yield entry;
    }
  }
}
