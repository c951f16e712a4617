import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/core/config/index.js';
import { checkDataset } from '../../src/core/dataset/check.js';
import { parseProblem } from '../../src/core/score/index.js';
import type { DocumentScore } from '../../src/core/words.js';
import { readDataset, type ReadDataset } from '../../src/dataset/read.js';
import { INVOICES, measure, overall, readPipeline } from '../support/example.js';

const run = promisify(execFile);

describe('the example repository', () => {
  let read: ReadDataset;
  let scores: Map<string, DocumentScore>;
  beforeAll(async () => {
    read = await readDataset(join(INVOICES, 'eval/invoices'));
    scores = await measure(INVOICES);
  });

  it('has a configuration without errors and warnings', () => {
    expect(readConfig(readFileSync(join(INVOICES, '.docops.yml'), 'utf8'), '.docops.yml').problems).toEqual(
      [],
    );
  });

  it('has a dataset that fits its configuration', () => {
    const problems = checkDataset({
      labels: [...read.dataset.labels.values()],
      documents: read.dataset.documents,
      fields: readPipeline(INVOICES).fields,
      parseProblem,
    });
    expect([...read.problems, ...problems].filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(read.dataset.documents).toHaveLength(58);
  });

  it('is small enough to be cloned with everything else', () => {
    const bytes = readdirSync(INVOICES, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(INVOICES, name)))
      .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
    expect(bytes).toBeLessThan(1_500_000);
  });

  it('holds what makes invoices hard', () => {
    const labels = [...read.dataset.labels.values()];
    const slice = (name: string) => new Set(labels.map(({ slices }) => slices[name]));
    expect(slice('language')).toEqual(new Set(['de', 'en', 'es', 'fr', 'nl']));
    expect(slice('kind')).toEqual(new Set(['invoice', 'credit_note', 'receipt']));
    expect(new Set(labels.map(({ template }) => template)).size).toBe(12);
    const currencies = labels.map(({ fields }) => fields['currency']);
    expect(new Set(currencies)).toEqual(new Set(['CHF', 'EUR', 'GBP', 'JPY', 'USD']));
    expect(labels.some(({ fields }) => Number(fields['grand_total']) < 0)).toBe(true);
    const texts = read.dataset.documents.map(({ path }) => readFileSync(join(path, 'invoice.txt'), 'utf8'));
    const shows = (what: RegExp) => texts.filter((text) => what.test(text)).length;
    expect(shows(/\f[^\f]+\f/), 'several pages').toBe(2);
    expect(shows(/rabatt|discount|remise|descuento|nachlass/i), 'discounts').toBeGreaterThanOrEqual(5);
    expect(shows(/\d-$/m), 'minus sign behind').toBe(3);
    for (const format of [
      /\d\.\d{3},\d{2}/,
      /\d,\d{3}\.\d{2}/,
      /\d \d{3},\d{2}/,
      /\d'\d{3}\.\d{2}/,
      /¥\d+,\d{3}\b/,
    ])
      expect(shows(format), String(format)).toBeGreaterThan(0);
  });

  it('has an extractor that is good and not perfect', () => {
    expect(overall(scores)).toBeGreaterThan(0.9);
    expect(overall(scores)).toBeLessThan(0.97);
    // No field is a lost cause, and no field is there for show.
    readPipeline(INVOICES).fields.forEach(({ path }, index) => {
      const values = [...scores.values()].flatMap(({ fields }) => fields[index]!.score ?? []);
      expect(values.length, path).toBeGreaterThan(20);
      expect(values.reduce((sum, value) => sum + value, 0) / values.length, path).toBeGreaterThan(0.8);
    });
  });

  it('runs its command on the documents of every vendor, from a folder or from a text file', async () => {
    const documents = read.dataset.documents.filter(({ id }) => id.endsWith('-01'));
    expect(documents).toHaveLength(12);
    const main = join(INVOICES, 'extract/main.mjs');
    for (let start = 0; start < documents.length; start += 4)
      await Promise.all(
        documents.slice(start, start + 4).map(async ({ id, path }) => {
          const { stdout, stderr } = await run(process.execPath, [main, path]);
          expect(Object.keys(JSON.parse(stdout) as object), id).toContain('grand_total');
          expect(stderr, id).toBe('');
        }),
      );
    const { path } = documents[0]!;
    const [folder, file] = await Promise.all(
      [path, join(path, 'invoice.txt')].map((argument) => run(process.execPath, [main, argument])),
    );
    expect(file!.stdout).toBe(folder!.stdout);
  }, 120_000);

  it('reads the document and nothing that the generator knows', () => {
    for (const name of readdirSync(join(INVOICES, 'extract'))) {
      if (!name.endsWith('.mjs')) continue;
      const imports = [...readFileSync(join(INVOICES, 'extract', name), 'utf8').matchAll(/from '([^']+)'/g)];
      for (const [, from] of imports) expect(from, name).toMatch(/^(?:node:(?:fs|path)|\.\/[a-z-]+\.mjs)$/);
    }
  });
});
