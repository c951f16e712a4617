import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import type { Log } from '../ports/log.js';
import { RetryLater, type Job, type JobHandlers, type JobKind, type Workers } from '../ports/queue.js';
import type { Broker, BullJob, OnTrouble } from './broker.js';
import { keptError, readJob } from './jobs.js';
import { JOB_KINDS, RETRIES, restMs } from './kinds.js';
import { within, type QueueTiming } from './timing.js';

/** Names of jobs in BullMQ's sense: `RUN` is handled; the others only say that it is time to add one. */
export const RUN = 'run';
export const LATER = 'later';
export const TICK = 'tick';

/** A worker that is killed has done nothing wrong, and whoever kills it again and again is stopped by the store. */
const STALLED_AT_MOST = 1_000_000;
/** A handler's wish to be called later ends here; the sweep comes by anyway. */
const LATEST_MS = 24 * 60 * 60 * 1_000;

export interface WorkersOptions {
  readonly broker: Broker;
  readonly handlers: JobHandlers;
  readonly concurrency: Partial<Record<JobKind, number>>;
  readonly add: (job: Job) => Promise<void>;
  readonly timing: QueueTiming;
  readonly log: Log;
  readonly onTrouble: OnTrouble;
}

export function startWorkers(options: WorkersOptions): Workers {
  const { broker, handlers, concurrency, timing, log, onTrouble } = options;
  const running = new Map<string, AbortController>();
  let stopping = false;
  const isStopping = (): boolean => stopping;
  let leave!: () => void;
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new WaitingError());
  });
  left.catch(() => undefined);

  const take = async (kind: JobKind, taken: BullJob, token: string): Promise<void> => {
    if (isStopping()) return putBack(taken, token);
    const read = readJob(taken.data);
    if ('problem' in read) throw new UnrecoverableError(read.problem);
    if (read.job.kind !== kind)
      throw new UnrecoverableError(`a job of kind ${read.job.kind} lay in the queue of ${kind}`);
    if (taken.name !== RUN) return options.add(read.job);

    const key = `${kind}.${taken.id ?? ''}`;
    const controller = new AbortController();
    // Lost and come back to this very process.
    running.get(key)?.abort(lost());
    running.set(key, controller);
    try {
      const context = { signal: controller.signal, attempt: taken.attemptsMade + 1 };
      await Promise.race([handle(handlers, read.job, context), left]);
    } catch (error) {
      // Left behind, neither done nor failed: the lock lapses, and by then this process is gone.
      if (error instanceof WaitingError) throw error;
      if (isStopping() && controller.signal.aborted) return await putBack(taken, token);
      if (error instanceof RetryLater) {
        await taken.moveToDelayed(Date.now() + laterMs(error.afterMs), token);
        throw new DelayedError();
      }
      throw keptError(error);
    } finally {
      if (running.get(key) === controller) running.delete(key);
    }
  };

  const workers = JOB_KINDS.flatMap((kind) => {
    const atOnce = concurrency[kind] ?? 0;
    if (atOnce < 1) return [];
    const worker = broker.openWorker(kind, (taken, token) => take(kind, taken, token ?? ''), {
      concurrency: Math.floor(atOnce),
      lockDuration: timing.lockMs,
      stalledInterval: timing.stalledEveryMs,
      maxStalledCount: STALLED_AT_MOST,
      runRetryDelay: timing.reconnectMs,
      settings: {
        backoffStrategy: (made: number) => restMs(RETRIES[kind], made, Math.random(), timing.restScale),
      },
    });
    worker.on('error', (error) => onTrouble(kind, error));
    worker.on('stalled', (id) => log.warn({ kind, job: id }, 'a worker was lost, its job is taken again'));
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) running.get(`${kind}.${id}`)?.abort(lost());
    });
    worker.on('failed', (job, error) => {
      const fields = { kind, job: job?.id, attempt: job?.attemptsMade, reason: error.message };
      if (job?.finishedOn === undefined) log.warn(fields, 'a job failed and is tried again');
      else log.error(fields, 'a job is dead');
    });
    return [worker];
  });

  const stop = async (graceMs: number): Promise<void> => {
    stopping = true;
    const closed = Promise.all(workers.map((worker) => worker.close()));
    if (await within(closed, graceMs)) return;
    for (const controller of running.values()) controller.abort(new Error('the worker stops'));
    if (await within(closed, timing.settleMs)) return;
    log.warn({ jobs: [...running.keys()] }, 'jobs do not stop; others take them when their locks lapse');
    leave();
    if (!(await within(closed, timing.settleMs))) log.warn({}, 'the workers did not close in time');
  };
  let stopped: Promise<void> | undefined;
  return { stop: (graceMs) => (stopped ??= stop(graceMs)) };
}

function handle(
  handlers: JobHandlers,
  job: Job,
  context: { readonly signal: AbortSignal; readonly attempt: number },
): Promise<void> {
  // Each handler takes the kind that it is named for; the compiler cannot follow the two together.
  return (handlers[job.kind] as (job: Job, context: object) => Promise<void>)(job, context);
}

const lost = (): Error => new Error('the lock of the job was lost, so it may run elsewhere');

/** Back to the others, without counting a try. */
async function putBack(taken: BullJob, token: string): Promise<never> {
  await taken.moveToWait(token);
  throw new WaitingError();
}

function laterMs(afterMs: number): number {
  return Number.isFinite(afterMs) ? Math.ceil(Math.min(Math.max(afterMs, 1), LATEST_MS)) : LATEST_MS;
}
