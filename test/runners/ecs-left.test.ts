/** What tasks leave behind that nobody waited for, or that were tried twice: which archive of a setup is used, what is paid. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ECSClient, type Task } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST_PRICES } from '../../src/core/cost/prices.js';
import type { ExtractSpec } from '../../src/core/words.js';
import type { LinkedBlobs } from '../../src/ports/blobs.js';
import type { TaskStart } from '../../src/ports/tasks.js';
import { Bill } from '../../src/runners/ecs/bill.js';
import { CodeStore } from '../../src/runners/ecs/code-store.js';
import { reapTasks, TIMING, type EcsPlace } from '../../src/runners/ecs/index.js';
import type { Context } from '../../src/runners/ecs/job.js';
import { BLOBS, dispatchOf, startedBy } from '../../src/runners/ecs/names.js';
import { setUp } from '../../src/runners/ecs/setup.js';
import { watchOf } from '../../src/runners/ecs/watch.js';
import { createFilesystemBlobs } from '../../src/storage/filesystem/blobs.js';
import { memoryBooks } from '../support/cloud/books.js';
import { quietLog } from '../support/cloud/runner.js';

const place: EcsPlace = {
  cluster: 'evaluations',
  subnets: ['subnet-1'],
  securityGroup: 'sg-1',
  open: null,
  executionRole: 'arn:aws:iam::123456789012:role/execution',
  runnerImage: 'registry/runner:1',
  extractImage: 'registry/app:1',
  logGroup: '/docops/evaluations',
  gpuProvider: null,
  eventsUrl: null,
  secrets: {},
};
const start = (name: string, attempt: number): TaskStart => ({
  ...{ startedBy: name, evaluationId: 'evaluation', repositoryId: 7, what: 'head, setup', attempt },
  ...{ capacity: 'spot', vcpu: 1, memoryMib: 2048, gpu: 0 },
});
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** ECS with these tasks; the paginator of the SDK asks for a real client. */
function ecsWith(tasks: readonly Task[]): ECSClient {
  const send = (command: object): Promise<unknown> =>
    Promise.resolve(
      command.constructor.name === 'ListTasksCommand'
        ? { taskArns: tasks.map(({ taskArn }) => taskArn) }
        : { tasks },
    );
  return Object.assign(Object.create(ECSClient.prototype) as ECSClient, { send });
}

describe('a setup that was tried twice, where both tasks delivered', () => {
  let folder: string;
  let blobs: LinkedBlobs;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'docops-test-'));
    blobs = Object.assign(createFilesystemBlobs(join(folder, 'blobs')), {
      link: () => Promise.resolve('https://s3/link'),
    });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gives the archive of the task whose result it takes, whichever came last', async () => {
    const extract: ExtractSpec = {
      ...{ run: './extract', mode: 'document', setup: 'make', env: [] },
      ...{ timeoutMs: 1_000, documentTimeoutMs: 1_000, deterministic: true, repeats: 3 },
    };
    const dispatch = dispatchOf({
      ...{ evaluationId: 'evaluation', key: 'key', step: 'setup', mode: 'document', command: 'make' },
    });
    const books = memoryBooks();
    for (const attempt of [1, 2]) {
      const name = startedBy(dispatch, 0, attempt);
      await books.begin(start(name, attempt));
      await books.end(name, { outcome: 'delivered', seconds: 60, usd: 0.01 });
      const archive = `made by try ${attempt}`;
      const line = `${JSON.stringify({ ok: true, seconds: attempt })}\n`;
      const header = {
        ...{ docops: 'task-results/1', step: 'setup', lines: 1, sha256: sha256(line) },
        prepared: { sha256: sha256(archive), bytes: archive.length },
      };
      const results = gzipSync(`${JSON.stringify(header)}\n${line}`);
      await blobs.put(BLOBS.prepared(dispatch, attempt), { bytes: Buffer.from(archive) });
      await blobs.put(BLOBS.manifest(name, 'deliver'), { bytes: Buffer.from('{"ids":[]}') });
      await blobs.put(BLOBS.results(dispatch, 0, attempt), { bytes: results });
    }
    const ecs = ecsWith([]);
    const context: Context = {
      ...{ ecs, blobs, place, books, log: quietLog, timing: TIMING, endings: { on: () => () => undefined } },
      task: {
        choice: {
          ...{ kind: 'ecs', cpu: 1, memoryBytes: 2 * 1024 ** 3, gpu: 0, shards: 'auto' },
          ...{ wallTimeMs: 600_000, spot: true, network: 'none' },
        },
        ...{ evaluationId: 'evaluation', repositoryId: 7, trusted: true },
      },
      bill: new Bill(null),
      watch: watchOf(ecs, place.cluster, quietLog),
    };
    const code = new CodeStore(blobs);
    const request = {
      ...{ key: 'key', label: 'head, setup', codeDirectory: folder, extract, sandbox: 'none' as const },
      limits: { jobs: 1, memoryBytes: 1024 ** 3 },
    };
    const result = await setUp(context, code, request, new AbortController().signal);
    const { key, sha256: promised } = await code.of(folder);
    expect(sha256((await blobs.read(key, 1_000))?.toString() ?? '')).toBe(promised);
    expect(promised).toBe(sha256(`made by try ${result.seconds}`));
  });
});

describe('a task that is stopped because nobody waits for it', () => {
  const NOW = Date.parse('2026-11-23T12:00:00Z');
  const stoppedAs = async (more: Partial<Task>) => {
    const books = memoryBooks();
    await books.begin(start('docops-x-0-1', 1));
    books.finish('evaluation');
    const task: Task = {
      ...{ taskArn: 'arn:x', startedBy: 'docops-x-0-1', cpu: '2048', memory: '4096' },
      createdAt: new Date(NOW - 3_600_000),
      pullStartedAt: new Date(NOW - 1_800_000),
      ...more,
    };
    const ecs = ecsWith([task]);
    await reapTasks({ ecs, place, books, log: quietLog, prices: LIST_PRICES, now: () => NOW });
    return books.rows[0];
  };
  const hourUsd = 2 * LIST_PRICES.vcpuHourUsd + 4 * LIST_PRICES.gibHourUsd;

  it('is paid for: as Fargate, or as spot', async () => {
    const full = await stoppedAs({ capacityProviderName: 'FARGATE' });
    expect(full).toMatchObject({ outcome: 'stopped', seconds: 1_800 });
    expect(full?.usd).toBeCloseTo(hourUsd / 2, 10);
    const spot = await stoppedAs({ capacityProviderName: 'FARGATE_SPOT' });
    expect(spot?.usd).toBeCloseTo((hourUsd / 2) * LIST_PRICES.spotFactor, 10);
  });

  it('has no price on a machine that is not of Fargate', async () => {
    expect(await stoppedAs({ capacityProviderName: 'gpus' })).toMatchObject({ seconds: 1_800, usd: null });
  });
});
