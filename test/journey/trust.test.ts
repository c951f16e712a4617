import { afterEach, describe, expect, it } from 'vitest';
import { CONFIG, EXTRACTOR, Project, twelveInvoices } from '../support/project.js';

let project: Project;
afterEach(() => project.remove());

const WRONG_DATES = EXTRACTOR.replace('{ printf', '$1 == "issue_date" { $2 = "1999-01-01" }\n{ printf');

describe('the pull request cannot mark its own homework', () => {
  it("is judged by the base's configuration when the head loosens it, and the change is shown", async () => {
    project = new Project();
    project.write('.docops.yml', `${CONFIG}    gate: { max_drop: 0, min: 0.95 }\n`);
    project.commit('a strict gate');
    project.branch('loose', {
      '.docops.yml': `${CONFIG}    gate: { max_drop: 100, min: 0.1 }\n`,
      'extract/main.awk': WRONG_DATES,
    });
    const { code, report, out } = await project.eval();
    expect(code).toBe(1);
    expect(report.overall).toMatchObject({ max_drop: 0, min: 0.95 });
    expect(report.config_changes.join(' ')).toMatch(/0\.95.*0\.1/);
    expect(out).toMatch(/0\.95.*0\.1/s);
  });

  it("is judged by the base's labels when the head edits them, and the other view is shown", async () => {
    project = new Project();
    project.git('checkout', '-q', '-b', 'cheat');
    project.write('extract/main.awk', WRONG_DATES);
    project.label(
      twelveInvoices().map((document) => ({
        ...document,
        label: { ...document.lines, issue_date: '1999-01-01' },
      })),
    );
    project.commit('edit the labels');
    const { code, report } = await project.eval();
    expect(code).toBe(1);
    expect(report.label_changes).toMatchObject({
      judged_by: 'base',
      other: { labels: 'head', head: 1, would_block: false },
    });
    expect(report.label_changes!.changes).toHaveLength(12);
    expect(report.reasons.map((each) => each.code)).toContain('labels_changed');
  });

  it('follows `labels: head` and `labels: both` when the base says so', async () => {
    project = new Project();
    for (const policy of ['head', 'both']) {
      project.git('checkout', '-q', 'main');
      project.write('.docops.yml', `${CONFIG}labels: ${policy}\n`);
      project.commit(`labels: ${policy}`);
      project.git('checkout', '-q', '-b', `labels-${policy}`);
      project.write('extract/main.awk', WRONG_DATES);
      project.label(
        twelveInvoices().map((document) => ({
          ...document,
          label: { ...document.lines, issue_date: '1999-01-01' },
        })),
      );
      project.commit('edit the labels');
      const { code } = await project.eval();
      expect({ policy, code }).toEqual({ policy, code: policy === 'head' ? 0 : 1 });
    }
  });

  it('measures documents that the head adds on both sides and reports them apart', async () => {
    project = new Project();
    const extra = {
      id: 'inv-99',
      lines: { invoice_number: 'INV-099', issue_date: '2026-05-01', vendor: 'Dune', grand_total: '5.00' },
    };
    project.git('checkout', '-q', '-b', 'more');
    project.label([...twelveInvoices(), extra]);
    project.write('extract/main.awk', WRONG_DATES);
    project.commit('more documents, broken dates');
    const { code, report } = await project.eval();
    expect(code).toBe(1);
    expect(report.dataset.documents).toBe(12);
    expect(report.added_documents).toMatchObject({ documents: 1, base: 1, head: 0.75, ids: ['inv-99'] });
  });

  it('shows what new labels alone do to the score of the base', async () => {
    project = new Project();
    project.git('checkout', '-q', '-b', 'labels');
    const [first, ...rest] = twelveInvoices();
    project.label([{ ...first!, label: { ...first!.lines, vendor: 'Acme Inc' } }, ...rest]);
    project.commit('correct a label');
    const { code, report } = await project.eval();
    expect(code).toBe(0);
    expect(report.verdict).toBe('not-applicable');
    expect(report.overall.base).toBe(1);
    expect(report.label_changes).toMatchObject({
      changes: [{ document: 'inv-01', field: 'vendor' }],
      other: { labels: 'head' },
    });
    expect(report.label_changes!.other.base).toBeCloseTo(1 - 1 / 48, 10);
  });

  it('keeps labels, other documents and the environment away from the extractor', async () => {
    project = new Project({ documents: twelveInvoices().slice(0, 2) });
    project.write('.docops.yml', CONFIG.replace(/run: .*/, 'run: sh extract/spy.sh'));
    project.write(
      'extract/spy.sh',
      [
        'here=$(pwd)',
        'found=$(find "$here" "$(dirname "$DOCOPS_DOCUMENT")/.." -name "labels*" 2>/dev/null | head -n 1)',
        'case "$DOCOPS_DOCUMENT$DOCOPS_DOCUMENT_ID" in *inv-*) found="$found id";; esac',
        'printf \'{"vendor": "%s", "invoice_number": "%s%s"}\' "$found" "$GITHUB_TOKEN" "$AWS_SECRET_ACCESS_KEY"',
      ].join('\n'),
    );
    project.commit('a spy');
    project.branch('spy', { 'extract/spy2.sh': '' });
    process.env['GITHUB_TOKEN'] = 'secret-token';
    const { report } = await project.eval().finally(() => delete process.env['GITHUB_TOKEN']);
    // It found no label, no id and no secret: the fields it filled with them are missing.
    for (const field of ['vendor', 'invoice_number'])
      expect(report.fields.find((each) => each.field === field)?.head).toMatchObject({
        missing: 2,
        wrong: 0,
        correct: 0,
      });
  });
});

describe('the result of the merge is what is judged', () => {
  it('blocks the second of two branches that are each fine and break together', async () => {
    project = new Project();
    project.write('extract/main.awk', 'BEGIN { FS = sep }\n');
    project.write('extract/sep.awk', 'BEGIN { sep = ": " }\n');
    project.write('extract/print.awk', EXTRACTOR.replace('FS = ": "; ', ''));
    project.write(
      '.docops.yml',
      CONFIG.replace(
        /run: .*/,
        'run: awk -f extract/sep.awk -f extract/main.awk -f extract/print.awk "$DOCOPS_DOCUMENT"',
      ),
    );
    project.commit('in three files');
    const first = project.branch('first', {
      'extract/sep.awk': 'BEGIN { separator = ": " }\n',
      'extract/main.awk': 'BEGIN { FS = separator }\n',
    });
    project.git('checkout', '-q', 'main');
    const second = project.branch('second', {
      'extract/print.awk': EXTRACTOR.replace(
        'BEGIN { FS = ": "; printf "{" }',
        'BEGIN { if (sep == "") exit 9; printf "{" }',
      ),
    });
    expect((await project.eval('--head', 'first')).code).toBe(0);
    expect((await project.eval('--head', 'second')).code).toBe(0);
    project.git('checkout', '-q', 'main');
    project.git('merge', '-q', '--ff-only', 'first');
    const { code, report } = await project.eval('--head', 'second');
    expect(code).toBe(1);
    expect(report.head).toMatchObject({ commit: second, merged: true });
    expect(report.base.commit).toBe(first);
  });

  it('says a merge conflict and compares the head with the merge base', async () => {
    project = new Project();
    project.branch('mine', { 'extract/main.awk': `# mine\n${EXTRACTOR}` });
    project.git('checkout', '-q', 'main');
    project.write('extract/main.awk', `# theirs\n${EXTRACTOR}`);
    project.commit('theirs');
    const { code, report } = await project.eval('--head', 'mine');
    expect(code).toBe(0);
    expect(report.head.merged).toBe(false);
    expect(report.reasons.find((each) => each.code === 'merge_conflict')?.text).toContain('extract/main.awk');
    expect(report.base.chosen).toContain('merge base');
  });
});
