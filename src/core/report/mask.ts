/**
 * Values that the configuration masks. They are measured and compared like all others; here, where the report is made,
 * they end: what is stored, sent and shown after this has a fixed word in their place. The word says nothing: not how long
 * a value is, and not which of them are equal.
 */
import type { FieldSpec, Json } from '../words.js';
import type { Report } from './schema.js';

/** Stands for every masked value. */
export const MASKED = 'masked';
/** Stands for what an extractor of masked values printed. */
export const WITHHELD = 'Not shown: the configuration masks values, and the output may quote them.';

/** Paths of the masked fields and columns (`iban`, `payments.iban`), in the order of the configuration. */
export function maskedPaths(fields: readonly FieldSpec[]): string[] {
  return fields.flatMap(({ path, spec, masked }) => {
    if (masked === true) return [path];
    if (spec.type !== 'table') return [];
    return spec.columns.filter((column) => column.masked === true).map(({ name }) => `${path}.${name}`);
  });
}

/**
 * Does `field` hold a masked value? Also what lies below a masked table does, and what a masked value lies in: a whole
 * row, or a text where an object was expected.
 */
export function isMasked(masked: readonly string[], field: string): boolean {
  return masked.some(
    (path) => field === path || field.startsWith(`${path}.`) || path.startsWith(`${field}.`),
  );
}

/**
 * The report without the values of masked fields, and without what the extractor printed, which may quote them. No value
 * stays none: the outcome says as much. Numbers, outcomes and the verdict stay what they are. Masking twice changes
 * nothing.
 * @param masked as `maskedPaths` gives them; empty: the report as it is
 */
export function maskReport(report: Report, masked: readonly string[]): Report {
  if (masked.length === 0) return report;
  const hide = (field: string, value: Json): Json =>
    isMasked(masked, field) && value !== null && value !== '' ? MASKED : value;
  return {
    ...report,
    documents: report.documents.map((document) => ({
      ...document,
      cells: document.cells.map((cell) => ({
        ...cell,
        expected: hide(cell.field, cell.expected),
        base: hide(cell.field, cell.base),
        head: hide(cell.field, cell.head),
      })),
    })),
    failures: report.failures.map((failure) => ({
      ...failure,
      problem: failure.status,
      stderr_tail: failure.stderr_tail === '' ? '' : WITHHELD,
    })),
    suspect_labels: report.suspect_labels.map((suspect) => ({
      ...suspect,
      expected: hide(suspect.field, suspect.expected),
      predicted: hide(suspect.field, suspect.predicted),
    })),
    label_changes:
      report.label_changes === null
        ? null
        : {
            ...report.label_changes,
            changes: report.label_changes.changes.map((change) => ({
              ...change,
              base: hide(labelField(change.field), change.base),
              head: hide(labelField(change.field), change.head),
            })),
          },
    masked: [...masked],
  };
}

/** Changes of a label's other parts stand as `accept: iban`. */
function labelField(field: string): string {
  return field.replace(/^(?:accept|slices): /, '');
}
