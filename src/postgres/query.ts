/** One way to ask: typed rows, and parameters that PostgreSQL takes. */
import type pg from 'pg';
import type { Queryable } from './transaction.js';

export type Parameter =
  string | number | boolean | Date | Uint8Array | null | readonly (string | number | null)[];

/** Rows as PostgreSQL gives them: `bigint` is text, `timestamptz` a Date, `json` parsed. */
export async function select<Row extends pg.QueryResultRow>(
  client: Queryable,
  text: string,
  parameters: readonly Parameter[] = [],
): Promise<readonly Row[]> {
  const { rows } = await client.query<Row>(text, parameters.map(storable));
  return rows;
}

/** Runs a change; returns how many rows it touched. */
export async function change(
  client: Queryable,
  text: string,
  parameters: readonly Parameter[] = [],
): Promise<number> {
  const { rowCount } = await client.query(text, parameters.map(storable));
  return rowCount ?? 0;
}

/** The value as JSON text, for a `json` column; SQL null for null, so that a column says whether it is there. */
export function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** `text` has no U+0000. It says nothing in a title or a reason, and must not be a way to make a step fail for ever. */
function storable(value: Parameter): Parameter {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD');
  if (Array.isArray(value))
    return (value as readonly (string | number | null)[]).map((item) => storable(item) as string);
  return value;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Ids come back to us from outside (`external_id`, URLs); one that is no UUID names nothing. */
export function isUuid(id: string): boolean {
  return UUID.test(id);
}
