import { describe, expect, it } from 'vitest';
import {
  BROKEN_TOTAL,
  CHECK,
  CONFIG,
  EXTRACTOR,
  REFACTORED,
  REPO,
  useJourney,
} from '../../support/journey.js';

const SLOW = EXTRACTOR.replace('BEGIN {', 'BEGIN { system("sleep 0.3");');

describe('heads and bases that move', () => {
  const journey = useJourney({ corridor: { staleMs: 2_000 } });

  it('cancel what was begun for the old head', async () => {
    const { sha: old } = await journey().pullRequest('moves', { 'extract/main.awk': SLOW });
    await journey().until(
      'it is measured',
      async () => (await journey().check(old))?.status === 'in_progress',
    );
    const next = await journey().push('moves', { 'extract/main.awk': REFACTORED });
    expect(await journey().concluded(next)).toMatchObject({ conclusion: 'success' });
    expect(await journey().concluded(old)).toMatchObject({ conclusion: 'cancelled' });
    expect((await journey().check(old))?.title).toMatch(/superseded/i);
  });

  it('look again at a pull request that passed when the base moves in watched files', async () => {
    const { github } = journey();
    const { sha } = await journey().pullRequest('base-moves', { 'extract/helper.awk': '# a helper\n' });
    const passed = await journey().concluded(sha);
    expect(passed.conclusion).toBe('success');
    await journey().push('main', { 'extract/main.awk': REFACTORED });
    const again = await journey().concluded(sha, { after: passed });
    expect(again.conclusion).toBe('success');
    await journey().push('main', { 'README.md': 'Nothing that is watched.\n' });
    await github.idle();
    await journey().quiet();
    expect(await journey().check(sha)).toMatchObject({ id: again.id });
  });

  it('catch two pull requests that pass alone and break together', async () => {
    await journey().push('main', {
      'extract/main.awk': EXTRACTOR,
      'extract/unit.txt': 'units\n',
      'extract/run.sh': 'awk -v unit="$(cat extract/unit.txt)" -f extract/main.awk "$DOCOPS_DOCUMENT"\n',
      '.docops.yml': CONFIG.replace('awk -f extract/main.awk "$DOCOPS_DOCUMENT"', 'sh extract/run.sh'),
    });
    // One lets the extractor care for the unit; the other one renames a unit that nobody looked at.
    const first = await journey().pullRequest('together-a', {
      'extract/main.awk': EXTRACTOR.replace(
        '{ printf',
        'unit != "units" && $1 == "grand_total" { $2 = $2 * 100 }\n{ printf',
      ),
    });
    const second = await journey().pullRequest('together-b', { 'extract/unit.txt': 'hundredths\n' });
    expect(await journey().concluded(first.sha)).toMatchObject({ conclusion: 'success' });
    const alone = await journey().concluded(second.sha);
    expect(alone.conclusion).toBe('success');
    await journey().github.requireCheck(REPO, 'main', CHECK);
    expect(await journey().github.merge(REPO, first.number, 'ada')).toMatchObject({ merged: true });
    expect(await journey().concluded(second.sha, { after: alone })).toMatchObject({ conclusion: 'failure' });
    expect(await journey().github.merge(REPO, second.number, 'ada')).toMatchObject({ merged: false });
  });

  it('do not conclude a head that moved while it was concluded', async () => {
    await journey().push('main', { '.docops.yml': CONFIG, 'extract/main.awk': EXTRACTOR });
    await journey().quiet();
    const { sha: old } = await journey().pullRequest('concluding', { 'extract/main.awk': BROKEN_TOTAL });
    // The conclusion is on its way when the head moves: the answer is lost, the request was carried out.
    journey().github.fail({ method: 'PATCH', path: /check-runs/ }, 'drop-answer', 1);
    await journey().until('a check', async () => await journey().check(old));
    const next = await journey().push('concluding', { 'extract/main.awk': REFACTORED });
    expect(await journey().concluded(next)).toMatchObject({ conclusion: 'success' });
    await journey().concluded(old);
    await journey().quiet();
    expect((await journey().checks(old)).filter(({ name }) => name === CHECK)).toHaveLength(1);
    expect((await journey().checks(next)).filter(({ name }) => name === CHECK)).toHaveLength(1);
  });
});

describe('drafts', () => {
  const journey = useJourney({ files: { '.docops.yml': `${CONFIG}drafts: wait\n` } });

  it('wait without a passing conclusion, and are evaluated when they are ready with the same head', async () => {
    const { number, sha } = await journey().pullRequest(
      'draft',
      { 'extract/main.awk': REFACTORED },
      { draft: true },
    );
    const waiting = await journey().until('a waiting check', async () => await journey().check(sha));
    await journey().quiet();
    expect(await journey().check(sha)).toMatchObject({ status: 'queued', conclusion: null });
    expect(waiting.title).toMatch(/ready for review/i);
    await journey().github.setDraft(REPO, number, false);
    expect(await journey().concluded(sha, { after: waiting })).toMatchObject({ conclusion: 'success' });
    await journey().quiet();
    expect((await journey().checks(sha)).filter(({ status }) => status !== 'completed')).toEqual([]);
  });
});

describe('a repository without a configuration', () => {
  const journey = useJourney({ files: { '.docops.yml': null } });

  it('is left alone', async () => {
    const { sha } = await journey().pullRequest('first', { 'extract/main.awk': BROKEN_TOTAL });
    await journey().quiet();
    expect(await journey().checks(sha)).toEqual([]);
  });
});

describe('a repository without a configuration whose rules require the check', () => {
  const journey = useJourney({ files: { '.docops.yml': null } });

  it('is told how to configure it, and can merge', async () => {
    await journey().github.requireCheck(REPO, 'main', CHECK);
    const { number, sha } = await journey().pullRequest('first', { 'README.md': 'x\n' });
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'success', title: /^Not configured/ });
    expect(await journey().github.merge(REPO, number, 'ada')).toMatchObject({ merged: true });
  });
});

describe('an invalid configuration on the base', () => {
  const journey = useJourney({
    files: { '.docops.yml': CONFIG.replace('fields:', 'feilds:') },
  });

  it('fails with the line, the reason, and an annotation on the line', async () => {
    const { sha } = await journey().pullRequest('any', { 'extract/main.awk': REFACTORED });
    const check = await journey().concluded(sha);
    expect(check.conclusion).toBe('failure');
    expect(check.summary).toContain('feilds');
    expect(check.annotations[0]).toMatchObject({
      path: '.docops.yml',
      startLine: expect.any(Number) as number,
    });
    expect(check.annotations.map(({ startLine }) => startLine)).toContain(8);
  });
});
