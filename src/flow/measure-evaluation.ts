/** What an evaluation's pipelines come to: verdicts that are known under the same plan are taken over, the rest is measured. */
import type { Evaluation, GroupAttribution, PipelineReport, PlannedPipeline } from '../core/app-words.js';
import type { Report } from '../core/report/schema.js';
import type { Mirror } from '../ports/mirror.js';
import type { Progress } from '../ports/surroundings.js';
import { attribute } from './attribution.js';
import { baseCommit, headCommit } from './answer.js';
import type { CorridorPorts } from './corridor.js';
import { evaluate, type EvaluatePorts, type EvaluateRequest } from './evaluate.js';
import { freshMeasurements } from './fresh-measurements.js';
import { readConfigured } from './plan-sides.js';
import { UsageError } from '../core/errors.js';

export interface MeasuredEvaluation {
  readonly reports: readonly PipelineReport[];
  readonly warnings: readonly string[];
  readonly attribution: readonly GroupAttribution[] | null;
}

/** Throws UsageError for what a person has to mend; everything else that is thrown is infrastructure. */
export async function measureEvaluation(
  ports: CorridorPorts,
  evaluation: Evaluation,
  progress: Progress,
  signal: AbortSignal,
): Promise<MeasuredEvaluation> {
  const { decision, repositoryId } = evaluation;
  if (decision.kind !== 'evaluate') throw new Error(`nothing to measure: ${decision.kind}`);
  const known = await takenOver(ports, evaluation, decision.pipelines);
  const open = decision.pipelines.filter(({ name }) => !known.has(name));
  if (open.length === 0)
    return { reports: ordered(decision.pipelines, known), warnings: [], attribution: null };

  const repository = await ports.store.repository(repositoryId);
  if (repository === undefined) throw new Error('the repository is gone, or the App was suspended');
  progress.stage('reading the two sides');
  const mirror = await ports.mirrors.open(repository, {
    refs: [`refs/heads/${evaluation.baseRef}`, evaluation.headRef],
    commits: [evaluation.baseSha, evaluation.headSha],
    signal,
  });
  const scratch = await ports.evaluator.openScratch();
  const runner = ports.evaluator.openRunner();
  try {
    const evaluatePorts: EvaluatePorts = {
      code: mirror.code,
      scratch,
      datasets: ports.evaluator.datasets,
      environment: (extract) => runner.environmentIdentity(extract, decision.sandbox),
      runner,
      store: evaluation.rerun === 'full' ? freshMeasurements() : ports.evaluator.measurements,
      progress,
      clock: { now: () => performance.now(), newId: ports.newId },
    };
    const request = await requestFor(ports, evaluation, mirror, decision.sandbox, signal);
    const measure = async (asked: EvaluateRequest): Promise<Report> => {
      const [result] = await evaluate(asked, evaluatePorts);
      if (result === undefined) throw new Error('an evaluation without a report');
      return result.report;
    };
    const attribution: GroupAttribution[] = [];
    for (const { name, planId } of open) {
      const report = await measure({ ...request, pipeline: name });
      known.set(name, { pipeline: name, planId, report, reusedFrom: null });
      if (evaluation.kind === 'merge-group' && report.blocked)
        attribution.push(
          ...(await attribute(ports, { repository, evaluation, mirror, report }, (head) =>
            measure({ ...request, head, pipeline: name }),
          )),
        );
    }
    return {
      reports: ordered(decision.pipelines, known),
      warnings: [],
      attribution: attribution.length === 0 ? null : attribution,
    };
  } finally {
    await runner.close();
    await mirror.close();
    await scratch.remove();
  }
}

async function requestFor(
  { evaluator }: CorridorPorts,
  evaluation: Evaluation,
  mirror: Mirror,
  sandbox: 'none' | 'bwrap',
  signal: AbortSignal,
): Promise<EvaluateRequest> {
  const configured = await readConfigured(mirror.code, evaluation.baseSha);
  if (configured.kind !== 'valid')
    throw new UsageError(`${evaluation.baseSha.slice(0, 10)} has no valid configuration any more`);
  return {
    base: baseCommit(evaluation, evaluation.baseSha),
    head: headCommit(evaluation),
    baseConfig: configured.file,
    jobs: evaluator.processes,
    sandbox,
    signal,
  };
}

/**
 * Reports that need no measurement: finished verdicts of the same plan, and, when only some pipelines were asked for
 * again, the previous attempt's of the others.
 */
async function takenOver(
  { store }: CorridorPorts,
  evaluation: Evaluation,
  pipelines: readonly PlannedPipeline[],
): Promise<Map<string, PipelineReport>> {
  const known = new Map<string, PipelineReport>();
  if (evaluation.rerun === null) {
    for (const { name, planId } of pipelines) {
      if (planId === null) continue;
      const found = await store.verdict(evaluation.repositoryId, planId);
      if (found === undefined) continue;
      known.set(name, {
        pipeline: name,
        planId,
        report: asOf(evaluation, found.report),
        reusedFrom: found.evaluationId,
      });
    }
    return known;
  }
  if (evaluation.rerun !== 'failed' && evaluation.onlyPipeline === null) return known;
  const attempts = await store.attempts(evaluation);
  const before = attempts.findLast(
    ({ attempt, situation, state }) =>
      attempt < evaluation.attempt && state !== 'superseded' && situation.key === evaluation.situation.key,
  );
  if (before === undefined) return known;
  for (const earlier of await store.reports(before.id)) {
    const again =
      evaluation.onlyPipeline !== null
        ? earlier.pipeline === evaluation.onlyPipeline
        : earlier.report.blocked || earlier.report.verdict === 'not-measured';
    if (!again) known.set(earlier.pipeline, { ...earlier, reusedFrom: earlier.reusedFrom ?? before.id });
  }
  return known;
}

/** The same verdict, for these commits. */
function asOf(evaluation: Evaluation, report: Report): Report {
  const base = baseCommit(evaluation, evaluation.baseSha);
  return {
    ...report,
    // Where head and base conflict, the plan is one with the merge base, and so is the commit that was compared with.
    base: report.head.merged ? { ...report.base, ...base } : report.base,
    head: { ...report.head, commit: evaluation.headSha, ref: headCommit(evaluation).ref },
    run: { ...report.run, seconds: 0, cached: ['base', 'head'], documents_run: 0 },
  };
}

function ordered(
  pipelines: readonly PlannedPipeline[],
  known: ReadonlyMap<string, PipelineReport>,
): PipelineReport[] {
  return pipelines.flatMap(({ name }) => known.get(name) ?? []);
}
