/**
 * The report as JSON: keys in the order of the schema, so that two reports of the same run are the same text; values cut
 * where they are too long; the whole bounded, because a report is stored, sent and opened.
 */
import { z } from 'zod';
import { REPORT_JSON_CHARACTERS, REPORT_VALUE_CHARACTERS } from '../limits.js';
import { type Report, type ReportDocument, reportSchema } from './schema.js';
import { count } from './values.js';

/** Keys of a report that hold text from documents, to be cut when it is long. */
const VALUE_KEYS = new Set(['expected', 'base', 'head', 'predicted']);

/**
 * Serialises a report, `indentation` spaces deep, ending with a line feed. When it is longer than `maxCharacters`, the
 * cells of the last (least bad) documents are left out and counted in `cells_omitted`.
 */
export function serializeReport(
  report: Report,
  maxCharacters: number = REPORT_JSON_CHARACTERS,
  indentation = 2,
): string {
  const documents = withinBudget(report.documents, maxCharacters);
  const ordered = order({ ...report, documents }, reportSchema);
  return `${JSON.stringify(ordered, undefined, indentation)}\n`;
}

/** Would `serializeReport` leave out cells to stay within `maxCharacters`? */
export function leavesOut(report: Report, maxCharacters: number): boolean {
  return withinBudget(report.documents, maxCharacters).some(
    (document, i) => document !== report.documents[i],
  );
}

/** Text of more than `max` characters, cut, with a mark that says how much is missing. */
export function cutText(text: string, max: number = REPORT_VALUE_CHARACTERS): string {
  if (text.length <= max) return text;
  // Never between the two halves of a character.
  const last = text.charCodeAt(max - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? max - 1 : max;
  return `${text.slice(0, end)}\u2026 [${count(text.length - end)} more characters]`;
}

/** A value (any JSON) that fits: long strings are cut; a large list or object becomes its cut JSON text. */
function cutValue(value: unknown): unknown {
  if (typeof value === 'string') return cutText(value);
  if (typeof value !== 'object' || value === null) return value;
  const text = JSON.stringify(value);
  return text.length <= REPORT_VALUE_CHARACTERS ? value : cutText(text);
}

function withinBudget(documents: readonly ReportDocument[], maxCharacters: number): ReportDocument[] {
  // Indentation and the rest of the report take less than half in every report that has many documents.
  let left = maxCharacters / 2;
  return documents.map((document) => {
    const size = document.cells.reduce((sum, cell) => sum + cellCharacters(cell), 0);
    left -= size;
    if (left >= 0 || document.cells.length === 0) return document;
    return { ...document, cells: [], cells_omitted: (document.cells_omitted ?? 0) + document.cells.length };
  });
}

function cellCharacters(cell: ReportDocument['cells'][number]): number {
  const of = (value: unknown): number =>
    typeof value === 'string' ? Math.min(value.length, REPORT_VALUE_CHARACTERS) : 40;
  return 200 + cell.field.length + of(cell.expected) + of(cell.base) + of(cell.head);
}

/** Rebuilds a value with its keys in the schema's order; keys that the schema does not know come last, as they were. */
function order(value: unknown, schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return order(value, schema.unwrap());
  if (value === null || typeof value !== 'object') return value;
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.map((item) => order(item, schema.element));
  if (schema instanceof z.ZodRecord)
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (!(schema instanceof z.ZodObject) || Array.isArray(value)) return value;
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  const given = value as Readonly<Record<string, unknown>>;
  const known = Object.keys(shape).filter((key) => Object.hasOwn(given, key) && given[key] !== undefined);
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(shape, key));
  return Object.fromEntries([
    ...known.map((key) => {
      const child = shape[key];
      const inner = given[key];
      const free =
        VALUE_KEYS.has(key) && (child === undefined || child instanceof z.ZodType) && isFree(child);
      return [key, free ? cutValue(inner) : child === undefined ? inner : order(inner, child)];
    }),
    ...unknown.map((key) => [key, given[key]]),
  ]);
}

/** Does the schema take any JSON, as a document's values do? */
function isFree(schema: z.core.$ZodType | undefined): boolean {
  return schema instanceof z.ZodLazy || schema instanceof z.ZodUnion;
}
