import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRef } from '../../src/emulated-github/git.js';
import { AT, REPO, events, startWorld, type TestWorld } from './world.js';

const CHECK = 'DocOps (main)';
let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

async function newPull(branch: string, base = 'main'): Promise<{ number: number; sha: string }> {
  const files = { [`${branch}.txt`]: branch };
  const sha = await world.github.pushCommit({ repo: REPO, branch, onto: base, files });
  const number = await world.github.openPullRequest({
    repo: REPO,
    author: 'ada',
    head: branch,
    base,
    title: `Add ${branch}`,
  });
  await events(world);
  return { number, sha };
}

const check = async (sha: string, conclusion: 'success' | 'failure' | undefined) =>
  world.octokit.rest.checks.create({
    ...AT,
    name: CHECK,
    head_sha: sha,
    ...(conclusion === undefined ? {} : { conclusion }),
  });

describe('a branch that requires the check', () => {
  it('shows its rules to those who may read', async () => {
    await world.github.requireCheck(REPO, 'main', CHECK, { pinned: true });
    await world.github.pushCommit({ repo: REPO, branch: 'classic', onto: 'main', files: { 'c.txt': 'c' } });
    await world.github.requireCheck(REPO, 'classic', CHECK, { via: 'classic' });
    const rules = await world.octokit.rest.repos.getBranchRules({ ...AT, branch: 'main' });
    expect(rules.data).toMatchObject([
      {
        type: 'required_status_checks',
        parameters: {
          required_status_checks: [{ context: CHECK, integration_id: world.github.app.id }],
        },
      },
    ]);
    const free = await world.octokit.rest.repos.getBranchRules({ ...AT, branch: 'feature' });
    expect(free.data).toEqual([]);
    const classic = await world.octokit.rest.repos.getBranch({ ...AT, branch: 'classic' });
    expect(classic.data).toMatchObject({
      protected: true,
      protection: { required_status_checks: { contexts: [CHECK], checks: [{ app_id: null }] } },
    });
    const full = world.octokit.rest.repos.getBranchProtection({ ...AT, branch: 'classic' });
    await expect(full).rejects.toMatchObject({ status: 403 });
    await events(world);
  });

  it.each(['main', 'classic'])('refuses a merge into %s until the check has succeeded', async (base) => {
    const { number, sha } = await newPull(`guarded-${base}`, base);
    const merge = () => world.github.merge(REPO, number, 'ada');
    const bare = world.github.barePath(REPO);
    const before = await readRef(bare, `refs/heads/${base}`);
    expect(await merge()).toMatchObject({ merged: false, status: 405 });
    expect((await merge()).message).toContain(`"${CHECK}" is expected`);
    await check(sha, undefined);
    expect((await merge()).message).toContain('is queued');
    await check(sha, 'failure');
    expect((await merge()).message).toContain('is failing');
    expect(await readRef(bare, `refs/heads/${base}`)).toBe(before);
    await check(sha, 'success');
    await world.github.setDraft(REPO, number, true);
    expect(await merge()).toMatchObject({ merged: false, status: 405 });
    await world.github.setDraft(REPO, number, false);
    await events(world);
    const merged = await merge();
    expect(merged).toMatchObject({ merged: true, status: 200 });
    expect(await readRef(bare, `refs/heads/${base}`)).toBe(merged.sha);
    await world.github.idle();
    expect(world.receiver.received.splice(0)).toMatchObject([
      { event: 'push', payload: { ref: `refs/heads/${base}`, before, after: merged.sha } },
      {
        event: 'pull_request',
        payload: { action: 'closed', pull_request: { merged: true, merge_commit_sha: merged.sha } },
      },
    ]);
    expect(await merge()).toMatchObject({ merged: false });
  });

  it('does not take a merge that conflicts', async () => {
    const { number, sha } = await newPull('conflict-a');
    await world.github.pushCommit({ repo: REPO, branch: 'conflict-a', files: { 'a.txt': 'theirs\n' } });
    await world.github.pushCommit({ repo: REPO, branch: 'main', files: { 'a.txt': 'ours\n' } });
    const head = (await world.octokit.rest.pulls.get({ ...AT, pull_number: number })).data.head.sha;
    expect(head).not.toBe(sha);
    await check(head, 'success');
    expect(await world.github.merge(REPO, number, 'ada')).toMatchObject({
      merged: false,
      status: 405,
      message: 'Pull Request is not mergeable',
    });
    await events(world);
  });
});

describe('a merge group', () => {
  it('has one merge commit for each pull request on its own branch, and lands through the rules', async () => {
    const one = await newPull('queue-1');
    const two = await newPull('queue-2');
    const group = await world.github.mergeGroup(REPO, 'main', [one.number, two.number]);
    const bare = world.github.barePath(REPO);
    expect(group.headRef).toMatch(/^refs\/heads\/gh-readonly-queue\/main\/pr-\d+-[0-9a-f]{40}$/);
    expect(await readRef(bare, group.headRef)).toBe(group.headSha);
    await world.github.idle();
    const told = world.receiver.received.splice(0);
    expect(told.at(-1)).toMatchObject({
      event: 'merge_group',
      payload: {
        action: 'checks_requested',
        merge_group: {
          head_sha: group.headSha,
          base_sha: group.baseSha,
          base_ref: 'refs/heads/main',
          head_commit: { message: `Merge pull request #${two.number} from acme/queue-2\n\nAdd queue-2` },
        },
      },
    });
    await expect(world.github.destroyMergeGroup(REPO, group.headSha, 'merged')).rejects.toThrow(
      'is expected',
    );
    await check(group.headSha, 'success');
    await world.github.destroyMergeGroup(REPO, group.headSha, 'merged');
    expect(await readRef(bare, 'refs/heads/main')).toBe(group.headSha);
    expect(await readRef(bare, group.headRef)).toBeUndefined();
    await world.github.idle();
    expect(world.receiver.received.splice(0)).toMatchObject([
      { event: 'push', payload: { ref: 'refs/heads/main' } },
      { event: 'pull_request', payload: { action: 'closed', number: one.number } },
      { event: 'pull_request', payload: { action: 'closed', number: two.number } },
      { event: 'merge_group', payload: { action: 'destroyed', reason: 'merged' } },
      { event: 'push', payload: { deleted: true } },
    ]);
  });

  it('can be destroyed, and is not told without the permission for it', async () => {
    const { number } = await newPull('queue-3');
    const group = await world.github.mergeGroup(REPO, 'main', [number]);
    await world.github.destroyMergeGroup(REPO, group.headSha);
    expect(await events(world)).toEqual([
      'push',
      'merge_group.checks_requested',
      'merge_group.destroyed',
      'push',
    ]);
    await world.github.uninstall('acme');
    await world.github.install('acme', { permissions: { contents: 'read', metadata: 'read' } });
    await events(world);
    await world.github.mergeGroup(REPO, 'main', [number]);
    expect(await events(world)).toEqual(['push']);
  });
});
