/**
 * A line small enough to stand in a table or a tile. Its geometry only: a page may have fifty, for which ECharts takes
 * half a second.
 */
import { datasetMarks, segmentsOf, thin, type Reading } from './series.js';

/** In the units of the drawing, rounded to tenths. */
export interface Spark {
  readonly width: number;
  readonly height: number;
  /** `d` of paths, one for each stretch that is joined. */
  readonly lines: readonly string[];
  /** Readings that no line reaches. */
  readonly dots: readonly { readonly x: number; readonly y: number }[];
  readonly last: { readonly x: number; readonly y: number } | null;
  /** Where a new version of the dataset came in. */
  readonly borders: readonly number[];
}

export interface SparkSize {
  readonly width: number;
  readonly height: number;
  /** The time that all of a page's small lines span, so that they can be read below each other. */
  readonly from: Date;
  readonly to: Date;
}

/** Percentage points that the line's box is high at least: a small change looks small. */
export const SPARK_POINTS = 5;
const MAX_DRAWN = 120;
const MARGIN = 4;

/** Null: there is no score to draw. */
export function spark(readings: readonly Reading[], { width, height, from, to }: SparkSize): Spark | null {
  const values = readings.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length === 0) return null;
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const range = Math.max(SPARK_POINTS / 100, high - low);
  // Where the box is higher than the line, the line stands in its middle.
  const bottom = (low + high - range) / 2;
  const span = to.getTime() - from.getTime();
  const x = (at: Date): number =>
    tenths(span <= 0 ? width / 2 : MARGIN + ((at.getTime() - from.getTime()) / span) * (width - 2 * MARGIN));
  const y = (value: number): number =>
    tenths(height - MARGIN - ((value - bottom) / range) * (height - 2 * MARGIN));
  const segments = segmentsOf(readings);
  const stretches = thin(segments, MAX_DRAWN).flatMap((segment) => scoredStretches(segment.readings));
  const points = stretches.map((of) => of.map(({ at, value }) => ({ x: x(at), y: y(value) })));
  return {
    width,
    height,
    lines: points
      .filter((of) => of.length > 1)
      .map((of) => of.map((point, i) => `${i === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('')),
    dots: points.flatMap((of) => (of.length === 1 ? of : [])),
    last: points.at(-1)?.at(-1) ?? null,
    borders: datasetMarks(segments)
      .slice(-MAX_DRAWN)
      .map(({ at }) => x(at)),
  };
}

type Scored = Reading & { readonly value: number };

/** Neighbours that both have a score. */
function scoredStretches(readings: readonly Reading[]): Scored[][] {
  const found: Scored[][] = [[]];
  for (const { value, ...rest } of readings) {
    if (value === null) found.push([]);
    else found.at(-1)?.push({ ...rest, value });
  }
  return found.filter((of) => of.length > 0);
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
