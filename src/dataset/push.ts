/** Puts a dataset into the registry: documents first, labels last, so that a version that can be read is whole. */
import { readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { blobKeyProblem } from '../core/blob-key.js';
import { registryNameProblem } from '../core/dataset/address.js';
import { parseLabels } from '../core/dataset/labels.js';
import { quote } from '../core/dataset/quote.js';
import { datasetVersion, fileContentHash, folderContentHash } from '../core/dataset/version.js';
import { UsageError } from '../core/errors.js';
import type { Dataset } from '../core/words.js';
import type { Blobs } from '../ports/blobs.js';
import { codeOf, documentFiles } from './documents.js';
import { each } from './each.js';
import { hashFile } from './hash.js';
import { LABELS, MANIFEST } from './layout.js';
import { hasVersion, versionPrefix } from './registry.js';

/** Documents on their way at once. */
const DOCUMENTS_AT_ONCE = 8;

export interface Pushed {
  readonly version: string;
  /** The version was there already: nothing was done. */
  readonly known: boolean;
  readonly sent: number;
  /** Files that an earlier push that did not end had sent. */
  readonly skipped: number;
}

/**
 * @param dataset as it was read, without errors
 * @throws UsageError for a name that cannot be used and for a dataset that changes meanwhile; BlobError
 */
export async function pushDataset(registry: Blobs, dataset: Dataset, name: string): Promise<Pushed> {
  const problem = registryNameProblem(name);
  if (problem !== undefined)
    throw new UsageError(`the name ${quote(name)} ${problem}`, 'choose a name like invoices-de');
  const { version, root } = dataset;
  if (await hasVersion(registry, name, version)) return { version, known: true, sent: 0, skipped: 0 };
  const prefix = versionPrefix(name, version);
  const there = new Set<string>();
  for await (const { key } of registry.list(prefix)) there.add(key);
  const count = { sent: 0, skipped: 0 };
  const push = async (file: string): Promise<string> => {
    const name = shownBelow(root, file);
    const key = `${prefix}${name}`;
    const wrong = blobKeyProblem(key);
    if (wrong !== undefined)
      throw new UsageError(`the file name ${quote(name)} ${wrong}`, 'rename the file, and push again');
    const { sha256 } = await hashFile(file, (await stat(file)).size);
    if (there.has(key) && (await registry.stat(key))?.sha256 === sha256) {
      count.skipped += 1;
      return sha256;
    }
    count.sent += 1;
    return (await registry.put(key, { file })).sha256 ?? '';
  };
  await each(dataset.documents, DOCUMENTS_AT_ONCE, async ({ path, contentHash }) => {
    // What was sent has to be what was read: otherwise the version would not be that of the content.
    if ((await stat(path)).isDirectory()) {
      const sent: { name: string; sha256: string }[] = [];
      for (const file of await documentFiles(path))
        sent.push({ name: shownBelow(path, file), sha256: await push(file) });
      if (folderContentHash(sent) !== contentHash) throw changed(path);
    } else if (fileContentHash(extname(path), await push(path)) !== contentHash) throw changed(path);
  });
  const manifest = await readOptional(join(root, MANIFEST));
  if (manifest !== undefined) await registry.put(`${prefix}${MANIFEST}`, { bytes: manifest });
  const labels = await readFile(join(root, LABELS));
  const parsed = parseLabels(labels.toString('utf8'), LABELS);
  if (datasetVersion(parsed.labels, dataset.documents) !== version) throw changed(join(root, LABELS));
  await registry.put(`${prefix}${LABELS}`, { bytes: labels });
  return { version, known: false, ...count };
}

function shownBelow(folder: string, file: string): string {
  return relative(folder, file).split(sep).join('/');
}

async function readOptional(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}

function changed(path: string): UsageError {
  return new UsageError(
    `${path} was changed while the dataset was pushed`,
    'push again when nobody writes to it',
  );
}
