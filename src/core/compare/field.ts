import { signFlip } from '../stats/exact.js';
import { clusteredSum, type Estimate } from '../stats/intervals.js';
import type { Counts, SideOfDocument } from '../words.js';
import { type Loss, type Pairing, SCORE_EPSILON, scoreBeside } from './pairing.js';

/** Where a field's, or a column's, numbers stand in one side of a document. */
export interface Lens {
  readonly score: (side: SideOfDocument) => number | null;
  readonly counts: (side: SideOfDocument) => Counts | undefined;
}

export interface Rates {
  readonly accuracy: number | null;
  readonly f1: number | null;
  readonly precision: number | null;
  readonly recall: number | null;
}

/** One field, or one column, on both sides. Counts are cells in one run: where several runs were averaged, their mean. */
export interface FieldComparison {
  readonly base: Counts;
  readonly head: Counts;
  /** Accuracy of the head − accuracy of the base, over cells; null when no document has the field, or without a base. */
  readonly delta: number | null;
  readonly estimate: Estimate;
  /** Documents that have the field on one side at least. */
  readonly documents: number;
  /** Independent units among them. */
  readonly units: number;
  readonly regressed: readonly Loss[];
  /** Documents whose score rose. */
  readonly fixed: readonly number[];
  /** One-sided exact p for a drop, over units; null without a document to compare. */
  readonly p: number | null;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
const none = (): Mutable<Counts> => ({ correct: 0, wrong: 0, missing: 0, spurious: 0, absent: 0 });

export const fieldLens = (field: number): Lens => ({
  score: (side) => side.fields[field] ?? null,
  counts: (side) => side.counts[field],
});

export const columnLens = (field: number, column: number): Lens => ({
  score: (side) => {
    const counts = side.columns[field]?.[column];
    const cells = counts === undefined ? 0 : cellsOf(counts);
    return counts === undefined || cells === 0 ? null : counts.correct / cells;
  },
  counts: (side) => side.columns[field]?.[column],
});

/**
 * Compares one field over all documents. The difference is that of the accuracies over cells, as they are shown; its
 * standard error is the linearised one of a ratio, clustered. What the tests count is documents: worse or better.
 */
export function compareField(pairing: Pairing, lens: Lens): FieldComparison {
  const { documents, unit, unitCount, paired } = pairing;
  const size = documents.length;
  const base = none();
  const head = none();
  const right = { base: new Float64Array(size), head: new Float64Array(size) };
  const cells = { base: new Float64Array(size), head: new Float64Array(size) };
  const regressed: Loss[] = [];
  const fixed: number[] = [];
  const change = new Int32Array(unitCount);
  const touched = new Uint8Array(unitCount);
  let counted = 0;
  for (let i = 0; i < size; i++) {
    const document = documents[i];
    if (document === undefined) continue;
    const baseScore = paired ? lens.score(document.base) : null;
    const headScore = lens.score(document.head);
    if (baseScore !== null || headScore !== null) {
      counted++;
      touched[unit[i] ?? 0] = 1;
      if (paired) {
        const loss =
          scoreBeside(baseScore, document.base, headScore) - scoreBeside(headScore, document.head, baseScore);
        if (loss > SCORE_EPSILON) {
          regressed.push({ index: i, loss });
          change[unit[i] ?? 0] = (change[unit[i] ?? 0] ?? 0) + 1;
        } else if (loss < -SCORE_EPSILON) {
          fixed.push(i);
          change[unit[i] ?? 0] = (change[unit[i] ?? 0] ?? 0) - 1;
        }
      }
    }
    if (paired) cells.base[i] = add(base, document.base, lens);
    cells.head[i] = add(head, document.head, lens);
    right.base[i] = paired ? correctOf(document.base, lens) : 0;
    right.head[i] = correctOf(document.head, lens);
    // A side without any valid prediction is wrong in every cell that the other side was held to.
    if (paired && cells.head[i] === 0 && document.head.status !== 'ok')
      head.wrong += cells.head[i] = cells.base[i] ?? 0;
    if (paired && cells.base[i] === 0 && document.base.status !== 'ok')
      base.wrong += cells.base[i] = cells.head[i] ?? 0;
  }
  const delta = paired && counted > 0 ? (ratesOf(head).accuracy ?? 1) - (ratesOf(base).accuracy ?? 1) : null;
  return {
    base,
    head,
    delta,
    estimate: estimateOf(delta, right, cells, pairing),
    documents: counted,
    units: touched.reduce((sum, value) => sum + value, 0),
    regressed,
    fixed,
    p: paired && counted > 0 ? signFlip(change) : null,
  };
}

/** Cells that are not absent. */
export function cellsOf(counts: Counts): number {
  return counts.correct + counts.wrong + counts.missing + counts.spurious;
}

/**
 * Accuracy = correct / non-absent; a substitution is one false positive and one false negative, so
 * F1 = 2·correct / (2·correct + 2·wrong + missing + spurious). Null where the denominator is empty.
 */
export function ratesOf(counts: Counts): Rates {
  const { correct, wrong, missing, spurious } = counts;
  const over = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
  return {
    accuracy: over(correct, correct + wrong + missing + spurious),
    f1: over(2 * correct, 2 * correct + 2 * wrong + missing + spurious),
    precision: over(correct, correct + wrong + spurious),
    recall: over(correct, correct + wrong + missing),
  };
}

function add(sum: Mutable<Counts>, side: SideOfDocument, lens: Lens): number {
  const counts = lens.counts(side);
  if (counts === undefined || side.runs === 0) return 0;
  sum.correct += counts.correct / side.runs;
  sum.wrong += counts.wrong / side.runs;
  sum.missing += counts.missing / side.runs;
  sum.spurious += counts.spurious / side.runs;
  sum.absent += counts.absent / side.runs;
  return cellsOf(counts) / side.runs;
}

function correctOf(side: SideOfDocument, lens: Lens): number {
  return side.runs === 0 ? 0 : (lens.counts(side)?.correct ?? 0) / side.runs;
}

function estimateOf(
  delta: number | null,
  right: { base: Float64Array; head: Float64Array },
  cells: { base: Float64Array; head: Float64Array },
  pairing: Pairing,
): Estimate {
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
  const n = { base: total(cells.base), head: total(cells.head) };
  if (delta === null || n.base === 0 || n.head === 0) {
    return { kind: 'not-enough-data', reason: 'no-values', mean: delta };
  }
  const accuracy = { base: total(right.base) / n.base, head: total(right.head) / n.head };
  const members: number[] = [];
  for (let i = 0; i < cells.head.length; i++) {
    if ((cells.base[i] ?? 0) > 0 || (cells.head[i] ?? 0) > 0) members.push(i);
  }
  const influence = new Float64Array(members.length);
  const unit = new Int32Array(members.length);
  members.forEach((i, k) => {
    influence[k] =
      ((right.head[i] ?? 0) - accuracy.head * (cells.head[i] ?? 0)) / n.head -
      ((right.base[i] ?? 0) - accuracy.base * (cells.base[i] ?? 0)) / n.base;
    unit[k] = pairing.unit[i] ?? 0;
  });
  return clusteredSum(delta, influence, unit, pairing.unitCount);
}
