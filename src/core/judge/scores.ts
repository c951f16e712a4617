import type { FieldComparison } from '../compare/field.js';
import { compareIds, type Loss, SCORE_EPSILON, worstFirst } from '../compare/pairing.js';
import { changesOf, compareScope, type ScopeComparison } from '../compare/scope.js';
import { certainChanges } from '../compare/stable.js';
import type { Reason, Report, SliceDifference } from '../report/schema.js';
import { holm } from '../stats/adjust.js';
import { leastOneWayUnits, signFlip } from '../stats/exact.js';
import { type Estimate, interval } from '../stats/intervals.js';
import { smallestDetectableOf, unitsNeeded } from '../stats/power.js';
import type { Context } from './context.js';
import { decide, type Decision, isBelow, isBeyond, levelOf } from './decide.js';
import { beside, inconclusiveLevel } from './fields.js';
import { count, list, name, percent, points, pValue } from './text.js';

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

/** One scope that has a rule: the whole dataset, or the documents of one slice value. */
interface Scope {
  readonly title: string;
  readonly comparison: ScopeComparison;
  readonly members: readonly number[];
  readonly maxDrop: number;
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

type Certain = ReturnType<typeof certainChanges>;
interface ScopeDecision {
  readonly decision: Decision;
  /** The drop that is no noise, when it alone decided. */
  readonly certainDrop?: number;
}

function decideScope(
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
  // What fell in stable fields is real, whatever the noise of the others adds; only a gain that is no noise outweighs it.
  const certainDrop =
    members.reduce((sum, i) => sum + (certain.certain[i] ?? 0), 0) / Math.max(1, comparison.documents);
  if (!isBeyond(certainDrop, maxDrop)) return { decision };
  const gain = signFlip(members.map((i) => -(certain.rest[i] ?? 0)));
  const outweighed =
    comparison.delta !== null && !isBeyond(comparison.delta, maxDrop) && gain <= levelOf(method.alpha);
  return outweighed ? { decision } : { decision: 'dropped', certainDrop };
}

function overallReasons(
  context: Context,
  scope: Scope,
  { decision, certainDrop }: ScopeDecision,
  fields: readonly FieldComparison[],
): Reason[] {
  const { comparison } = scope;
  const reasons: Reason[] = [];
  const floor = overallFloor(context, comparison);
  if (floor !== undefined) reasons.push(floor);
  if (context.method === undefined || comparison.delta === null) return reasons;
  const losses = certainDrop === undefined ? comparison.regressed : certainLosses(scope, fields);
  const ids = worstFirst(losses, context.pairing.documents);
  const where = fieldsOf(context, fields);
  const single = where.length === 1 ? where[0]?.path : undefined;
  const text = sentence(scope, ids, where);
  const said = (code: Reason['code'], level: Reason['level'], what: string): Reason => ({
    code,
    level,
    ...(single === undefined ? {} : { field: single }),
    documents: ids,
    text: what,
  });
  const p = comparison.p ?? 1;
  switch (decision) {
    case 'dropped': {
      const why =
        context.method.kind === 'exact'
          ? ''
          : certainDrop === undefined
            ? ` This is beyond noise: ${pValue(p)}.`
            : ` Fields that never vary between runs, and documents without any prediction, account for ${points(certainDrop)} of it: that is no noise.`;
      reasons.push(said('overall_dropped', 'block', `${text}.${why}`));
      break;
    }
    case 'within-limit':
      reasons.push(said('within_limit', 'info', `${text}.`));
      break;
    case 'inconclusive': {
      const why = `It cannot be told from noise (${pValue(p)}).${detectable(context, comparison)}`;
      reasons.push(said('inconclusive', inconclusiveLevel(context), `${text}. ${why}`));
      break;
    }
    case 'within-noise':
      reasons.push(
        said(
          'within_noise',
          'info',
          `${text}. Noise alone often does this (${pValue(p)}).${detectable(context, comparison)}`,
        ),
      );
      break;
    case 'fine': {
      const no = comparison.regressed.length === 0 ? 'No document got worse' : `${scope.title} did not fall`;
      const tail = context.method.kind === 'statistical' ? detectable(context, comparison) : '';
      reasons.push({
        code: 'no_drop',
        level: 'info',
        text: `${no} (${points(comparison.delta)} over ${count(comparison.documents, 'document')}).${tail}`,
      });
    }
  }
  const churn = churnReason(context, comparison, decision, fields);
  if (churn !== undefined) reasons.push(churn);
  return reasons;
}

/** Fewer changes than this are too few to speak of churn. */
const CHURN_CHANGES = 6;

/** A net drop that blocks exactly, while nearly as much got better: what a swap of models looks like. */
function churnReason(
  context: Context,
  comparison: ScopeComparison,
  decision: Decision,
  fields: readonly FieldComparison[],
): Reason | undefined {
  if (context.method?.kind !== 'exact' || decision !== 'dropped') return undefined;
  const lost = fields.reduce((sum, field) => sum + field.regressed.length, 0);
  const gained = fields.reduce((sum, field) => sum + field.fixed.length, 0);
  const p = comparison.p ?? 1;
  if (lost + gained < CHURN_CHANGES || gained * 2 < lost || p <= context.gate.alpha) return undefined;
  return {
    code: 'churn',
    level: 'info',
    text: `This looks like churn: ${lost} lost and ${gained} gained (a field in a document counts one), which chance alone often gives (${pValue(p)}). If the change swaps a model, gate.judge: statistical blocks only what is beyond noise.`,
  };
}

function sliceReasons(
  context: Context,
  group: Group & {
    readonly rule: Context['gate']['slices'][number] | undefined;
    readonly comparison: ScopeComparison;
    readonly title: string;
  },
  adjusted: number | null,
  certain: Certain | undefined,
): Reason[] {
  const { rule, comparison, title, members } = group;
  const slice = `${group.slice}=${group.value}`;
  const reasons: Reason[] = [];
  if (rule === undefined) return reasons;
  if (isBelow(comparison.head, rule.min)) {
    const ids = lowest(context, members);
    const base = context.pairing.paired ? comparison.base : null;
    const text = `${title} is ${percent(comparison.head)}, below its floor of ${percent(rule.min ?? 0)}${beside(base, rule.min ?? 0)}. Lowest: ${list(ids)}.`;
    reasons.push({ code: 'slice_below_floor', level: 'block', slice, documents: ids, text });
  }
  if (rule.maxDrop === undefined || adjusted === null || context.method === undefined) return reasons;
  const scope: Scope = { title, comparison, members, maxDrop: rule.maxDrop };
  const { decision, certainDrop } = decideScope(context, scope, adjusted, certain);
  const ids = worstFirst(comparison.regressed, context.pairing.documents);
  const text = sentence(scope, ids, []);
  const statistical = context.method.kind === 'statistical';
  if (decision === 'dropped') {
    const why = !statistical
      ? ''
      : certainDrop === undefined
        ? ` This is beyond noise: ${pValue(adjusted)}.`
        : ` ${points(certainDrop)} of it are no noise.`;
    reasons.push({ code: 'slice_regressed', level: 'block', slice, documents: ids, text: `${text}.${why}` });
  } else if (decision === 'inconclusive') {
    const level = inconclusiveLevel(context);
    reasons.push({
      code: 'inconclusive',
      level,
      slice,
      documents: ids,
      text: `${text}. It cannot be told from noise (${pValue(adjusted)}).`,
    });
  }
  const needed = context.method.kind === 'statistical' ? leastOneWayUnits(levelOf(context.method.alpha)) : 0;
  if (comparison.units < needed) {
    const few = `judged statistically it takes at least ${needed} documents (or templates) that get worse, and it has ${comparison.units}`;
    reasons.push({
      code: 'rule_without_evidence',
      level: 'info',
      slice,
      text: `The drop rule of ${name(slice)} cannot act here: ${few}.`,
    });
  }
  return reasons;
}

function overallFloor(context: Context, comparison: ScopeComparison): Reason | undefined {
  const { min } = context.gate;
  if (min === undefined || !isBelow(comparison.head, min)) return undefined;
  const ids = lowest(
    context,
    context.pairing.documents.map((_, index) => index),
  );
  return {
    code: 'below_floor',
    level: 'block',
    documents: ids,
    text: `The overall score is ${percent(comparison.head)}, below the floor of ${percent(min)}${beside(comparison.base, min)}. Lowest: ${list(ids)}.`,
  };
}

/** Documents whose score is not full on the head, lowest first. */
function lowest({ pairing }: Context, members: readonly number[]): string[] {
  const losses = members.flatMap((index): Loss[] => {
    const head = pairing.documents[index]?.head;
    const score = head?.score ?? (head?.status === 'ok' ? 1 : 0);
    return score < 1 - SCORE_EPSILON ? [{ index, loss: 1 - score }] : [];
  });
  return worstFirst(losses, pairing.documents);
}

function certainLosses(scope: Scope, fields: readonly FieldComparison[]): Loss[] {
  const known = new Set(scope.comparison.regressed.map(({ index }) => index));
  const inFields = fields.flatMap((field) => field.regressed).filter(({ index }) => !known.has(index));
  const rest = new Map(inFields.map((loss) => [loss.index, { index: loss.index, loss: 0 }]));
  return [...scope.comparison.regressed, ...rest.values()];
}

/** Fields in which documents got worse, most first. */
function fieldsOf(
  { input }: Context,
  fields: readonly FieldComparison[],
): { path: string; documents: number }[] {
  return input.fields
    .map(({ path }, j) => ({ path, documents: fields[j]?.regressed.length ?? 0 }))
    .filter(({ documents }) => documents > 0)
    .sort((a, b) => b.documents - a.documents || compareIds(a.path, b.path));
}

function sentence(
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
function detectable({ method, gate }: Context, comparison: ScopeComparison): string {
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

interface Group {
  readonly slice: string;
  readonly value: string;
  readonly members: readonly number[];
}

/** Slices in the order of the rules, then by name; the values of a slice by name. */
function sliceGroups({ pairing, gate }: Context): Group[] {
  const groups = new Map<string, Map<string, number[]>>();
  pairing.documents.forEach(({ slices }, index) => {
    for (const [slice, value] of Object.entries(slices)) {
      const values = groups.get(slice) ?? new Map<string, number[]>();
      groups.set(slice, values);
      const members = values.get(value) ?? [];
      values.set(value, members);
      members.push(index);
    }
  });
  const rank = (slice: string): number => {
    const at = gate.slices.findIndex((rule) => rule.slice === slice);
    return at < 0 ? gate.slices.length : at;
  };
  return [...groups]
    .sort(([a], [b]) => rank(a) - rank(b) || compareIds(a, b))
    .flatMap(([slice, values]) =>
      [...values].sort(([a], [b]) => compareIds(a, b)).map(([value, members]) => ({ slice, value, members })),
    );
}
