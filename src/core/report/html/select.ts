/** Which documents a page tells, and in which order: what became worse first. */
import { HTML_DOCUMENTS } from '../../limits.js';
import type { Report, ReportDocument } from '../schema.js';
import { documentState } from '../words.js';

const ORDER = ['worse', 'changed', 'better', 'same'] as const;

/** Documents with something to tell: changed, failed, or wrong on both sides; the report's order within each state. */
export function toldDocuments(report: Report): ReportDocument[] {
  const told = report.documents.filter(
    (document) =>
      document.cells.length > 0 ||
      document.base !== document.head ||
      document.base_status !== 'ok' ||
      document.head_status !== 'ok',
  );
  const rank = new Map(told.map((document) => [document, ORDER.indexOf(documentState(document))]));
  return told.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
}

/** The documents that the page tells value by value; for these the text or pages are worth collecting. */
export function detailedDocuments(report: Report): ReportDocument[] {
  return toldDocuments(report)
    .filter((document) => document.cells.length > 0)
    .slice(0, HTML_DOCUMENTS);
}
