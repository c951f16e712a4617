import { afterEach, describe, expect, it } from 'vitest';
import { CONFIG, EXTRACTOR, Project, twelveInvoices, type DocumentOfProject } from '../support/project.js';

let project: Project;
afterEach(() => project.remove());

/** Twenty-four documents that are independent of each other. */
const DOCUMENTS: DocumentOfProject[] = [0, 1].flatMap((copy) =>
  twelveInvoices().map(({ id, lines }) => ({
    id: `${id}-${copy}`,
    lines: { ...lines, invoice_number: `${lines['invoice_number'] ?? ''}-${copy}` },
  })),
);

/**
 * Chance that repeats: a counter in the checkout, scrambled, so that two runs of one document differ as a model's answers
 * do, while the test meets the same answers each time. It needs one process at a time.
 */
const CHANCE =
  'BEGIN { "cat .count 2>/dev/null" | getline chance; chance++; print chance > ".count"; close(".count"); chance = int(chance * chance * 7919 / 31); ';

/** Reads the vendor of about every third document wrongly. */
const noisy = (more = ''): string =>
  EXTRACTOR.replace('BEGIN { ', CHANCE).replace(
    '{ printf "%s',
    `$1 == "vendor" && chance % 3 == 0 { $2 = "someone" }\n${more}{ printf "%s`,
  );

describe('an extractor that answers differently each time', () => {
  it('is run several times on each side and passes when nothing changed', async () => {
    project = new Project({ documents: DOCUMENTS });
    project.write('extract/main.awk', noisy());
    project.commit('a noisy extractor');
    project.branch('refactor', { 'extract/main.awk': `# moved\n${noisy()}` });
    const { code, report } = await project.eval('--jobs', '1');
    expect(report).toMatchObject({ deterministic: false, judged: 'statistical', runs: { base: 3, head: 3 } });
    expect(report.noise.self_check).toMatchObject({ would_block: false });
    expect(report.noise.self_check!.flip_rate).toBeGreaterThan(0);
    expect(report.noise.fields.map(({ field }) => field)).toContain('vendor');
    expect({ code, verdict: report.verdict }).toMatchObject({ code: 0 });
  });

  it('is blocked for a real loss, after a confirmation on both sides', async () => {
    project = new Project({ documents: DOCUMENTS });
    project.write('extract/main.awk', noisy());
    project.commit('a noisy extractor');
    const worse = '$1 == "vendor" && chance % 8 != 0 { $2 = "nobody" }\n';
    project.branch('worse', { 'extract/main.awk': noisy(worse) });
    const { code, report } = await project.eval('--jobs', '1');
    expect(code).toBe(1);
    expect(report.noise.confirmation).toMatchObject({ runs: 3, confirmed: true });
    const vendor = report.fields.find(({ field }) => field === 'vendor')!;
    expect(vendor.blocked).toBe(true);
    expect(vendor.p_adjusted).toBeLessThan(0.025);
    expect(report.overall.ci![1]).toBeLessThan(0);
  });

  it('that would block against itself under an exact policy is not measured', async () => {
    project = new Project({ documents: DOCUMENTS });
    project.write(
      '.docops.yml',
      `${CONFIG}    gate: { judge: exact, max_new_errors: { vendor: 0 }, fields: { vendor: { max_drop: 0 } } }\n`,
    );
    // Half of the vendors flip by chance: two runs of the base differ far beyond what this policy allows.
    const flipping = EXTRACTOR.replace(
      'BEGIN { ',
      'BEGIN { "od -An -N2 -tu2 /dev/urandom" | getline chance; ',
    ).replace('{ printf "%s', '$1 == "vendor" && chance % 2 == 0 { $2 = "someone" }\n{ printf "%s');
    project.write('extract/main.awk', flipping);
    project.commit('flips');
    project.branch('change', { 'extract/main.awk': `# changed\n${flipping}` });
    const { code, report } = await project.eval('--jobs', '1');
    expect(code).toBe(3);
    expect(report.verdict).toBe('not-measured');
    expect(report.reasons.map((each) => each.code)).toContain('unreliable_baseline');
    expect(report.noise.self_check).toMatchObject({ would_block: true });
  });
});
