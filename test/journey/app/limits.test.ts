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

describe('GitHub that refuses, limits or forgets', () => {
  const journey = useJourney();

  it('403 on the creation of a check: tried again until the permission is there', async () => {
    journey().github.fail(
      { method: 'POST', path: /\/check-runs$/ },
      { status: 403, body: { message: 'Resource not accessible by integration' } },
      2,
    );
    const { sha } = await journey().pullRequest('refused', { 'extract/main.awk': REFACTORED });
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'success' });
    expect(await journey().checks(sha)).toHaveLength(1);
  });

  it('a secondary limit: waits as long as it is told and loses nothing', async () => {
    journey().github.fail(
      { method: 'POST', path: /\/check-runs$/ },
      {
        status: 403,
        headers: { 'retry-after': '1' },
        body: {
          message: 'You have exceeded a secondary rate limit.',
          documentation_url:
            'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
        },
      },
      1,
    );
    const { sha } = await journey().pullRequest('limited', {
      'extract/main.awk': `${REFACTORED}# limited\n`,
    });
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'success' });
    expect(await journey().checks(sha)).toHaveLength(1);
  });

  it('a token that expires in the run: a new one is taken', async () => {
    const slow = EXTRACTOR.replace('BEGIN {', 'BEGIN { system("sleep 0.2");');
    const { sha } = await journey().pullRequest('expiry', { 'extract/main.awk': slow });
    await journey().until('it runs', async () => (await journey().check(sha))?.status === 'in_progress');
    journey().github.expireTokens();
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'success' });
  });

  it('an answer that is lost on the creation of a check makes no second one', async () => {
    journey().github.fail({ method: 'POST', path: /\/check-runs$/ }, 'drop-answer', 1);
    const { sha } = await journey().pullRequest('dropped', {
      'extract/main.awk': `${REFACTORED}# dropped\n`,
    });
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'success' });
    expect(await journey().checks(sha)).toHaveLength(1);
  });
});

describe('more than GitHub takes', () => {
  const fields = Array.from({ length: 400 }, (_, i) => `      field_${i}_${'x'.repeat(60)}: text\n`).join('');
  const documents: Record<string, string> = {};
  const labels: string[] = [];
  for (let d = 0; d < 4; d += 1) {
    const entries = Array.from(
      { length: 400 },
      (_, i) => [`field_${i}_${'x'.repeat(60)}`, `value | ${i} @here`] as const,
    );
    documents[`eval/invoices/documents/big-${d}.txt`] = entries
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('');
    labels.push(JSON.stringify({ id: `big-${d}`, fields: Object.fromEntries(entries) }));
  }
  const journey = useJourney({
    files: {
      ...documents,
      'eval/invoices/labels.jsonl': `${labels.join('\n')}\n`,
      '.docops.yml': CONFIG.replace(/ {6}invoice_number[\s\S]*$/, fields),
    },
  });

  it('a table that would not fit the summary is told in less detail, and stays a table', async () => {
    const { sha } = await journey().pullRequest('wide', {
      'extract/main.awk': EXTRACTOR.replace('{ printf', '{ $2 = "wrong" }\n{ printf'),
    });
    const check = await journey().concluded(sha);
    expect(check.conclusion).toBe('failure');
    expect(Buffer.byteLength(check.summary ?? '')).toBeLessThanOrEqual(65_535);
    expect(Buffer.byteLength(check.text ?? '')).toBeLessThanOrEqual(65_535);
    const told = `${check.summary ?? ''}\n${check.text ?? ''}`;
    expect(told.length).toBeGreaterThan(2_000);
    expect(told).toMatch(/\|\s*-+/);
    expect(told).not.toContain('@here');
  });
});

describe('a configuration with more mistakes than one request may annotate', () => {
  const mistakes = Array.from({ length: 51 }, (_, i) => `      field_${i}: no_such_type\n`).join('');
  const journey = useJourney({ files: { '.docops.yml': `${CONFIG}${mistakes}` } });

  it('has 51 annotations, in two requests', async () => {
    const { sha } = await journey().pullRequest('any', { 'extract/main.awk': BROKEN_TOTAL });
    const check = await journey().concluded(sha);
    expect(check.name).toBe(CHECK);
    await journey().quiet();
    const [posted] = await journey().github.checkRuns(REPO, sha);
    expect(posted?.annotations).toHaveLength(51);
    expect(new Set(posted?.annotations.map(({ startLine }) => startLine)).size).toBe(51);
  });
});
