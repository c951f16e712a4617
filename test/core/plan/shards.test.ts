import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedSeconds, planShards, shardSeconds } from '../../../src/core/plan/shards.js';

const BASE = { jobs: 1, wallSeconds: 300, startSeconds: 45, mostShards: 100 };

type Document = Parameters<typeof planShards>[0]['documents'][number];

const documents = (...seconds: (number | null)[]): Document[] =>
  seconds.map((one, index) => ({ id: `d${String(index).padStart(3, '0')}`, seconds: one }));

const anyDocuments = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.double({ min: 0, max: 500, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    { maxLength: 60 },
  )
  .map((seconds) => documents(...seconds));

/** Seconds of work of each shard. */
function loads(given: readonly Document[], shards: readonly (readonly string[])[]): number[] {
  const seconds = new Map(expectedSeconds(given).map((one, index) => [given[index]?.id ?? '', one] as const));
  return shards.map((ids) => ids.reduce((sum, id) => sum + (seconds.get(id) ?? Number.NaN), 0));
}

describe('dividing documents among shards', () => {
  it('takes the longest first and gives it to the shard with the least work', () => {
    // By hand: 7 → A, 6 → B, 5 → B would be 11, so C; 4 → C (5 is least) = 9; 3 → B = 9; 2 → A = 9.
    expect(planShards({ ...BASE, documents: documents(2, 7, 3, 6, 4, 5), shards: 3 })).toEqual([
      ['d001', 'd000'],
      ['d003', 'd002'],
      ['d005', 'd004'],
    ]);
  });

  it('puts every document into exactly one shard, leaves none empty, and makes no more than there are documents', () => {
    fc.assert(
      fc.property(
        anyDocuments,
        fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 80 })),
        fc.integer({ min: 1, max: 4 }),
        (given, shards, jobs) => {
          const plan = planShards({ ...BASE, documents: given, shards, jobs });
          expect(plan.flat().sort()).toEqual(given.map(({ id }) => id).sort());
          expect(plan.every((ids) => ids.length > 0)).toBe(true);
          if (shards !== 'auto') expect(plan).toHaveLength(Math.min(shards, given.length));
        },
      ),
    );
  });

  it('is the same for any order of the documents', () => {
    const shuffled = anyDocuments.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(
        shuffled,
        fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 20 })),
        ([given, other], shards) => {
          const plan = (some: Document[]) => planShards({ ...BASE, documents: some, shards });
          expect(plan(other)).toEqual(plan(given));
        },
      ),
    );
  });

  it('is never worse than 4/3 − 1/(3m) of what is possible at best', () => {
    // Few documents, so that the best division is found by trying all of them.
    const few = fc
      .array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 })
      .map((seconds) => documents(...seconds));
    fc.assert(
      fc.property(few, fc.integer({ min: 1, max: 4 }), (given, wanted) => {
        const plan = planShards({ ...BASE, documents: given, shards: wanted });
        const m = plan.length;
        const best = bestMakespan(
          given.map(({ seconds }) => seconds ?? 0),
          m,
        );
        expect(Math.max(...loads(given, plan))).toBeLessThanOrEqual(best * (4 / 3 - 1 / (3 * m)) + 1e-9);
      }),
    );
  });

  it('counts a document that was never measured as the mean of the others, and as 1 where there are none', () => {
    expect(expectedSeconds(documents(2, null, 4))).toEqual([2, 3, 4]);
    expect(expectedSeconds(documents(null, null))).toEqual([1, 1]);
    expect(expectedSeconds(documents(Number.NaN, -1, 4))).toEqual([4, 4, 4]);
    expect(planShards({ ...BASE, documents: documents(2, null, 4), shards: 2 })).toEqual([
      ['d002'],
      ['d001', 'd000'],
    ]);
  });

  it('makes no shards of nothing', () => {
    expect(planShards({ ...BASE, documents: [], shards: 'auto' })).toEqual([]);
    expect(planShards({ ...BASE, documents: [], shards: 4 })).toEqual([]);
  });
});

describe('shards: auto', () => {
  const auto = (given: Document[], more: Partial<typeof BASE> = {}): number =>
    planShards({ ...BASE, ...more, documents: given, shards: 'auto' }).length;

  it('takes one task for what one task does in time', () => {
    // 45 s of start leave 255 of 300 s, and a fifth of those is kept for what takes longer than the last time.
    expect(auto(documents(...Array.from({ length: 204 }, () => 1)))).toBe(1);
    expect(auto(documents(...Array.from({ length: 205 }, () => 1)))).toBe(2);
  });

  it('counts on the documents that a task works on at once', () => {
    expect(auto(documents(...Array.from({ length: 408 }, () => 1)), { jobs: 2 })).toBe(1);
    // Two at once do not halve one document.
    expect(shardSeconds([100, 1, 1], { jobs: 2, startSeconds: 45 })).toBe(145);
    expect(shardSeconds([100, 100, 2], { jobs: 2, startSeconds: 45 })).toBe(146);
  });

  it('takes the fewest shards that are done in time', () => {
    fc.assert(
      fc.property(anyDocuments, fc.integer({ min: 1, max: 3 }), (given, jobs) => {
        fc.pre(given.length > 0);
        const seconds = new Map(
          expectedSeconds(given).map((one, index) => [`d${String(index).padStart(3, '0')}`, one]),
        );
        const wall = (shards: number | 'auto'): number =>
          Math.max(
            ...planShards({ ...BASE, jobs, documents: given, shards }).map((ids) =>
              shardSeconds(
                ids.map((id) => seconds.get(id) ?? 0),
                { jobs, startSeconds: 45 },
              ),
            ),
          );
        const count = auto(given, { jobs });
        const reachable = 45 + Math.max(0.8 * 255, ...seconds.values());
        expect(wall('auto')).toBeLessThanOrEqual(reachable + 1e-6);
        if (count > 1) expect(wall(count - 1)).toBeGreaterThan(reachable - 1e-6);
      }),
    );
  });

  it('divides no further than makes a difference where one document alone takes too long', () => {
    // 600 s cannot be divided: the other ten, 60 s each, fit into a second shard beside it.
    expect(auto(documents(600, ...Array.from({ length: 10 }, () => 60)))).toBe(2);
  });

  it('stops at the most shards that it may take', () => {
    const much = documents(...Array.from({ length: 500 }, () => 100));
    expect(auto(much)).toBe(100);
    expect(auto(much, { mostShards: 7 })).toBe(7);
    expect(auto(documents(1, 1), { wallSeconds: 10 })).toBe(2);
  });
});

function bestMakespan(seconds: readonly number[], m: number): number {
  let best = Infinity;
  const place = (index: number, sums: number[]): void => {
    const next = seconds[index];
    if (next === undefined) {
      best = Math.min(best, Math.max(...sums));
      return;
    }
    for (let shard = 0; shard < m; shard++) {
      const sum = (sums[shard] ?? 0) + next;
      if (sum < best) place(index + 1, sums.with(shard, sum));
      // Empty shards are all alike.
      if ((sums[shard] ?? 0) === 0) break;
    }
  };
  place(
    0,
    Array.from({ length: m }, () => 0),
  );
  return best;
}
