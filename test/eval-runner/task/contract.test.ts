/** Both sides of what a task is told and of what it answers refuse the same things. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import type { DeliverManifest, FetchManifest } from '../../../eval-runner/task/contract.js';
import { parseDeliverManifest, parseFetchManifest } from '../../../eval-runner/task/manifest.js';
import { evalRunnerSchema } from '../../../src/runners/contract/schema.js';
import {
  deliverManifestSchema,
  fetchManifestSchema,
  writeDeliverManifest,
  writeFetchManifest,
} from '../../../src/runners/contract/tasks.js';
import { readResults } from '../../../src/runners/ecs/results.js';
import { LIMITS, Storage, Task } from './support.js';

const sha256 = 'a'.repeat(64);
const common = {
  version: 1,
  driver: 'runner',
  mode: 'document',
  timeoutMs: 1_000,
  documentTimeoutMs: 500,
  limits: LIMITS,
} as const;
const url = 'https://bucket.s3.eu-central-1.amazonaws.com/code/x?X-Amz-Signature=abc';
const FETCH: FetchManifest = {
  ...common,
  step: 'extract',
  code: { url, sha256, bytes: 10 },
  run: 'python3 main.py',
  env: { LANG: 'C.UTF-8' },
  inherit: ['OCR_KEY'],
  documents: [{ id: 'a', kind: 'file', extension: '.pdf', url, sha256, bytes: 0 }],
};
const DELIVER: DeliverManifest = {
  ...common,
  step: 'extract',
  ids: ['a'],
  results: { url, maxBytes: 1_000 },
  prepared: null,
};
const validate = new Ajv2020({ strict: false }).compile(evalRunnerSchema());

/** As it is read from the storage: a key that is undefined is not there. */
function changed(manifest: unknown, keys: readonly (string | number)[], value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(manifest)) as Record<string, unknown>;
  let place = copy;
  for (const key of keys.slice(0, -1)) place = place[key] as Record<string, unknown>;
  place[keys.at(-1)!] = value;
  return JSON.parse(JSON.stringify(copy));
}

describe('the manifests', () => {
  const SETUP = { ...FETCH, step: 'setup', documents: [] };
  const SETUP_DELIVER = { ...DELIVER, step: 'setup', ids: [], prepared: { url, maxBytes: 5 } };

  it.each([FETCH, SETUP])('of fetch are read as they are written', (manifest) => {
    const text = writeFetchManifest(manifest as FetchManifest);
    expect(parseFetchManifest(text)).toEqual(manifest);
    expect(validate(JSON.parse(text))).toBe(true);
  });

  it.each([DELIVER, SETUP_DELIVER])('of deliver are read as they are written', (manifest) => {
    const text = writeDeliverManifest(manifest as DeliverManifest);
    expect(parseDeliverManifest(text)).toEqual(manifest);
    expect(validate(JSON.parse(text))).toBe(true);
  });

  const path = (...keys: (string | number)[]) => keys;
  const both: [(string | number)[], unknown][] = [
    [path('version'), 2],
    [path('step'), 'both'],
    [path('driver'), 'docker'],
    [path('mode'), 'stream'],
    [path('timeoutMs'), 0],
    [path('documentTimeoutMs'), 1.5],
    [path('limits', 'outputBytes'), undefined],
    [path('limits', 'jobs'), '2'],
  ];

  it.each<[(string | number)[], unknown]>([
    ...both,
    [path('code', 'url'), 'file:///etc/passwd'],
    [path('code', 'url'), 'https://host/a b'],
    [path('code', 'sha256'), 'A'.repeat(64)],
    [path('code', 'bytes'), -1],
    [path('run'), ' '],
    [path('run'), 'a\0b'],
    [path('env', 'A-B'), 'x'],
    [path('env', 'A'), 5],
    [path('inherit', 0), 'A=B'],
    [path('documents'), []],
    [path('documents', 0, 'id'), '../x'],
    [path('documents', 0, 'id'), '.'],
    [path('documents', 0, 'kind'), 'link'],
    [path('documents', 0, 'extension'), '/x'],
    [path('documents', 0, 'bytes'), null],
    [path('step'), 'setup'],
  ])('of fetch are refused with a wrong %j (%j) on both sides', (keys, value) => {
    const bad = changed(FETCH, keys, value);
    expect(() => parseFetchManifest(JSON.stringify(bad))).toThrow(/manifest/);
    expect(fetchManifestSchema.safeParse(bad).success).toBe(false);
    expect(() => writeFetchManifest(bad as FetchManifest)).toThrow();
    expect(validate(bad)).toBe(false);
  });

  it.each<[(string | number)[], unknown]>([
    ...both,
    [path('ids', 0), 'a/b'],
    [path('ids'), []],
    [path('results', 'url'), ''],
    [path('results', 'maxBytes'), 0],
    [path('results'), null],
    [path('prepared'), { url, maxBytes: 1 }],
    [path('prepared'), undefined],
    [path('step'), 'setup'],
  ])('of deliver are refused with a wrong %j (%j) on both sides', (keys, value) => {
    const bad = changed(DELIVER, keys, value);
    expect(() => parseDeliverManifest(JSON.stringify(bad))).toThrow(/manifest/);
    expect(deliverManifestSchema.safeParse(bad).success).toBe(false);
    expect(validate(bad)).toBe(false);
  });

  it('never have an id twice', () => {
    const [document] = FETCH.documents;
    expect(() => parseFetchManifest(JSON.stringify({ ...FETCH, documents: [document, document] }))).toThrow(
      /twice/,
    );
    expect(() => parseDeliverManifest(JSON.stringify({ ...DELIVER, ids: ['a', 'a'] }))).toThrow(/twice/);
  });
});

describe('results', () => {
  const limits = { totalBytes: 100_000, lineBytes: 20_000 };
  const expected = { step: 'extract', ids: ['a', 'b'] } as const;
  const lineOf = (id: string) => JSON.stringify({ id, status: 'ok', seconds: 1, fields: { a: 1 } }) + '\n';
  const bundle = (text: string, header: object = {}): Buffer =>
    gzipSync(
      JSON.stringify({
        docops: 'task-results/1',
        step: 'extract',
        lines: text.split('\n').length - 1,
        sha256: createHash('sha256').update(text).digest('hex'),
        prepared: null,
        ...header,
      }) +
        '\n' +
        text,
    );
  const good = bundle(lineOf('a') + lineOf('b'));

  it('are read from a buffer and from a stream, in pieces of any size', async () => {
    const read = await readResults(good, expected, limits);
    expect(read).toMatchObject({ predictions: [{ id: 'a' }, { id: 'b' }] });
    const pieces = Array.from(good, (byte) => Buffer.from([byte]));
    expect(await readResults(Readable.from(pieces), expected, limits)).toEqual(read);
  });

  it('of a real task have a schema for each line', async () => {
    const storage = await Storage.start();
    const task = await Task.make({ driver: 'shell', run: 'echo "{}"' }, storage);
    await task.whole();
    const lines = gunzipSync(storage.files.get('results')!).toString('utf8').trim().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(validate(JSON.parse(line)), line).toBe(true);
  });

  it.each<[string, Buffer]>([
    ['cut', good.subarray(0, good.length - 12)],
    ['cut in its first bytes', good.subarray(0, 5)],
    ['empty', Buffer.alloc(0)],
    ['not gzipped', Buffer.from('hello')],
    ['flipped', Buffer.from(good.map((byte, i) => (i === 60 ? byte ^ 1 : byte)))],
    ['without its header', gzipSync(lineOf('a'))],
    ['of another version', bundle(lineOf('a') + lineOf('b'), { docops: 'task-results/2' })],
    ['of another step', bundle(lineOf('a') + lineOf('b'), { step: 'setup' })],
    ['of another checksum', bundle(lineOf('a') + lineOf('b'), { sha256 })],
    ['short of a line', bundle(lineOf('a'), { lines: 2 })],
    ['longer by a line', bundle(lineOf('a') + lineOf('b'), { lines: 1 })],
    ['short of a document', bundle(lineOf('a'))],
    ['of a document twice', bundle(lineOf('a') + lineOf('a'))],
    ['of a document of somebody else', bundle(lineOf('a') + lineOf('b') + lineOf('c'))],
    ['with a line that is no result', bundle(lineOf('a') + '{"id":"b"}\n')],
    ['without the end of its last line', bundle(lineOf('a') + lineOf('b').trim(), { lines: 2 })],
    [
      'a line that is too long',
      bundle(lineOf('a') + lineOf('b').replace('1}}', `"${'x'.repeat(30_000)}"}}`)),
    ],
    ['a bomb', bundle(lineOf('a') + '\n'.repeat(20_000_000) + lineOf('b'))],
  ])('are refused when they are %s', async (_, bytes) => {
    await expect(readResults(bytes, expected, limits)).rejects.toMatchObject({
      name: 'RunnerError',
      message: expect.stringMatching(/^the results of a task are damaged: /) as string,
    });
  });

  it('do not inflate beyond their limit in memory', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, '\n'));
    const before = process.memoryUsage().arrayBuffers;
    await expect(readResults(bomb, expected, limits)).rejects.toThrow(
      /inflates to more than 100000 bytes|not a header/,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
    await expect(readResults(randomBytes(1_000), expected, limits)).rejects.toThrow(/damaged/);
  });

  it('of a setup have what it made, when it went well', async () => {
    const ok = '{"ok":true,"seconds":2}\n';
    const prepared = { sha256, bytes: 7 };
    const read = (text: string, header: object) =>
      readResults(bundle(text, { step: 'setup', ...header }), { step: 'setup', ids: [] }, limits);
    expect(await read(ok, { prepared })).toEqual({ setup: { ok: true, seconds: 2 }, prepared });
    await expect(read(ok, {})).rejects.toThrow(/nothing was sent of it/);
    await expect(read('', { prepared })).rejects.toThrow(/no result of the setup/);
  });
});
