/** One pipeline of one evaluation: fingerprints → measurements → noise → scores → verdict → report. */
import type { Estimate } from '../core/cost/words.js';
import { checkDataset } from '../core/dataset/check.js';
import { judge, selfCheck, type Judgement } from '../core/judge/index.js';
import { maskedPaths, maskReport, WITHHELD } from '../core/report/mask.js';
import type { Report } from '../core/report/schema.js';
import { parseProblem } from '../core/score/index.js';
import type { DatasetDocument, Label } from '../core/words.js';
import type { DocumentCost } from '../ports/spending.js';
import { estimateEvaluation } from './estimate.js';
import type { EvaluatePorts, Evaluation } from './evaluate.js';
import { labelChanges, type LabelChanges } from './label-changes.js';
import { measureBoth, type Measured } from './measure-both.js';
import { MeasuredSide, type MeasureOptions } from './measure.js';
import {
  circumstances,
  type Frame,
  heading,
  notApplicable,
  type PipelineTask,
  reportedUsd,
  runSection,
  sameFingerprint,
} from './report-sections.js';
import { scoreSides, type Predictions, type ScoredSides } from './score-sides.js';
import { checkoutWarnings, fingerprints, inside } from './sides.js';

/** Changes of labels listed in a report. */
const LABEL_CHANGES_LISTED = 200;

export async function evaluatePipeline(task: PipelineTask, ports: EvaluatePorts): Promise<Evaluation> {
  const startedMs = ports.clock.now();
  const prints = fingerprints(task.sides, task.pipeline, task.labelFolders);
  const warnings = [...task.warnings, ...task.dataset.warnings];
  const { dataset } = task.dataset;
  warnings.push(...unreadableLabels(task));
  const labels = labelChanges(task.dataset);
  const sameCode = prints.base === prints.head && !task.bootstrap;
  const paths = new Map(
    [...(task.dataset.head?.documents ?? []), ...dataset.documents].map(({ id, path }) => [id, path]),
  );
  const documentPath = (id: string): string | undefined => paths.get(id);
  const usedBefore = ports.usage?.() ?? null;
  const frame = { task, prints, ports, startedMs, usedBefore, warnings };
  if (sameCode && labels === undefined) return { report: notApplicable(frame), documentPath };

  const environment = await ports.environment(task.pipeline.extract);
  const documents = dataset.documents.filter(({ id }) => dataset.labels.has(id));
  const known = await knownCosts(frame, documents);
  const base = openSide('base', environment, frame, known);
  const head =
    prints.base === prints.head || prints.baseFiles === 0
      ? base
      : openSide('head', environment, frame, known);
  const measured = async (): Promise<Report> => {
    const estimate = await approvedEstimate(frame, { base, head, documents, known });
    return evaluateSides({ ...frame, base, head, labels, sameCode, documents, estimate });
  };
  try {
    const unmasked = await measured().catch(async (error: unknown) => {
      // Of two errors the first one is to be told.
      await rememberCosts(frame, base, head).catch(() => undefined);
      throw error;
    });
    await rememberCosts(frame, base, head);
    return { report: maskReport(unmasked, maskedPaths(task.pipeline.fields)), documentPath };
  } finally {
    await base.close();
    if (head !== base) await head.close();
  }
}

function knownCosts(
  { task, ports }: Frame,
  documents: readonly DatasetDocument[],
): Promise<ReadonlyMap<string, DocumentCost>> | ReadonlyMap<string, DocumentCost> {
  const hashes = documents.map(({ contentHash }) => contentHash);
  return ports.money?.known(task.pipeline.name, hashes) ?? new Map<string, DocumentCost>();
}

/** What it will take; null where nobody asks. Throws where it is refused. */
async function approvedEstimate(
  { task, ports }: Frame,
  work: {
    readonly base: MeasuredSide;
    readonly head: MeasuredSide;
    readonly documents: readonly DatasetDocument[];
    readonly known: ReadonlyMap<string, DocumentCost>;
  },
): Promise<Estimate | null> {
  const { money } = ports;
  if (money === undefined) return null;
  const { base, head, documents, known } = work;
  const estimate = await estimateEvaluation(money, {
    sides: head === base ? [base] : [base, head],
    documents,
    extract: task.pipeline.extract,
    known,
  });
  await money.approve(task.pipeline.name, estimate);
  return estimate;
}

/** Also after a failure: what was measured was measured. The head's last, for the next evaluation will be most like it. */
async function rememberCosts({ task, ports }: Frame, base: MeasuredSide, head: MeasuredSide): Promise<void> {
  const took = new Map([...base.took, ...head.took]);
  const usd = reportedUsd(head === base ? [base] : [base, head]);
  await ports.money?.remember(task.pipeline.name, took, usd);
}

/** Labels that their field's type cannot read: no prediction can be right there, so the score is lower than it is. */
function unreadableLabels({ dataset: { dataset }, pipeline }: PipelineTask): string[] {
  const labels = [...dataset.labels.values()];
  const found = checkDataset({
    labels,
    documents: dataset.documents,
    fields: pipeline.fields,
    parseProblem,
  }).filter(({ code }) => code === 'unparseable_value' || code === 'wrong_shape');
  const [first] = found;
  if (first === undefined) return [];
  const example = maskedPaths(pipeline.fields).length > 0 ? '.' : `; the first: ${first.message}`;
  return [
    `${found.length} labelled values cannot be read as their field's type${example} The whole list: docops dataset validate ${pipeline.dataset}`,
  ];
}

function openSide(
  side: 'base' | 'head',
  environment: string,
  { task, prints, ports, warnings }: Frame,
  expected: ReadonlyMap<string, DocumentCost>,
): MeasuredSide {
  // Without code on the base there is one side, the head, and only the floors are judged.
  const name = prints.baseFiles === 0 ? 'head' : side;
  const tree = task.sides[name].tree;
  const options: MeasureOptions = {
    side: name,
    fingerprint: prints[name],
    extract: task.pipeline.extract,
    environment,
    limits: task.limits,
    sandbox: task.sandbox,
    expected,
    ...(task.signal === undefined ? {} : { signal: task.signal }),
    checkout: async () => {
      const folder = await ports.scratch.folder(`${name}-code`);
      const isLabel = (path: string): boolean => task.labelFolders.some((labels) => inside(labels, path));
      const result = await ports.code.checkout(tree, folder, { exclude: isLabel });
      warnings.push(...checkoutWarnings(result).map((text) => `${name}: ${text}`));
      return folder;
    },
  };
  return new MeasuredSide(ports, options);
}

interface SidesFrame extends Frame {
  readonly base: MeasuredSide;
  readonly head: MeasuredSide;
  readonly labels: LabelChanges | undefined;
  readonly sameCode: boolean;
  /** Those that have a label. */
  readonly documents: readonly DatasetDocument[];
  readonly estimate: Estimate | null;
}

async function evaluateSides(frame: SidesFrame): Promise<Report> {
  const { task, ports, base, head, labels, documents } = frame;
  const { pipeline, config } = task;
  const { dataset } = task.dataset;
  const measured = await measureBoth({
    base,
    head,
    documents,
    labels: dataset.labels,
    pipeline,
    missingLabels: config.missingLabels,
  });

  const view = (
    side: 'base' | 'head',
    runs: (document: DatasetDocument) => readonly number[],
  ): Predictions => ({
    predictions: (document) =>
      Promise.all(runs(document).map((run) => measured.prediction(side, run, document))),
    seconds: (document, own) => measured.secondsOf(side, document, own),
  });
  const score = (by: ReadonlyMap<string, Label>): Promise<ScoredSides> =>
    scoreSides({
      fields: pipeline.fields,
      missingLabels: config.missingLabels,
      documents,
      labels: by,
      base: view('base', (document) => measured.runsOf(document)),
      head: view('head', (document) => measured.runsOf(document)),
    });
  const decide = (scored: ScoredSides, confirmation?: { documents: number; runs: number }): Judgement =>
    judge({
      fields: pipeline.fields,
      gate: pipeline.gate,
      documents: scored.paired,
      deterministic: measured.deterministic,
      baseline: frame.prints.baseFiles === 0 ? 'none' : 'measured',
      unreliableFields: measured.unreliableFields,
      labelled: dataset.labels.size,
      latencyComparable: measured.timedTogether,
      ...setupProblem(frame),
      ...(self === null ? {} : { selfCheck: self }),
      ...(confirmation === undefined ? {} : { confirmation }),
    });

  // Whose labels decide; the other view is shown beside it. Without a change of labels both are the same.
  const relabelled = labels !== undefined && labels.changes.length > 0;
  const byHead = relabelled && config.labels === 'head';
  const [deciding, shownBeside] = byHead
    ? [labels.head, dataset.labels]
    : [dataset.labels, labels?.head ?? dataset.labels];

  ports.progress.stage('scoring');
  const self = await checkBaseAgainstItself(frame, measured, documents);
  let scored = await score(deciding);
  let judgement = decide(scored);
  let confirmation: Report['noise']['confirmation'] = null;
  if (judgement.toConfirm !== undefined && judgement.toConfirm.length > 0) {
    const wanted = new Set(judgement.toConfirm);
    ports.progress.stage(`confirming on ${wanted.size} documents`);
    const runs = await measured.repeat(documents.filter(({ id }) => wanted.has(id)));
    scored = await score(deciding);
    judgement = decide(scored, { documents: wanted.size, runs });
    confirmation = { documents: wanted.size, runs, confirmed: judgement.blocked };
  }

  let other: Judgement | undefined;
  if (relabelled) {
    ports.progress.stage('scoring by the other labels');
    const beside = await score(shownBeside);
    other = decide(beside);
    if (config.labels === 'both' && other.blocked && !judgement.blocked)
      [scored, judgement] = [beside, other];
  }
  const damaged = head === base ? base.damaged : base.damaged + head.damaged;
  if (damaged > 0)
    frame.warnings.push(`${damaged} records of the cache were damaged; what they held was measured again`);
  const added = labels === undefined ? null : await addedDocuments(frame, labels, measured);

  const verdict = frame.sameCode
    ? { verdict: 'not-applicable' as const, blocked: false, reasons: [sameFingerprint(task)] }
    : { verdict: judgement.verdict, blocked: judgement.blocked, reasons: judgement.reasons };
  return {
    ...heading(frame),
    ...sections(judgement),
    ...verdict,
    reasons: [...verdict.reasons, ...circumstances(frame, added, labels)],
    deterministic: measured.deterministic,
    runs: { base: measured.runs, head: measured.runs },
    metrics: { ...judgement.metrics, ...scored.metrics },
    documents: scored.documents,
    failures: scored.failures,
    noise: { sampled: measured.sampled, fields: [...measured.noise], self_check: self, confirmation },
    coverage: { ...judgement.coverage, ...scored.coverage },
    suspect_labels: scored.suspects,
    added_documents: added,
    label_changes:
      labels === undefined || other === undefined
        ? null
        : {
            changes: labels.changes.slice(0, LABEL_CHANGES_LISTED),
            omitted: Math.max(0, labels.changes.length - LABEL_CHANGES_LISTED),
            judged_by: config.labels,
            other: {
              labels: byHead ? 'base' : 'head',
              base: other.overall.base,
              head: other.overall.head,
              would_block: other.blocked,
            },
          },
    masked: [],
    warnings: frame.warnings,
    run: runSection(frame, base, head, frame.estimate),
  };
}

function sections(
  judgement: Judgement,
): Pick<
  Report,
  'judged' | 'overall' | 'documents_exact' | 'fields' | 'slices' | 'hidden_losses' | 'latency' | 'cost'
> {
  const { judged, overall, documents_exact, fields, slices, hidden_losses, latency, cost } = judgement;
  return { judged, overall, documents_exact, fields, slices, hidden_losses, latency, cost };
}

function setupProblem({ task, base, head }: SidesFrame): {
  setup?: { side: 'base' | 'head'; kind: 'code'; text: string };
} {
  const failed =
    head.setupFailure !== undefined
      ? ('head' as const)
      : base.setupFailure !== undefined
        ? ('base' as const)
        : undefined;
  if (failed === undefined) return {};
  const failure = failed === 'head' ? head.setupFailure : base.setupFailure;
  const printed = failure?.outputTail.trim() ?? '';
  const tail = printed !== '' && maskedPaths(task.pipeline.fields).length > 0 ? WITHHELD : printed;
  return {
    setup: {
      side: failed,
      kind: 'code',
      text: `${failure?.problem ?? 'setup failed'}${tail === '' ? '' : `\n${tail}`}`,
    },
  };
}

/** Base run 1 against base run 2 under the same policy: a policy that blocks that says nothing about a head. */
async function checkBaseAgainstItself(
  frame: SidesFrame,
  measured: Measured,
  documents: readonly DatasetDocument[],
): Promise<Report['noise']['self_check']> {
  if (measured.runs < 2) return null;
  const { pipeline, config, dataset } = { ...frame.task, dataset: frame.task.dataset.dataset };
  const run = (number: number): Predictions => ({
    predictions: async (document) => [await measured.prediction('base', number, document)],
  });
  const { paired } = await scoreSides({
    fields: pipeline.fields,
    missingLabels: config.missingLabels,
    documents,
    labels: dataset.labels,
    base: run(1),
    head: run(2),
  });
  const { would_block, flip_rate, reasons } = selfCheck({
    fields: pipeline.fields,
    gate: pipeline.gate,
    documents: paired,
    labelled: dataset.labels.size,
    deterministic: false,
    unreliableFields: measured.unreliableFields,
    latencyComparable: false,
  });
  return { would_block, flip_rate, reasons: [...reasons] };
}

/** Documents that only the head's dataset has: measured on both sides, reported apart, never an excuse. */
async function addedDocuments(
  frame: SidesFrame,
  labels: LabelChanges,
  measured: Measured,
): Promise<Report['added_documents']> {
  const { addedDocuments: documents } = labels;
  if (documents.length === 0) return null;
  const { pipeline, config } = frame.task;
  await measured.measureApart(documents);
  const once = (side: 'base' | 'head'): Predictions => ({
    predictions: async (document) => [await measured.predictionApart(side, document, documents)],
  });
  const { paired } = await scoreSides({
    fields: pipeline.fields,
    missingLabels: config.missingLabels,
    documents,
    labels: labels.head,
    base: once('base'),
    head: once('head'),
  });
  const mean = (side: 'base' | 'head'): number | null => {
    const scores = paired.flatMap((document) => document[side].score ?? []);
    return scores.length === 0 ? null : scores.reduce((sum, value) => sum + value, 0) / scores.length;
  };
  return {
    documents: documents.length,
    base: mean('base'),
    head: mean('head'),
    ids: documents.map(({ id }) => id),
  };
}
