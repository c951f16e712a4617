/** Time and money of runs: what half of them, and nineteen of twenty, stay within. */
import { nearestRank } from '../../../core/stats/nearest-rank.js';
import type { Measured } from './read.js';

const DAY_MS = 86_400_000;

export interface Effort {
  readonly runs: number;
  /** Wall seconds; null: none was measured. */
  readonly seconds: Percentiles;
  /** US dollars, of the runs whose cost is known; null: of none. */
  readonly usd: Percentiles;
  readonly usdRuns: number;
  readonly usdInAll: number | null;
}

export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface Stretch extends Effort {
  readonly from: Date;
}

export function effort(measured: readonly Measured[]): Effort {
  const seconds = measured.map(({ pipeline }) => pipeline.seconds);
  const usd = measured.flatMap(({ pipeline }) => (pipeline.usd === null ? [] : [pipeline.usd]));
  return {
    runs: measured.length,
    seconds: percentiles(seconds),
    usd: percentiles(usd),
    usdRuns: usd.length,
    usdInAll: usd.length === 0 ? null : usd.reduce((a, b) => a + b, 0),
  };
}

const percentiles = (values: readonly number[]): Percentiles => ({
  p50: nearestRank(values, 0.5),
  p95: nearestRank(values, 0.95),
});

/** Days of one line of the table: about a dozen lines for each period. */
export function stretchDays(days: number): number {
  return days <= 7 ? 1 : days <= 90 ? 7 : 30;
}

/** Newest first, counted back from now; those without a run are left out. */
export function stretches(measured: readonly Measured[], nowMs: number, days: number): readonly Stretch[] {
  const lengthMs = stretchDays(days) * DAY_MS;
  const groups = new Map<number, Measured[]>();
  for (const one of measured) {
    const back = Math.max(0, Math.floor((nowMs - one.run.createdAt.getTime()) / lengthMs));
    const group = groups.get(back);
    if (group === undefined) groups.set(back, [one]);
    else group.push(one);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([back, of]) => ({
      // The oldest one ends with the period.
      from: new Date(nowMs - Math.min((back + 1) * lengthMs, days * DAY_MS)),
      ...effort(of),
    }));
}
