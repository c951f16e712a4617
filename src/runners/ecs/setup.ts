/**
 * `extract.setup`: a task of its own, once for each side. It gets the code and no document, so it may reach the network;
 * what it has made of the code is an archive that the shards get.
 */
import { taskSize } from '../../core/cost/compute.js';
import { SETUP_TIMEOUT_MS } from '../../core/limits.js';
import { RunnerError, type Runner, type SetupResult } from '../../ports/runner.js';
import type { CodeStore } from './code-store.js';
import { extractMemoryMib } from './definition.js';
import type { Context, Job } from './job.js';
import { BLOBS, dispatchOf } from './names.js';
import { checkPlace } from './place.js';
import { judgeSetup } from './shard.js';
import { pastOf, runPiece } from './tries.js';

export async function setUp(
  context: Context,
  code: CodeStore,
  request: Parameters<Runner['setup']>[0],
  signal: AbortSignal,
): Promise<SetupResult> {
  const { extract, limits, codeDirectory, key } = request;
  const { setup: command } = extract;
  if (command === undefined || command.trim() === '') return { ok: true, seconds: 0 };
  signal.throwIfAborted();
  const { choice, evaluationId } = context.task;
  checkPlace({ ...extract, env: [] }, context.place, choice);
  const job: Job = {
    dispatch: dispatchOf({ evaluationId, key, step: 'setup', mode: extract.mode, command }),
    shard: 0,
    step: 'setup',
    what: request.label,
    extract,
    limits,
    size: taskSize(choice),
    timeoutMs: SETUP_TIMEOUT_MS,
  };
  let result: SetupResult | undefined;
  await runPiece(
    context,
    {
      job,
      contents: async () => ({ code: await code.original(codeDirectory), documents: [] }),
      lookAgain: () => code.lookAgain(codeDirectory),
      async take({ number, end, results }) {
        if (results === undefined || 'predictions' in results) return false;
        const { setup: line, prepared } = results;
        if (!line.ok) {
          result = judgeSetup(line, end.unfinished, extractMemoryMib(job.size) * 1024 ** 2);
          return result !== undefined;
        }
        const archive = BLOBS.prepared(job.dispatch, number);
        // It is not kept for ever.
        if (prepared === null || (await context.blobs.stat(archive)) === undefined) return false;
        code.prepared(codeDirectory, { key: archive, ...prepared });
        result = line;
        return true;
      },
    },
    await pastOf(context, job.dispatch),
    signal,
  );
  if (result === undefined)
    throw new RunnerError(`${request.label}: the task ended without a result of the setup`);
  return result;
}
