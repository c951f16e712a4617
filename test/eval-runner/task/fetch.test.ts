/** fetch over a storage that fails, and archives that somebody made to do harm. */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { TASK_EXIT } from '../../../eval-runner/task/contract.js';
import { Storage, Task, type Fault } from './support.js';

const good = `echo '{"a":1}'`;

describe('fetch', () => {
  it('lays out code, documents and the driver, with rights for the user of the extract container', async () => {
    const task = await Task.make({
      driver: 'shell',
      run: good,
      documents: { a: 'text', f: { 'page-1.txt': 'one', 'sub/page-2.txt': 'two' } },
      code: { 'main.sh': 'x' },
    });
    expect(await task.fetch()).toMatchObject({ code: TASK_EXIT.done, stderr: '' });
    const mode = (path: string): string => (statSync(join(task.root, path)).mode & 0o7777).toString(8);
    expect(readFileSync(join(task.input, 'documents/a.txt'), 'utf8')).toBe('text');
    expect(readFileSync(join(task.input, 'documents/f/sub/page-2.txt'), 'utf8')).toBe('two');
    for (const path of [
      'input/documents/a.txt',
      'input/documents/f/page-1.txt',
      'input/driver/job/settings.sh',
    ])
      expect(mode(path)).toBe('444');
    for (const path of ['input', 'input/documents', 'work', 'work/out', 'work/out/documents'])
      expect(mode(path)).toBe('755');
    for (const path of [
      'work/code',
      'work/home',
      'work/tmp',
      'work/tmp/a',
      'work/out/documents/a',
      'work/out/command',
    ])
      expect(mode(path)).toBe('777');
    expect(mode('work/code/main.sh')).toBe('666');
    expect(statSync(join(task.input, 'documents/a.txt')).mtime.getUTCFullYear()).toBe(2000);
    expect(readdirSync(task.input).sort()).toEqual(['documents', 'driver']);
    expect(existsSync(join(task.work, 'out/results.jsonl'))).toBe(false);
  });

  it('leaves no link and no checksum on the volumes', async () => {
    for (const driver of ['runner', 'shell'] as const) {
      const task = await Task.make({ driver, run: good });
      await task.fetch();
      const text = readdirSync(task.root, { recursive: true, encoding: 'utf8', withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith('main.js'))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join('\n');
      expect(text).toContain(driver === 'runner' ? '"codeDirectory"' : 'docops_run=');
      expect(text).not.toMatch(/https?:|s3cr3t|signature|[0-9a-f]{64}/);
    }
  });

  it.each<[string, string, Fault[]]>([
    ['a 500 and a 503', 'documents/a', [500, 503]],
    ['a 429', 'code', [429]],
    ['a connection that breaks', 'documents/a', ['cut']],
    ['wrong bytes', 'documents/a', ['wrong bytes']],
    ['a manifest that does not come', 'fetch.json', ['cut', 500]],
  ])('asks again after %s', async (_, name, faults) => {
    const task = await Task.make({ driver: 'shell', run: good });
    task.storage.fail(name, ...faults);
    expect(await task.fetch()).toMatchObject({ code: TASK_EXIT.done, stderr: '' });
    expect(task.storage.count(name)).toBe(faults.length + 1);
    expect(readFileSync(join(task.input, 'documents/a.txt'), 'utf8')).toBe('Total: 1\n');
  });

  it.each<[string, string, Fault[], keyof typeof TASK_EXIT, number]>([
    ['a link that is refused', 'documents/b', [403], 'refused', 1],
    ['a link whose signature has ended', 'documents/b', [400], 'refused', 1],
    ['a file that is not there', 'documents/b', [404], 'network', 1],
    ['a manifest that is refused', 'fetch.json', [403], 'refused', 1],
    ['more bytes than were promised', 'code', Array<Fault>(7).fill('longer'), 'checksum', 7],
  ])(
    'ends with a code of its own for %s',
    async (_, name, faults, exit, count) => {
      const task = await Task.make({ driver: 'shell', run: good });
      task.storage.fail(name, ...faults);
      const end = await task.fetch();
      expect(end.code).toBe(TASK_EXIT[exit]);
      expect(end.stderr).toMatch(/^fetch: (document b|the manifest|the code): /);
      expect(end.stderr).not.toContain('s3cr3t');
      expect(task.storage.count(name)).toBe(count);
    },
    60_000,
  );

  it('stops at once when it is told to', async () => {
    const task = await Task.make({ driver: 'shell', run: good });
    task.storage.fail('documents/a', 'hang');
    const end = await task.fetch({ stopAfterMs: 1_500 });
    expect(end.code).toBe(TASK_EXIT.stopped);
    // Its own patience with an answer that hangs is longer.
    expect(end.seconds).toBeLessThan(20);
  });

  it.each<[string, (manifest: Record<string, unknown>) => unknown]>([
    ['no JSON', () => 'nonsense'],
    ['another version', (manifest) => ({ ...manifest, version: 2 })],
    [
      'a document that would be elsewhere',
      (manifest) => ({
        ...manifest,
        documents: [{ ...(manifest['documents'] as object[])[0], id: '../x' }],
      }),
    ],
  ])('refuses a manifest that is %s', async (_, change) => {
    const task = await Task.make({ driver: 'shell', run: good });
    task.publish(change(JSON.parse(JSON.stringify(task.fetchManifest)) as Record<string, unknown>), {});
    const end = await task.fetch();
    expect(end.code).toBe(TASK_EXIT.badManifest);
    expect(end.stderr).toMatch(/^fetch: the manifest cannot be read: /);
  });

  it('begins anew after a try that was cut short', async () => {
    const task = await Task.make({ driver: 'shell', run: good });
    await task.fetch();
    expect(await task.fetch()).toMatchObject({ code: TASK_EXIT.done, stderr: '' });
  });

  it('brings 60 documents, 16 at once and no more', async () => {
    const storage = await Storage.start();
    const ids = Array.from({ length: 60 }, (_, i) => `d${i}`);
    const task = await Task.make(
      { driver: 'shell', run: good, documents: Object.fromEntries(ids.map((id) => [id, id])) },
      storage,
    );
    expect((await task.fetch()).code).toBe(0);
    expect(readdirSync(join(task.input, 'documents'))).toHaveLength(60);
    expect(storage.mostAtOnce).toBeGreaterThan(1);
    expect(storage.mostAtOnce).toBeLessThanOrEqual(16);
  });
});

interface Entry {
  readonly path: string;
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly linkpath?: string;
  readonly content?: string;
}

/** An archive as no honest program writes it. */
function archive(...entries: Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath, content = '' }) => {
    const size = type === 'File' ? Buffer.byteLength(content) : 0;
    const header = new Header({
      path,
      type,
      mode: 0o644,
      size,
      mtime: new Date(0),
      ...(linkpath !== undefined && { linkpath }),
    });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    const body = Buffer.alloc(Math.ceil(size / 512) * 512);
    body.write(content);
    return [block, body];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describe('an archive of code', () => {
  const folder = { path: 'code/', type: 'Directory' } as const;
  it.each<[string, Entry[]]>([
    ['an absolute name', [{ path: '/etc/docops-was-here', content: 'x' }]],
    ['a name with two dots', [{ path: 'code/../../escaped', content: 'x' }]],
    ['a name outside of code/', [{ path: 'out/results.jsonl', content: 'x' }]],
    ['a link to a file outside', [folder, { path: 'code/l', type: 'SymbolicLink', linkpath: '/etc/passwd' }]],
    ['a link that climbs out', [folder, { path: 'code/l', type: 'SymbolicLink', linkpath: '../../x' }]],
    ['a link in the place of code/', [{ path: 'code', type: 'SymbolicLink', linkpath: 'home' }]],
    ['a hard link', [folder, { path: 'code/l', type: 'Link', linkpath: '/etc/passwd' }]],
    ['a device', [folder, { path: 'code/d', type: 'CharacterDevice' }]],
    ['a pipe', [folder, { path: 'code/p', type: 'FIFO' }]],
    [
      'a file below a link',
      [folder, { path: 'code/l', type: 'SymbolicLink', linkpath: '.' }, { path: 'code/l/x', content: 'x' }],
    ],
    [
      'the same name twice',
      [
        { path: 'code/x', content: '1' },
        { path: 'code/x', content: '2' },
      ],
    ],
  ])('is refused whole with %s', async (_, entries) => {
    const task = await Task.make({
      driver: 'shell',
      run: good,
      archive: archive({ path: 'code/first', content: 'x' }, ...entries),
    });
    const end = await task.fetch();
    expect(end.code).toBe(TASK_EXIT.checksum);
    expect(end.stderr).toMatch(/^fetch: the archive of the code is refused: /);
    expect(existsSync(join(task.root, 'escaped'))).toBe(false);
    expect(existsSync('/etc/docops-was-here')).toBe(false);
    expect(readdirSync(join(task.work, 'code'))).toEqual([]);
  });

  it.each<[string, () => Promise<Buffer>]>([
    [
      'is cut',
      () => Promise.resolve(archive({ path: 'code/x', content: 'x'.repeat(9_000) }).subarray(0, 60)),
    ],
    ['is no archive', () => Promise.resolve(Buffer.from('hello'))],
  ])('is refused when it %s', async (_, make) => {
    const task = await Task.make({ driver: 'shell', run: good, archive: await make() });
    const end = await task.fetch();
    expect(end.code).toBe(TASK_EXIT.checksum);
    expect(end.stderr).toContain('is refused');
  });

  it('keeps links within it, and what may be executed', async () => {
    const task = await Task.make({
      driver: 'shell',
      run: good,
      archive: archive(
        { path: 'code/lib/real.txt', content: 'real' },
        { path: 'code/lib/link.txt', type: 'SymbolicLink', linkpath: 'real.txt' },
        { path: 'code/up', type: 'SymbolicLink', linkpath: './lib/../lib/real.txt' },
      ),
    });
    expect(await task.fetch()).toMatchObject({ code: 0, stderr: '' });
    expect(readlinkSync(join(task.work, 'code/lib/link.txt'))).toBe('real.txt');
    expect(readFileSync(join(task.work, 'code/up'), 'utf8')).toBe('real');
  });

  it('may lead to the image where a setup has run, and only there', async () => {
    const link = {
      path: 'code/.venv/bin/python',
      type: 'SymbolicLink',
      linkpath: '/usr/bin/python3',
    } as const;
    const task = await Task.make({
      driver: 'shell',
      run: good,
      archive: archive({ path: 'home/', type: 'Directory' }, { path: 'code/x', content: 'x' }, link),
    });
    expect(await task.fetch()).toMatchObject({ code: 0, stderr: '' });
    expect(lstatSync(join(task.work, link.path)).isSymbolicLink()).toBe(true);
    const raw = await Task.make({ driver: 'shell', run: good, archive: archive(link) });
    expect((await raw.fetch()).code).toBe(TASK_EXIT.checksum);
  });
});
