/** Single values: compared for a person, checked for a label, and told apart for the measurement of noise. */
import type { Json, ScalarSpec, ValueSpec } from '../words.js';
import { compileComparator, type Comparator, type Unreadable } from './comparator.js';
import { isArray, isObject, isValue, textOf, valueAt } from './values.js';

const compiled = new WeakMap<ScalarSpec, Comparator>();

/** The comparator of a specification, compiled once for each specification object. */
export function comparatorOf(spec: ScalarSpec): Comparator {
  let comparator = compiled.get(spec);
  if (comparator === undefined) compiled.set(spec, (comparator = compileComparator(spec)));
  return comparator;
}

/**
 * Compares two scalar values under a type. Never throws. Two "no value"s match (`absent`); one of them is `missing` or
 * `spurious`. `similarity` is 0 to 1 and is shown, never judged.
 */
export function compareValues(
  spec: ScalarSpec,
  expected: Json,
  predicted: Json,
): { match: boolean; rule: string; similarity: number } {
  const hasExpected = isValue(expected);
  const hasPredicted = isValue(predicted);
  if (!hasExpected || !hasPredicted) {
    if (hasExpected === hasPredicted) return { match: true, rule: 'absent', similarity: 1 };
    return { match: false, rule: hasExpected ? 'missing' : 'spurious', similarity: 0 };
  }
  const comparator = comparatorOf(spec);
  const a = comparator.read(expected);
  const b = comparator.read(predicted);
  const { match, rule } = comparator.compare(a, b);
  return { match, rule, similarity: comparator.similarity(a, b) };
}

/**
 * Why a label's value cannot be read by its type, with what to write instead, as a sentence about "it"; undefined when it
 * can be, or when it is no value. An unreadable value matches only itself: a correct prediction in another notation would
 * count as wrong.
 */
export function parseProblem(spec: ScalarSpec, value: Json): string | undefined {
  if (!isValue(value)) return undefined;
  if (typeof value === 'object') {
    return `it is ${isArray(value) ? 'a list' : 'an object'} where one value is expected: declare the field as a list or a table, or its parts as fields with dotted paths`;
  }
  if (spec.type === 'enum') {
    if (spec.values.length === 0) return undefined;
    const allowed = new Set(
      [...spec.values, ...Object.keys(spec.aliases)].map((name) => comparatorOf(spec).read(name).key),
    );
    if (allowed.has(comparatorOf(spec).read(value).key)) return undefined;
    return `it is none of the allowed values (${spec.values.join(', ')}); write one of them, or add it to \`values\` or \`aliases\``;
  }
  const { problem } = comparatorOf(spec).read(value);
  return problem === undefined ? undefined : explain(spec, problem);
}

function explain(spec: ScalarSpec, problem: Unreadable): string {
  switch (problem) {
    case 'ambiguous':
      if (spec.type !== 'date') {
        return 'it can be read with a decimal separator or with a separator of thousands; declare `decimal: comma` or `decimal: point`, or write a JSON number';
      }
      if (spec.pivot !== undefined) {
        return 'it can be read as month and day or as month and year; write YYYY-MM-DD or YYYY-MM';
      }
      return 'it can be read day first or month first; declare `day_first: true` or `day_first: false`, or write YYYY-MM-DD';
    case 'two_digit_year':
      return 'its year has two digits; declare `pivot` (years up to it are 20yy, later ones 19yy), or write YYYY-MM-DD';
    case 'currency':
      return 'it names no currency that is known, or two different ones; write the ISO 4217 code, as in `EUR 12.50`';
    case 'unreadable':
      return MENDS[spec.type];
  }
}

const MENDS: Readonly<Record<ScalarSpec['type'], string>> = {
  text: 'it is no text',
  id: 'it is no identifier',
  number:
    'it is no number; write a JSON number such as 1234.56, or declare the field as `text`, or as `money` if it has a currency',
  money: 'it is no amount; write `EUR 1234.56` or a JSON number',
  date: 'it is no calendar date; write YYYY-MM-DD, or YYYY-MM where the document has no day',
  boolean: 'it is neither yes nor no; write true or false',
  enum: 'it is no allowed value',
  phone: 'it is no telephone number; write it with its country code, as in +49 30 1234567',
  address: 'it has neither words nor numbers; write the address, or null where the document has none',
};

/**
 * Whether two predictions of the same code say the same, for the measurement of noise: equal under the field's type, but
 * without its tolerances: fuzzy text must be equal to the character, numbers and amounts exactly. Lists without an order
 * and the rows of tables may change places.
 */
export function sameValue(spec: ValueSpec, a: Json | undefined, b: Json | undefined): boolean {
  return signature(spec, a) === signature(spec, b);
}

/** Separates parts of a signature; cannot stand in a normalised value unescaped, as each part carries its length. */
function pack(parts: readonly string[]): string {
  return parts.map((part) => `${part.length}:${part}`).join('');
}

function signature(spec: ValueSpec, value: Json | undefined): string {
  if (!isValue(value)) return '';
  if (spec.type === 'list') {
    const items = (isArray(value) ? value : [value]).filter(isValue).map((item) => signature(spec.of, item));
    return pack(spec.ordered ? items : items.sort());
  }
  if (spec.type === 'table') {
    const rows = (isArray(value) ? value : [value])
      .filter(isValue)
      .map((row) =>
        pack(
          spec.columns.map((column) =>
            signature(column.spec, isObject(row) ? valueAt(row, column.name) : row),
          ),
        ),
      );
    return pack(rows.sort());
  }
  if (spec.type === 'text' && spec.match === 'fuzzy') return textOf(value).normalize('NFC');
  return comparatorOf(spec).read(value).key;
}
