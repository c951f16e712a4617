/** Datasets wherever they are, for the command line and the App alike. */
import { join, resolve } from 'node:path';
import { UsageError } from './core/errors.js';
import { datasetExists, readDataset } from './dataset/read.js';
import { createRemoteDatasets, type RemoteDatasets } from './dataset/remote.js';
import type { Blobs } from './ports/blobs.js';
import type { Datasets } from './ports/datasets.js';
import { createFilesystemBlobs } from './storage/filesystem/blobs.js';
import { trimBlobs } from './storage/filesystem/trim.js';

/** Room for files of datasets that were fetched; what was fetched longest ago goes first, and is fetched again. */
const CACHE_BYTES = 10 * 1024 * 1024 * 1024;

export interface DatasetsOptions {
  /** `DOCOPS_DATASETS`: `s3://…` or a folder; null when there is none. */
  readonly registry: string | null;
  /** What is fetched is kept in a folder of it. */
  readonly cacheFolder: string;
}

export function openDatasets(options: DatasetsOptions): Datasets & RemoteDatasets {
  const folder = join(options.cacheFolder, 'datasets');
  const remote = createRemoteDatasets({
    registry: options.registry,
    openBlobs,
    cache: { blobs: createFilesystemBlobs(folder), trim: () => trimBlobs(folder, CACHE_BYTES) },
  });
  return { open: readDataset, exists: datasetExists, ...remote };
}

/** `s3://bucket/prefix`, or a folder. Throws UsageError for other addresses. The SDK is loaded when it is needed: it is large. */
export async function openBlobs(address: string): Promise<Blobs> {
  if (!/^[a-z0-9]+:\/\//i.test(address)) return createFilesystemBlobs(address);
  const { createS3Blobs, createS3Client, parseS3Address } = await import('./storage/s3/index.js');
  return createS3Blobs({ client: createS3Client(), ...parseS3Address(address) });
}

/** The registry as the command line finds it; the App has it in its settings. */
export function registryOf(environment: Readonly<Record<string, string | undefined>>): string | null {
  const named = environment['DOCOPS_DATASETS']?.trim();
  if (named === undefined || named === '') return null;
  if (named.startsWith('s3://')) return named;
  if (/^[a-z0-9+.-]+:\/\//i.test(named))
    throw new UsageError(
      `DOCOPS_DATASETS is ${JSON.stringify(named)}, which is no place for a registry`,
      'set it to s3://BUCKET/PREFIX or to a folder',
    );
  return resolve(named);
}
