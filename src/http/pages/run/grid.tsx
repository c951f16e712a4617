/** Tables of a document as grids: the rows as the scorer paired them, each cell with what it should be and what it is. */
import type { FC } from 'hono/jsx';
import { CHANGES, isWrong } from '../../../core/report/html/documents.js';
import { Sign, Value } from '../../../core/report/html/parts.js';
import type { Report, ReportCell } from '../../../core/report/schema.js';
import { plural, showValues } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';

export interface TableOfCells {
  /** Path of the table or list. */
  readonly field: string;
  /** Paths of the columns that have a cell to show. */
  readonly columns: readonly string[];
  readonly rows: readonly RowOfCells[];
}

export interface RowOfCells {
  /** 1-based; null: no labelled row was paired. Undefined: an older report does not say. */
  readonly row: number | null;
  readonly base: number | null | undefined;
  readonly head: number | null | undefined;
  /** By column. */
  readonly cells: ReadonlyMap<string, ReportCell>;
}

/** Cells of tables and lists by their rows, and the others apart. Labelled rows first, in their order. */
export function tablesOf(
  fields: Report['fields'],
  cells: readonly ReportCell[],
): { readonly tables: readonly TableOfCells[]; readonly others: readonly ReportCell[] } {
  const named = fields.filter(({ columns }) => columns !== undefined).map(({ field }) => field);
  const tableOf = (path: string): string => named.find((table) => path.startsWith(`${table}.`)) ?? path;
  const found = new Map<string, Map<string, { row: RowOfCells; cells: Map<string, ReportCell> }>>();
  const others: ReportCell[] = [];
  for (const cell of cells) {
    if (cell.row === undefined) {
      others.push(cell);
      continue;
    }
    const table = tableOf(cell.field);
    const rows = found.get(table) ?? new Map<string, { row: RowOfCells; cells: Map<string, ReportCell> }>();
    found.set(table, rows);
    const key = keyOf(cell, rows);
    const known = rows.get(key);
    if (known !== undefined) {
      known.cells.set(cell.field, cell);
      continue;
    }
    const inRow = new Map([[cell.field, cell]]);
    const row = { row: cell.row, base: cell.base_row, head: cell.head_row, cells: inRow };
    rows.set(key, { row, cells: inRow });
  }
  return {
    tables: [...found].map(([field, rows]) => {
      const sorted = [...rows.values()].map(({ row }) => row).sort(byRow);
      const columns = new Set(sorted.flatMap((row) => [...row.cells.keys()]));
      const order = fields.find((one) => one.field === field)?.columns?.map((column) => column.field) ?? [];
      return {
        field,
        columns: [
          ...order.filter((column) => columns.has(column)),
          ...[...columns].filter((column) => !order.includes(column)),
        ],
        rows: sorted,
      };
    }),
    others,
  };
}

/** Rows without a label are told apart by their places in the predictions; older reports do not have these. */
function keyOf(
  { row, base_row: base, head_row: head, field }: ReportCell,
  rows: ReadonlyMap<string, { readonly cells: ReadonlyMap<string, ReportCell> }>,
): string {
  if (row !== null) return `row ${row}`;
  const key = `base ${base ?? '?'} head ${head ?? '?'}`;
  if (base !== undefined || head !== undefined) return key;
  let next = 0;
  while (rows.get(`${key} ${next}`)?.cells.has(field) === true) next += 1;
  return `${key} ${next}`;
}

function byRow(a: RowOfCells, b: RowOfCells): number {
  const last = Number.MAX_SAFE_INTEGER;
  return (a.row ?? last) - (b.row ?? last) || (a.head ?? a.base ?? last) - (b.head ?? b.base ?? last);
}

export const CellGrid: FC<{ table: TableOfCells; whole: boolean }> = ({ table, whole }) => (
  <div class="scroll" tabindex={0} role="group" aria-label={`Rows of ${name(table.field)}`}>
    <table class="grid">
      <caption>
        Rows of {name(table.field)} as they were paired: {plural(table.rows.length, 'row')} with something to
        tell.{' '}
        {whole ? 'An empty cell is right on both sides.' : 'Some cells are left out: there are too many.'}
      </caption>
      <thead>
        <tr>
          <th scope="col">Label</th>
          <th scope="col">Base</th>
          <th scope="col">Head</th>
          {table.columns.map((column) => (
            <th scope="col">{name(shortName(table.field, column), 40)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {table.rows.map((row) => (
          <tr>
            <th scope="row">{row.row === null ? 'additional row' : `row ${row.row}`}</th>
            <td class="nowrap">{place(row.base)}</td>
            <td class="nowrap">{place(row.head)}</td>
            {table.columns.map((column) => (
              <GridCell cell={row.cells.get(column)} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

function shortName(table: string, column: string): string {
  return column.startsWith(`${table}.`) ? column.slice(table.length + 1) : column;
}

function place(row: number | null | undefined): string {
  if (row === undefined) return '';
  return row === null ? 'none' : `row ${row}`;
}

const GridCell: FC<{ cell: ReportCell | undefined }> = ({ cell }) => {
  if (cell === undefined) return <td></td>;
  const [expected = '', base = '', head = ''] = showValues([cell.expected, cell.base, cell.head], 400);
  return (
    <td>
      <Sign {...CHANGES[cell.change]} />
      <dl class="sides">
        <dt>expected</dt>
        <dd>
          <Value text={expected} expected={expected} wrong={false} side="expected" />
        </dd>
        <dt>base</dt>
        <dd>
          <Value text={base} expected={expected} wrong={isWrong(cell.base_outcome)} side="base" />
        </dd>
        <dt>head</dt>
        <dd>
          <Value text={head} expected={expected} wrong={isWrong(cell.head_outcome)} side="head" />
        </dd>
      </dl>
    </td>
  );
};
