/** The adapter over real HTTP against a GitHub with a memory: what nock cannot say is whether the answers hang together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Annotation, RepositoryRef } from '../../src/core/app-words.js';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../src/emulated-github/index.js';
import { createGitHub, toDelivery } from '../../src/github/index.js';
import { GitHubError, type CheckRunInput, type GitHub } from '../../src/ports/github.js';
import { startReceiver, type Receiver } from '../emulated-github/world.js';
import { TestRepository } from '../support/git.js';

const REPO = 'acme/invoices';
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

let folder: string;
let server: EmulatedGitHub;
let receiver: Receiver;
let github: GitHub;
let repository: RepositoryRef;
let headSha: string;
let number: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docops-github-'));
  const source = TestRepository.create({ path: join(folder, 'source') });
  source.commit('Begin');
  server = await startEmulatedGitHub({ folder: join(folder, 'github') });
  receiver = await startReceiver(server.app.webhookSecret);
  server.setWebhookUrl(receiver.url);
  await server.addOrganisation('acme');
  for (const login of ['ada', 'mallory']) await server.addUser(login);
  const { id } = await server.addRepository({ owner: 'acme', name: 'invoices', from: source.path });
  await server.pushCommit({ repo: REPO, branch: 'main', files: { 'a.txt': 'one\n' } });
  headSha = await server.pushCommit({ repo: REPO, branch: 'feature', files: { 'a.txt': 'two\n' } });
  await server.setPermission(REPO, 'ada', 'write');
  const { id: installationId } = await server.install('acme');
  number = await server.openPullRequest({
    repo: REPO,
    author: 'ada',
    head: 'feature',
    base: 'main',
    title: 'Two',
  });
  repository = { id, installationId, owner: 'acme', name: 'invoices' };
  github = createGitHub({
    appId: server.app.id,
    privateKey: server.app.privateKey,
    apiUrl: server.apiUrl,
    gitUrl: server.gitUrl,
    version: '0',
    log: silent,
  });
});

afterAll(async () => {
  await server.close();
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

function check(changes: Partial<CheckRunInput> = {}): CheckRunInput {
  return {
    name: 'DocOps (main)',
    headSha,
    externalId: 'run-1',
    detailsUrl: 'http://127.0.0.1/e/1',
    status: 'completed',
    conclusion: 'failure',
    startedAt: new Date('2026-01-02T03:04:05Z'),
    completedAt: new Date('2026-01-02T03:05:05Z'),
    title: 'Total fell',
    summary: 'From 99 % to 80 %',
    annotations: [],
    actions: [{ label: 'Run again', description: 'All documents', identifier: 'rerun' }],
    ...changes,
  };
}

function annotations(count: number): Annotation[] {
  return Array.from({ length: count }, (_, index) => ({
    path: 'a.txt',
    startLine: index + 1,
    endLine: index + 1,
    level: 'warning',
    title: 'Here',
    message: 'Look',
  }));
}

describe('against a GitHub with a memory', () => {
  it('a check run has each annotation once, though the update was sent twice and broke off once', async () => {
    const created = await github.createCheck(repository, check({ status: 'queued', annotations: [] }));
    const verdict = check({ annotations: annotations(120) });
    server.fail({ method: 'PATCH', path: /check-runs/ }, { status: 502 });
    await expect(github.updateCheck(repository, created.id, verdict)).rejects.toThrow(GitHubError);
    const state = await github.updateCheck(repository, created.id, verdict);
    expect(state).toMatchObject({
      id: created.id,
      status: 'completed',
      conclusion: 'failure',
      annotations: 120,
    });
    await github.updateCheck(repository, created.id, verdict);
    const [view] = await server.checkRuns(REPO, headSha);
    expect(view?.annotations.map(({ startLine }) => startLine)).toEqual(
      annotations(120).map(({ startLine }) => startLine),
    );
    expect(await github.findCheck(repository, headSha, 'DocOps (main)', 'run-1')).toEqual(state);
    expect(await github.findCheck(repository, headSha, 'DocOps (main)', 'run-2')).toBeUndefined();
  });

  it('a pull request is found by number, by branch, by head and by commit', async () => {
    expect(await github.pullRequest(repository, number)).toMatchObject({
      number,
      open: true,
      headSha,
      baseRef: 'main',
      author: { login: 'ada', type: 'user' },
      headRepositoryId: repository.id,
    });
    expect(await github.pullRequest(repository, 4040)).toBeUndefined();
    expect(await github.openPullRequests(repository, 'main')).toHaveLength(1);
    expect(await github.openPullRequests(repository, 'other')).toEqual([]);
    expect(await github.pullRequestsWithHead(repository, headSha)).toMatchObject([{ number }]);
    expect(await github.pullRequestOfCommit(repository, headSha)).toBe(number);
  });

  it("a fork's pull request is found by its head", async () => {
    const fork = await server.fork(REPO, 'mallory');
    const sha = await server.pushCommit({ repo: fork, branch: 'evil', files: { 'b.txt': 'b' } });
    const forked = await server.openPullRequest({
      repo: REPO,
      author: 'mallory',
      head: { fork, branch: 'evil' },
      base: 'main',
      title: 'Evil',
    });
    expect(await github.pullRequestsWithHead(repository, sha)).toMatchObject([{ number: forked }]);
  });

  it('our comment is found again among others, updated, and missed when it is gone', async () => {
    await server.comment(REPO, number, 'mallory', '<!-- docops --> not ours');
    const ours = await github.createComment(repository, number, '<!-- docops --> first');
    expect(ours.author).toBe(server.app.login);
    expect(await github.findComment(repository, number, '<!-- docops -->')).toEqual(ours);
    expect(await github.updateComment(repository, ours.id, 'second')).toMatchObject({ body: 'second' });
    const command = await server.comment(REPO, number, 'ada', '/eval-help');
    await github.react(repository, command, 'eyes');
    expect(await server.reactions(REPO, command)).toEqual(['eyes']);
    await server.deleteComment(REPO, ours.id);
    expect(await github.updateComment(repository, ours.id, 'third')).toBeUndefined();
  });

  it('people have their permissions', async () => {
    expect(await github.permission(repository, 'ada')).toEqual({
      kind: 'role',
      role: 'write',
      canWrite: true,
    });
    expect(await github.permission(repository, 'nobody-of-that-name')).toEqual({ kind: 'none' });
    expect(await github.permission(repository, 'mallory')).not.toMatchObject({ canWrite: true });
  });

  it.each(['ruleset', 'classic'] as const)('a required check is found in a %s', async (via) => {
    const name = `DocOps via ${via}`;
    expect(await github.requiredCheck(repository, 'main', name)).toEqual({ required: false, pinned: null });
    await server.requireCheck(REPO, 'main', name, { pinned: true, via });
    expect(await github.requiredCheck(repository, 'main', name)).toEqual({ required: true, pinned: true });
  });

  it('the App knows itself, its installations and their repositories', async () => {
    const facts = await github.app();
    expect(facts).toMatchObject({ id: server.app.id, slug: server.app.slug });
    expect(await github.installations()).toMatchObject([
      { id: repository.installationId, account: 'acme', suspended: false },
    ]);
    expect(await github.repositories(repository.installationId)).toEqual([repository]);
  });

  it('a token that GitHub takes back is replaced', async () => {
    server.expireTokens();
    expect(await github.pullRequest(repository, number)).toMatchObject({ number });
  });

  it('a failed delivery is found, delivered again, and then no longer found', async () => {
    await server.idle();
    receiver.answers.push(500);
    await server.comment(REPO, number, 'ada', '/eval-status');
    await server.idle();
    const since = new Date(Date.now() - 60_000);
    const [lost, ...more] = await github.failedDeliveries(since);
    expect(lost).toMatchObject({ event: 'issue_comment.created' });
    expect(more).toEqual([]);
    await github.redeliver(lost!.id);
    await server.idle();
    expect(receiver.received.at(-1)).toMatchObject({ guid: lost!.guid });
    expect(await github.failedDeliveries(since)).toEqual([]);
  });

  it('webhooks become hints about this repository and this installation', async () => {
    await server.pushCommit({ repo: REPO, branch: 'main', files: { 'c.txt': 'c' } });
    await server.idle();
    const own = { id: server.app.id, login: server.app.login };
    const read = receiver.received.flatMap(
      ({ event, guid, payload }) => toDelivery(event, guid, payload, own) ?? [],
    );
    const kinds = new Set(read.flatMap(({ hints }) => hints.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(['command', 'installation', 'look', 'push']);
    for (const { installation, repository: about } of read) {
      expect(installation).toEqual({ id: repository.installationId, account: 'acme' });
      expect([undefined, repository.id]).toContain(about?.id);
    }
    const commands = read.flatMap(({ hints }) => hints).filter(({ kind }) => kind === 'command');
    expect(commands).not.toContainEqual(expect.objectContaining({ author: { login: server.app.login } }));
  });

  it('a renamed repository is read and written by its old name', async () => {
    await server.rename(REPO, 'bills');
    expect(await github.pullRequest(repository, number)).toMatchObject({ number });
    expect(await github.createCheck(repository, check({ externalId: 'run-9' }))).toMatchObject({
      status: 'completed',
    });
    expect(github.cloneUrl(repository)).toContain('/acme/bills.git');
  });
});
