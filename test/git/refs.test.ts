import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRepository, type Repository } from '../../src/git/index.js';
import { GIT_ENVIRONMENT, TestRepository, temporaryFolder } from '../support/git.js';

async function open(repository: TestRepository): Promise<Repository> {
  const code = await openRepository(repository.path, { environment: GIT_ENVIRONMENT });
  onTestFinished(() => code.close());
  return code;
}

function clone(from: TestRepository, ...options: string[]): TestRepository {
  const path = join(temporaryFolder(), 'clone');
  from.git('clone', '--quiet', ...options, `file://${from.path}`, path);
  return new TestRepository(path);
}

describe('resolving a ref', () => {
  it('says how the commit was chosen', async () => {
    const repository = TestRepository.create();
    const first = repository.change({ a: '1' });
    repository.git('tag', '-a', 'v1', '-m', 'one');
    const second = repository.change({ a: '2' }, 'mend the reader');
    repository.git('branch', 'feature/x');
    const code = await open(repository);
    expect(await code.resolve('main')).toEqual({ ref: 'main', commit: second, chosen: 'tip of main' });
    expect(await code.resolve('HEAD')).toEqual({ ref: 'HEAD', commit: second, chosen: 'tip of main' });
    expect(await code.resolve('feature/x')).toMatchObject({ commit: second, chosen: 'tip of feature/x' });
    expect(await code.resolve('v1')).toEqual({ ref: 'v1', commit: first, chosen: 'tag v1' });
    expect(await code.resolve(first)).toMatchObject({
      commit: first,
      chosen: `commit ${first.slice(0, 10)}`,
    });
    expect(await code.resolve(first.slice(0, 8))).toMatchObject({ commit: first });
    expect(await code.resolve('HEAD~1')).toMatchObject({
      commit: first,
      chosen: `HEAD~1, commit ${first.slice(0, 10)}`,
    });
    expect(await code.resolve(':/mend the')).toMatchObject({ commit: second });
    expect(await code.resolve('main@{0}')).toMatchObject({ commit: second });
  });

  it('works on a detached head', async () => {
    const repository = TestRepository.create();
    const commit = repository.change({ a: '1' });
    repository.git('checkout', '--quiet', '--detach');
    const code = await open(repository);
    expect(await code.resolve('HEAD')).toEqual({
      ref: 'HEAD',
      commit,
      chosen: `HEAD, detached at ${commit.slice(0, 10)}`,
    });
    const tree = await code.workingTree();
    expect(tree).toMatchObject({ commit, dirty: false });
    expect(tree).not.toHaveProperty('branch');
  });

  it.each([
    ['an option', '--upload-pack=touch pwned'],
    ['a short option', '-q'],
    ['nothing', ''],
    ['blanks', '  '],
    ['a range', 'main..main'],
    ['a three-dot range', 'main...main'],
    ['an exclusion', '^main'],
    ['a line end', 'main\nmain'],
    ['a NUL', 'main\0'],
    ['a lone surrogate', 'main\ud800'],
    ['something endless', 'x'.repeat(100_000)],
  ])('refuses %s', async (_name, ref) => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const code = await open(repository);
    const error: unknown = await code.resolve(ref).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'GitError', code: 'bad_ref' });
    // eslint-disable-next-line no-control-regex
    expect((error as Error).message).not.toMatch(/[\u0000-\u001f]/);
    expect((error as Error).message.length).toBeLessThan(400);
    expect(existsSync(join(repository.path, 'pwned'))).toBe(false);
  });

  it.each([
    'nothing',
    'HEAD~7',
    'HEAD:a',
    'main^{tree}',
    '0123456',
    '0'.repeat(40),
    'main@{u}',
    'a b',
    '*',
    '$(id)',
  ])('does not know %j', async (ref) => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const code = await open(repository);
    await expect(code.resolve(ref)).rejects.toMatchObject({
      code: 'unknown_ref',
      mend: expect.any(String) as string,
    });
  });

  it('points to the branch of origin when only that one exists', async () => {
    const origin = TestRepository.create();
    origin.change({ a: '1' });
    origin.git('branch', 'release');
    const code = await open(clone(origin));
    await expect(code.resolve('release')).rejects.toMatchObject({
      code: 'unknown_ref',
      mend: 'write origin/release',
    });
  });

  it('mentions the depth of a shallow clone', async () => {
    const origin = TestRepository.create();
    origin.change({ a: '1' });
    origin.git('branch', 'release');
    origin.change({ a: '2' });
    const code = await open(clone(origin, '--depth=1'));
    await expect(code.resolve('release')).rejects.toMatchObject({
      code: 'shallow',
      mend: expect.stringMatching(/--unshallow.*fetch-depth: 0/) as string,
    });
    await expect(code.resolve('HEAD~1')).rejects.toMatchObject({ code: 'shallow' });
  });
});

describe('the default branch', () => {
  it('is origin/HEAD, whatever it is called and wherever the local branch is', async () => {
    const origin = TestRepository.create();
    const old = origin.change({ a: '1' });
    origin.git('checkout', '--quiet', '-b', 'trunk');
    const tip = origin.change({ a: '2' });
    const local = clone(origin);
    local.git('checkout', '--quiet', 'main');
    local.git('branch', '--force', 'trunk', old);
    const code = await open(local);
    expect(await code.defaultBranch()).toEqual({
      ref: 'origin/trunk',
      commit: tip,
      chosen: 'tip of origin/trunk',
    });
  });

  it.each([
    [
      'origin/main before main',
      ['refs/heads/main', 'refs/heads/master', 'refs/remotes/origin/main'],
      'origin/main',
    ],
    ['origin/master before a stale main', ['refs/heads/main', 'refs/remotes/origin/master'], 'origin/master'],
    ['main before master', ['refs/heads/main', 'refs/heads/master'], 'main'],
    ['master', ['refs/heads/master', 'refs/heads/x'], 'master'],
  ])('without origin/HEAD: %s', async (_name, refs, expected) => {
    const repository = TestRepository.create();
    const commit = repository.change({ a: '1' });
    repository.git('checkout', '--quiet', '--detach');
    repository.git('branch', '-D', 'main');
    for (const ref of refs) repository.git('update-ref', ref, commit);
    const code = await open(repository);
    expect(await code.defaultBranch()).toEqual({ ref: expected, commit, chosen: `tip of ${expected}` });
  });

  it('falls back when origin/HEAD points to a branch that is gone', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/gone');
    expect(await (await open(repository)).defaultBranch()).toMatchObject({ ref: 'main' });
  });

  it('is not guessed: other names have to be given', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.git('branch', '--move', 'develop');
    await expect((await open(repository)).defaultBranch()).rejects.toMatchObject({
      code: 'no_default_branch',
      message: expect.stringContaining('develop') as string,
      mend: expect.stringContaining('--base REF') as string,
    });
  });
});

describe('a checkout as continuous integration makes it', () => {
  it('of one commit and no branch says how to get the base', async () => {
    const origin = TestRepository.create();
    origin.change({ a: '1' });
    const commit = origin.change({ a: '2' });
    origin.git('update-ref', 'refs/pull/7/merge', commit);
    const runner = TestRepository.create();
    runner.git('remote', 'add', 'origin', `file://${origin.path}`);
    runner.git('fetch', '--quiet', '--depth=1', 'origin', '+refs/pull/7/merge:refs/remotes/pull/7/merge');
    runner.git('checkout', '--quiet', '--detach', 'refs/remotes/pull/7/merge');
    const code = await open(runner);
    await expect(code.defaultBranch()).rejects.toMatchObject({
      code: 'no_default_branch',
      message: expect.stringContaining('pull/7/merge') as string,
      mend: expect.stringContaining('fetch-depth: 0') as string,
    });
    expect(await code.workingTree()).toMatchObject({ commit, dirty: false });
  });
});

describe('a repository without commits', () => {
  it('says so to every question', async () => {
    const code = await open(TestRepository.create().write({ a: '1' }));
    await expect(code.defaultBranch()).rejects.toMatchObject({ code: 'no_commits' });
    await expect(code.resolve('HEAD')).rejects.toMatchObject({ code: 'no_commits' });
    await expect(code.resolve('main')).rejects.toMatchObject({ code: 'no_commits' });
    await expect(code.workingTree()).rejects.toMatchObject({
      code: 'no_commits',
      message: expect.stringContaining('main') as string,
    });
  });

  it('also when only the branch is new', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    repository.git('checkout', '--quiet', '--orphan', 'fresh');
    await expect((await open(repository)).workingTree()).rejects.toMatchObject({
      code: 'no_commits',
      message: expect.stringContaining('fresh') as string,
    });
  });
});
