import { describe, expect, it } from 'vitest';
import {
  BROKEN_TOTAL,
  CHECK,
  CONFIG,
  CRASHING,
  EXTRACTOR,
  REFACTORED,
  REPO,
  useJourney,
} from '../../support/journey.js';

const journey = useJourney();

describe('a pull request', () => {
  it('that only moves code passes and can be merged, once the check is required', async () => {
    const { github } = journey();
    await github.requireCheck(REPO, 'main', CHECK, { pinned: true });
    const { number, sha } = await journey().pullRequest('refactor', { 'extract/main.awk': REFACTORED });
    const check = await journey().concluded(sha);
    expect(check).toMatchObject({ conclusion: 'success' });
    expect(check.summary).toContain('main');
    expect(await github.merge(REPO, number, 'ada')).toMatchObject({ merged: true });
    await journey().quiet();
  });

  it('that loses a field is blocked: the check fails, names the field, and the merge is refused', async () => {
    const { number, sha } = await journey().pullRequest('regression', { 'extract/main.awk': BROKEN_TOTAL });
    const check = await journey().concluded(sha);
    expect(check.conclusion).toBe('failure');
    expect(`${check.title ?? ''}${check.summary ?? ''}`).toContain('grand');
    expect(await journey().github.merge(REPO, number, 'ada')).toMatchObject({ merged: false });
    const comments = await journey().until('a comment', async () => {
      const found = await journey().github.comments(REPO, number);
      return found.length > 0 && found;
    });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('grand');
  });

  it('whose extractor crashes fails, says so, and shows the last lines', async () => {
    const { sha } = await journey().pullRequest('crash', { 'extract/main.awk': CRASHING });
    const check = await journey().concluded(sha);
    expect(check.conclusion).toBe('failure');
    expect(`${check.summary ?? ''}${check.text ?? ''}`).toContain('cannot read the table');
  });

  it('that touches no watched file passes as not applicable, with the patterns', async () => {
    const { sha } = await journey().pullRequest('docs', { 'README.md': 'Another sentence.\n' });
    const check = await journey().concluded(sha);
    expect(check).toMatchObject({
      conclusion: 'success',
      title: 'Not applicable: no extraction code changed',
    });
    expect(check.summary).toContain('extract/');
  });

  it('that renames a file out of a watched path is evaluated and fails: the extractor is gone', async () => {
    const { sha } = await journey().pullRequest('rename', {
      'extract/main.awk': null,
      'other/main.awk': EXTRACTOR,
    });
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'failure' });
  });

  it('with ten thousand files is compared by content, without a cap', async () => {
    const files: Record<string, string> = {};
    for (let i = 0; i < 10_000; i += 1) files[`vendor/${i % 100}/file-${i}.txt`] = `${i}\n`;
    files['extract/main.awk'] = BROKEN_TOTAL;
    const { sha } = await journey().pullRequest('huge', files);
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'failure' });
  });

  it('that deletes the configuration is judged by the base all the same', async () => {
    const { sha } = await journey().pullRequest('no-config', {
      '.docops.yml': null,
      'extract/main.awk': BROKEN_TOTAL,
    });
    const check = await journey().concluded(sha);
    expect(check.conclusion).toBe('failure');
    expect(`${check.summary ?? ''}${check.text ?? ''}`).toContain('deletes the configuration');
  });

  it('that loosens its own gate is judged by the base, and told what would change', async () => {
    const { sha } = await journey().pullRequest('loosen', {
      '.docops.yml': `${CONFIG}    gate: { enforce: shadow }\n`,
      'extract/main.awk': BROKEN_TOTAL,
    });
    const check = await journey().concluded(sha);
    expect(check.conclusion).toBe('failure');
    expect(`${check.summary ?? ''}${check.text ?? ''}`).toMatch(/enforce/);
  });

  it('gets a new verdict when it is retargeted with the same head', async () => {
    await journey().push('release', { 'extract/main.awk': REFACTORED });
    const { number, sha } = await journey().pullRequest('retarget', { 'notes/a.md': 'x\n' });
    await journey().concluded(sha);
    await journey().github.retarget(REPO, number, 'release');
    expect(await journey().concluded(sha, { name: 'DocOps (release)' })).toMatchObject({
      status: 'completed',
    });
  });

  it('as the second one with the same head and another base gets a check of its own', async () => {
    await journey().push('stable', { 'extract/main.awk': REFACTORED });
    const { sha } = await journey().pullRequest('twin', { 'extract/main.awk': `${REFACTORED}# twin\n` });
    await journey().github.openPullRequest({
      repo: REPO,
      author: 'bob',
      head: 'twin',
      base: 'stable',
      title: 'twin',
    });
    const [first, second] = await Promise.all([
      journey().concluded(sha),
      journey().concluded(sha, { name: 'DocOps (stable)' }),
    ]);
    expect([first.conclusion, second.conclusion]).toEqual(['success', 'success']);
  });

  it('keeps its answer when another one with the same head and base is closed', async () => {
    const { sha } = await journey().pullRequest('pair-a', { 'extract/main.awk': `${REFACTORED}# pair\n` });
    await journey().push('pair-b', {}, { onto: sha, emit: false });
    const second = await journey().github.openPullRequest({
      repo: REPO,
      author: 'bob',
      head: 'pair-b',
      base: 'main',
      title: 'pair-b',
    });
    await journey().concluded(sha);
    await journey().github.closePullRequest(REPO, second);
    await journey().quiet();
    expect(await journey().check(sha)).toMatchObject({ conclusion: 'success' });
  });

  it('that comes back with a rebase of the same content takes the verdict over and measures nothing', async () => {
    const first = await journey().pullRequest('content-a', { 'extract/main.awk': `${EXTRACTOR}# same\n` });
    await journey().concluded(first.sha);
    const second = await journey().pullRequest('content-b', {
      'extract/main.awk': `${EXTRACTOR}# same\n`,
      'README.md': 'And a word.\n',
    });
    const check = await journey().concluded(second.sha);
    expect(check.conclusion).toBe('success');
    expect(`${check.summary ?? ''}${check.text ?? ''}`).toMatch(/taken over/i);
  });
});
