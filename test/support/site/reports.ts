/**
 * Many different reports out of one that the product made: as they come when a repository lives for months. Scores drift,
 * sides are swapped, noise is added; sums and outcomes stay those of a report that could be.
 */
import type { FieldDifference, Report, ReportCell, ReportDocument } from '../../../src/core/report/schema.js';
import { percent } from '../../../src/core/report/values.js';

/** mulberry32: the same numbers for the same seed, everywhere. Gives 0 ≤ n < 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Nothing differs between base and head: both are what the base was. */
export function unchanged(report: Report): Report {
  const still = (field: FieldDifference): FieldDifference => ({
    ...field,
    head: field.base,
    delta: 0,
    ci: [0, 0],
    p: 1,
    p_adjusted: 1,
    regressed: 0,
    fixed: 0,
    blocked: false,
  });
  return {
    ...report,
    verdict: 'pass',
    blocked: false,
    reasons: [
      {
        code: 'no_drop',
        level: 'info',
        text: `No score fell on any of the ${report.dataset.documents} documents.`,
      },
    ],
    overall: {
      ...report.overall,
      head: report.overall.base,
      delta: 0,
      ci: [0, 0],
      p: 1,
      documents_regressed: 0,
      documents_fixed: 0,
    },
    documents_exact: { ...report.documents_exact, head: report.documents_exact.base },
    fields: report.fields.map((field) => ({
      ...still(field),
      ...(field.columns === undefined ? {} : { columns: field.columns.map(still) }),
    })),
    slices: report.slices.map((slice) => ({
      ...slice,
      head: slice.base,
      delta: 0,
      ci: null,
      p: 1,
      p_adjusted: 1,
      regressed: 0,
      fixed: 0,
      blocked: false,
    })),
    hidden_losses: [],
    documents: report.documents.flatMap((document): ReportDocument[] => {
      const cells = document.cells.filter(({ change }) => change === 'same');
      return [{ ...document, head: document.base, cells }];
    }),
    failures: [],
  };
}

/** What the base was is the head, and the other way round: a loss becomes a gain. */
export function swapped(report: Report): Report {
  const turned = (field: FieldDifference): FieldDifference => ({
    ...field,
    ...turn(field),
    base: field.head,
    head: field.base,
  });
  return {
    ...report,
    verdict: 'pass',
    blocked: false,
    reasons: [
      {
        code: 'no_drop',
        level: 'info',
        text: `No score fell; the overall score rose from ${percent(report.overall.head)} to ${percent(report.overall.base)}.`,
      },
    ],
    overall: {
      ...report.overall,
      base: report.overall.head,
      head: report.overall.base,
      delta: minus(report.overall.delta),
      ci: mirrored(report.overall.ci),
      documents_regressed: report.overall.documents_fixed,
      documents_fixed: report.overall.documents_regressed,
    },
    documents_exact: {
      ...report.documents_exact,
      base: report.documents_exact.head,
      head: report.documents_exact.base,
    },
    fields: report.fields.map((field) => ({
      ...turned(field),
      ...(field.columns === undefined ? {} : { columns: field.columns.map(turned) }),
    })),
    slices: report.slices.map((slice) => ({ ...slice, ...turn(slice), base: slice.head, head: slice.base })),
    documents: report.documents.map((document) => ({
      ...document,
      base: document.head,
      head: document.base,
      base_status: document.head_status,
      head_status: document.base_status,
      cells: document.cells.map(turnCell),
    })),
    failures: report.failures.map((failure) => ({
      ...failure,
      side: failure.side === 'head' ? ('base' as const) : ('head' as const),
    })),
  };
}

const minus = (delta: number | null): number | null => (delta === null ? null : 0 - delta);
const mirrored = (ci: Report['overall']['ci']): Report['overall']['ci'] =>
  ci === null ? null : [0 - ci[1], 0 - ci[0]];

function turn(of: {
  readonly delta: number | null;
  readonly ci: Report['overall']['ci'];
  readonly regressed: number;
  readonly fixed: number;
}): {
  delta: number | null;
  ci: Report['overall']['ci'];
  regressed: number;
  fixed: number;
  blocked: boolean;
} {
  return {
    delta: minus(of.delta),
    ci: mirrored(of.ci),
    regressed: of.fixed,
    fixed: of.regressed,
    blocked: false,
  };
}

const TURNED = { regressed: 'fixed', fixed: 'regressed', changed: 'changed', same: 'same' } as const;

function turnCell(cell: ReportCell): ReportCell {
  return {
    ...cell,
    base: cell.head,
    head: cell.base,
    base_outcome: cell.head_outcome,
    head_outcome: cell.base_outcome,
    change: TURNED[cell.change],
  };
}

/** Both sides of every field moved by its number of `by` (a fraction), as another state of the main branch would be. */
export function moved(report: Report, by: (field: string) => number): Report {
  const shift = (field: FieldDifference): FieldDifference => {
    const difference = by(field.field);
    return { ...field, base: shiftSide(field.base, difference), head: shiftSide(field.head, difference) };
  };
  const fields = report.fields.map((field) => ({
    ...shift(field),
    ...(field.columns === undefined ? {} : { columns: field.columns.map(shift) }),
  }));
  const mean = report.fields.reduce((sum, { field }) => sum + by(field), 0) / Math.max(1, fields.length);
  const overall = (score: number | null): number | null => (score === null ? null : bounded(score + mean));
  return {
    ...report,
    fields,
    overall: { ...report.overall, base: overall(report.overall.base), head: overall(report.overall.head) },
  };
}

const bounded = (score: number): number => Math.min(1, Math.max(0, score));

function shiftSide(side: FieldDifference['base'], by: number): FieldDifference['base'] {
  if (side.accuracy === null) return side;
  const all = side.correct + side.wrong + side.missing + side.spurious;
  const correct = Math.min(all, Math.max(0, Math.round(all * bounded(side.accuracy + by))));
  const accuracy = all === 0 ? side.accuracy : correct / all;
  return { ...side, correct, wrong: all - correct, missing: 0, spurious: 0, accuracy };
}

/** The extractor answers differently now and then: fields that differ between two runs, and a statistical verdict. */
export function noisy(report: Report, fields: readonly string[]): Report {
  return {
    ...report,
    deterministic: false,
    judged: 'statistical',
    runs: { base: 3, head: 3 },
    noise: {
      ...report.noise,
      sampled: 20,
      fields: fields.map((field, i) => ({
        field,
        side: 'base',
        values_differ: 1 + (i % 3),
        scores_differ: 1,
        of: 20,
      })),
      self_check: { would_block: false, flip_rate: 0.017, reasons: [] },
    },
  };
}
