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
  const ordered = ordering(reportSchema)({ ...report, documents });
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

type Rebuild = (value: unknown) => unknown;

const asItIs: Rebuild = (value) => value;
const rebuilds = new WeakMap<z.core.$ZodType, Rebuild>();

/**
 * What rebuilds a value with its keys in the schema's order; keys that the schema does not know come last, as they were.
 * Made once for each schema: a large report has hundreds of thousands of cells.
 */
function ordering(schema: z.core.$ZodType): Rebuild {
  const known = rebuilds.get(schema);
  if (known !== undefined) return known;
  const made = makeOrdering(schema);
  rebuilds.set(schema, made);
  return made;
}

function makeOrdering(schema: z.core.$ZodType): Rebuild {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return ordering(schema.unwrap());
  if (schema instanceof z.ZodArray) {
    const item = ordering(schema.element);
    return (value) => (Array.isArray(value) ? value.map(item) : value);
  }
  if (schema instanceof z.ZodRecord)
    return (value) =>
      isObject(value)
        ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
        : value;
  if (!(schema instanceof z.ZodObject)) return asItIs;
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  const keys = Object.entries(shape).map(
    ([key, child]) => [key, VALUE_KEYS.has(key) && isFree(child) ? cutValue : ordering(child)] as const,
  );
  return (value) => {
    if (!isObject(value)) return value;
    const ordered: Record<string, unknown> = {};
    for (const [key, rebuild] of keys)
      if (Object.hasOwn(value, key) && value[key] !== undefined) ordered[key] = rebuild(value[key]);
    for (const key of Object.keys(value)) if (!Object.hasOwn(shape, key)) define(ordered, key, value[key]);
    return ordered;
  };
}

/** A key of any name: `__proto__` is one as well. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Does the schema take any JSON, as a document's values do? */
function isFree(schema: z.core.$ZodType | undefined): boolean {
  return schema instanceof z.ZodLazy || schema instanceof z.ZodUnion;
}
