import type { Acceptance, Evaluation, LabelDispute, PipelineReport } from '../app-words.js';
import { redactReport } from './redact.js';

/** All that check runs, comments and replies are made from. */
export interface AnswerView {
  readonly evaluation: Evaluation;
  readonly reports: readonly PipelineReport[];
  /** Of this subject; those that are not in force at `nowMs` or are for another situation are left aside. */
  readonly acceptances: readonly Acceptance[];
  /** Whether the rules of the base branch require the roll-up; null when it is not known. */
  readonly requiredCheck: { readonly required: boolean; readonly pinned: boolean | null } | null;
  /** The page of the evaluation. Trusted: it becomes a link. */
  readonly detailsUrl: string | null;
  /** The page of the whole report, where that is another one. */
  readonly fullReportUrl?: string | null;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Numbers of the other pull requests with this head and base. */
  readonly alsoHeadOf?: readonly number[];
  /** Labels of this pull request's documents that somebody called wrong. */
  readonly disputes?: readonly LabelDispute[];
}

/** The view with nothing in it that its readers may not see, and with the acceptances that count. */
export function shownTo(view: AnswerView): AnswerView {
  const { aggregatesOnly } = view.evaluation.trust;
  return {
    ...view,
    acceptances: inForce(view),
    reports: aggregatesOnly
      ? view.reports.map((one) => ({ ...one, report: redactReport(one.report) }))
      : view.reports,
    disputes: aggregatesOnly ? [] : (view.disputes ?? []),
  };
}

function inForce({ evaluation, acceptances, nowMs }: AnswerView): Acceptance[] {
  return acceptances.filter(
    (one) =>
      one.repositoryId === evaluation.repositoryId &&
      one.headSha === evaluation.headSha &&
      one.baseRef === evaluation.baseRef &&
      one.situationKey === evaluation.situation.key &&
      one.revokedAt === null &&
      one.expiresAt.getTime() > nowMs,
  );
}
