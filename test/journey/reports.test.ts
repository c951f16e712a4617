import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterEach, describe, expect, it } from 'vitest';
import { CONFIG, EXTRACTOR, Project, twelveInvoices } from '../support/project.js';
import { requireTool } from '../support/tools.js';

let project: Project;
afterEach(() => project.remove());

const schema = JSON.parse(
  readFileSync(new URL('../../schema/report.schema.json', import.meta.url), 'utf8'),
) as object;
const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
const valid = ajv.compile(schema);

const BROKEN = EXTRACTOR.replace('{ printf "%s', '$1 == "issue_date" { $2 = "1999-01-01" }\n{ printf "%s');

describe('reports', () => {
  it('of one evaluation are written in every form, and say the same', async () => {
    project = new Project();
    project.branch('worse', { 'extract/main.awk': BROKEN });
    const summary = project.path('../summary.md');
    const ran = await project.docops(['eval', '--json', 'r.json', '--html', 'r.html', '--markdown', 'r.md'], {
      env: { GITHUB_STEP_SUMMARY: summary },
    });
    expect(ran.code).toBe(1);
    const report = JSON.parse(project.read('r.json')) as { reasons: { text: string }[] };
    expect({ valid: valid(report), errors: valid.errors }).toEqual({ valid: true, errors: null });
    for (const text of [ran.out, project.read('r.md'), readFileSync(summary, 'utf8'), project.read('r.html')])
      expect(text.replaceAll('\\_', '_')).toMatch(/issue.?_?date/);
    expect(project.read('r.html')).not.toMatch(/(?:src|href)="https?:/);
  });

  it('on standard output leave nothing else there', async () => {
    project = new Project({ documents: twelveInvoices().slice(0, 2) });
    project.branch('change', { 'extract/main.awk': `# changed\n${EXTRACTOR}` });
    const { out } = await project.docops(['eval', '--json', '-']);
    expect(valid(JSON.parse(out))).toBe(true);
  });

  it('are valid for every verdict', async () => {
    project = new Project({ documents: twelveInvoices().slice(0, 3) });
    const verdicts: string[] = [];
    for (const [branch, files] of Object.entries({
      unchanged: { 'README.md': 'words' },
      worse: { 'extract/main.awk': BROKEN },
      same: { 'extract/main.awk': `# changed\n${EXTRACTOR}` },
      crash: { 'extract/main.awk': 'BEGIN { exit 1 }' },
    })) {
      project.branch(branch, files);
      const { report } = await project.eval('--base', 'main');
      expect({ branch, valid: valid(report), errors: valid.errors }).toEqual({
        branch,
        valid: true,
        errors: null,
      });
      verdicts.push(report.verdict);
    }
    expect(verdicts).toEqual(['not-applicable', 'block', 'pass', 'block']);
  });

  it('of several pipelines stand side by side, and one that blocks decides', async () => {
    project = new Project({ documents: twelveInvoices().slice(0, 3) });
    const second = CONFIG.split('\n')
      .slice(2)
      .join('\n')
      .replace('invoices:', 'receipts:')
      .replaceAll('extract/', 'receipts/');
    project.write('.docops.yml', CONFIG + second);
    project.write('receipts/main.awk', EXTRACTOR);
    project.commit('two pipelines');
    project.branch('worse', { 'receipts/main.awk': BROKEN });
    const { code, out } = await project.docops(['eval', '--json', '-', '--html', 'r.html']);
    const both = JSON.parse(out) as { schema: string; reports: { pipeline: string; verdict: string }[] };
    expect(both.schema).toBe('docops.reports/1');
    expect(both.reports.map(({ pipeline, verdict }) => [pipeline, verdict])).toEqual([
      ['invoices', 'not-applicable'],
      ['receipts', 'block'],
    ]);
    expect(code).toBe(1);
    expect(existsSync(project.path('r-receipts.html'))).toBe(true);
    expect((await project.docops(['eval', '--pipeline', 'invoices'])).code).toBe(0);
  });

  it('show hostile values as text', async () => {
    const [first, ...rest] = twelveInvoices().slice(0, 3);
    const vendor = '<img src=x onerror=alert(1)> @octocat [x](https://evil.example) | `\u001b[31m\u202e';
    project = new Project({ documents: [{ ...first!, label: { ...first!.lines, vendor } }, ...rest] });
    project.branch('worse', { 'extract/main.awk': BROKEN });
    await project.docops(['eval', '--html', 'r.html', '--markdown', 'r.md']);
    const { out } = await project.docops(['eval']);
    for (const hidden of ['\u001b', '\u202e']) expect(out).not.toContain(hidden);
    expect(project.read('r.html')).not.toContain('<img src=x');
    expect(project.read('r.md')).not.toMatch(/<img src=x|@octocat|\]\(https:\/\/evil/);
  });
});

describe('untrusted code', () => {
  it.skipIf(!requireTool('bwrap'))(
    'runs without network and sees nothing of the machine in the sandbox',
    async () => {
      project = new Project({ documents: twelveInvoices().slice(0, 2) });
      mkdirSync(project.path('../secrets'), { recursive: true });
      project.write('../secrets/key', 'top-secret');
      project.write('.docops.yml', CONFIG.replace(/run: .*/, 'run: sh extract/spy.sh'));
      project.write(
        'extract/spy.sh',
        `secret=$(cat ${project.path('../secrets/key')} 2>/dev/null)\nwritten=$(touch extract/mark 2>/dev/null && echo yes)\nnet=$(cat /proc/net/dev | grep -cv -e lo: -e '|')\nprintf '{"vendor": "%s%s", "invoice_number": "%s"}' "$secret" "$written" "$net"\n`,
      );
      project.commit('a spy');
      project.branch('spy', { 'extract/more.sh': '' });
      const { report } = await project.eval('--sandbox', 'bwrap');
      expect(report.run.sandbox).toBe('bwrap');
      const of = (field: string) => report.fields.find((each) => each.field === field)?.head;
      expect(of('vendor')).toMatchObject({ missing: 2, wrong: 0 });
      expect(report.documents[0]!.cells.find(({ field }) => field === 'invoice_number')?.head).toBe('0');
    },
  );

  it('is refused when a sandbox is asked for and none is there', async () => {
    project = new Project({ documents: twelveInvoices().slice(0, 2) });
    project.branch('change', { 'extract/main.awk': `# changed\n${EXTRACTOR}` });
    const bin = project.path('../bin');
    mkdirSync(bin);
    symlinkSync(execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim(), `${bin}/git`);
    const { code, err } = await project.docops(['eval', '--sandbox', 'bwrap'], {
      env: { PATH: `${bin}:${pathWithout('bwrap')}` },
    });
    expect(code).toBe(2);
    expect(err).toMatch(/bubblewrap/);
  });
});

/** The PATH without the folders that hold a tool. */
function pathWithout(tool: string): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.filter((folder) => !existsSync(`${folder}/${tool}`)).join(':');
}
