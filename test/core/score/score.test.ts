import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createScorer } from '../../../src/core/score/index.js';
import type {
  FieldSpec,
  JsonObject,
  Prediction,
  PredictionStatus,
  TableSpec,
} from '../../../src/core/words.js';
import { sharedPath } from '../../support/shared.js';
import { counts, countsOf, field, label, NUMBER, prediction, score, TEXT } from './support.js';

const ITEMS: TableSpec = {
  type: 'table',
  columns: [
    { name: 'name', spec: TEXT },
    { name: 'price', spec: NUMBER },
  ],
};
const row = (name: string | null, price: number | null) => ({ name, price });
const THREE = [row('apple', 1), row('bread', 2), row('cheese', 3)];

describe('a scalar field', () => {
  it.each([
    ['equal', 'a', 'A', counts(1)],
    ['different', 'a', 'b', counts(0, 1)],
    ['nothing predicted', 'a', null, counts(0, 0, 1)],
    ['blank predicted', 'a', ' ', counts(0, 0, 1)],
    ['nothing labelled', null, 'b', counts(0, 0, 0, 1)],
    ['nothing on either side', '', [], counts(0, 0, 0, 0, 1)],
  ] as const)('%s', (_, expected, predicted, outcome) => {
    expect(countsOf(TEXT, expected, predicted)).toEqual(outcome);
  });

  it('is found at a dotted path, and under a flat key of that spelling', () => {
    const fields = [field('seller.name', TEXT)];
    expect(score(fields, { seller: { name: 'x' } }, { 'seller.name': 'x' }).score).toBe(1);
    expect(score(fields, { seller: { name: 'x' } }, { seller: 'x' }).fields[0]!.counts).toEqual(
      counts(0, 0, 1),
    );
  });

  it('lists the rule, the values and the outcome of every cell that is not absent', () => {
    const fields = [field('a', NUMBER), field('b', TEXT), field('c', TEXT)];
    expect(score(fields, { a: '10', b: 'x' }, { a: '10%', c: 'y' }).cells).toEqual([
      { field: 'a', outcome: 'wrong', expected: '10', predicted: '10%', rule: 'number.unit' },
      { field: 'b', outcome: 'missing', expected: 'x', predicted: null, rule: 'missing' },
      { field: 'c', outcome: 'spurious', expected: null, predicted: 'y', rule: 'spurious' },
    ]);
  });
});

describe('a document', () => {
  const fields = [field('a', TEXT, 3), field('b', TEXT, 1), field('c', TEXT, 5)];
  it('scores the weighted mean of the fields that have a score', () => {
    expect(score(fields, { a: 'x', b: 'y' }, { a: 'x', b: 'z' }).score).toBe(0.75);
  });
  it('has no score when nothing is there on either side, and is exact', () => {
    expect(score(fields, {}, {})).toMatchObject({ score: null, exact: true, cells: [] });
  });
  it('is exact when every cell is right, and not with one spurious value', () => {
    expect(score(fields, { a: 'x' }, { a: 'x' }).exact).toBe(true);
    expect(score(fields, { a: 'x' }, { a: 'x', b: 'y' }).exact).toBe(false);
  });
  it('does not count keys that the label lacks when those are not annotated', () => {
    const result = score(
      fields,
      { a: 'x', b: null },
      { a: 'x', b: 'y', c: 'z' },
      { missingLabels: 'unlabelled' },
    );
    expect(result.fields.map((one) => one.counts)).toEqual([
      counts(1),
      counts(0, 0, 0, 1),
      counts(0, 0, 0, 0, 1),
    ]);
  });
  it('is not exact when nothing at all is annotated', () => {
    expect(score(fields, {}, { a: 'x' }, { missingLabels: 'unlabelled' })).toMatchObject({
      score: null,
      exact: false,
    });
  });
});

describe('a document without a valid prediction', () => {
  const scorer = createScorer([field('a', TEXT), field('b', TEXT), field('items', ITEMS)], {
    missingLabels: 'absent',
  });
  const statuses: readonly PredictionStatus[] = [
    'crashed',
    'invalid-output',
    'timeout',
    'memory',
    'output-limit',
    'not-run',
  ];
  const broken: readonly (readonly [string, Prediction | undefined])[] = [
    ['absent', undefined],
    ...statuses.map((status) => [status, { id: 'd', status, seconds: 1 }] as const),
  ];
  it.each(broken)('%s: every labelled cell is missing, unlabelled fields stay absent', (_, given) => {
    const result = scorer.score(label({ a: 'x', items: THREE }), given);
    expect(result).toMatchObject({ score: 0, exact: false });
    expect(result.fields.map((one) => one.counts)).toEqual([
      counts(0, 0, 1),
      counts(0, 0, 0, 0, 1),
      counts(0, 0, 6),
    ]);
    expect(result.cells.every((cell) => cell.rule === 'no_prediction')).toBe(true);
  });
  it('scores 0 and is not exact even when nothing is labelled', () => {
    expect(scorer.score(label({}), undefined)).toMatchObject({ score: 0, exact: false });
  });
  it('is missing a value that may be left out, too', () => {
    expect(scorer.score(label({ a: 'x' }, { a: [null] }), undefined).fields[0]!.counts).toEqual(
      counts(0, 0, 1),
    );
  });
});

describe('a list', () => {
  const set = { type: 'list', of: TEXT, ordered: false } as const;
  const sequence = { type: 'list', of: TEXT, ordered: true } as const;
  it.each([
    ['order does not matter in a set', set, ['a', 'b', 'c'], ['c', 'a', 'b'], counts(3)],
    ['order matters in a sequence', sequence, ['a', 'b', 'c'], ['c', 'a', 'b'], counts(2, 0, 1, 1)],
    [
      'one item too many does not shift the rest',
      sequence,
      ['a', 'b', 'c'],
      ['x', 'a', 'b', 'c'],
      counts(3, 0, 0, 1),
    ],
    ['a substitution is one wrong cell', sequence, ['a', 'b', 'c'], ['a', 'x', 'c'], counts(2, 1)],
    ['doubles count', set, ['a', 'a', 'b'], ['a', 'b', 'b'], counts(2, 1)],
    ['blank items are no items', set, ['a', '', null], ['a'], counts(1)],
    ['a single value is a list of one', set, ['a'], 'a', counts(1)],
    ['nothing predicted', set, ['a', 'b'], [], counts(0, 0, 2)],
    ['nothing labelled', sequence, [], ['a', 'b'], counts(0, 0, 0, 2)],
  ] as const)('%s', (_, spec, expected, predicted, outcome) => {
    expect(countsOf(spec, expected, predicted)).toEqual(outcome);
  });
});

describe('a table', () => {
  it.each([
    ['equal in another order', THREE, [...THREE].reverse(), counts(6)],
    [
      'swapped prices cost two cells',
      THREE,
      [row('apple', 2), row('bread', 1), row('cheese', 3)],
      counts(4, 2),
    ],
    ['an inserted row does not shift the rest', THREE, [row('subtotal', 9), ...THREE], counts(6, 0, 0, 2)],
    ['a lost row is missing', THREE, THREE.slice(1), counts(4, 0, 2)],
    ['a doubled row is spurious', THREE, [...THREE, row('apple', 1)], counts(6, 0, 0, 2)],
    [
      'empty cells of the label are absent',
      [row('apple', null)],
      [row('apple', null)],
      counts(1, 0, 0, 0, 1),
    ],
    ['a value in an empty cell is spurious', [row('apple', null)], [row('apple', 7)], counts(1, 0, 0, 1)],
    ['empty rows are no rows', [row(null, null), row('apple', 1)], [row('apple', 1), {}], counts(2)],
    ['a row that is no object costs a row', THREE, [...THREE, 'garbage'], counts(6, 0, 0, 2)],
    ['such a row in place of one is wrong in every column', [row('apple', 1)], ['garbage'], counts(0, 2)],
    ['an object in place of rows is one row', [row('apple', 1)], row('apple', 1), counts(2)],
    [
      'most equal cells decide, not the place',
      [row('apple', 1), row('bread', 2)],
      [row('bred', 2), row('aple', 1)],
      counts(2, 2),
    ],
  ] as const)('%s', (_, expected, predicted, outcome) => {
    expect(countsOf(ITEMS, expected as never, predicted as never)).toEqual(outcome);
  });

  it('counts each column, and scores correct / non-absent cells', () => {
    const result = score([field('t', ITEMS)], { t: THREE }, { t: [row('apple', 2), row('bread', 2)] });
    expect(result.fields[0]).toEqual({
      counts: counts(3, 1, 2),
      score: 0.5,
      columns: [counts(2, 0, 1), counts(1, 1, 1)],
    });
  });

  it('lists cells by rows of the label, then predicted rows without a partner', () => {
    const result = score(
      [field('t', ITEMS)],
      { t: [row('apple', 1), row('bread', 2)] },
      { t: [row('x', 9), row('bread', 2), row('apple', 1)] },
    );
    expect(result.cells.map((cell) => [cell.field, cell.row, cell.outcome])).toEqual([
      ['t.name', { label: 0, prediction: 2 }, 'correct'],
      ['t.price', { label: 0, prediction: 2 }, 'correct'],
      ['t.name', { label: 1, prediction: 1 }, 'correct'],
      ['t.price', { label: 1, prediction: 1 }, 'correct'],
      ['t.name', { label: null, prediction: 0 }, 'spurious'],
      ['t.price', { label: null, prediction: 0 }, 'spurious'],
    ]);
  });

  it('gives up a pair of equal rows where near matches make more cells equal without it', () => {
    // Near is not transitive: 1.0 is near 1.4 and 0.6, those two are not near each other.
    const near: TableSpec = {
      type: 'table',
      columns: [
        {
          name: 'v',
          spec: { type: 'number', decimal: 'auto', tolerance: { kind: 'absolute', value: '0.5' } },
        },
      ],
    };
    expect(countsOf(near, [{ v: 1 }, { v: 0.6 }], [{ v: 1 }, { v: 1.4 }])).toEqual(counts(2));
  });

  it('does not count cells that are not annotated', () => {
    const options = { missingLabels: 'unlabelled' } as const;
    const result = score(
      [field('t', ITEMS)],
      { t: [{ name: 'apple' }, { name: 'bread', price: 2 }] },
      { t: [row('apple', 5), row('bread', 2)] },
      options,
    );
    expect(result.fields[0]!.counts).toEqual(counts(3, 0, 0, 0, 1));
    const column = score(
      [field('t', ITEMS)],
      { t: [{ name: 'apple' }] },
      { t: [row('apple', 5), row('x', 6)] },
      options,
    );
    expect(column.fields[0]!.counts).toEqual(counts(1, 0, 0, 1, 2));
  });
});

describe('several accepted values', () => {
  const only = (
    accept: Record<string, never[] | readonly unknown[]>,
    expected: unknown,
    predicted: unknown,
    spec: FieldSpec['spec'] = TEXT,
  ) =>
    score([field('f', spec)], { f: expected } as JsonObject, { f: predicted } as JsonObject, {
      accept: accept as never,
    }).fields[0]!;
  it('one of them is enough', () => {
    expect(only({ f: ['b', 'c'] }, 'a', 'C').counts).toEqual(counts(1));
    expect(only({ f: ['b', 'c'] }, 'a', 'd').counts).toEqual(counts(0, 1));
  });
  it('no value may be one of them', () => {
    expect(only({ f: [null] }, 'a', null).counts).toEqual(counts(1));
    expect(only({ f: [null] }, THREE, [], ITEMS).counts).toEqual(counts(6));
    expect(only({ f: ['a'] }, null, null).counts).toEqual(counts(0, 0, 0, 0, 1));
    expect(only({ f: ['a'] }, null, 'a').counts).toEqual(counts(1));
  });
  it('the best of several whole tables counts', () => {
    expect(
      only({ f: [[row('fruit', 1)], [row('pear', 4)]] }, [row('apple', 1)], [row('pear', 4)], ITEMS).counts,
    ).toEqual(counts(2));
  });
  it('may stand at one cell of a table, or at a column', () => {
    const expected = [row('apple', 1), row('bread', 2)];
    expect(only({ 'f.1.price': [20] }, expected, [row('apple', 20), row('bread', 20)], ITEMS).counts).toEqual(
      counts(3, 1),
    );
    expect(only({ 'f.name': ['food'] }, expected, [row('food', 1), row('food', 2)], ITEMS).counts).toEqual(
      counts(4),
    );
  });
  it('may stand at an item of a list', () => {
    const list = { type: 'list', of: TEXT, ordered: true } as const;
    expect(only({ 'f.0': ['b'] }, ['a', 'c'], ['b', 'c'], list).counts).toEqual(counts(2));
  });
  it('may stand at an object above the field', () => {
    const result = score(
      [field('seller.name', TEXT)],
      { seller: { name: 'A' } },
      { seller: { name: 'B' } },
      { accept: { seller: [{ name: 'b' }] } },
    );
    expect(result.score).toBe(1);
  });
});

const REAL: readonly (readonly [string, readonly FieldSpec[]])[] = [
  [
    'zugferd',
    [
      field('invoice_number', { type: 'id' }),
      field('issue_date', { type: 'date' }),
      field('currency', { type: 'enum', values: [], aliases: {} }),
      field('seller.name', { type: 'text', match: 'fuzzy', threshold: 0.85 }),
      field('seller.vat_id', { type: 'id' }),
      field('buyer.name', TEXT),
      field('grand_total', { type: 'money', decimal: 'point', missingCurrency: 'label' }),
      field('line_items', {
        type: 'table',
        columns: [
          { name: 'name', spec: { type: 'text', match: 'fuzzy', threshold: 0.85 } },
          { name: 'quantity', spec: NUMBER },
          { name: 'unit_price', spec: NUMBER },
          { name: 'line_total', spec: NUMBER },
        ],
      }),
    ],
  ],
  [
    'sroie',
    [
      field('company', TEXT),
      field('date', { type: 'date', dayFirst: true, pivot: 68 }),
      field('address', { type: 'address', threshold: 0.85 }),
      field('total', { type: 'money', decimal: 'point', missingCurrency: 'label' }),
    ],
  ],
];
describe.each(REAL)('real labels against themselves: %s', (name, fields) => {
  const path = sharedPath(`data/${name}/labels.jsonl`);
  it.skipIf(path === undefined)('are right in every cell (needs the shared folder)', () => {
    const lines = readFileSync(path!, 'utf8').trim().split('\n');
    expect(lines.length).toBeGreaterThan(50);
    const scorer = createScorer(fields, { missingLabels: 'absent' });
    for (const line of lines) {
      const given = JSON.parse(line) as { fields: JsonObject };
      const result = scorer.score(
        label(given.fields),
        prediction(JSON.parse(JSON.stringify(given.fields)) as JsonObject),
      );
      expect(result).toMatchObject({ score: 1, exact: true });
      expect(result.cells.every((cell) => cell.outcome === 'correct')).toBe(true);
    }
  });
});
