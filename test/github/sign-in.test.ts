import nock from 'nock';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSignIn } from '../../src/github/sign-in.js';
import { GitHubError } from '../../src/ports/github.js';
import type { SignIn } from '../../src/ports/people.js';
import { example, valid } from './reference.js';

type Json = Record<string, unknown>;
const API = 'https://api.github.com';
const WEB = 'https://github.com';
const CLIENT_ID = 'Iv23liAbCdEfGhIjKlMn';
const SECRET = 'the-client-secret-of-this-test';
const CALLBACK = 'https://docops.example.com/sign-in/callback';
const USER = 'GET /user';
const INSTALLATIONS = 'GET /user/installations';
const REPOSITORIES = 'GET /user/installations/{installation_id}/repositories';
const ANSWER = { code: 'abc', redirectUrl: CALLBACK, verifier: 'v'.repeat(43) };
/** As GitHub documents it. */
const TOKEN = {
  access_token: 'ghu_16C7e42F292c6912E7710c838347Ae178B4a',
  expires_in: 28_800,
  refresh_token: 'ghr_1B4a2e77838347a7E420ce178F2E7c6912E1692462c69121d2e',
  refresh_token_expires_in: 15_811_200,
  scope: '',
  token_type: 'bearer',
};

const warnings: string[] = [];
const quiet = { debug: () => undefined, info: () => undefined, error: () => undefined };
const signIn = (apiUrl = API, webUrl = WEB): SignIn =>
  createSignIn({
    clientId: CLIENT_ID,
    clientSecret: SECRET,
    apiUrl,
    webUrl,
    version: '1.2.3',
    log: { ...quiet, warn: (_fields, message) => void warnings.push(message) },
  });

const asUser = { reqheaders: { authorization: 'token ghu_ada', 'user-agent': /^docops\/1\.2\.3 / } };
const failure = async (promise: Promise<unknown>): Promise<GitHubError> => {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(GitHubError);
  return error as GitHubError;
};

/** GitHub's example of a repository, as somebody with these permissions sees it. */
function repository(changes: Json): Json {
  const { repositories } = example<{ repositories: Json[] }>(REPOSITORIES);
  return { ...repositories[0]!, ...changes };
}

beforeEach(() => {
  warnings.length = 0;
  nock.disableNetConnect();
});
afterEach(() => {
  const left = nock.pendingMocks();
  nock.cleanAll();
  expect(left, 'requests that were expected and not made').toEqual([]);
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('the way to GitHub', () => {
  it('names the App, the way back, the state and the challenge, and asks for nothing more', () => {
    const url = new URL(
      signIn().authorizeUrl({ state: 'a b&c', redirectUrl: CALLBACK, challenge: 'challenge' }),
    );
    expect(url.origin + url.pathname).toBe(`${WEB}/login/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: CLIENT_ID,
      redirect_uri: CALLBACK,
      state: 'a b&c',
      code_challenge: 'challenge',
      code_challenge_method: 'S256',
    });
  });
});

describe('a code', () => {
  it('is exchanged with the verifier and the secret, at the pages of GitHub', async () => {
    nock(WEB)
      .post('/login/oauth/access_token', {
        client_id: CLIENT_ID,
        client_secret: SECRET,
        code: 'abc',
        redirect_uri: CALLBACK,
        code_verifier: ANSWER.verifier,
      })
      .matchHeader('accept', 'application/json')
      .reply(200, TOKEN, { date: new Date().toUTCString() });
    const given = await signIn().exchange(ANSWER);
    expect(given?.token).toBe(TOKEN.access_token);
    expect(Math.abs(given!.expiresAt!.getTime() - Date.now() - 28_800_000)).toBeLessThan(10_000);
  });

  it('gives a token without an end where the App does not let them expire', async () => {
    const { access_token, token_type, scope } = TOKEN;
    nock(WEB).post('/login/oauth/access_token').reply(200, { access_token, token_type, scope });
    expect(await signIn().exchange(ANSWER)).toEqual({ token: access_token, expiresAt: null });
  });

  it.each([
    ['https://ghe.example.com/api/v3', 'https://ghe.example.com'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com'],
  ])('is exchanged where the pages are: %s', async (apiUrl, webUrl) => {
    nock(webUrl).post('/login/oauth/access_token').reply(200, TOKEN, { date: new Date().toUTCString() });
    expect(await signIn(apiUrl, webUrl).exchange(ANSWER)).toMatchObject({ token: TOKEN.access_token });
  });

  it('that GitHub does not know gives nothing', async () => {
    nock(WEB).post('/login/oauth/access_token').reply(200, {
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
      error_uri: 'https://docs.github.com/apps/troubleshooting',
    });
    expect(await signIn().exchange(ANSWER)).toBeUndefined();
  });

  it.each(['incorrect_client_credentials', 'redirect_uri_mismatch'])(
    'with %s is our mistake, and is said without secrets',
    async (error) => {
      nock(WEB).post('/login/oauth/access_token').reply(200, { error, error_description: 'no' });
      const told = await failure(signIn().exchange(ANSWER));
      expect(told.class).toBe('refused');
      expect(told.message).toContain(error);
      expect(JSON.stringify([told, told.message, told.cause])).not.toContain(SECRET);
    },
  );

  it.each([500, 502])('is sent once, whatever breaks: %i', async (status) => {
    nock(WEB).post('/login/oauth/access_token').once().reply(status, 'no');
    const told = await failure(signIn().exchange(ANSWER));
    expect(told.class).toBe('unavailable');
    expect(JSON.stringify([told.message, told.cause])).not.toContain(SECRET);
  });

  it('fails when the network does', async () => {
    nock(WEB).post('/login/oauth/access_token').replyWithError(new Error('socket hang up'));
    expect((await failure(signIn().exchange(ANSWER))).class).toBe('unavailable');
  });
});

describe('a person', () => {
  it('has an id that stays and a login', async () => {
    const answer = { ...example<Json>(USER), id: 7, login: 'ada' };
    nock(API, asUser).get('/user').reply(200, valid(USER, answer));
    expect(await signIn().person('ghu_ada')).toEqual({ id: 7, login: 'ada' });
  });

  it('is nobody when the token holds no longer', async () => {
    nock(API, asUser).get('/user').reply(401, { message: 'Bad credentials' });
    expect(await signIn().person('ghu_ada')).toBeUndefined();
  });

  it('is not nobody because GitHub is away', async () => {
    nock(API, asUser).get('/user').twice().reply(503, { message: 'away' });
    expect((await failure(signIn().person('ghu_ada'))).class).toBe('unavailable');
  });
});

describe('access to a repository', () => {
  const answers = (changes: Json): Promise<unknown> => {
    nock(API, asUser)
      .get('/repositories/42')
      .reply(200, repository({ id: 42, ...changes }));
    return signIn().access('ghu_ada', 42);
  };
  const rights = { admin: false, maintain: false, push: false, triage: false, pull: true };

  it.each([
    [{ ...rights, admin: true, push: true }, 'admin'],
    [{ ...rights, maintain: true }, 'write'],
    [{ ...rights, push: true }, 'write'],
    [{ ...rights, triage: true }, 'read'],
    [rights, 'read'],
    [undefined, 'read'],
  ])('with %o is the role %s', async (permissions, role) => {
    expect(await answers({ permissions })).toMatchObject({ repositoryId: 42, role });
  });

  it.each([
    [{ private: false, visibility: 'public' }, true],
    [{ private: true, visibility: 'private' }, false],
    [{ private: true, visibility: 'internal' }, false],
    [{ private: false, visibility: 'internal' }, false],
    [{ private: false, visibility: undefined }, true],
    [{ private: undefined, visibility: undefined }, false],
  ])('is public only where GitHub says so: %o', async (changes, isPublic) => {
    expect(await answers(changes)).toMatchObject({ isPublic });
  });

  it.each([404, 403, 451])('is a no with %i', async (status) => {
    nock(API, asUser).get('/repositories/42').reply(status, { message: 'no' });
    expect(await signIn().access('ghu_ada', 42)).toBeUndefined();
  });

  it('is no answer when the token holds no longer, or when GitHub wants us to wait', async () => {
    nock(API, asUser).get('/repositories/42').reply(401, { message: 'Bad credentials' });
    expect(await failure(signIn().access('ghu_ada', 42))).toMatchObject({ class: 'forbidden', status: 401 });
    nock(API, asUser)
      .get('/repositories/42')
      .reply(403, { message: 'rate limit exceeded' }, { 'retry-after': '30' });
    expect(await failure(signIn().access('ghu_ada', 42))).toMatchObject({ class: 'rate-limited' });
    nock(API, asUser).get('/repositories/42').twice().reply(502, { message: 'away' });
    expect((await failure(signIn().access('ghu_ada', 42))).class).toBe('unavailable');
  });

  it('is no answer when something else than a repository comes back', async () => {
    nock(API, asUser).get('/repositories/42').reply(200, '<html>', { 'content-type': 'text/html' });
    expect((await failure(signIn().access('ghu_ada', 42))).class).toBe('unavailable');
  });
});

describe('the repositories of a person', () => {
  it('are those of all pages of all installations that work', async () => {
    const { installations } = example<{ installations: Json[] }>(INSTALLATIONS);
    const page = valid(INSTALLATIONS, {
      total_count: 2,
      installations: [
        { ...installations[0]!, id: 5, suspended_at: null },
        { ...installations[0]!, id: 6, suspended_at: '2026-01-01T00:00:00Z' },
      ],
    });
    nock(API, asUser).get('/user/installations?per_page=100').reply(200, page);
    const list = (ids: readonly number[]) => ({
      total_count: 2,
      repository_selection: 'selected',
      repositories: ids.map((id) => repository({ id, private: true, visibility: 'private' })),
    });
    const at = '/user/installations/5/repositories';
    nock(API, asUser)
      .get(`${at}?per_page=100`)
      .reply(200, list([1]), { link: `<${API}${at}?per_page=100&page=2>; rel="next"` });
    nock(API, asUser)
      .get(`${at}?per_page=100&page=2`)
      .reply(200, list([2]));
    const found = await signIn().repositories('ghu_ada');
    expect(found.map(({ repositoryId, isPublic }) => [repositoryId, isPublic])).toEqual([
      [1, false],
      [2, false],
    ]);
  });

  it('are unknown when GitHub is away', async () => {
    nock(API, asUser).get('/user/installations?per_page=100').twice().reply(500, { message: 'away' });
    expect((await failure(signIn().repositories('ghu_ada'))).class).toBe('unavailable');
  });
});

describe('taking a token back', () => {
  const basic = `basic ${Buffer.from(`${CLIENT_ID}:${SECRET}`).toString('base64')}`;
  const at = `/applications/${CLIENT_ID}/token`;

  it('is asked for as the App, and never fails', async () => {
    nock(API, { reqheaders: { authorization: basic } })
      .delete(at, { access_token: 'ghu_ada' })
      .reply(204);
    await signIn().revoke('ghu_ada');
    nock(API).delete(at).reply(404, { message: 'Not Found' });
    await signIn().revoke('ghu_ada');
    expect(warnings).toEqual([]);
    nock(API).delete(at).reply(500, { message: 'away' });
    await signIn().revoke('ghu_ada');
    expect(warnings).toEqual(['a token of a person was not taken back']);
  });
});
