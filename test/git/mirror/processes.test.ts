import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { GIT_ENVIRONMENT, TestRepository, temporaryFolder } from '../../support/git.js';
import { hasHttpBackend } from './http-remote.js';
import { MAIN, SHOP, mirrorsOf, remoteWith, tips, withMirror } from './support.js';

const BUILT = pathToFileURL(
  fileURLToPath(new URL('../../../dist/src/git/mirror/index.js', import.meta.url)),
).href;

/** Opens two mirrors again and again, reads and closes; prints how often that went well, and what did not. */
const RESTLESS = `
import { createMirrors } from ${JSON.stringify(BUILT)};
const { folder, url, repository, refs, maxBytes } = JSON.parse(process.argv[2]);
const log = { debug() {}, info() {}, warn() {}, error() {} };
const mirrors = createMirrors({
  folder, cloneUrl: () => url, token: async () => '', log, environment: process.env, maxBytes,
});
let good = 0;
const bad = [];
for (let at = 0; at < 8; at += 1) {
  try {
    const mirror = await mirrors.open({ ...repository, id: 1 + (at % 2) }, { refs });
    const tree = await mirror.code.treeOf(mirror.tips.get(refs[0]));
    if ((await mirror.code.readFile(tree, 'f1'))?.toString() === 'content 1') good += 1;
    await mirror.close();
  } catch (error) {
    bad.push(String(error));
  }
}
console.log(JSON.stringify({ good, bad }));
process.exit(0);
`;

/** Another process on the same folder: opens, says what it found, reads all files when told to, says so, and closes. */
const PROGRAM = `
import { createMirrors } from ${JSON.stringify(BUILT)};
import { createInterface } from 'node:readline';
const { folder, url, repository, refs, out, maxBytes } = JSON.parse(process.argv[2]);
const log = { debug() {}, info() {}, warn() {}, error() {} };
const mirrors = createMirrors({
  folder, cloneUrl: () => url, token: async () => '', log, environment: process.env,
  ...(maxBytes === undefined ? {} : { maxBytes }),
});
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const mirror = await mirrors.open(repository, { refs });
console.log(JSON.stringify(Object.fromEntries(mirror.tips)));
await lines.next();
const [tip] = mirror.tips.values();
await mirror.code.checkout(await mirror.code.treeOf(tip), out);
console.log('"read"');
await lines.next();
await mirror.close();
console.log('"closed"');
process.exit(0);
`;

interface Other {
  readonly child: ChildProcess;
  readonly out: string;
  /** The next line it says; undefined when it has ended. */
  says(): Promise<unknown>;
  goOn(): void;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function otherProcess(
  options: { folder: string; url: string; maxBytes?: number },
  code: string = PROGRAM,
): Other {
  const home = temporaryFolder();
  const program = join(home, 'program.mjs');
  writeFileSync(program, code);
  const out = join(home, 'out');
  const argument = JSON.stringify({ repository: SHOP, refs: [MAIN], out, ...options });
  const child = spawn(process.execPath, [program, argument], {
    env: GIT_ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    out,
    says: async () => {
      const { value, done } = (await lines.next()) as { value?: string; done?: boolean };
      return done === true ? undefined : (JSON.parse(value ?? '') as unknown);
    },
    goOn: () => void child.stdin.write('\n'),
  };
}

const FILES = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`f${at}`, `content ${at}`]));

describe.skipIf(!hasHttpBackend())('several processes (need git-http-backend)', () => {
  it('make, fetch into and read one mirror at the same time', async () => {
    const remote = await remoteWith(FILES);
    const main = remote.work.git('rev-parse', 'HEAD');
    const { mirrors, folder, mirror } = mirrorsOf(remote);
    const others = [1, 2, 3].map(() => otherProcess({ folder, url: remote.url }));
    expect(await tips(mirrors, MAIN)).toEqual({ [MAIN]: main });
    for (const other of others) expect(await other.says()).toEqual({ [MAIN]: main });
    const next = remote.work.change({ f0: 'new' });
    remote.push(MAIN);
    for (const other of others) other.goOn();
    const mine = await Promise.all([tips(mirrors, MAIN), tips(mirrors, MAIN)]);
    expect(mine).toEqual([{ [MAIN]: next }, { [MAIN]: next }]);
    for (const other of others) {
      expect(await other.says()).toBe('read');
      expect(readdirSync(other.out)).toHaveLength(30);
      other.goOn();
      expect(await other.says()).toBe('closed');
    }
    new TestRepository(mirror).git('fsck', '--no-dangling');
    expect(readdirSync(join(folder, 'new'))).toEqual([]);
    expect(readdirSync(join(folder, 'leases', String(SHOP.id)))).toEqual([]);
  });

  it('that one is killed in the middle of the first clone leaves nothing in the way', async () => {
    const remote = await remoteWith(FILES);
    const { mirrors, folder } = mirrorsOf(remote);
    const reached = new Promise<void>((resolve) => {
      remote.intercept = ({ wants }) => {
        if (wants.length > 0) resolve();
        return wants.length > 0;
      };
    });
    const { child } = otherProcess({ folder, url: remote.url });
    await reached;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    remote.intercept = () => false;
    expect(readdirSync(join(folder, 'new'))).toHaveLength(1);
    expect(existsSync(join(folder, `${SHOP.id}.git`))).toBe(false);
    expect(Object.keys(await tips(mirrors, MAIN))).toEqual([MAIN]);
    expect(readdirSync(join(folder, 'new'))).toEqual([]);
    expect(readdirSync(join(folder, 'leases', String(SHOP.id)))).toEqual([]);
  });

  it('do not remove what another one has open, and do when it was killed', async () => {
    const remote = await remoteWith(FILES);
    const folder = join(temporaryFolder(), 'mirrors');
    const other = otherProcess({ folder, url: remote.url });
    await other.says();
    // Room for nothing: whatever is not in use goes.
    const { mirrors, mirror } = mirrorsOf(remote, { folder, maxBytes: 1 });
    const open = (id: number): Promise<void> =>
      withMirror(mirrors, { refs: [] }, () => undefined, { ...SHOP, id });
    await open(2);
    expect(existsSync(mirror)).toBe(true);
    other.goOn();
    expect(await other.says()).toBe('read');
    expect(readdirSync(other.out)).toHaveLength(30);
    const ended = new Promise((resolve) => other.child.once('exit', resolve));
    other.child.kill('SIGKILL');
    await ended;
    await open(3);
    expect(existsSync(mirror)).toBe(false);
  });

  it("that remove each other's mirrors whenever they can never remove one in use", async () => {
    const remote = await remoteWith(FILES);
    const folder = join(temporaryFolder(), 'mirrors');
    const others = [1, 2, 3].map(() =>
      otherProcess({ folder, url: remote.url, maxBytes: 100_000 }, RESTLESS),
    );
    const removers = mirrorsOf(remote, { folder, maxBytes: 1 });
    for (let at = 3; at < 8; at += 1)
      await withMirror(removers.mirrors, { refs: [] }, () => undefined, { ...SHOP, id: at });
    for (const other of others) expect(await other.says()).toEqual({ good: 8, bad: [] });
  }, 60_000);
});
