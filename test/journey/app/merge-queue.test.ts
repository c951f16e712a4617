import { describe, expect, it } from 'vitest';
import { BROKEN_TOTAL, CONFIG, EXTRACTOR, REPO, useJourney } from '../../support/journey.js';

describe('a merge queue', () => {
  const journey = useJourney();

  it('takes a finished verdict over when the group is what was judged', async () => {
    const { number, sha } = await journey().pullRequest('alone', {
      'extract/main.awk': `${EXTRACTOR}# alone\n`,
    });
    await journey().concluded(sha);
    const group = await journey().github.mergeGroup(REPO, 'main', [number]);
    const check = await journey().concluded(group.headSha);
    expect(check.conclusion).toBe('success');
    expect(`${check.summary ?? ''}${check.text ?? ''}`).toMatch(/taken over/i);
    await journey().github.destroyMergeGroup(REPO, group.headSha, 'dequeued');
  });

  it('gets a real verdict for a group, with which pull request moved which field', async () => {
    const good = await journey().pullRequest('good', { 'extract/notes.txt': 'harmless\n' });
    const bad = await journey().pullRequest('bad', { 'extract/main.awk': BROKEN_TOTAL });
    const group = await journey().github.mergeGroup(REPO, 'main', [good.number, bad.number]);
    const check = await journey().concluded(group.headSha);
    expect(check.conclusion).toBe('failure');
    const told = `${check.summary ?? ''}${check.text ?? ''}`;
    expect(told).toMatch(new RegExp(`#(?:&#8203;|\\u200b)?${bad.number}[^\\n]*grand`));
    await journey().github.destroyMergeGroup(REPO, group.headSha, 'dequeued');
  });

  it('is cancelled when the group is gone', async () => {
    const slow = EXTRACTOR.replace('BEGIN {', 'BEGIN { system("sleep 0.4");');
    const { number } = await journey().pullRequest('slow', { 'extract/main.awk': slow });
    const group = await journey().github.mergeGroup(REPO, 'main', [number]);
    await journey().until('it is begun', async () => await journey().check(group.headSha));
    await journey().github.destroyMergeGroup(REPO, group.headSha, 'invalidated');
    expect(await journey().concluded(group.headSha)).toMatchObject({ conclusion: 'cancelled' });
  });
});

describe('merge_queue: trust', () => {
  const journey = useJourney({ files: { '.docops.yml': `${CONFIG}merge_queue: trust\n` } });

  it('waves the group through and says so', async () => {
    const { number } = await journey().pullRequest('waved', { 'extract/main.awk': BROKEN_TOTAL });
    const group = await journey().github.mergeGroup(REPO, 'main', [number]);
    const check = await journey().concluded(group.headSha);
    expect(check.conclusion).toBe('success');
    expect(check.summary).toContain('merge_queue');
  });
});
