import type { PairedDocument, SideOfDocument } from '../words.js';

/** Scores closer than this are equal: what is left of adding the same fractions in another order. */
export const SCORE_EPSILON = 1e-9;

/** The documents of one comparison and their independent units. */
export interface Pairing {
  readonly documents: readonly PairedDocument[];
  /** False when there is no base to compare with: then only the head's numbers are computed. */
  readonly paired: boolean;
  /** For each document the number of its unit (template cluster), 0 … unitCount − 1. */
  readonly unit: Int32Array;
  readonly unitCount: number;
}

export function pairingOf(documents: readonly PairedDocument[], paired: boolean): Pairing {
  const numbers = new Map<string, number>();
  const unit = Int32Array.from(documents, ({ cluster }) => {
    const known = numbers.get(cluster);
    if (known !== undefined) return known;
    numbers.set(cluster, numbers.size);
    return numbers.size - 1;
  });
  return { documents, paired, unit, unitCount: numbers.size };
}

/**
 * What one side's score counts as beside the other side's: a side without a score stayed silent where the label has no
 * value and is right (1), unless it has no valid prediction at all: then it is wrong (0).
 *
 * @returns NaN when neither side has a score: nothing absent enters a comparison
 */
export function scoreBeside(own: number | null, side: SideOfDocument, other: number | null): number {
  if (own !== null) return own;
  if (other === null) return Number.NaN;
  return side.status === 'ok' ? 1 : 0;
}

/** A document that lost, and how much: a fraction > 0. */
export interface Loss {
  readonly index: number;
  readonly loss: number;
}

/** Ids of the documents that lost, worst first, then by id; the order of the documents does not matter. */
export function worstFirst(losses: readonly Loss[], documents: readonly PairedDocument[]): string[] {
  return losses
    .map(({ index, loss }) => ({ id: documents[index]?.id ?? '', loss }))
    .sort((a, b) => (Math.abs(a.loss - b.loss) > SCORE_EPSILON ? b.loss - a.loss : compareIds(a.id, b.id)))
    .map(({ id }) => id);
}

export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
