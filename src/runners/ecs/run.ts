/** `extract.run` over the documents of one side: divided into shards that run at the same time, each a task of its own. */
import { taskSize } from '../../core/cost/compute.js';
import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import type { Prediction } from '../../core/words.js';
import { RunnerError, type RunDocument, type RunRequest } from '../../ports/runner.js';
import type { CodeStore } from './code-store.js';
import { extractMemoryMib } from './definition.js';
import type { Context, Job } from './job.js';
import { dispatchOf } from './names.js';
import { checkPlace } from './place.js';
import { shardsOf } from './plan.js';
import { settle } from './shard.js';
import { pastOf, runPiece, type Past } from './tries.js';
import { forgetDocuments, storeDocuments } from './upload.js';

/** What the shards of one run share. */
interface Run {
  readonly context: Context;
  readonly code: CodeStore;
  readonly request: RunRequest;
  readonly past: Past;
  /** Documents without a prediction. */
  readonly open: ReadonlyMap<string, RunDocument>;
  readonly give: (predictions: readonly Prediction[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Tasks for what is left of a shard after some documents took its container with them. */
const TASKS_FOR_THE_REST = 10;

export async function extractAll(
  context: Context,
  code: CodeStore,
  request: RunRequest,
  outer: AbortSignal,
): Promise<void> {
  const { extract, documents, key, label } = request;
  if (documents.length === 0) return;
  outer.throwIfAborted();
  const { choice, evaluationId } = context.task;
  checkPlace({ ...extract, env: [] }, context.place, choice);
  const size = taskSize(choice);
  const dispatch = dispatchOf({
    evaluationId,
    key,
    step: 'extract',
    mode: extract.mode,
    command: extract.run,
  });
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  // Each shard listens.
  setMaxListeners(0, signal);
  const [past, shards] = await Promise.all([
    pastOf(context, dispatch),
    shardsOf(context.blobs, { dispatch, documents, extract, choice, jobs: request.limits.jobs }),
  ]);
  const open = new Map(documents.map((document) => [document.id, document]));
  const run: Run = { context, code, request, past, open, give: giver(open, request, signal), signal };
  const pieces = shards.flatMap((ids, shard) => {
    const mine = ids.flatMap((id) => open.get(id) ?? []);
    if (mine.length === 0) return [];
    const job: Job = {
      dispatch,
      shard,
      step: 'extract',
      what: shards.length === 1 ? label : `${label}, shard ${shard + 1} of ${shards.length}`,
      extract,
      limits: request.limits,
      size,
      timeoutMs: extract.timeoutMs,
    };
    return [runShard(run, job, mine)];
  });
  const ends = await Promise.allSettled(
    pieces.map((piece) =>
      piece.catch((error: unknown) => {
        // One that fails ends the others; its error is the one to tell.
        if (!signal.aborted) failed.abort(error);
        throw error;
      }),
    ),
  );
  outer.throwIfAborted();
  if (ends.some(({ status }) => status === 'rejected')) throw failed.signal.reason;
  if (open.size > 0)
    throw new RunnerError(`${label}: the tasks ended without a result for ${open.size} documents`);
}

async function runShard(run: Run, job: Job, documents: readonly RunDocument[]): Promise<void> {
  const { context, code, request, open, give, signal } = run;
  const { blobs } = context;
  const rest = () => documents.filter(({ id }) => open.has(id));
  let tasks = 0;
  await runPiece(
    context,
    {
      job,
      async contents() {
        const stored = await storeDocuments(blobs, rest(), signal);
        await give(
          stored.flatMap((one) =>
            'problem' in one
              ? [{ id: one.id, status: 'not-run' as const, seconds: 0, problem: one.problem }]
              : [],
          ),
        );
        const shown = stored.flatMap((one) => ('problem' in one ? [] : [one]));
        if (shown.length === 0) return undefined;
        tasks++;
        return { code: await code.of(request.codeDirectory), documents: shown };
      },
      lookAgain() {
        forgetDocuments(blobs, documents);
        code.lookAgain(request.codeDirectory);
      },
      async take({ end, results }) {
        if (results === undefined || !('predictions' in results)) return false;
        await give(
          settle({
            unfinished: end.unfinished,
            predictions: results.predictions,
            extract: request.extract,
            containerBytes: extractMemoryMib(job.size) * 1024 ** 2,
            last: tasks >= TASKS_FOR_THE_REST,
          }),
        );
        return rest().length === 0;
      },
    },
    run.past,
    signal,
  );
}

/**
 * Each document once, one after the other, whatever number of shards come to their end together; none after whoever takes
 * them has failed, or the run was ended.
 */
function giver(
  open: Map<string, RunDocument>,
  { onPrediction }: RunRequest,
  signal: AbortSignal,
): (predictions: readonly Prediction[]) => Promise<void> {
  const turn = pLimit(1);
  let failure: { readonly error: unknown } | undefined;
  return (predictions) =>
    turn(async () => {
      for (const prediction of predictions) {
        signal.throwIfAborted();
        if (failure !== undefined) throw failure.error;
        if (!open.delete(prediction.id)) continue;
        try {
          await onPrediction(prediction);
        } catch (error) {
          failure = { error };
          throw error;
        }
      }
    });
}
