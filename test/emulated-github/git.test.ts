import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRef } from '../../src/emulated-github/git.js';
import { GIT_ENVIRONMENT } from '../support/git.js';
import { AT, REPO, events, startWorld, type TestWorld } from './world.js';

let world: TestWorld;
let token: string;
beforeAll(async () => {
  world = await startWorld();
  ({ token } = (await world.octokit.auth({ type: 'installation' })) as { token: string });
});
afterAll(() => world.close());

/** Beside the server's own process: it has to answer meanwhile. */
async function git(secret: string | null, ...args: string[]): Promise<{ code: number; text: string }> {
  const basic = Buffer.from(`x-access-token:${secret ?? ''}`).toString('base64');
  const header = secret === null ? [] : ['-c', `http.extraHeader=Authorization: Basic ${basic}`];
  const child = spawn('git', [...header, ...args], {
    env: { ...GIT_ENVIRONMENT, GIT_TERMINAL_PROMPT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)));
  return { code, text: Buffer.concat(chunks).toString('utf8') };
}

const url = () => `${world.github.gitUrl}/${REPO}.git`;

describe('git over HTTP', () => {
  it('clones with an installation token', async () => {
    const to = join(world.folder, 'clone');
    const { code, text } = await git(token, 'clone', '--quiet', url(), to);
    expect([code, text]).toEqual([0, '']);
    const head = spawnSync('git', ['-C', to, 'rev-parse', 'origin/feature'], { encoding: 'utf8' });
    const { data } = await world.octokit.rest.repos.getBranch({ ...AT, branch: 'feature' });
    expect(head.stdout.trim()).toBe(data.commit.sha);
  });

  it('clones in part, and fetches single commits and blobs by id', async () => {
    const to = join(world.folder, 'partial.git');
    const clone = await git(token, 'clone', '--quiet', '--bare', '--filter=blob:none', url(), to);
    expect(clone.code).toBe(0);
    const sha = await world.github.pushCommit({ repo: REPO, branch: 'later', files: { 'l.txt': 'l' } });
    const fetched = await git(token, '--git-dir', to, 'fetch', '--quiet', '--filter=blob:none', url(), sha);
    expect([fetched.code, fetched.text]).toEqual([0, '']);
    const blob = await git(token, '--git-dir', to, 'cat-file', '-p', `${sha}:l.txt`);
    expect(blob).toEqual({ code: 0, text: 'l' });
  });

  it('refuses a wrong token, none, one without contents, and pushes', async () => {
    const refs = `${url()}/info/refs?service=git-upload-pack`;
    const statusWith = async (secret: string | null) => {
      const basic = Buffer.from(`x-access-token:${secret}`).toString('base64');
      const headers = secret === null ? {} : { authorization: `Basic ${basic}` };
      return fetch(refs, { headers });
    };
    expect((await statusWith('ghs_wrong')).status).toBe(401);
    const none = await statusWith(null);
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toContain('Basic');
    const narrow = await world.app.rest.apps.createInstallationAccessToken({
      installation_id: world.installationId,
      permissions: { checks: 'write' },
    });
    expect((await statusWith(narrow.data.token)).status).toBe(403);
    expect((await git('ghs_wrong', 'ls-remote', url())).code).not.toBe(0);
    const push = await git(token, '--git-dir', world.github.barePath(REPO), 'push', url(), 'main:stolen');
    expect(push.code).not.toBe(0);
    expect(push.text).toContain('403');
  });

  it('goes on under a new name, by the old one too', async () => {
    await world.github.rename(REPO, 'bills');
    const old = await git(token, 'ls-remote', url(), 'refs/heads/main');
    const renamed = await git(token, 'ls-remote', `${world.github.gitUrl}/acme/bills.git`, 'refs/heads/main');
    expect(old.code).toBe(0);
    expect(renamed).toEqual(old);
    await world.github.rename('acme/bills', 'invoices');
  });

  it('has the heads of pull requests, of forks too, in the base’s repository', async () => {
    const fork = await world.github.fork(REPO, 'mallory');
    const commit = (text: string) =>
      world.github.pushCommit({
        repo: fork,
        branch: 'theirs',
        author: 'mallory',
        files: { 'f.txt': text },
      });
    const first = await commit('1');
    const number = await world.github.openPullRequest({
      repo: REPO,
      author: 'mallory',
      head: { fork, branch: 'theirs' },
      base: 'main',
      title: 'From outside',
    });
    const { data } = await world.octokit.rest.pulls.get({ ...AT, pull_number: number });
    expect(data.head).toMatchObject({ sha: first, label: 'mallory:theirs', repo: { fork: true } });
    expect(data.head.repo.id).not.toBe(data.base.repo.id);
    await events(world);
    const second = await commit('2');
    // The push is the fork's affair; the base hears of its pull request.
    expect(await events(world)).toEqual(['pull_request.synchronize']);
    const remote = await git(token, 'ls-remote', url(), `refs/pull/${number}/head`);
    expect(remote.text).toContain(second);
    await world.github.deleteRepository(fork);
    const orphan = await world.octokit.rest.pulls.get({ ...AT, pull_number: number });
    expect(orphan.data.head).toMatchObject({ sha: second, repo: null });
    await world.github.fork(REPO, 'mallory');
    const anew = await world.github.openPullRequest({
      repo: REPO,
      author: 'mallory',
      head: { fork, branch: 'feature' },
      base: 'main',
      title: 'From a new fork',
    });
    const after = await world.octokit.rest.pulls.get({ ...AT, pull_number: anew });
    expect(after.data.head.repo.id).not.toBe(data.head.repo.id);
    const own = await world.github.openPullRequest({
      repo: REPO,
      author: 'ada',
      head: 'feature',
      base: 'main',
      title: 'Inside',
    });
    const bare = world.github.barePath(REPO);
    expect(await readRef(bare, `refs/pull/${own}/head`)).toBe(await readRef(bare, 'refs/heads/feature'));
  });

  it('sees what was pushed into the bare repository once it is told', async () => {
    const work = join(world.folder, 'work');
    const bare = world.github.barePath(REPO);
    expect((await git(null, 'clone', '--quiet', '--branch', 'main', bare, work)).code).toBe(0);
    expect((await git(null, '-C', work, 'commit', '--quiet', '--allow-empty', '-m', 'By hand')).code).toBe(0);
    expect((await git(null, '-C', work, 'push', '--quiet', 'origin', 'main', 'main:other')).code).toBe(0);
    await events(world);
    await world.github.sync(REPO, { sender: 'ada' });
    await world.github.idle();
    const told = world.receiver.received.splice(0);
    expect(told.map(({ event, payload }) => [event, payload['ref'], payload['created']])).toEqual([
      ['push', 'refs/heads/main', false],
      ['push', 'refs/heads/other', true],
    ]);
    await world.github.sync(REPO);
    expect(await events(world)).toEqual([]);
  });

  it('gives no way out of the folder by names of branches', async () => {
    const commit = { repo: REPO, onto: 'main', files: { 'x.txt': 'x' } };
    for (const branch of ['../../../escape', 'a/../b', '/x', 'a b', 'x.lock', '-\n'])
      await expect(world.github.pushCommit({ ...commit, branch })).rejects.toThrow('not a ref name');
  });
});
