import { describe, expect, it } from 'vitest';
import { parseProblem, sameValue } from '../../../src/core/score/index.js';
import type { Json, ScalarSpec, ValueSpec } from '../../../src/core/words.js';
import { FUZZY, NUMBER, TEXT } from './support.js';

describe('why a label cannot be read, and what to write instead', () => {
  it.each([
    [
      'ambiguous date',
      { type: 'date' },
      '01/02/2025',
      /day first or month first.*`day_first: true`.*YYYY-MM-DD/,
    ],
    ['two-digit year', { type: 'date', dayFirst: true }, '12-01-19', /two digits.*`pivot`/],
    [
      'month and day, or month and year',
      { type: 'date', pivot: 68 },
      '10/24',
      /month and day or as month and year/,
    ],
    ['no date', { type: 'date' }, 'soon', /no calendar date; write YYYY-MM-DD/],
    ['no such day', { type: 'date' }, '2023-02-30', /no calendar date/],
    ['ambiguous number', NUMBER, '1.234', /`decimal: comma` or `decimal: point`/],
    ['no number', NUMBER, '5 kg', /no number; write a JSON number/],
    ['number beyond all decimals', NUMBER, Infinity, /no number/],
    ['unknown currency', { type: 'money', decimal: 'auto', missingCurrency: 'label' }, '5 Taler', /ISO 4217/],
    [
      'ambiguous amount',
      { type: 'money', decimal: 'auto', missingCurrency: 'label' },
      'EUR 1.234',
      /`decimal: comma`/,
    ],
    ['no amount', { type: 'money', decimal: 'auto', missingCurrency: 'label' }, true, /no amount/],
    ['no boolean', { type: 'boolean' }, 'perhaps', /neither yes nor no/],
    [
      'value that an enum does not allow',
      { type: 'enum', values: ['a', 'b'], aliases: {} },
      'c',
      /none of the allowed values \(a, b\)/,
    ],
    ['no telephone number', { type: 'phone' }, 'see website', /country code/],
    ['a list', TEXT, ['x', 'y'], /it is a list/],
    ['an object', NUMBER, { value: 1 }, /it is an object/],
  ] as readonly (readonly [string, ScalarSpec, Json, RegExp])[])('%s', (_, spec, value, message) => {
    expect(parseProblem(spec, value)).toMatch(message);
  });
  it.each([
    [{ type: 'date' }, '25/12/2018'],
    [{ type: 'date', dayFirst: true }, '01/02/2025'],
    [{ type: 'date' }, null],
    [{ type: 'date' }, 2024],
    [NUMBER, '1.234,56'],
    [NUMBER, ''],
    [{ type: 'enum', values: ['a'], aliases: { a: ['x'], c: [] } }, 'X'],
    [{ type: 'enum', values: [], aliases: {} }, 'anything'],
    [{ type: 'phone' }, '030 12345'],
    [TEXT, 5],
  ] as readonly (readonly [ScalarSpec, Json])[])('%j reads %j', (spec, value) => {
    expect(parseProblem(spec, value)).toBeUndefined();
  });
});

describe('two runs of the same code', () => {
  const tolerant: ScalarSpec = {
    type: 'number',
    decimal: 'auto',
    tolerance: { kind: 'absolute', value: '5' },
  };
  const list = (of: ScalarSpec, ordered: boolean): ValueSpec => ({ type: 'list', of, ordered });
  const table: ValueSpec = {
    type: 'table',
    columns: [
      { name: 'a', spec: TEXT },
      { name: 'b', spec: NUMBER },
    ],
  };
  it.each([
    ['the same under the type', NUMBER, '1.0', 1, true],
    ['no value twice', TEXT, null, ' ', true],
    ['a value and none', TEXT, 'x', undefined, false],
    ['within a tolerance is not the same', tolerant, 1, 2, false],
    ['fuzzy text is compared to the character', FUZZY, 'Hello World', 'hello world', false],
    ['fuzzy text in two Unicode forms', FUZZY, 'é', 'e\u0301', true],
    ['items of a set may change places', list(TEXT, false), ['a', 'b'], ['b', 'a'], true],
    ['items of a sequence may not', list(TEXT, true), ['a', 'b'], ['b', 'a'], false],
    ['items are not glued together', list(TEXT, true), ['a', 'b'], ['ab'], false],
    [
      'rows may change places',
      table,
      [
        { a: 'x', b: 1 },
        { a: 'y', b: 2 },
      ],
      [
        { b: '2', a: 'Y' },
        { a: 'x', b: 1 },
      ],
      true,
    ],
    [
      'cells may not',
      table,
      [
        { a: 'x', b: 1 },
        { a: 'y', b: 2 },
      ],
      [
        { a: 'x', b: 2 },
        { a: 'y', b: 1 },
      ],
      false,
    ],
    [
      'columns that are not configured do not count',
      table,
      [{ a: 'x', time: 1 }],
      [{ a: 'x', time: 2 }],
      true,
    ],
  ] as readonly (readonly [string, ValueSpec, Json, Json | undefined, boolean])[])(
    '%s',
    (_, spec, a, b, same) => {
      expect(sameValue(spec, a, b)).toBe(same);
    },
  );
});
