/** What an evaluation's pipelines come to: verdicts that are known under the same plan are taken over, the rest is measured. */
import type {
  Evaluation,
  GroupAttribution,
  PipelineReport,
  PlannedPipeline,
  RepositoryRef,
} from '../core/app-words.js';
import type { Report } from '../core/report/schema.js';
import type { Mirror } from '../ports/mirror.js';
import type { Progress, Scratch } from '../ports/surroundings.js';
import { attribute } from './attribution.js';
import { baseCommit, headCommit } from './answer.js';
import type { CorridorPorts, OpenRunner } from './corridor.js';
import type { EvaluationMoney } from './estimate.js';
import { evaluate, type EvaluatePorts, type EvaluateRequest } from './evaluate.js';
import { freshMeasurements } from './fresh-measurements.js';
import { readConfigured, type Configured } from './plan-sides.js';
import { overBudget } from '../core/cost/budget.js';
import { OverBudget, UsageError } from '../core/errors.js';
import type { Config } from '../core/words.js';

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
  try {
    const configured = await configuredBase(mirror, evaluation);
    return await measureOpen(ports, evaluation, {
      ...{ repository, mirror, scratch, configured, progress, signal, known, open },
    });
  } finally {
    await mirror.close();
    await scratch.remove();
  }
}

interface OpenEvaluation {
  readonly repository: RepositoryRef;
  readonly mirror: Mirror;
  readonly scratch: Scratch;
  readonly configured: Extract<Configured, { kind: 'valid' }>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Reports by pipeline; those of `open` are added. */
  readonly known: Map<string, PipelineReport>;
  readonly open: readonly PlannedPipeline[];
}

async function measureOpen(
  ports: CorridorPorts,
  evaluation: Evaluation,
  { repository, mirror, scratch, configured, progress, signal, known, open }: OpenEvaluation,
): Promise<MeasuredEvaluation> {
  const { evaluator } = ports;
  const { decision } = evaluation;
  if (decision.kind !== 'evaluate') throw new Error(`nothing to measure: ${decision.kind}`);
  const choice = configured.config.runner;
  const runner = evaluator.openRunner({
    choice,
    evaluationId: evaluation.id,
    repositoryId: evaluation.repositoryId,
    trusted: !evaluation.trust.aggregatesOnly,
  });
  try {
    const evaluatePorts: EvaluatePorts = {
      code: mirror.code,
      scratch,
      datasets: evaluator.datasets,
      environment: (extract) => evaluator.environmentIdentity(choice, extract, decision.sandbox),
      runner,
      sidesAtOnce: runner.sidesAtOnce,
      runnerKind: runner.kind,
      usage: () => runner.usage(),
      money: moneyOf(ports, evaluation, configured.config, runner),
      store: evaluation.rerun === 'full' ? freshMeasurements() : evaluator.measurements,
      progress,
      clock: { now: () => performance.now(), newId: ports.newId },
    };
    const request: EvaluateRequest = {
      base: baseCommit(evaluation, evaluation.baseSha),
      head: headCommit(evaluation),
      baseConfig: configured.file,
      // A task is a sandbox of its own, and as large as its shard.
      jobs: runner.kind === 'ecs' ? Math.max(1, Math.ceil(choice.cpu)) : evaluator.processes,
      sandbox: runner.kind === 'ecs' ? 'none' : decision.sandbox,
      signal,
    };
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
  }
}

/** What is spent counts at once, so that two pipelines of one evaluation cannot both take the whole of its budget. */
export function moneyOf(
  {
    costs,
    spending,
    evaluator,
    newId,
  }: Pick<CorridorPorts, 'costs' | 'spending' | 'newId'> & {
    readonly evaluator: Pick<CorridorPorts['evaluator'], 'prices'>;
  },
  { id, kind, repositoryId, headSha, tries }: Evaluation,
  { budget, runner: choice }: Pick<Config, 'budget' | 'runner'>,
  runner: Pick<OpenRunner, 'usage'>,
): EvaluationMoney {
  let reportedUsd = 0;
  return {
    choice,
    prices: evaluator.prices(choice),
    known: (pipeline, hashes) => costs.read(repositoryId, pipeline, hashes),
    async remember(pipeline, took, usd) {
      if (took.size > 0) await costs.write(repositoryId, pipeline, took);
      if (usd === null || usd === 0) return;
      reportedUsd += usd;
      // Each one counts: a merge group measures a pipeline more than once, and a try that is handed over keeps its number.
      await spending.charge(id, repositoryId, `extractor of ${pipeline}, try ${tries}, ${newId()}`, usd);
    },
    async approve(_pipeline, estimate) {
      if (budget.perRun === undefined && budget.perMonth === undefined) return;
      // Its pull requests have passed, by approval where it had to be; nobody could comment on a group.
      if (kind === 'merge-group') return;
      const over = overBudget({
        estimate,
        budget,
        spentHereUsd: (runner.usage()?.usd ?? 0) + reportedUsd,
        spentThisMonthUsd: await spending.spentThisMonth(repositoryId),
      });
      if (over === undefined || (await spending.costApproval(repositoryId, headSha)) !== undefined) return;
      throw new OverBudget(over.text);
    },
  };
}

async function configuredBase(
  mirror: Mirror,
  { baseSha }: Evaluation,
): Promise<Extract<Configured, { kind: 'valid' }>> {
  const configured = await readConfigured(mirror.code, baseSha);
  if (configured.kind !== 'valid')
    throw new UsageError(`${baseSha.slice(0, 10)} has no valid configuration any more`);
  return configured;
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
    run: {
      ...report.run,
      ...{ seconds: 0, cached: ['base', 'head'], documents_run: 0 },
      // Paid for there.
      ...{ compute: null, reported_usd: null, estimate: null },
    },
  };
}

function ordered(
  pipelines: readonly PlannedPipeline[],
  known: ReadonlyMap<string, PipelineReport>,
): PipelineReport[] {
  return pipelines.flatMap(({ name }) => known.get(name) ?? []);
}
