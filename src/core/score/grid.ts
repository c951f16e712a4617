/** Lists and tables as rectangles of readings: what pairing and counting work on. */
import type { Json, ListSpec, ScalarSpec, TableSpec } from '../words.js';
import type { Comparator, Reading } from './comparator.js';
import { isArray, isObject, isValue, valueAtParts } from './values.js';

export interface Column {
  readonly name: string;
  /** The name split at its dots; undefined without dots. */
  readonly parts: readonly string[] | undefined;
  readonly comparator: Comparator;
}

export interface Grid {
  /** Place of each row in the value as it was given: rows without any value are left out. */
  readonly rows: readonly number[];
  /** Row by row, one for each column; undefined = no value. */
  readonly cells: readonly (Reading | undefined)[];
  readonly values: readonly Json[];
  /** Cells that the label does not have where a lacking key means "not annotated"; undefined when there is none. */
  readonly unlabelled?: Uint8Array;
}

export const EMPTY_GRID: Grid = { rows: [], cells: [], values: [] };

export function compileColumns(
  spec: ListSpec | TableSpec,
  comparatorFor: (spec: ScalarSpec) => Comparator,
): Column[] {
  if (spec.type === 'list') return [{ name: '', parts: undefined, comparator: comparatorFor(spec.of) }];
  return spec.columns.map(({ name, spec: of }) => ({
    name,
    parts: name.includes('.') ? name.split('.') : undefined,
    comparator: comparatorFor(of),
  }));
}

/**
 * Reads a list (one column) or a table. A single value stands for a list of one, a single object for a table of one row.
 * A row that is no object has that value in every column: it equals only itself, and costs a whole row.
 */
export function readGrid(
  type: 'list' | 'table',
  value: Json | undefined,
  columns: readonly Column[],
  lackingIsUnlabelled = false,
): Grid {
  if (!isValue(value)) return EMPTY_GRID;
  const given = isArray(value) ? value : [value];
  const width = columns.length;
  const rows: number[] = [];
  const cells: (Reading | undefined)[] = [];
  const values: Json[] = [];
  const lacking: number[] = [];
  for (let index = 0; index < given.length; index++) {
    const row = given[index];
    if (!isValue(row)) continue;
    const object = type === 'table' && isObject(row) ? row : undefined;
    const start = cells.length;
    let any = false;
    for (const { name, parts, comparator } of columns) {
      const cell = object === undefined ? row : valueAtParts(object, name, parts);
      if (isValue(cell)) {
        any = true;
        cells.push(comparator.read(cell));
      } else {
        if (cell === undefined && lackingIsUnlabelled) lacking.push(cells.length);
        cells.push(undefined);
      }
      values.push(cell ?? null);
    }
    if (any) rows.push(index);
    else {
      cells.length = values.length = start;
      while (lacking.length > 0 && (lacking[lacking.length - 1] ?? 0) >= start) lacking.pop();
    }
  }
  if (lacking.length === 0) return { rows, cells, values };
  const unlabelled = new Uint8Array(rows.length * width);
  for (const at of lacking) unlabelled[at] = 1;
  return { rows, cells, values, unlabelled };
}

/** Content of a row as one text: equal exactly for rows whose cells all have equal keys. */
export function rowKey(grid: Grid, row: number, width: number): string {
  let key = '';
  for (let at = row * width, end = at + width; at < end; at++) {
    const cell = grid.cells[at]?.key;
    key += cell === undefined ? '\u0000' : `${cell}\u0001`;
  }
  return key;
}
