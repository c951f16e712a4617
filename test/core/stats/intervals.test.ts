import fc from 'fast-check';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { clusteredMean, clusteredSum, interval, wilson } from '../../../src/core/stats/intervals.js';
import { smallestDetectable, unitsNeeded } from '../../../src/core/stats/power.js';
import { tQuantile } from '../../../src/core/stats/quantiles.js';

const own = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('clustered mean', () => {
  it('with one value in each cluster is the plain standard error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 50 }),
        (values) => {
          const estimate = clusteredMean(values, own(values.length), values.length);
          if (estimate.kind === 'not-enough-data') {
            expect(new Set(values).size).toBe(1);
            return;
          }
          expect(estimate.mean).toBeCloseTo(mean(values), 9);
          expect(estimate.standardError).toBeCloseTo(
            sampleStandardDeviation(values) / Math.sqrt(values.length),
            9,
          );
          expect(estimate.df).toBe(values.length - 1);
        },
      ),
    );
  });
  it.each([
    ['no values', [], [], 0, 'no-values'],
    ['one cluster', [0.1, 0.4, 0.2], [0, 0, 0], 1, 'one-cluster'],
    ['one document', [0.1], [0], 1, 'one-cluster'],
    ['all values the same', [0.2, 0.2, 0.2], [0, 1, 2], 3, 'no-variation'],
  ] as const)('%s is a normal answer and no interval', (_, values, clusters, count, reason) => {
    const estimate = clusteredMean(values, clusters, count);
    expect(estimate).toMatchObject({ kind: 'not-enough-data', reason });
    expect(interval(estimate)).toBeUndefined();
  });
  it('is the linearised ratio when the influences are those of a mean', () => {
    const values = [1, 0, 1, 1, 0];
    const influence = values.map((value) => (value - 0.6) / 5);
    expect(clusteredSum(0.6, influence, own(5), 5)).toEqual(clusteredMean(values, own(5), 5));
  });
});

it('the t quantile agrees with published tables', () => {
  expect(tQuantile(0.975, 1)).toBeCloseTo(12.706, 3);
  expect(tQuantile(0.975, 9)).toBeCloseTo(2.262, 3);
  expect(tQuantile(0.975, 70)).toBeCloseTo(1.994, 3);
  expect(tQuantile(0.975, 1e6)).toBeCloseTo(1.96, 2);
});

it('a 95 % t interval of two documents is honest about how little it knows', () => {
  const reach = interval(clusteredMean([0, -0.1], [0, 1], 2))!;
  expect(reach[0]).toBeCloseTo(-0.05 - 12.706 * 0.05, 3);
});

it('Wilson has no answer for nothing, and stays within 0 and 1', () => {
  expect(wilson(0, 0)).toBeUndefined();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (n, k) => {
      const [low, high] = wilson(Math.min(k, n), n)!;
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(Math.min(k, n) / n);
      expect(high).toBeGreaterThanOrEqual(Math.min(k, n) / n);
    }),
  );
});

it('more documents see smaller drops, and nothing is known without spread', () => {
  expect(smallestDetectable(0.01, 9, 0.025)).toBeGreaterThan(smallestDetectable(0.01, 99, 0.025));
  expect(unitsNeeded(0, 0.35, 0.025)).toBeUndefined();
  expect(unitsNeeded(0.02, 0, 0.025)).toBeUndefined();
});
