import { describe, expect, it } from 'vitest';
import { pull, pulls } from './fixtures.js';
import { API, AT, failure, github, givesToken, keepsItsName, on, repository, seen, SHA } from './support.js';

const OTHER = 'a'.repeat(40);
const ofCommit = `${AT}/commits/${SHA}/pulls?per_page=100`;
const open = `${AT}/pulls?state=open&sort=created&direction=asc&per_page=100`;

describe('one pull request', () => {
  it('is read with what the steps need of it', async () => {
    givesToken();
    on('GET', `${AT}/pulls/7`, { json: pull({ number: 7, draft: true, headRepository: 5 }) });
    expect(await github().pullRequest(repository, 7)).toEqual({
      number: 7,
      title: 'Amazing new feature',
      open: true,
      merged: false,
      draft: true,
      author: { login: 'octocat', type: 'user' },
      headSha: SHA,
      headRef: 'new-topic',
      headRepositoryId: 5,
      baseRef: 'main',
      baseSha: SHA,
    });
  });

  it('may have lost its fork and its author', async () => {
    givesToken();
    on('GET', `${AT}/pulls/7`, { json: pull({ headRepository: null, user: null, state: 'closed' }, true) });
    expect(await github().pullRequest(repository, 7)).toMatchObject({
      open: false,
      merged: true,
      headRepositoryId: null,
      author: { login: 'ghost', type: 'unknown' },
    });
  });

  it.each([
    ['Bot', 'dependabot[bot]', 'bot'],
    ['User', 'octocat', 'user'],
    ['Organization', 'octo-org', 'unknown'],
  ])('of a %s', async (type, login, expected) => {
    givesToken();
    on('GET', `${AT}/pulls/7`, { json: pull({ user: { login, type } }) });
    expect((await github().pullRequest(repository, 7))?.author).toEqual({ login, type: expected });
  });

  it('is undefined when GitHub has none', async () => {
    givesToken();
    on('GET', `${AT}/pulls/7`, { status: 404, json: { message: 'Not Found' } });
    keepsItsName();
    expect(await github().pullRequest(repository, 7)).toBeUndefined();
  });

  it('is looked up under the present name when another repository has the old one', async () => {
    givesToken();
    on('GET', `${AT}/pulls/7`, { json: pull({ number: 7, baseRepository: 666 }) });
    on('GET', `/repositories/${repository.id}`, { json: { name: 'Moved', owner: { login: 'octo-org' } } });
    on('GET', '/repos/octo-org/Moved/pulls/7', { json: pull({ number: 7 }) });
    expect(await github().pullRequest(repository, 7)).toMatchObject({ number: 7 });
  });
});

describe('open pull requests', () => {
  it('are read page by page, each once', async () => {
    givesToken();
    on('GET', open, {
      json: pulls([{ number: 1 }, { number: 2 }]),
      headers: { link: `<${API}${open}&page=2>; rel="next", <${API}${open}&page=2>; rel="last"` },
    });
    on('GET', `${open}&page=2`, { json: pulls([{ number: 2 }, { number: 3 }]) });
    const found = await github().openPullRequests(repository);
    expect(found.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('of one base branch, whatever its name', async () => {
    givesToken();
    const list = `${AT}/pulls?state=open&base=release%2F1%20%26%202&sort=created&direction=asc&per_page=100`;
    on('GET', list, { json: [] });
    expect(await github().openPullRequests(repository, 'release/1 & 2')).toEqual([]);
  });

  it('stop with a warning after a hundred pages', async () => {
    givesToken();
    for (let page = 1; page <= 100; page++)
      on('GET', page === 1 ? open : `${open}&page=${page}`, {
        json: page === 1 ? pulls([{ number: 1 }]) : [],
        headers: { link: `<${API}${open}&page=${page + 1}>; rel="next"` },
      });
    const hub = github();
    expect(await hub.openPullRequests(repository)).toHaveLength(1);
    expect(hub.lines.filter(([, message]) => message.includes('longer than what is read'))).toHaveLength(1);
  });
});

describe('pull requests with a head', () => {
  it('are the open ones of this repository whose head it is', async () => {
    givesToken();
    on('GET', ofCommit, {
      json: pulls([
        { number: 1 },
        { number: 2, state: 'closed' },
        { number: 3, sha: OTHER },
        { number: 4, baseRepository: 666 },
        { number: 5, baseRef: 'release' },
      ]),
    });
    const found = await github().pullRequestsWithHead(repository, SHA);
    expect(found.map(({ number, baseRef }) => [number, baseRef])).toEqual([
      [1, 'main'],
      [5, 'release'],
    ]);
  });

  it.each([
    ['GitHub lists none for the commit', { json: [] }],
    ['GitHub does not know the commit', { status: 422, json: { message: 'No commit found for SHA' } }],
    ['GitHub lists only that of the fork itself', { json: pulls([{ number: 9, baseRepository: 666 }]) }],
  ])('are looked for among all open ones, for forks, when %s', async (_why, answer) => {
    givesToken();
    on('GET', ofCommit, answer);
    on('GET', open, {
      json: pulls([{ number: 1, sha: OTHER }]),
      headers: { link: `<${API}${open}&page=2>; rel="next"` },
    });
    on('GET', `${open}&page=2`, { json: pulls([{ number: 2, headRepository: 5 }]) });
    const found = await github().pullRequestsWithHead(repository, SHA);
    expect(found.map(({ number }) => number)).toEqual([2]);
  });

  it('are not "none" when GitHub may not be asked', async () => {
    givesToken();
    on('GET', ofCommit, { status: 403, json: { message: 'Resource not accessible by integration' } });
    expect(await failure(github().pullRequestsWithHead(repository, SHA))).toMatchObject({
      class: 'forbidden',
    });
  });
});

describe('the pull request of a commit', () => {
  it('is the newest of this repository, open or not', async () => {
    givesToken();
    on('GET', ofCommit, {
      json: pulls([
        { number: 3, state: 'closed', mergedAt: '2026-01-02T03:04:05Z' },
        { number: 8 },
        { number: 9, baseRepository: 666 },
      ]),
    });
    expect(await github().pullRequestOfCommit(repository, SHA)).toBe(8);
  });

  it('is undefined for a commit without one, or unknown to GitHub', async () => {
    givesToken();
    on('GET', ofCommit, { json: [] });
    on('GET', ofCommit, { status: 422, json: { message: 'No commit found for SHA' } });
    const hub = github();
    expect(await hub.pullRequestOfCommit(repository, SHA)).toBeUndefined();
    expect(await hub.pullRequestOfCommit(repository, SHA)).toBeUndefined();
    expect(seen).toHaveLength(2);
  });
});
