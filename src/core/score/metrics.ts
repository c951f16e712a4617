/**
 * Ratios of counts. A substitution (`wrong`) is one false positive and one false negative, as in SROIE, DocILE and KIEval:
 * TP = correct, FP = wrong + spurious, FN = wrong + missing. Absent cells enter nothing. A ratio of nothing is null.
 */
import type { Counts } from '../words.js';

export const NO_COUNTS: Counts = { correct: 0, wrong: 0, missing: 0, spurious: 0, absent: 0 };

export function addCounts(...all: readonly Counts[]): Counts {
  let correct = 0;
  let wrong = 0;
  let missing = 0;
  let spurious = 0;
  let absent = 0;
  for (const counts of all) {
    correct += counts.correct;
    wrong += counts.wrong;
    missing += counts.missing;
    spurious += counts.spurious;
    absent += counts.absent;
  }
  return { correct, wrong, missing, spurious, absent };
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** correct / (correct + wrong + missing + spurious). */
export function accuracyOf(counts: Counts): number | null {
  return ratio(counts.correct, counts.correct + counts.wrong + counts.missing + counts.spurious);
}

/** TP / (TP + FP); null when nothing was predicted. */
export function precisionOf(counts: Counts): number | null {
  return ratio(counts.correct, counts.correct + counts.wrong + counts.spurious);
}

/** TP / (TP + FN); null when nothing is labelled. */
export function recallOf(counts: Counts): number | null {
  return ratio(counts.correct, counts.correct + counts.wrong + counts.missing);
}

/** 2·TP / (2·TP + FP + FN) = 2·correct / (2·correct + 2·wrong + missing + spurious). */
export function f1Of(counts: Counts): number | null {
  return ratio(2 * counts.correct, 2 * counts.correct + 2 * counts.wrong + counts.missing + counts.spurious);
}

/** F1 of all cells together. */
export function microF1(countsPerField: readonly Counts[]): number | null {
  return f1Of(addCounts(...countsPerField));
}

/** Mean of the fields' F1; fields without a cell that counts are left out. */
export function macroF1(countsPerField: readonly Counts[]): number | null {
  let sum = 0;
  let fields = 0;
  for (const counts of countsPerField) {
    const f1 = f1Of(counts);
    if (f1 === null) continue;
    sum += f1;
    fields++;
  }
  return ratio(sum, fields);
}
