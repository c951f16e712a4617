import { SCORE_EPSILON } from '../compare/pairing.js';

/** How a difference is turned into a decision. */
export type Method =
  | { readonly kind: 'exact' }
  | {
      readonly kind: 'statistical';
      readonly alpha: number;
    };

export type Decision =
  /** Beyond what is allowed, and no noise. */
  | 'dropped'
  /** Fell, but not by more than allowed. */
  | 'within-limit'
  /** Fell by more than allowed, and it cannot be told from noise though something speaks for it. */
  | 'inconclusive'
  /** Fell by more than allowed, as noise alone often does. */
  | 'within-noise'
  | 'fine';

/** Half of alpha goes to the fields, half to the overall score and the slices, so that all together keep to alpha. */
export function levelOf(alpha: number): number {
  return alpha / 2;
}

/**
 * Up to this multiple of alpha a p-value is called inconclusive and not noise (0.1 at the default alpha): a warning at
 * every observed drop would come with every second harmless change.
 */
const SUGGESTIVE_ALPHAS = 2;

/**
 * @param delta head − base, a fraction; null without anything to compare
 * @param maxDrop percentage points
 * @param p raw one-sided p, and the one that is corrected within its family
 * @param anyBetter some unit got better
 */
export function decide(
  method: Method,
  delta: number | null,
  maxDrop: number,
  p: { readonly raw: number | null; readonly adjusted: number | null },
  anyBetter: boolean,
): Decision {
  if (delta === null || delta > -SCORE_EPSILON) return 'fine';
  if (!isBeyond(delta, maxDrop)) return 'within-limit';
  if (method.kind === 'exact') return 'dropped';
  if (p.adjusted !== null && p.adjusted <= levelOf(method.alpha)) return 'dropped';
  if (!anyBetter || (p.raw !== null && p.raw <= SUGGESTIVE_ALPHAS * method.alpha)) return 'inconclusive';
  return 'within-noise';
}

/** The drop is larger than allowed; a float sum that is a hair over the limit is not. */
export function isBeyond(delta: number, maxDrop: number): boolean {
  return -delta > maxDrop / 100 + SCORE_EPSILON;
}

/** Below a floor, by more than the rounding of a float sum. */
export function isBelow(value: number | null, min: number | undefined): value is number {
  return value !== null && min !== undefined && value < min - SCORE_EPSILON;
}
