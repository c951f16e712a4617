/** The sentences of a repository's page. */
import { development, type Development, type Reading } from '../../../core/charts/series.js';
import { count, percent, plural, points } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';
import type { TrendPoint } from '../../../ports/insight.js';
import { day } from '../parts/time.js';

export const shortVersion = (version: string): string => name(version, 64).slice(0, 10);

export function overallReadings(trend: readonly TrendPoint[]): readonly Reading[] {
  return trend.map(({ at, overall, datasetVersion }) => ({ at, value: overall, datasetVersion }));
}

export interface FieldTrend {
  readonly field: string;
  readonly readings: readonly Reading[];
  readonly development: Development | null;
}

/** Fields of the newest measurement; the largest fall first, those with nothing to compare last. */
export function fieldTrends(trend: readonly TrendPoint[]): readonly FieldTrend[] {
  const byField = trend.map(({ fields }) => new Map(fields.map(({ field, accuracy }) => [field, accuracy])));
  return (trend.at(-1)?.fields ?? [])
    .map(({ field }) => {
      const readings = trend.flatMap(({ at, datasetVersion }, i) => {
        const value = byField[i]?.get(field);
        return value === undefined ? [] : [{ at, value, datasetVersion }];
      });
      return { field, readings, development: development(readings) };
    })
    .sort((a, b) => (a.development?.change ?? Infinity) - (b.development?.change ?? Infinity));
}

export type Direction = 'fell' | 'rose' | 'same' | 'unknown';

const NOTHING = 1e-9;

export function direction(change: number | null): Direction {
  if (change === null) return 'unknown';
  return change < -NOTHING ? 'fell' : change > NOTHING ? 'rose' : 'same';
}

/** `fell by 0.9 points`, `rose by 1.0 point`. */
export function changeInWords(change: number | null): string {
  const way = direction(change);
  if (way === 'unknown') return 'measured once';
  if (way === 'same') return 'as it was';
  const by = points(change).slice(1);
  return `${way} by ${by} ${by === '1.0' ? 'point' : 'points'}`;
}

/** `2.1 points`. */
export function pointsOf(fraction: number): string {
  const by = points(fraction).slice(1);
  return `${by} ${by === '1.0' ? 'point' : 'points'}`;
}

export function undetectable(drop: number | null, documents: number): string {
  return drop === null
    ? `What drop could be seen with ${plural(documents, 'document')} is not known.`
    : `A drop below ${pointsOf(drop)} cannot be seen with ${plural(documents, 'document')}.`;
}

/** What the chart of the trend shows, for those who cannot see it. */
export function trendSentence(
  what: string,
  readings: readonly Reading[],
  marks: { readonly releases: number; readonly versions: number },
): string {
  const first = readings[0];
  const last = readings.at(-1);
  if (first === undefined || last === undefined) return `${what} was not measured.`;
  const told = development(readings);
  const span =
    day(first.at) === day(last.at) ? `on ${day(first.at)}` : `from ${day(first.at)} to ${day(last.at)}`;
  const values =
    told === null
      ? 'no score under the newest dataset version'
      : told.measurements === 1
        ? `${percent(told.last)} at the one measurement under the newest dataset version`
        : `first ${percent(told.first)}, last ${percent(told.last)}, lowest ${percent(told.lowest)} on ${day(told.lowestAt)}: it ${changeInWords(told.change).replace('as it was', 'is as it was')}`;
  const marked = [
    ...(marks.versions > 1 ? [`${count(marks.versions)} dataset versions, which are not joined`] : []),
    ...(marks.releases > 0 ? [`${plural(marks.releases, 'release')} marked`] : []),
  ];
  return `${what}, ${plural(readings.length, 'measurement')} ${span}: ${[values, ...marked].join('; ')}.`;
}
