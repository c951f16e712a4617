import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../src/core/charts/series.js';
import { spark } from '../../../src/core/charts/spark.js';
import { trendChart } from '../../../src/core/charts/trend.js';
import { HOSTILE_TEXTS } from '../../support/report.js';

const DAY = 86_400_000;
const at = (day: number): Date => new Date(Date.UTC(2026, 7, 1) + day * DAY);
const reading = (day: number, value: number | null, datasetVersion = 'a'): Reading => ({
  at: at(day),
  value,
  datasetVersion,
});
const draw = (readings: readonly Reading[], more: Partial<Parameters<typeof trendChart>[0]> = {}): string =>
  trendChart({ readings, releases: [], undetectable: null, label: 'a label', ...more }) ?? 'none';

/** The line's own paths, each with the places that it joins. */
function lines(svg: string): string[][] {
  return [
    ...svg.matchAll(/<path d="([^"]*)"[^>]*stroke="var\(--chart-good\)"[^>]*stroke-width="2.5"/g),
  ].flatMap(([, d = '']) =>
    d
      .split('M')
      .filter((part) => part !== '')
      .map((part) => part.split(/[LC]/)),
  );
}

const texts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);

describe('the chart of a trend', () => {
  it('joins the measurements of one dataset version, and not those of two', () => {
    const one = [1, 2, 3, 4].map((day) => reading(day, 0.9));
    expect(lines(draw(one)).filter((points) => points.length > 1)).toHaveLength(1);
    const two = [...one.slice(0, 2), reading(3, 0.5, 'b'), reading(4, 0.5, 'b')];
    const joined = lines(draw(two)).filter((points) => points.length > 1);
    expect(joined.map((points) => points.length)).toEqual([2, 2]);
  });

  it('marks releases and new dataset versions with their names', () => {
    const svg = draw([reading(1, 0.9), reading(30, 0.91), reading(40, 0.8, 'v2'), reading(60, 0.8, 'v2')], {
      releases: [{ at: at(12), label: 'v1.0.0' }],
    });
    expect(texts(svg)).toEqual(expect.arrayContaining(['v1.0.0', 'v2']));
  });

  it('gives releases of one day one label that counts them', () => {
    const svg = draw([reading(1, 0.9), reading(60, 0.91)], {
      releases: [0, 0.1, 0.2].map((more, i) => ({ at: at(30 + more), label: `v1.${i}` })),
    });
    expect(texts(svg)).toContain('v1.0 +2');
    expect(texts(svg)).not.toContain('v1.1');
  });

  it('leaves out releases before the first measurement', () => {
    const svg = draw([reading(10, 0.9), reading(20, 0.9)], { releases: [{ at: at(2), label: 'v0.1' }] });
    expect(texts(svg)).not.toContain('v0.1');
  });

  it('draws a single measurement as a dot with its value', () => {
    const svg = draw([reading(1, 0.912)]);
    expect(texts(svg)).toContain('91.2 %');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('says the lowest value where it is not the last one', () => {
    expect(texts(draw([reading(1, 0.9), reading(2, 0.8), reading(3, 0.85)]))).toContain('lowest 80.0 %');
    expect(texts(draw([reading(1, 0.9), reading(2, 0.8)])).join()).not.toContain('lowest');
  });

  it('is none where nothing has a score', () => {
    expect(draw([])).toBe('none');
    expect(draw([reading(1, null), reading(2, null)])).toBe('none');
  });

  it('draws a flat line of nothing right and of everything right', () => {
    for (const value of [0, 1])
      expect(draw([reading(1, value), reading(2, value)], { undetectable: 0.02 })).not.toMatch(
        /NaN|undefined|Infinity/,
      );
  });

  it('holds nothing that a strict content policy forbids, and the page\u2019s own colours', () => {
    const svg = draw([reading(1, 0.9), reading(2, 0.8)], { releases: [{ at: at(1.5), label: 'v1' }] });
    expect(svg).not.toMatch(/<style| style=|<script| on\w+=/);
    expect(svg).not.toMatch(/#01010/);
    expect(svg).toContain('var(--chart-good)');
    expect(svg).toMatch(/^<svg role="img" aria-label="a label"/);
  });

  it('shows hostile names as text', () => {
    for (const text of HOSTILE_TEXTS) {
      const svg = draw([reading(1, 0.9, 'a'), reading(30, 0.9, text)], {
        releases: [{ at: at(10), label: text }],
        label: text.slice(0, 500),
      });
      expect(svg).not.toMatch(/<(?:script|img|iframe|!--)/i);
      // eslint-disable-next-line no-control-regex
      expect(texts(svg).join('')).not.toMatch(/[\u0000-\u001f\u202e\u200b]/);
    }
  });

  it('stays small with 2,000 measurements', () => {
    const many = Array.from({ length: 2_000 }, (_, i) => reading(i / 5, 0.9 + (i % 7) / 100));
    const svg = draw(many);
    expect(lines(svg).flat().length).toBeLessThanOrEqual(400);
    expect(svg.length).toBeLessThan(40_000);
  });
});

describe('a small line', () => {
  const size = { width: 200, height: 50, from: at(0), to: at(10) };

  it('has a path for each stretch that is joined, and dots for what stands alone', () => {
    const drawn = spark(
      [reading(0, 0.9), reading(1, 0.9), reading(2, null), reading(3, 0.9), reading(5, 0.5, 'b')],
      size,
    );
    expect(drawn?.lines).toHaveLength(1);
    expect(drawn?.dots).toHaveLength(2);
    expect(drawn?.borders).toHaveLength(1);
    expect(drawn?.last?.x).toBe(100);
  });

  it('makes a small change look small', () => {
    const drawn = spark([reading(0, 0.9), reading(10, 0.905)], size);
    const [from = 0, to = 0] = [...(drawn?.lines[0] ?? '').matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) =>
      Number(y),
    );
    expect(from - to).toBeGreaterThan(3);
    expect(from - to).toBeLessThan(6);
  });

  it('stays within its box', () => {
    const drawn = spark([reading(0, 0.1), reading(5, 1), reading(10, 0)], size);
    const ys = [...(drawn?.lines[0] ?? '').matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
    expect(ys).toHaveLength(3);
    expect(Math.min(...ys)).toBe(4);
    expect(Math.max(...ys)).toBe(46);
  });

  it('is none without a score', () => {
    expect(spark([], size)).toBeNull();
    expect(spark([reading(1, null)], size)).toBeNull();
  });
});
