import { describe, expect, it } from 'vitest';
import { BROKEN_TOTAL, REFACTORED, REPO, useJourney } from '../../support/journey.js';

const journey = useJourney({ env: { DOCOPS_TRUSTED_APPS: 'helper[bot]' } });

const replies = async (number: number, marker: string): Promise<string> =>
  journey().until(`a reply with ${marker}`, async () => {
    const bodies = (await journey().github.comments(REPO, number)).map(({ body }) => body);
    return bodies.find((body) => body.includes(marker));
  });

describe('/rerun-eval', () => {
  it('makes a new check run and leaves the old one as it was', async () => {
    const { number, sha } = await journey().pullRequest('rerun', { 'extract/main.awk': REFACTORED });
    const first = await journey().concluded(sha);
    const comment = await journey().github.comment(
      REPO,
      number,
      'bob',
      'Once more, please.\n\n/rerun-eval full',
    );
    const second = await journey().concluded(sha, { after: first });
    expect(second.conclusion).toBe('success');
    expect((await journey().checks(sha)).find(({ id }) => id === first.id)).toMatchObject({
      conclusion: 'success',
      summary: first.summary,
    });
    await replies(number, `<!-- docops:reply:${comment} -->`);
    await journey().quiet();
    expect(await journey().github.reactions(REPO, comment)).toEqual(
      expect.arrayContaining(['eyes', 'rocket']),
    );
  });

  it('is refused to a reader, with who may', async () => {
    const { number, sha } = await journey().pullRequest('rerun-refused', { 'extract/main.awk': REFACTORED });
    const first = await journey().concluded(sha);
    const comment = await journey().github.comment(REPO, number, 'mallory', '/rerun-eval');
    expect(await replies(number, `docops:reply:${comment}`)).toContain('write access');
    await journey().quiet();
    expect(await journey().check(sha)).toMatchObject({ id: first.id });
  });
});

describe('comments that are no commands', () => {
  it.each([
    ['in a code block', '```\n/rerun-eval\n```'],
    ['in a quote', '> /rerun-eval'],
    ['in the middle of a line', 'Try /rerun-eval later.'],
  ])('%s do nothing', async (_name, body) => {
    const { number, sha } = await journey().pullRequest(`quiet-${body.length}`, {
      'README.md': `${body.length}\n`,
    });
    const first = await journey().concluded(sha);
    const comment = await journey().github.comment(REPO, number, 'bob', body);
    await journey().quiet();
    expect(await journey().github.reactions(REPO, comment)).toEqual([]);
    expect(await journey().check(sha)).toMatchObject({ id: first.id });
  });

  it('edited into a command do nothing', async () => {
    const { number, sha } = await journey().pullRequest('edited', { 'README.md': 'edited\n' });
    const first = await journey().concluded(sha);
    const comment = await journey().github.comment(REPO, number, 'bob', 'Looks good.');
    await journey().github.editComment(REPO, comment, '/rerun-eval');
    await journey().quiet();
    expect(await journey().github.reactions(REPO, comment)).toEqual([]);
    expect(await journey().check(sha)).toMatchObject({ id: first.id });
  });

  it('on an issue do nothing', async () => {
    const number = await journey().github.createIssue(REPO, 'bob', 'A question');
    const comment = await journey().github.comment(REPO, number, 'bob', '/rerun-eval');
    await journey().quiet();
    expect(await journey().github.reactions(REPO, comment)).toEqual([]);
    expect(await journey().github.comments(REPO, number)).toHaveLength(1);
  });

  it('of a bot do nothing, unless it is allowed', async () => {
    await journey().github.addUser('noise[bot]', 'Bot');
    await journey().github.addUser('helper[bot]', 'Bot');
    const { number, sha } = await journey().pullRequest('bots', { 'README.md': 'bots\n' });
    await journey().concluded(sha);
    const noise = await journey().github.comment(REPO, number, 'noise[bot]', '/eval-help', {
      botAuthor: true,
    });
    const helper = await journey().github.comment(REPO, number, 'helper[bot]', '/eval-help', {
      botAuthor: true,
    });
    await replies(number, `docops:reply:${helper}`);
    await journey().quiet();
    expect(await journey().github.reactions(REPO, noise)).toEqual([]);
  });
});

describe('/accept-regression', () => {
  it('lets a maintainer take a regression on, with reason, until it is revoked', async () => {
    const { number, sha } = await journey().pullRequest('accept', { 'extract/main.awk': BROKEN_TOTAL });
    const blocked = await journey().concluded(sha);
    expect(blocked.conclusion).toBe('failure');

    const refused = await journey().github.comment(
      REPO,
      number,
      'bob',
      '/accept-regression new layout, known',
    );
    expect(await replies(number, `docops:reply:${refused}`)).toContain('admin');

    const accepted = await journey().github.comment(
      REPO,
      number,
      'ada',
      '/accept-regression grand_total vendor changes its layout next week',
    );
    const passed = await journey().concluded(sha, { after: blocked });
    expect(passed.conclusion).toBe('success');
    expect(passed.title).toContain('ada');
    expect(await replies(number, `docops:reply:${accepted}`)).toContain('ledger');
    expect((await journey().checks(sha)).find(({ id }) => id === blocked.id)?.conclusion).toBe('failure');

    await journey().github.comment(REPO, number, 'ada', '/revoke-acceptance');
    expect(await journey().concluded(sha, { after: passed })).toMatchObject({ conclusion: 'failure' });
    const actions = (await journey().service!.store.auditEntries(50)).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['acceptance.granted', 'acceptance.revoked']));
  });

  it('ends when the head moves', async () => {
    const { number, sha } = await journey().pullRequest('accept-moves', {
      'extract/main.awk': `${BROKEN_TOTAL}# 1\n`,
    });
    const blocked = await journey().concluded(sha);
    await journey().github.comment(REPO, number, 'ada', '/accept-regression we know and it is fine');
    expect(await journey().concluded(sha, { after: blocked })).toMatchObject({ conclusion: 'success' });
    const next = await journey().push('accept-moves', { 'extract/main.awk': `${BROKEN_TOTAL}# 2\n` });
    expect(await journey().concluded(next)).toMatchObject({ conclusion: 'failure' });
  });
});

describe('/dispute-label', () => {
  it('notes the dispute and says how the label is changed', async () => {
    const { number, sha } = await journey().pullRequest('dispute', { 'extract/main.awk': BROKEN_TOTAL });
    await journey().concluded(sha);
    const comment = await journey().github.comment(
      REPO,
      number,
      'bob',
      '/dispute-label inv-01 grand_total "0.00" the document says so',
    );
    expect(await replies(number, `docops:reply:${comment}`)).toContain('labels.jsonl');
    expect(await journey().service!.store.disputes(journey().repositoryId, number)).toMatchObject([
      { document: 'inv-01', field: 'grand_total', value: '0.00', by: 'bob' },
    ]);
  });
});

describe('/eval-status and /eval-cost', () => {
  it('answer in one reply', async () => {
    const { number, sha } = await journey().pullRequest('status', { 'extract/main.awk': REFACTORED });
    await journey().concluded(sha);
    const comment = await journey().github.comment(REPO, number, 'mallory', '/eval-status\n/eval-cost');
    expect((await replies(number, `docops:reply:${comment}`)).length).toBeGreaterThan(50);
  });
});
