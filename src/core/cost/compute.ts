/** What a task is, as Fargate sells it, and what it costs. */
import { UsageError } from '../errors.js';
import type { Capacity } from '../plan/attempts.js';
import type { RunnerChoice } from '../words.js';
import type { ComputePrices, TaskSize } from './words.js';

/**
 * Pairs of vCPU and memory that Fargate sells (Linux, platform version 1.4.0). The smallest one has three sizes, the
 * others a range and a step.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html (read 2026-11-23)
 */
const FARGATE: readonly { readonly vcpu: number; readonly gib: readonly number[] }[] = [
  { vcpu: 0.25, gib: [0.5, 1, 2] },
  { vcpu: 0.5, gib: range(1, 4, 1) },
  { vcpu: 1, gib: range(2, 8, 1) },
  { vcpu: 2, gib: range(4, 16, 1) },
  { vcpu: 4, gib: range(8, 30, 1) },
  { vcpu: 8, gib: range(16, 60, 4) },
  { vcpu: 16, gib: range(32, 120, 8) },
];

const GIB = 1024 ** 3;
const SECONDS_OF_AN_HOUR = 3_600;

/** What a shard is given: what Fargate sells, or what a provider with GPUs is asked for. Throws as `fargateSize` does. */
export function taskSize({
  cpu,
  memoryBytes,
  gpu,
}: Pick<RunnerChoice, 'cpu' | 'memoryBytes' | 'gpu'>): TaskSize {
  if (gpu === 0) return fargateSize(cpu, memoryBytes);
  return { vcpu: cpu, memoryGib: memoryBytes / GIB, gpu };
}

/** The smallest task that has both. Throws UsageError where Fargate has none. With GPUs there is no such table. */
export function fargateSize(cpu: number, memoryBytes: number): TaskSize {
  const wanted = memoryBytes / GIB;
  for (const { vcpu, gib } of FARGATE) {
    // More memory than a task of so few CPUs has takes more CPUs: a vCPU costs as much as 9 GiB, so the fewest are cheapest.
    const memoryGib = vcpu < cpu ? undefined : gib.find((one) => one >= wanted);
    if (memoryGib !== undefined) return { vcpu, memoryGib, gpu: 0 };
  }
  throw new UsageError(
    `Fargate has no task with ${cpu} vCPU and ${Math.ceil(wanted * 10) / 10} GiB: 16 vCPU and 120 GiB are the most`,
    'lower runner.cpu or runner.memory in .docops.yml; more shards share the work instead',
  );
}

/** US dollars of one task that used the machine for so long; null where the machine has no price. */
export function taskUsd(
  size: TaskSize,
  seconds: number,
  capacity: Capacity,
  prices: ComputePrices,
): number | null {
  const hourUsd = size.gpu > 0 ? gpuHourUsd(size, prices) : fargateHourUsd(size, prices);
  if (hourUsd === null) return null;
  const billed = billedSeconds(seconds, prices);
  return (hourUsd * (capacity === 'spot' ? prices.spotFactor : 1) * billed) / SECONDS_OF_AN_HOUR;
}

/** By the second, and at least the shortest time that is sold. */
export function billedSeconds(
  seconds: number,
  { leastSeconds }: Pick<ComputePrices, 'leastSeconds'>,
): number {
  return Math.max(leastSeconds, Math.ceil(seconds));
}

function fargateHourUsd({ vcpu, memoryGib }: TaskSize, prices: ComputePrices): number {
  return vcpu * prices.vcpuHourUsd + memoryGib * prices.gibHourUsd;
}

/** The instance's hour has its CPUs and its memory in it. */
function gpuHourUsd({ gpu }: TaskSize, prices: ComputePrices): number | null {
  return prices.gpuHourUsd === null ? null : gpu * prices.gpuHourUsd;
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}
