import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CONFIG, EXTRACTOR, Project, twelveInvoices } from '../support/project.js';

let project: Project;
afterEach(() => project.remove());

describe('nothing measured is never a pass', () => {
  const CHANGED = { 'extract/main.awk': `# changed\n${EXTRACTOR}` };

  it.each<[string, (files: Project) => void, number, RegExp]>([
    ['a dataset without labels', (files) => files.write('eval/invoices/labels.jsonl', ''), 2, /no labels/],
    [
      'labels without documents',
      (files) => rmSync(files.path('eval/invoices/documents'), { recursive: true }),
      2,
      /document/,
    ],
    [
      'a dataset that is not there',
      (files) => files.write('.docops.yml', CONFIG.replace('eval/invoices', 'eval/receipts')),
      2,
      /eval\/receipts/,
    ],
    [
      'a label that is not JSON',
      (files) => files.write('eval/invoices/labels.jsonl', '{"id": "inv-01", "fields": {}}\nnonsense\n'),
      2,
      /labels\.jsonl:2/,
    ],
    [
      'fields that no label has',
      (files) => files.write('.docops.yml', CONFIG.replace(/invoice_number: id[\s\S]*/, 'iban: id\n')),
      3,
      /iban/,
    ],
    [
      'paths that match nothing',
      (files) => files.write('.docops.yml', CONFIG.replace('extract/**', 'src/**')),
      2,
      /src\/\*\*/,
    ],
    [
      'a configuration with a mistake',
      (files) => files.write('.docops.yml', CONFIG.replace('dataset:', 'datset:')),
      2,
      /\.docops\.yml.*:5:\d+.*datset/,
    ],
    [
      'a dataset of a registry that nobody named',
      (files) => files.write('.docops.yml', CONFIG.replace('eval/invoices', 'invoices@0123456789ab')),
      2,
      /DOCOPS_DATASETS/,
    ],
  ])('%s', async (_name, spoil, expected, says) => {
    project = new Project();
    spoil(project);
    project.commit('spoiled');
    project.branch('change', CHANGED);
    const { code, out, err } = await project.docops(['eval']);
    expect({ code, text: out + err }).toEqual({
      code: expected,
      text: expect.stringMatching(says) as string,
    });
  });

  it('a repository without configuration says how to write one', async () => {
    project = new Project();
    rmSync(project.path('.docops.yml'));
    project.commit('no configuration');
    const { code, err } = await project.docops(['eval']);
    expect(code).toBe(2);
    expect(err).toContain('docops init');
  });

  it('setup that fails on the head blocks, with its output', async () => {
    project = new Project();
    project.write('setup.sh', 'exit 0\n');
    project.write(
      '.docops.yml',
      CONFIG.replace('      run:', '      setup: sh extract/setup.sh\n      run:'),
    );
    project.write('extract/setup.sh', 'exit 0\n');
    project.commit('with setup');
    project.branch('broken', { 'extract/setup.sh': 'echo no such package: parsley >&2\nexit 7\n' });
    const { code, out, report } = await project.eval();
    expect(code).toBe(1);
    expect(report.reasons.map((each) => each.code)).toContain('setup_failed');
    expect(out).toContain('no such package: parsley');
  });

  it('an unchanged head is not applicable at once', async () => {
    project = new Project();
    project.branch('docs', { 'README.md': 'New words.\n' });
    const { code, report } = await project.eval();
    expect(code).toBe(0);
    expect(report).toMatchObject({
      verdict: 'not-applicable',
      run: { documents_run: 0, documents_cached: 0 },
    });
  });

  it('the first pull request is judged by its floors alone and says bootstrap', async () => {
    project = new Project();
    project.git('checkout', '-q', '--orphan', 'fresh');
    project.git('rm', '-rq', '--cached', '.');
    rmSync(project.path('.docops.yml'));
    project.git('add', 'README.md');
    project.git('commit', '-q', '-m', 'only words');
    project.git('branch', '-f', 'main', 'fresh');
    project.git('checkout', '-qf', 'main');
    for (const [floor, expected] of [
      ['0.9', 0],
      ['1', 1],
    ] as const) {
      const documents = twelveInvoices().map((document, index) =>
        index === 0 ? { ...document, label: { ...document.lines, vendor: 'Another' } } : document,
      );
      project.write('.docops.yml', `${CONFIG}    gate: { min: ${floor} }\n`);
      project.write('extract/main.awk', EXTRACTOR);
      project.label(documents);
      const { code, report } = await project.eval();
      expect(report).toMatchObject({ bootstrap: true, dataset: { read_from: 'head' } });
      expect({ floor, code }).toEqual({ floor, code: expected });
    }
  });
});

describe('the command line itself', () => {
  it.each([
    ['an unknown option', ['eval', '--bse', 'main'], /unknown option/],
    ['an unknown command', ['evaluate'], /unknown command/],
    ['a number of jobs that is none', ['eval', '--jobs', '0'], /whole number/],
    ['an unknown ref', ['eval', '--base', 'maiin'], /maiin/],
    ['a ref that looks like an option', ['eval', '--base', '--upload-pack=x'], /./],
    ['an unknown pipeline', ['eval', '--pipeline', 'receipts'], /it has: invoices/],
    ['a configuration file that is not there', ['eval', '--config', 'no.yml'], /no\.yml/],
    [
      'a report in a folder that is not there',
      ['eval', '--json', 'no/such/folder/r.json'],
      /no\/such\/folder/,
    ],
  ])('answers %s with 2', async (_name, args, says) => {
    project = new Project({ documents: twelveInvoices().slice(0, 1) });
    const { code, err } = await project.docops(args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(says) as string });
  });

  it('says that a folder is no git repository', async () => {
    project = new Project({ documents: twelveInvoices().slice(0, 1) });
    const folder = mkdtempSync(join(tmpdir(), 'docops-plain-'));
    const { code, err } = await project.docops(['eval', '--repo', folder]);
    rmSync(folder, { recursive: true });
    expect(code).toBe(2);
    expect(err).toMatch(/not.*git repository/);
  });
});

describe('repositories in every state', () => {
  const small = twelveInvoices().slice(0, 3);
  const CHANGED = { 'extract/main.awk': `# changed\n${EXTRACTOR}` };

  it('works below a path with spaces and letters beyond ASCII, from a subfolder', async () => {
    project = new Project({ name: 'Belege März 2026/Über uns', documents: small });
    project.branch('änderung', CHANGED);
    mkdirSync(project.path('extract/sub'), { recursive: true });
    const ran = await project.docops(['eval'], { cwd: project.path('extract/sub') });
    expect(ran).toMatchObject({ code: 0 });
  });

  it('works on a detached head', async () => {
    project = new Project({ documents: small });
    project.branch('change', CHANGED);
    project.git('checkout', '-q', '--detach');
    expect((await project.eval()).code).toBe(0);
  });

  it('says what to do in a shallow clone that lacks the merge base', async () => {
    project = new Project({ documents: small });
    project.branch('change', CHANGED);
    project.git('checkout', '-q', 'main');
    project.write('README.md', 'moved on\n');
    project.commit('main moves');
    project.git('checkout', '-q', 'change');
    const clone = project.path('../clone');
    project.git('clone', '-q', '--depth', '1', '--no-single-branch', `file://${project.root}`, clone);
    const { code, err } = await project.docops(['eval', '--repo', clone, '--base', 'origin/main']);
    expect(code).toBe(2);
    expect(err).toContain('git fetch --unshallow');
  });

  it('fills a submodule from the checked-out one, and says it when it cannot', async () => {
    project = new Project({ documents: small });
    const library = new Project({ documents: small });
    library.write('sep.awk', 'BEGIN { FS = ": " }\n');
    library.commit('a library');
    project.git(
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      library.root,
      'vendor/lib',
    );
    project.write(
      '.docops.yml',
      CONFIG.replace(/run: .*/, 'run: awk -f vendor/lib/sep.awk -f extract/main.awk "$DOCOPS_DOCUMENT"'),
    );
    project.write('extract/main.awk', EXTRACTOR.replace('FS = ": "; ', ''));
    project.commit('with a submodule');
    project.branch('change', { 'extract/main.awk': `# changed\n${EXTRACTOR.replace('FS = ": "; ', '')}` });
    const there = await project.eval();
    expect({ code: there.code, score: there.report.overall.head }).toEqual({ code: 0, score: 1 });
    const clone = project.path('../clone');
    project.git('clone', '-q', project.root, clone);
    const missing = await project.docops(['eval', '--repo', clone, '--base', 'origin/main', '--no-cache']);
    library.remove();
    expect(missing.code).not.toBe(0);
    expect(missing.out).toMatch(/vendor\/lib.*git submodule update --init/);
  });

  it('leaves the repository byte for byte as it was', async () => {
    project = new Project({ documents: small });
    project.branch('change', CHANGED);
    writeFileSync(project.path('notes.txt'), 'not tracked');
    project.git('add', '-N', 'notes.txt');
    const state = (): string =>
      [
        project.git('status', '--porcelain'),
        project.git('stash', 'list'),
        project.git('count-objects', '-v'),
        project.git('ls-files', '-s'),
      ].join('\n');
    const before = state();
    await project.eval();
    expect(state()).toBe(before);
  });
});
