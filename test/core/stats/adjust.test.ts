import fc from 'fast-check';
import { expect, it } from 'vitest';
import { holm } from '../../../src/core/stats/adjust.js';

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });

it('an adjusted p-value is never below its own, and never above 1', () => {
  fc.assert(
    fc.property(pValues, (p) => {
      holm(p).forEach((adjusted, i) => {
        expect(adjusted).toBeGreaterThanOrEqual(p[i]!);
        expect(adjusted).toBeLessThanOrEqual(1);
      });
    }),
  );
});
it('keeps the order of the p-values', () => {
  fc.assert(
    fc.property(pValues, (p) => {
      const adjusted = holm(p);
      p.forEach((a, i) =>
        p.forEach((b, j) => a < b && expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!)),
      );
    }),
  );
});
it('does not depend on the order of the fields', () => {
  fc.assert(
    fc.property(pValues, (p) => {
      expect(holm([...p].reverse()).reverse()).toEqual(holm(p));
    }),
  );
});
it('a smaller p-value never raises any adjusted one', () => {
  fc.assert(
    fc.property(pValues, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (p, at, factor) => {
      const lower = p.map((value, i) => (i === at % p.length ? value * factor : value));
      const [before, after] = [holm(p), holm(lower)];
      after.forEach((value, i) => expect(value).toBeLessThanOrEqual(before[i]! + 1e-15));
    }),
  );
});
it('of one test is the test itself, and of none is nothing', () => {
  expect(holm([0.03])).toEqual([0.03]);
  expect(holm([])).toEqual([]);
});
