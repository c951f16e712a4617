/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are bounded by the loops that make them */
/** One list or table: rows paired, cells counted. */
import type { Cell, FieldScore, Json, ListSpec, Outcome, TableSpec } from '../words.js';
import { cellKey } from './accept.js';
import { alignItems } from './align.js';
import type { Reading } from './comparator.js';
import { readGrid, type Column, type Grid } from './grid.js';
import { accuracyOf, addCounts } from './metrics.js';
import { pairGrids, type Alternatives, type Pairing } from './pair.js';
import { Tally } from './tally.js';
import { isValue } from './values.js';

export interface RowSettings {
  readonly path: string;
  readonly spec: ListSpec | TableSpec;
  readonly columns: readonly Column[];
  /** Keys that a label's row lacks were not annotated. */
  readonly unlabelled: boolean;
  /** There is no valid prediction. */
  readonly failed: boolean;
  /** "No value" is right too, and that is what was predicted. */
  readonly acceptedAbsent?: boolean;
}

/** Appends the cells to `cells`: rows of the label in their order, then predicted rows without a partner. */
export function scoreRows(
  settings: RowSettings,
  expected: Json | undefined,
  predicted: Json | undefined,
  accepted: ReadonlyMap<string, readonly Json[]> | undefined,
  cells: Cell[],
): FieldScore {
  const { path, spec, columns, unlabelled } = settings;
  const label = readGrid(spec.type, expected, columns, unlabelled && spec.type === 'table');
  const prediction = readGrid(spec.type, predicted, columns);
  const alternatives =
    accepted === undefined || accepted.size === 0 ? undefined : readAlternatives(accepted, label, columns);
  const partner = pair(spec, label, prediction, columns, alternatives);
  const width = columns.length;
  const names = spec.type === 'list' ? [path] : columns.map((column) => `${path}.${column.name}`);
  const tallies = columns.map(() => new Tally());
  const isKnown = knownColumns(label, width);

  const add = (
    c: number,
    row: NonNullable<Cell['row']>,
    outcome: Outcome,
    at: number,
    other: number,
    rule: string,
  ) => {
    tallies[c]!.add(outcome);
    if (outcome === 'absent') return;
    cells.push({
      field: names[c]!,
      row,
      outcome,
      expected: at < 0 ? null : label.values[at]!,
      predicted: other < 0 ? null : prediction.values[other]!,
      rule,
    });
  };

  const taken = new Uint8Array(prediction.rows.length);
  for (let i = 0; i < label.rows.length; i++) {
    const j = partner[i]!;
    if (j >= 0) taken[j] = 1;
    const row = { label: label.rows[i]!, prediction: j < 0 ? null : prediction.rows[j]! };
    for (let c = 0; c < width; c++) {
      const at = i * width + c;
      const other = j < 0 ? -1 : j * width + c;
      if (label.unlabelled?.[at] === 1) {
        add(c, row, 'absent', at, other, 'unlabelled');
        continue;
      }
      const { outcome, rule } = judgeCell(
        settings,
        columns[c]!,
        label.cells[at],
        other < 0 ? undefined : prediction.cells[other],
        alternatives?.(i, c),
      );
      add(c, row, outcome, at, other, rule);
    }
  }
  for (let j = 0; j < prediction.rows.length; j++) {
    if (taken[j] === 1) continue;
    const row = { label: null, prediction: prediction.rows[j]! };
    for (let c = 0; c < width; c++) {
      const other = j * width + c;
      const counts = prediction.cells[other] !== undefined && isKnown(c);
      add(c, row, counts ? 'spurious' : 'absent', -1, other, counts ? 'spurious' : 'absent');
    }
  }
  const counts = tallies.map((tally) => tally.counts());
  const total = addCounts(...counts);
  return { counts: total, score: accuracyOf(total), ...(spec.type === 'table' && { columns: counts }) };
}

function judgeCell(
  settings: RowSettings,
  { comparator }: Column,
  expected: Reading | undefined,
  predicted: Reading | undefined,
  others: readonly Reading[] | undefined,
): { outcome: Outcome; rule: string } {
  if (predicted === undefined) {
    if (expected === undefined) return ABSENT;
    if (settings.failed) return NO_PREDICTION;
    return settings.acceptedAbsent === true ? ACCEPTED_ABSENT : MISSING;
  }
  const decision = expected === undefined ? undefined : comparator.compare(expected, predicted);
  if (decision?.match === true) return { outcome: 'correct', rule: decision.rule };
  for (const other of others ?? []) {
    const { match, rule } = comparator.compare(other, predicted);
    if (match) return { outcome: 'correct', rule: `accepted:${rule}` };
  }
  return decision === undefined ? SPURIOUS : { outcome: 'wrong', rule: decision.rule };
}

const ABSENT = { outcome: 'absent', rule: 'absent' } as const;
const MISSING = { outcome: 'missing', rule: 'missing' } as const;
const NO_PREDICTION = { outcome: 'missing', rule: 'no_prediction' } as const;
const ACCEPTED_ABSENT = { outcome: 'correct', rule: 'accepted:absent' } as const;
const SPURIOUS = { outcome: 'spurious', rule: 'spurious' } as const;

function pair(
  spec: ListSpec | TableSpec,
  label: Grid,
  prediction: Grid,
  columns: readonly Column[],
  alternatives: Alternatives | undefined,
): Pairing {
  if (spec.type === 'table' || !spec.ordered) return pairGrids(label, prediction, columns, alternatives);
  const comparator = columns[0]!.comparator;
  return alignItems(label.rows.length, prediction.rows.length, (i, j) => {
    const expected = label.cells[i]!;
    const predicted = prediction.cells[j]!;
    if (comparator.matches(expected, predicted)) return true;
    return alternatives?.(i, 0)?.some((other) => comparator.matches(other, predicted)) === true;
  });
}

function readAlternatives(
  accepted: ReadonlyMap<string, readonly Json[]>,
  label: Grid,
  columns: readonly Column[],
): Alternatives {
  const read = new Map<string, readonly Reading[]>();
  for (const [key, values] of accepted) {
    const column = columns.find(({ name }) => key.slice(key.indexOf(' ') + 1) === name);
    if (column !== undefined)
      read.set(
        key,
        values.filter(isValue).map((value) => column.comparator.read(value)),
      );
  }
  return (row, column) => {
    const name = columns[column]!.name;
    const every = read.get(cellKey('*', name));
    const own = read.get(cellKey(label.rows[row]!, name));
    return every === undefined ? own : own === undefined ? every : [...own, ...every];
  };
}

/** Columns that no row of the label has are not annotated, so that nothing in them is spurious. */
function knownColumns(label: Grid, width: number): (column: number) => boolean {
  const { unlabelled } = label;
  if (unlabelled === undefined) return () => true;
  const known = Array.from({ length: width }, (_, c) =>
    label.rows.some((_, i) => unlabelled[i * width + c] === 0),
  );
  return (column) => known[column] === true;
}
