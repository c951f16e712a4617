/** One run of the past under another policy: the same commits, the same measurements, other fields and another gate. */
import type { Evaluation, PipelineReport, RepositoryRef } from '../core/app-words.js';
import { redactReport } from '../core/check/index.js';
import { UsageError } from '../core/errors.js';
import type { Reason, Report } from '../core/report/schema.js';
import { sentence } from '../core/report/words.js';
import type { Config, Pipeline } from '../core/words.js';
import type { Run } from '../ports/insight.js';
import { MirrorError, type Mirror } from '../ports/mirror.js';
import type { SimulatedRun } from '../ports/simulations.js';
import type { Progress, Scratch } from '../ports/surroundings.js';
import { baseCommit, headCommit } from './answer.js';
import type { CorridorPorts } from './corridor.js';
import { chooseDataset, datasetFolders } from './datasets.js';
import { evaluatePipeline } from './evaluate-pipeline.js';
import { readConfigured } from './plan-sides.js';
import { chooseConfig, resolveSides, type Sides } from './sides.js';
import { NotStored, readOnly, replayingRunner, unwrittenCode } from './stored-only.js';

/** Reasons kept of one verdict. */
const REASONS_KEPT = 8;

export interface PastRun {
  readonly repository: RepositoryRef;
  readonly run: Run;
  readonly tried: Config;
  readonly signal: AbortSignal;
}

export function isMeasured({
  reusedFrom,
  verdict,
}: Pick<Run['pipelines'][number], 'reusedFrom' | 'verdict'>): boolean {
  return reusedFrom === null && verdict !== 'not-applicable';
}

/** One result for each pipeline that the run measured. Throws for what says nothing about the run: git or the database is away. */
export async function simulateRun(
  ports: CorridorPorts,
  { repository, run, tried, signal }: PastRun,
): Promise<SimulatedRun[]> {
  const evaluation = await ports.store.evaluation(run.id);
  if (evaluation?.decision.kind !== 'evaluate') return [];
  const measured = (await ports.store.reports(run.id)).filter(({ reusedFrom, report }) =>
    isMeasured({ reusedFrom, verdict: report.verdict }),
  );
  const none = (note: string): SimulatedRun[] =>
    measured.map((report) => ({ ...of(evaluation, report), would: null, note }));
  if (evaluation.rerun === 'full')
    return none('it was measured anew as a whole (/rerun-eval full), and that is not stored');
  let mirror: Mirror;
  try {
    mirror = await ports.mirrors.open(repository, {
      refs: [],
      commits: [evaluation.baseSha, evaluation.headSha],
      signal,
    });
  } catch (error) {
    if (error instanceof MirrorError && !error.transient) return none('its commits are gone');
    throw error;
  }
  const scratch = await ports.evaluator.openScratch();
  try {
    const then = await readThen(evaluation, mirror);
    if (typeof then === 'string') return none(then);
    const results: SimulatedRun[] = [];
    for (const report of measured)
      results.push(
        await simulatePipeline(ports, { evaluation, mirror, scratch, then, report, tried, signal }),
      );
    return results;
  } finally {
    await mirror.close();
    await scratch.remove();
  }
}

/** What the run was about, read again. */
interface Then {
  readonly sides: Sides;
  readonly config: Config;
  /** As the run left them out of its code: part of what its measurements are kept under. */
  readonly labelFolders: readonly string[];
}

async function readThen(evaluation: Evaluation, { code }: Mirror): Promise<Then | string> {
  try {
    const configured = await readConfigured(code, evaluation.baseSha);
    if (configured.kind !== 'valid')
      return 'the configuration that it was judged by cannot be read by this version';
    const sides = await resolveSides(code, {
      base: baseCommit(evaluation, evaluation.baseSha),
      head: headCommit(evaluation),
    });
    const { config, headConfig } = await chooseConfig(code, sides, undefined, configured.file);
    return {
      sides,
      config,
      labelFolders: datasetFolders([...config.pipelines, ...(headConfig?.pipelines ?? [])]),
    };
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

interface PastPipeline {
  readonly evaluation: Evaluation;
  readonly mirror: Mirror;
  readonly scratch: Scratch;
  readonly then: Then;
  readonly report: PipelineReport;
  readonly tried: Config;
  readonly signal: AbortSignal;
}

async function simulatePipeline(ports: CorridorPorts, past: PastPipeline): Promise<SimulatedRun> {
  const { evaluation, then, tried } = past;
  const { pipeline: name, report: was } = past.report;
  const result = of(evaluation, past.report);
  const before = then.config.pipelines.find((pipeline) => pipeline.name === name);
  const after = tried.pipelines.find((pipeline) => pipeline.name === name);
  if (after === undefined)
    return {
      ...result,
      would: { verdict: 'not-applicable', blocked: false, base: null, head: null, reasons: [] },
      note: 'the tried file has no such pipeline: nothing would have been measured or judged',
    };
  if (before === undefined)
    return { ...result, would: null, note: 'the configuration of then has no such pipeline' };
  const timed = was.run.documents_cached === 0;
  if (after.gate.latencyMaxIncrease !== undefined && !timed && was.reasons.some(isLatency))
    return {
      ...result,
      would: null,
      note: 'it was judged by its latency, and the times that were compared are not stored',
    };
  try {
    const report = await judgeAgain(ports, past, judgedBy(before, after, timed), timed);
    const known = report.dataset.version === was.dataset.version;
    if (!known)
      return { ...result, would: null, note: 'its dataset is not the one any more that it was measured on' };
    return { ...result, would: wouldBe(report, evaluation), note: noteOf(before, after, timed) };
  } catch (error) {
    if (error instanceof NotStored || error instanceof UsageError)
      return { ...result, would: null, note: error.message };
    throw error;
  }
}

function of(
  { id }: Evaluation,
  { pipeline, report: { verdict, blocked } }: PipelineReport,
): Pick<SimulatedRun, 'evaluationId' | 'pipeline' | 'was'> {
  return { evaluationId: id, pipeline, was: { verdict, blocked } };
}

/** What was measured is what is stored, so all that decides about measuring is that of then. */
function judgedBy(before: Pipeline, after: Pipeline, timed: boolean): Pipeline {
  const { latencyMaxIncrease, ...gate } = after.gate;
  return {
    ...before,
    fields: after.fields,
    // Times of different days are not compared.
    gate: timed && latencyMaxIncrease !== undefined ? { ...gate, latencyMaxIncrease } : gate,
  };
}

function noteOf(before: Pipeline, after: Pipeline, timed: boolean): string | null {
  const parts = (['paths', 'dataset', 'extract'] as const).filter(
    (part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]),
  );
  const notes = [
    ...(parts.length === 0
      ? []
      : [`${parts.join(' and ')} of the tried file differ; those of then were measured and are used here`]),
    ...(after.gate.latencyMaxIncrease === undefined || timed
      ? []
      : ['the rule on latency was left aside: base and head were not timed together']),
  ];
  return notes.length === 0 ? null : notes.join('; ');
}

function isLatency({ code }: Reason): boolean {
  return code === 'latency_increased';
}

async function judgeAgain(
  ports: CorridorPorts,
  { evaluation, mirror, scratch, then, report: past, tried, signal }: PastPipeline,
  pipeline: Pipeline,
  timed: boolean,
): Promise<Report> {
  const { evaluator } = ports;
  const { decision } = evaluation;
  if (decision.kind !== 'evaluate') throw new Error(`nothing was measured: ${decision.kind}`);
  const { runner: choice } = then.config;
  const code = unwrittenCode(mirror.code);
  const { sides, labelFolders } = then;
  const dataset = await chooseDataset({ code, sides, pipeline, scratch, datasets: evaluator.datasets });
  signal.throwIfAborted();
  const evaluated = await evaluatePipeline(
    {
      ...{ sides, pipeline, dataset, labelFolders, signal },
      config: { ...then.config, labels: tried.labels, missingLabels: tried.missingLabels },
      bootstrap: false,
      limits: { jobs: 1, memoryBytes: choice.memoryBytes },
      sandbox: decision.sandbox,
      configChanges: [],
      warnings: [],
    },
    {
      ...{ code, scratch, datasets: evaluator.datasets, progress: SILENT },
      runner: replayingRunner(past.report, dataset.dataset.documents),
      environment: (extract) => evaluator.environmentIdentity(choice, extract, decision.sandbox),
      store: readOnly(evaluator.measurements),
      storedTogether: timed,
      clock: { now: () => performance.now(), newId: ports.newId },
    },
  );
  return evaluated.report;
}

const SILENT: Progress = {
  stage: () => undefined,
  measuring: () => ({ tick: () => undefined, end: () => undefined }),
};

function wouldBe(report: Report, { trust }: Evaluation): NonNullable<SimulatedRun['would']> {
  return {
    verdict: report.verdict,
    blocked: report.blocked,
    base: report.overall.base,
    head: report.overall.head,
    reasons: reasonsOf(report, trust.aggregatesOnly),
  };
}

/** Said of an evaluation as such, under whatever policy. */
const CIRCUMSTANCES: readonly Reason['code'][] = [
  ...(['merge_conflict', 'bootstrap', 'config_changed', 'labels_changed', 'documents_added'] as const),
];

/** What decides; where nothing does, what was seen. Texts that quote the evaluated code are written anew from numbers. */
function reasonsOf(report: Report, aggregatesOnly: boolean): string[] {
  const redacted = redactReport(report).reasons;
  const told = report.reasons.map((reason, index) => ({
    reason,
    text:
      aggregatesOnly || reason.code === 'setup_failed' || reason.code.startsWith('extractor_')
        ? (redacted[index]?.text ?? '')
        : reason.text,
  }));
  const deciding = told.filter(({ reason }) => reason.level !== 'info');
  const seen = told.filter(({ reason }) => !CIRCUMSTANCES.includes(reason.code));
  return (deciding.length > 0 ? deciding : seen).slice(0, REASONS_KEPT).map(({ text }) => sentence(text));
}
