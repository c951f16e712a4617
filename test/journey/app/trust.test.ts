import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { BROKEN_TOTAL, REFACTORED, REPO, useJourney } from '../../support/journey.js';

const journey = useJourney();

describe('a pull request from a fork', () => {
  it('is held with a button and the command, and runs after an approval of exactly this commit', async () => {
    const { number, sha } = await journey().forkPullRequest('fork-a', { 'extract/main.awk': BROKEN_TOTAL });
    const held = await journey().concluded(sha);
    expect(held.conclusion).toBe('action_required');
    expect(held.actions.map(({ identifier }) => identifier)).toContain('approve');
    expect(held.summary).toContain(`/approve-eval ${sha}`);

    await journey().github.comment(REPO, number, 'bob', `/approve-eval ${sha}`);
    const judged = await journey().concluded(sha, { after: held });
    expect(judged.conclusion).toBe('failure');
    // Aggregates only: neither documents nor values, which would leak labels to a stranger.
    const told = `${judged.title ?? ''}${judged.summary ?? ''}${judged.text ?? ''}`;
    expect(told).toContain('grand');
    expect(told).not.toMatch(/inv-0\d|\.50/);
  });

  it('is held again after a push: the approval was for the other commit', async () => {
    const { number, sha, fork } = await journey().forkPullRequest('fork-b', {
      'extract/main.awk': REFACTORED,
    });
    await journey().concluded(sha);
    await journey().github.comment(REPO, number, 'bob', `/approve-eval ${sha}`);
    await journey().until('it ran', async () => (await journey().check(sha))?.conclusion === 'success');
    const next = await journey().push('fork-b', { 'extract/main.awk': BROKEN_TOTAL }, { repo: fork });
    expect(await journey().concluded(next)).toMatchObject({ conclusion: 'action_required' });
  });

  it('is not approved by its author, nor by a commit that is not its head', async () => {
    const { number, sha } = await journey().forkPullRequest('fork-c', { 'extract/main.awk': REFACTORED });
    const held = await journey().concluded(sha);
    await journey().github.comment(REPO, number, 'mallory', `/approve-eval ${sha}`);
    await journey().github.comment(REPO, number, 'bob', '/approve-eval 0123456789abcdef');
    const answers = async (): Promise<string[]> =>
      (await journey().github.comments(REPO, number))
        .map(({ body }) => body)
        .filter((body) => body.includes('<!-- docops:reply:'));
    await journey().until('two replies', async () => (await answers()).length >= 2);
    await journey().quiet();
    expect(await answers()).toHaveLength(2);
    expect(await journey().check(sha)).toMatchObject({ id: held.id, conclusion: 'action_required' });
    const replies = (await answers()).join('\n');
    expect(replies).toContain('write access');
    expect(replies).toContain(sha);
  });

  it('is re-run from its check although the payload names no pull request', async () => {
    const { number, sha } = await journey().forkPullRequest('fork-d', { 'extract/main.awk': REFACTORED });
    await journey().concluded(sha);
    await journey().github.comment(REPO, number, 'ada', `/approve-eval ${sha}`);
    const passed = await journey().until('it ran', async () => {
      const check = await journey().check(sha);
      return check?.conclusion === 'success' && check;
    });
    await journey().github.rerequest(REPO, passed.id, 'ada');
    const again = await journey().concluded(sha, { after: passed });
    expect(again.conclusion).toBe('success');
  });

  it('is approved by the button only when the sender may write', async () => {
    const { sha } = await journey().forkPullRequest('fork-e', { 'extract/main.awk': REFACTORED });
    const held = await journey().concluded(sha);
    await journey().github.pressButton(REPO, held.id, 'approve', 'mallory');
    await journey().quiet();
    expect(await journey().check(sha)).toMatchObject({ id: held.id });
    await journey().github.pressButton(REPO, held.id, 'approve', 'bob');
    expect(await journey().concluded(sha, { after: held })).toMatchObject({ conclusion: 'success' });
  });

  it('with the head of a trusted pull request does not hold that one up', async () => {
    const trusted = await journey().pullRequest('own', { 'extract/main.awk': `${REFACTORED}# own\n` });
    const passed = await journey().concluded(trusted.sha);
    expect(passed.conclusion).toBe('success');
    const fork = await journey().fork();
    execFileSync('git', ['push', '-q', journey().github.barePath(fork), `${trusted.sha}:refs/heads/copy`], {
      cwd: journey().github.barePath(REPO),
    });
    await journey().github.sync(fork);
    await journey().github.openPullRequest({
      repo: REPO,
      author: 'mallory',
      head: { fork, branch: 'copy' },
      base: 'main',
      title: 'copy',
    });
    await journey().quiet();
    expect(await journey().check(trusted.sha)).toMatchObject({ conclusion: 'success' });
  });
});

describe('an author whose permission', () => {
  it.each([
    ['is refused with 403', 'error-403' as const],
    ['cannot be asked (500)', 'error-500' as const],
    ['does not exist (404)', 'none' as const],
  ])('%s is not trusted, and the check says why', async (name, role) => {
    await journey().github.setPermission(REPO, 'bob', role);
    try {
      const branch = `permission-${role}`;
      const { sha } = await journey().pullRequest(branch, { 'extract/main.awk': `${REFACTORED}# ${name}\n` });
      const check = await journey().concluded(sha);
      expect(check.conclusion).toBe('action_required');
      expect(check.summary).toContain('bob');
    } finally {
      await journey().github.setPermission(REPO, 'bob', 'write');
    }
  });
});
