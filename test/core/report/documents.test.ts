import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../../src/core/report/documents.js';
import type { TableSpec } from '../../../src/core/words.js';
import { field, NUMBER, score, TEXT } from '../score/support.js';

const ITEMS: TableSpec = {
  type: 'table',
  columns: [
    { name: 'name', spec: TEXT },
    { name: 'price', spec: NUMBER },
  ],
};
const row = (name: string, price: number | null) => ({ name, price });
const fields = [field('items', ITEMS), field('net', NUMBER)];

describe('cells of a table in the report', () => {
  it('say which row of each prediction was paired with which row of the label', () => {
    const expected = { net: 3, items: [row('apple', 1), row('bread', 2), row('cheese', 3)] };
    const base = score(fields, expected, expected);
    const head = score(fields, expected, {
      net: 4,
      // The first row is lost, so that the others move up; the last one is no row of the label.
      items: [row('bread', 20), row('cheese', 3), row('Total', 23)],
    });
    const places = cellsOf(base, head).map((cell) => [
      cell.field,
      cell.row,
      cell.base_row,
      cell.head_row,
      cell.head_outcome,
    ]);
    expect(places).toContainEqual(['items.price', 2, 2, 1, 'wrong']);
    expect(places).toContainEqual(['net', undefined, undefined, undefined, 'wrong']);
    const lost = places.filter(([, label]) => label === 1);
    expect(lost.length).toBeGreaterThan(0);
    for (const [, , baseRow] of lost) expect(baseRow).toBe(1);
  });

  it('say none where a row was not predicted, or is not in the label', () => {
    const base = score(fields, { items: [row('apple', 1)] }, { items: [row('apple', 1)] });
    const head = score(fields, { items: [row('apple', 1)] }, { items: [] });
    expect(cellsOf(base, head).map(({ base_row, head_row }) => [base_row, head_row])).toEqual([
      [1, null],
      [1, null],
    ]);
    const more = score(
      fields,
      { items: [row('apple', 1)] },
      { items: [row('apple', 1), row('something else', 77)] },
    );
    for (const cell of cellsOf(base, more))
      expect(cell).toMatchObject({ row: null, base_row: null, head_row: 2 });
    expect(cellsOf(base, more)).toHaveLength(2);
  });
});
