/** Labels → fields with types, as somebody who knows the documents would declare them; for `docops init`. */
import { leaves } from '../dataset/paths.js';
import type { FieldType, Json, JsonObject } from '../words.js';
import { inferScalar, type InferredScalar } from './infer-scalar.js';

export interface InferredField {
  /** Dotted path; the column's name inside a table. */
  readonly path: string;
  readonly type: FieldType;
  /** Options of the type as they are written in the file. */
  readonly options: Readonly<Record<string, Json>>;
  readonly of?: InferredScalar;
  readonly columns?: readonly InferredField[];
  /** Labels that have a value here. */
  readonly labelled: number;
  /** Sentences for a comment: what was seen that a person should decide. */
  readonly notes: readonly string[];
}

export interface Inferred {
  /** In the order of first appearance. */
  readonly fields: readonly InferredField[];
  /** Paths of the labels that cannot be declared, and why. */
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
}

const NAME = /^[^.*\p{Cc}\p{Cs}]{1,100}$/u;

/** @param labels the `fields` object of each label. */
export function inferFields(labels: readonly JsonObject[]): Inferred {
  const seen = new Map<string, Json[]>();
  for (const label of labels) {
    for (const { path, value } of leaves(label)) push(seen, path, value);
  }
  const skipped: { path: string; why: string }[] = [];
  const fields: InferredField[] = [];
  const filled = new Map<string, Json[]>();
  for (const [path, values] of seen) {
    const present = values.filter((value) => !isNothing(value));
    if (present.length === 0) skipped.push({ path, why: 'no label has a value' });
    else if (!path.split('.').every((name) => NAME.test(name)) || path.split('.').length > 10) {
      skipped.push({ path, why: 'its name cannot be a field path' });
    } else filled.set(path, present);
  }
  for (const [path, values] of filled) {
    const below = [...filled.keys()].find((other) => other.startsWith(`${path}.`));
    if (below !== undefined) {
      skipped.push({ path, why: `in some labels it is a value, in others it holds ${below}` });
    } else fields.push(inferField(path, values));
  }
  return { fields, skipped };
}

function inferField(path: string, values: readonly Json[]): InferredField {
  const lists = values.filter((value): value is readonly Json[] => Array.isArray(value));
  if (lists.length * 2 <= values.length) {
    const scalars = values.filter((value) => !Array.isArray(value));
    const notes = lists.length === 0 ? [] : [`a list in ${lists.length} of ${values.length} labels`];
    return { ...scalarField(path, scalars), notes: [...notes, ...scalarField(path, scalars).notes] };
  }
  const items = lists.flat().filter((item) => !isNothing(item));
  const rows = items.filter(isRow);
  if (rows.length * 2 > items.length) return inferTable(path, rows, values.length);
  const { notes, ...of } = inferScalar(
    singular(path),
    items.filter((item) => !isRow(item)),
  );
  return { path, type: 'list', options: {}, of: { ...of, notes: [] }, labelled: values.length, notes };
}

function inferTable(path: string, rows: readonly JsonObject[], labelled: number): InferredField {
  const cells = new Map<string, Json[]>();
  for (const row of rows) for (const [name, value] of Object.entries(row)) push(cells, name, value);
  const columns: InferredField[] = [];
  const left: string[] = [];
  for (const [name, values] of cells) {
    const present = values.filter((value) => !isNothing(value));
    if (present.length === 0) continue;
    if (!NAME.test(name) || present.some((value) => typeof value === 'object')) left.push(name);
    else columns.push(scalarField(name, present));
  }
  const notes =
    left.length === 0 ? [] : [`not comparable as columns, left out: ${left.slice(0, 5).join(', ')}`];
  if (columns.length === 0) return { path, type: 'list', options: {}, of: TEXT, labelled, notes };
  return { path, type: 'table', options: {}, columns, labelled, notes };
}

const TEXT: InferredScalar = { type: 'text', options: {}, notes: [] };

function scalarField(path: string, values: readonly Json[]): InferredField {
  return { path, ...inferScalar(path.split('.').at(-1) ?? path, values), labelled: values.length };
}

const isNothing = (value: Json) =>
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (typeof value === 'object' && Object.keys(value).length === 0);

const isRow = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const singular = (path: string) => (path.split('.').at(-1) ?? path).replace(/s$/, '');

function push(map: Map<string, Json[]>, key: string, value: Json): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
