import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anls, anlsStar, compareValues, isValue, sameValue } from '../../../src/core/score/index.js';
import type { Json, JsonObject, ScalarSpec, TableSpec } from '../../../src/core/words.js';
import { countsOf, EVERY_SCALAR, field, FUZZY, NUMBER, permutations, score, TEXT } from './support.js';

/** Any JSON, and strings that look like what documents hold. */
const documentText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[-+(]?(?:EUR |\$|€)?[\d., ']{1,12}(?:e\d{1,3})?[)%-]?$/),
  fc.stringMatching(/^\d{1,4}[./ -]\d{1,2}[./ -]\d{1,4}$/),
  fc.stringMatching(/^(?:mon |am )?\d{1,2}\.? ?(?:Jan|Mai|März|dic|mar)\.? ?\d{0,4}$/),
  fc.stringMatching(/^[+0][\d ()/-]{3,16}(?: ext\. \d{1,3})?$/),
  fc.stringMatching(/^(?:Main St\.?|Hauptstraße|No\.) ?\d{1,3}[a-c]?, \d{5} \w{3,9}$/),
);
const anyJson = fc.oneof(
  documentText,
  fc.jsonValue() as fc.Arbitrary<Json>,
  fc.double() as fc.Arbitrary<Json>,
);
const named = EVERY_SCALAR.map((spec) => [JSON.stringify(spec), spec] as const);

/** Fields of types whose comparison does not ask which side is the label. */
const SYMMETRIC = named.filter(
  ([, spec]) =>
    !(spec.type === 'money' && spec.missingCurrency === 'label') &&
    !('tolerance' in spec && spec.tolerance.kind === 'relative'),
);

describe.each(named)('%s', (_, spec) => {
  it('any value matches itself', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(compareValues(spec, value, value)).toMatchObject({ match: true, similarity: 1 });
      }),
      { numRuns: 400 },
    );
  });
  it('never throws, and gives a similarity between 0 and 1', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        const { similarity, rule } = compareValues(spec, a, b);
        expect(similarity).toBeGreaterThanOrEqual(0);
        expect(similarity).toBeLessThanOrEqual(1);
        expect(rule).not.toBe('');
      }),
      { numRuns: 400 },
    );
  });
  it('a value against no value never matches', () => {
    fc.assert(
      fc.property(anyJson.filter(isValue), (value) => {
        expect(compareValues(spec, value, null).match).toBe(false);
        expect(compareValues(spec, null, value).match).toBe(false);
      }),
    );
  });
  it('two runs that gave the same value are the same, and what is the same matches', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        expect(sameValue(spec, a, a)).toBe(true);
        if (sameValue(spec, a, b)) expect(compareValues(spec, a, b).match).toBe(true);
      }),
    );
  });
});

describe.each(SYMMETRIC)('%s', (_, spec) => {
  it('does not ask which side is the label', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        expect(compareValues(spec, a, b).match).toBe(compareValues(spec, b, a).match);
      }),
      { numRuns: 400 },
    );
  });
});

// ---------------------------------------------------------------- tables

const NEAR: ScalarSpec = { type: 'number', decimal: 'auto', tolerance: { kind: 'absolute', value: '1' } };
const table = (...specs: ScalarSpec[]): TableSpec => ({
  type: 'table',
  columns: specs.map((spec, c) => ({ name: `c${c}`, spec })),
});
const KEYED = table(TEXT, NUMBER, TEXT);
const NEARLY = table(FUZZY, NEAR, NUMBER);
/** Few values, so that ties and near matches are everywhere. */
const cell = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const tableRow = fc.record({
  c0: cell.map((v) => (v === null ? null : 'abcdefg'.slice(v, v + 4))),
  c1: cell,
  c2: cell,
}) as fc.Arbitrary<JsonObject>;
const rows = (most: number) => fc.array(tableRow, { maxLength: most });

/** Most equal cells over all pairings, by trying every one. */
function mostEqual(spec: TableSpec, label: readonly JsonObject[], prediction: readonly JsonObject[]): number {
  const [few, many] = label.length <= prediction.length ? [label, prediction] : [prediction, label];
  const swapped = few !== label;
  const equal = (a: JsonObject, b: JsonObject): number =>
    spec.columns.filter(({ name, spec: type }) => {
      const [expected, predicted] = swapped ? [b[name], a[name]] : [a[name], b[name]];
      return isValue(expected) && isValue(predicted) && compareValues(type, expected, predicted).match;
    }).length;
  let best = 0;
  for (const order of permutations(many.map((_, j) => j))) {
    best = Math.max(
      best,
      few.reduce((sum, one, i) => sum + equal(one, many[order[i]!]!), 0),
    );
  }
  return best;
}

describe.each([
  ['equality only', KEYED],
  ['near matches', NEARLY],
] as const)('rows of a table, %s', (_, spec) => {
  it('are paired so that most cells are equal', () => {
    fc.assert(
      fc.property(rows(5), rows(5), (expected, predicted) => {
        expect(countsOf(spec, expected, predicted).correct).toBe(mostEqual(spec, expected, predicted));
      }),
      { numRuns: 300 },
    );
  });
  it('may come in any order, on both sides: no count changes, of the field or of a column', () => {
    fc.assert(
      fc.property(
        rows(7).chain((a) => fc.tuple(fc.constant(a), fc.shuffledSubarray(a, { minLength: a.length }))),
        rows(7).chain((b) => fc.tuple(fc.constant(b), fc.shuffledSubarray(b, { minLength: b.length }))),
        ([a, a2], [b, b2]) => {
          const fields = [field('t', spec)];
          expect(score(fields, { t: a2 }, { t: b2 }).fields).toEqual(
            score(fields, { t: a }, { t: b }).fields,
          );
        },
      ),
      { numRuns: 500 },
    );
  });
  it('every value of both sides is in exactly one cell', () => {
    fc.assert(
      fc.property(rows(7), rows(7), (expected, predicted) => {
        const { correct, wrong, missing, spurious } = countsOf(spec, expected, predicted);
        const values = (side: readonly JsonObject[]) =>
          side.flatMap((one) => Object.values(one)).filter(isValue).length;
        expect(correct + wrong + missing).toBe(values(expected));
        expect(correct + wrong + spurious).toBe(values(predicted));
      }),
    );
  });
});

// ---------------------------------------------------------------- documents

const FIELDS = [
  field('a', TEXT),
  field('b', NUMBER, 2),
  field('l', { type: 'list', of: TEXT, ordered: false }),
  field('t', KEYED),
];
const small = fc.record({
  a: cell,
  b: cell,
  l: fc.array(cell, { maxLength: 4 }),
  t: rows(4),
}) as fc.Arbitrary<JsonObject>;

describe('a document', () => {
  it('is right in everything against itself', () => {
    fc.assert(
      fc.property(small, (fields) => {
        const result = score(FIELDS, fields, structuredClone<JsonObject>(fields));
        expect(result.exact).toBe(true);
        expect(result.score === null || result.score === 1).toBe(true);
      }),
    );
  });
  it('absent cells never enter a score, and are never listed', () => {
    fc.assert(
      fc.property(small, small, (expected, predicted) => {
        const result = score(FIELDS, expected, predicted);
        for (const { counts, score: value } of result.fields) {
          const judged = counts.correct + counts.wrong + counts.missing + counts.spurious;
          expect(value).toBe(judged === 0 ? null : counts.correct / judged);
        }
        expect(result.cells.some((one) => one.outcome === 'absent')).toBe(false);
        expect(result.cells).toHaveLength(
          result.fields.reduce((n, { counts: c }) => n + c.correct + c.wrong + c.missing + c.spurious, 0),
        );
      }),
    );
  });
  it('keys without a value change nothing', () => {
    fc.assert(
      fc.property(small, small, fc.constantFrom(null, '', ' ', [], {}), (expected, predicted, nothing) => {
        const more = [...FIELDS, field('n', TEXT)];
        const base = score(more, expected, predicted);
        expect(score(more, { ...expected, n: nothing }, predicted).score).toBe(base.score);
        expect(score(more, expected, { ...predicted, n: nothing }).score).toBe(base.score);
      }),
    );
  });
});

describe('a worse prediction never scores better', () => {
  /** Tables without empty cells; every new wrong value is one that nothing equals. */
  const full = fc.record({
    c0: fc.constantFrom('a', 'b', 'c'),
    c1: fc.integer({ min: 0, max: 3 }),
    c2: fc.integer({ min: 0, max: 3 }),
  }) as fc.Arbitrary<JsonObject>;
  const pair = fc.tuple(
    fc.array(full, { minLength: 1, maxLength: 5 }),
    fc.array(full, { minLength: 1, maxLength: 5 }),
  );
  const scoreOf = (expected: readonly JsonObject[], predicted: readonly JsonObject[]): number =>
    score([field('t', KEYED)], { t: expected }, { t: predicted }).score ?? 1;

  it('a correct cell becomes a wrong one', () => {
    fc.assert(
      fc.property(pair, fc.nat(), fc.constantFrom('c0', 'c1', 'c2'), ([expected, predicted], at, key) => {
        const i = at % predicted.length;
        const worse = predicted.map((one, j) => (i === j ? { ...one, [key]: '~nothing equals this~' } : one));
        expect(scoreOf(expected, worse)).toBeLessThanOrEqual(scoreOf(expected, predicted));
      }),
      { numRuns: 500 },
    );
  });
  it('a cell is dropped', () => {
    fc.assert(
      fc.property(pair, fc.nat(), fc.constantFrom('c0', 'c1', 'c2'), ([expected, predicted], at, key) => {
        fc.pre(predicted.length <= expected.length);
        const i = at % predicted.length;
        const worse = predicted.map((one, j) => (i === j ? { ...one, [key]: null } : one));
        expect(scoreOf(expected, worse)).toBeLessThanOrEqual(scoreOf(expected, predicted));
      }),
      { numRuns: 500 },
    );
  });
  it('a spurious row is added', () => {
    fc.assert(
      fc.property(pair, ([expected, predicted]) => {
        const garbage = { c0: '~1~', c1: '~2~', c2: '~3~' };
        expect(scoreOf(expected, [...predicted, garbage])).toBeLessThanOrEqual(scoreOf(expected, predicted));
      }),
    );
  });
  it('a row of a perfect prediction is doubled or dropped', () => {
    fc.assert(
      fc.property(fc.array(full, { minLength: 1, maxLength: 5 }), fc.nat(), (expected, at) => {
        const i = at % expected.length;
        expect(scoreOf(expected, [...expected, expected[i]!])).toBeLessThan(1);
        expect(
          scoreOf(
            expected,
            expected.filter((_, j) => j !== i),
          ),
        ).toBeLessThan(1);
      }),
    );
  });
});

describe('ANLS*', () => {
  it('of any JSON against itself is 1', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>, (value) => {
        expect(anlsStar(value, value)).toBe(1);
      }),
    );
  });
  it('lies between 0 and 1, as ANLS does', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
        fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
        (a, b) => {
          for (const value of [anlsStar(a, b), anls(a, b)]) {
            expect(value).toBeGreaterThanOrEqual(0);
            expect(value).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
  it('does not ask for the order of a list', () => {
    const list = fc.array(fc.string({ maxLength: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        list.chain((a) => fc.tuple(fc.constant(a), fc.shuffledSubarray(a, { minLength: a.length }))),
        ([a, b]) => {
          expect(anlsStar(a, b)).toBe(1);
        },
      ),
    );
  });
});
