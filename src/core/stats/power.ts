import type { Estimate } from './intervals.js';
import { normalQuantile, tQuantile } from './quantiles.js';

/** Chance of seeing a real drop that is exactly as large as "the smallest detectable one". */
export const POWER = 0.8;

/**
 * Smallest true drop that a test at the given level would see with power 0.8, from the observed spread:
 * (t at 1 − level + t at power) · standard error. With `df` = Infinity the normal quantiles.
 *
 * @param level one-sided level of the test
 * @returns in the unit of the standard error, > 0
 * Source: H. S. Bloom, "Minimum detectable effects", Evaluation Review 19 (1995).
 */
export function smallestDetectable(standardError: number, df: number, level: number, power = POWER): number {
  return (tQuantile(1 - level, df) + tQuantile(power, df)) * standardError;
}

/** The same of an estimate; undefined when it has no spread to go by. */
export function smallestDetectableOf(estimate: Estimate, level: number): number | undefined {
  return estimate.kind === 'estimate'
    ? smallestDetectable(estimate.standardError, estimate.df, level)
    : undefined;
}

/**
 * Independent units that are needed to see a drop of `drop` with the given power, from the standard deviation of one
 * unit's difference: ⌈(z at 1 − level + z at power)² · sd² / drop²⌉; undefined when either is not above zero.
 */
export function unitsNeeded(
  drop: number,
  standardDeviation: number,
  level: number,
  power = POWER,
): number | undefined {
  if (!(drop > 0) || !(standardDeviation > 0)) return undefined;
  const z = normalQuantile(1 - level) + normalQuantile(power);
  return Math.ceil(((z * standardDeviation) / drop) ** 2);
}
