import type { FieldComparison } from '../compare/field.js';
import { compareIds, type Loss, SCORE_EPSILON, scoreBeside, worstFirst } from '../compare/pairing.js';
import { compareScope, type ScopeComparison } from '../compare/scope.js';
import { RUNS_TO_SEE_NOISE } from '../compare/stable.js';
import type { Reason, Report } from '../report/schema.js';
import { poissonUpperTail } from '../stats/exact.js';
import type { Context } from './context.js';
import { count, list, name, points } from './text.js';

type HiddenLoss = Report['hidden_losses'][number];

/**
 * Net gains, or no change, that hide documents that became worse in some field: in the whole, a slice, a template, a
 * field. Judged statistically a document became worse in a field only when it was right in every run of the base and
 * wrong in every run of the head, and in a noisy field only when there are more of these than chance brings.
 *
 * @param changes as `changesOf` gives them
 */
export function hiddenLosses(
  context: Context,
  fields: readonly FieldComparison[],
  overall: ScopeComparison,
  changes: Int32Array,
): HiddenLoss[] {
  const { pairing, method, input } = context;
  if (method === undefined) return [];
  const perField = fields.map((field, j) => realLosses(context, field, j));
  if (method.kind === 'statistical' && chanceExplains(context, perField)) {
    perField.forEach((_, j) => {
      if (context.stable[j] !== true) perField[j] = [];
    });
  }
  const worst = new Map<number, number>();
  for (const { index, loss } of perField.flat()) worst.set(index, Math.max(loss, worst.get(index) ?? 0));
  if (worst.size === 0) return [];

  const found: HiddenLoss[] = [];
  const look = (
    scope: HiddenLoss['scope'],
    title: string,
    delta: number | null,
    losses: readonly Loss[],
  ): void => {
    if (delta === null || delta < -SCORE_EPSILON || losses.length === 0) return;
    found.push({ scope, name: title, delta, documents: worstFirst(losses, pairing.documents) });
  };
  const among = (members: readonly number[]): Loss[] =>
    members.flatMap((index) => (worst.has(index) ? [{ index, loss: worst.get(index) ?? 0 }] : []));
  look('all', 'all', overall.delta, among(pairing.documents.map((_, index) => index)));
  for (const [title, members] of groupsOf(context, ({ slices }) =>
    Object.entries(slices).map(([k, v]) => `${k}=${v}`),
  )) {
    look('slice', title, compareScope(pairing, members, changes).delta, among(members));
  }
  for (const [title, members] of groupsOf(context, ({ template }) =>
    template === undefined ? [] : [template],
  )) {
    look('template', title, compareScope(pairing, members, changes).delta, among(members));
  }
  input.fields.forEach(({ path }, j) => look('field', path, fields[j]?.delta ?? null, perField[j] ?? []));
  return found;
}

/**
 * One reason for each hidden loss that names a document which no reason of at least that level names yet: the same
 * documents in the whole, in their slice and in their template are one finding.
 */
export function hiddenReasons(
  context: Context,
  found: readonly HiddenLoss[],
  others: readonly Reason[],
  fields: readonly FieldComparison[],
): Reason[] {
  const level = context.gate.onHiddenLosses === 'pass' ? 'info' : context.gate.onHiddenLosses;
  const strong: readonly Reason['level'][] =
    level === 'block' ? ['block'] : level === 'warn' ? ['block', 'warn'] : ['block', 'warn', 'info'];
  const named = new Set(
    others.filter((reason) => strong.includes(reason.level)).flatMap(({ documents }) => documents ?? []),
  );
  return found.flatMap((loss): Reason[] => {
    if (loss.documents.every((id) => named.has(id))) return [];
    for (const id of loss.documents) named.add(id);
    return [
      {
        code: 'hidden_losses',
        level,
        ...(loss.scope === 'field'
          ? { field: loss.name }
          : loss.scope === 'slice'
            ? { slice: loss.name }
            : {}),
        documents: loss.documents,
        text: describe(context, loss, fields),
      },
    ];
  });
}

function describe(context: Context, loss: HiddenLoss, fields: readonly FieldComparison[]): string {
  const titles = {
    all: 'The overall score',
    slice: `The score of ${name(loss.name)}`,
    template: `The score of template ${name(loss.name)}`,
    field: name(loss.name),
  };
  const moved = loss.delta > SCORE_EPSILON ? `rose by ${points(loss.delta).slice(1)}` : 'did not change';
  const ids = new Set(loss.documents);
  const { documents } = context.pairing;
  const where =
    loss.scope === 'field'
      ? ''
      : ` in ${list(context.input.fields.flatMap(({ path }, j) => (fields[j]?.regressed.some(({ index }) => ids.has(documents[index]?.id ?? '')) === true ? [path] : [])))}`;
  const templates = new Set(documents.filter(({ id }) => ids.has(id)).map(({ template }) => template));
  const [only] = templates;
  const vendor =
    loss.scope !== 'template' && templates.size === 1 && only !== undefined
      ? `, all of template ${name(only)}`
      : '';
  return `${titles[loss.scope]} ${moved}, but ${count(ids.size, 'document')} became worse${where}${vendor}: ${list(loss.documents)}.`;
}

/** Documents that lost in a field; judged statistically, those right in every base run and wrong in every head run. */
function realLosses({ pairing, method }: Context, field: FieldComparison, j: number): readonly Loss[] {
  if (method?.kind !== 'statistical') return field.regressed;
  return field.regressed.filter(({ index }) => {
    const document = pairing.documents[index];
    if (document === undefined || Math.min(document.base.runs, document.head.runs) < RUNS_TO_SEE_NOISE)
      return false;
    const low = document.base.low[j] ?? null;
    const high = document.head.high[j] ?? null;
    const isRight = scoreBeside(low, document.base, high) >= 1 - SCORE_EPSILON;
    return isRight && scoreBeside(high, document.head, low) < 1 - SCORE_EPSILON;
  });
}

/**
 * Whether the losses in noisy fields are no more than noise brings. A value that is right in each run with chance 1/2,
 * the worst case, is right in all `b` runs of the base and wrong in all `h` runs of the head with chance q = 2^-(b+h), and
 * disagrees with itself in some side with chance 1 − 4q. So every value that is seen to disagree stands for at most
 * q/(1 − 4q) such losses by chance.
 */
function chanceExplains({ pairing, gate, stable }: Context, perField: readonly (readonly Loss[])[]): boolean {
  let observed = 0;
  let expected = 0;
  perField.forEach((losses, j) => {
    if (stable[j] === true) return;
    observed += losses.length;
    for (const { base, head } of pairing.documents) {
      if (base.low[j] === base.high[j] && head.low[j] === head.high[j]) continue;
      const q = 2 ** -(base.runs + head.runs);
      expected += q / (1 - 4 * q);
    }
  });
  return poissonUpperTail(observed, expected) > gate.alpha;
}

function groupsOf(
  { pairing }: Context,
  keysOf: (document: Context['pairing']['documents'][number]) => readonly string[],
): [string, number[]][] {
  const groups = new Map<string, number[]>();
  pairing.documents.forEach((document, index) => {
    for (const key of keysOf(document)) {
      const members = groups.get(key) ?? [];
      groups.set(key, members);
      members.push(index);
    }
  });
  return [...groups].sort(([a], [b]) => compareIds(a, b));
}
