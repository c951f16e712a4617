import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/git.js';
import { hasHttpBackend } from './http-remote.js';
import {
  MAIN,
  SHOP,
  environmentWithGit,
  failure,
  filesWith,
  mirrorsOf,
  remoteWith,
  tips,
  withMirror,
} from './support.js';

const TOKEN = 'ghs_sesame0123456789';
const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

/** `mirrorsOf` with a git that writes down its arguments and its environment. */
function watched(
  remote: { url: string },
  token: string,
): ReturnType<typeof mirrorsOf> & { readonly record: string } {
  const record = join(temporaryFolder(), 'record');
  const environment = environmentWithGit(
    `printf '%s\\n' "$@" >>'${record}.arguments'\nenv >>'${record}.environment'\nexec git "$@"`,
  );
  return { ...mirrorsOf(remote, { environment, token: () => Promise.resolve(token) }), record };
}

describe.skipIf(!hasHttpBackend())('the token (needs git-http-backend)', () => {
  it('reaches the remote, and is in no argument, no file and no log line', async () => {
    const remote = await remoteWith({ a: '1', b: '2' });
    remote.token = TOKEN;
    const { mirrors, folder, logged, record } = watched(remote, TOKEN);
    // What anybody on the machine sees while git waits for the server.
    let processes = '';
    remote.intercept = () => {
      processes += execFileSync('ps', ['-Aww', '-o', 'args='], { encoding: 'utf8' });
      return false;
    };
    await withMirror(mirrors, { refs: [MAIN] }, async ({ code, tips: found }) => {
      const tree = await code.treeOf(found.get(MAIN)!);
      await code.readFile(tree, 'a');
      await code.checkout(tree, join(temporaryFolder(), 'out'));
      for (const secret of [TOKEN, BASIC]) expect(filesWith(folder, secret)).toEqual([]);
    });
    expect(remote.requests.length).toBeGreaterThan(5);
    for (const { authorization } of remote.requests) expect(authorization).toBe(`Basic ${BASIC}`);
    const seen = processes + readFileSync(`${record}.arguments`, 'utf8');
    // The watch works: it has seen git's helper for HTTP, which gets the address.
    expect(processes).toMatch(new RegExp(`git-remote-http\\S* \\S+ ${remote.url}`));
    expect(seen).toContain('--filter=blob:none');
    expect(readFileSync(`${record}.environment`, 'utf8')).toContain(BASIC);
    for (const secret of [TOKEN, BASIC]) {
      expect(seen).not.toContain(secret);
      expect(filesWith(folder, secret)).toEqual([]);
      expect(JSON.stringify(logged)).not.toContain(secret);
    }
  });

  it('that is wrong is replaced once, then the failure is transient and does not name it', async () => {
    const remote = await remoteWith();
    remote.token = TOKEN;
    let asked = 0;
    const wrong = (): Promise<string> => Promise.resolve(`ghs_wrong${(asked += 1)}`);
    const { mirrors, folder } = mirrorsOf(remote, { token: wrong });
    const error = await failure(mirrors.open(SHOP, { refs: [MAIN] }));
    expect(error.transient).toBe(true);
    expect(error.message).toMatch(/^the host refused the token for this repository/);
    expect(asked).toBe(2);
    for (const text of [
      'ghs_wrong',
      Buffer.from('x-access-token:ghs_wrong').toString('base64').slice(0, 30),
    ]) {
      expect(`${error.message}${String(error.stack)}`).not.toContain(text);
      expect(filesWith(folder, text)).toEqual([]);
    }
    expect(existsSync(join(folder, `${SHOP.id}.git`))).toBe(false);
  });

  it('that runs out between two commands is asked for anew, also where git fetches by itself', async () => {
    const remote = await remoteWith({ a: '1', b: '2' });
    remote.token = 'ghs_first';
    const { mirrors } = mirrorsOf(remote, { token: () => Promise.resolve(remote.token) });
    await withMirror(mirrors, { refs: [MAIN] }, async ({ code, tips: found }) => {
      const tree = await code.treeOf(found.get(MAIN)!);
      remote.token = 'ghs_second';
      expect((await code.readFile(tree, 'a'))?.toString()).toBe('1');
      remote.token = 'ghs_third';
      const out = join(temporaryFolder(), 'out');
      await code.checkout(tree, out);
      expect(readFileSync(join(out, 'b'), 'utf8')).toBe('2');
    });
  });

  it('that cannot be had is a transient failure, and what is here can be read without', async () => {
    const remote = await remoteWith({ a: '1' });
    let there = true;
    const token = (): Promise<string> =>
      there ? Promise.resolve('') : Promise.reject(new Error(`GitHub is away, ${TOKEN}`));
    const { mirrors } = mirrorsOf(remote, { token });
    const { [MAIN]: main = '' } = await tips(mirrors, MAIN);
    there = false;
    const error = await failure(mirrors.open(SHOP, { refs: [MAIN] }));
    expect(error).toMatchObject({ transient: true, message: 'there is no token for the repository now' });
    await withMirror(mirrors, { refs: [], commits: [main] }, ({ code }) => code.treeOf(main));
  });

  it('does not follow a redirect', async () => {
    const remote = await remoteWith();
    const received: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      received.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/shop.git/info/refs`;
    remote.intercept = (_, response) => (response.writeHead(301, { location }).end(), true);
    const { mirrors } = mirrorsOf(remote, { token: () => Promise.resolve(TOKEN) });
    const error = await failure(mirrors.open(SHOP, { refs: [MAIN] }));
    other.close();
    expect(error).toMatchObject({ transient: true });
    expect(error.message).toMatch(/^the repository answers from another address/);
    expect(received).toEqual([]);
  });

  it('is not taken from the configuration or the password file of the machine', async () => {
    const remote = await remoteWith();
    remote.token = TOKEN;
    const home = temporaryFolder();
    writeFileSync(join(home, '.netrc'), `machine 127.0.0.1 login x-access-token password ${TOKEN}\n`, {
      mode: 0o600,
    });
    writeFileSync(join(home, '.gitconfig'), `[http]\n\textraHeader = Authorization: Basic ${BASIC}\n`);
    const environment = { ...process.env, HOME: home, GIT_ASKPASS: '/bin/echo', SSH_ASKPASS: '/bin/echo' };
    const error = await failure(mirrorsOf(remote, { environment }).mirrors.open(SHOP, { refs: [MAIN] }));
    expect(error.message).toMatch(/refused the token/);
    expect(remote.requests.map(({ authorization }) => authorization)).toEqual(
      remote.requests.map(() => undefined),
    );
  });

  it.each([
    ['http://github.example.com/a/b.git', /cloned over https, not over http:/],
    ['ssh://github.com/a/b.git', /cloned over https, not over ssh:/],
    ['ext::sh -c id', /cloned over https, not over ext:/],
    ['https://user:secret@github.com/a/b.git', /holds a password/],
    ['a/b', /is no URL/],
  ])('is not sent to %s', async (url, said) => {
    const error = await failure(
      mirrorsOf({ url }, { token: () => Promise.resolve(TOKEN) }).mirrors.open(SHOP, { refs: [MAIN] }),
    );
    expect(error.transient).toBe(false);
    expect(error.message).toMatch(said);
    expect(error.message).not.toContain('secret');
  });
});
