import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRepository, type Repository } from '../../src/git/index.js';
import { GIT_ENVIRONMENT, TestRepository, temporaryFolder } from '../support/git.js';

async function open(repository: TestRepository): Promise<Repository> {
  const code = await openRepository(repository.path, { environment: GIT_ENVIRONMENT });
  onTestFinished(() => code.close());
  return code;
}

/** main and topic, which both start at the same commit. Files by side; `null` deletes. */
function forked(
  start: Record<string, string>,
  main: Record<string, string | null>,
  topic: Record<string, string | null>,
): { repository: TestRepository; start: string; base: string; head: string } {
  const repository = TestRepository.create();
  const apply = (files: Record<string, string | null>): string => {
    for (const [path, content] of Object.entries(files)) {
      if (content === null) repository.git('rm', '--quiet', '--', path);
      else repository.write({ [path]: content });
    }
    return repository.commit();
  };
  const first = apply(start);
  repository.git('checkout', '--quiet', '-b', 'topic');
  const head = apply(topic);
  repository.git('checkout', '--quiet', 'main');
  const base = apply(main);
  return { repository, start: first, base, head };
}

async function files(code: Repository, tree: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { path } of await code.listTree(tree))
    found[path] = (await code.readFile(tree, path))?.toString() ?? '';
  return found;
}

const LONG = Array.from({ length: 30 }, (_, at) => `line ${at}`).join('\n');

describe('the candidate is what would be on the base after the merge', () => {
  it('holds both sides of two changes that are each fine and break together', async () => {
    const { repository, start, base, head } = forked(
      { 'parse.py': 'def amount(x): return x\n', 'main.py': 'print(1)\n' },
      { 'parse.py': 'def total(x): return x\n' },
      { 'main.py': 'from parse import amount\nprint(amount(1))\n' },
    );
    const code = await open(repository);
    const candidate = await code.candidate(base, head);
    expect(candidate).toMatchObject({ merged: true, against: base, mergeBase: start });
    expect(await files(code, candidate.tree)).toEqual({
      'parse.py': 'def total(x): return x\n',
      'main.py': 'from parse import amount\nprint(amount(1))\n',
    });
  });

  it('follows a file that one side renamed and the other changed, whatever the user configured', async () => {
    const { repository, base, head } = forked(
      { 'old.py': LONG },
      { 'old.py': `${LONG}\nmore` },
      { 'old.py': null, 'new.py': LONG },
    );
    repository.git('config', 'merge.renames', 'false');
    repository.git('config', 'diff.renames', 'false');
    const code = await open(repository);
    const candidate = await code.candidate(base, head);
    expect(await files(code, candidate.tree)).toEqual({ 'new.py': `${LONG}\nmore` });
  });

  it('is the head where the head contains the base, and the base where it contains the head', async () => {
    const repository = TestRepository.create();
    const older = repository.change({ a: '1' });
    const newer = repository.change({ a: '2' });
    const code = await open(repository);
    const [ahead, behind, same] = [
      await code.candidate(older, newer),
      await code.candidate(newer, older),
      await code.candidate(newer, newer),
    ];
    expect(ahead).toEqual({ merged: true, tree: repository.tree(newer), against: older, mergeBase: older });
    expect(behind).toEqual({ merged: true, tree: repository.tree(newer), against: newer, mergeBase: older });
    expect(same).toMatchObject({ merged: true, tree: repository.tree(newer) });
  });

  it('merges the working tree too', async () => {
    const { repository, base } = forked({ a: '1' }, { b: 'main' }, { c: 'topic' });
    repository.git('checkout', '--quiet', 'topic');
    repository.write({ d: 'not committed' });
    const code = await open(repository);
    const { commit } = await code.workingTree();
    const candidate = await code.candidate(base, commit);
    expect(Object.keys(await files(code, candidate.tree))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps a change of mode', async () => {
    const { repository, base } = forked({ run: '#!' }, { other: 'x' }, {});
    repository.git('checkout', '--quiet', 'topic');
    repository.git('update-index', '--chmod=+x', 'run');
    repository.git('commit', '--quiet', '-m', 'mode');
    const code = await open(repository);
    const { tree } = await code.candidate(base, repository.git('rev-parse', 'HEAD'));
    expect((await code.listTree(tree)).find(({ path }) => path === 'run')?.mode).toBe('100755');
  });

  it('works on a criss-cross history with two merge bases', async () => {
    const { repository, base, head } = forked({ a: '1' }, { m: '1' }, { t: '1' });
    repository.git('merge', '--quiet', '--no-edit', 'topic');
    const newBase = repository.change({ m: '2' });
    repository.git('checkout', '--quiet', 'topic');
    repository.git('merge', '--quiet', '--no-edit', base);
    const newHead = repository.change({ t: '2' });
    const code = await open(repository);
    const candidate = await code.candidate(newBase, newHead);
    expect(await files(code, candidate.tree)).toEqual({ a: '1', m: '2', t: '2' });
    expect([base, head]).toContain(candidate.mergeBase);
  });
});

describe('a conflict with the base', () => {
  it('is said, and head is compared with where it started', async () => {
    const { repository, start, base, head } = forked(
      { a: '1', 'b/ü "x"\n': '1', c: '1' },
      { a: '2', 'b/ü "x"\n': '2' },
      { a: '3', 'b/ü "x"\n': '3', c: '3' },
    );
    const code = await open(repository);
    expect(await code.candidate(base, head)).toEqual({
      merged: false,
      reason: 'conflict',
      tree: repository.tree('topic'),
      against: start,
      mergeBase: start,
      conflicts: ['a', 'b/ü "x"\n'],
    });
  });

  it('is one too when one side deletes what the other changes', async () => {
    const { repository, base, head } = forked({ a: LONG }, { a: null }, { a: `${LONG}!` });
    expect(await (await open(repository)).candidate(base, head)).toMatchObject({
      merged: false,
      conflicts: ['a'],
    });
  });

  it('is not hidden by merge attributes or drivers, which the host does not use', async () => {
    const { repository, base, head } = forked(
      { a: '1\n', '.gitattributes': 'a merge=union\nb merge=mine\n' },
      { a: '2\n' },
      { a: '3\n' },
    );
    repository.git('config', 'merge.mine.driver', 'true');
    repository.git('config', 'merge.default', 'mine');
    expect(await (await open(repository)).candidate(base, head)).toMatchObject({
      merged: false,
      conflicts: ['a'],
    });
  });
});

describe('histories', () => {
  it('without a commit in common are refused', async () => {
    const repository = TestRepository.create();
    const base = repository.change({ a: '1' });
    repository.git('checkout', '--quiet', '--orphan', 'other');
    const head = repository.change({ a: '2' }, 'other');
    await expect((await open(repository)).candidate(base, head)).rejects.toMatchObject({
      code: 'unrelated_histories',
    });
  });

  const shallow = (depth: number): { clone: TestRepository; origin: TestRepository } => {
    const { repository } = forked({ a: '1' }, { m: '1' }, { t: '1' });
    repository.change({ m: '2' });
    const path = join(temporaryFolder(), 'clone');
    repository.git(
      'clone',
      '--quiet',
      `--depth=${depth}`,
      '--no-single-branch',
      `file://${repository.path}`,
      path,
    );
    return { clone: new TestRepository(path), origin: repository };
  };

  it('cut off before the merge base say how to get the rest', async () => {
    const { clone } = shallow(1);
    const code = await open(clone);
    const [base, head] = [await code.resolve('origin/main'), await code.resolve('origin/topic')];
    await expect(code.candidate(base.commit, head.commit)).rejects.toMatchObject({
      code: 'shallow',
      mend: expect.stringContaining('git fetch --unshallow') as string,
    });
    clone.git('fetch', '--quiet', '--unshallow');
    expect(await code.candidate(base.commit, head.commit)).toMatchObject({ merged: true });
  });

  it('cut off behind the merge base are enough', async () => {
    const { clone } = shallow(3);
    const code = await open(clone);
    const [base, head] = [await code.resolve('origin/main'), await code.resolve('origin/topic')];
    expect(await code.candidate(base.commit, head.commit)).toMatchObject({ merged: true });
  });

  it('of which one side is hidden behind the cut while an older common commit is in sight are not trusted', async () => {
    // main: 1 — 2 — 3; topic: starts at 2, and merged 1 in from the side. Cut at topic's own first commit.
    const repository = TestRepository.create();
    const one = repository.change({ a: '1' });
    repository.git('branch', 'side');
    repository.change({ a: '2' });
    repository.git('checkout', '--quiet', '-b', 'topic');
    const cut = repository.change({ t: '1' });
    repository.git('checkout', '--quiet', 'side');
    const side = repository.change({ s: '1' });
    repository.git('checkout', '--quiet', 'topic');
    repository.git('merge', '--quiet', '--no-edit', side);
    repository.git('checkout', '--quiet', 'main');
    repository.change({ m: '3' });
    repository.write({ '.git/shallow': `${cut}\n` });
    expect(repository.git('merge-base', 'main', 'topic')).toBe(one);
    const code = await open(repository);
    const [base, head] = [await code.resolve('main'), await code.resolve('topic')];
    await expect(code.candidate(base.commit, head.commit)).rejects.toMatchObject({ code: 'shallow' });
  });

  it('of a shallow checkout on top of its base work', async () => {
    const repository = TestRepository.create();
    repository.change({ a: '1' });
    const path = join(temporaryFolder(), 'clone');
    repository.git('clone', '--quiet', '--depth=1', `file://${repository.path}`, path);
    const clone = new TestRepository(path).write({ b: '2' });
    const code = await open(clone);
    const base = await code.defaultBranch();
    const head = await code.workingTree();
    expect(await code.candidate(base.commit, head.commit)).toMatchObject({ merged: true, tree: head.tree });
  });
});
