/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are bounded by the loops that make them */
/**
 * Which predicted row stands for which row of the label: the pairing in which most cells are equal under their type. Ties
 * go to the pairing in which most cells have a value on both sides, so that the counts of the field never depend on a tie
 * (correct and overlap determine all of them), then to the more similar one, then to content and order.
 */
import { ROW_PAIRS_WITH_SIMILARITY, TABLE_ROWS_PAIRED } from '../limits.js';
import type { Json, TableSpec } from '../words.js';
import { assign, type Assignment } from './assign.js';
import { comparatorOf } from './compare.js';
import type { Reading } from './comparator.js';
import { compileColumns, readGrid, rowKey, type Column, type Grid } from './grid.js';

/** Further right values of a cell of the label, by row and column of its grid. */
export type Alternatives = (row: number, column: number) => readonly Reading[] | undefined;

/** Predicted row of each row of the label's grid, −1 for none. */
export type Pairing = Int32Array;

export function pairGrids(
  label: Grid,
  prediction: Grid,
  columns: readonly Column[],
  alternatives?: Alternatives,
): Pairing {
  const problem = new Pairer(label, prediction, columns, alternatives);
  return problem.solve();
}

/** Pairs the rows of two tables; rows without a partner, and those that have no value, are in no pair. 0-based. */
export function pairRows(
  spec: TableSpec,
  expected: Json,
  predicted: Json,
): { readonly label: number; readonly prediction: number }[] {
  const columns = compileColumns(spec, comparatorOf);
  const label = readGrid('table', expected, columns);
  const prediction = readGrid('table', predicted, columns);
  const partner = pairGrids(label, prediction, columns);
  return label.rows.flatMap((place, i) => {
    const other = prediction.rows[partner[i] ?? -1];
    return other === undefined ? [] : [{ label: place, prediction: other }];
  });
}

class Pairer {
  readonly #label: Grid;
  readonly #prediction: Grid;
  readonly #columns: readonly Column[];
  readonly #width: number;
  readonly #alternatives: Alternatives | undefined;
  /** The label has no more rows than the prediction: its rows are the rows of the assignment, else its columns. */
  readonly #labelIsSmaller: boolean;
  readonly #partner: Pairing;
  readonly #taken: Uint8Array;
  // Weights of an equal cell and of an overlapping one, and units of similarity of one cell; see `scale`.
  #equalWeight = 1;
  #overlapWeight = 0;
  #units = 0;

  constructor(
    label: Grid,
    prediction: Grid,
    columns: readonly Column[],
    alternatives: Alternatives | undefined,
  ) {
    this.#label = label;
    this.#prediction = prediction;
    this.#columns = columns;
    this.#width = columns.length;
    this.#alternatives = alternatives;
    this.#labelIsSmaller = label.rows.length <= prediction.rows.length;
    this.#partner = new Int32Array(label.rows.length).fill(-1);
    this.#taken = new Uint8Array(prediction.rows.length);
  }

  solve(): Pairing {
    const n = this.#label.rows.length;
    const m = this.#prediction.rows.length;
    if (n === 0 || m === 0) return this.#partner;
    // Equal rows first. With alternatives or cells that are not annotated an equal row may not be the best partner.
    const plain = this.#alternatives === undefined && this.#label.unlabelled === undefined;
    if (plain) this.#takeEqualRows();
    const labelRows = this.#free(n, (i) => this.#partner[i] === -1);
    const predictedRows = this.#free(m, (j) => this.#taken[j] === 0);
    const [rows, columns] = this.#labelIsSmaller ? [labelRows, predictedRows] : [predictedRows, labelRows];
    if (rows.length === 0) return this.#partner;
    if (rows.length * columns.length > TABLE_ROWS_PAIRED ** 2) {
      for (let k = 0; k < rows.length; k++) this.#join(rows[k]!, columns[k]!);
      return this.#partner;
    }
    this.#scale(Math.min(n, m), rows.length * columns.length <= ROW_PAIRS_WITH_SIMILARITY);
    const { columnOf, rowDual } = this.#clearCut(rows, columns, plain) ?? this.#assign(rows, columns, plain);
    const all = this.#labelIsSmaller ? [n, m] : [m, n];
    const headStart = rows.length < all[0]! && this.#columns.some(({ comparator }) => !comparator.keyed);
    if (headStart && n * m <= TABLE_ROWS_PAIRED ** 2 && !this.#proves(rows, rowDual))
      return this.#solveWhole();
    for (let k = 0; k < rows.length; k++) this.#join(rows[k]!, columns[columnOf[k]!]!);
    return this.#partner;
  }

  /**
   * Where every row has one best partner, better by an equal or an overlapping cell than all others, and no two rows the
   * same, that is the only optimum; similarity could not change it and is not computed.
   */
  #clearCut(
    rows: readonly number[],
    columns: readonly number[],
    plain: boolean,
  ): Pick<Assignment, 'columnOf' | 'rowDual'> | undefined {
    const columnOf = new Int32Array(rows.length);
    const rowDual = new Float64Array(rows.length);
    const used = new Uint8Array(columns.length);
    for (let k = 0; k < rows.length; k++) {
      let best = -1;
      let second = -1;
      let at = 0;
      for (let l = 0; l < columns.length; l++) {
        const weight = this.#weightOf(rows[k]!, columns[l]!, false);
        if (weight > best) {
          second = best;
          best = weight;
          at = l;
        } else if (weight > second) second = weight;
      }
      if (best === second || used[at] === 1) return undefined;
      used[at] = 1;
      columnOf[k] = at;
      rowDual[k] = this.#mostOf(rows[k]!, plain) - best;
    }
    return { columnOf, rowDual };
  }

  #assign(rows: number[], columns: number[], plain: boolean): Assignment {
    this.#sortByContent(rows, columns);
    const costs = new Float64Array(rows.length * columns.length);
    let at = 0;
    for (const row of rows) {
      const most = this.#mostOf(row, plain);
      for (const column of columns) costs[at++] = most - this.#weightOf(row, column, true);
    }
    return assign(costs, rows.length, columns.length);
  }

  /** Without the head start of equal rows: needed only where near matches make an equal row a bad partner. */
  #solveWhole(): Pairing {
    this.#partner.fill(-1);
    const labelRows = this.#free(this.#label.rows.length, () => true);
    const predictedRows = this.#free(this.#prediction.rows.length, () => true);
    const [rows, columns] = this.#labelIsSmaller ? [labelRows, predictedRows] : [predictedRows, labelRows];
    const { columnOf } = this.#assign(rows, columns, true);
    for (let k = 0; k < rows.length; k++) this.#join(rows[k]!, columns[columnOf[k]!]!);
    return this.#partner;
  }

  /**
   * Whether the pairs of equal rows and the assignment of the rest are optimal together. Equal pairs cost 0 and have dual
   * variables 0, so the only conditions left are those between a row of the rest and the columns that equal pairs took.
   * Where equality is transitive they always hold; near matches (fuzzy text, tolerances) can break them.
   */
  #proves(rows: readonly number[], rowDual: Float64Array): boolean {
    const taken = this.#labelIsSmaller
      ? this.#free(this.#prediction.rows.length, (j) => this.#taken[j] === 1)
      : this.#free(this.#label.rows.length, (i) => this.#partner[i] !== -1);
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k]!;
      const most = this.#mostOf(row, true);
      for (const column of taken) {
        const [i, j] = this.#labelIsSmaller ? [row, column] : [column, row];
        if (most - this.#bestWeight(i, j) >= rowDual[k]!) continue;
        if (most - this.#weight(i, j, true) < rowDual[k]!) return false;
      }
    }
    return true;
  }

  #takeEqualRows(): void {
    const n = this.#label.rows.length;
    const m = this.#prediction.rows.length;
    const open: number[] = [];
    // Most rows stand where they should; no keys need to be built for those.
    for (let i = 0; i < n; i++) {
      if (i < m && this.#rowsEqual(i, i)) this.#pair(i, i);
      else open.push(i);
    }
    if (open.length === 0) return;
    const places = new Map<string, number[]>();
    for (let j = m - 1; j >= 0; j--) {
      if (this.#taken[j] === 1) continue;
      const key = rowKey(this.#prediction, j, this.#width);
      const known = places.get(key);
      if (known === undefined) places.set(key, [j]);
      else known.push(j);
    }
    for (const i of open) {
      const j = places.get(rowKey(this.#label, i, this.#width))?.pop();
      if (j !== undefined) this.#pair(i, j);
    }
  }

  #rowsEqual(i: number, j: number): boolean {
    const a = i * this.#width;
    const b = j * this.#width;
    for (let c = 0; c < this.#width; c++) {
      if (this.#label.cells[a + c]?.key !== this.#prediction.cells[b + c]?.key) return false;
    }
    return true;
  }

  /** Joins a row and a column of the assignment, whichever side they are. */
  #join(row: number, column: number): void {
    if (this.#labelIsSmaller) this.#pair(row, column);
    else this.#pair(column, row);
  }

  #pair(i: number, j: number): void {
    this.#partner[i] = j;
    this.#taken[j] = 1;
  }

  #free(count: number, wanted: (index: number) => boolean): number[] {
    const found: number[] = [];
    for (let index = 0; index < count; index++) if (wanted(index)) found.push(index);
    return found;
  }

  /** So that a tie that is left falls the same way in whatever order the rows came; equal rows keep their order. */
  #sortByContent(rows: number[], columns: number[]): void {
    const [rowGrid, columnGrid] = this.#labelIsSmaller
      ? [this.#label, this.#prediction]
      : [this.#prediction, this.#label];
    sortBy(rows, (index) => rowKey(rowGrid, index, this.#width));
    sortBy(columns, (index) => rowKey(columnGrid, index, this.#width));
  }

  /**
   * Weights that make one sum of three: one more equal cell outweighs every overlap, one more overlap every similarity.
   * Whole numbers below 2^53, so that nothing is rounded.
   */
  #scale(pairs: number, withSimilarity: boolean): void {
    const cells = pairs * this.#width;
    for (const units of withSimilarity ? [1000, 100, 10, 1, 0] : [0]) {
      const overlap = cells * units + 1;
      const equal = overlap * (cells + 1);
      if (cells * (equal + overlap + units) > Number.MAX_SAFE_INTEGER) continue;
      this.#units = units;
      this.#overlapWeight = overlap;
      this.#equalWeight = equal;
      return;
    }
    this.#units = this.#overlapWeight = 0;
    this.#equalWeight = 1;
  }

  /** The most that a row of the assignment can weigh: every cell that it has is equal. */
  #mostOf(row: number, plain: boolean): number {
    let cells = this.#width;
    if (plain) {
      const grid = this.#labelIsSmaller ? this.#label : this.#prediction;
      cells = 0;
      for (let at = row * this.#width, end = at + this.#width; at < end; at++)
        if (grid.cells[at] !== undefined) cells++;
    }
    return cells * (this.#equalWeight + this.#overlapWeight + this.#units);
  }

  /** Of a row and a column of the assignment, whichever side they are. */
  #weightOf(row: number, column: number, withSimilarity: boolean): number {
    return this.#labelIsSmaller
      ? this.#weight(row, column, withSimilarity)
      : this.#weight(column, row, withSimilarity);
  }

  #weight(i: number, j: number, withSimilarity: boolean): number {
    let weight = 0;
    const a = i * this.#width;
    const b = j * this.#width;
    for (let c = 0; c < this.#width; c++) {
      const predicted = this.#prediction.cells[b + c];
      if (predicted === undefined) continue;
      if (this.#label.unlabelled?.[a + c] === 1) {
        weight += this.#overlapWeight;
        continue;
      }
      const expected = this.#label.cells[a + c];
      const others = this.#alternatives?.(i, c);
      const comparator = this.#columns[c]!.comparator;
      if (
        expected !== undefined &&
        (expected.key === predicted.key || (!comparator.keyed && comparator.matches(expected, predicted)))
      ) {
        weight += this.#equalWeight + this.#overlapWeight + this.#units;
      } else if (others?.some((other) => comparator.matches(other, predicted)) === true) {
        weight += this.#equalWeight + this.#overlapWeight + this.#units;
      } else if (expected !== undefined) {
        weight += this.#overlapWeight;
        if (withSimilarity && this.#units > 0)
          weight += Math.floor(comparator.similarity(expected, predicted) * (this.#units - 1));
      }
    }
    return weight;
  }

  /** At least `#weight(i, j)`, without comparing what is not equal by key. */
  #bestWeight(i: number, j: number): number {
    let weight = 0;
    const a = i * this.#width;
    const b = j * this.#width;
    for (let c = 0; c < this.#width; c++) {
      const expected = this.#label.cells[a + c];
      const predicted = this.#prediction.cells[b + c];
      if (expected === undefined || predicted === undefined) continue;
      weight += this.#overlapWeight + this.#units;
      if (expected.key === predicted.key || !this.#columns[c]!.comparator.keyed) weight += this.#equalWeight;
    }
    return weight;
  }
}

function sortBy(indices: number[], keyOf: (index: number) => string): void {
  if (indices.length < 2) return;
  const keyed = indices.map((index) => ({ index, key: keyOf(index) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index));
  for (let k = 0; k < keyed.length; k++) indices[k] = keyed[k]!.index;
}
