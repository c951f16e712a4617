import type { DatasetDocument, FieldSpec, Json, JsonObject, Label } from '../words.js';
import { canonicalJson } from '../plan/canonical.js';
import { isArray } from '../score/values.js';
import { isEmpty, isTable, leaves } from './paths.js';
import { pairRows, type RowPair } from './rows.js';

/** One value that differs between two versions of a label. A side without the key is absent, which is not `null`. */
export interface LabelChange {
  readonly document: string;
  /** What of the label changed. */
  readonly part: 'fields' | 'accept' | 'slices' | 'template';
  /** Field path, `table.column`, name of the slice, or `template`. */
  readonly field: string;
  /** Rows of the two tables, 0-based, null where a row has no partner; only for tables. */
  readonly row?: RowPair;
  readonly base?: Json;
  readonly head?: Json;
}

export interface LabelDiff {
  /** Ids, sorted. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** By document, then in the order of the configuration, then by path. */
  readonly changes: readonly LabelChange[];
}

export interface DatasetDiff extends LabelDiff {
  readonly documents: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    /** Same id, other content (or extension). */
    readonly changed: readonly string[];
  };
}

/**
 * What changed between two versions of the labels, value by value: scalars and lists of scalars as a whole, tables row by
 * row and column by column. Values are compared as written, not as their type reads them: `9.0` → `9.00` is shown.
 * @param fields the configuration's fields, for the order of the changes only
 */
export function diffLabels(
  base: readonly Label[],
  head: readonly Label[],
  fields: readonly FieldSpec[] = [],
): LabelDiff {
  const before = new Map(base.map((label) => [label.id, label]));
  const after = new Map(head.map((label) => [label.id, label]));
  const rank = new Map(fields.map((field, index) => [field.path, index]));
  const changes: LabelChange[] = [];
  for (const id of [...before.keys()].sort(byCodeUnits)) {
    const from = before.get(id);
    const to = after.get(id);
    if (from && to) changes.push(...diffLabel(from, to, rank));
  }
  return { ...diffIds(before, after), changes };
}

/** `diffLabels`, and the documents that came, went or have other content. */
export function diffDatasets(
  base: {
    readonly labels: readonly Label[];
    readonly documents: readonly Pick<DatasetDocument, 'id' | 'contentHash'>[];
  },
  head: {
    readonly labels: readonly Label[];
    readonly documents: readonly Pick<DatasetDocument, 'id' | 'contentHash'>[];
  },
  fields: readonly FieldSpec[] = [],
): DatasetDiff {
  const before = new Map(base.documents.map((document) => [document.id, document.contentHash]));
  const after = new Map(head.documents.map((document) => [document.id, document.contentHash]));
  const changed = [...before.keys()]
    .filter((id) => after.has(id) && after.get(id) !== before.get(id))
    .sort(byCodeUnits);
  return {
    ...diffLabels(base.labels, head.labels, fields),
    documents: { ...diffIds(before, after), changed },
  };
}

function diffIds(
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): { added: string[]; removed: string[] } {
  return {
    added: [...after.keys()].filter((id) => !before.has(id)).sort(byCodeUnits),
    removed: [...before.keys()].filter((id) => !after.has(id)).sort(byCodeUnits),
  };
}

function diffLabel(base: Label, head: Label, rank: ReadonlyMap<string, number>): LabelChange[] {
  const document = base.id;
  const values = diffValues(byPath(base.fields), byPath(head.fields), rank).flatMap(({ field, ...sides }) =>
    diffValue(document, field, sides),
  );
  const others = (['accept', 'slices'] as const).flatMap((part) =>
    diffValues(new Map(Object.entries(base[part])), new Map(Object.entries(head[part])), rank).map(
      (change): LabelChange => ({ document, part, ...change }),
    ),
  );
  const template: LabelChange[] =
    base.template === head.template
      ? []
      : [{ document, part: 'template', field: 'template', ...sidesOf(base.template, head.template) }];
  return [...values, ...others, ...template];
}

interface Sides {
  readonly base?: Json;
  readonly head?: Json;
}

function diffValues(
  base: ReadonlyMap<string, Json>,
  head: ReadonlyMap<string, Json>,
  rank: ReadonlyMap<string, number>,
): ({ field: string } & Sides)[] {
  const place = (path: string): number => rank.get(path) ?? rank.size;
  return [...new Set([...base.keys(), ...head.keys()])]
    .filter((path) => !same(base.get(path), head.get(path)))
    .sort((a, b) => place(a) - place(b) || byCodeUnits(a, b))
    .map((field) => ({ field, ...sidesOf(base.get(field), head.get(field)) }));
}

/** A table with a table, or with nothing, row by row; everything else as a whole. */
function diffValue(document: string, field: string, sides: Sides): LabelChange[] {
  const { base, head } = sides;
  const rows = (value: Json | undefined): readonly JsonObject[] | undefined =>
    isTable(value)
      ? value
      : isEmpty(value) && (value === undefined || value === null || isArray(value))
        ? []
        : undefined;
  const before = rows(base);
  const after = rows(head);
  if (!before || !after || (before.length === 0 && after.length === 0)) {
    return [{ document, part: 'fields', field, ...sides }];
  }
  return pairRows(
    before.map((row) => canonicalJson(row)),
    after.map((row) => canonicalJson(row)),
  ).flatMap((row): LabelChange[] => {
    const from = row.base === null ? undefined : before[row.base];
    const to = row.head === null ? undefined : after[row.head];
    if (!from || !to) return [{ document, part: 'fields', field, row, ...sidesOf(from, to) }];
    return diffValues(byPath(from), byPath(to), new Map()).map(({ field: column, ...cell }) => ({
      document,
      part: 'fields',
      field: `${field}.${column}`,
      row,
      ...cell,
    }));
  });
}

function byPath(fields: JsonObject): Map<string, Json> {
  return new Map(leaves(fields).map(({ path, value }) => [path, value]));
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

function sidesOf(base: Json | undefined, head: Json | undefined): Sides {
  return { ...(base === undefined ? {} : { base }), ...(head === undefined ? {} : { head }) };
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
