/**
 * What every adapter of the Runner port must do. An adapter's test calls this with a way to make it. Where an adapter
 * cannot promise something to users, that is a capability with a name and a reason; all else holds for each of them.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExtractSpec, Prediction } from '../../src/core/words.js';
import type { RunDocument, Runner, RunRequest } from '../../src/ports/runner.js';
import { processesGone, processesWith, uniqueSeconds, until } from '../support/processes.js';

export interface RunnerUnderTest {
  readonly runner: Runner;
  close(): Promise<void>;
}

export interface Capabilities {
  /**
   * Predictions come one by one, while the others still run. Without: they come when their task has ended, since what a
   * task gives is checked and sent as a whole.
   */
  readonly streams: boolean;
  /** The command runs on this machine and can see the test's own folders. Without: in a container elsewhere. */
  readonly sharesFiles: boolean;
  /**
   * The evaluation runner is beside the command: it knows each document's memory, keeps to its limit, runs several
   * documents at once, and gives the command no variable but those of the contract. Without: a plain POSIX shell stands
   * there, since nothing more is asked of a team's own image; the container has the limits, and the image its variables.
   */
  readonly measures: boolean;
  /** `extract.image`, where the pipeline has one. */
  readonly image?: string;
  /** What a start takes, beside the command; milliseconds. */
  readonly startMs: number;
}

export const LOCAL: Capabilities = { streams: true, sharesFiles: true, measures: true, startMs: 0 };
/** `environment` is what the runner's owner has; secrets among it must not reach the code. */
export type MakeRunner = (environment: Readonly<Record<string, string | undefined>>) => RunnerUnderTest;

export const extractSpec = (run: string, more: Partial<ExtractSpec> = {}): ExtractSpec => ({
  run,
  mode: 'document',
  timeoutMs: 60_000,
  documentTimeoutMs: 20_000,
  deterministic: 'auto',
  repeats: 3,
  env: [],
  ...more,
});

const MIB = 1024 * 1024;

/** As the dataset's reader makes it: the hash stands for the content. */
export function runDocument(id: string, path: string): RunDocument {
  const hash = createHash('sha256');
  const stats = statSync(path, { throwIfNoEntry: false });
  hash.update(stats?.isFile() === true ? readFileSync(path) : path);
  return { id, path, contentHash: hash.digest('hex') };
}

export function runnerContract(name: string, make: MakeRunner, can: Capabilities = LOCAL): void {
  const image = can.image === undefined ? {} : { image: can.image };
  const itMeasures = (title: string, test: () => Promise<void>): void => {
    if (can.measures) it(title, test);
  };
  describe(`the Runner port, ${name}`, () => {
    let root: string;
    let code: string;
    let under: RunnerUnderTest;
    let runs: number;
    /** Where a setup has been; else every run has a checkout of its own, as the port wants. */
    let prepared: boolean;
    const secrets = {
      GITHUB_TOKEN: 'secret-1',
      AWS_SECRET_ACCESS_KEY: 'secret-2',
      DATABASE_URL: 'secret-3',
      MODEL_DIR: '/models',
    };

    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), 'docops contract ü '));
      code = join(root, 'code');
      mkdirSync(code);
      mkdirSync(join(root, 'dataset', 'documents'), { recursive: true });
      writeFileSync(join(root, 'dataset', 'labels.jsonl'), '{"id":"secret label"}\n');
      runs = 0;
      prepared = false;
      under = make({ ...process.env, ...secrets });
    });
    afterEach(async () => {
      await under.close();
      rmSync(root, { recursive: true, force: true });
    });

    const documents = (count: number, text = (i: number) => `text ${i}`): RunRequest['documents'] =>
      Array.from({ length: count }, (_, i) => {
        const path = join(root, 'dataset', 'documents', `Müller & Söhne ${i}.txt`);
        writeFileSync(path, text(i));
        return runDocument(`doc${i}`, path);
      });

    const run = async (
      command: string,
      options: {
        documents?: RunRequest['documents'];
        extract?: Partial<ExtractSpec>;
        jobs?: number;
        memoryBytes?: number;
        signal?: AbortSignal;
        onPrediction?: RunRequest['onPrediction'];
      } = {},
    ): Promise<Prediction[]> => {
      const predictions: Prediction[] = [];
      const checkout = prepared ? code : join(root, `checkout ${++runs}`);
      if (!prepared) cpSync(code, checkout, { recursive: true });
      await under.runner.run({
        key: `run ${runs}`,
        label: 'head',
        codeDirectory: checkout,
        documents: options.documents ?? documents(1),
        extract: extractSpec(command, { ...image, ...options.extract }),
        limits: { jobs: options.jobs ?? 1, memoryBytes: options.memoryBytes ?? 512 * MIB },
        sandbox: 'none',
        ...(options.signal && { signal: options.signal }),
        onPrediction: async (prediction) => {
          predictions.push(prediction);
          await options.onPrediction?.(prediction);
        },
      });
      return predictions;
    };
    const runOne = async (...args: Parameters<typeof run>): Promise<Prediction> => {
      const predictions = await run(...args);
      expect(predictions).toHaveLength(1);
      return predictions[0]!;
    };

    describe('document mode', () => {
      it('gives the fields that the command prints, with its exit code and its time', async () => {
        const got = await runOne(
          'sleep 0.1; printf \'{"total": 5, "text": "%s"}\' "$(cat "$DOCOPS_DOCUMENT")"',
        );
        expect(got).toMatchObject({
          id: 'doc0',
          status: 'ok',
          exitCode: 0,
          fields: { total: 5, text: 'text 0' },
        });
        expect(got.seconds).toBeGreaterThanOrEqual(0.1);
        expect(got.seconds).toBeLessThan(5);
        if (can.measures) expect(got.maxRssBytes).toBeGreaterThan(100_000);
        expect(got.problem).toBeUndefined();
      });

      it('runs in the checkout, with standard input closed and output as pipes that can be opened by name', async () => {
        writeFileSync(join(code, 'here.txt'), 'yes');
        const got = await runOne('cat; cat here.txt > /dev/stderr; echo "{}" > /dev/stdout');
        expect(got).toMatchObject({ status: 'ok', fields: {}, stderrTail: 'yes' });
      });

      it('takes fields, confidence and usage apart', async () => {
        const wrapped = { fields: { a: 1 }, confidence: { a: 0.5 }, usage: { ocr_pages: 2, usd: 0.003 } };
        expect(await runOne(`echo '${JSON.stringify(wrapped)}'`)).toMatchObject({
          status: 'ok',
          fields: { a: 1 },
          confidence: { a: 0.5 },
          usage: { ocrPages: 2, usd: 0.003 },
        });
      });

      it('shows a document under its opaque id, with its extension, alone, and apart from the labels', async () => {
        const got = await runOne(
          'd=$(dirname "$DOCOPS_DOCUMENT"); ls -R "$d/.." "$d" >&2; cat "$d/../labels.jsonl" "$d/../../labels.jsonl" >&2;' +
            'printf \'{"path": "%s", "id": "%s"}\' "$DOCOPS_DOCUMENT" "$DOCOPS_DOCUMENT_ID"',
        );
        expect(got.fields).toMatchObject({
          id: 'doc0',
          path: expect.stringMatching(/\/doc0\.txt$/) as string,
        });
        expect(got.stderrTail).not.toMatch(/secret label|Müller/);
      });

      it('keeps the dataset as it was when the command writes to its document', async () => {
        const [document] = documents(1);
        await run('chmod u+w "$DOCOPS_DOCUMENT"; echo changed > "$DOCOPS_DOCUMENT"; echo "{}"', {
          documents: [document!],
        });
        expect(readFileSync(document!.path, 'utf8')).toBe('text 0');
      });

      it('shows a document that is a folder with its inner names', async () => {
        const path = join(root, 'dataset', 'documents', 'folder');
        mkdirSync(join(path, 'ocr'), { recursive: true });
        writeFileSync(join(path, 'page.txt'), 'page');
        writeFileSync(join(path, 'ocr', 'result.json'), '{"ocr": 1}');
        const got = await runOne(
          'cat "$DOCOPS_DOCUMENT/page.txt" >&2; cat "$DOCOPS_DOCUMENT/ocr/result.json"',
          {
            documents: [runDocument('f', path)],
          },
        );
        expect(got).toMatchObject({ status: 'ok', fields: { ocr: 1 }, stderrTail: 'page' });
      });

      it('gives the command PATH, a private home, a fixed locale and what extract.env names, and nothing else', async () => {
        const got = await runOne('env >&2; echo "{}"', { extract: { env: ['MODEL_DIR', 'NOT_SET'] } });
        const names = got.stderrTail!.split('\n').map((line) => line.split('=')[0]);
        const given = [
          'DOCOPS_DOCUMENT',
          'DOCOPS_DOCUMENT_ID',
          ...(can.measures ? ['DOCOPS_PROCESS_MARK'] : []),
          'HOME',
          'LANG',
          'LC_ALL',
          'MODEL_DIR',
          'PATH',
          'PWD',
          'TMPDIR',
          'TZ',
        ];
        // What an image says of itself is its command's; what container and cloud say is not.
        const ofImage = can.measures ? [] : ['LIBRARY_PATH', 'HOSTNAME', 'OLDPWD'];
        expect(names.filter((name) => name !== '' && name !== '_').sort()).toEqual(
          [...given, ...ofImage].sort(),
        );
        expect(got.stderrTail).toContain('TZ=UTC');
        expect(got.stderrTail).toContain('MODEL_DIR=/models');
        expect(got.stderrTail).not.toContain('secret-');
        expect(got.stderrTail).not.toContain(`HOME=${process.env['HOME']}\n`);
      });

      it('gives each document an empty temporary folder and removes it in the end', async () => {
        const got = await run('ls -A "$TMPDIR" >&2; echo x > "$TMPDIR/x"; printf \'{"t": "%s"}\' "$TMPDIR"', {
          documents: documents(2),
        });
        expect(got.map((prediction) => prediction.stderrTail)).toEqual([undefined, undefined]);
        const folders = got.map((prediction) => prediction.fields!['t'] as string);
        for (const folder of folders) expect(() => readdirSync(folder)).toThrow(/ENOENT/);
      });

      it.each([
        ['a crash', 'echo "boom" >&2; exit 7', { status: 'crashed', exitCode: 7, problem: 'exit code 7' }],
        ['a crash after good output', 'echo "{}"; exit 1', { status: 'crashed', exitCode: 1 }],
        ['a missing program', 'no-such-program', { status: 'crashed', exitCode: 127 }],
        // A shell tells a signal as 128 and its number.
        [
          'a signal',
          'kill -SEGV $$',
          { status: 'crashed', ...(can.measures ? { signal: 'SIGSEGV' } : { exitCode: 139 }) },
        ],
        [
          'a kill that is not ours',
          'kill -KILL $$',
          { status: 'crashed', ...(can.measures ? { signal: 'SIGKILL' } : { exitCode: 137 }) },
        ],
        ['no output', ':', { status: 'invalid-output', exitCode: 0 }],
        ['no JSON', 'echo hello', { status: 'invalid-output', exitCode: 0 }],
        ['a list', 'echo "[{}]"', { status: 'invalid-output' }],
        ['two objects', 'echo "{}"; echo "{}"', { status: 'invalid-output' }],
        ['bytes that are not UTF-8', 'printf \'{"a": "\\377"}\'', { status: 'invalid-output' }],
      ])('reports %s', async (_, command, expected) => {
        const got = await runOne(command);
        expect(got).toMatchObject(expected);
        expect(got.fields).toBeUndefined();
        expect(got.problem).toMatch(/\S/);
      });

      it('keeps the last lines of standard error of a crash', async () => {
        const got = await runOne('seq 1 100000 >&2; echo "ValueError: é" >&2; exit 1');
        expect(got.stderrTail!.endsWith('99999\n100000\nValueError: é\n')).toBe(true);
        expect(got.stderrTail!.length).toBeLessThanOrEqual(4096);
      });

      it('kills one that hangs, with what it started, and goes on with the next', async () => {
        const seconds = uniqueSeconds();
        const got = await run(
          `case $DOCOPS_DOCUMENT_ID in doc0) sleep ${seconds} & sleep ${seconds};; *) echo '{"a": 1}';; esac`,
          { documents: documents(2), extract: { documentTimeoutMs: 400 } },
        );
        expect(got.map(({ id, status }) => [id, status])).toEqual([
          ['doc0', 'timeout'],
          ['doc1', 'ok'],
        ]);
        expect(got[0]!.problem).toContain('extract.document_timeout');
        expect(got[0]!.seconds).toBeGreaterThanOrEqual(0.4);
        expect(await processesGone(seconds)).toEqual([]);
      });

      it('kills one that ignores SIGTERM', async () => {
        const seconds = uniqueSeconds();
        const got = await runOne(`trap '' TERM; while :; do sleep ${seconds}; done`, {
          extract: { documentTimeoutMs: 300 },
        });
        expect(got.status).toBe('timeout');
        expect(got.seconds).toBeLessThan(5);
        expect(await processesGone(seconds)).toEqual([]);
      });

      it('ends the whole side at extract.timeout and names it for those that never ran', async () => {
        const got = await run('case $DOCOPS_DOCUMENT_ID in doc0) echo "{}";; *) sleep 60;; esac', {
          documents: documents(4),
          extract: { timeoutMs: 2_000 },
        });
        expect(got.map(({ status }) => status)).toEqual(['ok', 'timeout', 'not-run', 'not-run']);
        for (const prediction of got.slice(1)) expect(prediction.problem).toContain('extract.timeout');
      });

      it('kills one that prints 100 MB, at once and in little memory', async () => {
        const seconds = uniqueSeconds();
        // A shell sees it when the command's own time is over.
        const documentTimeoutMs = can.measures ? 20_000 : 2_000;
        const got = await runOne(`head -c 100000000 /dev/zero; sleep ${seconds}`, {
          extract: { documentTimeoutMs },
        });
        expect(got).toMatchObject({
          status: 'output-limit',
          problem: expect.stringContaining('8 MiB') as string,
        });
        expect(got.seconds).toBeLessThan(5);
        expect(await processesGone(seconds)).toEqual([]);
      });

      itMeasures('kills one that takes too much memory, and says how much it had', async () => {
        const got = await runOne(
          `node -e 'const a = []; for (let i = 0; i < 60; i++) a.push(Buffer.alloc(${20 * MIB}, i)); setTimeout(() => console.log("{}", a.length), 3000)'`,
          { memoryBytes: 200 * MIB },
        );
        expect(got).toMatchObject({
          status: 'memory',
          problem: expect.stringContaining('200 MiB') as string,
        });
        expect(got.maxRssBytes).toBeGreaterThan(200 * MIB);
      });

      itMeasures('counts the memory of all processes of one document together', async () => {
        const hog = `node -e 'const b = Buffer.alloc(${100 * MIB}, 1); setTimeout(() => b.fill(2), 3000)'`;
        const got = await runOne(`${hog} & ${hog} & wait; echo "{}"`, { memoryBytes: 200 * MIB });
        expect(got.status).toBe('memory');
      });

      it('does not wait for a grandchild that keeps standard output open', async () => {
        const seconds = uniqueSeconds();
        const got = await runOne(`sleep ${seconds} & echo '{"a": 1}'`);
        expect(got).toMatchObject({ status: 'ok', fields: { a: 1 } });
        expect(got.seconds).toBeLessThan(2);
        expect(await processesGone(seconds)).toEqual([]);
      });

      it('finds a daemon that left its group, whether it holds the output or not', async () => {
        const [holding, apart] = [uniqueSeconds(), uniqueSeconds()];
        const got = await runOne(
          `setsid sleep ${holding} & setsid sleep ${apart} >/dev/null 2>&1 & sleep 0.2; echo '{"a": 1}'`,
        );
        expect(got).toMatchObject({ status: 'ok', fields: { a: 1 } });
        expect(processesWith(holding)).toEqual([]);
        expect(processesWith(apart)).toEqual([]);
      });

      it('ends a command that keeps starting others', async () => {
        const seconds = uniqueSeconds();
        const got = await runOne(
          `i=0; while [ $i -lt 60 ]; do setsid sh -c 'setsid sleep ${seconds} & sleep ${seconds}' & i=$((i+1)); done; wait`,
          { extract: { documentTimeoutMs: 500 } },
        );
        expect(got.status).toBe('timeout');
        expect(await processesGone(seconds)).toEqual([]);
      });

      itMeasures('runs as many at once as it may and reports in the order of completion', async () => {
        const started = performance.now();
        const got = await run('case $DOCOPS_DOCUMENT_ID in doc0) sleep 2;; *) sleep 1;; esac; echo "{}"', {
          documents: documents(4),
          jobs: 4,
        });
        expect(performance.now() - started).toBeLessThan(4_500 + can.startMs);
        expect(got.map(({ id }) => id).at(-1)).toBe('doc0');
        expect(got.map(({ id }) => id).sort()).toEqual(['doc0', 'doc1', 'doc2', 'doc3']);
      });

      it('never runs more at once than it may', async () => {
        mkdirSync(join(code, 'running'));
        const got = await run(
          'touch "running/$$"; ls running | wc -l >&2; sleep 0.1; rm "running/$$"; echo "{}"',
          {
            documents: documents(8),
            jobs: 2,
          },
        );
        expect(Math.max(...got.map((prediction) => Number(prediction.stderrTail)))).toBe(
          can.measures ? 2 : 1,
        );
      });

      it('survives hostile output: __proto__, lone surrogates, a deep nest, a number beyond all numbers', async () => {
        const file = (text: string) => {
          writeFileSync(join(code, 'out.json'), text);
          return 'cat out.json';
        };
        const proto = await runOne(file('{"__proto__": {"polluted": 1}, "b": "\\ud800"}'));
        expect(proto.status).toBe('ok');
        expect(Object.keys(proto.fields!)).toEqual(['__proto__', 'b']);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
        expect((await runOne(file(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).status).toBe(
          'invalid-output',
        );
        expect((await runOne(file('{"a": 1e999}'))).status).toBe('invalid-output');
        expect((await runOne(file(`{"a": "${'x'.repeat(7 * MIB)}"}`))).status).toBe('ok');
      });

      it('reports a document that is gone instead of running without it', async () => {
        const got = await runOne('echo "{}"', { documents: [runDocument('gone', join(root, 'gone.pdf'))] });
        expect(got).toMatchObject({
          id: 'gone',
          status: 'not-run',
          problem: expect.stringContaining('ENOENT') as string,
        });
      });

      it('refuses to follow a link that leads out of a document that is a folder', async () => {
        const path = join(root, 'dataset', 'documents', 'folder');
        mkdirSync(path);
        const { symlinkSync } = await import('node:fs');
        symlinkSync('../../labels.jsonl', join(path, 'labels.jsonl'));
        const got = await runOne('cat "$DOCOPS_DOCUMENT"/* >&2; echo "{}"', {
          documents: [runDocument('f', path)],
        });
        expect(got).toMatchObject({ status: 'not-run', problem: expect.stringContaining('link') as string });
      });
    });

    describe('batch mode', () => {
      const batch = (script: string): string => {
        writeFileSync(
          join(code, 'batch.mjs'),
          `import fs from 'node:fs';
const ids = fs.readFileSync(process.env.DOCOPS_DOCUMENTS + '/manifest.jsonl', 'utf8').trim().split('\\n').map((l) => JSON.parse(l));
const out = process.env.DOCOPS_PREDICTIONS;
${script}`,
        );
        return 'node batch.mjs';
      };
      const mode = { mode: 'batch' as const };
      const write = (expression: string): string =>
        batch(`fs.writeFileSync(out, ids.map(({ id, path }, i) => ${expression}).join('\\n') + '\\n');`);

      it('runs once for all documents and reads their lines', async () => {
        const command = write(
          '(console.log("talk"), JSON.stringify({ id, fields: { text: fs.readFileSync(path, "utf8") }, usage: { usd: 1 } }))',
        );
        const got = await run(command, { documents: documents(3), extract: mode });
        expect(got).toHaveLength(3);
        for (const [i, prediction] of got.entries()) {
          expect(prediction).toMatchObject({
            id: `doc${i}`,
            status: 'ok',
            exitCode: 0,
            fields: { text: `text ${i}` },
            usage: { usd: 1 },
          });
        }
      });

      it.each([
        ['a missing line', 'i === 1 ? "" : JSON.stringify({ id, fields: {} })', /no valid line/],
        [
          'a broken line',
          'i === 1 ? \'{"id": "doc1", \' : JSON.stringify({ id, fields: {} })',
          /line 2 cannot be read/,
        ],
        [
          'an unknown id',
          'JSON.stringify({ id: i === 1 ? "else" : id, fields: {} })',
          /line 2 has an id that is not/,
        ],
        ['a line without fields', 'JSON.stringify(i === 1 ? { id } : { id, fields: {} })', /"fields"/],
        [
          'two lines for one id',
          'JSON.stringify({ id, fields: {} }) + (i === 1 ? "\\n" + JSON.stringify({ id, fields: { a: 1 } }) : "")',
          /more than one line/,
        ],
      ])('reports %s for its document only', async (_, expression, problem) => {
        const got = await run(write(expression), { documents: documents(3), extract: mode });
        const byId = new Map(got.map((prediction) => [prediction.id, prediction]));
        expect(byId.get('doc0')!.status).toBe('ok');
        expect(byId.get('doc2')!.status).toBe('ok');
        expect(byId.get('doc1')).toMatchObject({ status: 'invalid-output' });
        expect(byId.get('doc1')!.problem).toMatch(problem);
        expect(got).toHaveLength(3);
      });

      it('does not trust the lines of a batch that crashed', async () => {
        const command = batch(`fs.writeFileSync(out, JSON.stringify({ id: ids[0].id, fields: {} }) + '\\n');
console.error('out of ideas'); process.exit(4);`);
        for (const prediction of await run(command, { documents: documents(2), extract: mode }))
          expect(prediction).toMatchObject({ status: 'crashed', exitCode: 4, stderrTail: 'out of ideas\n' });
      });

      it('reports a batch that writes nothing, hangs, or writes too much', async () => {
        const statuses = async (script: string, extract: Partial<ExtractSpec> = {}) =>
          (await run(batch(script), { documents: documents(2), extract: { ...mode, ...extract } })).map(
            (p) => p.status,
          );
        expect(await statuses('')).toEqual(['invalid-output', 'invalid-output']);
        expect(await statuses('setInterval(() => {}, 1000)', { timeoutMs: 700 })).toEqual([
          'timeout',
          'timeout',
        ]);
        expect(
          await statuses('for (let i = 0; i < 40; i++) fs.appendFileSync(out, "x".repeat(1e6))'),
        ).toEqual(['output-limit', 'output-limit']);
        expect(await statuses('fs.symlinkSync("/etc/passwd", out)')).toEqual([
          'invalid-output',
          'invalid-output',
        ]);
      });
    });

    describe('setup', () => {
      const setup = (command: string, extract: Partial<ExtractSpec> = {}) => {
        prepared = true;
        return under.runner.setup({
          key: 'setup',
          label: 'head',
          codeDirectory: code,
          extract: extractSpec('cat made.txt "$HOME/.made" >&2; echo "{}"', {
            ...image,
            ...extract,
            setup: command,
          }),
          limits: { jobs: 1, memoryBytes: 512 * MIB },
          sandbox: 'none',
        });
      };

      it('may write into the checkout and the home that the extractor sees later', async () => {
        expect(await setup('echo one > made.txt; echo two > "$HOME/.made"')).toMatchObject({ ok: true });
        expect((await runOne('cat made.txt "$HOME/.made" >&2; echo "{}"')).stderrTail).toBe('one\ntwo\n');
      });

      it('is scrubbed as the extractor is', async () => {
        const got = await setup('env; exit 1', { env: ['MODEL_DIR'] });
        expect(got).toMatchObject({
          ok: false,
          exitCode: 1,
          outputTail: expect.stringContaining('/models') as string,
        });
        expect(JSON.stringify(got)).not.toContain('secret-');
      });

      it('tells how it failed, with both outputs in order', async () => {
        expect(await setup('echo a; echo b >&2; echo c; exit 9')).toMatchObject({
          ok: false,
          exitCode: 9,
          problem: 'extract.setup: exit code 9',
          outputTail: 'a\nb\nc\n',
        });
      });

      it('is nothing to do where there is none', async () => {
        expect(await setup('  ')).toEqual({ ok: true, seconds: 0 });
      });
    });

    describe('stopping', () => {
      it('kills everything when it is aborted, and keeps what was finished', async () => {
        const seconds = uniqueSeconds();
        const controller = new AbortController();
        const finished: string[] = [];
        const running = run(
          `case $DOCOPS_DOCUMENT_ID in doc0) echo '{}';; *) setsid sleep ${seconds} & sleep ${seconds};; esac`,
          {
            documents: documents(3),
            jobs: 2,
            signal: controller.signal,
            onPrediction: ({ id }) => void finished.push(id),
          },
        );
        const ended = expect(running).rejects.toThrow('enough');
        await until(
          () => processesWith(seconds).length,
          (count) => count >= 4,
        );
        controller.abort(new Error('enough'));
        await ended;
        expect(finished).toEqual(can.streams ? ['doc0'] : []);
        expect(await processesGone(seconds, 1_000 + can.startMs)).toEqual([]);
      });

      it('goes on with what is left: a second run of the rest completes the first', async () => {
        const all = documents(4);
        const controller = new AbortController();
        const done = new Map<string, Prediction>();
        const first = run('sleep 0.1; printf \'{"id": "%s"}\' "$DOCOPS_DOCUMENT_ID"', {
          documents: all,
          signal: controller.signal,
          onPrediction: (prediction) => {
            done.set(prediction.id, prediction);
            if (done.size === 2) controller.abort();
          },
        });
        if (can.streams) {
          await expect(first).rejects.toThrow();
          expect(done.size).toBeLessThan(4);
        } else {
          // What was there with the others is given all the same, or not; the rest is no guess.
          await first.catch(() => undefined);
          expect(done.size).toBeGreaterThanOrEqual(2);
        }
        for (const prediction of await run('printf \'{"id": "%s"}\' "$DOCOPS_DOCUMENT_ID"', {
          documents: all.filter(({ id }) => !done.has(id)),
        }))
          done.set(prediction.id, prediction);
        expect([...done.values()].map(({ id, fields }) => fields!['id'] === id)).toEqual([
          true,
          true,
          true,
          true,
        ]);
      });

      it('starts nothing when it was aborted before', async () => {
        const marker = join(root, 'started');
        await expect(
          run(`touch "${marker}"; echo '{}'`, { signal: AbortSignal.abort(new Error('early')) }),
        ).rejects.toThrow('early');
        expect(readdirSync(root)).not.toContain('started');
      });

      it('passes on an error of whoever takes the predictions, and leaves nothing', async () => {
        const seconds = uniqueSeconds();
        const running = run(`case $DOCOPS_DOCUMENT_ID in doc0) echo '{}';; *) sleep ${seconds};; esac`, {
          documents: documents(2),
          // Without streams nothing comes before the last one has ended.
          ...(!can.streams && { extract: { documentTimeoutMs: 500 } }),
          onPrediction: () => {
            throw new Error('disk full');
          },
        });
        await expect(running).rejects.toThrow('disk full');
        expect(await processesGone(seconds, 1_000 + can.startMs)).toEqual([]);
      });
    });

    it('waits for whoever takes the predictions, without stopping the clocks', async () => {
      const seconds = uniqueSeconds();
      const got = await run(
        `case $DOCOPS_DOCUMENT_ID in doc1) sleep ${seconds};; *) printf '{"a": "%s"}' $(head -c 2000000 /dev/zero | tr '\\0' x);; esac`,
        {
          documents: documents(3),
          jobs: 2,
          extract: { documentTimeoutMs: 1_000 },
          onPrediction: () => new Promise((resolve) => setTimeout(resolve, 700)),
        },
      );
      expect(Object.fromEntries(got.map(({ id, status }) => [id, status]))).toEqual({
        doc0: 'ok',
        doc1: 'timeout',
        doc2: 'ok',
      });
      expect(got.find(({ id }) => id === 'doc1')!.seconds).toBeLessThan(2.5);
    });

    it('copes with a checkout and a temporary folder that cannot be removed at once', async () => {
      const got = await runOne(
        'mkdir -p "$TMPDIR/a/b"; touch "$TMPDIR/a/b/c"; chmod 000 "$TMPDIR/a"; echo "{}"',
      );
      expect(got.status).toBe('ok');
      chmodSync(code, 0o755);
    });

    it('has nothing to do without documents', async () => {
      expect(await run('exit 1', { documents: [] })).toEqual([]);
    });
  });
}
