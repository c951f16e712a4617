import fc from 'fast-check';
import munkres from 'munkres-js';
import { describe, expect, it } from 'vitest';
import { assign } from '../../../src/core/score/assign.js';
import { permutations } from './support.js';

function total(costs: readonly (readonly number[])[]): number {
  const rows = costs.length;
  const columns = costs[0]!.length;
  const { columnOf, rowDual, columnDual } = assign(Float64Array.from(costs.flat()), rows, columns);
  expect(new Set(columnOf).size).toBe(rows);
  // The dual variables prove that no other assignment is cheaper.
  const tolerance = 1e-6;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const slack = costs[i]![j]! - rowDual[i]! - columnDual[j]!;
      expect(slack).toBeGreaterThanOrEqual(-tolerance);
      if (columnOf[i] === j) expect(slack).toBeLessThanOrEqual(tolerance);
    }
  }
  return costs.reduce((sum, row, i) => sum + row[columnOf[i]!]!, 0);
}

function bruteForce(costs: readonly (readonly number[])[]): number {
  const columns = costs[0]!.map((_, j) => j);
  return Math.min(
    ...permutations(columns).map((order) => costs.reduce((sum, row, i) => sum + row[order[i]!]!, 0)),
  );
}

const matrix = (cost: fc.Arbitrary<number>, most: number) =>
  fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 0, max: 3 })).chain(([rows, more]) =>
    fc.array(fc.array(cost, { minLength: rows + more, maxLength: rows + more }), {
      minLength: rows,
      maxLength: rows,
    }),
  );

describe('the assignment', () => {
  it('is as cheap as the best of all orders, with many ties', () => {
    fc.assert(
      fc.property(matrix(fc.integer({ min: 0, max: 3 }), 4), (costs) => total(costs) === bruteForce(costs)),
    );
  });
  it('is as cheap as the best of all orders, negative and fractional costs', () => {
    fc.assert(
      fc.property(matrix(fc.double({ min: -10, max: 10, noNaN: true }), 4), (costs) => {
        expect(total(costs)).toBeCloseTo(bruteForce(costs), 9);
      }),
    );
  });
  it('is as cheap as munkres-js finds on larger squares', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 14 }).chain((n) =>
          fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: n, maxLength: n }), {
            minLength: n,
            maxLength: n,
          }),
        ),
        (costs) => {
          const oracle = munkres(costs.map((row) => [...row])).reduce(
            (sum, [i, j]) => sum + costs[i]![j]!,
            0,
          );
          expect(total(costs)).toBe(oracle);
        },
      ),
      { numRuns: 60 },
    );
  });
  it('stays exact with whole numbers near the limit of a double', () => {
    const big = 2 ** 50;
    expect(
      total([
        [big + 1, big],
        [big, big],
      ]),
    ).toBe(2 * big);
  });
  it('refuses more rows than columns', () => {
    expect(() => assign(new Float64Array(2), 2, 1)).toThrow(/more rows/);
  });
});
