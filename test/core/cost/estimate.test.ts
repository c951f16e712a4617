import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateRun, expectedUsd, type EstimateRequest } from '../../../src/core/cost/estimate.js';
import { LIST_PRICES } from '../../../src/core/cost/prices.js';

const REQUEST: EstimateRequest = {
  documents: [],
  size: { vcpu: 2, memoryGib: 4, gpu: 0 },
  jobs: 1,
  shards: 'auto',
  wallSeconds: 300,
  spot: false,
  prices: LIST_PRICES,
  startSeconds: 45,
};
const HOUR_USD = 0.09874;

const times = (count: number, seconds: number | null, usd: number | null): EstimateRequest['documents'] =>
  Array.from({ length: count }, () => ({ seconds, usd }));

describe('what an evaluation is expected to take', () => {
  it('is the work and the start of every task', () => {
    // 400 s of work: 200 s in each of two tasks, and 45 s of start. 2 × 245 s.
    const estimate = estimateRun({ ...REQUEST, documents: times(400, 1, 0.01) });
    expect(estimate).toMatchObject({ extractions: 400, guessed: 0, shards: 2, wallSeconds: 245 });
    expect(estimate.computeUsd).toBeCloseTo((HOUR_USD * 490) / 3_600, 9);
    expect(estimate.reportedUsd).toBeCloseTo(4, 9);
    expect(expectedUsd(estimate)).toBeCloseTo(4 + (HOUR_USD * 490) / 3_600, 9);
  });

  it('is cheaper on spot, and as long', () => {
    const onDemand = estimateRun({ ...REQUEST, documents: times(400, 1, null) });
    const spot = estimateRun({ ...REQUEST, documents: times(400, 1, null), spot: true });
    expect(spot.computeUsd).toBeCloseTo((onDemand.computeUsd ?? 0) * 0.3, 12);
    expect(spot.wallSeconds).toBe(onDemand.wallSeconds);
  });

  it('says for how many extractions nothing was measured, and takes the mean of the others for them', () => {
    const estimate = estimateRun({
      ...REQUEST,
      shards: 1,
      documents: [...times(2, 10, 0.02), ...times(1, 40, null), ...times(1, null, null)],
    });
    // 10 + 10 + 40 and their mean of 20; two reported 0.02 each.
    expect(estimate).toMatchObject({ extractions: 4, guessed: 1, shards: 1, wallSeconds: 125 });
    expect(estimate.reportedUsd).toBeCloseTo(0.08, 12);
  });

  it('is billed for a minute at least in each task', () => {
    const estimate = estimateRun({ ...REQUEST, documents: times(10, 1, null), shards: 10 });
    expect(estimate).toMatchObject({ shards: 10, wallSeconds: 46, reportedUsd: null });
    expect(estimate.computeUsd).toBeCloseTo((HOUR_USD * 600) / 3_600, 9);
  });

  it('has no price of compute where nothing is billed, or where a GPU has no price', () => {
    const local = estimateRun({ ...REQUEST, documents: times(10, 1, 0.5), prices: null });
    expect(local).toMatchObject({ computeUsd: null, reportedUsd: 5 });
    expect(expectedUsd(local)).toBe(5);
    const gpu = { ...REQUEST, size: { vcpu: 4, memoryGib: 16, gpu: 1 }, documents: times(10, 1, null) };
    expect(estimateRun({ ...gpu, prices: { ...LIST_PRICES, gpuHourUsd: null } }).computeUsd).toBeNull();
    expect(expectedUsd(estimateRun({ ...gpu, prices: null }))).toBeNull();
    // A minute of g4dn.xlarge: spot is a matter of the provider there.
    expect(estimateRun({ ...gpu, spot: true }).computeUsd).toBeCloseTo(0.526 / 60, 9);
  });

  it('is nothing where everything is kept', () => {
    expect(estimateRun(REQUEST)).toEqual({
      extractions: 0,
      guessed: 0,
      shards: 0,
      wallSeconds: 0,
      computeUsd: 0,
      reportedUsd: null,
    });
  });

  it('bills at least the work itself, whatever the number of shards', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1, maxLength: 50 }),
        fc.oneof(fc.constant('auto' as const), fc.integer({ min: 1, max: 60 })),
        (seconds, shards) => {
          const documents = seconds.map((one) => ({ seconds: one, usd: 0.001 }));
          const { computeUsd, reportedUsd, ...rest } = estimateRun({ ...REQUEST, documents, shards });
          const work = seconds.reduce((sum, one) => sum + one, 0) + 45 * rest.shards;
          expect(computeUsd ?? 0).toBeGreaterThanOrEqual((HOUR_USD * work) / 3_600 - 1e-9);
          // Rounded up to a second, or to a minute.
          expect(computeUsd ?? 0).toBeLessThanOrEqual((HOUR_USD * (work + 16 * rest.shards)) / 3_600 + 1e-9);
          expect(reportedUsd).toBeCloseTo(seconds.length * 0.001, 9);
        },
      ),
    );
  });
});
