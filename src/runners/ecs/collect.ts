/** Takes what a task has left in the storage; ./results.ts says whether it is whole. */
import { createReadStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { longestResultBytes } from '../../../eval-runner/contract.js';
import { removeTree } from '../../../eval-runner/documents.js';
import { DOCUMENT_OUTPUT_BYTES, STDERR_TAIL_BYTES } from '../../core/limits.js';
import type { Blobs } from '../../ports/blobs.js';
import type { Log } from '../../ports/log.js';
import { RunnerError } from '../../ports/runner.js';
import { BLOBS, startedBy } from './names.js';
import { readResults, type TaskResults } from './results.js';
import { storageFailed } from './upload.js';

export interface Left {
  readonly dispatch: string;
  readonly shard: number;
  readonly attempt: number;
  readonly step: 'setup' | 'extract';
}

/** Inflated, and held in memory: a thousand documents of a megabyte. */
const INFLATED_BYTES = 1024 ** 3;
const LINE_BYTES = longestResultBytes({
  outputBytes: DOCUMENT_OUTPUT_BYTES,
  stderrTailBytes: STDERR_TAIL_BYTES,
});
const MANIFEST_BYTES = 64 * 1024 ** 2;

/** What was asked of the task, by whichever worker started it. */
const askedSchema = z.object({ ids: z.array(z.string()) });

/** Undefined: nothing is there, or it is not whole, which is said in the log. Throws RunnerError when the storage fails. */
export async function collectResults(blobs: Blobs, left: Left, log: Log): Promise<TaskResults | undefined> {
  const { dispatch, shard, attempt, step } = left;
  const key = BLOBS.results(dispatch, shard, attempt);
  const folder = await mkdtemp(join(tmpdir(), 'docops-ecs-'));
  try {
    const file = join(folder, 'results');
    const [found, asked] = await Promise.all([
      blobs.get(key, file),
      blobs.read(BLOBS.manifest(startedBy(dispatch, shard, attempt), 'deliver'), MANIFEST_BYTES),
    ]).catch((error: unknown) => {
      throw storageFailed(error, 'the results of a task could not be read');
    });
    if (found === undefined || asked === undefined) return undefined;
    const { ids } = askedSchema.parse(JSON.parse(asked.toString('utf8')));
    const limits = { totalBytes: INFLATED_BYTES, lineBytes: LINE_BYTES };
    return await readResults(createReadStream(file), { step, ids }, limits).catch((error: unknown) => {
      if (!(error instanceof RunnerError)) throw error;
      log.warn({ err: error, results: key }, 'the results of a task are damaged');
      return undefined;
    });
  } finally {
    await removeTree(folder);
  }
}
