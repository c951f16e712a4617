/**
 * One evaluation from commits to report: settle the sides, measure what is not known yet, find out how noisy it is,
 * score, judge, confirm, report. Every step can be repeated; what was measured is kept.
 */
import { describeConfigChanges, formatProblem } from '../core/config/index.js';
import { UsageError } from '../core/errors.js';
import type { Report } from '../core/report/schema.js';
import type { Config, Pipeline, RunnerChoice } from '../core/words.js';
import type { Code } from '../ports/code.js';
import type { Datasets } from '../ports/datasets.js';
import type { RunLimits, RunnerUsage } from '../ports/runner.js';
import type { Scratch } from '../ports/surroundings.js';
import { chooseDataset, datasetFolders } from './datasets.js';
import type { EvaluationMoney } from './estimate.js';
import { evaluatePipeline } from './evaluate-pipeline.js';
import type { MeasurePorts } from './measure.js';
import { chooseConfig, resolveSides, type AskedCommit, type ConfigChoice, type ConfigFile } from './sides.js';

export interface EvaluatePorts extends MeasurePorts {
  readonly code: Code;
  readonly scratch: Scratch;
  readonly datasets: Datasets;
  /** What predictions depend on beside the code; part of the key under which they are kept. */
  readonly environment: (extract: Pipeline['extract']) => Promise<string>;
  /** What it costs, where somebody pays. */
  readonly money?: EvaluationMoney;
  /** Where the extractors run. Default: on this machine. */
  readonly runnerKind?: RunnerChoice['kind'];
  /** Tasks and their price so far; null where nothing is billed. */
  readonly usage?: () => RunnerUsage | null;
}

export interface EvaluateRequest {
  /** Default: the default branch's tip. */
  readonly base?: AskedCommit;
  /** Default: the working tree as it is. */
  readonly head?: AskedCommit;
  /** Default: every pipeline of the configuration. */
  readonly pipeline?: string;
  /** Tried instead of the base's. */
  readonly config?: ConfigFile;
  /** The base's, where the caller has read it already. */
  readonly baseConfig?: ConfigFile;
  /** Extractor processes at once. */
  readonly jobs: number;
  readonly sandbox: 'none' | 'bwrap';
  readonly signal?: AbortSignal;
}

export interface Evaluation {
  readonly report: Report;
  /** Where a document lies while the evaluation's scratch space exists; for pages that show it. */
  readonly documentPath: (id: string) => string | undefined;
}

/**
 * Evaluates and judges; one result for each pipeline, in the order of the configuration. Throws UsageError for what the
 * user must mend (exit 2) and RunnerError for infrastructure (exit 3).
 */
export async function evaluate(request: EvaluateRequest, ports: EvaluatePorts): Promise<Evaluation[]> {
  ports.progress.stage('reading the two sides');
  const sides = await resolveSides(ports.code, request);
  const choice = await chooseConfig(ports.code, sides, request.config, request.baseConfig);
  const pipelines = choosePipelines(choice, request.pipeline);
  const folders = datasetFolders([...choice.config.pipelines, ...(choice.headConfig?.pipelines ?? [])]);
  const limits: RunLimits = { jobs: request.jobs, memoryBytes: choice.config.runner.memoryBytes };
  const evaluations: Evaluation[] = [];
  for (const { pipeline, config, bootstrap } of pipelines) {
    const dataset = await chooseDataset({
      code: ports.code,
      sides,
      pipeline,
      scratch: ports.scratch,
      datasets: ports.datasets,
    });
    evaluations.push(
      await evaluatePipeline(
        {
          sides,
          pipeline,
          config,
          bootstrap,
          dataset,
          labelFolders: folders,
          limits,
          sandbox: request.sandbox,
          ...(request.signal === undefined ? {} : { signal: request.signal }),
          configChanges: configChanges(choice, pipeline.name),
          warnings: choice.warnings.map(formatProblem),
        },
        ports,
      ),
    );
  }
  return evaluations;
}

interface ChosenPipeline {
  readonly pipeline: Pipeline;
  readonly config: Config;
  readonly bootstrap: boolean;
}

function choosePipelines(choice: ConfigChoice, asked: string | undefined): ChosenPipeline[] {
  const own = choice.config.pipelines.map((pipeline) => ({
    pipeline,
    config: choice.config,
    bootstrap: choice.bootstrap,
  }));
  if (asked === undefined) return own;
  const found = own.find(({ pipeline }) => pipeline.name === asked);
  if (found !== undefined) return [found];
  const added = choice.headConfig?.pipelines.find(({ name }) => name === asked);
  if (added !== undefined && choice.headConfig !== undefined)
    return [{ pipeline: added, config: choice.headConfig, bootstrap: true }];
  throw new UsageError(
    `there is no pipeline ${asked} in ${choice.from}`,
    `it has: ${own.map(({ pipeline }) => pipeline.name).join(', ')}`,
  );
}

function configChanges(choice: ConfigChoice, pipeline: string): string[] {
  if (!choice.changed) return [];
  if (choice.headConfig === undefined)
    return choice.headProblems.length === 0
      ? ['the head deletes the configuration']
      : [`the head's configuration is invalid: ${choice.headProblems.map(formatProblem).join('; ')}`];
  return describeConfigChanges(choice.config, choice.headConfig, pipeline);
}
