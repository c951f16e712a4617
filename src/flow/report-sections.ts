/** The sections of a report that say under what circumstances it was made, and the whole report where nothing was. */
import type { Estimate } from '../core/cost/words.js';
import { unjudgedSections } from '../core/report/empty.js';
import { maskedPaths } from '../core/report/mask.js';
import type { Reason, Report } from '../core/report/schema.js';
import { SCORER_VERSION } from '../core/score/index.js';
import type { Config, Pipeline } from '../core/words.js';
import type { RunLimits, RunnerUsage } from '../ports/runner.js';
import type { DatasetChoice } from './datasets.js';
import type { EvaluatePorts } from './evaluate.js';
import type { LabelChanges } from './label-changes.js';
import type { MeasuredSide } from './measure.js';
import type { Fingerprints, Sides } from './sides.js';

export interface PipelineTask {
  readonly sides: Sides;
  readonly pipeline: Pipeline;
  readonly config: Config;
  readonly bootstrap: boolean;
  readonly dataset: DatasetChoice;
  /** Folders that no checkout carries. */
  readonly labelFolders: readonly string[];
  readonly limits: RunLimits;
  readonly sandbox: 'none' | 'bwrap';
  readonly signal?: AbortSignal;
  readonly configChanges: readonly string[];
  readonly warnings: readonly string[];
}

export interface Frame {
  readonly task: PipelineTask;
  readonly prints: Fingerprints;
  readonly ports: EvaluatePorts;
  readonly startedMs: number;
  /** What the runner had used before this pipeline; null where nothing is billed. */
  readonly usedBefore: RunnerUsage | null;
  /** Grows while the evaluation goes on. */
  readonly warnings: string[];
}

/** What a reader must know beside the verdict; none of it decides. */
export function circumstances(
  { task }: Frame,
  added: Report['added_documents'],
  labels?: LabelChanges,
): Reason[] {
  const reasons: Reason[] = [];
  const say = (code: Reason['code'], text: string): void => void reasons.push({ code, level: 'info', text });
  const { sides } = task;
  if (!sides.head.merged)
    say(
      'merge_conflict',
      `The head conflicts with ${sides.base.ref} (${sides.head.conflicts.slice(0, 5).join(', ')}), so it was compared with the merge base; merge or rebase to see the result of the merge.`,
    );
  if (task.bootstrap)
    say(
      'bootstrap',
      `${sides.base.ref} has no configuration for this pipeline yet, so the head's was used; after the merge it decides.`,
    );
  if (task.configChanges.length > 0)
    say(
      'config_changed',
      `The head changes the configuration; this verdict is by the base's. ${task.configChanges.join(' ')}`,
    );
  if (labels !== undefined && labels.changes.length > 0)
    say(
      'labels_changed',
      `The head changes ${labels.changes.length} labelled values in ${new Set(labels.changes.map(({ document }) => document)).size} documents; this verdict follows the labels of ${{ base: 'the base', head: 'the head', both: 'both sides' }[task.config.labels]}.`,
    );
  const gone = [...(labels?.removedLabels ?? []), ...(labels?.replacedDocuments ?? [])];
  if (gone.length > 0)
    say(
      'labels_changed',
      `The head removes or replaces ${gone.length} documents (${gone.slice(0, 5).join(', ')}); the base's were measured.`,
    );
  if (added !== null)
    say(
      'documents_added',
      `The head adds ${added.documents} labelled documents; they were measured on both sides and are not part of the verdict.`,
    );
  return reasons;
}

export function sameFingerprint(task: PipelineTask): Reason {
  return {
    code: 'same_fingerprint',
    level: 'info',
    text: `No extraction code changed: ${task.pipeline.paths.join(', ')} are the same on ${task.sides.base.ref} and on the head.`,
  };
}

type Heading = Pick<
  Report,
  'schema' | 'pipeline' | 'bootstrap' | 'base' | 'head' | 'dataset' | 'config_changes'
>;

export function heading({ task, prints }: Frame): Heading {
  const { sides, dataset } = task;
  const labelled = dataset.dataset.documents.filter(({ id }) => dataset.dataset.labels.has(id));
  const templates = new Set(
    labelled.map(({ id }) => dataset.dataset.labels.get(id)?.template).filter((name) => name !== undefined),
  );
  return {
    schema: 'docops.report/1',
    pipeline: task.pipeline.name,
    bootstrap: task.bootstrap,
    base: {
      commit: sides.base.commit,
      ref: sides.base.ref,
      chosen: sides.base.chosen,
      fingerprint: prints.baseFiles === 0 ? null : prints.base,
    },
    head: {
      commit: sides.head.commit,
      ref: sides.head.ref,
      dirty: sides.head.dirty,
      merged: sides.head.merged,
      fingerprint: prints.headFiles === 0 ? null : prints.head,
    },
    dataset: {
      source: task.pipeline.dataset,
      version: dataset.dataset.version,
      documents: labelled.length,
      templates: templates.size,
      read_from: dataset.readFrom,
    },
    config_changes: [...task.configChanges],
  };
}

export function runSection(
  { task, ports, startedMs, usedBefore }: Frame,
  base?: MeasuredSide,
  head?: MeasuredSide,
  estimate: Estimate | null = null,
): Report['run'] {
  const sides = base === undefined ? [] : head === undefined || head === base ? [base] : [base, head];
  const sum = (of: (side: MeasuredSide) => number): number =>
    sides.reduce((total, side) => total + of(side), 0);
  const cached: Report['run']['cached'] = [];
  if (base?.documentsRun === 0 && base.documentsCached > 0) cached.push('base');
  if (head?.documentsRun === 0 && head.documentsCached > 0) cached.push('head');
  return {
    id: ports.clock.newId(),
    seconds: Math.round(ports.clock.now() - startedMs) / 1000,
    cached,
    documents_run: sum(({ documentsRun }) => documentsRun),
    documents_cached: sum(({ documentsCached }) => documentsCached),
    scorer: SCORER_VERSION,
    enforce: task.pipeline.gate.enforce,
    sandbox: ports.runnerKind === 'ecs' ? 'task' : task.sandbox,
    runner: ports.runnerKind ?? 'local',
    compute: usedSince(usedBefore, ports.usage?.() ?? null),
    reported_usd: reportedUsd(sides),
    estimate:
      estimate === null
        ? null
        : {
            extractions: estimate.extractions,
            guessed: estimate.guessed,
            shards: estimate.shards,
            wall_seconds: estimate.wallSeconds,
            compute_usd: estimate.computeUsd,
            reported_usd: estimate.reportedUsd,
          },
  };
}

/** Of this pipeline alone: a runner serves all pipelines of an evaluation. */
function usedSince(before: RunnerUsage | null, now: RunnerUsage | null): Report['run']['compute'] {
  if (now === null || now.tasks === (before?.tasks ?? 0)) return null;
  const usd = (then: number | null | undefined, total: number | null): number | null =>
    total === null ? null : total - (then ?? 0);
  return {
    tasks: now.tasks - (before?.tasks ?? 0),
    retried: now.retried - (before?.retried ?? 0),
    spot_losses: now.spotLosses - (before?.spotLosses ?? 0),
    billed_seconds: now.billedSeconds - (before?.billedSeconds ?? 0),
    usd: usd(before?.usd, now.usd),
    wasted_usd: usd(before?.wastedUsd, now.wastedUsd),
  };
}

/** What the extractor says it spent on these sides here; null when it says nothing. */
export function reportedUsd(sides: readonly MeasuredSide[]): number | null {
  const known = sides.map((side) => side.reportedUsd).filter((usd) => usd !== null);
  return known.length === 0 ? null : known.reduce((sum, usd) => sum + usd, 0);
}

/** No extraction code changed, and no label: nothing was measured. */
export function notApplicable(frame: Frame): Report {
  const { task, warnings } = frame;
  return {
    ...heading(frame),
    ...unjudgedSections(task.pipeline),
    verdict: 'not-applicable',
    blocked: false,
    reasons: [sameFingerprint(task), ...circumstances(frame, null)],
    deterministic: true,
    runs: { base: 0, head: 0 },
    documents: [],
    failures: [],
    noise: { sampled: 0, fields: [], self_check: null, confirmation: null },
    coverage: { thin: [], never_labelled: [], never_predicted: [], unknown_predicted: [] },
    suspect_labels: [],
    added_documents: null,
    label_changes: null,
    masked: maskedPaths(task.pipeline.fields),
    warnings,
    run: runSection(frame),
  };
}
