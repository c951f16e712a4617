import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Project } from '../support/project.js';
import { sharedPath } from '../support/shared.js';

let project: Project;
beforeEach(() => {
  project = new Project();
  rmSync(project.path('.docops.yml'));
});
afterEach(() => project.remove());

interface Written {
  pipelines: Record<
    string,
    {
      paths: string[];
      dataset: string;
      extract: { run: string; setup?: string; mode?: string };
      fields: Record<string, unknown>;
    }
  >;
}
const written = () => parse(project.read('.docops.yml')) as Written;
const only = () => Object.values(written().pipelines)[0]!;

describe('docops init', () => {
  test('finds dataset, paths, command and fields, and what it writes is valid', async () => {
    project.write('extract/main.py', 'import sys\nif __name__ == "__main__":\n    print("{}")\n');
    project.write('extract/tests/test_main.py', 'import main\n');
    project.write('extract/README.md', 'notes\n');
    project.write('docs/build.py', 'print(1)\n');
    project.write('prompts/invoice.txt', 'Read this.\n');
    project.write('requirements.txt', 'pdfplumber==0.11\n');
    const ran = await project.docops(['init']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).not.toContain('TODO');
    expect(written().pipelines).toEqual({
      invoices: {
        paths: ['extract/**', 'prompts/**', 'requirements.txt', '!extract/**/*.md', '!extract/tests/**'],
        dataset: 'eval/invoices',
        extract: {
          run: 'python3 extract/main.py "$DOCOPS_DOCUMENT"',
          setup: 'pip install -r requirements.txt',
        },
        fields: { invoice_number: 'id', issue_date: 'date', vendor: 'text', grand_total: 'money' },
        gate: { max_drop: 0, enforce: 'block' },
      },
    });
    expect(await project.docops(['validate'])).toMatchObject({
      code: 0,
      out: expect.not.stringContaining('warning') as string,
    });
  });

  test.each<[name: string, files: Record<string, string>, run: string]>([
    [
      'a Node program',
      { 'src/extract.mjs': 'console.log(JSON.stringify(process.argv))' },
      'node src/extract.mjs "$DOCOPS_DOCUMENT"',
    ],
    [
      'what package.json names, among others',
      {
        'package.json': '{"bin":{"x":"./lib/go.js"}}',
        'lib/go.js': 'process.argv',
        'lib/other.js': 'process.argv',
      },
      'node lib/go.js "$DOCOPS_DOCUMENT"',
    ],
    [
      'TypeScript where tsx is installed',
      { 'package.json': '{"devDependencies":{"tsx":"4"}}', 'src/main.ts': 'process.argv[2]' },
      'npx tsx src/main.ts "$DOCOPS_DOCUMENT"',
    ],
    [
      'a Python package',
      { 'reader/__init__.py': '', 'reader/__main__.py': 'from . import x' },
      'python3 -m reader "$DOCOPS_DOCUMENT"',
    ],
    [
      'a program that reads the environment',
      { 'run.py': 'import os\nprint(os.environ["DOCOPS_DOCUMENT"])' },
      'python3 run.py',
    ],
    [
      'a batch program',
      { 'batch.py': 'import os\nopen(os.environ["DOCOPS_PREDICTIONS"])' },
      'python3 batch.py',
    ],
    [
      'Go',
      { 'cmd/extract/main.go': 'package main\nfunc main() {}\n', 'go.mod': 'module x\n' },
      'go run ./cmd/extract "$DOCOPS_DOCUMENT"',
    ],
    [
      'a name with spaces',
      { 'my code/extract.py': 'import sys; sys.argv' },
      `python3 'my code/extract.py' "$DOCOPS_DOCUMENT"`,
    ],
  ])('command: %s', async (_name, files, run) => {
    for (const [path, text] of Object.entries(files)) project.write(path, text);
    expect((await project.docops(['init'])).code).toBe(0);
    expect(only().extract.run).toBe(run);
    expect(only().extract.mode).toBe(run.includes('batch.py') ? 'batch' : undefined);
    expect((await project.docops(['validate'])).code).toBe(0);
  });

  test('never invents: what is not found is a TODO in the file and in the answer', async () => {
    rmSync(project.path('eval'), { recursive: true });
    rmSync(project.path('extract'), { recursive: true });
    const { code, out } = await project.docops(['init']);
    expect(code).toBe(0);
    expect(out).toContain('dataset: not found');
    expect(out).toContain('run: not found');
    expect(out.match(/TODO: /g)).toHaveLength(4);
    expect((await project.docops(['validate'])).code).toBe(0);
  });

  test('a command that was not found fails loudly when it is run', async () => {
    await project.docops(['init']);
    expect(only().extract.run).toMatch(/exit 1$/);
  });

  test('refuses to overwrite, in both places, unless forced', async () => {
    project.write('.github/docops.yml', 'mine: true\n');
    const refused = await project.docops(['init']);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('.github/docops.yml exists already');
    expect(existsSync(project.path('.docops.yml'))).toBe(false);
    expect((await project.docops(['init', '--force'])).code).toBe(0);
    expect(project.read('.github/docops.yml')).toContain('version: 1');
    expect(existsSync(project.path('.docops.yml'))).toBe(false);
  });

  test('--stdout prints the file alone and writes nothing', async () => {
    const { code, out, err } = await project.docops(['init', '--stdout']);
    expect(code).toBe(0);
    expect((parse(out) as Written).pipelines).toHaveProperty('invoices');
    expect(err).toContain('dataset: eval/invoices');
    expect(existsSync(project.path('.docops.yml'))).toBe(false);
  });

  test('the largest dataset is taken and the others are named', async () => {
    project.write('small/labels.jsonl', '{"id":"a","fields":{"x":"1"}}\n');
    project.write('small/documents/a.txt', 'x');
    project.write('no-documents/labels.jsonl', '{"id":"a","fields":{"x":"1"}}\n');
    await project.docops(['init']);
    expect(only().dataset).toBe('eval/invoices');
    expect(project.read('.docops.yml')).toContain('# Also found: small\n');
  });

  test('ignored files are not looked at', async () => {
    project.write('.gitignore', 'cache/\n');
    project.write('cache/main.py', 'import sys\nsys.argv DOCOPS_DOCUMENT');
    await project.docops(['init']);
    expect(project.read('.docops.yml')).not.toContain('cache');
  });

  test('labels that are partly unreadable are used as far as they go, and said', async () => {
    project.write('eval/invoices/labels.jsonl', `${project.read('eval/invoices/labels.jsonl')}{broken\n`);
    const { code, out } = await project.docops(['init']);
    expect(code).toBe(0);
    expect(out).toContain('labels: 1 unreadable');
    expect(Object.keys(only().fields)).toHaveLength(4);
  });

  test('without git the folder itself is looked at', async () => {
    rmSync(project.path('.git'), { recursive: true });
    project.write('main.py', 'import sys\nsys.argv');
    project.write('node_modules/x/index.js', 'process.argv');
    expect((await project.docops(['init'], { env: { GIT_CEILING_DIRECTORIES: tmpdir() } })).code).toBe(0);
    expect(only().extract.run).toBe('python3 main.py "$DOCOPS_DOCUMENT"');
    expect(only().paths).toEqual(['main.py']);
  });

  test('a repository with a name and files of other scripts works', async () => {
    const other = new Project({ name: 'Prüfung – ёлка 1' });
    rmSync(other.path('.docops.yml'));
    other.write('Auszug/über.py', 'import sys\nsys.argv\nDOCOPS_DOCUMENT');
    const { code } = await other.docops(['init']);
    const text = other.read('.docops.yml');
    other.remove();
    expect(code).toBe(0);
    expect(text).toContain('"Auszug/**"');
    expect(text).toContain('Auszug/über.py');
  });
});

describe.each(['zugferd', 'sroie'])('docops init on the real labels of %s', (name) => {
  const source = sharedPath(join('data', name));
  test.skipIf(source === undefined)(
    'writes a file that validates without a warning (needs the shared folder)',
    async () => {
      project.write('eval/real/documents/0.txt', 'x');
      rmSync(project.path('eval/invoices'), { recursive: true });
      writeFileSync(project.path('eval/real/labels.jsonl'), readFileSync(join(source!, 'labels.jsonl')));
      project.write('extract/main.py', 'import sys\nsys.argv');
      expect((await project.docops(['init'])).code).toBe(0);
      const validated = await project.docops(['validate']);
      expect(validated).toMatchObject({ code: 0, out: expect.not.stringContaining('warning') as string });
      expect(Object.keys(only().fields).length).toBe(name === 'zugferd' ? 19 : 4);
    },
  );
});
