/** What an evaluation will take, before anything runs: the extractions that are not kept, by what they took the last time. */
import { taskSize } from '../core/cost/compute.js';
import { estimateRun } from '../core/cost/estimate.js';
import type { ComputePrices, Estimate } from '../core/cost/words.js';
import { TASK_START_SECONDS } from '../core/limits.js';
import type { DatasetDocument, Pipeline, RunnerChoice } from '../core/words.js';
import type { DocumentCost } from '../ports/spending.js';
import type { MeasuredSide } from './measure.js';
import { noiseSample } from './noise.js';

/** The money side of an evaluation; without it nothing is estimated and nothing is remembered. */
export interface EvaluationMoney {
  readonly choice: RunnerChoice;
  /** Null: the machine has no price. */
  readonly prices: ComputePrices | null;
  known(pipeline: string, contentHashes: readonly string[]): Promise<ReadonlyMap<string, DocumentCost>>;
  /** `reportedUsd`: what the extractor says it spent in this evaluation. */
  remember(
    pipeline: string,
    took: ReadonlyMap<string, DocumentCost>,
    reportedUsd: number | null,
  ): Promise<void>;
  /** Asked before the first document is extracted; throws to refuse. */
  approve(pipeline: string, estimate: Estimate): Promise<void>;
}

export async function estimateEvaluation(
  { choice, prices }: EvaluationMoney,
  work: {
    readonly sides: readonly MeasuredSide[];
    readonly documents: readonly DatasetDocument[];
    readonly extract: Pipeline['extract'];
    readonly known: ReadonlyMap<string, DocumentCost>;
  },
): Promise<Estimate> {
  const { sides, documents, extract, known } = work;
  // A machine without a price is not Fargate, and may be larger than what Fargate sells.
  const size =
    prices === null
      ? { vcpu: choice.cpu, memoryGib: choice.memoryBytes / 1024 ** 3, gpu: choice.gpu }
      : taskSize(choice);
  const estimate = (extractions: readonly DatasetDocument[]): Estimate =>
    estimateRun({
      documents: extractions.map(({ contentHash }) => known.get(contentHash) ?? { seconds: null, usd: null }),
      size,
      jobs: Math.max(1, Math.ceil(choice.cpu)),
      shards: choice.shards,
      wallSeconds: choice.wallTimeMs / 1_000,
      spot: choice.spot,
      prices,
      startSeconds: TASK_START_SECONDS,
    });
  const bySide: Estimate[] = [];
  for (const side of sides) {
    const runs = [await side.missing(1, documents)];
    // The sample that shows how noisy it is; repeats of an extractor that turns out noisy are not foreseen.
    if (extract.deterministic === 'auto')
      runs.push(await side.missing(2, extract.mode === 'batch' ? documents : noiseSample(documents)));
    if (extract.deterministic === false)
      for (let run = 2; run <= extract.repeats; run++) runs.push(await side.missing(run, documents));
    bySide.push(joined(runs.filter(({ length }) => length > 0).map(estimate), 'in turn'));
  }
  return joined(bySide, 'at once');
}

/** Runs of a side follow on each other; the two sides run at the same time. */
function joined(parts: readonly Estimate[], how: 'in turn' | 'at once'): Estimate {
  const sum = (of: (part: Estimate) => number | null): number | null => {
    const known = parts.map(of).filter((amount) => amount !== null);
    return known.length === 0 ? null : known.reduce((total, amount) => total + amount, 0);
  };
  return {
    extractions: sum(({ extractions }) => extractions) ?? 0,
    guessed: sum(({ guessed }) => guessed) ?? 0,
    shards: sum(({ shards }) => shards) ?? 0,
    wallSeconds:
      how === 'in turn'
        ? (sum(({ wallSeconds }) => wallSeconds) ?? 0)
        : Math.max(0, ...parts.map(({ wallSeconds }) => wallSeconds)),
    computeUsd: sum(({ computeUsd }) => computeUsd),
    reportedUsd: sum(({ reportedUsd }) => reportedUsd),
  };
}
