import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MIRROR_PACKS } from '../../../src/core/limits.js';
import { TestRepository, temporaryFolder } from '../../support/git.js';
import { hasHttpBackend } from './http-remote.js';
import { until } from '../../support/processes.js';
import { MAIN, SHOP, mirrorsOf, remoteWith, tips, withMirror, failure } from './support.js';

const DAY_MS = 24 * 60 * 60_000;

/** Text that no packing makes much smaller. */
function noise(characters: number, seed: string): string {
  let text = '';
  for (let at = 0; text.length < characters; at += 1)
    text += createHash('sha512').update(`${seed} ${at}`).digest('base64url');
  return text.slice(0, characters);
}

describe.skipIf(!hasHttpBackend())('room for mirrors (needs git-http-backend)', () => {
  it('goes to those that were used last; what is open stays', async () => {
    const remote = await remoteWith({ big: noise(60_000, 'file') });
    let now = Date.parse('2026-01-01T00:00:00Z');
    const { mirrors, folder, logged } = mirrorsOf(remote, { maxBytes: 150_000, now: () => now });
    const there = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.git'));
    /** Opens, reads the large file, closes. */
    const use = (id: number): Promise<void> =>
      withMirror(
        mirrors,
        { refs: [MAIN] },
        async ({ code, tips: found }) => {
          now += 1_000;
          await code.checkout(await code.treeOf(found.get(MAIN)!), join(temporaryFolder(), 'out'));
        },
        { ...SHOP, id },
      );
    const held = await mirrors.open({ ...SHOP, id: 1 }, { refs: [MAIN] });
    await use(1);
    await use(2);
    expect(there()).toEqual(['1.git', '2.git']);
    await use(3);
    // 1 is the oldest and open; 2 is older than 3.
    expect(there()).toEqual(['1.git', '3.git']);
    await held.code.checkout(await held.code.treeOf(held.tips.get(MAIN)!), join(temporaryFolder(), 'out'));
    now += 1_000;
    await held.close();
    await use(4);
    expect(there()).toEqual(['1.git', '4.git']);
    expect(readdirSync(join(folder, 'trash'))).toEqual([]);
    expect(logged.filter(({ message }) => message === 'mirror removed to make room')).toHaveLength(2);
  });

  it('is not given to a repository that is larger than all of it', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => noise(150, String(at)));
    const remote = await remoteWith(Object.fromEntries(names.map((name) => [name, ''])));
    remote.stalls = true;
    const { mirrors, mirror } = mirrorsOf(remote, { maxBytes: 1000 });
    const error = await failure(mirrors.open(SHOP, { refs: [MAIN] }));
    expect(error.transient).toBe(false);
    expect(error.message).toMatch(/larger than all mirrors may be together/);
    expect(existsSync(mirror)).toBe(false);
  });

  it('is not taken for ever by marks and folders of processes that died', async () => {
    const remote = await remoteWith();
    const { mirrors, folder } = mirrorsOf(remote);
    const leases = join(folder, 'leases', String(SHOP.id));
    mkdirSync(leases, { recursive: true });
    const hourAgo = Date.now() / 1000 - 3600;
    const elsewhere = JSON.stringify({ host: 'another host', pid: 1 });
    for (const name of ['lease-1', 'remove-1']) {
      writeFileSync(join(leases, name), elsewhere);
      utimesSync(join(leases, name), hourAgo, hourAgo);
    }
    for (const path of ['trash/1/objects', `new/${SHOP.id}-lease.1/objects`])
      mkdirSync(join(folder, path), { recursive: true });
    await tips(mirrors, MAIN);
    expect(readdirSync(leases)).toEqual([]);
    expect([readdirSync(join(folder, 'trash')), readdirSync(join(folder, 'new'))]).toEqual([[], []]);
  });

  it('is waited for while another process removes the mirror', async () => {
    const remote = await remoteWith();
    const { mirrors, folder } = mirrorsOf(remote);
    const leases = join(folder, 'leases', String(SHOP.id));
    mkdirSync(leases, { recursive: true });
    const mark = join(leases, 'remove-1');
    writeFileSync(mark, JSON.stringify({ host: 'another host', pid: 1 }));
    const opened = tips(mirrors, MAIN);
    // The lease is written and withdrawn as long as the mark is there.
    const leased = (): boolean => readdirSync(leases).some((name) => name.startsWith('lease-'));
    expect(await until(leased, Boolean)).toBe(true);
    expect(await until(leased, (there) => !there)).toBe(false);
    expect(remote.requests).toEqual([]);
    rmSync(mark);
    expect(Object.keys(await opened)).toEqual([MAIN]);
  });
});

describe.skipIf(!hasHttpBackend())('a mirror in long use (needs git-http-backend)', () => {
  it('joins small packs when there are many, and loses nothing', async () => {
    const remote = await remoteWith({ a: '0' });
    const commits = Array.from({ length: MIRROR_PACKS }, (_, at) =>
      remote.work.change({ a: `version ${at}` }),
    );
    remote.push(MAIN);
    const { mirrors, mirror, logged } = mirrorsOf(remote);
    await tips(mirrors, MAIN);
    const folder = join(mirror, 'objects/pack');
    const packs = (extension: string): string[] =>
      readdirSync(folder).filter((name) => name.endsWith(extension));
    const [fetched] = packs('.pack');
    // As after many small fetches: each commit and each tree in a pack of its own.
    const git = new TestRepository(mirror);
    const objects = git.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)').split('\n');
    for (const input of objects) {
      const id = git.gitWith({ input }, 'pack-objects', '--quiet', join(folder, 'pack'));
      writeFileSync(join(folder, `pack-${id}.promisor`), '');
    }
    for (const extension of ['idx', 'rev', 'pack', 'promisor'])
      rmSync(join(folder, fetched!.replace(/pack$/, extension)), { force: true });
    expect(packs('.pack').length).toBeGreaterThan(2 * MIRROR_PACKS);

    const open = await mirrors.open(SHOP, { refs: [MAIN] });
    await tips(mirrors, MAIN);
    expect(packs('.pack').length).toBeLessThan(10);
    expect(packs('.promisor')).toHaveLength(packs('.pack').length);
    expect(logged).toContainEqual(expect.objectContaining({ message: 'mirror tidied' }));
    expect(git.git('cat-file', '--batch-all-objects', '--batch-check=%(objectname)').split('\n')).toEqual(
      objects,
    );
    git.git('fsck', '--no-dangling');
    // Who had it open goes on.
    for (const commit of commits) await open.code.treeOf(commit);
    await open.close();
    remote.requests.length = 0;
    await withMirror(mirrors, { refs: [MAIN], commits }, () => undefined);
    expect(remote.fetches).toEqual([]);
  });

  it('forgets refs that nobody asked for in a month', async () => {
    const remote = await remoteWith();
    remote.push('refs/pull/7/head');
    let now = Date.now();
    const { mirrors, mirror } = mirrorsOf(remote, { now: () => now });
    const refs = (): number => new TestRepository(mirror).git('for-each-ref').split('\n').length;
    await tips(mirrors, MAIN, 'refs/pull/7/head', 'refs/heads/gone');
    expect(refs()).toBe(2);
    now += 20 * DAY_MS;
    await tips(mirrors, MAIN);
    expect(refs()).toBe(2);
    now += 20 * DAY_MS;
    await tips(mirrors, MAIN);
    expect(refs()).toBe(1);
    expect(readdirSync(join(mirror, 'docops/asked'))).toHaveLength(1);
    expect(Object.keys(await tips(mirrors, MAIN, 'refs/pull/7/head'))).toHaveLength(2);
  });
});
