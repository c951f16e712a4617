import { signFlip } from '../stats/exact.js';
import { clusteredMean, type Estimate } from '../stats/intervals.js';
import type { FieldComparison } from './field.js';
import { type Loss, type Pairing, SCORE_EPSILON, scoreBeside } from './pairing.js';

/** The documents' scores on both sides, over all documents or a part of them (a slice, a template). */
export interface ScopeComparison {
  readonly base: number | null;
  readonly head: number | null;
  readonly delta: number | null;
  readonly estimate: Estimate;
  /** Documents that have a score on one side at least. */
  readonly documents: number;
  readonly units: number;
  /** Documents whose score fell. */
  readonly regressed: readonly Loss[];
  readonly fixed: number;
  /** Units in which more fields got worse than better, and the reverse. */
  readonly unitsWorse: number;
  readonly unitsBetter: number;
  /** One-sided exact sign-flip p over units, on the integers regressions − fixes; null without a document to compare. */
  readonly p: number | null;
}

/** For each document: fields that got worse − fields that got better. */
export function changesOf(size: number, fields: readonly FieldComparison[]): Int32Array {
  const changes = new Int32Array(size);
  for (const field of fields) {
    for (const { index } of field.regressed) changes[index] = (changes[index] ?? 0) + 1;
    for (const index of field.fixed) changes[index] = (changes[index] ?? 0) - 1;
  }
  return changes;
}

/**
 * Mean score of the documents on each side, with the exact test of their changes.
 *
 * @param members indices of the documents in scope
 * @param changes as `changesOf` gives them
 */
export function compareScope(
  pairing: Pairing,
  members: readonly number[],
  changes: Int32Array,
): ScopeComparison {
  const { documents, paired } = pairing;
  const differences: number[] = [];
  const unit: number[] = [];
  const perUnit = new Map<number, number>();
  const regressed: Loss[] = [];
  let fixed = 0;
  let counted = 0;
  const sum = { base: 0, head: 0 };
  for (const i of members) {
    const document = documents[i];
    if (document === undefined) continue;
    const baseScore = paired ? document.base.score : null;
    const headScore = document.head.score;
    if (baseScore === null && headScore === null) continue;
    counted++;
    const head = scoreBeside(headScore, document.head, baseScore);
    sum.head += head;
    if (!paired) continue;
    const base = scoreBeside(baseScore, document.base, headScore);
    sum.base += base;
    differences.push(head - base);
    const cluster = pairing.unit[i] ?? 0;
    unit.push(cluster);
    perUnit.set(cluster, (perUnit.get(cluster) ?? 0) + (changes[i] ?? 0));
    if (base - head > SCORE_EPSILON) regressed.push({ index: i, loss: base - head });
    else if (head - base > SCORE_EPSILON) fixed++;
  }
  const comparable = paired && counted > 0;
  const units = [...perUnit.values()];
  return {
    base: comparable ? sum.base / counted : null,
    head: counted > 0 ? sum.head / counted : null,
    delta: comparable ? (sum.head - sum.base) / counted : null,
    estimate: clusteredMean(differences, unit, pairing.unitCount),
    documents: counted,
    units: perUnit.size,
    regressed,
    fixed,
    unitsWorse: units.filter((change) => change > 0).length,
    unitsBetter: units.filter((change) => change < 0).length,
    p: comparable ? signFlip(units) : null,
  };
}
