import { createScorer } from '../../../src/core/score/index.js';
import type {
  Counts,
  DocumentScore,
  FieldSpec,
  Json,
  JsonObject,
  Label,
  Prediction,
  ScalarSpec,
  ValueSpec,
} from '../../../src/core/words.js';

export const NUMBER: ScalarSpec = { type: 'number', decimal: 'auto' };
export const TEXT: ScalarSpec = { type: 'text', match: 'normalized', threshold: 1 };
export const FUZZY: ScalarSpec = { type: 'text', match: 'fuzzy', threshold: 0.8 };

/** One specification of every scalar type, with and without the options that change how it compares. */
export const EVERY_SCALAR: readonly ScalarSpec[] = [
  { type: 'text', match: 'exact', threshold: 1 },
  TEXT,
  FUZZY,
  { type: 'id' },
  NUMBER,
  { type: 'number', decimal: 'comma', tolerance: { kind: 'absolute', value: '0.5' } },
  { type: 'number', decimal: 'point', tolerance: { kind: 'relative', value: '0.1' } },
  { type: 'money', decimal: 'auto', missingCurrency: 'label' },
  { type: 'money', decimal: 'point', missingCurrency: 'any', tolerance: { kind: 'absolute', value: '0.01' } },
  { type: 'date' },
  { type: 'date', dayFirst: true, pivot: 68 },
  { type: 'boolean' },
  { type: 'enum', values: ['a', 'b'], aliases: { a: ['x', '__proto__'] } },
  { type: 'phone' },
  { type: 'phone', region: 'DE' },
  { type: 'address', threshold: 0.85 },
];

export function field(path: string, spec: ValueSpec, weight = 1): FieldSpec {
  return { path, spec, weight, critical: false };
}
export function label(fields: JsonObject, accept: Label['accept'] = {}): Label {
  return { id: 'd', fields, accept, slices: {} };
}
export function prediction(fields: JsonObject): Prediction {
  return { id: 'd', status: 'ok', fields, seconds: 0 };
}
export function score(
  fields: readonly FieldSpec[],
  expected: JsonObject,
  predicted: JsonObject,
  more: { readonly accept?: Label['accept']; readonly missingLabels?: 'absent' | 'unlabelled' } = {},
): DocumentScore {
  const scorer = createScorer(fields, { missingLabels: more.missingLabels ?? 'absent' });
  return scorer.score(label(expected, more.accept), prediction(predicted));
}
/** Counts of one field with one value on each side. */
export function countsOf(spec: ValueSpec, expected: Json, predicted: Json, accept?: readonly Json[]): Counts {
  const result = score(
    [field('f', spec)],
    { f: expected },
    { f: predicted },
    accept && { accept: { f: accept } },
  );
  return result.fields[0]!.counts;
}
export function counts(correct: number, wrong = 0, missing = 0, spurious = 0, absent = 0): Counts {
  return { correct, wrong, missing, spurious, absent };
}
/** All orders of a short list. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}
