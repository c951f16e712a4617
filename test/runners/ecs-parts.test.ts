/** The parts of the ECS runner that need no cloud: where tasks may run, what they read, and what their ends mean. */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { list } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../eval-runner/outcome.js';
import { judgeSetup as ourSetup, outOfTime } from '../../eval-runner/judge.js';
import { RUNNING_PROBLEM, UNBEGUN_PROBLEM } from '../../eval-runner/task/contract.js';
import { UsageError } from '../../src/core/errors.js';
import type { ExtractSpec, Prediction, RunnerChoice } from '../../src/core/words.js';
import { Bill } from '../../src/runners/ecs/bill.js';
import { explain, isPermanent } from '../../src/runners/ecs/explain.js';
import { ecsEnvironmentIdentity, type EcsPlace } from '../../src/runners/ecs/index.js';
import { BLOBS, dispatchOf, startedBy } from '../../src/runners/ecs/names.js';
import { secretsFor } from '../../src/runners/ecs/place.js';
import { shardsOf } from '../../src/runners/ecs/plan.js';
import { judgeSetup, settle, type Settling } from '../../src/runners/ecs/shard.js';
import { pack, storeCode, storeDocuments } from '../../src/runners/ecs/upload.js';
import { createFilesystemBlobs } from '../../src/storage/filesystem/blobs.js';

const choice: RunnerChoice = {
  kind: 'ecs',
  cpu: 1,
  memoryBytes: 2 * 1024 ** 3,
  gpu: 0,
  shards: 2,
  wallTimeMs: 600_000,
  spot: true,
  network: 'none',
};
const extract: ExtractSpec = {
  run: 'python extract.py',
  mode: 'document',
  timeoutMs: 1_200_000,
  documentTimeoutMs: 60_000,
  deterministic: 'auto',
  repeats: 3,
  env: [],
};
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
  secrets: { OCR_KEY: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:ocr' },
};

describe('what a result on ECS depends on', () => {
  const identity = (
    more: Partial<ExtractSpec> = {},
    where: Partial<EcsPlace> = {},
    wanted: Partial<RunnerChoice> = {},
  ) => ecsEnvironmentIdentity({ ...extract, ...more }, { ...place, ...where }, { ...choice, ...wanted });

  it('is the image, the GPUs and the secrets, and not where or how large the tasks are', async () => {
    const base = await identity();
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    const same = [
      await identity({}, { cluster: 'other', subnets: ['subnet-9'], executionRole: 'arn:aws:iam::1:role/x' }),
      await identity({}, {}, { cpu: 4, memoryBytes: 16 * 1024 ** 3, shards: 9, spot: false }),
      await identity({ timeoutMs: 1 }),
    ];
    expect(same).toEqual([base, base, base]);
    const others = [
      await identity({ image: 'team/ocr:7' }),
      await identity({ image: 'team/ocr:8' }),
      await identity({}, { extractImage: 'registry/app:2' }),
      await identity({ env: ['OCR_KEY'] }),
      await identity({ env: ['OCR_KEY'] }, { secrets: { OCR_KEY: 'arn:other' } }),
      await identity({}, { gpuProvider: 'gpus' }, { gpu: 1 }),
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
    // A batch may carry state from one document to the next.
    const batches = await Promise.all([2, 3].map((shards) => identity({ mode: 'batch' }, {}, { shards })));
    expect(batches[0]).not.toBe(batches[1]);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['no image', () => identity({}, { extractImage: null }), /extract\.image/],
    [
      'a variable without a secret',
      () => identity({ env: ['OCR_KEY', 'OTHER'] }),
      /extract\.env names OTHER/,
    ],
    ['a variable with the name of something else', () => identity({ env: ['constructor'] }), /constructor/],
    ['GPUs that are not there', () => identity({}, {}, { gpu: 1 }), /runner\.gpu/],
    ['a way out that is not there', () => identity({}, {}, { network: 'setup' }), /runner\.network/],
  ])('cannot be told with %s, and says what to do', async (_, make, message) => {
    const failing = Promise.resolve().then(make);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toSatisfy(
      (error) => error instanceof UsageError && (error.mend ?? '').length > 20,
    );
  });

  it("differs for an outsider's code only where that is given less", async () => {
    const open = { ...place, open: { subnets: ['subnet-2'], securityGroup: 'sg-2' } };
    const of = (env: readonly string[], network: RunnerChoice['network'], trusted: boolean) =>
      ecsEnvironmentIdentity({ ...extract, env }, open, { ...choice, network }, trusted);
    expect(await of([], 'none', false)).toBe(await of([], 'none', true));
    expect(await of(['OCR_KEY'], 'none', false)).not.toBe(await of(['OCR_KEY'], 'none', true));
    expect(await of([], 'open', false)).not.toBe(await of([], 'open', true));
  });

  it("gives no secret to an outsider's code", () => {
    const asking = { ...extract, env: ['OCR_KEY', 'toString'] };
    expect(secretsFor(asking, place, false)).toEqual([]);
    expect(secretsFor(asking, place, true)).toEqual([{ name: 'OCR_KEY', arn: place.secrets['OCR_KEY'] }]);
  });
});

describe('names', () => {
  const work = { evaluationId: 'e', key: 'k', step: 'extract', mode: 'document', command: 'x' } as const;

  it('are the same for the same work and differ for any other', () => {
    const name = dispatchOf(work);
    expect(dispatchOf({ ...work })).toBe(name);
    const others = [
      { evaluationId: 'f' },
      { key: 'l' },
      { step: 'setup' },
      { mode: 'batch' },
      { command: 'y' },
    ] as const;
    for (const other of others) expect(dispatchOf({ ...work, ...other })).not.toBe(name);
  });

  it('fit into a client token, however often a large evaluation is tried', () => {
    expect(startedBy(dispatchOf(work), 99_999, 99_999)).toMatch(/^docops-[0-9a-f]{40}-\d+-\d+$/);
    expect(startedBy(dispatchOf(work), 99_999, 99_999).length).toBeLessThanOrEqual(64);
  });
});

describe('documents whose container ended before they did', () => {
  const done: Prediction = { id: 'a', status: 'ok', fields: {}, seconds: 1 };
  const running: Prediction = { id: 'b', status: 'crashed', seconds: 3, problem: RUNNING_PROBLEM };
  const unbegun: Prediction = { id: 'c', status: 'not-run', seconds: 0, problem: UNBEGUN_PROBLEM };
  const after = (more: Partial<Settling>) =>
    settle({
      unfinished: 'code',
      predictions: [done, running, unbegun],
      extract,
      containerBytes: 1984 * 1024 ** 2,
      last: false,
      ...more,
    }).map(({ id, status }) => `${id} ${status}`);
  const problemOf = (id: string, more: Partial<Settling>) =>
    settle({
      unfinished: 'memory',
      predictions: [done, running, unbegun],
      extract,
      containerBytes: 1984 * 1024 ** 2,
      last: true,
      ...more,
    }).find((one) => one.id === id)?.problem;

  it.each<[string, Partial<Settling>, string[]]>([
    ['memory: what ran was too much, the rest runs again', { unfinished: 'memory' }, ['a ok', 'b memory']],
    ['memory, and no further task', { unfinished: 'memory', last: true }, ['a ok', 'b memory', 'c memory']],
    ['memory before anything ran', { unfinished: 'memory', predictions: [unbegun] }, ['c memory']],
    ['time: nothing runs again', { unfinished: 'time' }, ['a ok', 'b timeout', 'c not-run']],
    ['the code ended its container', { unfinished: 'code' }, ['a ok', 'b crashed']],
    ['the code ends its container again and again', { last: true }, ['a ok', 'b crashed', 'c crashed']],
    ['the infrastructure: both run again', { unfinished: 'infrastructure', last: true }, ['a ok']],
    ['all is well', { predictions: [done] }, ['a ok']],
    [
      'the kernel took the command and left the runner',
      {
        unfinished: 'memory',
        predictions: [
          { id: 'd', status: 'crashed', signal: 'SIGKILL', seconds: 1, problem: 'was killed' },
          { id: 'e', status: 'crashed', exitCode: 1, seconds: 1, problem: 'exit code 1' },
        ],
      },
      ['d memory', 'e crashed'],
    ],
    [
      'the infrastructure, and the driver wrote down how the command was ended',
      {
        unfinished: 'infrastructure',
        predictions: [
          done,
          { id: 'd', status: 'crashed', signal: 'SIGTERM', seconds: 1, problem: 'was killed' },
          { id: 'e', status: 'crashed', exitCode: 143, seconds: 1, problem: 'exit code 143' },
          { id: 'f', status: 'crashed', exitCode: 1, seconds: 1, problem: 'exit code 1' },
        ],
      },
      ['a ok', 'f crashed'],
    ],
  ])('%s', (_, more, expected) => {
    expect(after(more)).toEqual(expected);
  });

  it('are told in the words of the local runner', () => {
    const limits = { memoryBytes: 1984 * 1024 ** 2 } as never;
    const job = { extract, limits } as unknown as Parameters<typeof failureOf>[1];
    const result = (end: 'memory' | 'side-timeout') =>
      failureOf({ end, seconds: 1 } as unknown as Parameters<typeof failureOf>[0], job)?.problem;
    expect(problemOf('b', {})).toBe(result('memory'));
    expect(problemOf('b', { unfinished: 'time' })).toBe(result('side-timeout'));
    expect(problemOf('c', { unfinished: 'time' })).toBe(outOfTime(job, 'c').problem);
  });

  it('a setup too', () => {
    const cut = {
      ok: false,
      seconds: 0,
      problem: `extract.setup ${RUNNING_PROBLEM}`,
      outputTail: '',
    } as const;
    const bytes = 1984 * 1024 ** 2;
    expect(judgeSetup(cut, 'infrastructure', bytes)).toBeUndefined();
    expect(judgeSetup(cut, 'memory', bytes)).toEqual({
      ...cut,
      problem: (
        ourSetup(
          { end: 'memory', seconds: 0, tail: '', stdout: Buffer.of() } as never,
          1,
          bytes,
        ) as typeof cut
      ).problem,
    });
    expect(judgeSetup(cut, 'code', bytes)).toMatchObject({
      problem: expect.stringContaining('ended the container') as string,
    });
    const failed = { ...cut, problem: 'extract.setup: exit code 1' };
    expect(judgeSetup(failed, 'infrastructure', bytes)).toBe(failed);
  });
});

describe('the bill', () => {
  const prices = {
    source: 'test',
    date: '2026-11-23',
    region: 'us-east-1',
    vcpuHourUsd: 0.04,
    gibHourUsd: 0.004,
    spotFactor: 0.5,
    gpuHourUsd: null,
    leastSeconds: 60,
  };
  const task = {
    outcome: 'delivered',
    seconds: 600,
    size: { vcpu: 1, memoryGib: 5, gpu: 0 },
    capacity: 'on-demand',
  } as const;

  it('has every task in it, and says what was in vain', () => {
    const bill = new Bill(prices);
    bill.started(false);
    expect(bill.ended(task)).toEqual({ seconds: 600, usd: expect.closeTo(0.01, 9) as number });
    bill.started(true);
    expect(bill.ended({ ...task, outcome: 'spot-lost', capacity: 'spot', seconds: 12 })).toEqual({
      seconds: 60,
      usd: expect.closeTo(0.0005, 9) as number,
    });
    bill.started(true);
    expect(bill.ended({ ...task, outcome: 'not-started', seconds: 0 })).toEqual({ seconds: 0, usd: 0 });
    expect(bill.usage()).toEqual({
      tasks: 3,
      retried: 2,
      spotLosses: 1,
      billedSeconds: 660,
      usd: expect.closeTo(0.0105, 9) as number,
      wastedUsd: expect.closeTo(0.0005, 9) as number,
    });
  });

  it('knows no amount where one price is not known', () => {
    const bill = new Bill(prices);
    bill.ended(task);
    expect(bill.ended({ ...task, capacity: 'provider', size: { ...task.size, gpu: 1 } }).usd).toBeNull();
    expect(bill.usage()).toMatchObject({ usd: null, wastedUsd: 0 });
    expect(new Bill(null).usage()).toMatchObject({ usd: null, wastedUsd: null });
  });
});

describe("AWS's errors", () => {
  const error = (name: string, message = 'x') => Object.assign(new Error(message), { name });
  it.each([
    ['AccessDeniedException', 'no', true],
    ['ClusterNotFoundException', 'no', true],
    ['ClientException', 'Capacity is unavailable at this time. Please try again later', false],
    ['ClientException', "You've reached the limit on the number of vCPUs you can run concurrently", false],
    ['ClientException', 'TaskDefinition is inactive', true],
    ['ThrottlingException', 'Rate exceeded', false],
    ['ServerException', 'x', false],
    ['TimeoutError', 'x', false],
  ])('%s: %s', (name, message, permanent) => {
    expect(isPermanent(error(name, message))).toBe(permanent);
    const told = explain(error(name, message), 'it failed');
    expect(told).toMatchObject({ name: 'RunnerError', permanent, message: `it failed: ${name}: ${message}` });
    if (permanent) expect((told as Error & { mend: string }).mend).toMatch(/\S/);
  });
});

describe('what tasks read', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'docops ecs ü '));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const never = new AbortController().signal;

  const tree = (name: string, order: readonly string[]): string => {
    const folder = join(root, name);
    mkdirSync(join(folder, 'sub', 'empty'), { recursive: true });
    for (const file of order) writeFileSync(join(folder, file), `content of ${file}`);
    symlinkSync('b.txt', join(folder, 'link'));
    return folder;
  };

  it('is the same archive for the same content, whenever and in whatever order it was written', async () => {
    const files = ['a.txt', '@b', 'b.txt', join('sub', 'ü c.txt')];
    const [one, other] = [tree('one', files), tree('other', [...files].reverse())];
    utimesSync(join(other, 'a.txt'), 1, 1);
    await pack(one, join(root, '1.tgz'), { gzip: true, prefix: 'code' });
    await pack(other, join(root, '2.tgz'), { gzip: true, prefix: 'code' });
    expect(readFileSync(join(root, '1.tgz')).equals(readFileSync(join(root, '2.tgz')))).toBe(true);
    const paths: string[] = [];
    await list({ file: join(root, '1.tgz'), onReadEntry: ({ path }) => paths.push(path) });
    expect(paths).toEqual([
      'code/',
      'code/@b',
      'code/a.txt',
      'code/b.txt',
      'code/link',
      'code/sub/',
      'code/sub/empty/',
      'code/sub/ü c.txt',
    ]);
  });

  it('is sent once, and documents that cannot be shown are named', async () => {
    const blobs = createFilesystemBlobs(join(root, 'blobs'));
    const path = join(root, 'Müller.PDF');
    writeFileSync(path, 'text');
    const contentHash = createHash('sha256').update('text').digest('hex');
    const folder = join(root, 'pages');
    mkdirSync(folder);
    writeFileSync(join(folder, 'page.txt'), 'page');
    const hostile = join(root, 'hostile');
    mkdirSync(hostile);
    symlinkSync('../Müller.PDF', join(hostile, 'labels.jsonl'));
    const documents = [
      { id: 'd1', path, contentHash },
      { id: 'd2', path: folder, contentHash: 'b'.repeat(64) },
      { id: 'd3', path: join(root, 'gone.pdf'), contentHash: 'c'.repeat(64) },
      { id: 'd4', path: hostile, contentHash: 'd'.repeat(64) },
    ];
    const stored = await storeDocuments(blobs, documents, never);
    expect(stored).toEqual([
      {
        id: 'd1',
        kind: 'file',
        extension: '.PDF',
        key: BLOBS.document(contentHash),
        sha256: contentHash,
        bytes: 4,
      },
      expect.objectContaining({ id: 'd2', kind: 'folder', extension: '' }),
      { id: 'd3', problem: expect.stringContaining('ENOENT') as string },
      { id: 'd4', problem: expect.stringContaining('link') as string },
    ]);
    const before = await blobs.stat(BLOBS.document(contentHash));
    expect(await storeDocuments(blobs, documents, never)).toEqual(stored);
    expect(await blobs.stat(BLOBS.document(contentHash))).toEqual(before);
  });

  it('is the code under its own checksum, or an error that names the checkout', async () => {
    const blobs = createFilesystemBlobs(join(root, 'blobs'));
    const code = await storeCode(blobs, tree('code', ['run.py', 'b.txt']));
    expect(code.key).toBe(BLOBS.code(code.sha256));
    expect(await storeCode(blobs, join(root, 'code'))).toEqual(code);
    await expect(storeCode(blobs, join(root, 'nowhere'))).rejects.toThrow(/nowhere is gone/);
  });

  it('is divided once: a worker that takes it up again finds the same shards, and new documents get their own', async () => {
    const blobs = createFilesystemBlobs(join(root, 'blobs'));
    const documents = (ids: readonly string[], seconds: number) =>
      ids.map((id, i) => ({ id, path: `/${id}`, contentHash: id, expectedSeconds: seconds * (i + 1) }));
    const ask = (ids: readonly string[], seconds: number, more: Partial<ExtractSpec> = {}) =>
      shardsOf(blobs, {
        dispatch: 'x',
        documents: documents(ids, seconds),
        extract: { ...extract, ...more },
        choice,
        jobs: 1,
      });
    const first = await ask(['a', 'b', 'c', 'd'], 1);
    expect(first.length).toBe(2);
    expect(first.flat().sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(await ask(['d', 'c'], 100)).toEqual(first);
    const grown = await ask(['a', 'e'], 1);
    expect(grown).toEqual([...first, ['e']]);
    const batches = (dispatch: string, shards: number | 'auto', seconds: number) =>
      shardsOf(blobs, {
        dispatch,
        documents: documents(['a', 'b', 'c'], seconds),
        extract: { ...extract, mode: 'batch' },
        choice: { ...choice, shards },
        jobs: 1,
      });
    expect(await batches('y', 'auto', 1_000)).toEqual([['a', 'b', 'c']]);
    expect(await batches('z1', 2, 1)).toEqual(await batches('z2', 2, -0.3));
  });
});
