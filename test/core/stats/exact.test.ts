import fc from 'fast-check';
import { binomialDistribution } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import {
  binomialUpperTail,
  leastOneWayUnits,
  mcnemar,
  poissonUpperTail,
  signFlip,
} from '../../../src/core/stats/exact.js';

/** Every sign pattern, one by one. */
function signFlipByHand(d: readonly number[]): number {
  const observed = d.reduce((sum, value) => sum + value, 0);
  let hits = 0;
  for (let pattern = 0; pattern < 2 ** d.length; pattern++) {
    const sum = d.reduce((total, value, i) => total + ((pattern >> i) & 1 ? 1 : -1) * Math.abs(value), 0);
    if (sum >= observed) hits++;
  }
  return hits / 2 ** d.length;
}

describe('binomial tail', () => {
  it('agrees with the binomial distribution of simple-statistics, which leaves out its last 0.0001', () => {
    for (const n of [1, 2, 7, 20, 60]) {
      const density = binomialDistribution(n, 0.5);
      for (let k = 0; k <= n; k++) {
        const expected = (density ?? []).slice(k).reduce((sum, p) => sum + p, 0);
        expect(binomialUpperTail(k, n)).toBeCloseTo(expected, 3);
      }
    }
  });
  it('is the same on both sides of the switch to logarithms', () => {
    // P(X ≥ k | n + 1) = (P(X ≥ k | n) + P(X ≥ k − 1 | n)) / 2 ties n = 1,001 (logarithms) to n = 1,000 (direct).
    for (const k of [400, 500, 501, 530, 600, 900, 1001]) {
      const direct = (binomialUpperTail(k, 1000) + binomialUpperTail(k - 1, 1000)) / 2;
      expect(binomialUpperTail(k, 1001) / direct).toBeCloseTo(1, 9);
    }
  });
  it('stays a probability for a hundred thousand units', () => {
    expect(binomialUpperTail(50_000, 100_000)).toBeCloseTo(0.50126, 4);
    expect(binomialUpperTail(100_000, 100_000)).toBeGreaterThanOrEqual(0);
    expect(binomialUpperTail(0, 100_000)).toBe(1);
  });
});

describe('exact McNemar', () => {
  it.each([
    ['five one-way documents reach 0.05', 5, 0, 0.03125],
    ['four do not', 4, 0, 0.0625],
    ['eleven lost and ten gained is churn', 11, 10, 0.5],
    ['nothing changed is no evidence', 0, 0, 1],
  ])('%s', (_, regressed, fixed, expected) => {
    expect(mcnemar(regressed, fixed).oneSided).toBeCloseTo(expected, 12);
  });
});

describe('sign-flip', () => {
  it('equals counting every sign pattern', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 11 }), (d) => {
        expect(signFlip(d)).toBeCloseTo(signFlipByHand(d), 12);
      }),
    );
  });
  it('is exact McNemar when every document changes by one', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), (regressed, fixed) => {
        const d = [...Array<number>(regressed).fill(1), ...Array<number>(fixed).fill(-1)];
        expect(signFlip(d)).toBeCloseTo(mcnemar(regressed, fixed).oneSided, 12);
      }),
    );
  });
  it('does not depend on the order, and zeros carry nothing', () => {
    expect(signFlip([3, 0, -1, 0, 2])).toBe(signFlip([2, 3, -1]));
  });
  it('never gives 0 or NaN', () => {
    for (const d of [
      [],
      [0],
      [1],
      [-1],
      Array<number>(900).fill(2),
      Array<number>(9000).fill(1),
      [3, ...Array<number>(9000).fill(1)],
      [7, ...Array<number>(500).fill(1)],
    ]) {
      const p = signFlip(d);
      expect(p).toBeGreaterThan(0);
      expect(p).toBeLessThanOrEqual(1);
    }
  });
  it('keeps its answer when sums far from the middle are left out', () => {
    // 4,000 documents with 1 … 30 changes each: over the limit of the full table; the normal value is the yardstick.
    const d = Array.from({ length: 4000 }, (_, i) => ((i % 30) + 1) * (i % 200 < 103 ? 1 : -1));
    const sum = d.reduce((total, value) => total + value, 0);
    const deviation = Math.sqrt(d.reduce((total, value) => total + value * value, 0));
    expect(sum / deviation).toBeGreaterThan(1);
    expect(sum / deviation).toBeLessThan(4);
    const z = (sum - 0.5) / deviation;
    // Abramowitz and Stegun 26.2.17, good to 7.5e-8.
    const t = 1 / (1 + 0.2316419 * z);
    const poly =
      t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    const normal = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
    expect(signFlip(d) / normal).toBeCloseTo(1, 2);
  });
});

it('the least evidence is five one-way documents at 0.05, and ten with Holm over 30 fields', () => {
  expect(leastOneWayUnits(0.05)).toBe(5);
  expect(leastOneWayUnits(0.05 / 30)).toBe(10);
  expect(leastOneWayUnits(0.025)).toBe(6);
  expect(leastOneWayUnits(0.025 / 30)).toBe(11);
  expect(leastOneWayUnits(0.125)).toBe(3);
});

it('the Poisson tail agrees with its definition', () => {
  const density = (k: number, mean: number): number =>
    Array.from({ length: k }, (_, i) => mean / (i + 1)).reduce(
      (product, factor) => product * factor,
      Math.exp(-mean),
    );
  for (const mean of [0.05, 1.6, 7, 20]) {
    for (let k = 0; k < 30; k++) {
      const below = Array.from({ length: k }, (_, i) => density(i, mean)).reduce((sum, p) => sum + p, 0);
      expect(poissonUpperTail(k, mean)).toBeCloseTo(1 - below, 9);
    }
  }
  expect(poissonUpperTail(1, 0)).toBe(0);
  expect(poissonUpperTail(0, 0)).toBe(1);
});
