/** Summaries of reports, written beside them. Those of before were made by migration 0005, by the same rules. */
import type { PipelineReport } from '../core/app-words.js';
import { isOfBranch, summaryOf, type FieldSummary, type ReportSummary } from '../core/report/summary.js';
import type { RunPipeline } from '../ports/insight.js';
import { change, select } from './query.js';
import type { Queryable } from './transaction.js';

/** `client` is in the transaction that writes the report. */
export async function insertSummary(
  client: Queryable,
  evaluationId: string,
  ordinal: number,
  { pipeline, planId, reusedFrom, report }: PipelineReport,
): Promise<void> {
  const summary = summaryOf(report);
  await change(
    client,
    `insert into docops.report_summaries (
        evaluation_id, ordinal, repository_id, base_ref, created_at, pipeline, plan_id, reused_from, verdict, blocked,
        enforce, base, head, delta, smallest_detectable_drop, documents, documents_regressed, documents_fixed,
        dataset_source, dataset_version, base_commit, base_fingerprint, base_of_branch, head_fingerprint, deterministic,
        seconds, usd, fields)
      select id, $2, repository_id, base_ref, created_at, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
          $17, $18, $19, $20, $21, $22, $23, $24, $25
        from docops.evaluations where id = $1`,
    [
      evaluationId,
      ordinal,
      pipeline,
      planId,
      reusedFrom,
      summary.verdict,
      summary.blocked,
      summary.enforce,
      summary.base,
      summary.head,
      summary.delta,
      summary.smallestDetectableDrop,
      summary.documents,
      summary.documentsRegressed,
      summary.documentsFixed,
      summary.datasetSource,
      summary.datasetVersion,
      summary.baseCommit,
      summary.baseFingerprint,
      isOfBranch(report),
      summary.headFingerprint,
      summary.deterministic,
      summary.seconds,
      summary.usd,
      askable(summary.fields),
    ],
  );
}

/** JSON that PostgreSQL's functions take: they refuse U+0000 and lone surrogates, which `JSON.stringify` escapes. */
function askable(value: unknown): string {
  return JSON.stringify(value).replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f]..)/g, '$1\\ufffd');
}

interface SummaryRow {
  readonly evaluation_id: string;
  readonly pipeline: string;
  readonly reused_from: string | null;
  readonly verdict: ReportSummary['verdict'];
  readonly blocked: boolean;
  readonly enforce: ReportSummary['enforce'];
  readonly base: number | null;
  readonly head: number | null;
  readonly delta: number | null;
  readonly smallest_detectable_drop: number | null;
  readonly documents: number;
  readonly documents_regressed: number;
  readonly documents_fixed: number;
  readonly dataset_source: string;
  readonly dataset_version: string;
  readonly base_commit: string | null;
  readonly base_fingerprint: string | null;
  readonly head_fingerprint: string | null;
  readonly deterministic: boolean;
  readonly seconds: number;
  readonly usd: number | null;
  readonly fields: readonly FieldSummary[];
}

/** Of each evaluation, in the order of its reports. */
export async function summariesOf(
  client: Queryable,
  evaluationIds: readonly string[],
): Promise<ReadonlyMap<string, readonly RunPipeline[]>> {
  const rows = await select<SummaryRow>(
    client,
    'select * from docops.report_summaries where evaluation_id = any($1::uuid[]) order by evaluation_id, ordinal',
    [evaluationIds],
  );
  const found = new Map<string, RunPipeline[]>();
  for (const row of rows) {
    const list = found.get(row.evaluation_id) ?? [];
    list.push(toRunPipeline(row));
    found.set(row.evaluation_id, list);
  }
  return found;
}

function toRunPipeline(row: SummaryRow): RunPipeline {
  return {
    pipeline: row.pipeline,
    reusedFrom: row.reused_from,
    verdict: row.verdict,
    blocked: row.blocked,
    enforce: row.enforce,
    base: row.base,
    head: row.head,
    delta: row.delta,
    smallestDetectableDrop: row.smallest_detectable_drop,
    documents: row.documents,
    documentsRegressed: row.documents_regressed,
    documentsFixed: row.documents_fixed,
    datasetSource: row.dataset_source,
    datasetVersion: row.dataset_version,
    baseCommit: row.base_commit,
    baseFingerprint: row.base_fingerprint,
    headFingerprint: row.head_fingerprint,
    deterministic: row.deterministic,
    seconds: row.seconds,
    usd: row.usd,
    fields: row.fields,
  };
}
