import { afterEach, describe, expect, it, vi } from 'vitest';
import { pull } from './fixtures.js';
import {
  failure,
  github,
  givesToken,
  INSTALLATION_ID,
  on,
  repository,
  seen,
  tokenRequests,
} from './support.js';

afterEach(() => vi.useRealTimers());

describe('a token for git', () => {
  it('is for this repository alone, and for reading', async () => {
    givesToken('ghs_clone');
    expect(await github().cloneToken(repository)).toBe('ghs_clone');
    expect(tokenRequests[0]?.body).toMatchObject({
      repository_ids: [repository.id],
      permissions: { contents: 'read' },
    });
  });

  it('is not the one that requests are made with, nor that of another repository', async () => {
    givesToken('ghs_clone');
    givesToken('ghs_other');
    givesToken('ghs_api');
    on('GET', '/repos/octocat/Hello-World/pulls/7', { json: pull() });
    const hub = github();
    expect(await hub.cloneToken(repository)).toBe('ghs_clone');
    expect(await hub.cloneToken({ ...repository, id: 2 })).toBe('ghs_other');
    await hub.pullRequest(repository, 7);
    expect(seen[0]?.authorization).toBe('token ghs_api');
  });

  it('is kept until five minutes before its end', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2) });
    givesToken('ghs_first');
    const hub = github();
    expect(await hub.cloneToken(repository)).toBe('ghs_first');
    vi.advanceTimersByTime(54 * 60 * 1000);
    expect(await hub.cloneToken(repository)).toBe('ghs_first');
    vi.advanceTimersByTime(1.5 * 60 * 1000);
    givesToken('ghs_second');
    expect(await hub.cloneToken(repository)).toBe('ghs_second');
  });

  it('is forbidden where the installation does not have the repository', async () => {
    on('POST', `/app/installations/${INSTALLATION_ID}/access_tokens`, {
      status: 422,
      json: { message: 'There is at least one repository that does not exist or is not accessible' },
    });
    expect(await failure(github().cloneToken(repository))).toMatchObject({ class: 'forbidden', status: 422 });
  });
});

describe('where a repository is cloned from', () => {
  it.each([
    [undefined, 'https://github.com/octocat/Hello-World.git'],
    ['https://ghe.example.com', 'https://ghe.example.com/octocat/Hello-World.git'],
    ['file:///srv/git/', 'file:///srv/git/octocat/Hello-World.git'],
  ])('git URL %s', (gitUrl, expected) => {
    expect(github(gitUrl === undefined ? {} : { gitUrl }).cloneUrl(repository)).toBe(expected);
  });

  it.each(['..', '', 'a/b', 'a b', '--upload-pack=x;', 'ü'])('refuses the name %j', (name) => {
    expect(() => github().cloneUrl({ ...repository, name })).toThrow(/repository name/);
  });
});

describe('Enterprise Server', () => {
  it('is spoken to at its own address, tokens included', async () => {
    const host = 'https://ghe.example.com';
    on(
      'POST',
      `/api/v3/app/installations/${INSTALLATION_ID}/access_tokens`,
      {
        status: 201,
        json: {
          token: 'ghs_ghe',
          expires_at: new Date(Date.now() + 3_600_000).toISOString(),
          permissions: {},
        },
      },
      host,
    );
    on('GET', '/api/v3/repos/octocat/Hello-World/pulls/7', { json: pull({ number: 7 }) }, host);
    on('GET', '/api/v3/app/hook/config', { json: { url: 'https://docops.example.com' } }, host);
    const hub = github({ apiUrl: `${host}/api/v3/` });
    expect(await hub.pullRequest(repository, 7)).toMatchObject({ number: 7 });
    expect(await hub.webhookUrl()).toBe('https://docops.example.com');
  });
});
