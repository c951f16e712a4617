/** Reports as pages and programs get them: parsed once, told once, and without what their readers may not see. */
import { LRUCache } from 'lru-cache';
import type { Evaluation, PipelineReport } from '../../../core/app-words.js';
import { redactReport } from '../../../core/check/index.js';
import { REPORTS_KEPT_BYTES } from '../../../core/limits.js';
import { documentsToTell } from '../../../core/report/filter.js';
import { type DocumentGroup, groupsOf } from '../../../core/report/groups.js';
import { serializeReport } from '../../../core/report/json.js';
import type { Report, ReportDocument } from '../../../core/report/schema.js';
import type { Store } from '../../../ports/store.js';

/** One pipeline's report with what pages ask of it again and again. */
export interface ToldReport extends PipelineReport {
  /** Documents with something to tell, worst first. */
  readonly told: readonly ReportDocument[];
  readonly groups: readonly DocumentGroup[];
  /** By id; also those with nothing to tell. */
  readonly documents: ReadonlyMap<string, ReportDocument>;
}

export type Reports = (evaluation: Evaluation) => Promise<readonly ToldReport[]>;

/** States in which the reports of an evaluation are all there and never change again. */
const JUDGED: readonly Evaluation['state'][] = ['judged', 'reported'];

export function createReports(store: Pick<Store, 'reports'>, maxBytes = REPORTS_KEPT_BYTES): Reports {
  const kept = new LRUCache<string, readonly ToldReport[], Evaluation>({
    maxSize: maxBytes,
    sizeCalculation: (reports) => reports.reduce((sum, { report }) => sum + bytesOf(report), 1),
    // Who asks while it is read waits for the same reading.
    fetchMethod: (_id, _stale, { context }) => read(store, context),
    // Others that fill the memory meanwhile end no reading.
    ignoreFetchAbort: true,
  });
  return async (evaluation) =>
    JUDGED.includes(evaluation.state)
      ? ((await kept.fetch(evaluation.id, { context: evaluation })) ?? [])
      : read(store, evaluation);
}

async function read(store: Pick<Store, 'reports'>, evaluation: Evaluation): Promise<readonly ToldReport[]> {
  return shown(evaluation, await store.reports(evaluation.id)).map((one) => ({
    ...one,
    told: documentsToTell(one.report),
    groups: groupsOf(one.report),
    documents: new Map(one.report.documents.map((document) => [document.id, document])),
  }));
}

/** Outsiders' reports show no document and no value, on every way that they can be read. */
export function shown(evaluation: Evaluation, reports: readonly PipelineReport[]): readonly PipelineReport[] {
  return evaluation.trust.aggregatesOnly
    ? reports.map((each) => ({ ...each, report: redactReport(each.report) }))
    : reports;
}

/** As `docops eval --json` writes it: one report is the report itself, otherwise a list under its own schema name. */
export function jsonOf(reports: readonly Pick<PipelineReport, 'report'>[]): string {
  const [first] = reports;
  if (reports.length === 1 && first !== undefined) return serializeReport(first.report);
  return `{"schema":"docops.reports/1","reports":[\n${reports.map(({ report }) => serializeReport(report)).join(',\n')}\n]}\n`;
}

/** About what a report takes in memory: objects of a dozen keys, texts of two bytes a character. */
function bytesOf(report: Report): number {
  const text = (value: unknown): number => (typeof value === 'string' ? 2 * value.length : 16);
  let bytes = 64 * 1024;
  for (const { id, cells } of report.documents) {
    bytes += 400 + 2 * id.length;
    for (const { expected, base, head } of cells) bytes += 250 + text(expected) + text(base) + text(head);
  }
  for (const { stderr_tail: tail } of report.failures) bytes += 300 + 2 * tail.length;
  return bytes;
}
