import type { FieldComparison } from '../compare/field.js';
import { SCORE_EPSILON } from '../compare/pairing.js';
import { changesOf, compareScope, type ScopeComparison } from '../compare/scope.js';
import { certainChanges } from '../compare/stable.js';
import type { Reason, Report, SliceDifference } from '../report/schema.js';
import { holm } from '../stats/adjust.js';
import { type Estimate, interval } from '../stats/intervals.js';
import { smallestDetectableOf } from '../stats/power.js';
import type { Context } from './context.js';
import { levelOf } from './decide.js';
import { overallReasons } from './overall.js';
import { decideScope, type Scope } from './scope.js';
import { sliceGroups, sliceReasons } from './slices.js';
import { name } from './text.js';

export interface JudgedScores {
  readonly overall: Report['overall'];
  readonly slices: Report['slices'];
  readonly reasons: readonly Reason[];
  readonly comparison: ScopeComparison;
  /** `proven`: a drop beyond the margin is ruled out; what `pass` needs where there is noise. */
  readonly proven: boolean;
  /** For each document: fields that got worse − fields that got better. */
  readonly changes: Int32Array;
}

/** Judges the documents' scores: over the whole dataset and in each slice. */
export function judgeScores(context: Context, fields: readonly FieldComparison[]): JudgedScores {
  const { pairing, gate, method, input } = context;
  const all = pairing.documents.map((_, index) => index);
  const changes = changesOf(all.length, fields);
  const comparison = compareScope(pairing, all, changes);
  const whole: Scope = { title: 'The overall score', comparison, members: all, maxDrop: gate.maxDrop };
  const groups = sliceGroups(context).map((group) => {
    const rule = gate.slices.find(({ slice }) => slice === group.slice);
    const own = compareScope(pairing, group.members, changes);
    return {
      ...group,
      rule,
      comparison: own,
      title: `The score of ${name(group.slice)} = ${name(group.value)}`,
    };
  });
  // Without slice rules the overall score has its half of alpha for itself; with them they share it.
  const ruled = groups.filter(({ rule }) => rule?.maxDrop !== undefined);
  const adjusted = holm([comparison, ...ruled.map((group) => group.comparison)].map(({ p }) => p ?? 1));

  const certain =
    method?.kind === 'statistical' ? certainChanges(pairing, input.fields, context.stable) : undefined;
  const reasons: Reason[] = [];
  const overallDecision = decideScope(context, whole, adjusted[0] ?? 1, certain);
  reasons.push(...overallReasons(context, whole, overallDecision, fields));

  const slices = groups.map((group): SliceDifference => {
    const at = ruled.indexOf(group);
    const p = at < 0 ? null : (adjusted[at + 1] ?? null);
    const own = sliceReasons(context, group, p, certain);
    reasons.push(...own);
    return {
      slice: group.slice,
      value: group.value,
      documents: group.comparison.documents,
      base: group.comparison.base,
      head: group.comparison.head,
      ...numbers(context, group.comparison),
      p: group.comparison.p,
      p_adjusted: p,
      regressed: group.comparison.regressed.length,
      fixed: group.comparison.fixed,
      blocked: own.some(({ level }) => level === 'block'),
      max_drop: group.rule?.maxDrop ?? null,
      min: group.rule?.min ?? null,
    };
  });
  for (const { slice } of gate.slices) {
    if (groups.some((group) => group.slice === slice)) continue;
    const text = `The rules for slice ${name(slice)} have nothing to apply to: no document has that slice.`;
    reasons.push({ code: 'rule_without_evidence', level: 'warn', slice, text });
  }
  return {
    overall: {
      base: comparison.base,
      head: comparison.head,
      ...numbers(context, comparison),
      p: comparison.p,
      max_drop: gate.maxDrop,
      min: gate.min ?? null,
      documents_regressed: comparison.regressed.length,
      documents_fixed: comparison.fixed,
    },
    slices,
    reasons,
    comparison,
    proven: isProven(context, comparison),
    changes,
  };
}

function numbers(
  { gate, method }: Context,
  { delta, estimate }: ScopeComparison,
): { delta: number | null; ci: [number, number] | null; smallest_detectable_drop: number | null } {
  const ci = method === undefined ? undefined : interval(estimate);
  const drop = method === undefined ? undefined : smallestDetectableOf(estimate, levelOf(gate.alpha));
  return { delta, ci: ci === undefined ? null : [...ci], smallest_detectable_drop: drop ?? null };
}

/** The lower end of the interval is above −margin; or nothing changed in any document, so there is nothing to doubt. */
function isProven({ method, gate }: Context, { estimate, documents }: ScopeComparison): boolean {
  if (method === undefined || documents === 0) return false;
  if (method.kind === 'exact') return true;
  if (isUnchanged(estimate)) return true;
  const ci = interval(estimate);
  return ci !== undefined && ci[0] > -gate.maxDrop / 100;
}

function isUnchanged(estimate: Estimate): boolean {
  return (
    estimate.kind === 'not-enough-data' &&
    estimate.mean !== null &&
    estimate.mean > -SCORE_EPSILON &&
    estimate.reason === 'no-variation'
  );
}
