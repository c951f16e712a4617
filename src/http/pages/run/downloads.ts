/** A run's reports as files. */
import type { Context } from 'hono';
import { renderCsv } from '../../../core/report/csv.js';
import { jsonOf, type ToldReport } from './reports.js';

export type DownloadKind = 'json' | 'csv' | 'html';

const TYPES: Readonly<Record<DownloadKind, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  html: 'text/html; charset=utf-8',
};

/** A file that was saved brings its own policy; opened from here it may do nothing. */
const POLICY = "default-src 'none'; sandbox";

/** `reports`: at least one; several only for JSON and CSV. */
export async function sendFile(
  c: Context,
  kind: DownloadKind,
  reports: readonly ToldReport[],
): Promise<Response> {
  return c.body(await textOf(kind, reports), 200, {
    'content-type': TYPES[kind],
    'content-disposition': `attachment; filename="${fileName(reports, kind)}"`,
    'content-security-policy': POLICY,
    'cache-control': 'no-store',
  });
}

async function textOf(kind: DownloadKind, reports: readonly ToldReport[]): Promise<string> {
  const [first] = reports;
  if (kind === 'json') return jsonOf(reports);
  if (kind === 'csv' || first === undefined) return renderCsv(reports.map(({ report }) => report));
  const { renderHtml } = await import('../../../core/report/html/index.js');
  return renderHtml(first.report);
}

/** Plain letters only: a pipeline's name is somebody else's text. */
function fileName(reports: readonly ToldReport[], kind: DownloadKind): string {
  const [first] = reports;
  const pipeline =
    first === undefined || reports.length > 1
      ? 'run'
      : first.pipeline.slice(0, 80).replace(/[^A-Za-z0-9_-]+/g, '-') || 'report';
  return `docops-${pipeline}.${kind}`;
}
