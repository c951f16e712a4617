/** What lists and trends need of a report, so that they need not read whole ones. */
import type { Report, Verdict } from './schema.js';

export interface FieldSummary {
  readonly field: string;
  readonly type: string;
  /** Accuracies, fractions. */
  readonly base: number | null;
  readonly head: number | null;
  readonly delta: number | null;
  readonly smallestDetectableDrop: number | null;
  readonly unreliable: boolean;
  /** Documents whose value differed between two runs of the same code, of those run twice; null: nobody looked. */
  readonly noise: { readonly differ: number; readonly of: number } | null;
}

export interface ReportSummary {
  readonly pipeline: string;
  readonly verdict: Verdict;
  readonly blocked: boolean;
  readonly enforce: Report['run']['enforce'];
  readonly base: number | null;
  readonly head: number | null;
  readonly delta: number | null;
  readonly smallestDetectableDrop: number | null;
  readonly documents: number;
  readonly documentsRegressed: number;
  readonly documentsFixed: number;
  /** As the configuration names it. */
  readonly datasetSource: string;
  readonly datasetVersion: string;
  readonly baseCommit: string | null;
  readonly baseFingerprint: string | null;
  readonly headFingerprint: string | null;
  readonly deterministic: boolean;
  readonly seconds: number;
  /** Machines and what the extractor reported; null where nothing is billed. */
  readonly usd: number | null;
  readonly fields: readonly FieldSummary[];
}

export function summaryOf(report: Report): ReportSummary {
  const { overall, dataset, run } = report;
  const computeUsd = run.compute?.usd ?? null;
  return {
    pipeline: report.pipeline,
    verdict: report.verdict,
    blocked: report.blocked,
    enforce: run.enforce,
    base: overall.base,
    head: overall.head,
    delta: overall.delta,
    smallestDetectableDrop: overall.smallest_detectable_drop,
    documents: dataset.documents,
    documentsRegressed: overall.documents_regressed,
    documentsFixed: overall.documents_fixed,
    datasetSource: dataset.source,
    datasetVersion: dataset.version,
    baseCommit: report.base.commit,
    baseFingerprint: report.base.fingerprint,
    headFingerprint: report.head.fingerprint,
    deterministic: report.deterministic,
    seconds: run.seconds,
    usd:
      computeUsd === null && run.reported_usd === null ? null : (computeUsd ?? 0) + (run.reported_usd ?? 0),
    fields: report.fields.map((field) => ({
      field: field.field,
      type: field.type,
      base: field.base.accuracy,
      head: field.head.accuracy,
      delta: field.delta,
      smallestDetectableDrop: field.smallest_detectable_drop,
      unreliable: field.unreliable,
      noise: noiseOf(report, field.field),
    })),
  };
}

/**
 * Is the base side the tip of the base branch, by the branch's own configuration and labels? Where the two conflict it is
 * the merge base, which may be months old; and what the head configures or labels is not the branch's before the merge.
 */
export function isOfBranch({ head, bootstrap, label_changes: labels }: Report): boolean {
  return head.merged && !bootstrap && (labels === null || labels.judged_by === 'base');
}

function noiseOf({ noise }: Report, field: string): FieldSummary['noise'] {
  if (noise.sampled === 0) return null;
  const lines = noise.fields.filter((line) => line.field === field);
  if (lines.length === 0) return { differ: 0, of: noise.sampled };
  return {
    differ: Math.max(...lines.map((line) => line.values_differ)),
    of: Math.max(...lines.map((line) => line.of)),
  };
}
