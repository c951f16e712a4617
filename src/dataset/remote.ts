/**
 * Datasets that are not in the repository: at `s3://bucket/prefix`, or `NAME@VERSION` of the registry. What was fetched
 * once is kept, under its name and version, and not fetched again.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { datasetAddress } from '../core/dataset/address.js';
import { quote } from '../core/dataset/quote.js';
import { UsageError } from '../core/errors.js';
import { canonicalJson, contentKey } from '../core/plan/canonical.js';
import { BlobError, type Blobs } from '../ports/blobs.js';
import type { OpenedDataset } from '../ports/datasets.js';
import { each } from './each.js';
import { datasetFiles, LABELS, type RemoteFile } from './layout.js';
import { readDataset } from './read.js';
import { versionPrefix, wholeVersion } from './registry.js';

/** Files on their way at once: enough to fill a line, far below the connections of the SDK (50). */
const FETCHES_AT_ONCE = 16;

export interface RemoteDatasets {
  /** See the port. */
  identity(address: string): Promise<string>;
  /**
   * The files, into an empty folder. `version`: what the content has to be, where the address says so. `choose`: which of
   * them, all without it.
   */
  fetch(
    address: string,
    directory: string,
    choose?: (files: readonly RemoteFile[]) => readonly RemoteFile[],
  ): Promise<{ readonly version: string | undefined }>;
  openRemote(address: string, directory: string): Promise<OpenedDataset>;
}

export interface RemoteOptions {
  /** Where NAME@VERSION is found; null when no registry is configured. */
  readonly registry: string | null;
  /** `s3://…` or a folder. */
  readonly openBlobs: (address: string) => Promise<Blobs>;
  readonly cache: { readonly blobs: Blobs; trim(): Promise<void> };
}

interface Place {
  readonly blobs: Blobs;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
  readonly version: string | undefined;
}

export function createRemoteDatasets({ registry, openBlobs, cache }: RemoteOptions): RemoteDatasets {
  const opened = new Map<string, Promise<Blobs>>();
  const blobsAt = (address: string): Promise<Blobs> => {
    let known = opened.get(address);
    if (known === undefined) {
      known = openBlobs(address);
      opened.set(address, known);
      // The next one who asks tries again.
      known.catch(() => opened.delete(address));
    }
    return known;
  };

  const place = async (text: string): Promise<Place> => {
    const address = datasetAddress(text);
    switch (address.kind) {
      case 's3':
        return { blobs: await blobsAt(address.address), prefix: '', version: undefined };
      case 'registry': {
        if (registry === null)
          throw new UsageError(
            `the dataset ${text} is in a registry, and none is configured`,
            'set DOCOPS_DATASETS to s3://BUCKET/PREFIX or to the folder of the registry',
          );
        const blobs = await blobsAt(registry);
        const version = await wholeVersion(blobs, address.name, address.version);
        return { blobs, prefix: versionPrefix(address.name, version), version };
      }
      case 'wrong':
        throw new UsageError(`the dataset ${quote(text)} ${address.problem}`, address.mend);
      case 'folder':
        throw new TypeError(`${text} is a folder`);
    }
  };

  const filesOf = async (text: string, { blobs, prefix }: Place): Promise<RemoteFile[]> => {
    const files = await datasetFiles(blobs, prefix, text);
    if (files.some(({ name }) => name === LABELS)) return files;
    throw new UsageError(
      `there is no dataset at ${text}: it has no ${LABELS}`,
      'name the place that holds labels.jsonl and documents/',
    );
  };

  const fetchFile = async (blobs: Blobs, file: RemoteFile, target: string, text: string): Promise<void> => {
    const kept = cacheKey(blobs.shown, file);
    // A file of the cache that was damaged is fetched again and replaced.
    const had = await cache.blobs.get(kept, target).catch((error: unknown) => {
      if (error instanceof BlobError) return undefined;
      throw error;
    });
    if (had !== undefined) return;
    const got = await blobs.get(file.key, target);
    if (got?.version !== file.version)
      throw new BlobError(`${text}: ${file.name} changed while the dataset was read. Try again.`);
    // A full or read-only cache costs time, not the dataset.
    await cache.blobs.put(kept, { file: target }).catch((error: unknown) => {
      if (!(error instanceof BlobError)) throw error;
    });
  };

  const fetch: RemoteDatasets['fetch'] = (text, directory, choose = (files) => files) =>
    mending(text, async () => {
      const at = await place(text);
      const files = choose(await filesOf(text, at));
      await each(files, FETCHES_AT_ONCE, async (file) => {
        const target = join(directory, ...file.name.split('/'));
        await mkdir(dirname(target), { recursive: true });
        await fetchFile(at.blobs, file, target, text);
      });
      await cache.trim();
      return { version: at.version };
    });

  return {
    identity: (text) =>
      mending(text, async () => {
        const at = await place(text);
        if (at.version !== undefined) return at.version;
        const files = await filesOf(text, at);
        return contentKey('docops.remote-dataset/1', {
          files: files.map(({ name, version }) => [name, version]),
        });
      }),

    fetch,

    async openRemote(text, directory) {
      const { version } = await fetch(text, directory);
      const { dataset, problems } = await readDataset(directory, text);
      const wrong = wrongVersion(text, version, dataset.version);
      return { dataset, problems: wrong === undefined ? problems : [...problems, wrong] };
    },
  };
}

/** A version of the registry never changes: what does not match it was changed behind its back. */
export function wrongVersion(
  text: string,
  wanted: string | undefined,
  found: string,
): { severity: 'error'; code: string; message: string } | undefined {
  if (wanted === undefined || wanted === found) return undefined;
  return {
    severity: 'error',
    code: 'wrong_version',
    message: `The content of ${text} has the version ${found}. Somebody has changed files of the registry: restore them, or push the dataset again and name the version that it has.`,
  };
}

function cacheKey(shown: string, { key, version }: RemoteFile): string {
  const hash = createHash('sha256')
    .update(canonicalJson([shown, key, version]))
    .digest('hex');
  return `${hash.slice(0, 2)}/${hash}`;
}

/** Where another try would fail as well, a person has to mend the address or the rights. */
async function mending<T>(text: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BlobError && error.permanent)
      throw new UsageError(`the dataset ${text} cannot be read: ${error.message}`);
    throw error;
  }
}
