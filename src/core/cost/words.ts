/** Money words: what a task uses, and what its hour costs. US dollars throughout. */

export interface TaskSize {
  readonly vcpu: number;
  readonly memoryGib: number;
  readonly gpu: number;
}

export interface ComputePrices {
  /** Where the prices were read. */
  readonly source: string;
  /** ISO date of the reading; older than 90 days warns. */
  readonly date: string;
  readonly region: string;
  readonly vcpuHourUsd: number;
  readonly gibHourUsd: number;
  /** Part of the on-demand price that spot costs: 0.3 = 70 % off. */
  readonly spotFactor: number;
  /** Instance hour behind one GPU; null: not known, so tasks with GPUs have no price. */
  readonly gpuHourUsd: number | null;
  /** Shortest time that is billed. */
  readonly leastSeconds: number;
}

/** What an evaluation is expected to take before it runs; every number is of both sides and all runs together. */
export interface Estimate {
  /** Extractions that have to run; what is kept is not counted. */
  readonly extractions: number;
  /** Of those, the ones for which nothing was measured before; the mean of the others stands in. */
  readonly guessed: number;
  readonly shards: number;
  readonly wallSeconds: number;
  /** Null: no price is known (local runs). */
  readonly computeUsd: number | null;
  /** What the extractor reported for the same documents; null when it reports nothing. */
  readonly reportedUsd: number | null;
}
