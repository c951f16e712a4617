/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are bounded by the loops that make them */
/**
 * The assignment problem: each row gets a column of its own so that the sum of the costs is least. Shortest augmenting
 * paths with dual variables (Jonker and Volgenant 1987; rectangular as in Crouse 2016), O(rows² · columns).
 */

export interface Assignment {
  /** Column of each row. */
  readonly columnOf: Int32Array;
  /**
   * Dual variables: cost(i, j) ≥ rowDual[i] + columnDual[j] for all pairs, equal for assigned ones; columnDual ≤ 0, and 0
   * for columns without a row. They prove that the assignment is optimal.
   */
  readonly rowDual: Float64Array;
  readonly columnDual: Float64Array;
}

/**
 * `costs` row by row, finite, rows ≤ columns. Sums of costs should stay below 2^53 where they are whole numbers: then the
 * result is exact. Deterministic: the same matrix gives the same assignment.
 */
export function assign(costs: Float64Array, rows: number, columns: number): Assignment {
  if (rows > columns) throw new RangeError(`assign: more rows (${rows}) than columns (${columns})`);
  const rowDual = new Float64Array(rows);
  const columnDual = new Float64Array(columns);
  const columnOf = new Int32Array(rows).fill(-1);
  const rowOf = new Int32Array(columns).fill(-1);
  reduceRows(costs, rows, columns, rowDual, columnOf, rowOf);

  const distance = new Float64Array(columns);
  const cameFrom = new Int32Array(columns);
  const open = new Int32Array(columns);
  const reached = new Int32Array(columns);
  for (let start = 0; start < rows; start++) {
    if (columnOf[start] !== -1) continue;
    distance.fill(Infinity);
    for (let j = 0; j < columns; j++) open[j] = j;
    let openCount = columns;
    let reachedCount = 0;
    let row = start;
    let shortest = 0;
    let free = -1;
    while (free === -1) {
      const base = row * columns;
      const dual = rowDual[row]!;
      let best = -1;
      let bestDistance = Infinity;
      for (let k = 0; k < openCount; k++) {
        const j = open[k]!;
        const through = shortest + (costs[base + j]! - dual - columnDual[j]!);
        if (through < distance[j]!) {
          distance[j] = through;
          cameFrom[j] = row;
        }
        const d = distance[j]!;
        // Among equals a free column ends the search at once.
        if (d < bestDistance || (d === bestDistance && rowOf[j] === -1 && rowOf[open[best]!] !== -1)) {
          best = k;
          bestDistance = d;
        }
      }
      const j = open[best]!;
      shortest = bestDistance;
      open[best] = open[--openCount]!;
      if (rowOf[j] === -1) free = j;
      else {
        reached[reachedCount++] = j;
        row = rowOf[j]!;
      }
    }
    rowDual[start]! += shortest;
    for (let k = 0; k < reachedCount; k++) {
      const j = reached[k]!;
      const gain = shortest - distance[j]!;
      columnDual[j]! -= gain;
      rowDual[rowOf[j]!]! += gain;
    }
    for (let j = free; ;) {
      const i = cameFrom[j]!;
      rowOf[j] = i;
      const next = columnOf[i]!;
      columnOf[i] = j;
      if (i === start) break;
      j = next;
    }
  }
  return { columnOf, rowDual, columnDual };
}

/** Cheapest column of each row, where it is still free: a feasible start that leaves little to search. */
function reduceRows(
  costs: Float64Array,
  rows: number,
  columns: number,
  rowDual: Float64Array,
  columnOf: Int32Array,
  rowOf: Int32Array,
): void {
  for (let i = 0; i < rows; i++) {
    const base = i * columns;
    let least = Infinity;
    let at = -1;
    for (let j = 0; j < columns; j++) {
      const cost = costs[base + j]!;
      if (cost < least || (cost === least && rowOf[at] !== -1 && rowOf[j] === -1)) {
        least = cost;
        at = j;
      }
    }
    rowDual[i] = least;
    if (rowOf[at] === -1) {
      rowOf[at] = i;
      columnOf[i] = at;
    }
  }
}
