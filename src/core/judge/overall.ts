import type { FieldComparison } from '../compare/field.js';
import { compareIds, type Loss, worstFirst } from '../compare/pairing.js';
import type { ScopeComparison } from '../compare/scope.js';
import type { Reason } from '../report/schema.js';
import type { Context } from './context.js';
import { type Decision, isBelow } from './decide.js';
import { beside, inconclusiveLevel } from './fields.js';
import { detectable, lowest, type Scope, type ScopeDecision, sentence } from './scope.js';
import { count, list, percent, points, pValue } from './text.js';

/** What is said about the overall score: its floor, its drop or why there is none, and whether it looks like churn. */
export function overallReasons(
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
