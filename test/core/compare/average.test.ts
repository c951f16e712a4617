import { describe, expect, it } from 'vitest';
import { averageRuns } from '../../../src/core/compare/average.js';
import type { Counts, DocumentScore } from '../../../src/core/words.js';
import { runOf } from '../judge/support.js';

const NONE: Counts = { correct: 0, wrong: 0, missing: 0, spurious: 0, absent: 0 };

describe('averaging the runs of one side', () => {
  it('gives means of scores, sums of counts, and the lowest and highest score of each field', () => {
    const side = averageRuns([runOf('a', 'rr'), runOf('a', 'rw'), runOf('a', 'rr')], 2);
    expect(side).toMatchObject({ status: 'ok', runs: 3, low: [1, 0], high: [1, 1] });
    expect(side.fields[0]).toBe(1);
    expect(side.fields[1]).toBeCloseTo(2 / 3, 12);
    expect(side.score).toBeCloseTo(2.5 / 3, 12);
    expect(side.exact).toBeCloseTo(2 / 3, 12);
    expect(side.counts[1]).toEqual({ ...NONE, correct: 2, wrong: 1 });
  });
  it('counts a run that stayed silent, beside one that was spurious, as right', () => {
    expect(averageRuns([runOf('a', 'a'), runOf('a', 's')], 1).fields).toEqual([0.5]);
  });
  it('counts a run that failed, beside one that was spurious, as wrong', () => {
    const side = averageRuns([runOf('a', { failed: 'crashed', labels: 'a' }), runOf('a', 's')], 1);
    expect(side.fields).toEqual([0]);
  });
  it('has no score for a field that is absent in every run', () => {
    expect(averageRuns([runOf('a', 'ra'), runOf('a', 'ra')], 2)).toMatchObject({
      fields: [1, null],
      low: [1, null],
    });
  });
  it('is not measured without runs', () => {
    const side = averageRuns([], 2);
    expect(side).toMatchObject({ status: 'not-run', runs: 0, score: null, exact: 0, fields: [null, null] });
    expect(side.seconds).toBeUndefined();
    expect(side.usd).toBeUndefined();
  });
  it('is ok when any run gave a prediction, and names the most frequent failure when none did', () => {
    const crash = runOf('a', { failed: 'crashed', labels: 'r' });
    const late = runOf('a', { failed: 'timeout', labels: 'r' });
    expect(averageRuns([crash, runOf('a', 'r')], 1)).toMatchObject({ status: 'ok', score: 0.5 });
    expect(averageRuns([late, crash, late], 1)).toMatchObject({ status: 'timeout', score: 0 });
    expect(averageRuns([late, crash], 1).status).toBe('crashed');
  });
  it('times only runs that came to their end, and leaves out money that was not reported', () => {
    const runs = [
      { ...runOf('a', 'r', 2), usd: 0.02 },
      runOf('a', { failed: 'timeout', labels: 'r' }, 60),
      { ...runOf('a', 'r', 4), usd: Number.NaN },
    ];
    expect(averageRuns(runs, 1)).toMatchObject({ seconds: 3, usd: 0.02 });
  });
  it('keeps the columns of a table with their own range', () => {
    const table = (first: Counts, second: Counts): DocumentScore => ({
      id: 'a',
      score: 0.5,
      exact: false,
      cells: [],
      fields: [{ counts: NONE, score: 0.5, columns: [first, second] }],
    });
    const [good, half] = [
      { ...NONE, correct: 2 },
      { ...NONE, correct: 1, wrong: 1 },
    ];
    const run = (score: DocumentScore) => ({ score, status: 'ok' as const, seconds: 1 });
    const side = averageRuns([run(table(good, good)), run(table(good, half))], 1);
    expect(side.columns).toEqual([
      [
        { ...NONE, correct: 4 },
        { ...NONE, correct: 3, wrong: 1 },
      ],
    ]);
    expect(side.columnsLow).toEqual([[1, 0.5]]);
    expect(side.columnsHigh).toEqual([[1, 1]]);
  });
});
