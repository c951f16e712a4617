/**
 * The report's documents: one entry for each, with the cells that changed or that are wrong on both sides. Base and head
 * are scored apart; here their cells meet again, a table's cells by the row of the label that they were paired with.
 */
import { REPORT_CELLS_PER_DOCUMENT } from '../limits.js';
import type { Cell, DocumentScore, Json, Outcome } from '../words.js';
import type { ReportCell, ReportDocument } from './schema.js';

interface Meeting {
  readonly base: Cell | undefined;
  readonly head: Cell | undefined;
}

/** Rows are 0-based inside and 1-based for people. */
function rowOf(cell: Cell | undefined): number | null | undefined {
  if (cell?.row === undefined) return undefined;
  return cell.row.label === null ? null : cell.row.label + 1;
}

/** Of the prediction's own rows, where one was paired; null where none was. 1-based like `rowOf`. */
function predictedRow(cell: Cell | undefined): number | null {
  const row = cell?.row?.prediction ?? null;
  return row === null ? null : row + 1;
}

function keyed(score: DocumentScore): Map<string, Cell> {
  const found = new Map<string, Cell>();
  const unpaired = new Map<string, number>();
  for (const cell of score.cells) {
    let key = cell.field;
    if (cell.row !== undefined) {
      if (cell.row.label !== null) key += `#${cell.row.label}`;
      else {
        const next = unpaired.get(cell.field) ?? 0;
        unpaired.set(cell.field, next + 1);
        key += `+${next}`;
      }
    }
    found.set(key, cell);
  }
  return found;
}

function right(outcome: Outcome): boolean {
  return outcome === 'correct' || outcome === 'absent';
}

function same(a: Json, b: Json): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function changeOf({ base, head }: Meeting): ReportCell['change'] {
  const before = right(base?.outcome ?? 'absent');
  const after = right(head?.outcome ?? 'absent');
  if (before && !after) return 'regressed';
  if (!before && after) return 'fixed';
  return same(base?.predicted ?? null, head?.predicted ?? null) ? 'same' : 'changed';
}

/** Cells of one document that are worth a look: regressed first, then changed, fixed, and wrong on both sides. */
export function cellsOf(base: DocumentScore, head: DocumentScore): ReportCell[] {
  const [before, after] = [keyed(base), keyed(head)];
  const cells: ReportCell[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const meeting: Meeting = { base: before.get(key), head: after.get(key) };
    const baseOutcome = meeting.base?.outcome ?? 'absent';
    const headOutcome = meeting.head?.outcome ?? 'absent';
    if (right(baseOutcome) && right(headOutcome)) continue;
    const row = rowOf(meeting.head ?? meeting.base);
    cells.push({
      field: (meeting.head ?? meeting.base)?.field ?? key,
      ...(row === undefined
        ? {}
        : { row, base_row: predictedRow(meeting.base), head_row: predictedRow(meeting.head) }),
      expected: meeting.head?.expected ?? meeting.base?.expected ?? null,
      base: meeting.base?.predicted ?? null,
      head: meeting.head?.predicted ?? null,
      base_outcome: baseOutcome,
      head_outcome: headOutcome,
      change: changeOf(meeting),
    });
  }
  const order = { regressed: 0, changed: 1, fixed: 2, same: 3 };
  return cells.sort((a, b) => order[a.change] - order[b.change]);
}

/** Keeps the first cells of a document and says how many were left out. */
export function limitCells(cells: readonly ReportCell[]): Pick<ReportDocument, 'cells' | 'cells_omitted'> {
  if (cells.length <= REPORT_CELLS_PER_DOCUMENT) return { cells: [...cells] };
  return {
    cells: cells.slice(0, REPORT_CELLS_PER_DOCUMENT),
    cells_omitted: cells.length - REPORT_CELLS_PER_DOCUMENT,
  };
}

/** Largest loss first, then lowest head score, then id; documents without a score last. */
export function worstFirst(a: ReportDocument, b: ReportDocument): number {
  const loss = (entry: ReportDocument): number => (entry.head ?? 1) - (entry.base ?? 1);
  return loss(a) - loss(b) || (a.head ?? 2) - (b.head ?? 2) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
