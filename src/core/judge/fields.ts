import {
  cellsOf,
  columnLens,
  compareField,
  type FieldComparison,
  fieldLens,
  type Lens,
  ratesOf,
} from '../compare/field.js';
import { type Loss, SCORE_EPSILON, scoreBeside, worstFirst } from '../compare/pairing.js';
import type { FieldDifference, Reason, Report } from '../report/schema.js';
import { holm } from '../stats/adjust.js';
import { leastOneWayUnits } from '../stats/exact.js';
import { interval, wilson } from '../stats/intervals.js';
import { smallestDetectableOf } from '../stats/power.js';
import { RUNS_TO_SEE_NOISE } from '../compare/stable.js';
import type { Counts, FieldSpec, SideOfDocument } from '../words.js';
import type { Context } from './context.js';
import { decide, isBelow, levelOf } from './decide.js';
import { type AppliedRule, ruleFor } from './rules.js';
import { count, list, name, percent, points, pValue } from './text.js';

/** One line of the report's table of fields: a field, or a column of a table. */
interface Line {
  readonly path: string;
  readonly type: string;
  readonly rule: AppliedRule;
  readonly comparison: FieldComparison;
  /** Lowest and highest score among the runs of a side. */
  readonly range: (side: SideOfDocument) => readonly [low: number | null, high: number | null];
  readonly stable: boolean;
  readonly unreliable: boolean;
  /** A scalar has one cell in each document; only then is its accuracy a proportion of documents. */
  readonly scalar: boolean;
}

export interface JudgedFields {
  readonly entries: Report['fields'];
  readonly reasons: readonly Reason[];
  /** Aligned with the configuration. */
  readonly comparisons: readonly FieldComparison[];
}

/** Applies the rules of fields and columns: drops, floors and counts of newly wrong documents. */
export function judgeFields(context: Context): JudgedFields {
  const { fields } = context.input;
  const lines = fields.map((field, j) => lineOf(context, field, j));
  const columns = fields.map((field, j) => columnLines(context, field, j));
  // The family of the correction: every declared field, and every column that has a drop rule of its own.
  const family = [...lines, ...columns.flat().filter(({ rule }) => rule.maxDrop !== undefined)];
  const adjusted = holm(family.map(({ comparison }) => comparison.p ?? 1));
  const adjustedOf = (line: Line): number | null => {
    const at = family.indexOf(line);
    return at < 0 || line.comparison.p === null ? null : (adjusted[at] ?? null);
  };
  const reasons: Reason[] = [];
  const entryOf = (line: Line): FieldDifference => {
    const own = reasonsOf(context, line, adjustedOf(line), family.length);
    reasons.push(...own);
    return entry(
      context,
      line,
      adjustedOf(line),
      own.some(({ level }) => level === 'block'),
    );
  };
  const entries = lines.map((line, j) => {
    const inner = (columns[j] ?? []).map(entryOf);
    const outer = entryOf(line);
    return inner.length === 0 ? outer : { ...outer, columns: inner };
  });
  return { entries, reasons, comparisons: lines.map(({ comparison }) => comparison) };
}

/** Counts of all fields together, as cells of one run. */
export function totalCounts(comparisons: readonly FieldComparison[], side: 'base' | 'head'): Counts {
  const sum = { correct: 0, wrong: 0, missing: 0, spurious: 0, absent: 0 };
  for (const comparison of comparisons) {
    sum.correct += comparison[side].correct;
    sum.wrong += comparison[side].wrong;
    sum.missing += comparison[side].missing;
    sum.spurious += comparison[side].spurious;
    sum.absent += comparison[side].absent;
  }
  return sum;
}

function lineOf({ gate, pairing, stable, input }: Context, field: FieldSpec, j: number): Line {
  return {
    path: field.path,
    type: field.spec.type,
    rule: ruleFor(gate, field),
    comparison: compareField(pairing, fieldLens(j)),
    range: (side) => [side.low[j] ?? null, side.high[j] ?? null],
    stable: stable[j] === true,
    unreliable: input.unreliableFields.includes(field.path),
    scalar: field.spec.type !== 'list' && field.spec.type !== 'table',
  };
}

function columnLines({ gate, pairing, stable, input }: Context, field: FieldSpec, j: number): Line[] {
  if (field.spec.type !== 'table') return [];
  return field.spec.columns.map((column, k) => {
    const lens: Lens = columnLens(j, k);
    const path = `${field.path}.${column.name}`;
    return {
      path,
      type: column.spec.type,
      rule: ruleFor(gate, field, column.name),
      comparison: compareField(pairing, lens),
      range: (side) => [
        side.columnsLow === undefined ? lens.score(side) : (side.columnsLow[j]?.[k] ?? null),
        side.columnsHigh === undefined ? lens.score(side) : (side.columnsHigh[j]?.[k] ?? null),
      ],
      stable: stable[j] === true,
      unreliable: input.unreliableFields.includes(path),
      scalar: false,
    };
  });
}

function reasonsOf(context: Context, line: Line, adjusted: number | null, family: number): Reason[] {
  const { comparison, rule, path } = line;
  const { documents } = context.pairing;
  if (rule.declared && comparison.documents === 0) {
    const text = `The rules for ${name(path)} have nothing to apply to: no document has a label or a prediction for it.`;
    return [{ code: 'rule_without_evidence', level: 'warn', field: path, text }];
  }
  const reasons: Reason[] = [];
  const drop = context.method === undefined ? undefined : dropReason(context, line, adjusted, family);
  if (drop !== undefined) reasons.push(drop);
  const isRegressed = drop?.code === 'field_regressed';

  const newlyWrong = newlyWrongOf(context, line);
  if (
    rule.maxNewErrors !== undefined &&
    newlyWrong.length > rule.maxNewErrors &&
    !(isRegressed && rule.countFromCritical)
  ) {
    const ids = worstFirst(newlyWrong, documents);
    const source = rule.countFromCritical ? 'it is critical, so none may' : `${rule.maxNewErrors} may`;
    reasons.push({
      code: 'new_errors',
      level: 'block',
      field: path,
      documents: ids,
      text: `${name(path)} is newly wrong on ${count(ids.length, 'document')} (${source}): ${list(ids)}.`,
    });
  }
  const floor = floorReason(context, line);
  if (floor !== undefined) reasons.push(floor);
  const evidence = evidenceReason(context, line, family);
  if (evidence !== undefined) reasons.push(evidence);
  return reasons;
}

function dropReason(
  context: Context,
  line: Line,
  adjusted: number | null,
  family: number,
): Reason | undefined {
  const { method, gate, pairing } = context;
  const { comparison, rule, path } = line;
  if (method === undefined || comparison.delta === null) return undefined;
  const own = rule.maxDrop !== undefined;
  const exactly = method.kind === 'exact' || line.stable;
  const allowed = rule.maxDrop ?? gate.maxDrop;
  const p = { raw: comparison.p, adjusted };
  const isColumn = adjusted === null;
  const ids = worstFirst(comparison.regressed, pairing.documents);
  const from = percent(ratesOf(comparison.base).accuracy ?? 1);
  const to = percent(ratesOf(comparison.head).accuracy ?? 1);
  const worse = `${ids.length} of ${count(comparison.documents, 'document')} became worse${ids.length === 0 ? '' : `: ${list(ids)}`}`;
  const fell = `${name(path)} fell from ${from} to ${to} (${points(comparison.delta)}, ${allowed} allowed; ${worse})`;
  const reason = (code: Reason['code'], level: Reason['level'], text: string): Reason => ({
    code,
    level,
    field: path,
    documents: ids,
    text,
  });
  // Cells may weigh anew without any document that got worse, where one failed on the base: that is no regression.
  if (comparison.regressed.length === 0) return undefined;
  if (own && exactly && decide({ kind: 'exact' }, comparison.delta, allowed, p, true) === 'dropped') {
    return reason('field_regressed', 'block', `${fell}.`);
  }
  if (method.kind === 'exact' || isColumn) return undefined;
  // Without a rule of its own a field speaks up only when it stands out among all of them.
  const suggestive = own ? p : { raw: adjusted, adjusted };
  const decision = decide(
    method,
    comparison.delta,
    allowed,
    suggestive,
    own ? comparison.fixed.length > 0 : true,
  );
  const corrected = `${pValue(adjusted)} after correction for ${count(family, 'field')}`;
  if (decision === 'dropped')
    return reason('field_regressed', 'block', `${fell}. This is beyond noise: ${corrected}.`);
  if (decision !== 'inconclusive' || line.stable) return undefined;
  const needed = `${levelOf(method.alpha)} would be needed`;
  return reason(
    'inconclusive',
    inconclusiveLevel(context),
    `${fell}. It cannot be told from noise: ${corrected}, ${needed}.`,
  );
}

export function inconclusiveLevel({ gate }: Context): Reason['level'] {
  return gate.onInconclusive === 'pass' ? 'info' : gate.onInconclusive;
}

/**
 * Documents right on the base and wrong on the head. Judged statistically a document counts only when it was right in
 * every run of the base and wrong in every run of the head, and both were run more than once.
 */
function newlyWrongOf({ method, pairing }: Context, line: Line): Loss[] {
  if (method === undefined) return [];
  return line.comparison.regressed.filter(({ index }) => {
    const document = pairing.documents[index];
    if (document === undefined) return false;
    const [low, high] = [line.range(document.base)[0], line.range(document.head)[1]];
    const base = scoreBeside(low, document.base, high);
    const head = scoreBeside(high, document.head, low);
    if (method.kind === 'statistical' && Math.min(document.base.runs, document.head.runs) < RUNS_TO_SEE_NOISE)
      return false;
    if (method.kind === 'statistical') return base >= 1 - SCORE_EPSILON && head < 1 - SCORE_EPSILON;
    return base >= 1 - SCORE_EPSILON;
  });
}

function floorReason({ pairing }: Context, line: Line): Reason | undefined {
  const { comparison, rule, path } = line;
  const accuracy = ratesOf(comparison.head).accuracy;
  if (rule.min === undefined || !isBelow(accuracy, rule.min)) return undefined;
  const wrong: Loss[] = [];
  pairing.documents.forEach(({ head }, index) => {
    const [low] = line.range(head);
    if (low !== null && low < 1 - SCORE_EPSILON) wrong.push({ index, loss: 1 - low });
  });
  const ids = worstFirst(wrong, pairing.documents);
  const base = pairing.paired ? ratesOf(comparison.base).accuracy : null;
  const reach = line.scalar ? wilson(comparison.head.correct, cellsOf(comparison.head)) : undefined;
  const range = reach === undefined ? '' : `, 95 % interval ${percent(reach[0])} to ${percent(reach[1])}`;
  return {
    code: 'field_below_floor',
    level: 'block',
    field: path,
    documents: ids,
    text: `${name(path)} is at ${percent(accuracy)}, below its floor of ${percent(rule.min)}${beside(base, rule.min)}${range}. Wrong on ${count(ids.length, 'document')}: ${list(ids)}.`,
  };
}

/** What the base had, beside a floor that the head misses. */
export function beside(base: number | null, min: number): string {
  if (base === null) return '';
  return isBelow(base, min)
    ? `; the base was already below it, at ${percent(base)}`
    : `; the base had ${percent(base)}`;
}

function evidenceReason({ method }: Context, line: Line, family: number): Reason | undefined {
  const { rule, comparison, path, stable } = line;
  if (
    method?.kind !== 'statistical' ||
    stable ||
    rule.maxDrop === undefined ||
    rule.maxNewErrors !== undefined
  )
    return undefined;
  const needed = leastOneWayUnits(levelOf(method.alpha) / family);
  if (comparison.units >= needed) return undefined;
  return {
    code: 'rule_without_evidence',
    level: 'info',
    field: path,
    text: `The drop rule of ${name(path)} cannot act here: judged statistically, ${count(family, 'field')} together need at least ${needed} documents (or templates) that get worse, and ${comparison.units} have this field. A count rule can: max_new_errors: { ${name(path)}: 0 }.`,
  };
}

function entry(
  { pairing, method, gate }: Context,
  line: Line,
  adjusted: number | null,
  blocked: boolean,
): FieldDifference {
  const { comparison, rule } = line;
  const side = (counts: Counts): FieldDifference['base'] => ({
    correct: tidy(counts.correct),
    wrong: tidy(counts.wrong),
    missing: tidy(counts.missing),
    spurious: tidy(counts.spurious),
    absent: tidy(counts.absent),
    ...ratesOf(counts),
  });
  const ci = interval(comparison.estimate);
  return {
    field: line.path,
    type: line.type,
    base: side(comparison.base),
    head: side(comparison.head),
    documents: comparison.documents,
    delta: comparison.delta,
    ci: ci === undefined ? null : [...ci],
    p: comparison.p,
    p_adjusted: adjusted,
    smallest_detectable_drop:
      method === undefined ? null : (smallestDetectableOf(comparison.estimate, levelOf(gate.alpha)) ?? null),
    regressed: comparison.regressed.length,
    fixed: comparison.fixed.length,
    blocked,
    max_drop: pairing.paired ? (rule.maxDrop ?? null) : null,
    min: rule.min ?? null,
    unreliable: line.unreliable,
  };
}

/** A mean over three runs of a count is shown without the dust of the division. */
function tidy(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
