import { normalQuantile, tQuantile } from './quantiles.js';

/** A mean with its uncertainty, or why there is none; never an interval of width zero that pretends to know. */
export type Estimate =
  | {
      readonly kind: 'estimate';
      readonly mean: number;
      readonly standardError: number;
      /** Independent clusters − 1. */
      readonly df: number;
    }
  | {
      readonly kind: 'not-enough-data';
      /** `no-variation`: every value is the same, so the spread of a population cannot be judged from them. */
      readonly reason: 'no-values' | 'one-cluster' | 'no-variation';
      readonly mean: number | null;
    };

/** Spread below which values are rounding errors of one number. */
const NO_VARIATION = 1e-12;

/**
 * Mean of values with a cluster-robust standard error:
 * SE² = G/(G−1) · Σ over clusters (Σ in the cluster (x − mean))² / n².
 * With one value in each cluster that is the usual s²/n.
 *
 * @param values any unit
 * @param clusters for each value the number of its cluster, 0 … clusterCount − 1; values of a cluster are not independent
 * Source: K.-Y. Liang and S. Zeger (1986), with the small-sample factor G/(G−1).
 */
export function clusteredMean(
  values: ArrayLike<number>,
  clusters: ArrayLike<number>,
  clusterCount: number,
): Estimate {
  const n = values.length;
  if (n === 0) return { kind: 'not-enough-data', reason: 'no-values', mean: null };
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i] ?? 0;
  const mean = sum / n;
  const residuals = new Float64Array(n);
  for (let i = 0; i < n; i++) residuals[i] = ((values[i] ?? 0) - mean) / n;
  return clusteredSum(mean, residuals, clusters, clusterCount);
}

/**
 * The same for an estimate that is not a plain mean: `influence` says how much each value moves it (they sum to zero).
 * This is the linearisation of a ratio of sums, for accuracies pooled over cells.
 */
export function clusteredSum(
  mean: number,
  influence: ArrayLike<number>,
  clusters: ArrayLike<number>,
  clusterCount: number,
): Estimate {
  const sums = new Float64Array(clusterCount);
  const seen = new Uint8Array(clusterCount);
  let groups = 0;
  for (let i = 0; i < influence.length; i++) {
    const cluster = clusters[i] ?? 0;
    sums[cluster] = (sums[cluster] ?? 0) + (influence[i] ?? 0);
    if (seen[cluster] === 0) {
      seen[cluster] = 1;
      groups++;
    }
  }
  if (groups < 2) return { kind: 'not-enough-data', reason: 'one-cluster', mean };
  let squares = 0;
  for (const value of sums) squares += value * value;
  const standardError = Math.sqrt((squares * groups) / (groups - 1));
  if (!(standardError > NO_VARIATION)) return { kind: 'not-enough-data', reason: 'no-variation', mean };
  return { kind: 'estimate', mean, standardError, df: groups - 1 };
}

/** Two-sided t interval of an estimate at `level` (0.95), in the estimate's unit; undefined without enough data. */
export function interval(estimate: Estimate, level = 0.95): readonly [number, number] | undefined {
  if (estimate.kind !== 'estimate') return undefined;
  const reach = tQuantile(1 - (1 - level) / 2, estimate.df) * estimate.standardError;
  return [estimate.mean - reach, estimate.mean + reach];
}

/**
 * Wilson's score interval for a proportion of `k` in `n`; undefined when n is 0.
 * Source: E. B. Wilson, JASA 22 (1927).
 */
export function wilson(k: number, n: number, level = 0.95): readonly [number, number] | undefined {
  if (!(n > 0)) return undefined;
  const z = normalQuantile(1 - (1 - level) / 2);
  const p = k / n;
  const scale = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / scale;
  const reach = (z / scale) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [k === 0 ? 0 : Math.max(0, centre - reach), k === n ? 1 : Math.min(1, centre + reach)];
}
