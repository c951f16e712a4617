import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TestRepository, temporaryFolder } from '../../support/git.js';
import { hasHttpBackend } from './http-remote.js';
import {
  MAIN,
  SHOP,
  environmentWithGit,
  failure,
  mirrorsOf,
  remoteWith,
  tips,
  withMirror,
} from './support.js';

const packsIn = (mirror: string, extension: string): string[] =>
  readdirSync(join(mirror, 'objects/pack'))
    .filter((name) => name.endsWith(extension))
    .map((name) => join(mirror, 'objects/pack', name));

/** What can befall a mirror, by name. */
const DAMAGES: Readonly<Record<string, (mirror: string) => void>> = {
  'a pack is cut short': (mirror) => {
    const [pack] = packsIn(mirror, '.pack');
    chmodSync(pack!, 0o644);
    truncateSync(pack!, statSync(pack!).size - 30);
  },
  'a pack is gone': (mirror) => rmSync(packsIn(mirror, '.pack')[0]!),
  'an index is empty': (mirror) => {
    chmodSync(packsIn(mirror, '.idx')[0]!, 0o644);
    truncateSync(packsIn(mirror, '.idx')[0]!, 0);
  },
  'all packs are gone': (mirror) => rmSync(join(mirror, 'objects/pack'), { recursive: true }),
  'all objects are gone': (mirror) => rmSync(join(mirror, 'objects'), { recursive: true }),
  'the configuration is garbage': (mirror) => writeFileSync(join(mirror, 'config'), '[core\n'),
  'the configuration names a program': (mirror) =>
    writeFileSync(
      join(mirror, 'config'),
      '[core]\n\tbare = true\n[remote "origin"]\n\tuploadpack = touch x\n',
    ),
  'HEAD is empty': (mirror) => writeFileSync(join(mirror, 'HEAD'), ''),
  'a ref is empty': (mirror) => {
    const [name] = readdirSync(join(mirror, 'docops/asked'));
    writeFileSync(join(mirror, 'refs/docops', name!), '');
  },
  'a ref points to nothing': (mirror) => {
    const [name] = readdirSync(join(mirror, 'docops/asked'));
    writeFileSync(join(mirror, 'refs/docops', name!), `${'1'.repeat(40)}\n`);
  },
  'the folder is empty': (mirror) => {
    rmSync(mirror, { recursive: true });
    mkdirSync(mirror);
  },
  'the folder is half made': (mirror) => {
    rmSync(mirror, { recursive: true });
    mkdirSync(join(mirror, 'objects'), { recursive: true });
    writeFileSync(join(mirror, 'HEAD'), 'ref: refs/heads/none\n');
  },
};

describe.skipIf(!hasHttpBackend())('a damaged mirror (needs git-http-backend)', () => {
  it.each(Object.keys(DAMAGES))('is made anew when %s', async (name) => {
    const remote = await remoteWith({ a: '1', b: '2' });
    remote.work.change({ a: '3' });
    const main = remote.push(MAIN);
    const { mirrors, mirror } = mirrorsOf(remote);
    await withMirror(mirrors, { refs: [MAIN] }, async ({ code }) =>
      code.readFile(await code.treeOf(main), 'a'),
    );
    DAMAGES[name]!(mirror);
    await withMirror(mirrors, { refs: [MAIN], commits: [main] }, async ({ code, tips: found }) => {
      expect(found.get(MAIN)).toBe(main);
      const tree = await code.treeOf(main);
      expect((await code.readFile(tree, 'a'))?.toString()).toBe('3');
      await code.checkout(tree, join(temporaryFolder(), 'out'));
    });
    // Whole again: no copy is made, nothing is fetched.
    remote.requests.length = 0;
    await withMirror(mirrors, { refs: [MAIN] }, async ({ code }) =>
      code.readFile(await code.treeOf(main), 'a'),
    );
    expect(remote.fetches).toEqual([]);
    new TestRepository(mirror).git('fsck', '--no-dangling');
  });

  it('is noticed while it is read, and made anew by the next who opens it', async () => {
    const remote = await remoteWith({ a: 'x'.repeat(1000), b: 'y' });
    const main = remote.work.git('rev-parse', 'HEAD');
    const { mirrors, mirror, logged } = mirrorsOf(remote);
    const read = (): Promise<string> =>
      withMirror(mirrors, { refs: [MAIN] }, async ({ code }) =>
        String(await code.readFile(await code.treeOf(main), 'b')),
      );
    expect(await read()).toBe('y');
    for (const pack of packsIn(mirror, '.pack')) {
      // Bits in the middle: beginning and end are as they were.
      const bytes = readFileSync(pack);
      bytes.fill(0xff, 14, bytes.length - 20);
      chmodSync(pack, 0o644);
      writeFileSync(pack, bytes);
    }
    // Git may help itself by fetching anew, or give up; either is fine, as long as nothing wrong is read.
    await read().then(
      (text) => expect(text).toBe('y'),
      (error: unknown) => expect(error).toMatchObject({ name: 'MirrorError', transient: true }),
    );
    expect(await read()).toBe('y');
    expect(logged.map(({ message }) => message)).toContain('mirror is made anew');
    new TestRepository(mirror).git('fsck', '--no-dangling');
  });

  it('stays as it is when there is no way to make it anew', async () => {
    const remote = await remoteWith({ a: '1' });
    const { mirrors, mirror } = mirrorsOf(remote);
    await tips(mirrors, MAIN);
    DAMAGES['a pack is cut short']!(mirror);
    remote.intercept = (_, response) => (response.writeHead(503).end(), true);
    expect(await failure(mirrors.open(SHOP, { refs: [MAIN] }))).toMatchObject({ transient: true });
    remote.intercept = () => false;
    expect(Object.keys(await tips(mirrors, MAIN))).toEqual([MAIN]);
  });
});

describe.skipIf(!hasHttpBackend())('locks that a killed git left (needs git-http-backend)', () => {
  it('are removed when they are older than any git holds one', async () => {
    const remote = await remoteWith();
    const { mirrors, mirror } = mirrorsOf(remote);
    await tips(mirrors, MAIN);
    const [name] = readdirSync(join(mirror, 'docops/asked'));
    const minuteAgo = Date.now() / 1000 - 60;
    for (const lock of [
      'packed-refs.lock',
      'HEAD.lock',
      'config.lock',
      'index.lock',
      `refs/docops/${name!}.lock`,
    ]) {
      writeFileSync(join(mirror, lock), '');
      utimesSync(join(mirror, lock), minuteAgo, minuteAgo);
    }
    remote.work.change({ a: '2' });
    const main = remote.push(MAIN);
    expect(await tips(mirrors, MAIN)).toEqual({ [MAIN]: main });
    expect(readdirSync(mirror).filter((file) => file.endsWith('.lock'))).toEqual([]);
  });
});

describe.skipIf(!hasHttpBackend())('a remote (needs git-http-backend)', () => {
  it.each([
    ['is away', undefined, true, /could not be fetched/],
    ['is overloaded', 503, true, /could not be fetched/],
    ['wants fewer requests', 429, true, /could not be fetched/],
    ['refuses', 403, true, /refused the token/],
    ['knows no such repository', 404, false, /no such repository, or none that this App may read/],
  ])('that %s gives an error that says so, and the mirror stays', async (_, status, transient, said) => {
    const remote = await remoteWith({ a: '1' });
    const { mirrors } = mirrorsOf(remote);
    const before = await tips(mirrors, MAIN);
    remote.intercept = (_request, response) => {
      if (status === undefined) response.destroy();
      else response.writeHead(status).end();
      return true;
    };
    const error = await failure(mirrors.open(SHOP, { refs: [MAIN] }));
    expect(error.transient).toBe(transient);
    expect(error.message).toMatch(said);
    remote.intercept = () => false;
    remote.requests.length = 0;
    expect(await tips(mirrors, MAIN)).toEqual(before);
    expect(remote.fetches).toEqual([]);
  });

  it('that is gone before the first clone is a transient error', async () => {
    const remote = await remoteWith();
    const { mirrors } = mirrorsOf({ url: remote.url });
    await remote.stop();
    expect(await failure(mirrors.open(SHOP, { refs: [MAIN] }))).toMatchObject({ transient: true });
  });

  it('that never answers is given up after the time limit', async () => {
    const remote = await remoteWith();
    remote.intercept = () => true;
    const { mirrors } = mirrorsOf(remote, { fetchTimeoutMs: 300 });
    const error = await failure(mirrors.open(SHOP, { refs: [MAIN] }));
    expect(error).toMatchObject({ transient: true });
    expect(error.message).toMatch(/^fetching from the repository took longer than/);
  });

  it('that never answers is left when the caller gives up, also by those who wait for their turn', async () => {
    const remote = await remoteWith();
    const { mirrors } = mirrorsOf(remote);
    const controller = new AbortController();
    const reached = new Promise<void>((resolve) => {
      remote.intercept = () => (resolve(), true);
    });
    const wanted = { refs: [MAIN], signal: controller.signal };
    const both = [mirrors.open(SHOP, wanted), mirrors.open(SHOP, wanted)];
    await reached;
    controller.abort(new Error('superseded'));
    for (const result of await Promise.allSettled(both))
      expect(result).toMatchObject({ status: 'rejected', reason: { message: 'superseded' } });
    remote.intercept = () => false;
    expect(Object.keys(await tips(mirrors, MAIN))).toEqual([MAIN]);
  });

  it('that sends a tree with a folder .git is refused, one with habits of old programs is not', async () => {
    const remote = await remoteWith({ a: '1' });
    const blob = remote.work.git('rev-parse', 'HEAD:a');
    const hash = (type: string, content: Buffer): string =>
      remote.work.gitWith({ input: content }, 'hash-object', '-w', '--literally', '-t', type, '--stdin');
    const tree = (mode: string, name: string, oid: string): string =>
      hash('tree', Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]));
    const commit = (of: string, zone: string): string =>
      hash('commit', Buffer.from(`tree ${of}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 ${zone}\n\nm\n`));
    const file = tree('100644', 'config', blob);
    const hostile = commit(tree('40000', '.git', file), '+0000');
    const old = commit(tree('040000', 'folder', file), '+051800');
    remote.push('refs/pull/7/head', hostile);
    remote.push('refs/pull/8/head', old);
    const { mirrors } = mirrorsOf(remote);
    await tips(mirrors, MAIN);
    const error = await failure(mirrors.open(SHOP, { refs: ['refs/pull/7/head'] }));
    expect(error.transient).toBe(false);
    expect(error.message).toMatch(/malformed .*hasDotgit/);
    await withMirror(mirrors, { refs: ['refs/pull/8/head'] }, async ({ code, tips: found }) => {
      expect(found.get('refs/pull/8/head')).toBe(old);
      expect((await code.readFile(await code.treeOf(old), 'folder/config'))?.toString()).toBe('1');
    });
  });
});

describe.skipIf(!hasHttpBackend())('the machine (needs git-http-backend)', () => {
  it('whose disk is full is a transient failure', async () => {
    const remote = await remoteWith();
    const environment = environmentWithGit(
      'case "$*" in *" fetch "*) echo "fatal: write error: No space left on device" >&2; exit 128;; esac\nexec git "$@"',
    );
    const error = await failure(mirrorsOf(remote, { environment }).mirrors.open(SHOP, { refs: [MAIN] }));
    expect(error.transient).toBe(true);
    expect(error.message).toMatch(/^the disk that holds the mirrors is full/);
  });

  it('without git, or without a folder to write to, is no fault of the code', async () => {
    const remote = await remoteWith();
    const empty = { PATH: temporaryFolder() };
    const noGit = await failure(
      mirrorsOf(remote, { environment: empty }).mirrors.open(SHOP, { refs: [MAIN] }),
    );
    expect(noGit.message).toMatch(/git is not installed/);
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const noFolder = await failure(
      mirrorsOf(remote, { folder: join(file, 'x') }).mirrors.open(SHOP, { refs: [MAIN] }),
    );
    expect(noFolder).toMatchObject({ transient: true });
  });
});
