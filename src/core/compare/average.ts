import type { Counts, DocumentScore, PredictionStatus, SideOfDocument } from '../words.js';

/** One run of the extractor on one document, scored. A run without a valid prediction is scored like an empty one. */
export interface ScoredRun {
  readonly score: DocumentScore;
  readonly status: PredictionStatus;
  readonly seconds: number;
  readonly usd?: number;
}

const NOTHING: Counts = { correct: 0, wrong: 0, missing: 0, spurious: 0, absent: 0 };
/** When several failures are equally frequent, the one that tells most about the code comes first. */
export const FAILURES: readonly PredictionStatus[] = [
  'crashed',
  'timeout',
  'memory',
  'output-limit',
  'invalid-output',
  'not-run',
];

/**
 * Runs of one side of one document → what is compared. Scores are means over the runs, counts are sums.
 *
 * A run in which a field has no score while another run has one: it stayed silent where the label has no value, and
 * counts as right (1); if it stayed silent because it failed, as wrong (0).
 *
 * @param fieldCount number of fields of the configuration; every score is aligned with them
 * @returns for no runs a side that was never measured: status `not-run`, every score null
 */
export function averageRuns(runs: readonly ScoredRun[], fieldCount: number): SideOfDocument {
  const fields: (number | null)[] = [];
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  const counts: Counts[] = [];
  const columns: (readonly Counts[] | undefined)[] = [];
  const columnsLow: (readonly (number | null)[] | undefined)[] = [];
  const columnsHigh: (readonly (number | null)[] | undefined)[] = [];
  for (let j = 0; j < fieldCount; j++) {
    const range = rangeOf(
      runs.map((run) => valid(run.score.fields[j]?.score)),
      runs,
    );
    fields.push(range.mean);
    low.push(range.low);
    high.push(range.high);
    counts.push(addUp(runs.map((run) => run.score.fields[j]?.counts ?? NOTHING)));
    const width = Math.max(0, ...runs.map((run) => run.score.fields[j]?.columns?.length ?? 0));
    if (width === 0) {
      columns.push(undefined);
      columnsLow.push(undefined);
      columnsHigh.push(undefined);
      continue;
    }
    const perColumn = Array.from({ length: width }, (_, k) =>
      runs.map((run) => run.score.fields[j]?.columns?.[k] ?? NOTHING),
    );
    const ranges = perColumn.map((column) => rangeOf(column.map(shareCorrect), runs));
    columns.push(perColumn.map(addUp));
    columnsLow.push(ranges.map((column) => column.low));
    columnsHigh.push(ranges.map((column) => column.high));
  }
  const finished = runs.filter((run) => run.status === 'ok' && Number.isFinite(run.seconds));
  const seconds = mean(finished.map((run) => run.seconds));
  const usd = mean(
    runs.flatMap((run) => (run.usd !== undefined && Number.isFinite(run.usd) ? [run.usd] : [])),
  );
  return {
    status: statusOf(runs),
    runs: runs.length,
    score: rangeOf(
      runs.map((run) => valid(run.score.score)),
      runs,
    ).mean,
    exact: mean(runs.map((run) => (run.status === 'ok' && run.score.exact ? 1 : 0))) ?? 0,
    fields,
    low,
    high,
    counts,
    columns,
    columnsLow,
    columnsHigh,
    ...(seconds === undefined ? {} : { seconds }),
    ...(usd === undefined ? {} : { usd }),
  };
}

/** correct / non-absent cells; null when every cell is absent. */
export function shareCorrect(counts: Counts): number | null {
  const cells = counts.correct + counts.wrong + counts.missing + counts.spurious;
  return cells === 0 ? null : counts.correct / cells;
}

function rangeOf(
  scores: readonly (number | null)[],
  runs: readonly ScoredRun[],
): { mean: number | null; low: number | null; high: number | null } {
  if (scores.every((score) => score === null)) return { mean: null, low: null, high: null };
  const filled = scores.map((score, run) => score ?? (runs[run]?.status === 'ok' ? 1 : 0));
  return { mean: mean(filled) ?? null, low: Math.min(...filled), high: Math.max(...filled) };
}

function statusOf(runs: readonly ScoredRun[]): PredictionStatus {
  if (runs.some((run) => run.status === 'ok')) return 'ok';
  const times = (status: PredictionStatus): number => runs.filter((run) => run.status === status).length;
  return FAILURES.reduce<PredictionStatus>(
    (most, status) => (times(status) > times(most) ? status : most),
    runs.length === 0 ? 'not-run' : 'crashed',
  );
}

function addUp(parts: readonly Counts[]): Counts {
  const sum = { ...NOTHING };
  for (const part of parts) {
    sum.correct += part.correct;
    sum.wrong += part.wrong;
    sum.missing += part.missing;
    sum.spurious += part.spurious;
    sum.absent += part.absent;
  }
  return sum;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function valid(score: number | null | undefined): number | null {
  return score === undefined || score === null || Number.isNaN(score) ? null : score;
}
