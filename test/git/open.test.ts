import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository } from '../../src/git/index.js';
import { GIT_ENVIRONMENT, TestRepository, temporaryFolder } from '../support/git.js';

const REFTABLE = spawnSync('git', ['init', '-h'], { encoding: 'utf8' }).stdout.includes('--ref-format');

const opened = async (path: string): Promise<{ root: string; bare: boolean; head: string }> => {
  const repository = await openRepository(path, { environment: GIT_ENVIRONMENT });
  const { root, bare } = repository;
  const head = (await repository.resolve('HEAD')).commit;
  await repository.close();
  return { root, bare, head };
};

/** A PATH on which `git` is this script; `$REAL` is the real one. */
function pathWithGit(script: string): NodeJS.ProcessEnv {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'git'), `#!/bin/sh\nPATH=\${PATH#*:}\n${script}\n`);
  chmodSync(join(folder, 'git'), 0o755);
  return { ...GIT_ENVIRONMENT, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
}

describe('opening a repository', () => {
  it.each([
    'plain',
    'with space and ümläut',
    'it\'s "quoted"',
    'a:b',
    'back\\slash',
    'line\nend',
    '-dash',
    '日本',
  ])('works in a folder named %j, and from a folder inside it', async (name) => {
    const repository = TestRepository.create({ path: join(temporaryFolder(), name) });
    const head = repository.change({ 'sub/file': 'x' });
    const expected = { root: repository.path, bare: false, head };
    expect(await opened(repository.path)).toEqual(expected);
    expect(await opened(join(repository.path, 'sub'))).toEqual(expected);
    const code = await openRepository(repository.path, { environment: GIT_ENVIRONMENT });
    repository.write({ new: 'y' });
    const { tree } = await code.workingTree();
    expect((await code.listTree(tree)).map(({ path }) => path)).toEqual(['new', 'sub/file']);
    await code.close();
  });

  it('works in a linked work tree, which has its own HEAD', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const linked = join(temporaryFolder(), 'linked');
    repository.git('worktree', 'add', '--quiet', '-b', 'other', linked);
    const head = new TestRepository(linked).change({ b: '2' });
    expect(await opened(linked)).toEqual({ root: linked, bare: false, head });
    const code = await openRepository(linked, { environment: GIT_ENVIRONMENT });
    expect(await code.workingTree()).toMatchObject({ branch: 'other', dirty: false, commit: head });
    await code.close();
  });

  it('works with a separate git dir', async () => {
    const gitDir = join(temporaryFolder(), 'elsewhere');
    const repository = TestRepository.create({ arguments: [`--separate-git-dir=${gitDir}`] });
    const head = repository.change({ a: '1' });
    expect(await opened(repository.path)).toEqual({ root: repository.path, bare: false, head });
  });

  it('works in a bare repository, which has no working tree to measure', async () => {
    const repository = TestRepository.create();
    const head = repository.change({ a: '1' });
    const bare = join(temporaryFolder(), 'bare.git');
    repository.git('clone', '--quiet', '--bare', '.', bare);
    expect(await opened(bare)).toEqual({ root: bare, bare: true, head });
    const code = await openRepository(bare, { environment: GIT_ENVIRONMENT });
    expect((await code.defaultBranch()).chosen).toBe('tip of main');
    await expect(code.workingTree()).rejects.toMatchObject({ code: 'bare_without_head' });
    await code.checkout(repository.tree(), join(temporaryFolder(), 'out'));
    await code.close();
  });

  it('works in a submodule', async () => {
    const inner = TestRepository.create();
    const head = inner.change({ a: '1' });
    const outer = TestRepository.create();
    outer.git('submodule', '--quiet', 'add', inner.path, 'lib');
    outer.commit();
    expect(await opened(join(outer.path, 'lib'))).toEqual({
      root: join(outer.path, 'lib'),
      bare: false,
      head,
    });
    const code = await openRepository(join(outer.path, 'lib'), { environment: GIT_ENVIRONMENT });
    expect((await code.workingTree()).dirty).toBe(false);
    const out = join(temporaryFolder(), 'out');
    await code.checkout(await code.treeOf(head), out);
    expect(readdirSync(out)).toEqual(['a']);
    await code.close();
  });

  it('works with SHA-256 object ids', async () => {
    const repository = TestRepository.create({ arguments: ['--object-format=sha256'] });
    const base = repository.change({ a: '1' });
    expect(base).toHaveLength(64);
    repository.git('checkout', '--quiet', '-b', 'topic');
    const head = repository.change({ b: '2' });
    const code = await openRepository(repository.path, { environment: GIT_ENVIRONMENT });
    expect(await code.candidate(base, head)).toMatchObject({ merged: true, tree: repository.tree() });
    repository.write({ c: '3' });
    const { tree } = await code.workingTree();
    expect((await code.readFile(tree, 'c'))?.toString()).toBe('3');
    const out = join(temporaryFolder(), 'out');
    await code.checkout(tree, out);
    expect(readdirSync(out)).toEqual(['a', 'b', 'c']);
    await code.close();
  });

  it('takes the folder and not GIT_DIR, as a hook has it', async () => {
    const [asked, other] = [TestRepository.create(), TestRepository.create()];
    const head = asked.change({ a: '1' });
    other.change({ b: '2' });
    const environment = {
      ...GIT_ENVIRONMENT,
      GIT_DIR: join(other.path, '.git'),
      GIT_WORK_TREE: other.path,
      GIT_INDEX_FILE: '/nonexistent/index',
      GIT_OBJECT_DIRECTORY: '/nonexistent',
      GIT_TRACE: '1',
    };
    const code = await openRepository(asked.path, { environment });
    expect(await code.workingTree()).toMatchObject({ commit: head, dirty: false });
    await code.close();
  });

  it('removes its temporary files when closed', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.write({ a: '2' });
    const folder = temporaryFolder();
    const code = await openRepository(repository.path, {
      environment: GIT_ENVIRONMENT,
      temporaryFolder: folder,
    });
    await code.workingTree();
    expect(readdirSync(folder)).toHaveLength(1);
    await code.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes what killed processes left behind, when it is old and theirs', async () => {
    const repository = TestRepository.create();
    const folder = temporaryFolder();
    const gone = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    const names = [
      `docops-git-${gone}-old`,
      `docops-git-${gone}-young`,
      `docops-git-${process.pid}-alive`,
      'other',
    ];
    for (const name of names) {
      mkdirSync(join(folder, name));
      if (!name.endsWith('young')) utimesSync(join(folder, name), 1, 1);
    }
    const code = await openRepository(repository.path, {
      environment: GIT_ENVIRONMENT,
      temporaryFolder: folder,
    });
    await code.close();
    expect(readdirSync(folder).sort()).toEqual(names.slice(1).sort());
  });

  it.skipIf(!REFTABLE)('works with reftables (git 2.45 or later)', async () => {
    const repository = TestRepository.create({ arguments: ['--ref-format=reftable'] });
    const head = repository.change({ a: '1' });
    expect(await opened(repository.path)).toEqual({ root: repository.path, bare: false, head });
    const code = await openRepository(repository.path, { environment: GIT_ENVIRONMENT });
    expect(await code.defaultBranch()).toMatchObject({ commit: head });
    expect(await code.workingTree()).toMatchObject({ commit: head });
    await code.close();
  });

  it('stops git when it is aborted', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const abort = new AbortController();
    const code = await openRepository(repository.path, {
      environment: GIT_ENVIRONMENT,
      signal: abort.signal,
    });
    const running = code.workingTree();
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(code.resolve('HEAD')).rejects.toThrow('enough');
    await code.close();
  });
});

describe('what cannot be opened says why and what to type', () => {
  const failure = (path: string, environment = GIT_ENVIRONMENT): Promise<unknown> =>
    openRepository(path, { environment }).then(
      (repository) => repository.close(),
      (error: unknown) => error,
    );

  it('a folder that is no repository', async () => {
    expect(await failure(temporaryFolder())).toMatchObject({
      code: 'not_a_repository',
      message: expect.stringContaining('is not a git repository') as string,
      mend: expect.stringContaining('--repo DIR') as string,
    });
  });

  it('a folder that does not exist, a file', async () => {
    const repository = TestRepository.create().write({ file: '' });
    expect(await failure(join(repository.path, 'nothing'))).toMatchObject({ code: 'no_such_directory' });
    expect(await failure(join(repository.path, 'file'))).toMatchObject({ code: 'no_such_directory' });
  });

  it('the .git folder itself', async () => {
    const repository = TestRepository.create();
    expect(await failure(join(repository.path, '.git'))).toMatchObject({
      code: 'not_a_repository',
      mend: expect.stringContaining(repository.path) as string,
    });
  });

  it('no git on the PATH', async () => {
    const repository = TestRepository.create();
    const environment = { ...GIT_ENVIRONMENT, PATH: temporaryFolder() };
    expect(await failure(repository.path, environment)).toMatchObject({ code: 'git_missing' });
  });

  it.each(['git version 2.37.1', 'git version 1.9.5', 'something else'])(
    'git that says "%s"',
    async (version) => {
      const repository = TestRepository.create();
      expect(await failure(repository.path, pathWithGit(`echo '${version}'`))).toMatchObject({
        code: 'git_too_old',
        message: expect.stringContaining(version) as string,
      });
    },
  );

  it.each(['git version 2.38.0', 'git version 2.50.1 (Apple Git-155)', 'git version 3.0.0.rc1'])(
    'but opens with git that says "%s"',
    async (version) => {
      const repository = TestRepository.create();
      const script = `case " $* " in *" --version "*) echo '${version}';; *) exec git "$@";; esac`;
      expect(await failure(repository.path, pathWithGit(script))).toBeUndefined();
    },
  );

  it('a repository of another user', async () => {
    const repository = TestRepository.create();
    const differentOwner = pathWithGit('GIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec git "$@"');
    expect(await failure(repository.path, differentOwner)).toMatchObject({
      code: 'dubious_ownership',
      mend: expect.stringMatching(/git config --global --add safe\.directory .*docops-test/) as string,
    });
  });

  it.runIf(process.getuid?.() === 0)(
    'a repository that really belongs to another user (root only)',
    async () => {
      const repository = TestRepository.create();
      chownSync(repository.path, 12_345, 12_345);
      chownSync(join(repository.path, '.git'), 12_345, 12_345);
      expect(await failure(repository.path)).toMatchObject({ code: 'dubious_ownership' });
      const global = join(temporaryFolder(), 'gitconfig');
      writeFileSync(global, `[safe]\n\tdirectory = ${repository.path}\n`);
      expect(
        await failure(repository.path, { ...GIT_ENVIRONMENT, GIT_CONFIG_GLOBAL: global }),
      ).toBeUndefined();
    },
  );

  it('a bare folder that the user told git to refuse', async () => {
    const folder = temporaryFolder();
    const bare = join(folder, 'bare.git');
    mkdirSync(bare);
    TestRepository.create({ path: bare, arguments: ['--bare'] });
    const global = join(folder, 'gitconfig');
    writeFileSync(global, '[safe]\n\tbareRepository = explicit\n');
    expect(await failure(bare, { ...GIT_ENVIRONMENT, GIT_CONFIG_GLOBAL: global })).toMatchObject({
      name: 'GitError',
      message: expect.stringContaining('bare') as string,
    });
  });
});
