/**
 * Takes one planned evaluation to its answer: claims it, measures what is not known, keeps saying that it lives, and
 * writes the reports down. A process that dies in between leaves nothing but a silent heartbeat: another one takes over,
 * and what was measured is not measured again.
 */
import type { Evaluation, EvaluationProgress } from '../core/app-words.js';
import { OverBudget, UsageError } from '../core/errors.js';
import { RetryLater, type JobContext } from '../ports/queue.js';
import { HandOver, RunnerError } from '../ports/runner.js';
import type { Progress } from '../ports/surroundings.js';
import type { CorridorPorts } from './corridor.js';
import { measureEvaluation } from './measure-evaluation.js';
import { subjectOnly } from './supersede.js';

/** Wait before the next try when the infrastructure failed, for each try already made. */
const BACKOFF_MS = 15_000;
/** When the check run says for the first time that it is measured. */
const FIRST_PROGRESS_MS = 2_000;
/** Workers that may die over one evaluation beyond the tries; restarts happen, but code may also be what kills them. */
const TAKEOVERS = 10;

export async function runEvaluation(
  ports: CorridorPorts,
  evaluationId: string,
  context: JobContext,
): Promise<void> {
  const { store, settings, log } = ports;
  const evaluation = await store.claim(evaluationId, settings.worker, settings.staleMs);
  if (evaluation === undefined) return;
  if (evaluation.tries > settings.tries + TAKEOVERS) {
    await store.fail(evaluation.id, {
      class: 'infrastructure',
      message: `${evaluation.tries - 1} workers ended while they measured it`,
      mend: "look whether the extractor takes all of the machine's memory, and at the workers' logs; then /rerun-eval",
    });
    return publishSoon(ports, evaluation);
  }
  const lease = keepLease(ports, evaluation, context.signal);
  try {
    const result = await measureEvaluation(ports, evaluation, lease.progress, lease.signal);
    if (await store.finish(evaluation.id, settings.worker, result)) await publishSoon(ports, evaluation);
  } catch (error) {
    if (lease.lost()) log.info({ evaluation: evaluation.id }, 'stopped: it is not ours any more');
    else if (context.signal.aborted) {
      await store.release(evaluation.id, settings.worker, false);
      throw new RetryLater('the worker stops', 1_000);
    } else await notMeasured(ports, evaluation, error);
  } finally {
    await lease.end();
  }
}

async function notMeasured(ports: CorridorPorts, evaluation: Evaluation, error: unknown): Promise<void> {
  const { store, settings, log } = ports;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof OverBudget) {
    await store.fail(evaluation.id, {
      class: 'over-budget',
      message: error.message,
      mend: `/approve-cost ${evaluation.headSha}`,
    });
    return publishSoon(ports, evaluation);
  }
  if (error instanceof UsageError) {
    await store.fail(evaluation.id, { class: 'configuration', message, mend: error.mend ?? null });
    return publishSoon(ports, evaluation);
  }
  log.warn({ evaluation: evaluation.id, tries: evaluation.tries, err: error }, 'not measured');
  const permanent = error instanceof RunnerError && error.permanent;
  if (evaluation.tries < settings.tries && !permanent) {
    await store.release(evaluation.id, settings.worker, true);
    throw new RetryLater(message, BACKOFF_MS * evaluation.tries);
  }
  await store.fail(evaluation.id, {
    class: 'infrastructure',
    message: permanent ? message : `${evaluation.tries} tries failed; the last one: ${message}`,
    mend: mendOf(error),
  });
  await publishSoon(ports, evaluation);
}

function mendOf(error: unknown): string {
  const mend = error instanceof RunnerError ? error.mend : null;
  const again = 'this says nothing about the pull request; once it is mended, re-run with /rerun-eval';
  return mend === null ? again : `${mend}; ${again}`;
}

async function publishSoon({ jobs }: CorridorPorts, evaluation: Evaluation): Promise<void> {
  await jobs.add({ kind: 'publish', ...subjectOnly(evaluation) });
}

interface Lease {
  readonly progress: Progress;
  /** Aborted when the worker stops, or when the evaluation is not ours any more. */
  readonly signal: AbortSignal;
  lost(): boolean;
  end(): Promise<void>;
}

/** Heartbeats while the work goes on; they carry the progress, and their answer says whether to go on. */
function keepLease(ports: CorridorPorts, evaluation: Evaluation, stopping: AbortSignal): Lease {
  const { store, settings, log } = ports;
  const gone = new AbortController();
  const handedOver = new AbortController();
  const handOver = (): void => handedOver.abort(new HandOver('the worker stops'));
  if (stopping.aborted) handOver();
  else stopping.addEventListener('abort', handOver, { once: true });
  const signal = AbortSignal.any([handedOver.signal, gone.signal]);
  const meter = createMeter();
  let published = Date.now();
  let beating: Promise<void> = Promise.resolve();
  const beat = async (): Promise<void> => {
    try {
      const ours = await store.heartbeat(evaluation.id, settings.worker, meter.now());
      if (!ours) gone.abort(await whyLost(store, evaluation.id));
      else if (Date.now() - published >= settings.progressEveryMs) {
        published = Date.now();
        await publishSoon(ports, evaluation);
      }
    } catch (error) {
      // The database is away for a moment; whoever takes the evaluation over will make the next heartbeat say no.
      log.warn({ evaluation: evaluation.id, error: String(error) }, 'no heartbeat');
    }
  };
  beating = beat();
  const timer = setInterval(() => void (beating = beat()), Math.max(100, settings.staleMs / 4));
  // Short ones go from queued to concluded without a word in between.
  const first = setTimeout(() => {
    published = Date.now();
    beating = beat().then(() =>
      publishSoon(ports, evaluation).catch((error: unknown) =>
        log.warn({ evaluation: evaluation.id, error: String(error) }, 'its progress is not shown'),
      ),
    );
  }, FIRST_PROGRESS_MS);
  return {
    progress: meter.progress,
    signal,
    lost: () => gone.signal.aborted,
    async end() {
      clearInterval(timer);
      clearTimeout(first);
      stopping.removeEventListener('abort', handOver);
      await beating;
    },
  };
}

/**
 * Taken by another worker while this one was silent: then its tasks are the other one's now. Else nobody wants them; nor
 * does anybody after the deadline, although the sweep that says so comes up to a minute later.
 */
async function whyLost(store: CorridorPorts['store'], id: string): Promise<Error> {
  const evaluation = await store.evaluation(id);
  const goesOn =
    (evaluation?.state === 'planned' || evaluation?.state === 'running') &&
    evaluation.deadlineAt.getTime() > (await store.now());
  return goesOn
    ? new HandOver('another worker has the evaluation')
    : new Error('the evaluation is not wanted any more');
}

function createMeter(): { progress: Progress; now(): EvaluationProgress | null } {
  let stage: string | null = null;
  let [done, total, startedMs] = [0, 0, Date.now()];
  return {
    progress: {
      stage(text) {
        stage = text;
        [done, total] = [0, 0];
      },
      measuring(label, documents) {
        stage = `measuring ${label}`;
        [done, total, startedMs] = [0, documents, Date.now()];
        return { tick: () => void (done += 1), end: () => undefined };
      },
    },
    now() {
      if (stage === null) return null;
      const perDocument = done === 0 ? null : (Date.now() - startedMs) / done;
      return {
        stage,
        done,
        total,
        estimatedEndMs: perDocument === null ? null : Math.round(Date.now() + perDocument * (total - done)),
      };
    },
  };
}
