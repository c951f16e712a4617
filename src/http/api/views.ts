/** From the words of the program to the shapes of the API. */
import type { z } from '@hono/zod-openapi';
import type { RepositoryRef } from '../../core/app-words.js';
import type { Problem } from '../../core/words.js';
import type {
  DatasetSeen,
  GateRecord,
  RepositoryLine,
  Run,
  RunPipeline,
  TrendPoint,
} from '../../ports/insight.js';
import type { Simulation } from '../../ports/simulations.js';
import type {
  configurationProblemSchema,
  datasetListSchema,
  gateRecordSchema,
  repositorySchema,
  repositoryStateSchema,
  runPipelineSchema,
  runSchema,
  simulationSchema,
  trendSchema,
} from './schemas.js';

const moment = (at: Date): string => at.toISOString();
const momentOrNull = (at: Date | null): string | null => at?.toISOString() ?? null;

export function repositoryJson({ id, owner, name }: RepositoryRef): z.input<typeof repositorySchema> {
  return { id, owner, name };
}

function pipelineJson(of: RunPipeline): z.input<typeof runPipelineSchema> {
  return {
    pipeline: of.pipeline,
    verdict: of.verdict,
    blocked: of.blocked,
    enforce: of.enforce,
    base: of.base,
    head: of.head,
    delta: of.delta,
    smallest_detectable_drop: of.smallestDetectableDrop,
    documents: of.documents,
    documents_regressed: of.documentsRegressed,
    documents_fixed: of.documentsFixed,
    dataset: { source: of.datasetSource, version: of.datasetVersion },
    deterministic: of.deterministic,
    seconds: of.seconds,
    usd: of.usd,
    reused_from: of.reusedFrom,
  };
}

export function runJson(run: Run): z.input<typeof runSchema> {
  return {
    id: run.id,
    repository_id: run.repositoryId,
    kind: run.kind,
    pull_number: run.pullNumber,
    title: run.title,
    head_sha: run.headSha,
    base_ref: run.baseRef,
    base_sha: run.baseSha,
    attempt: run.attempt,
    why: run.why,
    state: run.state,
    decision: run.decision,
    failure: run.failure === null ? null : { ...run.failure },
    conclusion: run.conclusion,
    superseded_by: run.supersededBy,
    created_at: moment(run.createdAt),
    started_at: momentOrNull(run.startedAt),
    finished_at: momentOrNull(run.finishedAt),
    pipelines: run.pipelines.map(pipelineJson),
  };
}

export function stateJson(
  line: RepositoryLine,
  pipelines: readonly { readonly pipeline: string; readonly baseRef: string }[],
): z.input<typeof repositoryStateSchema> {
  return {
    ...repositoryJson(line.repository),
    pipelines: pipelines.map(({ pipeline, baseRef }) => ({ pipeline, base_ref: baseRef })),
    last_run: line.lastRun === null ? null : runJson(line.lastRun),
    open_regressions: line.openRegressions.map(runJson),
    waiting: line.waiting,
    running: line.running,
    spent_this_month_usd: line.spentThisMonthUsd,
    budget_per_month_usd: line.budgetPerMonthUsd,
  };
}

export function pointJson(point: TrendPoint): z.input<typeof trendSchema>['points'][number] {
  return {
    run: point.evaluationId,
    at: moment(point.at),
    commit: point.commit,
    fingerprint: point.fingerprint,
    dataset_version: point.datasetVersion,
    documents: point.documents,
    overall: point.overall,
    smallest_detectable_drop: point.smallestDetectableDrop,
    fields: point.fields.map(({ field, accuracy }) => ({ field, accuracy })),
  };
}

export function gateJson(record: GateRecord, since: Date): z.input<typeof gateRecordSchema> {
  return {
    since: moment(since),
    runs: record.runs,
    blocked: record.blocked,
    warned: record.warned,
    passed: record.passed,
    not_measured: record.notMeasured,
    not_applicable: record.notApplicable,
    accepted: record.accepted,
    revoked: record.revoked,
    disputes: record.disputes,
    repeated: record.repeated,
    flips: record.flips.map(({ pipeline, planId, verdicts }) => ({
      pipeline,
      plan_id: planId,
      verdicts: verdicts.map(({ evaluationId, verdict, at }) => ({
        run: evaluationId,
        verdict,
        at: moment(at),
      })),
    })),
  };
}

export function datasetJson(seen: DatasetSeen): z.input<typeof datasetListSchema>['datasets'][number] {
  const run = ({ evaluationId, at }: DatasetSeen['firstRun']) => ({ run: evaluationId, at: moment(at) });
  return {
    pipeline: seen.pipeline,
    source: seen.source,
    version: seen.version,
    documents: seen.documents,
    runs: seen.runs,
    first_run: run(seen.firstRun),
    last_run: run(seen.lastRun),
  };
}

export function problemJson({
  severity,
  code,
  message,
  place,
}: Problem): z.input<typeof configurationProblemSchema> {
  return { severity, code, message, line: place?.line ?? null, column: place?.column ?? null };
}

export function simulationJson(of: Simulation): z.input<typeof simulationSchema> {
  return {
    id: of.id,
    base_ref: of.baseRef,
    requested_by: of.requestedBy,
    last_runs: of.lastRuns,
    state: of.state,
    problem: of.problem,
    created_at: moment(of.createdAt),
    finished_at: momentOrNull(of.finishedAt),
    results: of.results.map(({ evaluationId, pipeline, was, would, note }) => ({
      run: evaluationId,
      pipeline,
      was: { verdict: was.verdict, blocked: was.blocked },
      would:
        would === null
          ? null
          : {
              verdict: would.verdict,
              blocked: would.blocked,
              base: would.base,
              head: would.head,
              reasons: [...would.reasons],
            },
      note,
    })),
  };
}
