/** Which documents of a report are looked at: the page's filters, and where the next and the previous document is. */
import { toldDocuments } from './html/select.js';
import type { Report, ReportCell, ReportDocument } from './schema.js';

export const DOCUMENT_CHANGES = [
  'became-wrong',
  'became-right',
  'changed',
  'wrong-on-both',
  'failed',
] as const;
export type DocumentChange = (typeof DOCUMENT_CHANGES)[number];

/** Null: whatever it is. */
export interface DocumentFilter {
  /** Field path, or `table.column`; of a table also all its columns. */
  readonly field: string | null;
  readonly change: DocumentChange | null;
  /** What the head's value is (`missing`, `wrong`, `spurious`), or how a document failed (`crashed`). */
  readonly kind: string | null;
  readonly template: string | null;
  /** `name:value`. */
  readonly slice: string | null;
  /** Words that all have to be in the id, template, slices or changed fields; case does not matter. */
  readonly q: string | null;
}

export const ALL_DOCUMENTS: DocumentFilter = {
  field: null,
  change: null,
  kind: null,
  template: null,
  slice: null,
  q: null,
};

const CELL_CHANGES: Readonly<Record<Exclude<DocumentChange, 'failed'>, ReportCell['change']>> = {
  'became-wrong': 'regressed',
  'became-right': 'fixed',
  changed: 'changed',
  'wrong-on-both': 'same',
};

/** Cells looked through for words; a document has at most some hundred. */
const MAX_WORDS = 12;

/** Documents with something to tell that the filter lets through, worst first. One pass over the report. */
export function filterDocuments(
  told: readonly ReportDocument[],
  filter: DocumentFilter,
): readonly ReportDocument[] {
  if (Object.values(filter).every((part) => part === null)) return told;
  const words = (filter.q ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, MAX_WORDS);
  return told.filter((document) => passes(document, filter) && hasWords(document, words));
}

/** Documents with something to tell, worst first: what `filterDocuments` is given. */
export function documentsToTell(report: Report): readonly ReportDocument[] {
  return toldDocuments(report);
}

function passes(document: ReportDocument, { field, change, kind, template, slice }: DocumentFilter): boolean {
  if (template !== null && document.template !== template) return false;
  if (slice !== null && !slicesOf(document).includes(slice)) return false;
  if (change === 'failed') {
    const failed = [document.head_status, document.base_status].filter((status) => status !== 'ok');
    if (kind === null ? failed.length === 0 : !failed.includes(kind)) return false;
    return field === null || document.cells.some((cell) => isOf(cell, field));
  }
  if (field === null && change === null && kind === null) return true;
  if (change === 'became-wrong' && field === null && failsNow(document))
    if (kind === null || document.head_status === kind) return true;
  return document.cells.some(
    (cell) =>
      (field === null || isOf(cell, field)) &&
      (change === null || cell.change === CELL_CHANGES[change]) &&
      (kind === null || cell.head_outcome === kind),
  );
}

/** Has no prediction any more; it may be that none of its values was right before. */
export function failsNow({ base_status: base, head_status: head }: ReportDocument): boolean {
  return head !== 'ok' && base === 'ok';
}

/** The cells that a filter is about; all of them where it is about none. */
export function cellsIn(document: ReportDocument, filter: DocumentFilter): readonly ReportCell[] {
  const { field } = filter;
  const found = field === null ? [] : document.cells.filter((cell) => isOf(cell, field));
  return found.length === 0 ? document.cells : found;
}

function isOf(cell: ReportCell, field: string): boolean {
  return cell.field === field || cell.field.startsWith(`${field}.`);
}

/** `language:de` for each slice of a document. */
export function slicesOf({ slices }: ReportDocument): readonly string[] {
  return Object.entries(slices ?? {}).map(([key, value]) => `${key}:${value}`);
}

function hasWords(document: ReportDocument, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = [
    document.id,
    document.template ?? '',
    ...slicesOf(document),
    ...new Set(document.cells.map(({ field }) => field)),
  ]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Fields that a filter can ask for: those of cells that are told, in the report's order of fields. */
export function fieldsToAsk(report: Report): readonly string[] {
  return report.fields.flatMap((field) => [field.field, ...(field.columns ?? []).map((one) => one.field)]);
}

export interface Neighbours {
  readonly previous: string | null;
  readonly next: string | null;
  /** 1-based place in the list; null when the document is not in it. */
  readonly at: number | null;
  readonly of: number;
}

export function neighbours(list: readonly ReportDocument[], id: string): Neighbours {
  const at = list.findIndex((document) => document.id === id);
  return {
    previous: at > 0 ? (list[at - 1]?.id ?? null) : null,
    next: at === -1 ? null : (list[at + 1]?.id ?? null),
    at: at === -1 ? null : at + 1,
    of: list.length,
  };
}
