import { compareIds, worstFirst } from '../compare/pairing.js';
import type { ScopeComparison } from '../compare/scope.js';
import type { Reason } from '../report/schema.js';
import { leastOneWayUnits } from '../stats/exact.js';
import type { Context } from './context.js';
import { isBelow, levelOf } from './decide.js';
import { beside, inconclusiveLevel } from './fields.js';
import { type Certain, decideScope, lowest, type Scope, sentence } from './scope.js';
import { list, name, percent, points, pValue } from './text.js';

export interface Group {
  readonly slice: string;
  readonly value: string;
  readonly members: readonly number[];
}

/** Slices in the order of the rules, then by name; the values of a slice by name. */
export function sliceGroups({ pairing, gate }: Context): Group[] {
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

/** The floor and the drop rule of one value of a slice. */
export function sliceReasons(
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
