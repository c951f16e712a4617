import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodePath, openRepository, type Repository } from '../../src/git/index.js';
import { GIT_ENVIRONMENT, TestRepository, contents, temporaryFolder } from '../support/git.js';

async function open(repository: TestRepository, environment = GIT_ENVIRONMENT): Promise<Repository> {
  const code = await openRepository(repository.path, { environment });
  onTestFinished(() => code.close());
  return code;
}

/** Path → `mode content` of the working tree as git would see it. */
async function snapshot(repository: TestRepository): Promise<Record<string, string>> {
  const code = await open(repository);
  const { tree } = await code.workingTree();
  const found: Record<string, string> = {};
  for (const { path, mode, kind } of await code.listTree(tree)) {
    const content = kind === 'file' ? (await code.readFile(tree, path))?.toString() : kind;
    found[path] = `${mode} ${content ?? 'unreadable'}`;
  }
  return found;
}

describe('the working tree as it is', () => {
  it('is HEAD itself when nothing has changed', async () => {
    const repository = TestRepository.create();
    const commit = repository.change({ a: '1' });
    const code = await open(repository);
    expect(await code.workingTree()).toEqual({
      commit,
      headCommit: commit,
      tree: repository.tree(),
      dirty: false,
      branch: 'main',
    });
  });

  it('has changes that are staged, not staged, both, and staged but undone', async () => {
    const repository = TestRepository.create();
    repository.change({ staged: '1', plain: '1', both: '1', undone: '1' });
    repository.write({ staged: '2', both: '2', undone: '2' });
    repository.git('add', '.');
    repository.write({ plain: '2', both: '3', undone: '1' });
    expect(await snapshot(repository)).toEqual({
      staged: '100644 2',
      plain: '100644 2',
      both: '100644 3',
      undone: '100644 1',
    });
  });

  it('has new files, staged, untracked and intended to be added, and not the ignored ones', async () => {
    const repository = TestRepository.create();
    repository.change({ '.gitignore': '*.log\n/build/\n' });
    repository.write({
      staged: 's',
      'deep/er/untracked': 'u',
      intended: 'i',
      'x.log': 'l',
      'build/out': 'o',
    });
    repository.git('add', 'staged');
    repository.git('add', '--intent-to-add', 'intended');
    repository.git('config', 'core.excludesFile', join(repository.path, '.git/info/mine'));
    repository.write({ '.git/info/mine': '*.secret\n', 'my.secret': 'x' });
    expect(Object.keys(await snapshot(repository))).toEqual([
      '.gitignore',
      'deep/er/untracked',
      'intended',
      'staged',
    ]);
  });

  it('lacks what was deleted, with and without git', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1', b: '1', c: '1', 'd/e': '1' });
    repository.git('rm', '--quiet', 'a');
    repository.git('rm', '--quiet', '--cached', 'c');
    rmSync(join(repository.path, 'b'));
    rmSync(join(repository.path, 'd'), { recursive: true });
    rmSync(join(repository.path, 'c'));
    expect(await snapshot(repository)).toEqual({});
  });

  it('has changes of mode, of kind, and symlinks', async () => {
    const repository = TestRepository.create();
    repository.change({ script: '#!', file: 'f', link: 'l', 'folder/x': 'x' });
    chmodSync(join(repository.path, 'script'), 0o755);
    rmSync(join(repository.path, 'link'));
    symlinkSync('file', join(repository.path, 'link'));
    symlinkSync('nowhere', join(repository.path, 'dangling'));
    rmSync(join(repository.path, 'folder'), { recursive: true });
    rmSync(join(repository.path, 'file'));
    repository.write({ folder: 'now a file', 'file/x': 'now a folder' });
    expect(await snapshot(repository)).toEqual({
      dangling: '120000 symlink',
      'file/x': '100644 now a folder',
      folder: '100644 now a file',
      link: '120000 symlink',
      script: '100755 #!',
    });
  });

  it('notices a change of equal length in the instant of the last `git add`', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    for (const value of ['2', '3', '4', '5']) {
      repository.write({ a: value });
      repository.git('add', 'a');
      const { mtime } = statSync(join(repository.path, 'a'));
      repository.write({ a: 'x' });
      utimesSync(join(repository.path, 'a'), mtime, mtime);
      utimesSync(join(repository.path, '.git/index'), mtime, mtime);
      expect(await snapshot(repository)).toEqual({ a: '100644 x' });
    }
  });

  it('has names of every kind', async () => {
    const names = [
      ' ',
      '-x',
      '--',
      'a\nb',
      'a\tb',
      '"q"',
      "it's",
      'ü',
      'u\u0308',
      '*',
      ':(top)x',
      '$HOME',
      '日本',
      'a\\b',
      '😀',
    ];
    const repository = TestRepository.create();
    repository.change({ first: '' });
    repository.git('config', 'core.quotePath', 'true');
    repository.write(Object.fromEntries(names.map((name) => [name, name])));
    const bytes = Buffer.concat([Buffer.from(`${repository.path}/`), Buffer.from([0x66, 0xff, 0xfe])]);
    writeFileSync(bytes, 'not UTF-8');
    const found = await snapshot(repository);
    for (const name of names) expect(found[name]).toBe(`100644 ${name}`);
    expect(found[decodePath(Buffer.from([0x66, 0xff, 0xfe]))]).toBe('100644 not UTF-8');
  });

  it('has the same id at any time, for any user, and another one for other content', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.write({ a: '2' });
    const first = await (await open(repository)).workingTree();
    const other = await open(repository, {
      ...GIT_ENVIRONMENT,
      TZ: 'Asia/Tokyo',
      GIT_AUTHOR_NAME: 'Else',
      GIT_AUTHOR_DATE: '@5 +0000',
    });
    expect(await other.workingTree()).toEqual(first);
    expect(first.dirty).toBe(true);
    repository.write({ a: '3' });
    expect((await other.workingTree()).commit).not.toBe(first.commit);
  });

  it('does not touch the repository, its index or the working tree', async () => {
    const inner = TestRepository.create();
    inner.change({ x: '1' });
    const repository = TestRepository.create();
    repository.git('config', 'core.untrackedCache', 'true');
    repository.git('config', 'core.splitIndex', 'true');
    repository.git('submodule', '--quiet', 'add', inner.path, 'lib');
    const base = repository.change({ a: '1', b: '1', '.gitignore': 'ignored\n' });
    repository.git('checkout', '--quiet', '-b', 'topic');
    const head = repository.change({ a: '2' });
    repository.write({ a: '3', new: 'n', ignored: 'i' });
    repository.git('add', 'a');
    repository.write({ a: '4' });
    // The recorded times do not fit any more: a `git status` would write the index here.
    utimesSync(join(repository.path, 'b'), 1, 1);
    const before = contents(repository.path);
    const index = statSync(join(repository.path, '.git/index'));

    const code = await open(repository);
    const { commit, tree } = await code.workingTree();
    await code.candidate(base, commit);
    await code.candidate(base, head);
    await code.changedFiles(await code.treeOf(base), tree);
    await code.checkout(tree, join(temporaryFolder(), 'out'));
    await code.close();

    expect(contents(repository.path)).toEqual(before);
    const after = statSync(join(repository.path, '.git/index'));
    expect([after.mtimeMs, after.ino]).toEqual([index.mtimeMs, index.ino]);
    expect(repository.git('status', '--porcelain')).toContain('MM a');
  });

  it('is refused while conflicts are unresolved', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.git('checkout', '--quiet', '-b', 'topic');
    repository.change({ a: '2' });
    repository.git('checkout', '--quiet', 'main');
    repository.change({ a: '3' });
    expect(() => repository.git('merge', 'topic')).toThrow();
    const code = await open(repository);
    await expect(code.workingTree()).rejects.toMatchObject({
      code: 'unresolved_conflicts',
      message: expect.stringMatching(/ a$/) as string,
    });
    repository.write({ a: '23' });
    repository.git('add', 'a');
    expect(await snapshot(repository)).toEqual({ a: '100644 23' });
  });

  it.each([[[]], [['--sparse-index']]])(
    'keeps what a sparse checkout leaves out, and takes what is there %j',
    async (how) => {
      const repository = TestRepository.create();
      repository.change({ 'in/a': '1', 'out/b': '1', 'out/c': '1' });
      repository.git('sparse-checkout', 'set', '--cone', ...how, 'in');
      expect(existsSync(join(repository.path, 'out/b'))).toBe(false);
      const code = await open(repository);
      expect(await code.workingTree()).toMatchObject({ dirty: false });
      repository.write({ 'in/a': '2', 'out/b': 'here after all' });
      expect(await snapshot(repository)).toEqual({
        'in/a': '100644 2',
        'out/b': '100644 here after all',
        'out/c': '100644 1',
      });
      const out = join(temporaryFolder(), 'out');
      await code.checkout(repository.tree(), out);
      expect([...contents(out).keys()].sort()).toEqual(['in', 'in/a', 'out', 'out/b', 'out/c']);
    },
  );

  it('has submodules at the commit that is checked out in them, and no foreign repositories', async () => {
    const inner = TestRepository.create();
    inner.change({ x: '1' });
    const repository = TestRepository.create();
    repository.git('submodule', '--quiet', 'add', inner.path, 'lib');
    repository.commit();
    const commit = new TestRepository(join(repository.path, 'lib')).change({ x: '2' });
    TestRepository.create({ path: join(repository.path, 'nested') }).change({ y: '1' });
    TestRepository.create({ path: join(repository.path, 'empty') });
    const code = await open(repository);
    const { tree } = await code.workingTree();
    const entries = await code.listTree(tree);
    expect(entries.map(({ path }) => path)).toEqual(['.gitmodules', 'lib']);
    expect(entries[1]).toEqual({ path: 'lib', mode: '160000', oid: commit, kind: 'submodule' });
  });

  it('is normalised as the attributes say', async () => {
    const repository = TestRepository.create();
    repository.change({ '.gitattributes': '* text=auto\n', a: 'x\ny\n' });
    repository.git('config', 'core.safecrlf', 'true');
    repository.write({ a: 'x\r\ny\r\n', b: 'new\r\n' });
    expect(await snapshot(repository)).toMatchObject({ a: '100644 x\ny\n', b: '100644 new\n' });
  });

  it('runs no program that the repository names', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const mark = join(temporaryFolder(), 'mark');
    const hook = `#!/bin/sh\ntouch '${mark}'\n`;
    for (const name of ['post-checkout', 'post-index-change', 'reference-transaction', 'pre-auto-gc']) {
      repository.write({ [`.git/hooks/${name}`]: hook, [`.git/mine/${name}`]: hook }, 0o755);
    }
    repository.write({ '.git/monitor': hook }, 0o755);
    repository.git('config', 'core.fsmonitor', join(repository.path, '.git/monitor'));
    repository.git('config', 'core.hooksPath', join(repository.path, '.git/mine'));
    repository.write({ a: '2' });
    const code = await open(repository);
    const { tree, commit } = await code.workingTree();
    await code.candidate(commit, commit);
    await code.checkout(tree, join(temporaryFolder(), 'out'));
    expect(existsSync(mark)).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)('names a file that cannot be read (not as root)', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.write({ secret: 'x' }, 0o000);
    await expect((await open(repository)).workingTree()).rejects.toMatchObject({
      code: 'unreadable_file',
      message: expect.stringContaining('secret') as string,
    });
  });

  it('leaves out sockets and pipes, which git does not keep', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    execFileSync('mkfifo', [join(repository.path, 'pipe')]);
    expect(Object.keys(await snapshot(repository))).toEqual(['a']);
  });

  it('can be taken at the same time by several', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.write({ a: '2', b: '3' });
    const code = await open(repository);
    const all = await Promise.all(
      Array.from({ length: 8 }, async (_, at) => {
        const { tree } = await code.workingTree();
        const out = join(temporaryFolder(), String(at));
        await code.checkout(tree, out);
        return [tree, [...contents(out).keys()].sort().join()].join();
      }),
    );
    expect(new Set(all).size).toBe(1);
  });

  it('follows a renamed folder', async () => {
    const repository = TestRepository.create();
    repository.change({ 'old/a': '1', 'old/b': '2' });
    mkdirSync(join(repository.path, 'new'));
    renameSync(join(repository.path, 'old'), join(repository.path, 'new/place'));
    expect(Object.keys(await snapshot(repository))).toEqual(['new/place/a', 'new/place/b']);
  });
});
