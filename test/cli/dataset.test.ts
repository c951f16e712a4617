import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { docopsDataset } from '../support/dataset-command.js';
import { folderWith } from '../support/folder.js';
import { sharedPath } from '../support/shared.js';

const CONFIG = `version: 1
pipelines:
  receipts:
    paths: ["extract/**"]
    dataset: eval/receipts
    extract: { run: ./extract }
    fields: { total: number }
`;
const label = (id: string, total: string, more = ''): string =>
  `{"id":"${id}","fields":{"total":"${total}"}${more}}\n`;
const FILES = {
  '.docops.yml': CONFIG,
  'eval/receipts/labels.jsonl': label('a', '9.00') + label('b', '8.00'),
  'eval/receipts/documents/a.txt': 'Total 9.00',
  'eval/receipts/documents/b.txt': 'Total 8.00',
};

describe('docops dataset validate', () => {
  it('takes the dataset and the fields of the only pipeline, and ends with 0', async () => {
    const { code, out } = await docopsDataset(folderWith(FILES), ['validate']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /2 documents, 2 labels, version [0-9a-f]{12}, checked against the fields of receipts\nvalid, 0 warnings\n$/,
    );
  });

  it('finds the configuration from a folder below it, and by the dataset it names', async () => {
    const root = folderWith(FILES);
    expect((await docopsDataset(join(root, 'eval'), ['validate'])).out).toContain('fields of receipts');
    expect((await docopsDataset(root, ['validate', './eval/receipts/'])).out).toContain('fields of receipts');
  });

  it('ends with 2 and names file, line and mend', async () => {
    const root = folderWith({ ...FILES, 'eval/receipts/labels.jsonl': `${label('a', 'nine')}{"id":7}\n` });
    const { code, out } = await docopsDataset(root, ['validate', 'eval/receipts']);
    expect(code).toBe(2);
    expect(out).toContain('eval/receipts/labels.jsonl:2:1: error[bad_id]');
    expect(out).toContain(
      'eval/receipts/labels.jsonl:1:1: error[unparseable_value]: "a": "nine" of "total" cannot be read as number',
    );
    expect(out).toMatch(/3 errors, 1 warning\n$/);
  });

  it('says that values are not checked when no pipeline has the dataset', async () => {
    const root = folderWith({
      ...FILES,
      'other/labels.jsonl': label('a', 'nine'),
      'other/documents/a.txt': 'x',
    });
    const { code, out } = await docopsDataset(root, ['validate', 'other']);
    expect(code).toBe(0);
    expect(out).toContain('names and types of values are not checked');
    const named = await docopsDataset(root, ['validate', 'other', '--config', '.docops.yml']);
    expect(named.code).toBe(2);
  });

  it('prints one object with --json', async () => {
    const root = folderWith({ ...FILES, 'eval/receipts/documents/c.txt': 'x' });
    const { code, out } = await docopsDataset(root, ['validate', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      valid: true,
      pipeline: 'receipts',
      documents: 3,
      labels: 2,
      problems: [{ severity: 'warning', code: 'unlabelled_document' }],
    });
  });

  it.each([
    { name: 'the folder train/ in the dataset', folder: 'eval/receipts/train', args: [] },
    { name: 'the folder that is named', folder: 'train', args: ['--train', 'train'] },
  ])('refuses a template that was trained on, from $name', async ({ folder, args }) => {
    const root = folderWith({
      ...FILES,
      'eval/receipts/labels.jsonl': label('a', '9.00', ',"template":"shop-1"') + label('b', '8.00'),
      [`${folder}/labels.jsonl`]: label('t', '1', ',"template":"shop-1"'),
    });
    const { code, out } = await docopsDataset(root, ['validate', ...args]);
    expect(code).toBe(2);
    expect(out).toContain('error[template_in_train]');
  });

  it('refuses a document that was trained on', async () => {
    const root = folderWith({
      ...FILES,
      'train/labels.jsonl': label('t', '1'),
      'train/documents/t.txt': 'Total 9.00',
    });
    const { out } = await docopsDataset(root, ['validate', '--train', 'train']);
    expect(out).toContain('error[document_in_train]: 1 document is in "train" too: "a"');
  });

  it('does not take a training folder that is missing for one without overlap', async () => {
    expect((await docopsDataset(folderWith(FILES), ['validate', '--train', 'nowhere'])).code).toBe(2);
  });

  it.each([
    { name: 'no configuration and no folder', files: {}, args: ['validate'], message: 'name the folder' },
    { name: 'a folder that is not there', files: {}, args: ['validate', 'nowhere'], message: '' },
    {
      name: 'a broken configuration',
      files: { '.docops.yml': 'version: 2\n' },
      args: ['validate'],
      message: '.docops.yml:1:',
    },
    {
      name: 'a configuration that is not there',
      files: FILES,
      args: ['validate', '--config', 'no.yml'],
      message: 'cannot be read',
    },
    {
      name: 'an unknown pipeline',
      files: FILES,
      args: ['validate', '--pipeline', 'no'],
      message: 'its pipelines are receipts',
    },
    {
      name: 'a dataset of a registry that nobody named',
      files: { '.docops.yml': CONFIG.replace('eval/receipts', 'receipts@0123456789ab') },
      args: ['validate'],
      message: 'set DOCOPS_DATASETS',
    },
    {
      name: 'an address that is none in the configuration',
      files: { '.docops.yml': CONFIG.replace('eval/receipts', 'https://example.com/x') },
      args: ['validate'],
      message: 'only s3:// addresses are known',
    },
    {
      name: 'two pipelines',
      files: { '.docops.yml': CONFIG + CONFIG.split('\n').slice(2).join('\n').replace('receipts:', 'more:') },
      args: ['validate'],
      message: 'name one with --pipeline',
    },
    { name: 'an unknown option', files: FILES, args: ['validate', '--strict'], message: 'unknown option' },
  ])('ends with 2 for $name', async ({ files, args, message }) => {
    const { code, err } = await docopsDataset(folderWith(files), args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('prints a thousand problems of one kind as twenty and a count', async () => {
    const lines = Array.from({ length: 1000 }, (_, n) => label(`x${n}`, '1')).join('');
    const root = folderWith({ ...FILES, 'eval/receipts/labels.jsonl': lines });
    const { out } = await docopsDataset(root, ['validate']);
    expect(out.match(/missing_document\]/g)).toHaveLength(20);
    expect(out).toContain('and 980 more of missing_document');
  });

  it('prints no control character of names and values', async () => {
    const root = folderWith({
      ...FILES,
      'eval/receipts/labels.jsonl':
        '{"id":"a","fields":{"total":"\\u001b[2J","\\u202etxt":"1"}}\n{"id":"\\u0007","fields":{}}',
      'eval/receipts/documents/\u001b[31m.txt': 'x',
    });
    const { out } = await docopsDataset(root, ['validate']);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  const data = sharedPath('data');
  it.skipIf(data === undefined).each(['zugferd', 'sroie'])(
    'finds no error in %s (needs the shared folder)',
    async (name) => {
      const { code, out } = await docopsDataset(tmpdir(), ['validate', join(data ?? '', name)]);
      expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('valid, ') as string });
    },
  );
});

describe('docops dataset version', () => {
  it('prints the hash and nothing else', async () => {
    const root = folderWith(FILES);
    const { code, out } = await docopsDataset(root, ['version']);
    expect(code).toBe(0);
    expect(out).toMatch(/^[0-9a-f]{64}\n$/);
    expect((await docopsDataset(root, ['version', 'eval/receipts'])).out).toBe(out);
  });

  it('has no version for a dataset with errors', async () => {
    const { code, out, err } = await docopsDataset(
      folderWith({ ...FILES, 'eval/receipts/labels.jsonl': '' }),
      ['version'],
    );
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('error[no_labels]');
  });
});

describe('docops dataset diff', () => {
  const CHANGED = {
    'new/labels.jsonl': label('a', '9.50', ',"slices":{"language":"de"}') + label('c', '1.00'),
    'new/documents/a.txt': 'Total 9.50',
    'new/documents/c.txt': 'Total 1.00',
  };

  it('shows documents and values that differ', async () => {
    const { code, out } = await docopsDataset(folderWith({ ...FILES, ...CHANGED }), [
      'diff',
      'eval/receipts',
      'new',
    ]);
    expect(code).toBe(0);
    expect(out).toContain('documents added (1): "c"');
    expect(out).toContain('documents removed (1): "b"');
    expect(out).toContain('documents with other content (1): "a"');
    expect(out).toContain('values changed (2 in 1 document)');
    expect(out).toMatch(/│ a +│ total +│ "9\.00" +│ "9\.50" +│/);
    expect(out).toMatch(/│ a +│ slices: language +│ \(none\) +│ "de" +│/);
  });

  it('prints one object with --json', async () => {
    const { out } = await docopsDataset(folderWith({ ...FILES, ...CHANGED }), [
      'diff',
      'eval/receipts',
      'new',
      '--json',
    ]);
    expect(JSON.parse(out)).toMatchObject({
      base: { name: 'eval/receipts', version: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      documents: { added: ['c'], removed: ['b'], changed: ['a'] },
      changes: [
        { document: 'a', part: 'fields', field: 'total', base: '9.00', head: '9.50' },
        { document: 'a', part: 'slices', field: 'language', head: 'de' },
      ],
    });
  });

  it('says that there is no difference', async () => {
    expect(
      (await docopsDataset(folderWith(FILES), ['diff', 'eval/receipts', 'eval/receipts'])).out,
    ).toContain('no difference');
  });

  it('reads a side from a commit and leaves nothing behind', async () => {
    const root = folderWith({ ...FILES, 'elsewhere/x': '' });
    const git = (...args: string[]): unknown =>
      execFileSync(
        'git',
        ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main', ...args],
        { cwd: root },
      );
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'first');
    writeFileSync(join(root, 'eval/receipts/labels.jsonl'), label('a', '9.10') + label('b', '8.00'));
    const temporary = folderWith();
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { code, out, err } = await docopsDataset(join(root, 'elsewhere'), [
      'diff',
      'main:eval/receipts',
      '../eval/receipts',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/│ a +│ total +│ "9\.00" +│ "9\.10" +│/);
    expect((await docopsDataset(root, ['diff', 'main:eval/nowhere', 'eval/receipts'])).err).toContain(
      '"main" has no folder "eval/nowhere"',
    );
    expect((await docopsDataset(root, ['diff', 'no-such-ref:eval/receipts', 'eval/receipts'])).code).toBe(2);
    expect((await docopsDataset(root, ['diff', 'main:../x', 'eval/receipts'])).err).toContain(
      'names no folder of the repository',
    );
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each([
    {
      name: 'a folder that is not there',
      args: ['diff', 'eval/receipts', 'nowhere'],
      message: 'there is no folder "nowhere"',
    },
    { name: 'a commit outside of a repository', args: ['diff', 'main:eval', 'eval/receipts'], message: '' },
    {
      name: 'a side with errors',
      args: ['diff', 'eval/receipts', 'eval'],
      message: '"eval" is no valid dataset',
    },
    { name: 'one side only', args: ['diff', 'eval/receipts'], message: 'missing required argument' },
  ])('ends with 2 for $name', async ({ args, message }) => {
    const { code, err } = await docopsDataset(folderWith(FILES), args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('docops dataset import', () => {
  it('writes a dataset that validates, and says what was left out', async () => {
    const root = folderWith({ 'in/documents/a.txt': 'x', 'in/labels.csv': 'id,total\na,9.00\n' });
    const { code, out } = await docopsDataset(root, ['import', 'csv', 'in/labels.csv', 'out']);
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining('imported 1 document into out, 0 skipped') as string,
    });
    expect((await docopsDataset(root, ['validate', 'out'])).code).toBe(0);
    expect((await docopsDataset(root, ['import', 'csv', 'in/labels.csv', 'out'])).code).toBe(2);
    expect((await docopsDataset(root, ['import', 'csv', 'in/labels.csv', 'out', '--force'])).code).toBe(0);
  });

  it('lists on standard error what was left out', async () => {
    const section = JSON.stringify({ inference_result: { total: '1' } });
    const root = folderWith({
      'set/input/a.pdf': '1',
      'set/input/b.pdf': '2',
      'set/baseline/a.pdf/sections/1/result.json': section,
    });
    const { code, out, err } = await docopsDataset(root, ['import', 'aws', 'set', 'out']);
    expect(code).toBe(0);
    expect(out).toContain('imported 1 document into out, 1 skipped');
    expect(err).toContain('skipped: input/b.pdf: it has no baseline/b.pdf/sections/');
  });

  it.each([
    {
      name: 'a source that is not there',
      args: ['import', 'csv', 'no.csv', 'out'],
      message: 'does not exist',
    },
    { name: 'an unknown format', args: ['import', 'coco', 'x', 'out'], message: '' },
    {
      name: 'an export without a task to import',
      args: ['import', 'label-studio', 'empty.json', 'out'],
      message: 'nothing to import',
    },
  ])('ends with 2 for $name', async ({ args, message }) => {
    const { code, err } = await docopsDataset(folderWith({ 'empty.json': '[]' }), args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
