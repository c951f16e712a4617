import type { FieldSpec, Json, Label, ScalarSpec } from '../words.js';
import { isArray, isObject, valueAt } from '../score/values.js';
import { didYouMean } from '../config/quote.js';
import type { DatasetToCheck, Say } from './check.js';
import { isEmpty, leaves } from './paths.js';
import { listed, quote } from './quote.js';

/** Labels against the configuration's fields: names, shapes, and whether a value can be read as its type. */
export function checkFields(
  labels: readonly Label[],
  fields: readonly FieldSpec[],
  parseProblem: DatasetToCheck['parseProblem'],
  say: Say,
): void {
  const unknown = new Map<string, string[]>();
  const labelledIn = new Map(namesOf(fields).map((name) => [name, new Set<string>()] as const));
  for (const label of labels) {
    for (const path of unknownPaths(label, fields)) {
      const ids = unknown.get(path);
      if (ids) ids.push(label.id);
      else unknown.set(path, [label.id]);
    }
    for (const field of fields) {
      const value = valueAt(label.fields, field.path);
      for (const name of valuedNames(field, value)) labelledIn.get(name)?.add(label.id);
      const alternatives = Object.hasOwn(label.accept, field.path) ? (label.accept[field.path] ?? []) : [];
      if (alternatives.length > 0 && isEmpty(value)) {
        say(
          'warning',
          'accept_without_value',
          `${quote(label.id)} accepts alternatives for ${quote(field.path)}, but its "fields" have no value there. Write the first of them into "fields".`,
          label.id,
        );
      }
      for (const [given, origin] of [
        [value, ''] as const,
        ...alternatives.map((one) => [one, ' (in "accept")'] as const),
      ]) {
        for (const problem of valueProblems(field, given, parseProblem)) {
          say('error', problem.code, `${quote(label.id)}: ${problem.message}${origin}`, label.id);
        }
      }
    }
  }
  sayUnknown(labels, unknown, labelledIn, say);
  sayNeverLabelled(labels, fields, labelledIn, say);
}

/** Names of fields and of columns of tables (`table.column`), in the order of the configuration. */
function namesOf(fields: readonly FieldSpec[]): string[] {
  return fields.flatMap(({ path, spec }) =>
    spec.type === 'table' ? [path, ...spec.columns.map(({ name }) => `${path}.${name}`)] : [path],
  );
}

/** The field, and those columns of a table, for which a label has a value. */
function valuedNames(field: FieldSpec, value: Json | undefined): string[] {
  const { path, spec } = field;
  if (isEmpty(value)) return [];
  if (spec.type !== 'table') return [path];
  // A table of the wrong shape has an error of its own; of its columns nothing can be said.
  if (!isArray(value) || !value.some(isObject)) return namesOf([field]);
  const rows = value.filter(isObject);
  const columns = spec.columns.filter(({ name }) => rows.some((row) => !isEmpty(valueAt(row, name))));
  return [path, ...columns.map(({ name }) => `${path}.${name}`)];
}

/**
 * A path that looks like a slip of the pen gets a line of its own: one that resembles a field which none of these labels
 * has. The others are usually left out of the configuration on purpose and share a line.
 */
function sayUnknown(
  labels: readonly Label[],
  unknown: ReadonlyMap<string, readonly string[]>,
  labelledIn: ReadonlyMap<string, ReadonlySet<string>>,
  say: Say,
): void {
  const others: string[] = [];
  for (const [path, ids] of unknown) {
    const free = [...labelledIn]
      .filter(([, having]) => !ids.some((id) => having.has(id)))
      .map(([name]) => name);
    const hint = didYouMean(path, free);
    if (hint === '') {
      others.push(path);
      continue;
    }
    const message = `The configuration has no field ${quote(path)}; its values in ${ids.length} of ${labels.length} labels are not compared (${listed(ids, 3)}).${hint}`;
    say('warning', 'unknown_field', message, ids[0]);
  }
  if (others.length === 0) return;
  const what = others.length === 1 ? 'a field' : `${others.length} fields`;
  const message = `Labels have ${what} that the configuration does not compare: ${listed(others, 20)}.`;
  say('warning', 'unknown_field', message, unknown.get(others[0] ?? '')?.[0]);
}

function sayNeverLabelled(
  labels: readonly Label[],
  fields: readonly FieldSpec[],
  labelledIn: ReadonlyMap<string, ReadonlySet<string>>,
  say: Say,
): void {
  if (labels.length === 0) return;
  const isNever = (name: string): boolean => labelledIn.get(name)?.size === 0;
  const never = fields.filter(({ path }) => isNever(path)).map(({ path }) => path);
  if (never.length > 0 && never.length === fields.length) {
    say(
      'error',
      'no_field_labelled',
      `No label has a value for any field of the configuration (${listed(never)}). Check the spelling of the paths, and whether this is the right dataset.`,
    );
    return;
  }
  // Of a table that is never labelled it is enough to say so; its columns go without saying.
  const columns = fields.flatMap((field) =>
    isNever(field.path) ? [] : namesOf([field]).slice(1).filter(isNever),
  );
  const names = [...never, ...columns];
  if (names.length === 0) return;
  const message = `No label has a value for ${listed(names)}: there is nothing to measure this by. Check the spelling, label it, or remove it from the configuration.`;
  say('warning', 'never_labelled', message);
}

/** Paths in `fields` and `accept` of a label that lie under no field of the configuration; a table's as `table.column`. */
function unknownPaths(label: Label, fields: readonly FieldSpec[]): Set<string> {
  const found = new Set<string>();
  const known = new Map(fields.map((field) => [field.path, field.spec]));
  for (const { path, value } of leaves(label.fields)) {
    if (isEmpty(value)) continue;
    const spec = known.get(path);
    if (!spec) {
      // An object where a scalar, a list or a table belongs is a wrong shape, not many unknown fields.
      if (!fields.some((field) => path.startsWith(`${field.path}.`))) found.add(path);
      continue;
    }
    if (spec.type !== 'table' || !isArray(value)) continue;
    const columns = new Set(spec.columns.map(({ name }) => name));
    for (const row of value) {
      if (!isObject(row)) continue;
      for (const leaf of leaves(row)) if (!columns.has(leaf.path)) found.add(`${path}.${leaf.path}`);
    }
  }
  for (const path of Object.keys(label.accept)) if (!known.has(path)) found.add(path);
  return found;
}

interface ValueProblem {
  readonly code: 'wrong_shape' | 'unparseable_value';
  readonly message: string;
}

function* valueProblems(
  { path, spec }: FieldSpec,
  value: Json | undefined,
  parseProblem: DatasetToCheck['parseProblem'],
): Generator<ValueProblem> {
  if (isEmpty(value) || value === undefined) return;
  if (spec.type === 'table') {
    if (!isArray(value) || !value.every(isObject)) {
      yield shape(path, 'is a table in the configuration; write a list of rows: [{"column": "value"}]');
      return;
    }
    for (const [index, row] of value.entries()) {
      if (!isObject(row)) continue;
      for (const { name, spec: column } of spec.columns) {
        const cell = valueAt(row, name);
        yield* scalarProblems(`${path}.${name}`, ` in row ${index + 1}`, column, cell, parseProblem);
      }
    }
  } else if (spec.type === 'list') {
    if (!isArray(value)) {
      yield shape(path, 'is a list in the configuration; put its values into [ ]');
      return;
    }
    for (const [index, item] of value.entries()) {
      yield* scalarProblems(path, `, item ${index + 1}`, spec.of, item, parseProblem);
    }
  } else {
    yield* scalarProblems(path, '', spec, value, parseProblem);
  }
}

function* scalarProblems(
  path: string,
  where: string,
  spec: ScalarSpec,
  value: Json | undefined,
  parseProblem: DatasetToCheck['parseProblem'],
): Generator<ValueProblem> {
  if (value === undefined || isEmpty(value)) return;
  if (isArray(value) || isObject(value)) {
    const kind = isArray(value) ? 'a list' : 'an object';
    yield shape(path, `holds ${kind}${where} where the configuration has one ${spec.type}`);
    return;
  }
  const problem = parseProblem?.(spec, value);
  if (problem === undefined) return;
  const shown = quote(typeof value === 'string' ? value : JSON.stringify(value), 40);
  yield {
    code: 'unparseable_value',
    message: `${shown} of ${quote(path)}${where} cannot be read as ${spec.type}: ${problem}`,
  };
}

function shape(path: string, text: string): ValueProblem {
  return { code: 'wrong_shape', message: `${quote(path)} ${text}.` };
}
