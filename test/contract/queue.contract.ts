/** What every backend of the Queue port must do. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Queue as BullQueue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  RetryLater,
  type Job,
  type JobContext,
  type JobHandlers,
  type JobKind,
  type Queue,
} from '../../src/ports/queue.js';
import type { QueueTiming } from '../../src/queue/index.js';
import { cases } from '../queue/hostile-names.js';

export interface QueueUnderTest {
  /** A further view of the same jobs, as another process would have. */
  open(timing?: Partial<QueueTiming>): Promise<Queue>;
  /** The same for another process; JSON. */
  readonly address: object;
  /** BullMQ's own view of one kind, to write what another version would. */
  raw(kind: string): BullQueue;
  /** Ends every connection to the server, as its restart does. */
  breakConnections(): Promise<void>;
  close(): Promise<void>;
}

/** Short enough for a test, long enough for a busy machine. */
export const TEST_TIMING: Partial<QueueTiming> = {
  lockMs: 2_000,
  stalledEveryMs: 500,
  reconnectMs: 100,
  settleMs: 1_000,
  restScale: 0.001,
};

const LOOK: Extract<Job, { kind: 'look' }> = { kind: 'look', repositoryId: 1, number: 7 };
const END: Job = { kind: 'look', repositoryId: 1, number: 999 };
const isEnd = (job: Job): boolean => job.kind === 'look' && job.number === 999;

export function queueContract(name: string, make: () => Promise<QueueUnderTest>): void {
  describe(`the Queue port, ${name}`, () => {
    let under: QueueUnderTest;
    let opened: Queue[];
    let children: ChildProcess[];
    const open = async (timing: Partial<QueueTiming> = {}): Promise<Queue> => {
      const queue = await under.open({ ...TEST_TIMING, ...timing });
      opened.push(queue);
      return queue;
    };
    beforeEach(async () => {
      [opened, children] = [[], []];
      under = await make();
    });
    afterEach(async () => {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(opened.map((queue) => queue.close()));
      await under.close();
    });

    it('runs a job with what was added', async () => {
      const queue = await open();
      const seen = recorder();
      await queue.work(seen.handlers, ALL);
      const jobs: Job[] = [
        LOOK,
        { kind: 'hint', hintId: 5 },
        { kind: 'evaluate', evaluationId: '6f7b2b5e-4a41-4f7c-9d32-0a6a3a0f2b11' },
        { kind: 'publish', repositoryId: 2, headSha: 'ab'.repeat(20), baseRef: 'main' },
        { kind: 'simulate', simulationId: '0d5c7e0a-2f57-4b0e-8a0e-0b8f4f0c9a77' },
        { kind: 'reconcile' },
        { kind: 'canary' },
      ];
      for (const job of jobs) await queue.add(job);
      await eventually(() => expect(seen.jobs).toHaveLength(jobs.length));
      expect(byJson(seen.jobs)).toEqual(byJson(jobs));
      await eventually(async () => expect(await left(queue)).toBe(0));
    });

    it('runs a job once that was added twice while it waited', async () => {
      const queue = await open();
      await Promise.all([
        queue.add(LOOK),
        queue.add(LOOK),
        queue.add({ ...LOOK, number: 8 }),
        queue.add(LOOK),
      ]);
      await queue.add(END);
      const seen = recorder();
      await queue.work(seen.handlers, { look: 1 });
      await eventually(() => expect(seen.jobs.some(isEnd)).toBe(true));
      expect(byJson(seen.jobs)).toEqual(byJson([LOOK, { ...LOOK, number: 8 }, END]));
    });

    it('runs a job once more that was added while it ran, and never two at the same time', async () => {
      const [one, other] = [await open(), await open()];
      const gate = latch();
      let active = 0;
      let most = 0;
      const seen = recorder(async () => {
        most = Math.max(most, ++active);
        if (seen.jobs.length === 1) await gate.opened;
        active -= 1;
      });
      await one.work(seen.handlers, { look: 4 });
      await other.work(seen.handlers, { look: 4 });
      await one.add(LOOK);
      await eventually(() => expect(active).toBe(1));
      for (let i = 0; i < 5; i += 1) await (i % 2 === 0 ? one : other).add(LOOK);
      gate.open();
      await eventually(() => expect(seen.jobs).toHaveLength(2));
      await settled(one, seen);
      expect(seen.jobs.filter((job) => !isEnd(job))).toEqual([LOOK, LOOK]);
      expect(most).toBe(1);
    });

    it('loses nothing that is added while workers finish the same job again and again', async () => {
      const [one, other] = [await open(), await open()];
      // The state that a look reads is written before the look is added, so its last run must have seen the last write.
      let written = 0;
      let read = 0;
      let active = 0;
      let most = 0;
      const handlers = recorder(async () => {
        most = Math.max(most, ++active);
        read = written;
        await Promise.resolve();
        active -= 1;
      }).handlers;
      await one.work(handlers, { look: 2 });
      await other.work(handlers, { look: 2 });
      for (let i = 1; i <= 200; i += 1) {
        written = i;
        await (i % 2 === 0 ? one : other).add(LOOK);
      }
      await eventually(() => expect(read).toBe(200));
      expect(most).toBe(1);
    });

    it('runs a delayed job no earlier than asked', async () => {
      const queue = await open();
      const seen = recorder();
      await queue.work(seen.handlers, ALL);
      const added = Date.now();
      await queue.add(LOOK, { delayMs: 700 });
      await eventually(() => expect(seen.jobs).toEqual([LOOK]));
      expect(Date.now() - added).toBeGreaterThanOrEqual(700);
    });

    it('lets a job that is delayed hold back none that is to run now', async () => {
      const queue = await open();
      const gate = latch();
      const seen = recorder(() => (seen.jobs.length === 1 ? gate.opened : undefined));
      await queue.work(seen.handlers, ALL);
      await queue.add(LOOK, { delayMs: 3_600_000 });
      await queue.add(LOOK);
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      // Nor does one that is added while it runs take the place of one that is to run right after.
      await queue.add(LOOK);
      await queue.add(LOOK, { delayMs: 3_600_000 });
      gate.open();
      await eventually(() => expect(seen.jobs).toHaveLength(2));
    });

    it('keeps the earlier of two delays', async () => {
      const queue = await open();
      const seen = recorder();
      await queue.work(seen.handlers, ALL);
      await queue.add(LOOK, { delayMs: 3_600_000 });
      await queue.add(LOOK, { delayMs: 300 });
      await queue.add(LOOK, { delayMs: 3_600_000 });
      await eventually(() => expect(seen.jobs).toEqual([LOOK]));
      await settled(queue, seen);
      expect(seen.jobs).toEqual([LOOK, END]);
    });

    it('tries a job that fails again, and keeps it among the dead with its reason when the tries are used up', async () => {
      const queue = await open();
      const attempts: number[] = [];
      const seen = recorder((job, context) => {
        if (isEnd(job)) return;
        attempts.push(context.attempt);
        throw new Error(`no answer ${context.attempt}`);
      });
      await queue.work(seen.handlers, ALL);
      const before = Date.now();
      await queue.add(LOOK);
      await eventually(async () => expect(await queue.dead()).toHaveLength(1));
      expect(attempts).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      const [dead] = await queue.dead();
      expect(dead).toMatchObject({ job: LOOK, attempts: 12, reason: 'no answer 12' });
      expect(dead!.failedAt.getTime()).toBeGreaterThanOrEqual(before);
      // A new one for the same thing starts afresh.
      await queue.add(LOOK);
      await eventually(() => expect(attempts.slice(12, 14)).toEqual([1, 2]));
    });

    it.each([
      [
        'with characters that no database takes',
        new Error(`a\u0000b \uD800 ${'x'.repeat(100_000)}`),
        /^a�b � x+…$/,
      ],
      ['that is no error', { toString: null } as unknown as Error, /toString/],
      ['that says nothing', new Error(''), /^Error$/],
      ['that is nothing', undefined as unknown as Error, /^undefined$/],
      ['that BullMQ would obey', new Error('bullmq:rateLimitExceeded'), /^error bullmq:rateLimitExceeded$/],
      ['that BullMQ would take for its own', named(new Error('odd'), 'DelayedError'), /^odd$/],
    ])('keeps a reason %s', async (_, thrown, reason) => {
      const queue = await open();
      const seen = recorder(() => {
        throw thrown;
      });
      await queue.work(seen.handlers, ALL);
      await queue.add({ kind: 'canary' });
      await eventually(async () => expect(await queue.dead()).toHaveLength(1));
      const [dead] = await queue.dead();
      expect(dead!.reason).toMatch(reason);
      expect(dead!.reason.length).toBeLessThan(3_000);
    });

    it('runs a dead job again when asked, and not beside another for the same thing', async () => {
      const [queue, other] = [await open(), await open()];
      let fails = true;
      let active = 0;
      let most = 0;
      const gate = latch();
      const seen = recorder(async () => {
        if (fails) throw new Error('broken');
        most = Math.max(most, ++active);
        await gate.opened;
        active -= 1;
      });
      await queue.work(seen.handlers, ALL);
      await queue.add({ kind: 'reconcile' });
      await eventually(async () => expect(await queue.dead()).toHaveLength(1));
      const [dead] = await queue.dead();
      fails = false;
      await queue.add({ kind: 'reconcile' });
      await eventually(() => expect(active).toBe(1));
      expect(await other.retryDead(dead!.id)).toBe(true);
      expect(await other.dead()).toEqual([]);
      expect(await other.retryDead(dead!.id)).toBe(false);
      gate.open();
      await eventually(() => expect(seen.jobs).toHaveLength(3));
      await settled(queue, seen);
      expect(seen.jobs).toHaveLength(4);
      expect(most).toBe(1);
    });

    it('knows no dead job by a wrong name', async () => {
      const queue = await open();
      for (const id of ['', 'look', 'look.', 'look.nothing', 'what.1', '1', "look.'; drop table job; --"])
        expect(await queue.retryDead(id)).toBe(false);
    });

    it('does not count a try that asks to come later', async () => {
      const queue = await open();
      const attempts: number[] = [];
      const seen = recorder((_, context) => {
        attempts.push(context.attempt);
        if (attempts.length <= 20) throw new RetryLater('GitHub rests', 5);
        if (attempts.length === 21) throw new Error('once');
      });
      await queue.work(seen.handlers, ALL);
      await queue.add(LOOK);
      await eventually(() => expect(attempts).toHaveLength(22));
      expect(attempts).toEqual([...Array<number>(21).fill(1), 2]);
      expect(await queue.dead()).toEqual([]);
    });

    it('keeps the time that a try asked for, though the job is added again', async () => {
      const queue = await open();
      const seen = recorder((job) => {
        if (!isEnd(job) && seen.jobs.length === 1) throw new RetryLater('GitHub rests', 3_600_000);
      });
      await queue.work(seen.handlers, { look: 1 });
      await queue.add(LOOK);
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      await eventually(async () => expect(await under.raw('look').getDelayedCount()).toBe(1));
      await queue.add(LOOK);
      await settled(queue, seen);
      expect(seen.jobs).toEqual([LOOK, END]);
    });

    it('gives the job of a worker that was killed to another', async () => {
      const queue = await open();
      const child = fork(HOLDER, [JSON.stringify({ ...under.address, timing: TEST_TIMING })], {
        stdio: 'inherit',
      });
      children.push(child);
      await message(child, 'ready');
      await queue.add(LOOK);
      await message(child, 'holds');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const attempts: number[] = [];
      const seen = recorder((_, context) => void attempts.push(context.attempt));
      await queue.work(seen.handlers, ALL);
      await eventually(() => expect(seen.jobs).toEqual([LOOK]));
      expect(attempts).toEqual([1]);
      // The key that kept others from being added is free again.
      await queue.add(LOOK);
      await eventually(() => expect(seen.jobs).toEqual([LOOK, LOOK]));
    });

    it('leaves a job with its worker however long it takes', async () => {
      // Renewed every four seconds: a machine under load may well be silent for the one of TEST_TIMING.
      const lockMs = 8_000;
      const [one, other] = [await open({ lockMs }), await open({ lockMs })];
      const gate = latch();
      const seen = recorder(() => gate.opened);
      await one.work(seen.handlers, { evaluate: 1 });
      await one.add({ kind: 'evaluate', evaluationId: 'long' });
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      await other.work(seen.handlers, { evaluate: 1 });
      await pass(2 * lockMs);
      gate.open();
      await eventually(async () => expect(await left(one)).toBe(0));
      expect(seen.jobs).toHaveLength(1);
    }, 60_000);

    it.each([
      ['another process', 1],
      ['its own process', 2],
    ])('tells a handler that its job was lost to %s', async (_, atOnce) => {
      const [queue, other] = [await open(), await open()];
      const signals: AbortSignal[] = [];
      const gate = latch();
      const seen = recorder((_job, { signal }) => {
        signals.push(signal);
        return gate.opened;
      });
      await queue.work(seen.handlers, { evaluate: atOnce });
      await queue.add({ kind: 'evaluate', evaluationId: 'lost' });
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      if (atOnce === 1) await other.work(seen.handlers, { evaluate: 1 });
      const [job] = await under.raw('evaluate').getActive();
      await job!.moveToWait('0');
      await eventually(() => expect(signals.map((signal) => signal.aborted)).toEqual([true, false]));
      gate.open();
    });

    it('ticks once for all workers together, however often it is asked', async () => {
      const queues = [await open(), await open()];
      const seen = recorder();
      const began = Date.now();
      for (const queue of queues) await queue.work(seen.handlers, ALL);
      await Promise.all([...queues, ...queues].map((queue) => queue.every({ kind: 'reconcile' }, 300)));
      expect(await under.raw('reconcile').getJobSchedulersCount()).toBe(1);
      await eventually(() => expect(seen.jobs.length).toBeGreaterThanOrEqual(8));
      expect(seen.jobs.length).toBeLessThanOrEqual((Date.now() - began) / 300 + 2);
    });

    it('takes a new interval, and brings back a schedule that is gone', async () => {
      const queue = await open({ scheduleCheckMs: 100 });
      const seen = recorder();
      await queue.work(seen.handlers, ALL);
      await queue.every({ kind: 'reconcile' }, 3_600_000);
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      const next = await open({ scheduleCheckMs: 3_600_000 });
      await next.every({ kind: 'canary' }, 3_600_000);
      await next.every({ kind: 'canary' }, 200);
      await eventually(() => expect(seen.jobs.length).toBeGreaterThanOrEqual(4));
      const raw = under.raw('reconcile');
      const [scheduler] = await raw.getJobSchedulers();
      await raw.removeJobScheduler(scheduler!.key);
      await eventually(async () => expect(await raw.getJobSchedulersCount()).toBe(1));
    });

    it('does not run a tick beside a tick that still runs', async () => {
      const queue = await open();
      const gate = latch();
      let active = 0;
      let most = 0;
      const seen = recorder(async () => {
        most = Math.max(most, ++active);
        await gate.opened;
        active -= 1;
      });
      await queue.work(seen.handlers, { reconcile: 4 });
      await queue.every({ kind: 'reconcile' }, 100);
      await eventually(() => expect(active).toBe(1));
      await pass(500);
      gate.open();
      await eventually(() => expect(seen.jobs.length).toBeGreaterThanOrEqual(3));
      expect(most).toBe(1);
    });

    it('waits for running jobs when it stops, and takes no new ones', async () => {
      const [queue, other] = [await open(), await open()];
      const gate = latch();
      let aborted = false;
      const seen = recorder(async (_, context) => {
        await gate.opened;
        aborted = context.signal.aborted;
      });
      const workers = await queue.work(seen.handlers, { look: 2 });
      await queue.add(LOOK);
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      const stopped = workers.stop(20_000);
      await other.add(END);
      await pass(300);
      gate.open();
      await stopped;
      expect(seen.jobs).toEqual([LOOK]);
      expect(aborted).toBe(false);
      await eventually(async () => expect((await waitingOf(other, 'look')).active).toBe(0));
      expect((await waitingOf(other, 'look')).waiting).toBe(1);
    });

    it('aborts what still runs after the grace, and others take it at once', async () => {
      const [queue, other] = [await open({ lockMs: 600_000 }), await open({ lockMs: 600_000 })];
      const attempts: number[] = [];
      const seen = recorder(
        (_, { attempt, signal }) =>
          new Promise((resolve, reject) => {
            attempts.push(attempt);
            if (attempts.length === 2) resolve();
            signal.addEventListener('abort', () => reject(signal.reason as Error));
          }),
      );
      const workers = await queue.work(seen.handlers, ALL);
      await queue.add({ kind: 'evaluate', evaluationId: 'long' });
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      await workers.stop(200);
      await other.work(seen.handlers, ALL);
      await eventually(() => expect(seen.jobs).toHaveLength(2));
      expect(attempts).toEqual([1, 1]);
      expect(await other.dead()).toEqual([]);
    });

    it('does not wait for ever for a job that does not listen, and another worker gets it', async () => {
      const [queue, other] = [await open(), await open()];
      const seen = recorder(() => (seen.jobs.length === 1 ? new Promise<void>(() => undefined) : undefined));
      const workers = await queue.work(seen.handlers, ALL);
      await queue.add(LOOK);
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      await workers.stop(100);
      await queue.close();
      await other.work(seen.handlers, ALL);
      await eventually(() => expect(seen.jobs).toEqual([LOOK, LOOK]));
    });

    it('lets handlers add jobs while their workers stop', async () => {
      const queue = await open();
      const next: Job = { ...LOOK, number: 8 };
      const added: string[] = [];
      const seen = recorder(
        (_, { signal }) =>
          new Promise((resolve, reject) => {
            signal.addEventListener('abort', () => {
              queue.add(next).then(() => {
                added.push('next');
                resolve();
              }, reject);
            });
          }),
      );
      await queue.work(seen.handlers, ALL);
      await queue.add(LOOK);
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      await queue.close();
      expect(added).toEqual(['next']);
      expect((await waitingOf(await open(), 'look')).waiting).toBe(1);
    });

    it('runs a thousand jobs, each at least once, with four workers', async () => {
      const queues = await Promise.all([1, 2, 3, 4].map(() => open()));
      const seen = recorder();
      for (const queue of queues) await queue.work(seen.handlers, { look: 4 });
      const numbers = Array.from({ length: 1_000 }, (_, i) => i);
      for (let i = 0; i < numbers.length; i += 50)
        await Promise.all(
          numbers
            .slice(i, i + 50)
            .map((number) => queues[number % 4]!.add({ kind: 'look', repositoryId: 2, number })),
        );
      await eventually(
        () => expect(new Set(seen.jobs.map((job) => JSON.stringify(job))).size).toBe(1_000),
        60_000,
      );
      await eventually(async () => expect(await left(queues[0]!)).toBe(0));
      expect(await queues[0]!.dead()).toEqual([]);
    }, 90_000);

    it('keeps what a newer version wrote among the dead, with a reason that says so', async () => {
      const queue = await open();
      const seen = recorder();
      await under
        .raw('look')
        .add('run', { kind: 'retrain', model: 'm"\u2028' }, { jobId: 'newer', attempts: 5 });
      await under
        .raw('look')
        .add('run', { kind: 'look', repositoryId: 'many' }, { jobId: 'odd', attempts: 5 });
      await under.raw('look').add('run', { kind: 'canary' }, { jobId: 'astray', attempts: 5 });
      await under.raw('look').add('later', 'text', { jobId: 'text', attempts: 5 });
      await queue.work(seen.handlers, ALL);
      await eventually(async () => expect(await queue.dead()).toHaveLength(4));
      expect(seen.jobs).toEqual([]);
      const dead = new Map((await queue.dead()).map((one) => [one.id, one]));
      expect(dead.get('look.newer')).toMatchObject({
        job: null,
        attempts: 1,
        reason: 'unknown job kind "retrain": a newer version of DocOps wrote it',
      });
      expect(dead.get('look.odd')!.reason).toMatch(/^not a job: repositoryId: .*; number: /);
      expect(dead.get('look.astray')!.reason).toBe('a job of kind canary lay in the queue of look');
      expect(dead.get('look.text')!.reason).toMatch(/^not a job: /);
      // Asked for again it is looked at again, and dies of the same.
      expect(await queue.retryDead('look.newer')).toBe(true);
      await eventually(async () => expect(await queue.dead()).toHaveLength(4));
    });

    it('keeps jobs with hostile names apart and as they are', async () => {
      const queue = await open();
      const seen = recorder();
      const jobs = cases.map((baseRef): Job => ({
        kind: 'publish',
        repositoryId: 1,
        headSha: 'a'.repeat(40),
        baseRef,
      }));
      for (const job of jobs) await Promise.all([queue.add(job), queue.add(job, { delayMs: 1 })]);
      await queue.work(seen.handlers, { publish: 1 });
      await eventually(() =>
        expect(new Set(seen.jobs.map((job) => JSON.stringify(job))).size).toBe(cases.length),
      );
      expect(byJson([...new Map(seen.jobs.map((job) => [JSON.stringify(job), job])).values()])).toEqual(
        byJson(jobs),
      );
    });

    it.each([
      ['NUL', { kind: 'evaluate', evaluationId: 'a\u0000b' }],
      ['half a character', { kind: 'evaluate', evaluationId: '\uD83D' }],
      ['a text without end', { kind: 'evaluate', evaluationId: 'x'.repeat(1_001) }],
      ['no number', { kind: 'look', repositoryId: Number.NaN, number: 1 }],
      ['an unknown kind', { kind: 'retrain' }],
    ])('takes no job with %s', async (_, job) => {
      const queue = await open();
      await expect(queue.add(job as Job)).rejects.toThrow(/not a job|unknown job kind/);
      await expect(queue.every(job as Job, 1_000)).rejects.toThrow(/not a job|unknown job kind/);
      expect(await left(queue)).toBe(0);
    });

    it('says how many jobs wait, since when, and how many run', async () => {
      const queue = await open();
      await queue.add({ kind: 'evaluate', evaluationId: 'first' });
      await pass(50);
      await queue.add({ kind: 'evaluate', evaluationId: 'second' });
      await queue.add({ kind: 'evaluate', evaluationId: 'third' }, { delayMs: 3_600_000 });
      const waiting = await waitingOf(queue, 'evaluate');
      expect(waiting).toMatchObject({ waiting: 2, active: 0 });
      expect(waiting.oldestMs).toBeGreaterThanOrEqual(50);
      expect(waiting.oldestMs).toBeLessThan(60_000);
      expect(await waitingOf(queue, 'look')).toEqual({ kind: 'look', waiting: 0, active: 0, oldestMs: null });
      const gate = latch();
      const seen = recorder(() => gate.opened);
      await queue.work(seen.handlers, { evaluate: 1 });
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      expect(await waitingOf(queue, 'evaluate')).toMatchObject({ waiting: 1, active: 1 });
      gate.open();
    });

    it('goes on by itself when every connection breaks, before and in the middle of a job', async () => {
      const [queue, other] = [await open(), await open()];
      const gate = latch();
      const seen = recorder((job) => (job.kind === 'evaluate' ? gate.opened : undefined));
      await queue.work(seen.handlers, ALL);
      await other.work(seen.handlers, ALL);
      await queue.add({ kind: 'evaluate', evaluationId: 'held' });
      await eventually(() => expect(seen.jobs).toHaveLength(1));
      for (let round = 1; round <= 3; round += 1) {
        await under.breakConnections();
        await persistently(() => other.add({ ...LOOK, number: round }));
        await eventually(() => expect(seen.jobs).toContainEqual({ ...LOOK, number: round }));
      }
      gate.open();
      await eventually(async () => expect(await left(queue)).toBe(0));
      expect(await queue.dead()).toEqual([]);
    });

    it('is closed only once, and says so afterwards', async () => {
      const queue = await open();
      await Promise.all([queue.close(), queue.close()]);
      await expect(queue.add(LOOK)).rejects.toThrow('closed');
      await expect(queue.waiting()).rejects.toThrow('closed');
      await expect(queue.work(recorder().handlers, ALL)).rejects.toThrow('closed');
    });
  });
}

const HOLDER = fileURLToPath(new URL('../queue/holder.mjs', import.meta.url));
const ALL: Record<JobKind, number> = {
  look: 4,
  hint: 2,
  evaluate: 2,
  publish: 4,
  simulate: 1,
  reconcile: 1,
  canary: 1,
};

type Handle = (job: Job, context: JobContext) => Promise<void> | void;

/** Handlers of all kinds that write down what they are given, and then do `then`. */
function recorder(then: Handle = () => undefined): { readonly jobs: Job[]; readonly handlers: JobHandlers } {
  const jobs: Job[] = [];
  const handle = async (job: Job, context: JobContext): Promise<void> => {
    jobs.push(job);
    await then(job, context);
  };
  return {
    jobs,
    handlers: {
      look: handle,
      hint: handle,
      evaluate: handle,
      publish: handle,
      simulate: handle,
      reconcile: handle,
      canary: handle,
    },
  };
}

/** One more job goes through, so whatever came before it has been taken. */
async function settled(queue: Queue, seen: { readonly jobs: readonly Job[] }): Promise<void> {
  await queue.add(END);
  await eventually(() => expect(seen.jobs.some(isEnd)).toBe(true));
  await eventually(async () => expect(await left(queue)).toBe(0));
}

async function left(queue: Queue): Promise<number> {
  return (await queue.waiting()).reduce((sum, { waiting, active }) => sum + waiting + active, 0);
}

async function waitingOf(
  queue: Queue,
  kind: JobKind,
): Promise<Awaited<ReturnType<Queue['waiting']>>[number]> {
  return (await queue.waiting()).find((one) => one.kind === kind)!;
}

function latch(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until the assertion holds; its own failure when it never does. */
export async function eventually(assert: () => unknown, ms = 20_000): Promise<void> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      await assert();
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await pass(20);
  }
}

async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === 50) throw error;
      await pass(50);
    }
  }
}

async function message(child: ChildProcess, expected: string): Promise<void> {
  const [text] = (await once(child, 'message', { signal: AbortSignal.timeout(20_000) })) as [unknown];
  expect(text).toBe(expected);
}

function byJson(jobs: readonly Job[]): string[] {
  return jobs.map((job) => JSON.stringify(Object.entries(job).sort())).sort();
}

function named(error: Error, name: string): Error {
  error.name = name;
  return error;
}
