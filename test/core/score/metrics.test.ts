import { describe, expect, it } from 'vitest';
import {
  accuracyOf,
  addCounts,
  f1Of,
  macroF1,
  microF1,
  NO_COUNTS,
  precisionOf,
  recallOf,
} from '../../../src/core/score/index.js';
import { counts } from './support.js';

describe('ratios of counts', () => {
  it('47 right and 3 wrong give F1 0.940', () => {
    expect(f1Of(counts(47, 3))).toBeCloseTo(0.94, 12);
    expect(precisionOf(counts(47, 3))).toBeCloseTo(0.94, 12);
    expect(recallOf(counts(47, 3))).toBeCloseTo(0.94, 12);
  });
  it('a substitution counts once in accuracy, a missing and a spurious value once each', () => {
    expect(accuracyOf(counts(6, 2, 1, 1))).toBe(0.6);
    expect(precisionOf(counts(6, 2, 1, 1))).toBeCloseTo(6 / 9, 12);
    expect(recallOf(counts(6, 2, 1, 1))).toBeCloseTo(6 / 9, 12);
    expect(f1Of(counts(6, 2, 1, 1))).toBeCloseTo(12 / 18, 12);
  });
  it.each([
    ['accuracy', accuracyOf],
    ['precision', precisionOf],
    ['recall', recallOf],
    ['F1', f1Of],
  ] as const)('%s of nothing is null, and absent cells are nothing', (_, ratio) => {
    expect(ratio(NO_COUNTS)).toBeNull();
    expect(ratio(counts(0, 0, 0, 0, 9))).toBeNull();
    expect(ratio(counts(3, 1, 1, 1, 9))).toBe(ratio(counts(3, 1, 1, 1)));
  });
  it('precision is null where nothing was predicted, recall where nothing is labelled', () => {
    expect(precisionOf(counts(0, 0, 4))).toBeNull();
    expect(recallOf(counts(0, 0, 0, 4))).toBeNull();
    expect(f1Of(counts(0, 0, 4))).toBe(0);
  });
  it('micro F1 is that of the sum, macro F1 the mean over fields that have one', () => {
    const fields = [counts(9, 1), counts(0, 0, 1), counts(0, 0, 0, 0, 5)];
    expect(microF1(fields)).toBeCloseTo(18 / 21, 12);
    expect(macroF1(fields)).toBeCloseTo(0.45, 12);
    expect(macroF1([])).toBeNull();
    expect(microF1([])).toBeNull();
  });
  it('adds each of the five', () => {
    expect(addCounts(counts(1, 2, 3, 4, 5), counts(10, 20, 30, 40, 50))).toEqual(counts(11, 22, 33, 44, 55));
  });
});
