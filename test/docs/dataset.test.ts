import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLabels } from '../../src/core/dataset/labels.js';
import { docopsDataset } from '../support/dataset-command.js';
import { folderWith } from '../support/folder.js';

const text = readFileSync(new URL('../../docs/dataset.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```(\w+)(?: file=(\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language, file, body]) => ({
    language: language ?? '',
    file,
    body: body ?? '',
  }),
);

/** The documents that the page speaks of; it shows labels and commands only. */
const DOCUMENTS = {
  'eval/invoices/documents/acme-1.txt': 'Invoice A-17',
  'eval/invoices/documents/acme-2/scan.txt': 'Invoice A-18',
  'corrected/documents/acme-1.txt': 'Invoice A-17',
  'corrected/documents/acme-2/scan.txt': 'Invoice A-18',
  'table/documents/acme-1.txt': 'x',
  'table/documents/birch-7.pdf': 'y',
  'studio/files/acme-1.pdf': 'x',
  'studio/files/acme-2.pdf': 'y',
  'testset/input/acme-1.pdf': 'x',
};

describe('docs/dataset.md', () => {
  it('shows labels that are read without a problem', () => {
    const labels = blocks.filter(({ language }) => language === 'jsonl');
    expect(labels.length).toBeGreaterThanOrEqual(4);
    for (const { body } of labels) expect(parseLabels(body, 'docs').problems).toEqual([]);
  });

  it('shows commands that print what they are said to print', async () => {
    const root = folderWith(DOCUMENTS);
    let commands = 0;
    for (const { language, file, body } of blocks) {
      if (file !== undefined) {
        mkdirSync(dirname(join(root, file)), { recursive: true });
        writeFileSync(join(root, file), body);
      }
      if (language !== 'console') continue;
      const [line = '', ...expected] = body.trimEnd().split('\n');
      const args = line.replace(/^\$ docops dataset /, '').split(' ');
      const { code, out, err } = await docopsDataset(root, args);
      const printed = (err + out).trimEnd().split('\n');
      expect({ line, code }).toEqual({ line, code: 0 });
      // The comparison starts with a line for each side that the page leaves out.
      expect(printed.filter((one) => !/^(base|head) \d/.test(one))).toEqual(expected);
      commands += 1;
    }
    expect(commands).toBe(6);
  });

  it('names every code that a dataset can be faulted with', () => {
    const sources = [
      'core/dataset/labels.ts',
      'core/dataset/check.ts',
      'core/dataset/check-fields.ts',
      'core/dataset/check-training.ts',
      'core/dataset/manifest.ts',
      'dataset/read.ts',
      'dataset/documents.ts',
    ].map((path) => readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8'));
    const codes = new Set(
      sources.flatMap((source) => [...source.matchAll(/'([a-z]+(?:_[a-z0-9]+)+)'/g)].map(([, code]) => code)),
    );
    expect(codes.size).toBeGreaterThan(35);
    expect([...codes].filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  });
});
