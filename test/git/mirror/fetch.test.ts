import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository } from '../../../src/git/index.js';
import { GIT_ENVIRONMENT, TestRepository, contents, temporaryFolder } from '../../support/git.js';
import { hasHttpBackend } from './http-remote.js';
import { MAIN, SHOP, failure, mirrorsOf, remoteWith, tips, withMirror } from './support.js';

describe.skipIf(!hasHttpBackend())('a mirror (needs git-http-backend)', () => {
  it('says what refs point to, and leaves out those that the remote does not have', async () => {
    const remote = await remoteWith();
    const main = remote.work.git('rev-parse', 'HEAD');
    const head = remote.work.change({ a: '2' });
    remote.push('refs/pull/7/head');
    const { mirrors, mirror } = mirrorsOf(remote);
    const asked = [MAIN, 'refs/heads/gone', 'refs/pull/7/head', 'refs/pull/8/head'];
    expect(await tips(mirrors, ...asked)).toEqual({ [MAIN]: main, 'refs/pull/7/head': head });
    expect(existsSync(join(mirror, 'HEAD'))).toBe(true);
    expect(await tips(mirrors, 'refs/heads/gone')).toEqual({});
  });

  it('fetches no other branches, and no content that nobody reads', async () => {
    const remote = await remoteWith({ a: 'never read' });
    remote.work.git('checkout', '--quiet', '-b', 'other');
    const other = remote.work.change({ b: '2' });
    remote.push('refs/heads/other');
    const { mirrors, mirror } = mirrorsOf(remote);
    await tips(mirrors, MAIN);
    const objects = new TestRepository(mirror).git('cat-file', '--batch-all-objects', '--batch-check');
    expect(objects.split('\n').map((line) => line.split(' ')[1])).toEqual(
      expect.arrayContaining(['commit', 'tree']) as string[],
    );
    expect(objects).not.toContain('blob');
    expect(objects).not.toContain(other);
  });

  it.each([
    '-upload-pack=touch x',
    'refs/heads/a:refs/heads/b',
    '+refs/heads/main',
    '^refs/heads/main',
    'refs/heads/*',
    'refs/heads/a b',
    'refs/heads/a\nrefs/heads/b',
    'refs/heads/..',
    'refs/heads/a.lock',
    'HEAD',
    'main',
    '',
  ])('takes %j for a ref that no remote has', async (name) => {
    const remote = await remoteWith();
    const { mirrors } = mirrorsOf(remote);
    const found = await tips(mirrors, name, MAIN);
    expect(Object.keys(found)).toEqual([MAIN]);
  });

  it('asks once when nothing has changed, and not at all for commits that are here', async () => {
    const remote = await remoteWith();
    const main = remote.work.git('rev-parse', 'HEAD');
    const { mirrors } = mirrorsOf(remote);
    await tips(mirrors, MAIN);
    expect(remote.fetches).toHaveLength(1);
    remote.requests.length = 0;
    await tips(mirrors, MAIN);
    // Protocol 2: what the server can, then the refs.
    expect(remote.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(remote.fetches).toEqual([]);
    remote.requests.length = 0;
    await withMirror(mirrors, { refs: [], commits: [main] }, async ({ code }) => code.treeOf(main));
    expect(remote.requests).toEqual([]);
  });

  it('reads the head of a fork from the base repository', async () => {
    const remote = await remoteWith({ a: '1' });
    const base = remote.work.git('rev-parse', 'HEAD');
    const fork = new TestRepository(join(temporaryFolder(), 'fork'));
    remote.work.git('clone', '--quiet', remote.bare, fork.path);
    const head = fork.change({ a: '1', b: 'from the fork' });
    fork.git('push', '--quiet', remote.bare, 'HEAD:refs/pull/7/head');
    const { mirrors } = mirrorsOf(remote);
    await withMirror(mirrors, { refs: [MAIN, 'refs/pull/7/head'], commits: [head] }, async (mirror) => {
      const { tree } = await mirror.code.candidate(base, mirror.tips.get('refs/pull/7/head')!);
      expect((await mirror.code.readFile(tree, 'b'))?.toString()).toBe('from the fork');
    });
  });

  it('follows force pushes of base and head, and still reads the commits of before', async () => {
    const remote = await remoteWith({ a: '1' });
    const old = remote.work.git('rev-parse', 'HEAD');
    const { mirrors } = mirrorsOf(remote);
    await tips(mirrors, MAIN);
    remote.work.git('checkout', '--quiet', '--orphan', 'anew');
    const anew = remote.work.change({ a: '2' });
    remote.push(MAIN);
    await withMirror(mirrors, { refs: [MAIN], commits: [old] }, async ({ tips: found, code }) => {
      expect(found.get(MAIN)).toBe(anew);
      expect((await code.readFile(await code.treeOf(anew), 'a'))?.toString()).toBe('2');
      expect((await code.readFile(await code.treeOf(old), 'a'))?.toString()).toBe('1');
    });
  });

  it('fetches a commit by its id that no ref leads to any more', async () => {
    const remote = await remoteWith();
    const lost = remote.work.change({ a: 'lost' });
    remote.push(MAIN);
    remote.push(MAIN, 'HEAD~1');
    const { mirrors } = mirrorsOf(remote);
    await withMirror(mirrors, { refs: [MAIN], commits: [lost] }, async ({ code }) => {
      expect((await code.readFile(await code.treeOf(lost), 'a'))?.toString()).toBe('lost');
    });
  });

  it('says that a commit is gone, and that trying again is of no use', async () => {
    const remote = await remoteWith();
    const { mirrors } = mirrorsOf(remote);
    const gone = '0123456789012345678901234567890123456789';
    const error = await failure(mirrors.open(SHOP, { refs: [MAIN], commits: [gone] }));
    expect(error.transient).toBe(false);
    expect(error.message).toMatch(/does not have the commit 0123456789 any more; a force push/);
    expect(Object.keys(await tips(mirrors, MAIN))).toEqual([MAIN]);
  });

  it('copes with a branch that became a folder of branches, and back', async () => {
    const remote = await remoteWith();
    const first = remote.push('refs/heads/topic');
    const { mirrors } = mirrorsOf(remote);
    expect(await tips(mirrors, 'refs/heads/topic')).toEqual({ 'refs/heads/topic': first });
    remote.git('update-ref', '-d', 'refs/heads/topic');
    remote.work.change({ a: '2' });
    const second = remote.push('refs/heads/topic/one');
    const both = ['refs/heads/topic', 'refs/heads/topic/one'];
    expect(await tips(mirrors, ...both)).toEqual({ 'refs/heads/topic/one': second });
    remote.git('update-ref', '-d', 'refs/heads/topic/one');
    remote.push('refs/heads/topic');
    expect(await tips(mirrors, ...both)).toEqual({ 'refs/heads/topic': second });
  });

  it('follows a renamed default branch and a renamed repository', async () => {
    const remote = await remoteWith();
    const address = { url: remote.url };
    const { mirrors } = mirrorsOf(address);
    const main = (await tips(mirrors, MAIN))[MAIN]!;
    remote.git('branch', '-m', 'main', 'trunk');
    expect(await tips(mirrors, MAIN, 'refs/heads/trunk')).toEqual({ 'refs/heads/trunk': main });
    const elsewhere = await remoteWith({ other: '1' });
    address.url = elsewhere.url;
    const moved = elsewhere.work.git('rev-parse', 'HEAD');
    expect(await tips(mirrors, MAIN)).toEqual({ [MAIN]: moved });
  });

  it('reads an empty repository', async () => {
    const remote = await remoteWith();
    remote.git('update-ref', '-d', MAIN);
    expect(await tips(mirrorsOf(remote).mirrors, MAIN)).toEqual({});
  });

  it('gives the same merge and the same files as a full clone', async () => {
    const remote = await remoteWith({
      'src/a': 'one\ntwo\nthree\nfour\nfive\n',
      'src/b': 'moved\n'.repeat(20),
      '.gitattributes': '*.txt text eol=crlf\n',
      'text.txt': 'line\n',
    });
    remote.work.git('checkout', '--quiet', '-b', 'topic');
    remote.work.git('mv', 'src/b', 'src/c');
    const head = remote.work.change({ 'src/a': 'ONE\ntwo\nthree\nfour\nfive\n' });
    remote.push('refs/pull/7/head');
    remote.work.git('checkout', '--quiet', 'main');
    const base = remote.work.change({
      'src/a': 'one\ntwo\nthree\nfour\nFIVE\n',
      'src/b': `${'moved\n'.repeat(20)}more\n`,
    });
    remote.push(MAIN);
    const full = await openRepository(remote.work.path, { environment: GIT_ENVIRONMENT });
    const expected = await full.candidate(base, head);
    const [there, here] = [join(temporaryFolder(), 'full'), join(temporaryFolder(), 'mirror')];
    await full.checkout(expected.tree, there);
    await full.close();
    expect(readdirSync(join(there, 'src'))).toEqual(['a', 'c']);

    const { mirrors } = mirrorsOf(remote);
    await withMirror(mirrors, { refs: [MAIN, 'refs/pull/7/head'] }, async ({ code, tips: found }) => {
      const candidate = await code.candidate(found.get(MAIN)!, found.get('refs/pull/7/head')!);
      expect(candidate).toEqual(expected);
      expect(candidate.merged).toBe(true);
      await code.checkout(candidate.tree, here);
    });
    expect(contents(here)).toEqual(contents(there));
    expect(readFileSync(join(here, 'src/a'), 'utf8')).toBe('ONE\ntwo\nthree\nfour\nFIVE\n');
  });

  it('lists commits along first parents, oldest first', async () => {
    const remote = await remoteWith();
    const { work } = remote;
    const from = work.git('rev-parse', 'HEAD');
    work.git('checkout', '--quiet', '-b', 'side');
    work.change({ side: '1' }, 'on the side');
    work.git('checkout', '--quiet', 'main');
    work.git('merge', '--quiet', '--no-ff', '-m', 'Merge pull request #1\n\nbody', 'side');
    const merge = work.git('rev-parse', 'HEAD');
    const next = work.change({ a: '2' }, 'Zweite Ä\u001b[31m');
    const last = work.change({ a: '3' }, 'third');
    remote.push(MAIN);
    const { mirrors } = mirrorsOf(remote);
    await withMirror(mirrors, { refs: [MAIN], commits: [from] }, async (mirror) => {
      const all = [
        { commit: merge, subject: 'Merge pull request #1' },
        { commit: next, subject: 'Zweite Ä\ufffd[31m' },
        { commit: last, subject: 'third' },
      ];
      expect(await mirror.firstParents(from, last, 10)).toEqual(all);
      expect(await mirror.firstParents(from, last, 2)).toEqual(all.slice(1));
      expect(await mirror.firstParents(last, last, 2)).toEqual([]);
    });
  });
});
