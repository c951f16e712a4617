/** A repository whose configuration masks a field: evaluated with and without, the reports differ in values only. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report/schema.js';
import { CONFIG, EXTRACTOR, Project, twelveInvoices } from '../support/project.js';

let project: Project;
afterEach(() => project.remove());

/** Breaks every fourth vendor, and ends on the ninth document with its line on standard error. */
const BROKEN = EXTRACTOR.replace(
  '{ printf',
  `$2 == "INV-009" { print "cannot use", $2 > "/dev/stderr"; exit 3 }
$1 == "vendor" && $2 ~ /Birch/ { $2 = "Birch Secretive" }
$1 == "invoice_number" && $2 == "INV-004" { $2 = "INV-999" }
{ printf`,
);
const MASKING = CONFIG.replace('vendor: text', 'vendor: { type: text, mask: true }').replace(
  'issue_date: date',
  'issue_date: { type: date, mask: true }',
);
const FORMS = ['--json', 'r.json', '--html', 'r.html', '--markdown', 'r.md'];

async function evaluated(config: string): Promise<{ report: Report; forms: string[] }> {
  const documents = twelveInvoices().map((one, i) => {
    const fields = { ...one.lines, ...(i === 5 ? { issue_date: 'Secretive day' } : {}) };
    return { ...one, label: fields };
  });
  project = new Project({ documents });
  project.write('.docops.yml', config);
  project.commit('policy');
  project.branch('worse', { 'extract/main.awk': BROKEN });
  const ran = await project.docops(['eval', ...FORMS]);
  expect({ code: ran.code, err: ran.code === 1 ? '' : ran.err }).toEqual({ code: 1, err: '' });
  const forms = [ran.out, ran.err, ...['r.json', 'r.html', 'r.md'].map((file) => project.read(file))];
  return { report: JSON.parse(project.read('r.json')) as Report, forms };
}

/** Numbers, outcomes and verdict: what is left without values, texts and what differs between any two runs. */
function measured(report: Report): unknown {
  return {
    verdict: report.verdict,
    overall: report.overall,
    fields: report.fields,
    reasons: report.reasons.map(({ code, level, field, documents }) => ({ code, level, field, documents })),
    cells: report.documents.map(({ id, base, head, cells }) => ({
      id,
      base,
      head,
      cells: cells.map(({ field, base_outcome, head_outcome, change }) => ({
        field,
        base_outcome,
        head_outcome,
        change,
      })),
    })),
    failures: report.failures.map(({ id, side, status, exit_code }) => ({ id, side, status, exit_code })),
  };
}

describe('a masked field', () => {
  it('is measured as ever, and its values, the output and the documents stand in no report', async () => {
    const plain = await evaluated(CONFIG);
    expect(plain.forms.join()).toContain('Birch Secretive');
    expect(plain.forms.join()).toContain('cannot use INV-009');
    expect(plain.forms.join()).toContain('Secretive day');
    project.remove();

    const masked = await evaluated(MASKING);
    expect(masked.report.masked).toEqual(['issue_date', 'vendor']);
    for (const text of masked.forms) {
      for (const secret of ['Birch', 'Secretive', 'cannot use', 'Acme', '2026-03-0'])
        expect(text).not.toContain(secret);
    }
    expect(masked.forms.join()).toContain('INV-999');
    expect(measured(masked.report)).toEqual(measured(plain.report));
  });
});
