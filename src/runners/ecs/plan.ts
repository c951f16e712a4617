/**
 * How the documents of one dispatch are divided among tasks. It is written down before the first task starts: what is
 * measured meanwhile changes what documents are expected to take, and a worker that takes the work up again has to find
 * the same shards.
 */
import { z } from 'zod';
import { MOST_SHARDS, planShards } from '../../core/plan/shards.js';
import { TASK_START_SECONDS } from '../../core/limits.js';
import type { ExtractSpec, RunnerChoice } from '../../core/words.js';
import type { Blobs } from '../../ports/blobs.js';
import type { RunDocument } from '../../ports/runner.js';
import { BLOBS } from './names.js';

/** Ids of each shard; the place in the list is the number of the shard. */
export type Shards = readonly (readonly string[])[];

const planSchema = z.object({ version: z.literal(1), shards: z.array(z.array(z.string())) });
/** 200,000 ids of 24 characters. */
const PLAN_BYTES = 16 * 1024 * 1024;

export interface PlanRequest {
  readonly dispatch: string;
  readonly documents: readonly RunDocument[];
  readonly extract: ExtractSpec;
  readonly choice: RunnerChoice;
  readonly jobs: number;
}

/** Every document asked for is in exactly one shard; there may be others in them, which are known already. */
export async function shardsOf(blobs: Blobs, request: PlanRequest): Promise<Shards> {
  const key = BLOBS.plan(request.dispatch);
  const before = readPlan(await blobs.read(key, PLAN_BYTES));
  const planned = new Set(before.flat());
  const fresh = request.documents.filter(({ id }) => !planned.has(id));
  if (fresh.length === 0) return before;
  const shards = [...before, ...divide(fresh, request)];
  await blobs.put(key, { bytes: Buffer.from(JSON.stringify({ version: 1, shards })) });
  return shards;
}

function divide(documents: readonly RunDocument[], { extract, choice, jobs }: PlanRequest): Shards {
  const batch = extract.mode === 'batch';
  // A batch may carry state from one document to the next: it is divided where somebody says so, and then by the
  // documents alone, so that both sides have the same batches whatever was measured in between.
  if (batch && choice.shards === 'auto') return [documents.map(({ id }) => id)];
  return planShards({
    documents: documents.map(({ id, expectedSeconds }) => ({
      id,
      seconds: batch ? null : (expectedSeconds ?? null),
    })),
    shards: choice.shards,
    jobs: Math.max(1, jobs),
    wallSeconds: choice.wallTimeMs / 1000,
    startSeconds: TASK_START_SECONDS,
    mostShards: MOST_SHARDS,
  });
}

function readPlan(bytes: Buffer | undefined): Shards {
  if (bytes === undefined) return [];
  return planSchema.parse(JSON.parse(bytes.toString('utf8'))).shards;
}
