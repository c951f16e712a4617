/** Everything that goes wrong with a task on ECS: what comes of it, and what was started, stopped and billed for it. */
import { RunTaskCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TASK_EXIT } from '../../eval-runner/task/contract.js';
import { RunnerError } from '../../src/ports/runner.js';
import { createEcsClient, reapTasks } from '../../src/runners/ecs/index.js';
import { memoryBooks } from '../support/cloud/books.js';
import { PLAIN_IMAGE } from '../support/cloud/images.js';
import { requireCloud, useCloud } from '../support/cloud/index.js';
import { makeSite, type Site } from '../support/cloud/measure.js';
import { cloudEndings, makeRunner, QUICK, quietLog, type CloudRunner } from '../support/cloud/runner.js';
import { processesGone, processesWith, uniqueSeconds, until } from '../support/processes.js';

const READS = 'printf \'{"text": "%s"}\' "$(cat "$DOCOPS_DOCUMENT")"';

describe.skipIf(!requireCloud())('failures on ECS (moto[server], bubblewrap and setpriv are needed)', () => {
  const cloud = useCloud();
  let site: Site;
  let runners: CloudRunner[];

  beforeEach(() => {
    site = makeSite();
    runners = [];
  });
  afterEach(async () => {
    for (const { runner } of runners) await runner.close();
    const complaints = [...cloud.agent.complaints];
    site.remove();
    expect(complaints).toEqual([]);
  });

  const make = (options: Parameters<typeof makeRunner>[1] = {}): CloudRunner => {
    const made = makeRunner(cloud, options);
    runners.push(made);
    return made;
  };
  const stops = (): unknown[] =>
    cloud.edge.answered
      .filter(({ operation, status }) => operation === 'StopTask' && status === 200)
      .map(({ input }) => input['task']);
  const rows = ({ books }: CloudRunner) =>
    books.rows.map(({ capacity, outcome }) => `${capacity}: ${outcome}`);
  const refusal = async (work: Promise<unknown>): Promise<RunnerError> => {
    const error: unknown = await work.then(
      () => new Error('it did not fail'),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(RunnerError);
    return error as RunnerError;
  };

  describe('what the code does is a result', () => {
    it('gives predictions of one task, and bills a minute at least', async () => {
      const made = make();
      expect(await site.measure(made.runner, READS, { documents: site.documents(2) })).toMatchObject([
        { id: 'doc0', status: 'ok', fields: { text: 'text 0' } },
        { id: 'doc1', status: 'ok', fields: { text: 'text 1' } },
      ]);
      expect(rows(made)).toEqual(['spot: delivered']);
      expect(stops()).toEqual([]);
      const usage = made.runner.usage();
      expect(usage).toMatchObject({ tasks: 1, retried: 0, spotLosses: 0, billedSeconds: 60, wastedUsd: 0 });
      expect(usage.usd).toBeCloseTo(made.books.rows[0]!.usd!, 10);
      expect(usage.usd).toBeGreaterThan(0);
    });

    it('takes a crash and a document that hangs for what they are, without another task', async () => {
      const made = make();
      const seconds = uniqueSeconds();
      const got = await site.measure(
        made.runner,
        `case $DOCOPS_DOCUMENT_ID in doc0) exit 7;; doc1) sleep ${seconds};; *) echo '{}';; esac`,
        { documents: site.documents(3), extract: { documentTimeoutMs: 500 } },
      );
      expect(got).toMatchObject([
        { status: 'crashed', exitCode: 7 },
        { status: 'timeout', problem: expect.stringContaining('extract.document_timeout') as string },
        { status: 'ok' },
      ]);
      expect(rows(made)).toEqual(['spot: delivered']);
    });

    it('ends the whole side in its time, without another task', async () => {
      const made = make();
      const got = await site.measure(made.runner, `sleep ${uniqueSeconds()}`, {
        documents: site.documents(2),
        extract: { timeoutMs: 700 },
      });
      expect(got.map(({ status }) => status)).toEqual(['timeout', 'not-run']);
      for (const { problem } of got) expect(problem).toContain('extract.timeout');
      expect(rows(made)).toEqual(['spot: delivered']);
    });

    it.each([undefined, PLAIN_IMAGE])(
      'blames memory on the document that ran when the container was killed, and measures the others (image %s)',
      async (image) => {
        const made = make();
        const seconds = uniqueSeconds();
        cloud.faults.task({
          kind: 'memory',
          container: 'extract',
          when: () => processesWith(`sleep ${seconds}`).length > 0,
        });
        const got = await site.measure(
          made.runner,
          `case $DOCOPS_DOCUMENT_ID in doc1) sleep ${seconds};; *) ${READS};; esac`,
          { documents: site.documents(3), ...(image !== undefined && { extract: { image } }) },
        );
        expect(Object.fromEntries(got.map(({ id, status }) => [id, status]))).toEqual({
          doc0: 'ok',
          doc1: 'memory',
          doc2: 'ok',
        });
        expect(got.find(({ id }) => id === 'doc1')!.problem).toContain('runner.memory');
        expect(got).toHaveLength(3);
        expect(cloud.edge.tasks).toHaveLength(2);
        expect(await processesGone(seconds)).toEqual([]);
      },
    );
  });

  describe('what the infrastructure does is not', () => {
    const inExtract = (seconds: string) => ({
      kind: 'spot' as const,
      container: 'extract',
      when: () => processesWith(`sleep ${seconds}`).length > 0,
    });

    it('measures again after a spot loss, on spot', async () => {
      const made = make();
      const seconds = uniqueSeconds();
      cloud.faults.task(inExtract(seconds));
      // What is left on a task's own disk tells the first one from the second.
      const running = site.measure(made.runner, `${READS}; sleep ${seconds}`, {
        extract: { documentTimeoutMs: 3_000, timeoutMs: 30_000 },
      });
      expect(await running).toMatchObject([{ status: 'timeout' }]);
      expect(rows(made)).toEqual(['spot: spot-lost', 'spot: delivered']);
      expect(made.runner.usage()).toMatchObject({ tasks: 2, retried: 1, spotLosses: 1, billedSeconds: 120 });
      expect(made.runner.usage().wastedUsd).toBeCloseTo(made.books.rows[0]!.usd!, 10);
    });

    it('pays in full after two spot losses', async () => {
      const made = make();
      cloud.faults.task({ kind: 'spot', container: 'extract', afterMs: 0 }, 2);
      expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      expect(rows(made)).toEqual(['spot: spot-lost', 'spot: spot-lost', 'on-demand: delivered']);
      expect(cloud.edge.tasks.map(({ wire }) => wire.capacityProviderName)).toEqual([
        'FARGATE_SPOT',
        'FARGATE_SPOT',
        'FARGATE',
      ]);
    });

    it('says which image does not exist and what to do, and does not try again', async () => {
      const made = make();
      const error = await refusal(
        site.measure(made.runner, READS, { extract: { image: 'registry.example/team/none:7' } }),
      );
      expect(error.message).toContain('registry.example/team/none:7');
      expect(error.permanent).toBe(true);
      expect(error.mend).toContain('extract.image');
      expect(rows(made)).toEqual(['spot: not-started']);
      expect(cloud.edge.tasks).toHaveLength(1);
    });

    it.each([
      ['a registry that is away', { kind: 'pull', container: 'extract' }],
      ['a network that is not there yet', { kind: 'resources' }],
      ['a task that ECS forgets', { kind: 'lost' }],
      ['fetch, out of disk', { kind: 'exit', container: 'fetch', code: 1 }],
      ['deliver, without storage', { kind: 'exit', container: 'deliver', code: 3 }],
    ] as const)('tries again after %s', async (what, fault) => {
      const made = make();
      cloud.faults.task(fault);
      expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      // What deliver has sent is there, whatever it says afterwards.
      expect(cloud.edge.tasks).toHaveLength(what.startsWith('deliver') ? 1 : 2);
      expect(made.books.rows.at(-1)!.outcome).toBe('delivered');
    });

    it('tries again where there is no capacity, and starts nothing meanwhile', async () => {
      const made = make();
      cloud.faults.refuse(
        'Capacity is unavailable at this time. Please try again later or in a different availability zone',
      );
      expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      expect(cloud.edge.tasks).toHaveLength(1);
      expect(rows(made)).toEqual(['spot: not-started', 'spot: delivered']);
      expect(made.books.rows[0]).toMatchObject({ taskArn: null, seconds: 0, usd: 0 });
    });

    it('says why when there is never any capacity', async () => {
      const made = make();
      cloud.faults.refuse('RESOURCE:CAPACITY', 10);
      const error = await refusal(site.measure(made.runner, READS));
      expect(error.message).toContain('RESOURCE:CAPACITY');
      expect(error.permanent).toBe(false);
      expect(error.mend).not.toBeNull();
      expect(cloud.edge.tasks).toHaveLength(0);
    });

    it('waits throttling out, of every operation', { timeout: 60_000 }, async () => {
      cloud.faults.throttle('*', 2);
      const ecs = createEcsClient({ endpoint: cloud.edge.url });
      // A size that no other test has, so that its definition is registered too.
      const made = make({ ecs, choice: { cpu: 2, memoryBytes: 5 * 1024 ** 3 } });
      expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      ecs.destroy();
      const throttled = cloud.edge.answered
        .filter(({ status }) => status === 400)
        .map(({ operation }) => operation);
      expect(new Set(throttled)).toEqual(
        new Set(['DescribeTaskDefinition', 'RegisterTaskDefinition', 'RunTask', 'DescribeTasks']),
      );
      expect(cloud.edge.tasks).toHaveLength(1);
      expect(rows(made)).toEqual(['spot: delivered']);
    });

    it('waits for ECS to know what it has just started', async () => {
      cloud.faults.describeLate = 2;
      const made = make();
      expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      expect(cloud.edge.tasks).toHaveLength(1);
    });

    it('lets a command take longer than a start may, though ECS says PENDING until deliver begins', async () => {
      const made = make({ timing: { startAllowanceMs: 2_000 } });
      expect(await site.measure(made.runner, `sleep 3; ${READS}`)).toMatchObject([{ status: 'ok' }]);
      expect(rows(made)).toEqual(['spot: delivered']);
      expect(stops()).toEqual([]);
    });

    it('stops a task that never begins, and starts another', async () => {
      cloud.faults.task({ kind: 'dead', at: 'PENDING' });
      const made = make({ timing: { startAllowanceMs: 1_500 } });
      expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      expect(stops()).toEqual([cloud.edge.tasks[0]!.arn]);
      expect(rows(made)).toEqual(['spot: not-started', 'spot: delivered']);
    });

    it('stops tasks that never end, and gives up with the last one', async () => {
      cloud.faults.task({ kind: 'dead', at: 'RUNNING' }, 5);
      const made = make({ timing: { startAllowanceMs: 100, graceMs: 100 } });
      const error = await refusal(site.measure(made.runner, READS, { extract: { timeoutMs: 300 } }));
      expect(cloud.edge.tasks).toHaveLength(3);
      expect(stops()).toEqual(cloud.edge.tasks.map(({ arn }) => arn));
      expect(rows(made)).toEqual(['spot: overdue', 'spot: overdue', 'spot: overdue']);
      expect(error.message).toContain(cloud.edge.tasks[2]!.id);
      expect(error.message).toMatch(/3 tries/);
      expect(error.permanent).toBe(false);
    });
  });

  describe('the storage', () => {
    it('is named when fetch can never reach it', async () => {
      cloud.faults.task({ kind: 'exit', container: 'fetch', code: TASK_EXIT.network }, 3);
      const made = make();
      const error = await refusal(site.measure(made.runner, READS));
      expect(error.message).toMatch(/fetch 3/);
      expect(error.mend).toMatch(/S3/);
      expect(rows(made)).toEqual(['spot: failed', 'spot: failed', 'spot: failed']);
    });

    it('is asked again after a link that it refused', async () => {
      cloud.faults.storage({ method: 'GET', key: /\/code\//, links: true, does: 403 });
      const made = make();
      expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      expect(rows(made)).toEqual(['spot: failed', 'spot: delivered']);
    });

    it('may be slow for a moment', async () => {
      cloud.faults.storage({ method: 'GET', key: /\/tasks\//, links: true, does: 'reset' });
      cloud.faults.storage({ method: 'GET', key: /\/documents\//, links: true, does: 503 });
      cloud.faults.storage({ method: 'PUT', key: /\/results\//, links: true, does: 503 });
      const made = make();
      expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      expect(rows(made)).toEqual(['spot: delivered']);
    });

    const damages: [string, (bytes: Buffer) => Buffer][] = [
      ['cut off', (bytes) => bytes.subarray(0, bytes.length - 20)],
      ['empty', () => Buffer.alloc(0)],
      ['no gzip', () => Buffer.from('{"docops": "task-results/1"}\n')],
      ['forged', (bytes) => gzipSync(gunzipSync(bytes).toString('utf8').replace('text 0', 'text 9'))],
      [
        'a bomb',
        (bytes) => gzipSync(Buffer.concat([gunzipSync(bytes), Buffer.alloc(400 * 1024 ** 2)]), { level: 1 }),
      ],
    ];
    it.each(damages)('is never believed when the results in it are damaged: %s', async (_, damage) => {
      cloud.faults.storage({ method: 'PUT', key: /\/results\//, does: damage });
      const made = make();
      expect(await site.measure(made.runner, READS)).toMatchObject([
        { status: 'ok', fields: { text: 'text 0' } },
      ]);
      expect(rows(made)).toEqual(['spot: failed', 'spot: delivered']);
    });

    it('gives no prediction when results are damaged each time', async () => {
      cloud.faults.storage({ method: 'PUT', key: /\/results\//, does: (bytes) => bytes.subarray(5) }, 100);
      const made = make();
      const given: unknown[] = [];
      const error = await refusal(
        site.measure(made.runner, READS, { onPrediction: (prediction) => void given.push(prediction) }),
      );
      expect(given).toEqual([]);
      expect(error.permanent).toBe(false);
      expect(cloud.edge.tasks).toHaveLength(3);
    });
  });

  describe('nobody waits', () => {
    it('stops every task of a run that is superseded, those that have not begun too', async () => {
      const made = make({ choice: { shards: 4 } });
      const seconds = uniqueSeconds();
      const controller = new AbortController();
      const running = site.measure(made.runner, `sleep ${seconds}`, {
        documents: site.documents(4),
        signal: controller.signal,
      });
      const ended = expect(running).rejects.toThrow('superseded by a push');
      await until(
        () => cloud.edge.tasks.length === 4 && processesWith(`sleep ${seconds}`).length >= 2,
        (yes) => yes,
        15_000,
      );
      controller.abort(new Error('superseded by a push'));
      await ended;
      expect(stops().sort()).toEqual(cloud.edge.tasks.map(({ arn }) => arn).sort());
      expect(rows(made)).toEqual(Array(4).fill('spot: stopped'));
      expect(await processesGone(seconds)).toEqual([]);
      await cloud.agent.idle();
      expect(cloud.edge.tasks.every(({ ended: over }) => over)).toBe(true);
    });

    it('starts nothing for a run that was superseded before', async () => {
      const made = make();
      await expect(
        site.measure(made.runner, READS, { signal: AbortSignal.abort(new Error('early')) }),
      ).rejects.toThrow('early');
      expect(cloud.edge.answered).toEqual([]);
    });

    it('stops tasks that no row wants, and leaves the others alone', async () => {
      cloud.faults.task({ kind: 'dead', at: 'RUNNING' }, 3);
      const [orphan, wanted] = [make(), make()];
      const waits = [orphan, wanted].map(({ runner }) => site.measure(runner, READS).catch(() => undefined));
      await until(
        () => cloud.edge.tasks.length,
        (count) => count === 2,
      );
      const { request } = cloud.edge.tasks[0]!;
      await cloud.ecs.send(
        new RunTaskCommand({ ...request, startedBy: 'somebody-else', clientToken: 'x' } as never),
      );
      orphan.books.finish(orphan.evaluationId);
      const books = memoryBooks();
      const both = {
        ...books,
        wanted: async (names: readonly string[]) =>
          new Set([...(await orphan.books.wanted(names)), ...(await wanted.books.wanted(names))]),
        end: (...args: Parameters<typeof books.end>) => orphan.books.end(...args),
      };
      await until(
        () => wanted.books.rows.length,
        (count) => count === 1,
      );
      const stopped = await reapTasks({
        ecs: cloud.ecs,
        place: cloud.place,
        books: both,
        log: quietLog,
        prices: null,
        timing: QUICK,
        now: () => Date.now() + 1_000,
      });
      const mine = cloud.edge.tasks.find(({ startedBy }) => startedBy === orphan.books.rows[0]!.startedBy)!;
      expect(stopped).toEqual([mine.arn]);
      expect(stops()).toEqual([mine.arn]);
      expect(orphan.books.rows[0]!.outcome).toBe('stopped');
      expect(wanted.books.rows[0]!.outcome).toBeNull();
      cloud.agent.complaints.length = 0;
      await Promise.all([orphan.runner.close(), wanted.runner.close()]);
      await Promise.all(waits);
      for (const task of cloud.edge.tasks)
        await cloud.ecs.send(new StopTaskCommand({ cluster: cloud.place.cluster, task: task.arn }));
    });
  });

  describe('a worker that crashed', () => {
    /** Waits for ever, as far as anybody can see: it neither sweeps nor hears. */
    const crashed = () =>
      make({ timing: { sweepMs: 3_600_000 }, ecs: createEcsClient({ endpoint: cloud.edge.url }) });
    const successor = (first: CloudRunner) => make({ evaluationId: first.evaluationId, books: first.books });

    it('has its running task taken up by the next one', async () => {
      const first = crashed();
      const seconds = uniqueSeconds();
      const lost = site.measure(first.runner, `sleep 1.5; : ${seconds}; ${READS}`).catch(() => undefined);
      await until(
        () => processesWith(seconds).length,
        (count) => count > 0,
        15_000,
      );
      const second = successor(first);
      expect(await site.measure(second.runner, `sleep 1.5; : ${seconds}; ${READS}`)).toMatchObject([
        { status: 'ok', fields: { text: 'text 0' } },
      ]);
      expect(cloud.edge.tasks).toHaveLength(1);
      expect(rows(second)).toEqual(['spot: delivered']);
      await first.runner.close();
      await lost;
    });

    it('has its delivered results taken by the next one, though ECS has forgotten the task', async () => {
      const first = crashed();
      const lost = site.measure(first.runner, READS).catch(() => undefined);
      await until(
        () => cloud.edge.tasks[0]?.ended,
        (over) => over === true,
        15_000,
      );
      cloud.edge.tasks[0]!.lost = true;
      const second = successor(first);
      expect(await site.measure(second.runner, READS)).toMatchObject([
        { status: 'ok', fields: { text: 'text 0' } },
      ]);
      expect(cloud.edge.tasks).toHaveLength(1);
      await first.runner.close();
      await lost;
    });

    it('is found by who started it, where it crashed before it wrote down which task it is', async () => {
      const books = memoryBooks();
      const first = make({
        books: { ...books, launched: () => new Promise(() => undefined) },
      });
      void site.measure(first.runner, `sleep 1; ${READS}`).catch(() => undefined);
      await until(
        () => cloud.edge.tasks.length,
        (count) => count === 1,
      );
      expect(books.rows[0]!.taskArn).toBeNull();
      const second = make({ evaluationId: first.evaluationId, books });
      expect(await site.measure(second.runner, `sleep 1; ${READS}`)).toMatchObject([{ status: 'ok' }]);
      expect(cloud.edge.tasks).toHaveLength(1);
      expect(books.rows).toMatchObject([{ taskArn: cloud.edge.tasks[0]!.arn, outcome: 'delivered' }]);
      runners.splice(runners.indexOf(first), 1);
    });

    it('loses only what was not delivered: another side and another command are other work', async () => {
      const first = make();
      await site.measure(first.runner, READS);
      const second = successor(first);
      expect(await site.measure(second.runner, READS)).toHaveLength(1);
      expect(cloud.edge.tasks).toHaveLength(1);
      await site.measure(second.runner, READS, { key: 'base' });
      await site.measure(second.runner, `${READS} `);
      expect(cloud.edge.tasks).toHaveLength(3);
    });
  });

  describe('word of an end', () => {
    it('comes by the queue long before the sweep', async () => {
      const endings = cloudEndings(cloud);
      const ecs = createEcsClient({ endpoint: cloud.edge.url });
      const made = make({ endings, ecs, timing: { sweepMs: 3_600_000 } });
      try {
        expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      } finally {
        await endings.stop();
      }
      expect(rows(made)).toEqual(['spot: delivered']);
    });

    it('is not needed: the sweep finds it where EventBridge is off', async () => {
      cloud.faults.events = false;
      const endings = cloudEndings(cloud);
      const made = make({ endings, timing: { sweepMs: 300 } });
      try {
        expect(await site.measure(made.runner, READS)).toMatchObject([{ status: 'ok' }]);
      } finally {
        await endings.stop();
      }
    });
  });
});
