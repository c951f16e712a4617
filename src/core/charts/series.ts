/**
 * How a score developed. Scores under different versions of a dataset are not comparable: a new version starts a new
 * segment, and nothing is joined or computed across the border.
 */

export interface Reading {
  readonly at: Date;
  /** Fraction; null: measured, and there was nothing to score. */
  readonly value: number | null;
  readonly datasetVersion: string;
}

export type Readings = readonly [Reading, ...Reading[]];

export interface Segment {
  readonly datasetVersion: string;
  /** Oldest first. */
  readonly readings: Readings;
}

/** A moment that readers of a chart know by its name. */
export interface Mark {
  readonly at: Date;
  readonly label: string;
}

/** `readings`: oldest first. */
export function segmentsOf(readings: readonly Reading[]): readonly Segment[] {
  const found: { datasetVersion: string; readings: [Reading, ...Reading[]] }[] = [];
  for (const reading of readings) {
    const last = found.at(-1);
    if (last?.datasetVersion === reading.datasetVersion) last.readings.push(reading);
    else found.push({ datasetVersion: reading.datasetVersion, readings: [reading] });
  }
  return found;
}

/** Where a new version of the dataset came in; the first segment has none. */
export function datasetMarks(segments: readonly Segment[]): readonly Mark[] {
  return segments.slice(1).map(({ datasetVersion, readings: [first] }) => ({
    at: first.at,
    label: datasetVersion,
  }));
}

/** What happened under the newest version of the dataset; values are fractions. */
export interface Development {
  readonly first: number;
  readonly last: number;
  readonly lowest: number;
  readonly lowestAt: Date;
  /** Last minus first; null where one measurement is all there is. */
  readonly change: number | null;
  readonly measurements: number;
}

/** Null: the newest version of the dataset has no score. */
export function development(readings: readonly Reading[]): Development | null {
  const newest: readonly Reading[] = segmentsOf(readings).at(-1)?.readings ?? [];
  const scored = newest.filter((one): one is Reading & { value: number } => one.value !== null);
  const [first] = scored;
  const last = scored.at(-1);
  if (first === undefined || last === undefined) return null;
  const lowest = scored.reduce((low, one) => (one.value < low.value ? one : low));
  return {
    first: first.value,
    last: last.value,
    lowest: lowest.value,
    lowestAt: lowest.at,
    change: scored.length === 1 ? null : last.value - first.value,
    measurements: scored.length,
  };
}

/**
 * At most `max` readings to draw. Each segment gives up its share: its first and last stay, what is between is cut into
 * stretches of equal length, and of each stretch the lowest and the highest stay, so that no fall is drawn away. Where
 * a segment is thinned, readings without a score go. With more segments than `max`, the newest stay.
 */
export function thin(segments: readonly Segment[], max: number): readonly Segment[] {
  const total = segments.reduce((sum, { readings }) => sum + readings.length, 0);
  if (total <= max) return segments;
  let room = max;
  return [...segments]
    .reverse()
    .flatMap(({ datasetVersion, readings }) => {
      const share = Math.min(room, Math.max(1, Math.floor((max * readings.length) / total)));
      if (share === 0) return [];
      const kept = thinOne(readings, share);
      room -= kept.length;
      return [{ datasetVersion, readings: kept }];
    })
    .reverse();
}

function thinOne(readings: Readings, max: number): Readings {
  if (readings.length <= max) return readings;
  const scored = readings.filter(({ value }) => value !== null);
  const [first = readings[0], ...rest] = scored;
  const last = rest.at(-1);
  if (last === undefined || max < 4) return [last ?? first];
  if (scored.length <= max) return [first, ...rest];
  const inner = rest.slice(0, -1);
  const stretches = Math.floor((max - 2) / 2);
  const kept = Array.from({ length: stretches }, (_, i) =>
    inner.slice(Math.floor((i * inner.length) / stretches), Math.floor(((i + 1) * inner.length) / stretches)),
  ).flatMap((stretch) => {
    const byValue = [...stretch].sort((a, b) => (a.value ?? 0) - (b.value ?? 0));
    return stretch.filter((one) => one === byValue[0] || one === byValue.at(-1));
  });
  return [first, ...kept, last];
}
