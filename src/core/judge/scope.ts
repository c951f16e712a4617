import { type Loss, SCORE_EPSILON, worstFirst } from '../compare/pairing.js';
import type { ScopeComparison } from '../compare/scope.js';
import type { certainChanges } from '../compare/stable.js';
import { leastOneWayUnits, signFlip } from '../stats/exact.js';
import { smallestDetectableOf, unitsNeeded } from '../stats/power.js';
import type { Context } from './context.js';
import { decide, type Decision, isBeyond, levelOf } from './decide.js';
import { count, list, name, percent, points } from './text.js';

/** One scope that has a rule: the whole dataset, or the documents of one slice value. */
export interface Scope {
  readonly title: string;
  readonly comparison: ScopeComparison;
  readonly members: readonly number[];
  readonly maxDrop: number;
}

export type Certain = ReturnType<typeof certainChanges>;

export interface ScopeDecision {
  readonly decision: Decision;
  /** The drop that is no noise, when it alone decided. */
  readonly certainDrop?: number;
}

export function decideScope(
  { method }: Context,
  scope: Scope,
  adjusted: number,
  certain: Certain | undefined,
): ScopeDecision {
  const { comparison, members, maxDrop } = scope;
  if (method === undefined) return { decision: 'fine' };
  const p = { raw: comparison.p, adjusted };
  const decision = decide(method, comparison.delta, maxDrop, p, comparison.unitsBetter > 0);
  if (decision === 'dropped' || method.kind === 'exact' || certain === undefined) return { decision };
  // Where no document's score fell, nothing dropped, however its fields moved against each other.
  if (comparison.regressed.length === 0) return { decision };
  // What fell in stable fields is real, whatever the noise of the others adds; only a gain that is no noise outweighs it.
  const certainDrop =
    members.reduce((sum, i) => sum + (certain.certain[i] ?? 0), 0) / Math.max(1, comparison.documents);
  if (!isBeyond(certainDrop, maxDrop)) return { decision };
  const gain = signFlip(members.map((i) => -(certain.rest[i] ?? 0)));
  const outweighed =
    comparison.delta !== null && !isBeyond(comparison.delta, maxDrop) && gain <= levelOf(method.alpha);
  return outweighed ? { decision } : { decision: 'dropped', certainDrop };
}

/** Documents whose score is not full on the head, lowest first. */
export function lowest({ pairing }: Context, members: readonly number[]): string[] {
  const losses = members.flatMap((index): Loss[] => {
    const head = pairing.documents[index]?.head;
    const score = head?.score ?? (head?.status === 'ok' ? 1 : 0);
    return score < 1 - SCORE_EPSILON ? [{ index, loss: 1 - score }] : [];
  });
  return worstFirst(losses, pairing.documents);
}

export function sentence(
  scope: Scope,
  ids: readonly string[],
  where: readonly { path: string; documents: number }[],
): string {
  const { base, head, delta, documents } = scope.comparison;
  const fields =
    where.length === 0 ? '' : ` in ${list(where.map(({ path, documents: n }) => `${name(path)} (${n})`))}`;
  const moved = (delta ?? 0) < 0 ? 'fell' : 'went';
  return `${scope.title} ${moved} from ${percent(base ?? 0)} to ${percent(head ?? 0)} (${points(delta ?? 0)}, ${scope.maxDrop} allowed; ${ids.length} of ${count(documents, 'document')} became worse${fields}${ids.length === 0 ? '' : `: ${list(ids)}`})`;
}

/** What could have been seen with these documents, in a sentence. */
export function detectable({ method, gate }: Context, comparison: ScopeComparison): string {
  if (method?.kind !== 'statistical') return '';
  const least = leastOneWayUnits(levelOf(gate.alpha));
  if (comparison.units < least) {
    return ` With ${count(comparison.units, 'independent document')} no drop can be told from noise; it takes at least ${least} that get worse.`;
  }
  const drop = smallestDetectableOf(comparison.estimate, levelOf(gate.alpha));
  if (drop === undefined || comparison.estimate.kind !== 'estimate') return '';
  const margin = Math.max(gate.maxDrop, 1) / 100;
  const spread = comparison.estimate.standardError * Math.sqrt(comparison.units);
  const needed = drop > margin ? unitsNeeded(margin, spread, levelOf(gate.alpha)) : undefined;
  const more =
    needed === undefined || needed <= comparison.units
      ? ''
      : `; to see ${points(margin).slice(1)} it would take about ${count(needed, 'document')}`;
  return ` With these documents a drop of about ${points(drop).slice(1)} or more would have been seen${more}.`;
}
