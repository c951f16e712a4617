import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffDatasets, diffLabels } from '../../../src/core/dataset/diff.js';
import { pairRows } from '../../../src/core/dataset/rows.js';
import type { FieldSpec, JsonObject, Label } from '../../../src/core/words.js';

function label(id: string, fields: JsonObject, more: Partial<Label> = {}): Label {
  return { id, fields, accept: {}, slices: {}, ...more };
}
const changes = (base: JsonObject, head: JsonObject): unknown[] =>
  diffLabels([label('d', base)], [label('d', head)]).changes.map((change) => {
    expect(change).toMatchObject({ document: 'd', part: 'fields' });
    return Object.fromEntries(Object.entries(change).filter(([key]) => key !== 'document' && key !== 'part'));
  });

const rows = ['apple', 'pear', 'plum'].map((name) => ({ name, price: '1' }));

describe('diffLabels', () => {
  it.each([
    { name: 'nothing', base: { a: '1', b: { c: [1] } }, head: { b: { c: [1] }, a: '1' }, expected: [] },
    {
      name: 'a scalar',
      base: { a: '1' },
      head: { a: '2' },
      expected: [{ field: 'a', base: '1', head: '2' }],
    },
    {
      name: 'how a number is written',
      base: { a: '9.0' },
      head: { a: '9.00' },
      expected: [{ field: 'a', base: '9.0', head: '9.00' }],
    },
    {
      name: 'a nested leaf',
      base: { s: { n: 'x', m: 1 } },
      head: { s: { n: 'y', m: 1 } },
      expected: [{ field: 's.n', base: 'x', head: 'y' }],
    },
    { name: 'a key that came', base: {}, head: { a: null }, expected: [{ field: 'a', head: null }] },
    { name: 'a key that went', base: { a: '' }, head: {}, expected: [{ field: 'a', base: '' }] },
    {
      name: 'a list as a whole',
      base: { a: ['x', 'y'] },
      head: { a: ['y', 'x'] },
      expected: [{ field: 'a', base: ['x', 'y'], head: ['y', 'x'] }],
    },
    {
      name: 'one cell of a table',
      base: { t: rows },
      head: { t: [rows[0]!, { ...rows[1]!, price: '2' }, rows[2]!] },
      expected: [{ field: 't.price', row: { base: 1, head: 1 }, base: '1', head: '2' }],
    },
    {
      name: 'an inserted row, without shifting the others',
      base: { t: rows },
      head: { t: [{ name: 'fig', price: '3' }, ...rows] },
      expected: [{ field: 't', row: { base: null, head: 0 }, head: { name: 'fig', price: '3' } }],
    },
    {
      name: 'a removed row',
      base: { t: rows },
      head: { t: [rows[0]!, rows[2]!] },
      expected: [{ field: 't', row: { base: 1, head: null }, base: rows[1] }],
    },
    {
      name: 'a table that came',
      base: {},
      head: { t: [rows[0]!] },
      expected: [{ field: 't', row: { base: null, head: 0 }, head: rows[0] }],
    },
    {
      name: 'a table that became text',
      base: { t: [rows[0]!] },
      head: { t: 'x' },
      expected: [{ field: 't', base: [rows[0]], head: 'x' }],
    },
  ])('shows $name', ({ base, head, expected }) => {
    expect(changes(base as JsonObject, head as JsonObject)).toEqual(expected);
  });

  it('shows slices, accepted values and template apart from values', () => {
    const base = label('d', { total: '1' }, { slices: { language: 'de' }, template: 'x' });
    const head = label('d', { total: '1' }, { slices: { language: 'fr' }, accept: { total: ['1.0'] } });
    expect(diffLabels([base], [head]).changes).toEqual([
      { document: 'd', part: 'accept', field: 'total', head: ['1.0'] },
      { document: 'd', part: 'slices', field: 'language', base: 'de', head: 'fr' },
      { document: 'd', part: 'template', field: 'template', base: 'x' },
    ]);
  });

  it('lists added and removed labels by id', () => {
    const diff = diffLabels([label('a', {}), label('b', {})], [label('c', {}), label('b', {})]);
    expect(diff).toEqual({ added: ['c'], removed: ['a'], changes: [] });
  });

  it('follows the order of the configuration, then of the paths', () => {
    const fields = ['z', 'a'].map((path) => ({ path }) as FieldSpec);
    const diff = diffLabels(
      [label('d', { a: 1, m: 1, b: 1, z: 1 })],
      [label('d', { a: 2, m: 2, b: 2, z: 2 })],
      fields,
    );
    expect(diff.changes.map(({ field }) => field)).toEqual(['z', 'a', 'b', 'm']);
  });

  it('shows documents whose content changed', () => {
    const side = (documents: [string, string][]): Parameters<typeof diffDatasets>[0] => ({
      labels: [],
      documents: documents.map(([id, contentHash]) => ({ id, contentHash })),
    });
    const diff = diffDatasets(
      side([
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
      ]),
      side([
        ['b', '2'],
        ['c', '1'],
        ['d', '1'],
      ]),
    );
    expect(diff.documents).toEqual({ added: ['d'], removed: ['a'], changed: ['b'] });
  });

  it('finds nothing between a dataset and itself, and every difference from both ends', () => {
    const fields = fc.dictionary(
      fc.stringMatching(/^[a-c]$/),
      fc.jsonValue({ maxDepth: 3 }),
    ) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        expect(changes(a, structuredClone(a))).toEqual([]);
        expect(changes(a, b).length === 0).toBe(changes(b, a).length === 0);
        if (JSON.stringify(a) !== JSON.stringify(b) && changes(a, b).length === 0) {
          // Only the order of keys and an empty object against none of its members can differ unseen.
          expect(sorted(a)).toBe(sorted(b));
        }
      }),
    );
  });
});

describe('pairRows', () => {
  it('uses every row exactly once, in order, and pairs what is equal in both', () => {
    const table = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(table, table, (base, head) => {
        const pairs = pairRows(base, head);
        expect(pairs.flatMap(({ base: row }) => row ?? [])).toEqual(base.map((_, row) => row));
        expect(pairs.flatMap(({ head: row }) => row ?? [])).toEqual(head.map((_, row) => row));
        if (base.join() === head.join()) expect(pairs.every(({ base: b, head: h }) => b === h)).toBe(true);
      }),
    );
  });

  it('pairs tables too long for the optimal way in order', () => {
    const base = Array.from({ length: 3000 }, (_, n) => `b${n}`);
    const head = Array.from({ length: 3000 }, (_, n) => `h${n}`);
    expect(pairRows(base, head)).toHaveLength(3000);
  });
});

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
