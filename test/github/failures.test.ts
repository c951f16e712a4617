import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CheckRunInput } from '../../src/ports/github.js';
import { checkRun, pull, pulls } from './fixtures.js';
import {
  API,
  AT,
  breaks,
  failure,
  github,
  givesToken,
  INSTALLATION_ID,
  keepsItsName,
  on,
  repository,
  seen,
  SHA,
  tokenRequests,
} from './support.js';

const read = `${AT}/pulls/7`;
const check: CheckRunInput = {
  name: 'DocOps (main)',
  headSha: SHA,
  externalId: 'b3f1',
  detailsUrl: null,
  status: 'queued',
  startedAt: null,
  completedAt: null,
  title: 'Waiting',
  summary: 'Waiting',
  annotations: [],
  actions: [],
};

describe('GitHub is away', () => {
  it('a read is repeated once', async () => {
    givesToken();
    on('GET', read, { status: 502, text: '<html>Unicorn</html>' });
    on('GET', read, { json: pull({ number: 7 }) });
    expect(await github().pullRequest(repository, 7)).toMatchObject({ number: 7 });
  });

  it('a read that fails twice is unavailable', async () => {
    givesToken();
    on('GET', read, { status: 503, text: '<html>Unicorn</html>' });
    on('GET', read, { status: 503, text: '<html>Unicorn</html>' });
    const error = await failure(github().pullRequest(repository, 7));
    expect(error).toMatchObject({ class: 'unavailable', status: 503, retryAfterMs: null });
    expect(error.message).toBe('GET /repos/octocat/Hello-World/pulls/7: 503');
  });

  it('a read over a broken line is repeated once, then unavailable', async () => {
    givesToken();
    breaks('GET', read);
    on('GET', read, { json: pull() });
    breaks('GET', read);
    breaks('GET', read);
    const hub = github();
    expect(await hub.pullRequest(repository, 7)).toBeDefined();
    expect(await failure(hub.pullRequest(repository, 7))).toMatchObject({
      class: 'unavailable',
      status: null,
    });
  });

  it('a write is never repeated', async () => {
    givesToken();
    on('POST', `${AT}/check-runs`, { status: 500, json: { message: 'Server Error' } });
    breaks('POST', `${AT}/check-runs`);
    const hub = github();
    expect(await failure(hub.createCheck(repository, check))).toMatchObject({
      class: 'unavailable',
      status: 500,
    });
    expect(await failure(hub.createCheck(repository, check))).toMatchObject({
      class: 'unavailable',
      status: null,
    });
    expect(seen).toHaveLength(1);
  });

  it('an answer that is a page of a proxy is unavailable', async () => {
    givesToken();
    on('GET', read, { text: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } });
    expect(await failure(github().pullRequest(repository, 7))).toMatchObject({
      class: 'unavailable',
      status: 200,
    });
  });

  it.each([
    [410, 'not-found'],
    [451, 'refused'],
    [409, 'refused'],
    [408, 'unavailable'],
  ] as const)('%i is %s', async (status, cls) => {
    givesToken();
    on('POST', `${AT}/check-runs`, { status, json: { message: 'no' } });
    if (cls === 'not-found') keepsItsName();
    expect(await failure(github().createCheck(repository, check))).toMatchObject({ class: cls, status });
  });
});

describe('limits', () => {
  afterEach(() => vi.useRealTimers());

  const date = 'Fri, 02 Jan 2026 03:04:05 GMT';
  const reset = String(Date.UTC(2026, 0, 2, 3, 14, 5) / 1000);

  it.each([
    [
      'secondary, with a time',
      403,
      'You have exceeded a secondary rate limit.',
      { 'retry-after': '30' },
      30_000,
    ],
    ['secondary, with no time', 403, 'You have exceeded a secondary rate limit.', {}, 60_000],
    ['secondary, with a date', 429, 'slow', { 'retry-after': 'Fri, 02 Jan 2026 03:05:05 GMT', date }, 60_000],
    [
      'primary, by the clock of GitHub',
      403,
      'API rate limit exceeded for installation ID 99.',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset, date },
      601_000,
    ],
    [
      'primary, as 429',
      429,
      'limit',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset, date },
      601_000,
    ],
    ['with a time in the past', 429, 'limit', { 'retry-after': '-5' }, 1000],
    ['with a time that is too long', 429, 'limit', { 'retry-after': '999999' }, 61 * 60 * 1000],
    ['with a time that is none', 429, 'limit', { 'retry-after': 'soon' }, 60_000],
  ])(
    '%s: said at once, not waited for',
    async (_what, status, message, headers: Record<string, string>, ms) => {
      givesToken();
      on('POST', `${AT}/check-runs`, { status, json: { message }, headers });
      expect(await failure(github().createCheck(repository, check))).toMatchObject({
        class: 'rate-limited',
        status,
        retryAfterMs: ms,
      });
    },
  );

  it('a read is not repeated either', async () => {
    givesToken();
    on('GET', read, { status: 429, json: { message: 'limit' }, headers: { 'retry-after': '3' } });
    expect(await failure(github().pullRequest(repository, 7))).toMatchObject({ class: 'rate-limited' });
    expect(seen).toHaveLength(1);
  });

  it('GitHub is left alone for that installation until then, and asked again after', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2) });
    givesToken();
    on('POST', `${AT}/check-runs`, {
      status: 403,
      json: { message: 'limit' },
      headers: { 'retry-after': '30' },
    });
    const hub = github();
    await failure(hub.createCheck(repository, check));
    vi.advanceTimersByTime(10_000);
    expect(await failure(hub.pullRequest(repository, 7))).toMatchObject({
      class: 'rate-limited',
      retryAfterMs: 20_000,
    });
    expect(seen).toHaveLength(1);
    vi.advanceTimersByTime(20_000);
    on('GET', read, { json: pull({ number: 7 }) });
    expect(await hub.pullRequest(repository, 7)).toMatchObject({ number: 7 });
  });

  it('another installation goes on', async () => {
    givesToken();
    on('GET', read, { status: 429, json: { message: 'limit' }, headers: { 'retry-after': '30' } });
    on('POST', '/app/installations/5/access_tokens', {
      status: 201,
      json: {
        token: 'ghs_other',
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        permissions: {},
      },
    });
    on('GET', '/repos/octocat/Other/pulls/7', { json: pull({ number: 7, baseRepository: 2 }) });
    const hub = github();
    await failure(hub.pullRequest(repository, 7));
    const other = { id: 2, installationId: 5, owner: 'octocat', name: 'Other' };
    expect(await hub.pullRequest(other, 7)).toMatchObject({ number: 7 });
  });

  it('a limit in the middle of a list fails the whole list', async () => {
    givesToken();
    const open = `${AT}/pulls?state=open&sort=created&direction=asc&per_page=100`;
    on('GET', open, {
      json: pulls([{ number: 1 }]),
      headers: { link: `<${API}${open}&page=2>; rel="next"` },
    });
    on('GET', `${open}&page=2`, { status: 429, json: { message: 'limit' }, headers: { 'retry-after': '9' } });
    expect(await failure(github().openPullRequests(repository))).toMatchObject({ retryAfterMs: 9000 });
  });

  it('a limit on tokens is a limit', async () => {
    on('POST', `/app/installations/${INSTALLATION_ID}/access_tokens`, {
      status: 403,
      json: { message: 'secondary rate limit' },
      headers: { 'retry-after': '8' },
    });
    expect(await failure(github().pullRequest(repository, 7))).toMatchObject({
      class: 'rate-limited',
      retryAfterMs: 8000,
    });
  });
});

describe('tokens', () => {
  afterEach(() => vi.useRealTimers());

  it('one serves many requests', async () => {
    givesToken();
    on('GET', read, { json: pull() });
    on('GET', read, { json: pull() });
    const hub = github();
    await hub.pullRequest(repository, 7);
    await hub.pullRequest(repository, 7);
    expect(seen.map(({ authorization }) => authorization)).toEqual(['token ghs_first', 'token ghs_first']);
    expect(tokenRequests).toHaveLength(1);
  });

  it('a new one is taken when the old one expires in the run', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2) });
    givesToken('ghs_first');
    on('GET', read, { json: pull() });
    const hub = github();
    await hub.pullRequest(repository, 7);
    vi.advanceTimersByTime(59.5 * 60 * 1000);
    givesToken('ghs_second');
    on('GET', read, { json: pull() });
    await hub.pullRequest(repository, 7);
    expect(seen.map(({ authorization }) => authorization)).toEqual(['token ghs_first', 'token ghs_second']);
  });

  it('a new one is taken once when GitHub no longer takes the old one, in the middle of a list too', async () => {
    givesToken('ghs_first');
    const open = `${AT}/pulls?state=open&sort=created&direction=asc&per_page=100`;
    on('GET', open, {
      json: pulls([{ number: 1 }]),
      headers: { link: `<${API}${open}&page=2>; rel="next"` },
    });
    on('GET', `${open}&page=2`, { status: 401, json: { message: 'Bad credentials' } });
    givesToken('ghs_second');
    on('GET', `${open}&page=2`, { json: pulls([{ number: 2 }]) });
    expect(await github().openPullRequests(repository)).toHaveLength(2);
    expect(seen.map(({ authorization }) => authorization)).toEqual([
      'token ghs_first',
      'token ghs_first',
      'token ghs_second',
    ]);
  });

  it('forbidden when GitHub does not take the new one either', async () => {
    givesToken('ghs_first');
    on('GET', read, { status: 401, json: { message: 'Bad credentials' } });
    givesToken('ghs_second');
    on('GET', read, { status: 401, json: { message: 'Bad credentials' } });
    expect(await failure(github().pullRequest(repository, 7))).toMatchObject({
      class: 'forbidden',
      status: 401,
    });
  });

  it.each([
    [404, 'Not Found'],
    [403, 'This installation has been suspended'],
    [401, 'A JSON web token could not be decoded'],
    [422, 'The permissions requested are not granted to this installation.'],
  ])('forbidden when GitHub gives none (%i)', async (status, message) => {
    on('POST', `/app/installations/${INSTALLATION_ID}/access_tokens`, { status, json: { message } });
    const error = await failure(github().pullRequest(repository, 7));
    expect(error).toMatchObject({ class: 'forbidden', status });
    expect(error.message).toContain(message);
  });

  it('are never logged, nor bodies', async () => {
    givesToken('ghs_secret');
    on('POST', `${AT}/check-runs`, { status: 422, json: { message: 'Invalid request.' } });
    on('GET', read, { status: 500, text: 'down' });
    breaks('GET', read);
    const hub = github();
    const error = await failure(hub.createCheck(repository, { ...check, summary: 'summary-of-a-document' }));
    const second = await failure(hub.pullRequest(repository, 7));
    const { inspect } = await import('node:util');
    const said = inspect([hub.lines, error, second], { depth: 20 });
    expect(said).toContain('POST /repos/octocat/Hello-World/check-runs');
    for (const secret of ['ghs_secret', 'eyJ', 'summary-of-a-document', 'PRIVATE KEY'])
      expect(said).not.toContain(secret);
  });
});

describe('a repository with a new name', () => {
  const moved = { json: { name: 'Hi', owner: { login: 'octo-org' } } };

  it('is read where GitHub redirects to', async () => {
    givesToken();
    on('GET', read, {
      status: 301,
      json: {},
      headers: { location: `${API}/repositories/${repository.id}/pulls/7` },
    });
    on('GET', `/repositories/${repository.id}/pulls/7`, { json: pull({ number: 7 }) });
    expect(await github().pullRequest(repository, 7)).toMatchObject({ number: 7 });
    expect(seen[1]?.authorization).toBe('token ghs_first');
  });

  it.each([
    ['redirects', { status: 307, json: {}, headers: { location: `${API}/repositories/1296269/check-runs` } }],
    ['says 404', { status: 404, json: { message: 'Not Found' } }],
  ])('is written under the new name when GitHub %s, and from then on', async (_what, answer) => {
    givesToken();
    on('POST', `${AT}/check-runs`, answer);
    on('GET', `/repositories/${repository.id}`, moved);
    on('POST', '/repos/octo-org/Hi/check-runs', { status: 201, json: checkRun({ id: 4 }) });
    on('POST', '/repos/octo-org/Hi/check-runs', { status: 201, json: checkRun({ id: 5 }) });
    const hub = github();
    expect(await hub.createCheck(repository, check)).toMatchObject({ id: 4 });
    expect(await hub.createCheck(repository, check)).toMatchObject({ id: 5 });
    expect(hub.cloneUrl(repository)).toBe('https://github.com/octo-org/Hi.git');
    expect(hub.cloneUrl({ ...repository, name: 'Newer' })).toBe('https://github.com/octocat/Newer.git');
  });

  it('stays not found when it is gone', async () => {
    givesToken();
    on('POST', `${AT}/check-runs`, { status: 404, json: { message: 'Not Found' } });
    on('GET', `/repositories/${repository.id}`, { status: 404, json: { message: 'Not Found' } });
    expect(await failure(github().createCheck(repository, check))).toMatchObject({ class: 'not-found' });
  });

  it('is not taken for gone while GitHub limits requests', async () => {
    givesToken();
    on('GET', read, { status: 404, json: { message: 'Not Found' } });
    on('GET', `/repositories/${repository.id}`, { status: 429, json: {}, headers: { 'retry-after': '4' } });
    expect(await failure(github().pullRequest(repository, 7))).toMatchObject({ class: 'rate-limited' });
  });

  it('is not asked for under a name that is none', async () => {
    givesToken();
    on('GET', read, { status: 404, json: { message: 'Not Found' } });
    on('GET', `/repositories/${repository.id}`, { json: { name: '../x', owner: { login: 'octo-org' } } });
    expect(await failure(github().pullRequest(repository, 7))).toMatchObject({ class: 'refused' });
  });
});

describe('the next page', () => {
  it("is asked of the API's own host, whatever the link says", async () => {
    givesToken();
    const open = `${AT}/pulls?state=open&sort=created&direction=asc&per_page=100`;
    on('GET', open, {
      json: pulls([{ number: 1 }]),
      headers: { link: `<http://elsewhere.example.com${open}&page=2>; rel="next"` },
    });
    on('GET', `${open}&page=2`, { json: pulls([{ number: 2 }]) });
    expect(await github().openPullRequests(repository)).toHaveLength(2);
  });
});
