/** A row of `docops.evaluations` as an Evaluation. */
import type {
  AnswerPolicy,
  Decision,
  Evaluation,
  EvaluationFailure,
  EvaluationProgress,
  EvaluationState,
  GroupAttribution,
  RerunMode,
  Subject,
  Trust,
} from '../core/app-words.js';

export interface EvaluationRow extends SubjectRow {
  readonly id: string;
  readonly attempt: number;
  readonly cause: string;
  readonly why: string;
  readonly kind: Evaluation['kind'];
  readonly pull_number: number | null;
  readonly base_sha: string;
  readonly head_ref: string;
  readonly situation_key: string;
  readonly situation_key_without_base: string;
  readonly decision: Decision;
  /** Those that were stored first have no budget. */
  readonly policy: (Omit<AnswerPolicy, 'budgetPerMonthUsd'> & Partial<AnswerPolicy>) | null;
  readonly trust: Trust;
  readonly rerun: RerunMode | null;
  readonly only_pipeline: string | null;
  readonly state: EvaluationState;
  readonly superseded_by: string | null;
  readonly tries: number;
  readonly progress: EvaluationProgress | null;
  readonly failure: EvaluationFailure | null;
  readonly warnings: readonly string[];
  readonly attribution: readonly GroupAttribution[] | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly deadline_at: Date;
}

export interface SubjectRow {
  readonly repository_id: string;
  readonly head_sha: string;
  readonly base_ref: string;
}

export function toSubject(row: SubjectRow): Subject {
  return { repositoryId: Number(row.repository_id), headSha: row.head_sha, baseRef: row.base_ref };
}

export function toEvaluation(row: EvaluationRow): Evaluation {
  return {
    ...toSubject(row),
    id: row.id,
    kind: row.kind,
    pullNumber: row.pull_number,
    baseSha: row.base_sha,
    headRef: row.head_ref,
    situation: { key: row.situation_key, keyWithoutBase: row.situation_key_without_base },
    decision: row.decision,
    policy: row.policy && { budgetPerMonthUsd: null, ...row.policy },
    trust: row.trust,
    state: row.state,
    attempt: row.attempt,
    cause: row.cause,
    why: row.why,
    rerun: row.rerun,
    onlyPipeline: row.only_pipeline,
    tries: row.tries,
    failure: row.failure,
    progress: row.progress,
    attribution: row.attribution,
    warnings: row.warnings,
    supersededBy: row.superseded_by,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    deadlineAt: row.deadline_at,
  };
}
