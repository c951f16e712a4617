import { describe, expect, it } from 'vitest';
import {
  anlsStar,
  compareValues,
  documentSimilarity,
  parseProblem,
  sameValue,
  unknownKeys,
  valueAt,
} from '../../../src/core/score/index.js';
import type { Json, JsonObject, TableSpec } from '../../../src/core/words.js';
import {
  counts,
  countsOf,
  EVERY_SCALAR,
  field,
  FUZZY,
  label,
  NUMBER,
  prediction,
  score,
  TEXT,
} from './support.js';

const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject;
const MEGABYTE = 1_000_000;
const nested = (depth: number): Json => {
  let value: Json = 'x';
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};
const HOSTILE: readonly (readonly [string, Json])[] = [
  ['a lone surrogate', '\ud800'],
  ['control characters', '\u0000\u001b[31m\u202e'],
  ['a megabyte of one letter', 'a'.repeat(MEGABYTE)],
  ['a megabyte of digits', '9'.repeat(MEGABYTE)],
  ['a megabyte of separators', '.,'.repeat(MEGABYTE / 2)],
  ['a megabyte of blanks around a letter', `${' '.repeat(MEGABYTE / 2)}x${' '.repeat(MEGABYTE / 2)}`],
  ['a megabyte of punctuation', `x${'-'.repeat(MEGABYTE)}x`],
  ['a hundred thousand combining marks', `x${'\u0301'.repeat(100_000)}`],
  ['a hundred thousand emoji', '👩‍👩‍👧'.repeat(100_000)],
  ['numbers that no double holds', '1e999999999'],
  ['JSON 1e400', parse('{"a":1e400}')['a']!],
  ['minus zero', -0],
  ['NaN as a text', 'NaN'],
  ['the key __proto__', parse('{"__proto__":{"x":1}}')],
  ['nesting of 20,000', nested(20_000)],
  ['a list of 100,000 numbers', Array.from({ length: 100_000 }, (_, i) => i)],
];

describe.each(HOSTILE)('%s', (_, value) => {
  it('matches itself under every type, is described, and never throws', () => {
    for (const spec of EVERY_SCALAR) {
      expect(compareValues(spec, value, value)).toMatchObject({ match: true, similarity: 1 });
      expect(compareValues(spec, value, 'something else').match).toBe(false);
      expect(sameValue(spec, value, value)).toBe(true);
      expect(typeof parseProblem(spec, value)).toMatch(/^(?:string|undefined)$/);
    }
  });
  it('can stand anywhere in a prediction', () => {
    const fields = [
      field('s', TEXT),
      field('l', { type: 'list', of: NUMBER, ordered: true }),
      field('t', { type: 'table', columns: [{ name: 'a', spec: FUZZY }] }),
    ];
    const given = { s: value, l: [value, 'x'], t: [{ a: value }, value] };
    const result = score(fields, { s: 'a', l: ['b'], t: [{ a: 'c' }] }, given);
    expect(result.exact).toBe(false);
    expect(documentSimilarity(fields, label({ s: 'a' }), prediction(given)).anlsStar).toBeLessThan(1);
    expect(unknownKeys(fields, { ...given, more: value }).length).toBeLessThanOrEqual(100);
  });
});

describe('time', () => {
  const SECONDS = 1000;
  const within = (limitMs: number, work: () => void): void => {
    const start = performance.now();
    work();
    expect(performance.now() - start).toBeLessThan(limitMs);
  };
  const table: TableSpec = {
    type: 'table',
    columns: [
      { name: 'a', spec: FUZZY },
      { name: 'b', spec: NUMBER },
    ],
  };
  const rows = (n: number, from: number): JsonObject[] =>
    Array.from({ length: n }, (_, i) => ({ a: `row ${i + from}`, b: i + from }));

  it('a table of 100,000 rows against itself in reverse', () => {
    within(10 * SECONDS, () => {
      const given = rows(100_000, 0);
      expect(countsOf(table, given, [...given].reverse())).toEqual(counts(200_000));
    });
  });
  it('a table of 100,000 rows of which none is right', () => {
    within(10 * SECONDS, () =>
      expect(countsOf(table, rows(100_000, 0), rows(100_000, 1_000_000)).correct).toBeLessThan(100_000),
    );
  });
  it('100,000 predicted rows for one', () => {
    within(10 * SECONDS, () =>
      expect(countsOf(table, [{ a: 'x', b: -1 }], rows(100_000, 0)).spurious).toBe(199_998),
    );
  });
  it('ordered lists of 100,000', () => {
    const list = (from: number): Json => Array.from({ length: 100_000 }, (_, i) => `item ${i + from}`);
    within(10 * SECONDS, () =>
      expect(countsOf({ type: 'list', of: TEXT, ordered: true }, list(0), list(500_000)).wrong).toBe(100_000),
    );
  });
  it('two different megabytes under fuzzy comparison', () => {
    within(5 * SECONDS, () =>
      expect(compareValues(FUZZY, 'ab'.repeat(MEGABYTE / 2), 'ba'.repeat(MEGABYTE / 2) + 'x').match).toBe(
        false,
      ),
    );
  });
  it('ANLS* of two large lists', () => {
    const list = (from: number): Json => Array.from({ length: 20_000 }, (_, i) => `item ${i + from}`);
    within(10 * SECONDS, () => expect(anlsStar(list(0), list(7))).toBeGreaterThan(0));
  });
});

describe('keys', () => {
  it('are own properties only', () => {
    for (const path of [
      '__proto__',
      'constructor',
      'toString',
      '__proto__.x',
      'constructor.name',
      'a.length',
      'a.__proto__',
    ]) {
      expect(valueAt({ a: ['x'] }, path)).toBeUndefined();
    }
  });
  it('may be called __proto__, and change nothing but themselves', () => {
    const fields = [field('__proto__.x', TEXT)];
    expect(score(fields, parse('{"__proto__":{"x":"a"}}'), parse('{"__proto__":{"x":"A"}}')).score).toBe(1);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
  it.each([
    ['nested', { a: { b: { c: 1 } } }, 1],
    ['flat', { 'a.b.c': 2 }, 2],
    ['half flat', { 'a.b': { c: 3 } }, 3],
    ['nested wins', { a: { b: { c: 1 } }, 'a.b.c': 2 }, 1],
    ['a null that is there is found', { a: { b: { c: null } } }, null],
    ['not there', { a: { b: 5 } }, undefined],
  ] as const)('%s', (_, fields, found) => {
    expect(valueAt(fields, 'a.b.c')).toBe(found);
  });
});

describe('keys that the configuration does not know', () => {
  const fields = [
    field('total', NUMBER),
    field('seller.name', TEXT),
    field('items', { type: 'table', columns: [{ name: 'sku', spec: TEXT }] }),
  ];
  it('are listed with their paths, columns of tables once', () => {
    const given = {
      total: 1,
      seller: { name: 'a', city: 'b', x: { y: 1 } },
      items: [
        { sku: 1, tax: 2 },
        { tax: 3, z: 4 },
      ],
      note: 'n',
    };
    expect(unknownKeys(fields, given)).toEqual(['seller.city', 'seller.x.y', 'items.tax', 'items.z', 'note']);
  });
  it('say nothing without a value, and a flat spelling is known', () => {
    expect(unknownKeys(fields, { 'seller.name': 'a', empty: null, blank: ' ', none: {}, list: [] })).toEqual(
      [],
    );
  });
  it('are at most a hundred', () => {
    expect(
      unknownKeys(fields, Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i]))),
    ).toHaveLength(100);
  });
});
