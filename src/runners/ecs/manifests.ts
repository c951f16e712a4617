/** Tells fetch and deliver of one task what to do: two files in the storage, with links in them. */
import { longestResultBytes, type JobLimits } from '../../../eval-runner/contract.js';
import type { DeliverManifest, FetchManifest } from '../../../eval-runner/task/contract.js';
import {
  BATCH_OUTPUT_BYTES_PER_DOCUMENT,
  DOCUMENT_OUTPUT_BYTES,
  JSON_DEPTH,
  KILL_GRACE_MS,
  STDERR_TAIL_BYTES,
} from '../../core/limits.js';
import type { ExtractSpec } from '../../core/words.js';
import type { LinkedBlobs } from '../../ports/blobs.js';
import type { RunLimits } from '../../ports/runner.js';
import { BLOBS } from './names.js';
import type { Stored, StoredDocument } from './upload.js';

export interface ManifestRequest {
  /** `startedBy` of the task. */
  readonly name: string;
  readonly step: 'setup' | 'extract';
  readonly driver: 'runner' | 'shell';
  readonly extract: ExtractSpec;
  readonly limits: RunLimits;
  /** Memory of the container in which the command runs. */
  readonly containerMib: number;
  readonly timeoutMs: number;
  /** Names of variables that the container has and the command may see. */
  readonly variables: readonly string[];
  readonly code: Stored;
  readonly documents: readonly StoredDocument[];
  readonly resultsKey: string;
  /** Setup: where the prepared code goes. */
  readonly preparedKey: string | null;
  /** How long every link holds. */
  readonly seconds: number;
}

/** S3 signs for at most a week. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
const LONGEST_LINK_SECONDS = 7 * 24 * 60 * 60;
/** The evaluation runner's own share of its container. */
const RUNNER_MIB = 96;
const MIB = 1024 ** 2;
/** What deliver may send, gzipped; far below S3's 5 GB for one PUT. */
const RESULTS_BYTES = 512 * MIB;
const PREPARED_BYTES = 4 * 1024 * MIB;
/** The same on every machine: an extractor that asks for them must answer the same. */
const ENVIRONMENT = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' } as const;

export function linkSeconds(ms: number): number {
  return Math.min(LONGEST_LINK_SECONDS, Math.ceil(ms / 1000));
}

/** Writes both and returns the links to them. */
export async function writeManifests(
  blobs: LinkedBlobs,
  request: ManifestRequest,
): Promise<{ readonly fetch: string; readonly deliver: string }> {
  const { name, step, extract, seconds } = request;
  const common = {
    version: 1,
    step,
    driver: request.driver,
    mode: extract.mode,
    timeoutMs: request.timeoutMs,
    documentTimeoutMs: extract.documentTimeoutMs,
    limits: jobLimits(request),
  } as const;
  const read = async ({ key, sha256, bytes }: Stored) => ({
    url: await blobs.link(key, 'GET', seconds),
    sha256,
    bytes,
  });
  const fetch: FetchManifest & { readonly inherit?: readonly string[] } = {
    ...common,
    ...(request.variables.length > 0 && { inherit: request.variables }),
    code: await read(request.code),
    run: step === 'setup' ? (extract.setup ?? '') : extract.run,
    env: ENVIRONMENT,
    documents: await Promise.all(
      request.documents.map(async (document) => ({
        ...(await read(document)),
        id: document.id,
        kind: document.kind,
        extension: document.extension,
      })),
    ),
  };
  const deliver: DeliverManifest = {
    ...common,
    ids: request.documents.map(({ id }) => id),
    results: {
      url: await blobs.link(request.resultsKey, 'PUT', seconds),
      maxBytes: Math.min(
        RESULTS_BYTES,
        MIB + longestResultBytes(common.limits) * Math.max(1, request.documents.length),
      ),
    },
    prepared:
      request.preparedKey === null
        ? null
        : { url: await blobs.link(request.preparedKey, 'PUT', seconds), maxBytes: PREPARED_BYTES },
  };
  const write = async (which: 'fetch' | 'deliver', manifest: FetchManifest | DeliverManifest) => {
    const key = BLOBS.manifest(name, which);
    await blobs.put(key, { bytes: Buffer.from(JSON.stringify(manifest)) });
    return blobs.link(key, 'GET', seconds);
  };
  return { fetch: await write('fetch', fetch), deliver: await write('deliver', deliver) };
}

function jobLimits({ limits, documents, containerMib }: ManifestRequest): JobLimits {
  return {
    jobs: Math.max(1, Math.floor(limits.jobs)),
    // The runner's limit is reached before the container's, which would take the runner with it.
    memoryBytes: Math.max(1, Math.min(Math.floor(limits.memoryBytes), (containerMib - RUNNER_MIB) * MIB)),
    outputBytes: DOCUMENT_OUTPUT_BYTES,
    predictionsBytes: BATCH_OUTPUT_BYTES_PER_DOCUMENT * Math.max(1, documents.length),
    stderrTailBytes: STDERR_TAIL_BYTES,
    jsonDepth: JSON_DEPTH,
    killGraceMs: KILL_GRACE_MS,
  };
}
