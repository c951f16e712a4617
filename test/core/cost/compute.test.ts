import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billedSeconds, fargateSize, taskUsd } from '../../../src/core/cost/compute.js';
import { LIST_PRICES } from '../../../src/core/cost/prices.js';
import { UsageError } from '../../../src/core/errors.js';

const GIB = 1024 ** 3;

describe('the size of a task on Fargate', () => {
  it.each([
    [0.25, 0.5, 0.25, 0.5],
    [0.25, 1.5, 0.25, 2],
    // 0.25 vCPU ends at 2 GiB.
    [0.25, 2.1, 0.5, 3],
    [0.3, 0.5, 0.5, 1],
    [2, 4, 2, 4],
    [2, 1, 2, 4],
    [2, 4.001, 2, 5],
    [3, 8, 4, 8],
    // 4 vCPU ends at 30 GiB, and 8 vCPU goes by fours.
    [4, 31, 8, 32],
    [8, 57, 8, 60],
    [8, 61, 16, 64],
    [16, 113, 16, 120],
  ])('of %d vCPU and %d GiB is %d vCPU and %d GiB', (cpu, gib, vcpu, memoryGib) => {
    expect(fargateSize(cpu, gib * GIB)).toEqual({ vcpu, memoryGib, gpu: 0 });
  });

  it('is refused where Fargate has none, with what to lower', () => {
    for (const [cpu, gib] of [
      [17, 4],
      [2, 121],
    ] as const) {
      expect(() => fargateSize(cpu, gib * GIB)).toThrow(UsageError);
      expect(() => fargateSize(cpu, gib * GIB)).toThrow(/Fargate has no task with .* 16 vCPU and 120 GiB/u);
    }
  });

  it('has both at least, and no cheaper size has', () => {
    const sizes = [...new Set(allSizes())];
    fc.assert(
      fc.property(
        fc.double({ min: 0.25, max: 16, noNaN: true }),
        fc.double({ min: 0.1, max: 120, noNaN: true }),
        (cpu, gib) => {
          const size = fargateSize(cpu, gib * GIB);
          expect(size.vcpu).toBeGreaterThanOrEqual(cpu);
          expect(size.memoryGib).toBeGreaterThanOrEqual(gib);
          const usd = (one: { vcpu: number; memoryGib: number }): number =>
            taskUsd({ ...one, gpu: 0 }, 3_600, 'on-demand', LIST_PRICES) ?? Number.NaN;
          const enough = sizes.filter((one) => one.vcpu >= cpu && one.memoryGib >= gib);
          expect(usd(size)).toBe(Math.min(...enough.map(usd)));
        },
      ),
    );
  });
});

describe('the price of a task', () => {
  it('is that of its vCPUs and its memory, by the second', () => {
    // 2 × 0.04048 + 4 × 0.004445 = 0.09874 an hour; a quarter of it for 15 minutes.
    expect(taskUsd({ vcpu: 2, memoryGib: 4, gpu: 0 }, 900, 'on-demand', LIST_PRICES)).toBeCloseTo(
      0.024685,
      9,
    );
    expect(taskUsd({ vcpu: 2, memoryGib: 4, gpu: 0 }, 900, 'spot', LIST_PRICES)).toBeCloseTo(0.0074055, 9);
    expect(taskUsd({ vcpu: 2, memoryGib: 4, gpu: 0 }, 899.2, 'on-demand', LIST_PRICES)).toBeCloseTo(
      0.024685,
      9,
    );
  });

  it('is that of a minute at least', () => {
    const minute = taskUsd({ vcpu: 1, memoryGib: 2, gpu: 0 }, 60, 'on-demand', LIST_PRICES);
    // 0.04937 an hour.
    expect(minute).toBeCloseTo(0.04937 / 60, 9);
    expect(taskUsd({ vcpu: 1, memoryGib: 2, gpu: 0 }, 3, 'on-demand', LIST_PRICES)).toBe(minute);
    expect(billedSeconds(0, LIST_PRICES)).toBe(60);
    expect(billedSeconds(60.01, LIST_PRICES)).toBe(61);
  });

  it('is that of the instance where there is a GPU, which has its CPUs in it', () => {
    expect(taskUsd({ vcpu: 4, memoryGib: 16, gpu: 1 }, 1_800, 'provider', LIST_PRICES)).toBeCloseTo(0.263, 9);
    expect(taskUsd({ vcpu: 8, memoryGib: 32, gpu: 2 }, 3_600, 'provider', LIST_PRICES)).toBeCloseTo(1.052, 9);
  });

  it('is not known where a GPU has none', () => {
    const prices = { ...LIST_PRICES, gpuHourUsd: null };
    expect(taskUsd({ vcpu: 4, memoryGib: 16, gpu: 1 }, 1_800, 'provider', prices)).toBeNull();
    expect(taskUsd({ vcpu: 4, memoryGib: 16, gpu: 0 }, 1_800, 'on-demand', prices)).not.toBeNull();
  });
});

/** From the documentation, written down apart from the table under test. */
function* allSizes(): Generator<{ vcpu: number; memoryGib: number }> {
  for (const memoryGib of [0.5, 1, 2]) yield { vcpu: 0.25, memoryGib };
  const ranges = [
    [0.5, 1, 4, 1],
    [1, 2, 8, 1],
    [2, 4, 16, 1],
    [4, 8, 30, 1],
    [8, 16, 60, 4],
    [16, 32, 120, 8],
  ] as const;
  for (const [vcpu, from, to, step] of ranges)
    for (let memoryGib: number = from; memoryGib <= to; memoryGib += step) yield { vcpu, memoryGib };
}
