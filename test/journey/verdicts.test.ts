import { afterEach, describe, expect, it } from 'vitest';
import { CONFIG, EXTRACTOR, Project, twelveInvoices } from '../support/project.js';

let project: Project;
afterEach(() => project.remove());

/** Breaks the total of the three invoices whose number ends in 2, 5 or 8. */
const BROKEN = EXTRACTOR.replace(
  '{ printf',
  '$1 == "grand_total" && NR == 4 && seen ~ /[258]$/ { $2 = $2 * 10 }\n$1 == "invoice_number" { seen = $2 }\n{ printf',
);
const BROKEN_DOCUMENTS = ['inv-02', 'inv-05', 'inv-08', 'inv-12'];

describe('docops eval on a repository made by a stranger', () => {
  it('lets a refactoring pass', async () => {
    project = new Project();
    project.branch('refactor', { 'extract/main.awk': `# prints every line as a field\n${EXTRACTOR}` });
    const { code, report, out } = await project.eval();
    expect(report.base.fingerprint).not.toBe(report.head.fingerprint);
    expect(report).toMatchObject({
      verdict: 'pass',
      blocked: false,
      deterministic: true,
      dataset: { documents: 12 },
    });
    expect(report.overall).toMatchObject({ base: 1, head: 1, delta: 0 });
    expect(out).toContain('invoices');
    expect(code).toBe(0);
  });

  it('blocks one broken field and names it and its documents', async () => {
    project = new Project();
    project.branch('regression', { 'extract/main.awk': BROKEN });
    const { code, report, out } = await project.eval();
    expect(code).toBe(1);
    expect(report).toMatchObject({ verdict: 'block', blocked: true });
    const total = report.fields.find(({ field }) => field === 'grand_total');
    expect(total).toMatchObject({ regressed: 4, fixed: 0, head: { correct: 8, wrong: 4 } });
    const worse = report.documents.filter(({ base, head }) => head! < base!).map(({ id }) => id);
    expect(worse.sort()).toEqual(BROKEN_DOCUMENTS);
    for (const text of ['grand_total', ...BROKEN_DOCUMENTS]) expect(out).toContain(text);
    expect(
      report.reasons
        .filter(({ level }) => level === 'block')
        .map(({ text }) => text)
        .join(),
    ).toContain('grand_total');
  });

  it('lets an improvement pass', async () => {
    project = new Project();
    project.write('extract/main.awk', BROKEN);
    project.commit('main is broken');
    project.branch('improvement', { 'extract/main.awk': EXTRACTOR });
    const { code, report } = await project.eval();
    expect(code).toBe(0);
    expect(report).toMatchObject({ verdict: 'pass', documents_exact: { base: 8, head: 12, of: 12 } });
  });

  it('measures uncommitted and untracked changes of the working tree', async () => {
    project = new Project();
    project.write('extract/helper.awk', '# not tracked yet\n');
    project.write('extract/main.awk', BROKEN);
    const { code, report } = await project.eval();
    expect(code).toBe(1);
    expect(report.head).toMatchObject({ dirty: true, commit: null });
    expect(project.git('status', '--porcelain').split('\n')).toHaveLength(2);
  });

  it.each([
    [
      'crashes',
      'BEGIN { print "no such column: total" > "/dev/stderr"; exit 3 }\n',
      'extractor_crashed',
      'no such column',
    ],
    ['prints no JSON', 'END { print "total 12" }\n', 'extractor_invalid_output', 'JSON'],
    ['prints nothing', 'END { }\n', 'extractor_invalid_output', ''],
    ['predicts nothing', 'END { print "{}" }\n', 'predicts_nothing', ''],
  ])('blocks an extractor that %s', async (_name, extractor, reason, said) => {
    project = new Project();
    project.branch('broken', { 'extract/main.awk': extractor });
    const { code, report, out } = await project.eval();
    expect(code).toBe(1);
    expect(report.verdict).toBe('block');
    expect(report.reasons.map((each) => each.code)).toContain(reason);
    expect(out).toContain(said);
  });

  it('blocks an extractor that hangs, within its limits', async () => {
    project = new Project({ documents: twelveInvoices().slice(0, 4) });
    project.write('.docops.yml', CONFIG.replace('    fields:', '      document_timeout: 1s\n    fields:'));
    project.commit('short limit');
    project.branch('hang', { 'extract/main.awk': 'BEGIN { while (1) n++ }\n' });
    const { code, report } = await project.eval();
    expect(code).toBe(1);
    expect(report.reasons.map((each) => each.code)).toContain('extractor_timed_out');
    expect(report.failures.every(({ side, status }) => side === 'head' && status === 'timeout')).toBe(true);
  });

  it('blocks an extractor that prints 100 MB', async () => {
    project = new Project({ documents: twelveInvoices().slice(0, 2) });
    project.branch('loud', {
      'extract/main.awk':
        'BEGIN { s = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; for (i = 0; i < 2000000; i++) print s }\n',
    });
    const { code, report } = await project.eval();
    expect(code).toBe(1);
    expect(report.reasons.map((each) => each.code)).toContain('extractor_output_limit');
  });

  it('counts a document that crashes on the head only as lost, and shows its last words', async () => {
    project = new Project();
    project.branch('partial', {
      'extract/main.awk': `$2 == "INV-003" { print "cannot read INV-003" > "/dev/stderr"; failed = 1; exit 4 }\n${EXTRACTOR.replace('END {', 'END { if (failed) exit 4;')}`,
    });
    const { code, report, out } = await project.eval();
    expect(code).toBe(1);
    expect(report.failures).toMatchObject([{ side: 'head', id: 'inv-03', status: 'crashed', exit_code: 4 }]);
    expect(report.failures[0]!.stderr_tail).toContain('cannot read INV-003');
    expect(out).toContain('inv-03');
  });

  it('does not measure a base that never worked as if it were an improvement on 0', async () => {
    project = new Project();
    project.write('extract/main.awk', 'BEGIN { exit 1 }\n');
    project.commit('main crashes everywhere');
    project.branch('fix', { 'extract/main.awk': EXTRACTOR });
    const { code, report } = await project.eval();
    expect(code).toBe(0);
    expect(report.verdict).toBe('pass-unproven');
    expect(report.reasons.map((each) => each.code)).toContain('baseline_broken');
  });

  it('is not measured when neither side ever worked', async () => {
    project = new Project();
    project.write('extract/main.awk', 'BEGIN { exit 1 }\n');
    project.commit('main crashes everywhere');
    project.branch('still', { 'extract/main.awk': 'BEGIN { exit 2 }\n' });
    const { code, report } = await project.eval();
    expect(code).toBe(3);
    expect(report.verdict).toBe('not-measured');
  });

  it('names the vendor whose documents a net gain loses', async () => {
    const documents = twelveInvoices();
    project = new Project({ documents });
    project.write(
      'extract/main.awk',
      EXTRACTOR.replace('{ printf', '$1 == "issue_date" { $2 = "1999-01-01" }\n{ printf'),
    );
    project.commit('dates are wrong everywhere');
    project.branch('gain', {
      'extract/main.awk': EXTRACTOR.replace('{ printf', '$2 ~ /elik/ { $2 = "unknown" }\n{ printf'),
    });
    const { code, report, out } = await project.eval();
    expect(code).toBe(0);
    expect(report.verdict).toBe('warn');
    expect(report.overall.delta).toBeGreaterThan(0);
    const losses = report.hidden_losses.flatMap((loss) => loss.documents);
    expect([...new Set(losses)].sort()).toEqual(['inv-03', 'inv-06', 'inv-09', 'inv-12']);
    expect(out).toContain('inv-03');
  });

  it('reports a field with the wall clock in it as unreliable and not as a regression', async () => {
    const documents = twelveInvoices().map((document) => ({
      ...document,
      label: { ...document.lines, read_at: '2026-03-01' },
    }));
    project = new Project({ documents });
    const clock = (note: string): string =>
      `${note}BEGIN { FS = ": "; srand(); "date +%s%N" | getline now; printf "{\\"read_at\\": \\"%s\\"", now }\n{ printf ", \\"%s\\": \\"%s\\"", $1, $2 }\nEND { print "}" }\n`;
    project.write(
      '.docops.yml',
      CONFIG.replace('grand_total: money', 'grand_total: money\n      read_at: text'),
    );
    project.write('extract/main.awk', clock(''));
    project.commit('stamps every result');
    project.branch('refactor', { 'extract/main.awk': clock('# moved\n') });
    const { code, report } = await project.eval();
    expect(code).toBe(0);
    expect(report.blocked).toBe(false);
    expect(report.deterministic).toBe(false);
    expect(report.fields.find(({ field }) => field === 'read_at')).toMatchObject({
      unreliable: true,
      blocked: false,
    });
    expect(report.reasons.map((each) => each.code)).toContain('unreliable_field');
  });
});
