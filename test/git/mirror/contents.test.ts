import { readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Mirror } from '../../../src/ports/mirror.js';
import { TestRepository, temporaryFolder } from '../../support/git.js';
import { hasHttpBackend } from './http-remote.js';
import { MAIN, failure, mirrorsOf, remoteWith, withMirror } from './support.js';

const FILES = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`f${at}`, `content ${at}`]));

async function checkout({ code, tips }: Mirror): Promise<string> {
  const out = join(temporaryFolder(), 'out');
  await code.checkout(await code.treeOf(tips.get(MAIN)!), out);
  return out;
}

describe.skipIf(!hasHttpBackend())('contents of files (need git-http-backend)', () => {
  it('come with one fetch and are kept: the next checkout fetches nothing', async () => {
    const remote = await remoteWith(FILES);
    symlinkSync('f1', join(remote.work.path, 'link1'));
    symlinkSync('f2', join(remote.work.path, 'link2'));
    remote.work.commit();
    remote.push(MAIN);
    const { mirrors } = mirrorsOf(remote);
    await withMirror(mirrors, { refs: [MAIN] }, async (mirror) => {
      remote.requests.length = 0;
      expect(readdirSync(await checkout(mirror))).toHaveLength(152);
      expect(remote.fetches).toHaveLength(1);
      expect(remote.fetches[0]!.wants).toHaveLength(152);
    });
    remote.requests.length = 0;
    await withMirror(mirrors, { refs: [MAIN] }, checkout);
    expect(remote.fetches).toEqual([]);
  });

  it('are kept also when git fetches them by itself, for one file and for a merge', async () => {
    const remote = await remoteWith({ ...FILES, merged: '1\n2\n3\n4\n5\n' });
    remote.work.git('checkout', '--quiet', '-b', 'topic');
    const head = remote.work.change({ merged: '0\n2\n3\n4\n5\n' });
    remote.push('refs/pull/7/head');
    remote.work.git('checkout', '--quiet', 'main');
    const base = remote.work.change({ merged: '1\n2\n3\n4\n6\n' });
    remote.push(MAIN);
    const { mirrors, mirror: path } = mirrorsOf(remote);
    const look = (mirror: Mirror): Promise<string> =>
      mirror.code.candidate(base, head).then(async ({ tree }) => {
        const file = await mirror.code.readFile(tree, 'f7');
        const merged = await mirror.code.readFile(tree, 'merged');
        return `${String(file)} ${String(merged)}`;
      });
    const wanted = { refs: [MAIN, 'refs/pull/7/head'] };
    const said = 'content 7 0\n2\n3\n4\n6\n';
    expect(await withMirror(mirrors, wanted, look)).toBe(said);
    remote.requests.length = 0;
    expect(await withMirror(mirrors, wanted, look)).toBe(said);
    expect(remote.fetches).toEqual([]);
    // The merge itself is nobody's object and does not stay.
    expect(new TestRepository(path).git('count-objects')).toMatch(/^0 objects/);
  });

  it('of two checkouts at the same time are fetched once', async () => {
    const remote = await remoteWith(FILES);
    const { mirrors } = mirrorsOf(remote);
    const [one, two] = [
      await mirrors.open({ id: 4711, installationId: 1, owner: 'a', name: 'b' }, { refs: [MAIN] }),
      await mirrors.open({ id: 4711, installationId: 1, owner: 'a', name: 'b' }, { refs: [MAIN] }),
    ];
    remote.requests.length = 0;
    const outs = await Promise.all([checkout(one), checkout(two)]);
    for (const out of outs) expect(readFileSync(join(out, 'f149'), 'utf8')).toBe('content 149');
    expect(remote.fetches).toHaveLength(1);
    await Promise.all([one.close(), two.close()]);
  });

  it('that the remote does not give are a failure of the infrastructure, not of the code', async () => {
    const remote = await remoteWith(FILES);
    const { mirrors } = mirrorsOf(remote);
    await withMirror(mirrors, { refs: [MAIN] }, async (mirror) => {
      const { code } = mirror;
      const tree = await code.treeOf(mirror.tips.get(MAIN)!);
      remote.intercept = (_, response) => (response.destroy(), true);
      expect(await failure(checkout(mirror))).toMatchObject({ transient: true });
      expect(await failure(code.readFile(tree, 'f1'))).toMatchObject({ transient: true });
      remote.intercept = () => false;
      expect((await code.readFile(tree, 'f1'))?.toString()).toBe('content 1');
    });
  });

  it('go through no filter of the machine, and what Git LFS should have filled is named', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n`;
    const remote = await remoteWith({ '.gitattributes': '*.bin filter=lfs\n', 'model.bin': pointer });
    const { mirrors } = mirrorsOf(remote);
    await withMirror(mirrors, { refs: [MAIN] }, async ({ code, tips }) => {
      const out = join(temporaryFolder(), 'out');
      const result = await code.checkout(await code.treeOf(tips.get(MAIN)!), out);
      expect(result.lfsPointers).toEqual(['model.bin']);
    });
  });
});
