/** deliver over what a hostile extract container left, and over a storage that fails. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DocumentResult } from '../../../eval-runner/contract.js';
import { RUNNING_PROBLEM, TASK_EXIT, UNBEGUN_PROBLEM } from '../../../eval-runner/task/contract.js';
import { readResults } from '../../../src/runners/ecs/results.js';
import { image, run, statuses, Task, type Fault, type TaskPlan } from './support.js';

const good = `echo '{"a":1}'`;
const LIMITS = { totalBytes: 10_000_000, lineBytes: 1_000_000 };

async function fetched(plan: Partial<TaskPlan> & Pick<TaskPlan, 'driver'>): Promise<Task> {
  const task = await Task.make({ run: good, ...plan });
  expect(await task.fetch()).toMatchObject({ code: 0 });
  return task;
}
async function deliveredLines(task: Task): Promise<Record<string, DocumentResult>> {
  expect(await task.deliver()).toMatchObject({ code: TASK_EXIT.done, stderr: '' });
  const { lines, header } = task.delivered();
  expect(header.lines).toBe(lines.length);
  // What the adapter reads is what was sent.
  const read = await readResults(
    task.storage.files.get('results')!,
    { step: 'extract', ids: task.deliverManifest.ids },
    LIMITS,
  );
  expect(read).toEqual({ predictions: lines });
  return Object.fromEntries(lines.map((line) => [line.id, line]));
}
const left = (task: Task, id: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, content] of Object.entries({ began: '1.00', ended: '2.50', status: '0', ...files }))
    writeFileSync(join(task.work, 'out/documents', id, name), content);
};

describe('deliver, with the driver shell', () => {
  it('believes nothing that is not a plain file of its size in its place', async () => {
    const ids = ['link', 'pipe', 'sparse', 'folder', 'huge', 'ok', 'moved'];
    const task = await fetched({ driver: 'shell', documents: Object.fromEntries(ids.map((id) => [id, ''])) });
    for (const id of ids) left(task, id, { stdout: '{"a":1}' });
    const at = (id: string, name: string): string => join(task.work, 'out/documents', id, name);
    for (const id of ['link', 'pipe', 'sparse', 'folder']) rmSync(at(id, 'stdout'));
    const secret = join(task.root, 'secret');
    writeFileSync(secret, '{"stolen":1}');
    symlinkSync(secret, at('link', 'stdout'));
    symlinkSync('/etc/passwd', at('link', 'stderr'));
    execFileSync('mkfifo', [at('pipe', 'stdout'), at('pipe', 'stderr')]);
    writeFileSync(at('sparse', 'stdout'), '');
    truncateSync(at('sparse', 'stdout'), 10 * 1024 ** 3);
    truncateSync(at('ok', 'stdout'), 7);
    mkdirSync(at('folder', 'stdout'));
    writeFileSync(at('huge', 'stderr'), 'x'.repeat(1_000) + 'end\n');
    // The folder itself as a link, as one could make who is the same user.
    renameSync(join(task.work, 'out/documents/moved'), join(task.root, 'elsewhere'));
    symlinkSync(join(task.root, 'elsewhere'), join(task.work, 'out/documents/moved'));
    const results = await deliveredLines(task);
    expect(statuses(Object.values(results))).toEqual([
      'folder invalid-output',
      'huge ok',
      'link invalid-output',
      'moved not-run',
      'ok ok',
      'pipe invalid-output',
      'sparse output-limit',
    ]);
    expect(JSON.stringify(results)).not.toMatch(/stolen|root:/);
    expect(results['ok']).toMatchObject({ fields: { a: 1 }, seconds: 1.5 });
    expect(results['huge']?.stderrTail).toMatch(/^x{996}end\n$/);
  });

  it('does not believe times and exit codes beyond what can be', async () => {
    const task = await fetched({
      driver: 'shell',
      documents: { a: '', b: '', c: '' },
      documentTimeoutMs: 5_000,
    });
    left(task, 'a', { stdout: '{}', ended: '1e300' });
    left(task, 'b', { stdout: '{}', status: '999' });
    left(task, 'c', { stdout: '{}', ended: '-5' });
    const results = await deliveredLines(task);
    expect(results['a']!.seconds).toBe(11);
    expect(results['b']).toMatchObject({ status: 'crashed', problem: RUNNING_PROBLEM });
    expect(results['c']!.seconds).toBe(5);
  });

  it('tells whom the end of the container hit, and who was never begun', async () => {
    const task = await fetched({ driver: 'shell', documents: { a: '', b: '', c: '' } });
    left(task, 'a', { stdout: '{"a":1}' });
    writeFileSync(join(task.work, 'out/documents/b/began'), '3.00');
    writeFileSync(join(task.work, 'out/documents/b/stderr'), 'loading\n');
    expect(await deliveredLines(task)).toMatchObject({
      a: { status: 'ok' },
      b: { status: 'crashed', problem: RUNNING_PROBLEM, stderrTail: 'loading\n' },
      c: { status: 'not-run', problem: UNBEGUN_PROBLEM },
    });
  });

  it('sends an equal part of each when all together are too much', async () => {
    const task = await fetched({
      driver: 'shell',
      documents: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`d${i}`, ''])),
      maxBytes: 40_000,
    });
    const noise = execFileSync('head', ['-c', '60000', '/dev/urandom']).toString('base64');
    for (const id of task.deliverManifest.ids)
      left(task, id, { stdout: JSON.stringify({ a: id === 'd0' ? 'small' : noise }) });
    const results = await deliveredLines(task);
    expect(results['d0']).toMatchObject({ status: 'ok' });
    for (const id of task.deliverManifest.ids.slice(1))
      expect(results[id]).toMatchObject({
        status: 'output-limit',
        problem: expect.stringContaining('together') as string,
      });
    expect(task.storage.files.get('results')!.length).toBeLessThanOrEqual(40_000);
  });
});

describe('deliver, with the driver runner', () => {
  const results = (task: Task): string => join(task.work, 'out/results.jsonl');
  const line = (id: string, more: object = {}): string =>
    JSON.stringify({ id, status: 'ok', fields: { forged: id }, seconds: 1, ...more }) + '\n';

  it('drops what is not a result of one of its documents, and counts none twice', async () => {
    const ids = ['a', 'twice', 'begun', 'never', 'deep', 'bad'];
    const task = await fetched({
      driver: 'runner',
      documents: Object.fromEntries(ids.map((id) => [id, ''])),
    });
    const deep = '{"x":'.repeat(40) + '1' + '}'.repeat(40);
    writeFileSync(
      results(task),
      [
        line('a'),
        line('other'),
        line('../etc/passwd'),
        line('twice'),
        line('twice', { fields: { real: 1 } }),
        'garbage\n\0\0\0\n{"id":"never"}\n[]\n5\nnull\n',
        line('never', { status: 'fine' }),
        line('never', { seconds: -1 }),
        line('never', { seconds: 1, extra: 1 }),
        line('never', { exitCode: 900 }),
        line('never', { signal: '\u001b[31m' }),
        line('never', { stderrTail: 'x'.repeat(1_001) }),
        line('never', { usage: { usd: -1 } }),
        line('never', { confidence: { a: 2 } }),
        `{"id":"never","status":"ok","seconds":1,"fields":"${'x'.repeat(2_000_000)}"}\n`,
        `{"id":"deep","status":"ok","seconds":1,"fields":${deep}}\n`,
        line('bad', { status: 'crashed', fields: undefined, problem: 'exit code 1' }),
        line('never').trim(),
      ].join(''),
    );
    appendFileSync(join(task.work, 'out/begun'), 'a\nbegun\nother\n');
    const got = await deliveredLines(task);
    expect(statuses(Object.values(got))).toEqual([
      'a ok',
      'bad crashed',
      'begun crashed',
      'deep not-run',
      'never not-run',
      'twice invalid-output',
    ]);
    expect(got['begun']?.problem).toBe(RUNNING_PROBLEM);
    expect(got['never']?.problem).toBe(UNBEGUN_PROBLEM);
    expect(got['twice']?.problem).toContain('more than one result');
  });

  it.each<[string, (path: string, task: Task) => void]>([
    [
      'a link',
      (path, task) => {
        writeFileSync(join(task.root, 'secret'), line('a'));
        rmSync(path);
        symlinkSync(join(task.root, 'secret'), path);
      },
    ],
    [
      'a pipe',
      (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    ],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    ['not there', (path) => rmSync(path)],
    ['10 GB with nothing in it', (path) => truncateSync(path, 10 * 1024 ** 3)],
    ['one line of 200 MB', (path) => truncateSync(path, 200 * 1024 ** 2)],
  ])('is done, and reads no more than it may, when the results are %s', async (_, spoil) => {
    const task = await fetched({ driver: 'runner' });
    spoil(results(task), task);
    const got = await deliveredLines(task);
    for (const result of Object.values(got)) expect(result.status).toMatch(/not-run|output-limit/);
    expect(JSON.stringify(got)).not.toContain('forged');
  });

  it('has a memory that does not grow with what was left', async () => {
    const task = await fetched({ driver: 'runner', limits: { outputBytes: 10_000 } });
    for (let i = 0; i < 300; i++)
      appendFileSync(results(task), line(`x${i}`, { fields: { a: 'y'.repeat(60_000) } }));
    const end = await run(
      process.execPath,
      ['--max-old-space-size=48', join(await image(), 'task.js'), 'deliver'],
      { env: { ...task.places, DOCOPS_MANIFEST_URL: task.storage.url('deliver.json') } },
    );
    expect(end).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('deliver', () => {
  it.each<[Fault[], keyof typeof TASK_EXIT]>([
    [[500, 503, 429], 'done'],
    [['hang', 403], 'stopped'],
    [[403], 'refused'],
    [[400], 'refused'],
    [[404], 'network'],
  ])('puts its results although the storage answers %j: %s', async (faults, exit) => {
    const task = await fetched({ driver: 'shell' });
    task.storage.fail('results', ...faults);
    const end = await task.deliver(exit === 'stopped' ? { stopAfterMs: 1_500 } : {});
    expect(end.code).toBe(TASK_EXIT[exit]);
    expect(end.stderr).not.toContain('s3cr3t');
    expect(task.storage.files.has('results')).toBe(exit === 'done');
  });

  it.each(['runner', 'shell'] as const)(
    'sends back what a setup made, for the tasks that follow (%s)',
    async (driver) => {
      const setup = await Task.make({
        driver,
        step: 'setup',
        run: `mkdir -p "$HOME/.lib" deep/er && echo 41 >"$HOME/.lib/value" && chmod 600 "$HOME/.lib/value" &&
ln -s /usr/bin/env tool && ln "$HOME/.lib/value" hard && mkfifo pipe && printf '#!/bin/sh\\necho made' >made && chmod +x made`,
      });
      expect((await setup.whole()).setup).toMatchObject({ ok: true });
      const { header } = setup.delivered();
      const archive = setup.storage.files.get('prepared')!;
      expect(header.prepared).toMatchObject({ bytes: archive.length });
      const read = await readResults(setup.storage.files.get('results')!, { step: 'setup', ids: [] }, LIMITS);
      expect(read).toMatchObject({ setup: { ok: true }, prepared: header.prepared });

      const shard = await Task.make({
        driver,
        archive,
        run: `printf '{"home":"%s","made":"%s","hard":"%s","tool":"%s"}' "$(cat ~/.lib/value)" "$(./made)" "$(cat hard)" "$(readlink tool)"`,
      });
      expect((await shard.whole()).lines[0]?.fields).toEqual({
        home: '41',
        made: 'made',
        hard: '41',
        tool: '/usr/bin/env',
      });
    },
  );

  it.each(['runner', 'shell'] as const)(
    'says how a setup failed, and sends nothing of it (%s)',
    async (driver) => {
      const task = await Task.make({ driver, step: 'setup', run: 'echo no network >&2; exit 7' });
      const { setup, header } = await task.whole();
      expect(setup).toMatchObject({
        ok: false,
        exitCode: 7,
        outputTail: 'no network\n',
        problem: 'extract.setup: exit code 7',
      });
      expect(header.prepared).toBeNull();
      expect(task.storage.files.has('prepared')).toBe(false);
      const large = await Task.make({
        driver,
        step: 'setup',
        maxBytes: 5_000,
        run: 'head -c 100000 /dev/urandom >big',
      });
      expect((await large.whole()).setup).toMatchObject({
        ok: false,
        problem: expect.stringContaining('larger than') as string,
      });
    },
  );

  it('says of a setup whose container was killed that it was', async () => {
    const task = await fetched({ driver: 'shell', step: 'setup', run: 'true' });
    writeFileSync(join(task.work, 'out/command/began'), '1.00');
    await task.deliver();
    expect(task.delivered().setup).toMatchObject({ ok: false, problem: `extract.setup ${RUNNING_PROBLEM}` });
  });

  it('writes nothing on the volumes', async () => {
    const task = await fetched({ driver: 'shell' });
    await task.extract();
    const before = execFileSync('ls', ['-lRA', '--time-style=full-iso', task.root], { encoding: 'utf8' });
    await task.deliver();
    expect(execFileSync('ls', ['-lRA', '--time-style=full-iso', task.root], { encoding: 'utf8' })).toBe(
      before,
    );
  });
});
