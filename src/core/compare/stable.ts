import type { FieldSpec, SideOfDocument } from '../words.js';
import { type Pairing, SCORE_EPSILON, scoreBeside } from './pairing.js';

/** Fewest runs of each side that can show that a field varies. */
export const RUNS_TO_SEE_NOISE = 2;

/**
 * Which fields never disagreed with themselves: in every document the score is the same in all runs of a side. What
 * changes between the sides in such a field is no noise. A document that was run once proves nothing: no field is
 * stable then.
 */
export function stableFields({ documents }: Pairing, fields: readonly FieldSpec[]): boolean[] {
  const repeated = documents.every(
    ({ base, head }) => base.runs >= RUNS_TO_SEE_NOISE && head.runs >= RUNS_TO_SEE_NOISE,
  );
  return fields.map(
    (_, j) => repeated && documents.every(({ base, head }) => agrees(base, j) && agrees(head, j)),
  );
}

/**
 * The part of each document's change that cannot be noise: from the stable fields, and all of it where the head has no
 * valid prediction in any run and the base has one.
 *
 * @returns fraction of the document's score for each document, and the fields' changes that are *not* part of it
 */
export function certainChanges(
  { documents }: Pairing,
  fields: readonly FieldSpec[],
  stable: readonly boolean[],
): { readonly certain: Float64Array; readonly rest: Int32Array } {
  const certain = new Float64Array(documents.length);
  const rest = new Int32Array(documents.length);
  documents.forEach(({ base, head }, i) => {
    const lost = head.status !== 'ok' && base.status === 'ok';
    let weights = 0;
    let change = 0;
    fields.forEach(({ weight }, j) => {
      const baseScore = base.fields[j] ?? null;
      const headScore = head.fields[j] ?? null;
      if (baseScore === null && headScore === null) return;
      weights += weight;
      const difference = scoreBeside(headScore, head, baseScore) - scoreBeside(baseScore, base, headScore);
      if (lost || stable[j] === true) change += weight * difference;
      else if (Math.abs(difference) > SCORE_EPSILON) rest[i] = (rest[i] ?? 0) - Math.sign(difference);
    });
    certain[i] = weights > 0 ? change / weights : 0;
  });
  return { certain, rest };
}

function agrees(side: SideOfDocument, field: number): boolean {
  const low = side.low[field] ?? null;
  const high = side.high[field] ?? null;
  if (low === null || high === null) return low === high;
  return high - low <= SCORE_EPSILON;
}
