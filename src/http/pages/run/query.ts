/** What the address of a run's pages asks for. Whatever is not understood is as if it were not there. */
import type { Context } from 'hono';
import { ALL_DOCUMENTS, DOCUMENT_CHANGES, type DocumentFilter } from '../../../core/report/filter.js';

/** Longest text of one filter; ids, templates and paths of fields are shorter. */
const TEXT = 500;
export const PAGE_SIZES = [25, 50] as const;

export interface DocumentsQuery {
  readonly filter: DocumentFilter;
  /** From 1. */
  readonly page: number;
  readonly size: (typeof PAGE_SIZES)[number];
}

export function textOf(c: Context, key: string, max = TEXT): string | null {
  const value = c.req.query(key)?.trim() ?? '';
  return value === '' || value.length > max ? null : value;
}

export function documentsQuery(c: Context): DocumentsQuery {
  const change = textOf(c, 'change');
  const page = Number(/^\d{1,6}$/.exec(c.req.query('page') ?? '')?.[0] ?? 1);
  const size = Number(c.req.query('size'));
  return {
    filter: {
      ...ALL_DOCUMENTS,
      field: textOf(c, 'field'),
      change: DOCUMENT_CHANGES.find((one) => one === change) ?? null,
      kind: textOf(c, 'kind', 40),
      template: textOf(c, 'template'),
      slice: textOf(c, 'slice'),
      q: textOf(c, 'q'),
    },
    page: Math.max(1, page),
    size: PAGE_SIZES.find((one) => one === size) ?? PAGE_SIZES[0],
  };
}

/** The same as a query of an address; what is as usual is left out. */
export function asQuery({
  filter,
  page,
  size,
}: DocumentsQuery): Readonly<Record<string, string | number | null>> {
  return { ...filter, page: page === 1 ? null : page, size: size === PAGE_SIZES[0] ? null : size };
}
