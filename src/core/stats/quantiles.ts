import jstat from 'jstat';

/** Quantile of the standard normal distribution at probability `p` in (0, 1). */
export function normalQuantile(p: number): number {
  return jstat.normal.inv(p, 0, 1);
}

/**
 * Quantile of Student's t at probability `p` in (0, 1) with `df` ≥ 1 degrees of freedom. From 10,000 degrees on the
 * normal quantile is used: they differ by less than 0.0003, and the library's iteration loses digits there.
 */
export function tQuantile(p: number, df: number): number {
  return df >= 10_000 ? normalQuantile(p) : jstat.studentt.inv(p, df);
}
