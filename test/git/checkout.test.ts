import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRepository, type Repository } from '../../src/git/index.js';
import type { CheckoutOptions, CheckoutResult } from '../../src/ports/code.js';
import { GIT_ENVIRONMENT, TestRepository, contents, temporaryFolder } from '../support/git.js';

async function open(repository: TestRepository, environment = GIT_ENVIRONMENT): Promise<Repository> {
  const code = await openRepository(repository.path, { environment });
  onTestFinished(() => code.close());
  return code;
}

/** HEAD written into a new folder. */
async function checkout(
  repository: TestRepository,
  options: CheckoutOptions = {},
  environment = GIT_ENVIRONMENT,
): Promise<CheckoutResult & { out: string; text: (path: string) => string; files: string[] }> {
  const code = await open(repository, environment);
  const out = join(temporaryFolder(), 'out');
  const result = await code.checkout(repository.tree(), out, options);
  const files = [...contents(out).keys()].filter((path) => !lstatSync(join(out, path)).isDirectory()).sort();
  return { ...result, out, files, text: (path) => readFileSync(join(out, path), 'utf8') };
}

const NOTHING_MISSING = { submodulesMissing: [], lfsPointers: [], symlinksOmitted: [] };

/** A repository with a submodule at `lib/inner`. */
function withSubmodule(): { repository: TestRepository; inner: TestRepository } {
  const inner = TestRepository.create();
  inner.change({ x: 'old', 'sub/y': 'y' });
  const repository = TestRepository.create();
  repository.change({ a: '1' });
  repository.git('submodule', '--quiet', 'add', '--name', 'the inner', inner.path, 'lib/inner');
  repository.commit();
  return { repository, inner };
}

describe('a checkout', () => {
  it('has every file with its mode and content, and no repository around it', async () => {
    const repository = TestRepository.create();
    repository
      .write({ run: '#!/bin/sh' }, 0o755)
      .write({ 'a b/ü': 'x', '-x': '-', 'new\nline': 'n', '"': 'q' });
    symlinkSync('run', join(repository.path, 'link'));
    repository.commit();
    const { out, files, text, ...result } = await checkout(repository);
    expect(result).toEqual(NOTHING_MISSING);
    expect(files).toEqual(['"', '-x', 'a b/ü', 'link', 'new\nline', 'run'].sort());
    expect(text('a b/ü')).toBe('x');
    expect(statSync(join(out, 'run')).mode & 0o111).toBe(0o111);
    expect(readlinkSync(join(out, 'link'))).toBe('run');
    expect(existsSync(join(out, '.git'))).toBe(false);
  });

  it('writes names that are no UTF-8', async () => {
    const repository = TestRepository.create();
    writeFileSync(Buffer.concat([Buffer.from(`${repository.path}/f`), Buffer.from([0xff])]), 'content');
    repository.commit();
    const code = await open(repository);
    const out = join(temporaryFolder(), 'out');
    await code.checkout(repository.tree(), out);
    expect(readdirSync(Buffer.from(out), { encoding: 'buffer' })).toEqual([Buffer.from([0x66, 0xff])]);
  });

  it('leaves out what is excluded, and never writes it', async () => {
    const repository = TestRepository.create();
    repository.change({ 'eval/labels.jsonl': 'secret', 'eval/documents/1': 'd', 'evaluate.py': 'e', a: '1' });
    const { files } = await checkout(repository, { exclude: (path) => path.startsWith('eval/') });
    expect(files).toEqual(['a', 'evaluate.py']);
  });

  it.each(['eval', 'eval/'])('has only what is below %s', async (only) => {
    const repository = TestRepository.create();
    repository.change({
      'eval/labels.jsonl': 'l',
      'eval/d/1': 'd',
      'evaluate.py': 'e',
      a: '1',
      'x/eval/y': 'y',
    });
    expect((await checkout(repository, { only })).files).toEqual(['eval/d/1', 'eval/labels.jsonl']);
  });

  it('of one file, and of a folder that does not exist', async () => {
    const repository = TestRepository.create();
    repository.change({ 'a/b': '1', 'a/bc': '2' });
    expect((await checkout(repository, { only: 'a/b' })).files).toEqual(['a/b']);
    const nothing = await checkout(repository, { only: 'nothing' });
    expect([nothing.files, existsSync(nothing.out)]).toEqual([[], true]);
  });

  it('of an empty tree is an empty folder', async () => {
    const repository = TestRepository.create();
    repository.commit('empty');
    expect((await checkout(repository)).files).toEqual([]);
  });

  it('goes into an empty folder only', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const code = await open(repository);
    const out = temporaryFolder();
    await code.checkout(repository.tree(), out);
    await expect(code.checkout(repository.tree(), out)).rejects.toThrow(/not empty/);
  });
});

describe('attributes in a checkout', () => {
  it('of archives do not count: the code is what people run', async () => {
    const repository = TestRepository.create();
    repository.change({
      '.gitattributes': 'tests export-ignore\nversion export-subst\n',
      'tests/t': 't',
      version: '$Format:%H$',
    });
    const { files, text } = await checkout(repository);
    expect(files).toEqual(['.gitattributes', 'tests/t', 'version']);
    expect(text('version')).toBe('$Format:%H$');
  });

  it("decide line ends, and the user's settings do not", async () => {
    const repository = TestRepository.create();
    repository.change({
      '.gitattributes': '*.bat eol=crlf\n*.sh eol=lf\n',
      'a.bat': 'x\n',
      'a.sh': 'x\n',
      'a.txt': 'x\n',
    });
    repository.git('config', 'core.autocrlf', 'true');
    repository.git('config', 'core.eol', 'crlf');
    const { text } = await checkout(repository);
    expect([text('a.bat'), text('a.sh'), text('a.txt')]).toEqual(['x\r\n', 'x\n', 'x\n']);
  });

  it('are those of the tree and not of the working tree', async () => {
    const repository = TestRepository.create();
    repository.change({ '.gitattributes': '*.txt eol=crlf\n', 'a.txt': 'x\n', 'b/c.txt': 'y\n' });
    repository.write({ '.gitattributes': '' });
    const { text } = await checkout(repository, { exclude: (path) => path === '.gitattributes' });
    expect([text('a.txt'), text('b/c.txt')]).toEqual(['x\r\n', 'y\r\n']);
  });

  it('start only filters that the user has configured', async () => {
    const repository = TestRepository.create();
    repository.change({
      '.gitattributes': '*.x filter=up\n*.y filter=unknown\n',
      'a.x': 'abc',
      'a.y': 'abc',
    });
    repository.git('config', 'filter.up.smudge', 'tr a-z A-Z');
    const { text } = await checkout(repository);
    expect([text('a.x'), text('a.y')]).toEqual(['ABC', 'abc']);
  });

  it('name a required filter that fails', async () => {
    const repository = TestRepository.create();
    repository.change({ '.gitattributes': '*.x filter=crypt\n', 'a.x': 'abc' });
    repository.git('config', 'filter.crypt.smudge', 'no-such-program-here');
    repository.git('config', 'filter.crypt.required', 'true');
    await expect(checkout(repository)).rejects.toMatchObject({
      code: 'filter_failed',
      message: expect.stringContaining('no-such-program-here') as string,
    });
  });
});

describe('Git LFS', () => {
  const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;

  it('names files that are still pointers, and only those', async () => {
    const repository = TestRepository.create();
    repository.change({
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'models/a.bin': POINTER,
      'b.bin': 'committed without LFS',
      'about.txt': POINTER,
      'big.bin': POINTER + 'x'.repeat(2000),
      'empty.bin': '',
    });
    expect((await checkout(repository)).lfsPointers).toEqual(['models/a.bin']);
  });

  it('names none that the filter has filled', async () => {
    const repository = TestRepository.create();
    repository.change({ '.gitattributes': '*.bin filter=lfs\n', 'a.bin': POINTER });
    repository.git('config', 'filter.lfs.smudge', 'echo model');
    const { lfsPointers, text } = await checkout(repository);
    expect([lfsPointers, text('a.bin')]).toEqual([[], 'model\n']);
  });
});

describe('symlinks in a checkout', () => {
  it('that lead out of it are left out and named', async () => {
    const repository = TestRepository.create().write({ 'a/b/file': 'x', top: 't' });
    const links = {
      ok: 'a/b/file',
      'a/ok': '../top',
      'a/b/ok': '../../a/b/file',
      dangling: 'a/nothing',
      folder: 'a/b',
      over: 'folder/../../top',
      absolute: '/etc/passwd',
      up: '../secret',
      'a/deep': '../../secret',
      sneaky: 'folder/../../../secret',
      chain: 'absolute',
      loop: 'loop',
    };
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(repository.path, path));
    repository.commit();
    const { symlinksOmitted, files } = await checkout(repository);
    expect(symlinksOmitted).toEqual(['a/deep', 'absolute', 'chain', 'loop', 'sneaky', 'up'].sort());
    expect(files).toEqual(['a/b/file', 'a/b/ok', 'a/ok', 'dangling', 'folder', 'ok', 'over', 'top'].sort());
  });

  it('that nobody asked for are not named', async () => {
    const repository = TestRepository.create().write({ 'in/file': 'x' });
    symlinkSync('/etc', join(repository.path, 'etc'));
    repository.commit();
    expect(await checkout(repository, { only: 'in' })).toMatchObject(NOTHING_MISSING);
  });

  it('cannot lead a hostile tree out of the checkout', async () => {
    const repository = TestRepository.create();
    const victim = temporaryFolder();
    const [link, file] = [victim, 'owned'].map((input) =>
      repository.gitWith({ input }, 'hash-object', '-w', '--stdin'),
    );
    const inner = repository.gitWith({ input: `100644 blob ${file!}\tfile\n` }, 'mktree');
    // A name twice: as a symlink and as a folder.
    const raw = Buffer.concat([
      Buffer.from('120000 d\0'),
      Buffer.from(link!, 'hex'),
      Buffer.from('40000 d\0'),
      Buffer.from(inner, 'hex'),
    ]);
    const tree = repository.gitWith(
      { input: raw },
      'hash-object',
      '-w',
      '-t',
      'tree',
      '--literally',
      '--stdin',
    );
    const code = await open(repository);
    await code.checkout(tree, join(temporaryFolder(), 'out')).catch(() => undefined);
    expect(readdirSync(victim)).toEqual([]);
  });

  it.each(['.git/hooks/post-checkout', '../outside', 'a/../../outside'])(
    'and no path %s is written',
    async (path) => {
      const repository = TestRepository.create();
      const oid = repository.gitWith({ input: 'owned' }, 'hash-object', '-w', '--stdin');
      const raw = Buffer.concat([Buffer.from(`100644 ${path}\0`), Buffer.from(oid, 'hex')]);
      const tree = repository.gitWith(
        { input: raw },
        'hash-object',
        '-w',
        '-t',
        'tree',
        '--literally',
        '--stdin',
      );
      const code = await open(repository);
      const folder = temporaryFolder();
      await expect(code.checkout(tree, join(folder, 'out'))).rejects.toMatchObject({ name: 'GitError' });
      expect(contents(folder).size).toBeLessThanOrEqual(1);
    },
  );
});

describe('submodules in a checkout', () => {
  it("come from the user's own copy, at the commit of the tree", async () => {
    const { repository } = withSubmodule();
    new TestRepository(join(repository.path, 'lib/inner')).change({ x: 'newer, not in the tree' });
    const { files, text, ...result } = await checkout(repository);
    expect(result).toMatchObject(NOTHING_MISSING);
    expect(files).toEqual(['.gitmodules', 'a', 'lib/inner/sub/y', 'lib/inner/x']);
    expect(text('lib/inner/x')).toBe('old');
  });

  it('come from .git/modules when the work tree does not have them', async () => {
    const { repository } = withSubmodule();
    repository.git('submodule', '--quiet', 'deinit', '--force', '--all');
    expect((await checkout(repository)).files).toContain('lib/inner/x');
    const linked = join(temporaryFolder(), 'linked');
    repository.git('worktree', 'add', '--quiet', '-b', 'other', linked);
    expect((await checkout(new TestRepository(linked))).files).toContain('lib/inner/x');
  });

  it('are named when they were never fetched, and leave an empty folder', async () => {
    const { repository } = withSubmodule();
    const path = join(temporaryFolder(), 'clone');
    repository.git('clone', '--quiet', `file://${repository.path}`, path);
    const { submodulesMissing, files, out } = await checkout(new TestRepository(path));
    expect(submodulesMissing).toEqual(['lib/inner']);
    expect(files).toEqual(['.gitmodules', 'a']);
    expect(readdirSync(join(out, 'lib/inner'))).toEqual([]);
  });

  it('are named when the commit is not there', async () => {
    const { repository } = withSubmodule();
    repository.git('update-index', '--cacheinfo', `160000,${'1'.repeat(40)},lib/inner`);
    repository.git('commit', '--quiet', '-m', 'elsewhere');
    expect((await checkout(repository)).submodulesMissing).toEqual(['lib/inner']);
  });

  it('may hold submodules', async () => {
    const { repository: middle } = withSubmodule();
    const outer = TestRepository.create();
    outer.git('submodule', '--quiet', 'add', middle.path, 'mid');
    outer.commit();
    expect((await checkout(outer)).submodulesMissing).toEqual(['mid/lib/inner']);
    outer.git('submodule', '--quiet', 'update', '--init', '--recursive');
    expect((await checkout(outer)).files).toEqual([
      '.gitmodules',
      'mid/.gitmodules',
      'mid/a',
      'mid/lib/inner/sub/y',
      'mid/lib/inner/x',
    ]);
  });

  it('obey what is excluded and what is asked for, by their whole path', async () => {
    const { repository } = withSubmodule();
    expect((await checkout(repository, { only: 'lib/inner/sub' })).files).toEqual(['lib/inner/sub/y']);
    expect((await checkout(repository, { only: 'a' })).files).toEqual(['a']);
    const exclude = (path: string): boolean => path === 'lib/inner/x';
    expect((await checkout(repository, { exclude })).files).toEqual(['.gitmodules', 'a', 'lib/inner/sub/y']);
  });

  it('are not read from wherever a hostile .gitmodules points', async () => {
    const secret = TestRepository.create();
    const commit = secret.change({ secret: 's' });
    const repository = TestRepository.create();
    repository.change({ '.gitmodules': '[submodule "../../elsewhere"]\n\tpath = lib\n\turl = x\n' });
    // Where .git/modules/../../elsewhere leads.
    renameSync(join(secret.path, '.git'), join(repository.path, 'elsewhere'));
    repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},lib`);
    repository.git('commit', '--quiet', '-m', 'lib');
    mkdirSync(join(repository.path, '.git/modules'));
    expect(await checkout(repository)).toMatchObject({ submodulesMissing: ['lib'], files: ['.gitmodules'] });
  });

  it('that hold a symlink out of the checkout lose only that', async () => {
    const inner = TestRepository.create().write({ x: '1' });
    symlinkSync('../a', join(inner.path, 'to-outer'));
    symlinkSync('../../a', join(inner.path, 'out'));
    inner.commit();
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.git('submodule', '--quiet', 'add', inner.path, 'lib');
    repository.commit();
    const { symlinksOmitted, files } = await checkout(repository);
    expect(symlinksOmitted).toEqual(['lib/out']);
    expect(files).toContain('lib/to-outer');
  });
});

describe('a partial clone', () => {
  const partial = (): { repository: TestRepository; origin: TestRepository } => {
    const origin = TestRepository.create();
    origin.git('config', 'uploadpack.allowFilter', 'true');
    origin.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    origin.change(Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at}`, `old ${at}`])));
    origin.git('checkout', '--quiet', '-b', 'topic');
    origin.change({ f0: 'topic' });
    origin.git('checkout', '--quiet', 'main');
    origin.change({ f1: 'main' });
    const path = join(temporaryFolder(), 'clone');
    origin.git('clone', '--quiet', '--no-checkout', '--filter=blob:none', `file://${origin.path}`, path);
    return { repository: new TestRepository(path), origin };
  };

  it("fetches what it lacks at once, and not into the user's repository", async () => {
    const { repository } = partial();
    const before = contents(repository.path);
    const code = await open(repository);
    const [base, head] = [await code.resolve('origin/main'), await code.resolve('origin/topic')];
    const { tree } = await code.candidate(base.commit, head.commit);
    const out = join(temporaryFolder(), 'out');
    const started = Date.now();
    await code.checkout(tree, out);
    // One by one, 300 fetches would take far longer than this.
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(readdirSync(out)).toHaveLength(300);
    expect(readFileSync(join(out, 'f0'), 'utf8') + readFileSync(join(out, 'f1'), 'utf8')).toBe('topicmain');
    expect((await code.readFile(await code.treeOf(base.commit), 'f2'))?.toString()).toBe('old 2');
    expect(contents(repository.path)).toEqual(before);
  });

  it('whose origin is gone says what is missing', async () => {
    const { repository, origin } = partial();
    rmSync(origin.path, { recursive: true });
    const code = await open(repository);
    const tree = await code.treeOf((await code.resolve('origin/main')).commit);
    const failed = { code: 'missing_objects', mend: expect.stringContaining('git fetch') as string };
    await expect(code.checkout(tree, join(temporaryFolder(), 'out'))).rejects.toMatchObject(failed);
    await expect(code.readFile(tree, 'f0')).rejects.toMatchObject(failed);
  });
});
