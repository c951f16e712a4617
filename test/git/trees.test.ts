import { chmodSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodePath, encodePath, openRepository, type Repository } from '../../src/git/index.js';
import { joinNul, splitNul } from '../../src/git/paths.js';
import { GIT_ENVIRONMENT, TestRepository } from '../support/git.js';

async function open(repository: TestRepository): Promise<Repository> {
  const code = await openRepository(repository.path, { environment: GIT_ENVIRONMENT });
  onTestFinished(() => code.close());
  return code;
}

describe('names of files', () => {
  it('come back exactly, whatever their bytes are, and no two become one', () => {
    const names = fc
      .uint8Array({ min: 1, max: 255, minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes));
    fc.assert(fc.property(names, (name) => encodePath(decodePath(name)).equals(name)));
    fc.assert(fc.property(names, names, (a, b) => a.equals(b) || decodePath(a) !== decodePath(b)));
    fc.assert(
      fc.property(fc.array(names), (all) => {
        const texts = all.map(decodePath);
        expect(splitNul(joinNul(texts)).map(decodePath)).toEqual(texts);
      }),
    );
  });
});

describe('reading a tree', () => {
  it('lists files, symlinks and submodules', async () => {
    const repository = TestRepository.create().write({ a: '1', 'b/c': '2' });
    repository.write({ run: '3' }, 0o755);
    symlinkSync('a', join(repository.path, 'link'));
    const commit = repository.commit();
    repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},lib`);
    repository.git('commit', '--quiet', '-m', 'lib');
    const code = await open(repository);
    const tree = await code.treeOf((await code.resolve('HEAD')).commit);
    expect((await code.listTree(tree)).map(({ path, mode, kind }) => [path, mode, kind])).toEqual([
      ['a', '100644', 'file'],
      ['b/c', '100644', 'file'],
      ['lib', '160000', 'submodule'],
      ['link', '120000', 'symlink'],
      ['run', '100755', 'file'],
    ]);
  });

  it('gives the bytes of a file, over symlinks that stay inside, and nothing for all else', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 0]);
    const name = '-a\n"ü" b';
    const repository = TestRepository.create().write({ bytes, [name]: 'n', 'd/e': 'E', empty: '' });
    for (const [link, target] of [
      ['inside', 'd/e'],
      ['d/up', '../bytes'],
      ['outside', '/etc/passwd'],
      ['above', '../secret'],
      ['loop', 'loop'],
      ['dangling', 'nothing'],
    ] as const) {
      symlinkSync(target, join(repository.path, link));
    }
    repository.commit();
    const code = await open(repository);
    const read = (path: string): Promise<Buffer | undefined> => code.readFile(repository.tree(), path);
    expect(await read('bytes')).toEqual(bytes);
    expect(await read('empty')).toEqual(Buffer.of());
    expect((await read(name))?.toString()).toBe('n');
    expect((await read('inside'))?.toString()).toBe('E');
    expect(await read('d/up')).toEqual(bytes);
    for (const nothing of [
      'nothing',
      'd',
      'd/',
      '/bytes',
      './bytes',
      'd/../bytes',
      '../secret',
      '',
      '.',
      'a\0b',
    ]) {
      expect(await read(nothing), nothing).toBeUndefined();
    }
    for (const led of ['outside', 'above', 'loop', 'dangling']) expect(await read(led), led).toBeUndefined();
    expect(await code.exists(repository.tree(), 'd')).toBe(true);
    expect(await code.exists(repository.tree(), 'd/e')).toBe(true);
    expect(await code.exists(repository.tree(), 'd/f')).toBe(false);
    expect(await code.exists(repository.tree(), 'e')).toBe(false);
  });

  it('reads a file whose name is no UTF-8', async () => {
    const repository = TestRepository.create();
    const oid = repository.gitWith({ input: 'content' }, 'hash-object', '-w', '--stdin');
    const name = Buffer.from([0x66, 0xff]);
    const entry = Buffer.concat([Buffer.from(`100644 blob ${oid}\t`), name, Buffer.from([0])]);
    const tree = repository.gitWith({ input: entry }, 'mktree', '-z');
    const code = await open(repository);
    expect((await code.listTree(tree))[0]?.path).toBe('f\udcff');
    expect((await code.readFile(tree, 'f\udcff'))?.toString()).toBe('content');
    expect(await code.readFile(tree, 'f\udcfe')).toBeUndefined();
  });

  it('refuses a file beyond the limit without reading it', async () => {
    const repository = TestRepository.create();
    repository.change({ big: Buffer.alloc(200_000, 'x') });
    const code = await open(repository);
    await expect(code.readFile(repository.tree(), 'big', 100_000)).rejects.toMatchObject({
      code: 'too_large',
      message: 'big has 200000 bytes; at most 100000 are read',
    });
    expect(await code.readFile(repository.tree(), 'big', 200_000)).toHaveLength(200_000);
  });

  it.each(['HEAD', '--help', 'main:a', '', '0'.repeat(39)])('takes full ids only, not %j', async (id) => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const code = await open(repository);
    await expect(code.listTree(id)).rejects.toMatchObject({ code: 'bad_ref' });
    await expect(code.treeOf(id)).rejects.toMatchObject({ code: 'bad_ref' });
    await expect(code.candidate(id, id)).rejects.toMatchObject({ code: 'bad_ref' });
    await expect(code.readFile(id, 'a')).rejects.toMatchObject({ code: 'bad_ref' });
  });

  it('says what an object is missing', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const code = await open(repository);
    await expect(code.listTree('1'.repeat(40))).rejects.toMatchObject({ name: 'GitError' });
    await expect(code.treeOf('1'.repeat(40))).rejects.toMatchObject({ name: 'GitError' });
  });
});

describe('what differs between two trees', () => {
  it('is told with exact renames and nothing else', async () => {
    const repository = TestRepository.create();
    repository.change({
      same: 's',
      changed: '1',
      gone: 'g',
      moved: 'content',
      mode: 'm',
      kind: 'k',
      almost: 'x\n'.repeat(50),
    });
    const before = repository.tree();
    repository.git('rm', '--quiet', 'gone', 'kind');
    renameSync(join(repository.path, 'moved'), join(repository.path, 'to "here"\n'));
    renameSync(join(repository.path, 'almost'), join(repository.path, 'almost2'));
    repository.write({ changed: '2', new: 'n', almost2: `${'x\n'.repeat(50)}y` });
    chmodSync(join(repository.path, 'mode'), 0o755);
    symlinkSync('same', join(repository.path, 'kind'));
    repository.commit();
    const changes = await (await open(repository)).changedFiles(before, repository.tree());
    expect(changes).toEqual([
      { status: 'deleted', path: 'almost', oldMode: '100644', newMode: '000000' },
      { status: 'added', path: 'almost2', oldMode: '000000', newMode: '100644' },
      { status: 'modified', path: 'changed', oldMode: '100644', newMode: '100644' },
      { status: 'deleted', path: 'gone', oldMode: '100644', newMode: '000000' },
      { status: 'type-changed', path: 'kind', oldMode: '100644', newMode: '120000' },
      { status: 'modified', path: 'mode', oldMode: '100644', newMode: '100755' },
      { status: 'added', path: 'new', oldMode: '000000', newMode: '100644' },
      { status: 'renamed', path: 'to "here"\n', from: 'moved', oldMode: '100644', newMode: '100644' },
    ]);
  });

  it('is nothing between equal trees', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    expect(await (await open(repository)).changedFiles(repository.tree(), repository.tree())).toEqual([]);
  });
});
