/** Several right values: what a label's `accept` says about one field. */
import type { FieldSpec, Json, Label } from '../words.js';
import { isObject, valueAt } from './values.js';

/** `accept` of one label, sorted out for one field. */
export interface Accepted {
  /** Other right values of the whole field. */
  readonly whole: readonly Json[];
  /** Other right values of a cell: row (as in the label's list, or `*` for every row) → column → values. */
  readonly cells: ReadonlyMap<string, readonly Json[]>;
}

/** Key of `Accepted.cells`; the column of a list is ''. */
export function cellKey(row: number | '*', column: string): string {
  return `${row} ${column}`;
}

/**
 * Keys of `accept` that concern a field: its own path; a path above it (`seller` for `seller.name`), whose values are
 * objects; for a table `table.column` (every labelled row) and `table.ROW.column`; for a list `list.ROW`. Rows count from 0.
 */
export function acceptedFor(field: FieldSpec, accept: Label['accept']): Accepted | undefined {
  const whole: Json[] = [];
  const cells = new Map<string, Json[]>();
  const { path, spec } = field;
  const columns = spec.type === 'table' ? new Set(spec.columns.map((column) => column.name)) : undefined;
  for (const key of Object.keys(accept)) {
    const values = accept[key] ?? [];
    if (key === path) whole.push(...values);
    else if (path.startsWith(`${key}.`)) {
      for (const value of values) {
        const part = isObject(value) ? valueAt(value, path.slice(key.length + 1)) : undefined;
        if (part !== undefined) whole.push(part);
      }
    } else if (key.startsWith(`${path}.`)) {
      const rest = key.slice(path.length + 1);
      const row = /^(\d{1,9})(?:\.|$)/.exec(rest);
      const column = row === null ? rest : rest.slice(row[0].length);
      const fits =
        columns === undefined ? spec.type === 'list' && row !== null && column === '' : columns.has(column);
      if (fits) {
        const at = cellKey(row === null ? '*' : Number(row[1]), column);
        cells.set(at, [...(cells.get(at) ?? []), ...values]);
      }
    }
  }
  return whole.length === 0 && cells.size === 0 ? undefined : { whole, cells };
}
