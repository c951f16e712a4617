/** The Queue port on BullMQ: one BullMQ queue for each kind, so that each has a concurrency of its own and none waits behind another. */
import { randomUUID } from 'node:crypto';
import type { JobsOptions } from 'bullmq';
import { DEAD_JOBS_KEPT, DEAD_JOBS_LISTED } from '../core/limits.js';
import type { Log } from '../ports/log.js';
import type { DeadJob, Job, JobKind, Queue, Workers } from '../ports/queue.js';
import type { Broker, BullJob, BullQueue, OnTrouble } from './broker.js';
import { jobKey, readJob } from './jobs.js';
import { JOB_KINDS, RETRIES } from './kinds.js';
import type { QueueTiming } from './timing.js';
import { LATER, RUN, TICK, startWorkers } from './workers.js';

export function bullQueue(broker: Broker, timing: QueueTiming, log: Log, onTrouble: OnTrouble): Queue {
  const queues = new Map<JobKind, BullQueue>(
    JOB_KINDS.map((kind) => {
      const queue = broker.openQueue(kind);
      queue.on('error', (error) => onTrouble(kind, error));
      return [kind, queue];
    }),
  );
  const working: Workers[] = [];
  const checks: NodeJS.Timeout[] = [];
  let closing: Promise<void> | undefined;
  // Handlers still add jobs while their workers stop.
  const state = { ended: false };

  // BullMQ's answers never come from a connection that was ended, so it is said here.
  const queueOf = (kind: JobKind): BullQueue => {
    const queue = queues.get(kind);
    if (queue === undefined) throw new Error(`no queue for ${kind}`);
    if (state.ended) throw new Error('the job queue is closed');
    return queue;
  };

  const addNow = async (job: Job): Promise<void> => {
    await queueOf(job.kind).add(RUN, job, {
      ...keeping(job.kind),
      jobId: randomUUID(),
      deduplication: { id: jobKey(job), keepLastIfActive: true },
    });
  };

  /**
   * A delayed job is an alarm that adds the real one. So one that is to run now never waits for it, and it does not replace
   * one that is to run after the one that runs. Of two alarms for the same job the earlier stays.
   */
  const addLater = async (job: Job, delayMs: number): Promise<void> => {
    const queue = queueOf(job.kind);
    const id = randomUUID();
    const deduplication = { id: `later-${jobKey(job)}`, keepLastIfActive: true };
    const options = { ...keeping(job.kind), attempts: ALARM_ATTEMPTS, jobId: id, delay: delayMs };
    const added = await queue.add(LATER, job, { ...options, deduplication });
    if (added.id === undefined || added.id === id) return;
    const earlier = await queue.getJob(added.id);
    if (earlier === undefined || earlier.timestamp + earlier.delay <= Date.now() + delayMs) return;
    await queue.add(LATER, job, { ...options, deduplication: { ...deduplication, replace: true } });
  };

  const schedule = async (job: Job, everyMs: number): Promise<void> => {
    const queue = queueOf(job.kind);
    const there = await queue.getJobScheduler(jobKey(job));
    const alive = there?.next !== undefined && there.next > Date.now() - 2 * everyMs - timing.scheduleCheckMs;
    if (there?.every === everyMs && alive) return;
    await queue.upsertJobScheduler(
      jobKey(job),
      { every: everyMs },
      { name: TICK, data: job, opts: { ...keeping(job.kind), attempts: ALARM_ATTEMPTS } },
    );
  };

  return {
    async add(job, { delayMs = 0 } = {}) {
      const read = readJob(job);
      if ('problem' in read) throw new TypeError(read.problem);
      if (!Number.isFinite(delayMs)) throw new TypeError(`a delay of ${delayMs} ms`);
      await (delayMs > 0 ? addLater(read.job, Math.ceil(delayMs)) : addNow(read.job));
    },

    async every(job, everyMs) {
      const read = readJob(job);
      if ('problem' in read) throw new TypeError(read.problem);
      if (!Number.isSafeInteger(everyMs) || everyMs < 1) throw new TypeError(`every ${everyMs} ms`);
      await schedule(read.job, everyMs);
      const check = setInterval(() => {
        schedule(read.job, everyMs).catch((error: unknown) => {
          if (!state.ended) onTrouble('schedule', error as Error);
        });
      }, timing.scheduleCheckMs);
      checks.push(check.unref());
    },

    work(handlers, concurrency) {
      if (closing !== undefined) return Promise.reject(new Error('the job queue is closed'));
      const workers = startWorkers({ broker, handlers, concurrency, add: addNow, timing, log, onTrouble });
      working.push(workers);
      return Promise.resolve(workers);
    },

    async dead() {
      const found = await Promise.all(
        JOB_KINDS.map(async (kind) => {
          const jobs = await queueOf(kind).getJobs(['failed'], 0, DEAD_JOBS_LISTED - 1, false);
          return jobs.map((job) => deadJob(kind, job));
        }),
      );
      return found.flat().sort((a, b) => b.failedAt.getTime() - a.failedAt.getTime());
    },

    async retryDead(id) {
      const [kind, bullId] = splitId(id);
      if (kind === undefined) return false;
      const job = await queueOf(kind).getJob(bullId);
      if (job === undefined || !(await job.isFailed())) return false;
      const read = readJob(job.data);
      if ('job' in read) {
        // Added anew, so that it never runs beside one for the same thing that was added since.
        await addNow(read.job);
        await job.remove();
      } else {
        await job.retry('failed', { resetAttemptsMade: true });
      }
      return true;
    },

    waiting: () =>
      Promise.all(
        JOB_KINDS.map(async (kind) => {
          const queue = queueOf(kind);
          const counts = await queue.getJobCounts('waiting', 'active');
          const waiting = counts['waiting'] ?? 0;
          return { kind, waiting, active: counts['active'] ?? 0, oldestMs: await oldestMs(queue, waiting) };
        }),
      ),

    close() {
      closing ??= (async () => {
        for (const check of checks) clearInterval(check);
        await Promise.all(working.map((workers) => workers.stop(0)));
        state.ended = true;
        await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
        await broker.close();
      })();
      return closing;
    },
  };
}

/** An alarm and a tick only add a job, so they are tried until the database is back. */
const ALARM_ATTEMPTS = 20;

function keeping(
  kind: JobKind,
): Pick<JobsOptions, 'attempts' | 'backoff' | 'removeOnComplete' | 'removeOnFail' | 'stackTraceLimit'> {
  return {
    attempts: RETRIES[kind].attempts,
    // The worker's own, from RETRIES.
    backoff: { type: 'rest' },
    removeOnComplete: true,
    removeOnFail: { count: DEAD_JOBS_KEPT },
    stackTraceLimit: 1,
  };
}

function deadJob(kind: JobKind, job: BullJob): DeadJob {
  const read = readJob(job.data);
  return {
    id: `${kind}.${job.id ?? ''}`,
    job: 'job' in read ? read.job : null,
    failedAt: new Date(job.finishedOn ?? job.timestamp),
    attempts: job.attemptsMade,
    reason: job.failedReason,
  };
}

function splitId(id: string): [JobKind | undefined, string] {
  const dot = id.indexOf('.');
  return [JOB_KINDS.find((kind) => kind === id.slice(0, dot)), id.slice(dot + 1)];
}

/** Null where none waits. */
async function oldestMs(queue: BullQueue, waiting: number): Promise<number | null> {
  if (waiting === 0) return null;
  // Counted from the newest, since PostgreSQL's backend counts so whichever order is asked for. Gone: it has just been taken.
  const [oldest] = await queue.getJobs(['waiting'], waiting - 1, waiting - 1);
  return oldest === undefined ? 0 : Math.max(0, Date.now() - readySince(oldest));
}

/** Epoch milliseconds since when a waiting job could have been taken: since it was added, or since it was last tried. */
function readySince(job: BullJob): number {
  return Math.max(job.timestamp + (job.opts.delay ?? 0), job.processedOn ?? 0);
}
