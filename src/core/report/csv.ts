/**
 * A report's cells for spreadsheets: one line for each cell that changed or is wrong on both sides. Values come out of
 * documents that strangers wrote, so nothing in them is taken for a formula.
 */
import { stringify } from 'csv-stringify/sync';
import { cutText } from './json.js';
import type { Report, ReportCell, ReportDocument } from './schema.js';

/** In the order of the file; described in docs/read-a-check.md. */
export const CSV_COLUMNS = [
  'pipeline',
  'document',
  'template',
  'slices',
  'base_score',
  'head_score',
  'base_status',
  'head_status',
  'field',
  'row',
  'base_row',
  'head_row',
  'change',
  'base_outcome',
  'head_outcome',
  'expected',
  'base',
  'head',
] as const;

/** A number and nothing else is no formula, so that its sign can stay: `-12.50`, `-1.234,56`. */
const NEGATIVE = /^-\d{1,30}(?:[.,]\d{1,30}){0,10}$/;

export function renderCsv(reports: readonly Report[]): string {
  const lines = reports.flatMap((report) =>
    report.documents.flatMap((document) => document.cells.map((cell) => lineOf(report, document, cell))),
  );
  return stringify([[...CSV_COLUMNS], ...lines], {
    record_delimiter: 'windows',
    escape_formulas: true,
    // A semicolon in a value, too, stays inside where a spreadsheet separates by it.
    quoted_string: true,
    cast: {
      string: (value) => (NEGATIVE.test(value) ? { value, escape_formulas: false } : value),
    },
  });
}

function lineOf(report: Report, document: ReportDocument, cell: ReportCell): (string | number | null)[] {
  const slices = Object.entries(document.slices ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    report.pipeline,
    document.id,
    document.template ?? null,
    slices.join('; '),
    document.base,
    document.head,
    document.base_status,
    document.head_status,
    cell.field,
    cell.row ?? null,
    cell.base_row ?? null,
    cell.head_row ?? null,
    cell.change,
    cell.base_outcome,
    cell.head_outcome,
    text(cell.expected),
    text(cell.base),
    text(cell.head),
  ];
}

/** Text as it is, other values as JSON; nothing for no value. */
function text(value: ReportCell['expected']): string | null {
  if (value === null) return null;
  return cutText(typeof value === 'string' ? value : JSON.stringify(value));
}
