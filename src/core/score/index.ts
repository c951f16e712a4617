/** Scoring: predictions × ground truth → cells, fields, rows, documents. Definitions: docs/scoring.md. */
export { anls, anlsStar, documentSimilarity, OneOf, type GroundTruth } from './anls.js';
export { compareValues, parseProblem, sameValue } from './compare.js';
export {
  accuracyOf,
  addCounts,
  f1Of,
  macroF1,
  microF1,
  NO_COUNTS,
  precisionOf,
  recallOf,
} from './metrics.js';
export { pairRows } from './pair.js';
export { createScorer, type Scorer } from './score.js';
export { isValue, unknownKeys, valueAt } from './values.js';

/** Part of every plan's identity: changes whenever the same prediction could get another score. */
export const SCORER_VERSION = '1';
