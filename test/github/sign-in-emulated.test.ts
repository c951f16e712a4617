import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../src/emulated-github/index.js';
import { createSignIn } from '../../src/github/sign-in.js';
import { GitHubError } from '../../src/ports/github.js';
import type { SignIn } from '../../src/ports/people.js';
import { temporaryFolder, TestRepository } from '../support/git.js';

const CALLBACK = 'http://127.0.0.1:3000/sign-in/callback';
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

let server: EmulatedGitHub;
let signIn: SignIn;
const ids: Record<string, number> = {};

beforeAll(async () => {
  const folder = temporaryFolder('docops-sign-in');
  const source = TestRepository.create({ path: `${folder}/source` });
  source.commit('Begin');
  server = await startEmulatedGitHub({ folder: `${folder}/github` });
  for (const owner of ['acme', 'other']) await server.addOrganisation(owner);
  for (const login of ['ada', 'bob', 'eve']) await server.addUser(login);
  const add = async (owner: string, name: string, isPrivate: boolean): Promise<void> => {
    ({ id: ids[name] } = await server.addRepository({ owner, name, from: source.path, private: isPrivate }));
  };
  await add('acme', 'secret', true);
  await add('acme', 'open', false);
  await add('other', 'elsewhere', true);
  await server.install('acme');
  await server.setPermission('acme/secret', 'ada', 'admin');
  await server.setPermission('acme/secret', 'bob', 'read');
  await server.setPermission('acme/open', 'bob', 'maintain');
  await server.setPermission('other/elsewhere', 'ada', 'admin');
  signIn = createSignIn({
    clientId: server.app.clientId,
    clientSecret: server.app.clientSecret,
    apiUrl: server.apiUrl,
    webUrl: server.gitUrl,
    version: '0',
    log: quiet,
  });
});
afterAll(() => server.close());

const pkce = (): { verifier: string; challenge: string } => {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
};

/** What a browser does: looks at the page, presses the button of a person, is sent back. */
async function choose(login: string, challenge: string, state = 's&<'): Promise<URLSearchParams> {
  const url = signIn.authorizeUrl({ state, redirectUrl: CALLBACK, challenge });
  const page = await (await fetch(url)).text();
  expect(page).toContain(`<button name="login" value="${login}">`);
  const back = await fetch(`${url}&login=${login}`, { redirect: 'manual' });
  const location = back.headers.get('location') ?? '';
  expect(location.startsWith(`${CALLBACK}?`)).toBe(true);
  return new URL(location).searchParams;
}

async function tokenOf(login: string): Promise<string> {
  const { verifier, challenge } = pkce();
  const back = await choose(login, challenge);
  const given = await signIn.exchange({ code: back.get('code')!, redirectUrl: CALLBACK, verifier });
  expect(given?.token).toMatch(/^ghu_/);
  return given!.token;
}

describe('signing in at a GitHub with a memory', () => {
  it('gives a token of eight hours for a code, once, to who began', async () => {
    const { verifier, challenge } = pkce();
    const back = await choose('ada', challenge);
    expect(back.get('state')).toBe('s&<');
    const answer = { code: back.get('code')!, redirectUrl: CALLBACK, verifier };
    const given = await signIn.exchange(answer);
    const hours = (given!.expiresAt!.getTime() - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(7.9);
    expect(hours).toBeLessThanOrEqual(8);
    expect(await signIn.exchange(answer)).toBeUndefined();
    const other = await choose('ada', challenge);
    expect(
      await signIn.exchange({ ...answer, code: other.get('code')!, verifier: pkce().verifier }),
    ).toBeUndefined();
  });

  it('shows nobody the page for another App or another address', async () => {
    const url = new URL(
      signIn.authorizeUrl({ state: 's', redirectUrl: 'https://evil.example/x', challenge: 'c' }),
    );
    const refused = await fetch(url);
    expect(refused.status).toBe(404);
    expect(await refused.text()).not.toContain('<button');
    url.searchParams.set('redirect_uri', CALLBACK);
    expect((await fetch(url)).status).toBe(200);
    url.searchParams.set('client_id', 'Iv23another');
    expect((await fetch(url)).status).toBe(404);
  });

  it('says so when nobody was chosen', async () => {
    const url = signIn.authorizeUrl({ state: 's', redirectUrl: CALLBACK, challenge: 'c' });
    const back = await fetch(`${url}&login=`, { redirect: 'manual' });
    expect(new URL(back.headers.get('location')!).searchParams.get('error')).toBe('access_denied');
  });

  it('says that the secret is wrong, without the secret', async () => {
    const wrong = createSignIn({
      clientId: server.app.clientId,
      clientSecret: 'not-the-secret-of-the-app',
      apiUrl: server.apiUrl,
      webUrl: server.gitUrl,
      version: '0',
      log: quiet,
    });
    const error = await wrong
      .exchange({ code: 'x', redirectUrl: CALLBACK, verifier: 'v' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GitHubError);
    expect(error).toMatchObject({ class: 'refused' });
    expect((error as GitHubError).message).toContain('incorrect_client_credentials');
    expect((error as GitHubError).message).not.toContain('not-the-secret');
  });

  it('knows who somebody is', async () => {
    expect(await signIn.person(await tokenOf('bob'))).toMatchObject({ login: 'bob' });
    expect(await signIn.person('ghu_nobody')).toBeUndefined();
  });

  it.each([
    ['ada', 'secret', { role: 'admin', isPublic: false }],
    ['bob', 'secret', { role: 'read', isPublic: false }],
    ['eve', 'secret', undefined],
    ['ada', 'open', { role: 'read', isPublic: true }],
    ['bob', 'open', { role: 'write', isPublic: true }],
    ['eve', 'open', { role: 'read', isPublic: true }],
    // The App is not installed there: its tokens do not see it, whoever they are of.
    ['ada', 'elsewhere', undefined],
  ] as const)('knows what %s may do in %s', async (login, name, expected) => {
    const repositoryId = ids[name]!;
    const access = await signIn.access(await tokenOf(login), repositoryId);
    expect(access).toEqual(expected === undefined ? undefined : { repositoryId, ...expected });
  });

  it('lists the repositories that somebody has a role in', async () => {
    const of = async (login: string) =>
      (await signIn.repositories(await tokenOf(login))).map(({ repositoryId, role }) => [repositoryId, role]);
    expect(await of('ada')).toEqual([[ids['secret'], 'admin']]);
    expect(await of('bob')).toEqual([
      [ids['secret'], 'read'],
      [ids['open'], 'write'],
    ]);
    expect(await of('eve')).toEqual([]);
  });

  it('takes a token back, also twice, and never complains', async () => {
    const token = await tokenOf('ada');
    await signIn.revoke(token);
    expect(await signIn.person(token)).toBeUndefined();
    await expect(signIn.access(token, ids['secret']!)).rejects.toMatchObject({ status: 401 });
    await signIn.revoke(token);
    server.fail({ method: 'DELETE', path: /applications/ }, 'drop');
    await signIn.revoke(await tokenOf('ada'));
  });
});
