import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  anlsStar,
  compareValues,
  f1Of,
  OneOf,
  precisionOf,
  recallOf,
  type GroundTruth,
} from '../../../src/core/score/index.js';
import type { Counts, DateSpec, Json } from '../../../src/core/words.js';
import { sharedPath } from '../../support/shared.js';

interface Vector {
  readonly id?: string;
  readonly fn?: string;
  readonly gt?: Json;
  readonly pred?: Json;
  readonly options?: Record<string, Json> | string;
  readonly expected: Json;
  readonly tolerance?: number;
}

function load(name: string): readonly Vector[] {
  const path = sharedPath(`vectors/${name}`);
  if (path === undefined) return [];
  return (JSON.parse(readFileSync(path, 'utf8')) as { cases: readonly Vector[] }).cases;
}
const missing = sharedPath('vectors') === undefined;

/** `{"$oneOf": […]}` in the file is a tuple in the reference implementation. */
function truth(value: Json): GroundTruth {
  if (Array.isArray(value)) return (value as readonly Json[]).map(truth);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first?.[0] === '$oneOf') return new OneOf((first[1] as readonly Json[]).map(truth));
  return Object.fromEntries(entries.map(([key, inner]) => [key, truth(inner)]));
}

describe.skipIf(missing)('ANLS* agrees with its reference implementation (needs the shared folder)', () => {
  const cases = load('anls_star.json');
  it('has all 61 published cases', () => {
    expect(cases).toHaveLength(61);
  });
  it.each(cases.map((vector) => [vector.id, vector] as const))('%s', (_, vector) => {
    const digits = vector.tolerance ?? 1e-9;
    const score = anlsStar(truth(vector.gt ?? null), vector.pred ?? null);
    expect(Math.abs(score - (vector.expected as number))).toBeLessThanOrEqual(digits);
  });
});

/** Cases of stickler's date comparator that ours answers differently on purpose, each with its reason. */
const ELSEWHERE: readonly {
  readonly reason: string;
  readonly applies: (options: Record<string, Json>, pair: string) => boolean;
}[] = [
  {
    reason: 'ranges of dates: a field holds one date; two dates are two fields',
    applies: (options) => 'range_mode' in options,
  },
  {
    reason: 'dates without a year never match full ones, with no option to',
    applies: (options) => 'allow_partial_year' in options,
  },
  {
    reason: 'a partial date never matches a full one, with no option to',
    applies: (options) => 'precision_mode' in options,
  },
  {
    reason: 'a date has no tolerance: the calendar day is right or wrong',
    applies: (options) => 'tolerance_days' in options,
  },
];
/** Ours does not guess the order of day and month: undeclared, these are not read and do not match. */
const NOT_GUESSED = new Set([
  '2/1/2016 | 02/01/2016',
  '2/1/2016 | 02/01/16',
  '2025-02-01 | 01/02/2025',
  '2025/02/01 | 01/02/2025',
]);
/** Two blanks are two "no value"s, which agree; stickler calls an empty date unparseable. */
const BLANK = new Set([' | ']);
/** Where two-digit years are read, `10/24` may be October 2024; this case is about fields without them. */
const WITHOUT_PIVOT = new Set(['Oct 24 | 10/24']);

describe.skipIf(missing)(
  'dates agree with stickler where the definitions are the same (needs the shared folder)',
  () => {
    const cases = load('stickler_dates.json').map((vector) => {
      const options = vector.options as Record<string, Json>;
      const shown = (value: Json | undefined) => (typeof value === 'string' ? value : JSON.stringify(value));
      const pair = `${shown(vector.gt)} | ${shown(vector.pred)}`;
      return { vector, options, pair, elsewhere: ELSEWHERE.find(({ applies }) => applies(options, pair)) };
    });
    const specFor = (options: Record<string, Json>, pair: string): DateSpec => ({
      type: 'date',
      ...(typeof options['dayfirst'] === 'boolean' && { dayFirst: options['dayfirst'] }),
      ...(!WITHOUT_PIVOT.has(pair) && { pivot: 68 }),
    });
    const compare = (vector: Vector, spec: DateSpec) =>
      compareValues(spec, vector.gt ?? null, vector.pred ?? null).match;

    const ours = cases.filter(
      ({ elsewhere, pair, options }) =>
        elsewhere === undefined && !BLANK.has(pair) && !(NOT_GUESSED.has(pair) && !('dayfirst' in options)),
    );
    it('leaves out 36 of the 114 cases for the reasons above, and no other', () => {
      expect(cases).toHaveLength(114);
      expect(cases.filter(({ elsewhere }) => elsewhere !== undefined)).toHaveLength(31);
      expect(cases.length - ours.length).toBe(36);
    });
    it.each(ours.map((one) => [`${one.pair} ${JSON.stringify(one.options)}`, one] as const))(
      '%s',
      (_, { vector, options, pair }) => {
        expect(compare(vector, specFor(options, pair))).toBe(vector.expected === 1);
      },
    );

    it.each([...NOT_GUESSED])('%s is not guessed, and is read once the order is declared', (pair) => {
      const found = cases.find((one) => one.pair === pair && !('dayfirst' in one.options));
      expect(found).toBeDefined();
      expect(compare(found!.vector, { type: 'date', pivot: 68 })).toBe(false);
      expect(compare(found!.vector, { type: 'date', pivot: 68, dayFirst: true })).toBe(true);
    });
    it('blank against blank is no value on both sides', () => {
      expect(compareValues({ type: 'date' }, '', '')).toMatchObject({ match: true, rule: 'absent' });
    });
  },
);

/**
 * DocILE counts matched and unmatched predictions; our cells give the same numbers: TP = correct, FP = wrong + spurious,
 * FN = wrong + missing.
 */
const DOCILE: Readonly<Record<string, Counts>> = {
  // 3 matched, 2 predictions without a match, 1 annotation without one.
  compute_metrics: { correct: 3, wrong: 1, missing: 0, spurious: 1, absent: 0 },
  'get_metrics kile': { correct: 1, wrong: 2, missing: 0, spurious: 1, absent: 0 },
  'get_metrics lir': { correct: 2, wrong: 2, missing: 0, spurious: 0, absent: 0 },
  'get_metrics kile fieldtype=f1': { correct: 1, wrong: 1, missing: 1, spurious: 0, absent: 0 },
  'get_metrics lir fieldtype=f05 doc b': { correct: 1, wrong: 0, missing: 0, spurious: 2, absent: 0 },
};
/** Not ours: they need a confidence for every prediction, or the place of a value on the page; we compare values. */
const NOT_OURS: Readonly<Record<string, string>> = {
  average_precision: 'ranks predictions by confidence',
  pccs_iou: 'geometry of boxes on the page',
  calculate_pccs: 'geometry of characters on the page',
  get_lir_matches:
    'pairs line items by boxes; the matching itself is tested against brute force in assign.test.ts',
};

describe.skipIf(missing)('precision, recall and F1 agree with DocILE (needs the shared folder)', () => {
  const cases = load('docile.json');
  it('every case is either ours or left out with a reason', () => {
    for (const { fn = '' } of cases) expect(fn in DOCILE || fn in NOT_OURS, fn).toBe(true);
  });
  it.each(cases.filter(({ fn = '' }) => fn in DOCILE).map((vector) => [vector.fn ?? '', vector] as const))(
    '%s',
    (fn, vector) => {
      const counts = DOCILE[fn]!;
      const expected = vector.expected as Record<string, number>;
      expect(counts.correct).toBe(expected['TP']);
      expect(counts.wrong + counts.spurious).toBe(expected['FP']);
      expect(counts.wrong + counts.missing).toBe(expected['FN']);
      expect(precisionOf(counts)).toBeCloseTo(expected['precision']!, 12);
      expect(recallOf(counts)).toBeCloseTo(expected['recall']!, 12);
      expect(f1Of(counts)).toBeCloseTo(expected['f1']!, 12);
    },
  );
});
