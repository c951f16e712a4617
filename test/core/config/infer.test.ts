import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { draftConfig, type Proposal } from '../../../src/core/config/draft.js';
import { readConfig } from '../../../src/core/config/index.js';
import { inferFields } from '../../../src/core/config/infer.js';
import type { Json, JsonObject } from '../../../src/core/words.js';
import { sharedPath } from '../../support/shared.js';
import { valid } from './support.js';

const one = (name: string, values: readonly Json[]) =>
  inferFields(values.map((value) => ({ [name]: value }))).fields[0]!;

describe('types are inferred from names and values', () => {
  test.each<[name: string, field: string, values: readonly Json[], type: string, options: JsonObject]>([
    ['numbers with cents under a money name', 'grand_total', [10, 12.5, 7.99], 'money', {}],
    ['numbers with four decimals', 'unit_price', [3.3333, 5], 'number', {}],
    ['a rate of tax', 'tax_rate', [19, 7], 'number', {}],
    ['a quantity as text', 'quantity', ['1', '20', '3'], 'number', {}],
    ['text with a currency', 'x', ['$8.20', '7.00', 'EUR 9.00'], 'money', {}],
    [
      'decimal commas with values that can be read both ways',
      'total',
      ['1.234', '2,50', '7,99'],
      'money',
      { decimal: 'comma' },
    ],
    ['digits in text are an id', 'invoice_number', ['471102', '471113'], 'id', {}],
    ['leading zeros are an id', 'x', ['00123', '00456'], 'id', {}],
    ['letters and digits', 'seller_vat_id', ['DE123456789', 'FR11999999998'], 'id', {}],
    ['an IBAN with spaces', 'iban', ['DE12 1234 4321 9876 00', 'DE02120300000000202051'], 'id', {}],
    ['dates, year first', 'issued', ['2026-01-02', '2026-03-04'], 'date', {}],
    ['dates, day first', 'd', ['25/12/2018', '01/02/2018', '30/01/2018'], 'date', { day_first: true }],
    ['dates, month first', 'd', ['12/25/2018', '01/02/2018'], 'date', { day_first: false }],
    ['dates with dots', 'd', ['01.02.2018', '03.04.2018'], 'date', { day_first: true }],
    ['two-digit years', 'd', ['25-12-18', '12-01-19'], 'date', { day_first: true, pivot: 68 }],
    ['named months', 'd', ['3 Jan 2020', '14 March 2021'], 'date', {}],
    ['booleans', 'paid', [true, false], 'boolean', {}],
    ['yes and no', 'paid', ['yes', 'no', 'Yes'], 'boolean', {}],
    ['currency codes', 'currency', ['EUR', 'EUR', 'GBP'], 'enum', {}],
    [
      'few words',
      'kind',
      ['invoice', 'credit_note', 'invoice', 'invoice', 'invoice', 'invoice', 'invoice', 'credit_note'],
      'enum',
      {},
    ],
    ['many words', 'vendor', ['Acme', 'Birch', 'Cedar'], 'text', {}],
    ['phone numbers', 'phone', ['+49 30 123456', '030/1234567'], 'phone', {}],
    ['addresses', 'address', ['12 Main St, Springfield', 'Hauptstr. 5, 10115 Berlin'], 'address', {}],
    ['long text', 'terms', ['x'.repeat(100), 'y z '.repeat(40)], 'text', { match: 'fuzzy' }],
  ])('%s', (_name, field, values, type, options) => {
    expect(one(field, values)).toMatchObject({ path: field, type, options });
  });

  test('dates that all can be read both ways are left for a person', () => {
    const field = one('d', ['01/02/2018', '03/04/2018']);
    expect(field.options).toEqual({});
    expect(field.notes.join()).toContain('TODO: declare day_first');
  });

  test('one slip among many dates is named and does not decide', () => {
    const field = one('d', [...Array.from({ length: 20 }, (_, i) => `${i + 11}/01/2018`), '12/28/2017']);
    expect(field.options).toEqual({ day_first: true });
    expect(field.notes).toEqual(['1 of 21 labels written the other way round']);
  });

  test('nested objects become dotted paths, lists of objects tables, lists of scalars lists', () => {
    const { fields } = inferFields([
      {
        seller: { name: 'A', tax: { id: 'DE1' } },
        items: [{ name: 'x', total: 5.5 }, { name: 'y' }],
        tags: ['a', 'b'],
      },
    ]);
    expect(fields.map(({ path, type }) => [path, type])).toEqual([
      ['seller.name', 'text'],
      ['seller.tax.id', 'id'],
      ['items', 'table'],
      ['tags', 'list'],
    ]);
    expect(fields[2]?.columns?.map(({ path, type }) => [path, type])).toEqual([
      ['name', 'text'],
      ['total', 'money'],
    ]);
  });

  test('what cannot be declared is left out, with the reason', () => {
    const { fields, skipped } = inferFields([
      { empty: null, blank: '', 'a*b': 'x', both: 'v', fine: 'x' },
      { both: { inner: 'w' } },
    ]);
    expect(fields.map(({ path }) => path).toSorted()).toEqual(['both.inner', 'fine']);
    expect(skipped.map(({ path }) => path).toSorted()).toEqual(['a*b', 'blank', 'both', 'empty']);
  });

  test('nothing gives nothing', () => expect(inferFields([])).toEqual({ fields: [], skipped: [] }));
});

const nothing: Proposal = {
  pipeline: 'x',
  paths: undefined,
  dataset: undefined,
  otherDatasets: [],
  run: undefined,
  mode: 'document',
  setup: undefined,
  fields: [],
  skipped: [],
  slices: [],
};

describe('the draft is a valid configuration', () => {
  test('where nothing was found, each gap is a TODO and nothing is invented', () => {
    const text = draftConfig(nothing);
    expect(valid(text).pipelines[0]?.extract.run).toContain('not written yet');
    expect(text.match(/TODO/g)).toHaveLength(4);
  });

  test('whatever the labels hold', () => {
    const key = fc.oneof(
      fc.constantFrom('total', 'date', 'a', 'b', 'id', 'true', 'no', '1', 'x y', 'é', '"', "'", '#', ': '),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    const leaf = fc.oneof(
      fc.constantFrom('1,5', '2018-01-02', '01/02/18', 'EUR', '', 'ja', '$5'),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.string(),
    );
    const { fields } = fc.letrec<{ fields: JsonObject; value: Json }>((tie) => ({
      value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 3 }), tie('fields')),
      fields: fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 4 }), fc.string({ unit: 'binary' }), (labels, stranger) => {
        const inferred = inferFields(labels.map((label) => JSON.parse(JSON.stringify(label)) as JsonObject));
        const text = draftConfig({
          ...nothing,
          ...inferred,
          run: `x ${stranger}`,
          setup: stranger || undefined,
          slices: [stranger],
          otherDatasets: [stranger],
        });
        const errors = readConfig(text, 'f').problems.filter(
          ({ severity, code }) => severity === 'error' && code !== 'empty_text',
        );
        expect(errors, text).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe.each([
  [
    'zugferd',
    {
      invoice_number: 'id',
      issue_date: 'date',
      currency: 'enum',
      'seller.name': 'text',
      'seller.postcode': 'id',
      'seller.vat_id': 'id',
      net_total: 'money',
      grand_total: 'money',
      line_items: 'table',
      iban: 'id',
    },
  ],
  ['sroie', { company: 'text', date: 'date', address: 'address', total: 'money' }],
])('the labels of %s', (name, types) => {
  const folder = sharedPath(join('data', name));
  test.skipIf(folder === undefined)(
    'get the types that a person would choose (needs the shared folder)',
    () => {
      const lines = readFileSync(join(folder!, 'labels.jsonl'), 'utf8').trim().split('\n');
      const { fields } = inferFields(
        lines.map((line) => (JSON.parse(line) as { fields: JsonObject }).fields),
      );
      const inferred = Object.fromEntries(fields.map(({ path, type }) => [path, type]));
      expect(inferred).toMatchObject(types);
      if (name === 'zugferd') {
        expect(
          Object.fromEntries(
            fields.find(({ path }) => path === 'line_items')!.columns!.map(({ path, type }) => [path, type]),
          ),
        ).toEqual({
          name: 'text',
          seller_id: 'id',
          quantity: 'number',
          unit_price: 'number',
          tax_rate: 'number',
          line_total: 'money',
        });
      }
    },
  );
});
