import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT, REPO, events, startWorld, type TestWorld } from './world.js';

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

async function newPull(branch: string, extra: { draft?: boolean } = {}): Promise<number> {
  await world.github.pushCommit({ repo: REPO, branch, onto: 'main', files: { [`${branch}.txt`]: branch } });
  const number = await world.github.openPullRequest({
    repo: REPO,
    author: 'ada',
    head: branch,
    base: 'main',
    title: `Add ${branch}`,
    ...extra,
  });
  await events(world);
  return number;
}

describe('a pull request', () => {
  it('is told when it is opened, with what the App needs', async () => {
    const sha = await world.github.pushCommit({ repo: REPO, branch: 'told', files: { 'told.txt': 'x' } });
    await events(world);
    const number = await world.github.openPullRequest({
      repo: REPO,
      author: 'ada',
      head: 'told',
      base: 'main',
      title: 'Tell',
    });
    await world.github.idle();
    const [told] = world.receiver.received.splice(0);
    expect(told).toMatchObject({
      event: 'pull_request',
      payload: {
        action: 'opened',
        number,
        installation: { id: world.installationId },
        repository: { full_name: REPO, owner: { login: 'acme' } },
        sender: { login: 'ada', type: 'User' },
        pull_request: { draft: false, head: { sha, ref: 'told' }, base: { ref: 'main' } },
      },
    });
  });

  it('is listed by state, base and head, over pages', async () => {
    const first = await newPull('list-1');
    const second = await newPull('list-2');
    const { rest } = world.octokit;
    const all = await world.octokit.paginate(rest.pulls.list, { ...AT, base: 'main', per_page: 1 });
    expect(all.map(({ number }) => number).slice(0, 2)).toEqual([second, first]);
    const one = await rest.pulls.list({ ...AT, head: 'acme:list-1' });
    expect(one.data.map(({ number }) => number)).toEqual([first]);
    expect((await rest.pulls.list({ ...AT, base: 'feature' })).data).toEqual([]);
    await world.github.closePullRequest(REPO, first, 'ada');
    const closed = await rest.pulls.list({ ...AT, state: 'closed' });
    expect(closed.data.map(({ number }) => number)).toEqual([first]);
    await world.github.reopen(REPO, first);
    expect((await rest.pulls.get({ ...AT, pull_number: first })).data.state).toBe('open');
    expect(await events(world)).toEqual(['pull_request.closed', 'pull_request.reopened']);
  });

  it('shows the files and commits that git knows', async () => {
    const number = await newPull('files');
    await world.github.pushCommit({
      repo: REPO,
      branch: 'files',
      files: { 'b.txt': null, 'renamed.txt': 'b\n', 'a.txt': 'one\ntwo\n' },
    });
    const files = await world.octokit.rest.pulls.listFiles({ ...AT, pull_number: number });
    expect(
      files.data.map(({ filename, status, additions, deletions }) => ({
        filename,
        status,
        additions,
        deletions,
      })),
    ).toEqual([
      { filename: 'a.txt', status: 'modified', additions: 1, deletions: 0 },
      { filename: 'files.txt', status: 'added', additions: 1, deletions: 0 },
      { filename: 'renamed.txt', status: 'renamed', additions: 0, deletions: 0 },
    ]);
    const commits = await world.octokit.rest.pulls.listCommits({ ...AT, pull_number: number });
    expect(commits.data).toHaveLength(2);
    await events(world);
  });

  it('is synchronized by a push to its head, and by nothing else', async () => {
    const number = await newPull('moves');
    const before = (await world.octokit.rest.pulls.get({ ...AT, pull_number: number })).data.head.sha;
    const after = await world.github.pushCommit({ repo: REPO, branch: 'moves', files: { 'x.txt': '1' } });
    await world.github.idle();
    const [push, synchronize] = world.receiver.received.splice(0);
    expect(push).toMatchObject({
      event: 'push',
      payload: { ref: 'refs/heads/moves', before, after, commits: [{ id: after, added: ['x.txt'] }] },
    });
    expect(synchronize).toMatchObject({
      event: 'pull_request',
      payload: { action: 'synchronize', before, after, pull_request: { head: { sha: after } } },
    });
    await world.github.pushCommit({ repo: REPO, branch: 'main', files: { 'm.txt': '1' } });
    await world.github.sync(REPO);
    expect(await events(world)).toEqual(['push']);
  });

  it('becomes ready with the same head, and is retargeted without synchronize', async () => {
    const number = await newPull('draft', { draft: true });
    await world.github.setDraft(REPO, number, false);
    await world.github.pushCommit({ repo: REPO, branch: 'release', onto: 'main', files: { 'r.txt': 'r' } });
    await world.github.retarget(REPO, number, 'release');
    await world.github.idle();
    const told = world.receiver.received.splice(0);
    expect(told.map(({ event, payload }) => [event, payload.action])).toEqual([
      ['pull_request', 'ready_for_review'],
      ['push', undefined],
      ['pull_request', 'edited'],
    ]);
    expect(told.at(-1)?.payload).toMatchObject({
      changes: { base: { ref: { from: 'main' } } },
      pull_request: { base: { ref: 'release' } },
    });
  });

  it('is found by the commits it brings, open or merged', async () => {
    const number = await newPull('found');
    const { rest } = world.octokit;
    const first = (await rest.pulls.get({ ...AT, pull_number: number })).data.head.sha;
    const head = await world.github.pushCommit({ repo: REPO, branch: 'found', files: { 'y.txt': '1' } });
    const numbers = async (sha: string) =>
      (await rest.repos.listPullRequestsAssociatedWithCommit({ ...AT, commit_sha: sha })).data.map(
        (pull) => pull.number,
      );
    expect(await numbers(head)).toEqual([number]);
    expect(await numbers(first)).toEqual([number]);
    const main = (await rest.repos.getBranch({ ...AT, branch: 'main' })).data.commit.sha;
    expect(await numbers(main)).toEqual([]);
    await world.github.closePullRequest(REPO, number);
    expect(await numbers(head)).toEqual([]);
    await world.github.reopen(REPO, number);
    const { sha } = await world.github.merge(REPO, number, 'ada');
    expect(await numbers(sha ?? '')).toEqual([number]);
    await expect(numbers('0'.repeat(40))).rejects.toMatchObject({ status: 404 });
    await events(world);
  });

  it('closes when its branch goes', async () => {
    const number = await newPull('gone');
    execFileSync('git', ['--git-dir', world.github.barePath(REPO), 'update-ref', '-d', 'refs/heads/gone']);
    await world.github.sync(REPO, { sender: 'ada' });
    expect(await events(world)).toEqual(['push', 'pull_request.closed']);
    expect((await world.octokit.rest.pulls.get({ ...AT, pull_number: number })).data.merged).toBe(false);
  });
});

describe('the roles of people', () => {
  it('come with the permission that GitHub shows beside them', async () => {
    const ask = async (username: string) => {
      const { data } = await world.octokit.rest.repos.getCollaboratorPermissionLevel({ ...AT, username });
      return [data.permission, data.role_name];
    };
    await world.github.setPermission(REPO, 'grace', 'maintain');
    expect(await ask('ada')).toEqual(['write', 'write']);
    expect(await ask('grace')).toEqual(['write', 'maintain']);
    // Public: everybody reads.
    expect(await ask('mallory')).toEqual(['read', 'read']);
    await world.github.setPermission(REPO, 'mallory', 'none');
    expect(await ask('mallory')).toEqual(['none', 'none']);
    await expect(ask('nobody')).rejects.toMatchObject({ status: 404 });
    await world.github.setPermission(REPO, 'grace', 'error-403');
    await expect(ask('grace')).rejects.toMatchObject({ status: 403 });
    await world.github.setPermission(REPO, 'grace', 'error-500');
    await expect(ask('grace')).rejects.toMatchObject({ status: 500 });
  });
});
