import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { describe, expect, it } from 'vitest';
import { EXAMPLES, INVOICES } from '../support/example.js';
import { contents, temporaryFolder } from '../support/git.js';

const { writeDataset } = (await import(join(EXAMPLES, 'generator/generate.mjs'))) as {
  writeDataset: (directory: string, seed?: number) => Promise<number>;
};
const DATASET = join(INVOICES, 'eval/invoices');

/** Files without `dataset.yml`, which nobody generates. */
const generated = (folder: string) =>
  [...contents(folder)].filter(([name]) => /invoice\.(?:txt|pdf)$|labels\.jsonl$/.test(name)).sort();

describe('the generator of the example documents', () => {
  it('writes the committed dataset again, byte for byte', async () => {
    const folder = temporaryFolder();
    expect(await writeDataset(folder)).toBe(58);
    expect(generated(folder)).toEqual(generated(DATASET));
  });

  it('writes other documents from another seed', async () => {
    const folder = temporaryFolder();
    await writeDataset(folder, 8);
    const same = new Set(generated(DATASET).map(([, body]) => body));
    expect(generated(folder).filter(([, body]) => same.has(body))).toEqual([]);
  });

  it('gives the PDF a text layer that says what the text file says', async () => {
    const ids = readdirSync(join(DATASET, 'documents'));
    for (const id of ids) {
      const folder = join(DATASET, 'documents', id);
      const text = readFileSync(join(folder, 'invoice.txt'), 'utf8');
      expect(words(await textLayer(join(folder, 'invoice.pdf'))), id).toEqual(words(text));
    }
    expect(ids).toHaveLength(58);
  });
});

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

async function textLayer(file: string): Promise<string> {
  const task = getDocument({ data: new Uint8Array(readFileSync(file)), verbosity: 0 });
  const pdf = await task.promise;
  const pages: string[] = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const { items } = await (await pdf.getPage(number)).getTextContent();
    pages.push(items.map((item) => ('str' in item ? item.str : '')).join(' '));
  }
  await task.destroy();
  return pages.join('\n');
}
