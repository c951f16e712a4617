import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import {
  parseJob,
  STATUSES,
  type DocumentResult,
  type ExtractJob,
  type SetupLine,
} from '../../eval-runner/contract.js';
import type { Prediction, PredictionStatus } from '../../src/core/words.js';
import type { SetupResult } from '../../src/ports/runner.js';
import { jobSchema, readDocumentResult } from '../../src/runners/contract/protocol.js';
import { evalRunnerSchema } from '../../src/runners/contract/schema.js';
import { processesGone, processesWith, uniqueSeconds, until } from '../support/processes.js';

const main = fileURLToPath(new URL('../../dist/eval-runner/main.js', import.meta.url));
const shipped = fileURLToPath(new URL('../../schema/eval-runner.schema.json', import.meta.url));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'docops-eval-runner-'));
  for (const name of ['code', 'scratch', 'home', 'documents']) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const job = (run: string, ids: readonly string[], more: Partial<ExtractJob> = {}): ExtractJob => ({
  version: 1,
  step: 'extract',
  codeDirectory: join(root, 'code'),
  scratchDirectory: join(root, 'scratch'),
  homeDirectory: join(root, 'home'),
  env: { PATH: process.env['PATH'] ?? '' },
  limits: {
    jobs: 2,
    memoryBytes: 1e9,
    outputBytes: 1e6,
    predictionsBytes: 1e6,
    stderrTailBytes: 1000,
    jsonDepth: 64,
    killGraceMs: 500,
  },
  sandbox: 'none',
  hidden: [],
  mark: 'm'.repeat(32),
  output: join(root, 'results.jsonl'),
  watchStdin: false,
  documents: ids.map((id) => {
    const path = join(root, 'documents', `${id}.txt`);
    writeFileSync(path, id);
    return { id, path };
  }),
  extract: { run, mode: 'document', timeoutMs: 60_000, documentTimeoutMs: 20_000 },
  ...more,
});
const write = (content: unknown): string => {
  const path = join(root, 'job.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const run = (content: unknown) => spawnSync(process.execPath, [main, write(content)], { encoding: 'utf8' });
const results = (): DocumentResult[] =>
  readFileSync(join(root, 'results.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const result = readDocumentResult(Buffer.from(line));
      return result === undefined ? [] : [result];
    });
const countRuns = 'echo x >> runs.txt; echo "{}"';
const runs = (): number => readFileSync(join(root, 'code', 'runs.txt'), 'utf8').length / 2;

describe('the evaluation runner as a program', () => {
  it('ends with 0 when every document has a line', () => {
    expect(run(job('exit 1', ['a', 'b', 'c']))).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(
      results()
        .map(({ id, status }) => `${id} ${status}`)
        .sort(),
    ).toEqual(['a crashed', 'b crashed', 'c crashed']);
  });

  it('writes to standard output when no file is named', () => {
    const got = run(job('echo "{}"', ['a'], { output: null }));
    expect(got.stdout.endsWith('\n')).toBe(true);
    expect(readDocumentResult(Buffer.from(got.stdout))).toMatchObject({ id: 'a', status: 'ok' });
  });

  it('does not run a document again that has a whole line, and knows a half line', () => {
    run(job(countRuns, ['a', 'b']));
    const whole = readFileSync(join(root, 'results.jsonl'), 'utf8');
    appendFileSync(
      join(root, 'results.jsonl'),
      whole
        .split('\n')[0]!
        .replace(/"id":"."/, '"id":"c"')
        .slice(0, -5),
    );
    expect(run(job(countRuns, ['a', 'b', 'c', 'd'])).status).toBe(0);
    expect(runs()).toBe(4);
    expect(
      results()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each(['document', 'batch'] as const)(
    'keeps what was finished when it is told to stop, in %s mode',
    async (mode) => {
      const seconds = uniqueSeconds();
      const content = job(`case $DOCOPS_DOCUMENT_ID in a) echo '{}';; *) sleep ${seconds};; esac`, [
        'a',
        'b',
        'c',
      ]);
      const child = spawn(process.execPath, [
        main,
        write({ ...content, extract: { ...content.extract, mode } }),
      ]);
      await until(
        () => processesWith(`sleep ${seconds}`).length,
        (count) => count >= (mode === 'batch' ? 1 : 2),
        15_000,
      );
      child.kill('SIGTERM');
      expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(3);
      expect(await processesGone(seconds, 1_000)).toEqual([]);
      if (mode === 'document') expect(results().map(({ id }) => id)).toEqual(['a']);
    },
  );

  it.each<[string, unknown, RegExp]>([
    ['no JSON', 'nonsense', /cannot be read/],
    ['another version', { version: 2 }, /job\.version must be 1/],
  ])('refuses a job that is %s', (_, content, message) => {
    const got = run(content);
    expect(got.status).toBe(2);
    expect(got.stderr).toMatch(message);
  });

  it('fails, and says why, when the machine fails', () => {
    const got = run(job('echo "{}"', ['a'], { codeDirectory: join(root, 'gone') }));
    expect(got.status).toBe(1);
    expect(got.stderr).toContain('gone');
  });
});

describe('the contract of the evaluation runner', () => {
  it('is the same on both sides', () => {
    expectTypeOf<DocumentResult['status']>().toEqualTypeOf<PredictionStatus>();
    expectTypeOf<DocumentResult>().toExtend<Prediction>();
    expectTypeOf<Prediction>().toExtend<DocumentResult>();
    expectTypeOf<SetupLine>().toEqualTypeOf<SetupResult>();
    expect(STATUSES).toHaveLength(7);
  });

  const path = (...keys: (string | number)[]) => keys;
  it.each<[(string | number)[], unknown]>([
    [path('version'), '1'],
    [path('step'), 'both'],
    [path('codeDirectory'), 'relative'],
    [path('scratchDirectory'), null],
    [path('env', 'A-B'), 'x'],
    [path('env', 'A'), 5],
    [path('limits', 'jobs'), 0],
    [path('limits', 'memoryBytes'), 1.5],
    [path('limits', 'killGraceMs'), undefined],
    [path('sandbox'), 'docker'],
    [path('hidden', 0), 'relative'],
    [path('mark'), 'short'],
    [path('output'), 'relative'],
    [path('watchStdin'), 1],
    [path('documents', 0, 'id'), '../etc'],
    [path('documents', 0, 'id'), '..'],
    [path('documents', 0, 'path'), 'relative'],
    [path('extract', 'mode'), 'stream'],
    [path('extract', 'run'), ''],
    [path('extract', 'timeoutMs'), -1],
  ])('refuses a job with a wrong %j in the runner, in the schema and in its owner', (keys, value) => {
    const validate = new Ajv2020({ strict: false }).compile(evalRunnerSchema());
    const good = JSON.parse(JSON.stringify(job('x', ['a']))) as Record<string, unknown>;
    expect(parseJob(JSON.stringify(good))).toEqual(good);
    expect(jobSchema.safeParse(good).success).toBe(true);
    expect(validate(good)).toBe(true);
    let place = good;
    for (const key of keys.slice(0, -1)) place = place[key] as Record<string, unknown>;
    place[keys.at(-1)!] = value;
    const bad = JSON.parse(JSON.stringify(good)) as unknown;
    expect(() => parseJob(JSON.stringify(bad))).toThrow(/job|name/);
    expect(jobSchema.safeParse(bad).success).toBe(false);
    expect(validate(bad)).toBe(false);
  });

  it('refuses two documents of one id', () => {
    expect(() =>
      parseJob(JSON.stringify({ ...job('x', ['a']), documents: job('x', ['a', 'a']).documents })),
    ).toThrow(/twice/);
  });

  it('holds for every line that comes out', () => {
    const validate = new Ajv2020({ strict: false }).compile(evalRunnerSchema());
    const command = `case $DOCOPS_DOCUMENT_ID in
ok) echo '{"fields":{"a":1},"confidence":{"a":1},"usage":{"usd":1,"ocr_pages":1}}';; crash) echo e >&2; exit 3;;
signal) kill -TERM $$;; bad) echo no;; hang) sleep 60;; *) head -c 2000000 /dev/zero;; esac`;
    const content = job(command, ['ok', 'crash', 'signal', 'bad', 'hang', 'flood']);
    run({ ...content, extract: { ...content.extract, documentTimeoutMs: 500 } });
    const lines = readFileSync(join(root, 'results.jsonl'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(validate(JSON.parse(line)), line).toBe(true);
    expect(
      results()
        .map(({ id, status }) => `${id} ${status}`)
        .sort(),
    ).toEqual([
      'bad invalid-output',
      'crash crashed',
      'flood output-limit',
      'hang timeout',
      'ok ok',
      'signal crashed',
    ]);
  });

  it('does not believe a line that is no result', () => {
    for (const line of [
      '',
      '{',
      '5',
      'null',
      '{"id":"a"}',
      '{"id":"a","status":"ok","seconds":1}',
      '{"id":"a","status":"fine","seconds":1,"problem":""}',
    ])
      expect(readDocumentResult(Buffer.from(line))).toBeUndefined();
  });

  it('ships as the schema that it is', () => {
    expect(JSON.parse(readFileSync(shipped, 'utf8'))).toEqual(JSON.parse(JSON.stringify(evalRunnerSchema())));
  });
});
