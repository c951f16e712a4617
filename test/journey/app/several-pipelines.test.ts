import { describe, expect, it } from 'vitest';
import { BROKEN_TOTAL, CHECK, CONFIG, EXTRACTOR, REPO, useJourney } from '../../support/journey.js';

const RECEIPTS = `  receipts:
    paths: ["receipts/**"]
    dataset: eval/invoices
    extract:
      run: awk -f receipts/main.awk "$DOCOPS_DOCUMENT"
    fields:
      vendor: text
`;
const journey = useJourney({
  files: { '.docops.yml': `${CONFIG}${RECEIPTS}`, 'receipts/main.awk': EXTRACTOR },
});

describe('several pipelines in one repository', () => {
  it('have a check each and one roll-up, and only what changed is evaluated', async () => {
    const { sha } = await journey().pullRequest('one', { 'extract/main.awk': BROKEN_TOTAL });
    const rollUp = await journey().concluded(sha);
    const invoices = await journey().concluded(sha, { name: `${CHECK} / invoices` });
    const receipts = await journey().concluded(sha, { name: `${CHECK} / receipts` });
    expect(rollUp.conclusion).toBe('failure');
    expect(invoices.conclusion).toBe('failure');
    expect(receipts).toMatchObject({ conclusion: 'success', title: /not applicable/i });
    expect(rollUp.summary).toContain('invoices');
    expect(rollUp.summary).toContain('receipts');
  });

  it('run one of them again on command and keep the other', async () => {
    const { number, sha } = await journey().pullRequest('both', {
      'extract/main.awk': BROKEN_TOTAL,
      'receipts/main.awk': `${EXTRACTOR}# receipts\n`,
    });
    const first = await journey().concluded(sha);
    await journey().github.comment(REPO, number, 'bob', '/rerun-eval invoices');
    const again = await journey().concluded(sha, { after: first });
    expect(again.conclusion).toBe('failure');
    expect(await journey().check(sha, `${CHECK} / receipts`)).toMatchObject({ conclusion: 'success' });
  });
});
