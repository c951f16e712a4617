/** Evaluations and views for the tests of what is said of them. */
import type {
  Acceptance,
  Decision,
  Evaluation,
  PipelineReport,
  PlannedPipeline,
} from '../../../src/core/app-words.js';
import type { AnswerView } from '../../../src/core/check/index.js';
import type { Report } from '../../../src/core/report/schema.js';

export const HEAD = '5d2e7b90c1a2b3c4d5e6f708192a3b4c5d6e7f80';
export const NOW = Date.UTC(2026, 10, 22, 14, 0);

export function planned(name = 'invoices', more: Partial<PlannedPipeline> = {}): PlannedPipeline {
  return {
    name,
    patterns: ['extract/**', '!extract/**/*.md'],
    applicable: true,
    planId: 'a1'.repeat(32),
    ...more,
  };
}

export function evaluating(...pipelines: PlannedPipeline[]): Extract<Decision, { kind: 'evaluate' }> {
  return {
    kind: 'evaluate',
    pipelines: pipelines.length === 0 ? [planned()] : pipelines,
    sandbox: 'none',
    changedPaths: ['extract/main.py'],
  };
}

export function evaluation(more: Partial<Evaluation> = {}): Evaluation {
  return {
    id: '0b8f6c1e-6d0a-4c1b-9a77-0d6f1f1f0001',
    repositoryId: 7,
    headSha: HEAD,
    baseRef: 'main',
    kind: 'pull-request',
    pullNumber: 12,
    baseSha: 'a81f3c2d9e0b4c5f6a7b8c9d0e1f2a3b4c5d6e7f',
    headRef: 'refs/pull/12/head',
    situation: { key: 'k', keyWithoutBase: 'w' },
    decision: evaluating(),
    policy: {
      comment: 'on-change',
      onBaseMove: 'reevaluate',
      override: { roles: ['maintain'], expiresMs: 1 },
      budgetPerMonthUsd: null,
    },
    trust: { trusted: true, reason: 'ada has the role write here.', aggregatesOnly: false },
    state: 'judged',
    attempt: 1,
    cause: 'look:1',
    why: 'first look',
    rerun: null,
    onlyPipeline: null,
    tries: 1,
    failure: null,
    progress: null,
    attribution: null,
    warnings: [],
    supersededBy: null,
    createdAt: new Date(NOW - 120_000),
    startedAt: new Date(NOW - 100_000),
    finishedAt: new Date(NOW - 10_000),
    deadlineAt: new Date(NOW + 3_600_000),
    ...more,
  };
}

export function reported(report: Report, more: Partial<PipelineReport> = {}): PipelineReport {
  return { pipeline: report.pipeline, planId: 'a1'.repeat(32), report, reusedFrom: null, ...more };
}

export function view(evaluationMore: Partial<Evaluation> = {}, more: Partial<AnswerView> = {}): AnswerView {
  return {
    evaluation: evaluation(evaluationMore),
    reports: [],
    acceptances: [],
    requiredCheck: { required: true, pinned: true },
    detailsUrl: 'https://docops.example/evaluations/1?key=abc',
    nowMs: NOW,
    ...more,
  };
}

/** A judged evaluation with these reports, one pipeline for each. */
export function judged(
  reports: readonly Report[],
  evaluationMore: Partial<Evaluation> = {},
  more: Partial<AnswerView> = {},
): AnswerView {
  return view(
    { decision: evaluating(...reports.map(({ pipeline }) => planned(pipeline))), ...evaluationMore },
    { reports: reports.map((report) => reported(report)), ...more },
  );
}

export function acceptance(more: Partial<Acceptance> = {}): Acceptance {
  return {
    id: 'acc-1',
    repositoryId: 7,
    headSha: HEAD,
    baseRef: 'main',
    situationKey: 'k',
    fields: [],
    reason: 'The vendor changed its layout.',
    by: 'ada',
    role: 'maintain',
    at: new Date(NOW - 5_000),
    expiresAt: new Date(NOW + 86_400_000),
    revokedAt: null,
    revokedBy: null,
    ...more,
  };
}
