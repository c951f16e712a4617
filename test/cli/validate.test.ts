import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONFIG, Project } from '../support/project.js';

let project: Project;
beforeEach(() => {
  project = new Project();
});
afterEach(() => project.remove());

describe('docops validate', () => {
  test('a valid file ends with 0 and says what is in it', async () => {
    const ran = await project.docops(['validate']);
    expect(ran).toEqual({ code: 0, out: '.docops.yml is valid: invoices (4 fields)\n', err: '' });
  });

  test('an error ends with 2 and shows its line with a caret below the place', async () => {
    project.write('.docops.yml', CONFIG.replace('id', 'string'));
    const { code, out } = await project.docops(['validate']);
    expect(code).toBe(2);
    expect(out).toContain(
      '.docops.yml:9:23: error[unknown_type]: fields.invoice_number: "string" is not a type.',
    );
    expect(out).toContain('9 |       invoice_number: string\n  |                       ^\n');
    expect(out).toMatch(/\.docops\.yml: 1 error\n$/);
  });

  test('the file is found from a folder below, and in .github', async () => {
    expect((await project.docops(['validate'], { cwd: project.path('extract') })).code).toBe(0);
    rmSync(project.path('.docops.yml'));
    project.write('.github/docops.yml', CONFIG);
    expect((await project.docops(['validate'])).out).toContain('.github/docops.yml is valid');
  });

  test('without a file it says how to get one', async () => {
    rmSync(project.path('.docops.yml'));
    const { code, err } = await project.docops(['validate']);
    expect(code).toBe(2);
    expect(err).toContain('there is no .docops.yml and no .github/docops.yml');
    expect(err).toContain('docops init');
    expect((await project.docops(['validate', 'nowhere.yml'])).err).toContain('there is no file nowhere.yml');
  });

  test.each<[name: string, from: string | RegExp, to: string, warning: string]>([
    ['paths that match no file', '"extract/**"', '"src/**"', '4:12: warning[paths_match_nothing]'],
    [
      'one pattern of several',
      '"extract/**"',
      '"extract/**", "models/**"',
      '4:27: warning[pattern_matches_nothing]',
    ],
    ['a dataset that is not there', 'eval/invoices', 'eval/receipts', '5:14: warning[no_dataset]'],
    ['a field that no label has', 'vendor: text', 'seller: text', '11:7: warning[never_labelled]'],
    [
      'a slice that no label has',
      /$/,
      '    gate: { slices: { language: { max_drop: 2 } } }\n',
      '13:23: warning[unknown_slice]',
    ],
  ])('%s is a warning and ends with 0', async (_name, from, to, warning) => {
    project.write('.docops.yml', CONFIG.replace(from, to));
    const { code, out } = await project.docops(['validate']);
    expect(code).toBe(0);
    expect(out).toContain(`.docops.yml:${warning}`);
    expect(out).toMatch(/is valid: .*, 1 warning\n$/);
  });

  test('labels that cannot be read are a warning with their line', async () => {
    project.write('eval/invoices/labels.jsonl', `${project.read('eval/invoices/labels.jsonl')}{broken\n`);
    expect((await project.docops(['validate'])).out).toMatch(/warning\[bad_labels\]: .*labels\.jsonl:13:/);
  });

  test('--json prints the same problems as one object', async () => {
    project.write('.docops.yml', CONFIG.replace('id', 'string').replace('run:', 'rn:'));
    const { code, out } = await project.docops(['validate', '--json']);
    expect(code).toBe(2);
    const answer = JSON.parse(out) as { valid: boolean; problems: { code: string; place: unknown }[] };
    expect(answer.valid).toBe(false);
    expect(answer.problems.map((problem) => problem.code)).toEqual([
      'missing_key',
      'unknown_key',
      'unknown_type',
    ]);
    expect(answer.problems[2]?.place).toEqual({ file: '.docops.yml', line: 9, column: 23 });
  });

  test('--schema prints the JSON Schema that ships', async () => {
    const shipped = readFileSync(new URL('../../schema/docops.schema.json', import.meta.url), 'utf8');
    expect((await project.docops(['validate', '--schema'])).out).toBe(shipped);
  });

  test('a file from elsewhere is checked alone, not against this repository', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'docops-elsewhere-'));
    writeFileSync(join(folder, 'other.yml'), CONFIG.replace('"extract/**"', '"src/**"'));
    const { code, out } = await project.docops(['validate', join(folder, 'other.yml')]);
    rmSync(folder, { recursive: true });
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringMatching(/is valid: invoices \(4 fields\)\n$/) as string,
    });
  });

  test.each<[string, (project: Project) => void, string[], string]>([
    ['a folder', () => undefined, ['extract'], 'is not a file'],
    [
      'bytes that are no text',
      (p) => writeFileSync(p.path('x.yml'), Buffer.from([0xff, 0xfe, 0x00])),
      ['x.yml'],
      'is not UTF-8',
    ],
    ['a file of 20 MB', (p) => p.write('x.yml', 'a'.repeat(20 << 20)), ['x.yml'], 'is no configuration'],
    ['a repository that is not there', () => undefined, ['--repo', 'nowhere'], 'cannot be read'],
  ])('%s: 2, with the reason', async (_name, prepare, args, says) => {
    prepare(project);
    const { code, err } = await project.docops(['validate', ...args]);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });
});
