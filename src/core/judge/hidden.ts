import type { FieldComparison } from '../compare/field.js';
import { compareIds, type Loss, SCORE_EPSILON, scoreBeside, worstFirst } from '../compare/pairing.js';
import { compareScope, type ScopeComparison } from '../compare/scope.js';
import type { Reason, Report } from '../report/schema.js';
import type { Context } from './context.js';
import { count, list, name, points } from './text.js';

type HiddenLoss = Report['hidden_losses'][number];

/**
 * Net gains, or no change, that hide documents that became worse in some field: in the whole, a slice, a template, a
 * field. Judged statistically a document became worse in a field only when it was right in every run of the base and
 * wrong in every run of the head: anything less may be noise.
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
  const lossesOf = (field: FieldComparison, j: number): readonly Loss[] =>
    method.kind === 'exact'
      ? field.regressed
      : field.regressed.filter(({ index }) => isCertain(context, index, j));
  const perField = fields.map(lossesOf);
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

function isCertain({ pairing }: Context, index: number, j: number): boolean {
  const document = pairing.documents[index];
  if (document === undefined) return false;
  const low = document.base.low[j] ?? null;
  const high = document.head.high[j] ?? null;
  return (
    scoreBeside(low, document.base, high) >= 1 - SCORE_EPSILON &&
    scoreBeside(high, document.head, low) < 1 - SCORE_EPSILON
  );
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
