import { describe, expect, it } from 'vitest';
import {
  datasetMarks,
  development,
  segmentsOf,
  thin,
  type Reading,
} from '../../../src/core/charts/series.js';

const DAY = 86_400_000;
const reading = (day: number, value: number | null, datasetVersion = 'a'): Reading => ({
  at: new Date(day * DAY),
  value,
  datasetVersion,
});

describe('segments', () => {
  it('begin anew with each version of the dataset, also with one that comes back', () => {
    const segments = segmentsOf([
      reading(1, 0.9),
      reading(2, 0.8),
      reading(3, 0.5, 'b'),
      reading(4, 0.9, 'a'),
    ]);
    expect(segments.map(({ datasetVersion, readings }) => [datasetVersion, readings.length])).toEqual([
      ['a', 2],
      ['b', 1],
      ['a', 1],
    ]);
    expect(datasetMarks(segments)).toEqual([
      { at: new Date(3 * DAY), label: 'b' },
      { at: new Date(4 * DAY), label: 'a' },
    ]);
  });

  it('are none where nothing was measured', () => {
    expect(segmentsOf([])).toEqual([]);
    expect(datasetMarks([])).toEqual([]);
  });
});

describe('the development', () => {
  it('is that under the newest version: values of an older one are not compared with', () => {
    const told = development([
      reading(1, 0.99),
      reading(2, 0.9, 'b'),
      reading(3, 0.7, 'b'),
      reading(4, 0.85, 'b'),
    ]);
    expect(told).toMatchObject({ first: 0.9, last: 0.85, lowest: 0.7, measurements: 3 });
    expect(told?.change).toBeCloseTo(-0.05, 12);
    expect(told?.lowestAt).toEqual(new Date(3 * DAY));
  });

  it('has no change where one measurement is all there is', () => {
    expect(development([reading(1, 0.99), reading(2, 0.9, 'b')])).toMatchObject({
      first: 0.9,
      last: 0.9,
      change: null,
    });
  });

  it.each([
    ['nothing was measured', []],
    ['nothing has a score', [reading(1, null), reading(2, null)]],
  ])('is none where %s', (_, readings) => {
    expect(development(readings)).toBeNull();
  });
});

describe('thinning', () => {
  const long = Array.from({ length: 2_000 }, (_, i) =>
    reading(i, i === 777 ? 0.1 : i === 1_300 ? 1 : 0.9 + (i % 10) / 1_000, i < 500 ? 'a' : 'b'),
  );
  const all = thin(segmentsOf(long), 100).flatMap(({ readings }) => readings);

  it('keeps to the limit, in order', () => {
    expect(all.length).toBeLessThanOrEqual(100);
    expect(all.length).toBeGreaterThan(80);
    expect(all.map(({ at }) => at.getTime())).toEqual(
      all.map(({ at }) => at.getTime()).sort((a, b) => a - b),
    );
  });

  it('keeps each segment\u2019s ends, and its lowest and highest values', () => {
    for (const day of [0, 499, 500, 777, 1_300, 1_999])
      expect(all.some(({ at }) => at.getTime() === day * DAY)).toBe(true);
  });

  it('leaves alone what fits', () => {
    const segments = segmentsOf(long.slice(0, 100));
    expect(thin(segments, 100)).toBe(segments);
  });

  it('keeps the newest where there are more segments than room', () => {
    const alternating = Array.from({ length: 50 }, (_, i) => reading(i, 0.9, String(i)));
    expect(thin(segmentsOf(alternating), 10).map(({ datasetVersion }) => datasetVersion)).toEqual(
      Array.from({ length: 10 }, (_, i) => String(40 + i)),
    );
  });

  it('says something where nothing has a score', () => {
    const unscored = Array.from({ length: 50 }, (_, i) => reading(i, null));
    expect(thin(segmentsOf(unscored), 10).flatMap(({ readings }) => readings)).toHaveLength(1);
  });
});
