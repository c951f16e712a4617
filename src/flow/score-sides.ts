/**
 * Two measured sides against the labels, document by document, so that only summaries and the cells worth reporting stay
 * in memory, however large the dataset is.
 */
import { averageRuns } from '../core/compare/average.js';
import { cellsOf, limitCells, worstFirst } from '../core/report/documents.js';
import type { Report, ReportDocument } from '../core/report/schema.js';
import { createScorer, documentSimilarity, isValue, unknownKeys, valueAt } from '../core/score/index.js';
import type {
  DatasetDocument,
  DocumentScore,
  FieldSpec,
  Label,
  PairedDocument,
  Prediction,
  SideOfDocument,
} from '../core/words.js';

/** Suspect labels listed in a report; the rest is counted by the reader of the full predictions. */
const SUSPECT_LABELS_LISTED = 200;

/** Where the predictions of one side come from: run number → prediction of one document. */
export interface Predictions {
  predictions(document: DatasetDocument): Promise<readonly Prediction[]>;
  /** Seconds to compare with the other side's, where they are not those of the predictions themselves. */
  readonly seconds?: (document: DatasetDocument, measured: number | undefined) => number | undefined;
}

export interface ScoredSides {
  readonly paired: readonly PairedDocument[];
  readonly documents: ReportDocument[];
  readonly failures: Report['failures'];
  readonly suspects: Report['suspect_labels'];
  readonly metrics: Pick<Report['metrics'], 'anls' | 'anls_star'>;
  readonly coverage: Pick<Report['coverage'], 'never_labelled' | 'never_predicted' | 'unknown_predicted'>;
}

interface RunOfDocument {
  readonly prediction: Prediction;
  readonly score: DocumentScore;
}

interface SideResult {
  readonly runs: readonly RunOfDocument[];
  readonly side: SideOfDocument;
  /** The run that stands for the side where one set of values must be shown: the one nearest to the mean. */
  readonly shown: RunOfDocument;
}

export async function scoreSides(options: {
  readonly fields: readonly FieldSpec[];
  readonly missingLabels: 'absent' | 'unlabelled';
  readonly documents: readonly DatasetDocument[];
  readonly labels: ReadonlyMap<string, Label>;
  readonly base: Predictions;
  readonly head: Predictions;
}): Promise<ScoredSides> {
  const { fields } = options;
  const scorer = createScorer(fields, { missingLabels: options.missingLabels });
  const paired: PairedDocument[] = [];
  const documents: ReportDocument[] = [];
  const failures: Report['failures'] = [];
  const suspects: Report['suspect_labels'] = [];
  const similarity = new Similarity();
  const unknown = new Map<string, { base: number; head: number }>();
  const labelled = new Set<string>();
  const predicted = new Set<string>();

  const measure = async (
    side: 'base' | 'head',
    document: DatasetDocument,
    label: Label,
  ): Promise<SideResult> => {
    const runs = (await options[side].predictions(document)).map((prediction) => ({
      prediction,
      score: scorer.score(label, prediction),
    }));
    const averaged = averageRuns(
      runs.map(({ prediction, score }) => ({
        score,
        status: prediction.status,
        seconds: prediction.seconds,
        ...(prediction.usage?.usd === undefined ? {} : { usd: prediction.usage.usd }),
      })),
      fields.length,
    );
    const shown = nearestToMean(runs, averaged.score);
    if (shown === undefined) throw new Error(`${side} of ${document.id} was never measured`);
    const failed = runs.find(({ prediction }) => prediction.status !== 'ok');
    if (failed !== undefined) failures.push(failureOf(side, failed.prediction));
    for (const { prediction } of runs) {
      if (prediction.fields === undefined) continue;
      for (const { path } of fields) if (isValue(valueAt(prediction.fields, path))) predicted.add(path);
    }
    for (const key of unknownKeys(fields, shown.prediction.fields ?? {})) {
      const entry = unknown.get(key) ?? { base: 0, head: 0 };
      entry[side] += 1;
      unknown.set(key, entry);
    }
    const seconds = options[side].seconds;
    return {
      runs,
      side: seconds === undefined ? averaged : retimed(averaged, seconds(document, averaged.seconds)),
      shown,
    };
  };

  for (const document of options.documents) {
    const label = options.labels.get(document.id);
    if (label === undefined) continue;
    for (const { path } of fields) if (isValue(valueAt(label.fields, path))) labelled.add(path);
    const base = await measure('base', document, label);
    const head = await measure('head', document, label);
    similarity.add(fields, label, base.shown.prediction, head.shown.prediction);
    paired.push({
      id: document.id,
      cluster: label.template === undefined ? `document:${document.id}` : `template:${label.template}`,
      ...(label.template === undefined ? {} : { template: label.template }),
      slices: label.slices,
      base: base.side,
      head: head.side,
    });
    const cells = cellsOf(base.shown.score, head.shown.score);
    for (const cell of cells) {
      if (suspects.length >= SUSPECT_LABELS_LISTED) break;
      if (cell.change !== 'same' || !isValue(cell.head) || !isValue(cell.expected)) continue;
      suspects.push({
        document: document.id,
        field: cell.field,
        row: cell.row ?? null,
        expected: cell.expected,
        predicted: cell.head,
      });
    }
    documents.push({
      id: document.id,
      ...(label.template === undefined ? {} : { template: label.template }),
      ...(Object.keys(label.slices).length === 0 ? {} : { slices: label.slices }),
      base: base.side.score,
      head: head.side.score,
      ...limitCells(cells),
      base_status: base.side.status,
      head_status: head.side.status,
    });
  }

  return {
    paired,
    documents: documents.sort(worstFirst),
    failures,
    suspects,
    metrics: similarity.means(),
    coverage: {
      never_labelled: fields.map(({ path }) => path).filter((path) => !labelled.has(path)),
      never_predicted: fields.map(({ path }) => path).filter((path) => !predicted.has(path)),
      unknown_predicted: [...unknown]
        .map(([field, sides]) => ({ field, ...sides }))
        .sort((a, b) => b.head + b.base - a.head - a.base || (a.field < b.field ? -1 : 1)),
    },
  };
}

function retimed(side: SideOfDocument, seconds: number | undefined): SideOfDocument {
  const { seconds: measured, ...rest } = side;
  return seconds === undefined ? rest : { ...rest, seconds };
}

function nearestToMean(runs: readonly RunOfDocument[], mean: number | null): RunOfDocument | undefined {
  const distance = ({ score }: RunOfDocument): number => Math.abs((score.score ?? 1) - (mean ?? 1));
  return runs.reduce<RunOfDocument | undefined>(
    (best, run) => (best === undefined || distance(run) < distance(best) ? run : best),
    undefined,
  );
}

function failureOf(side: 'base' | 'head', prediction: Prediction): Report['failures'][number] {
  return {
    side,
    id: prediction.id,
    status: prediction.status,
    problem: prediction.problem ?? prediction.status,
    exit_code: prediction.exitCode ?? null,
    signal: prediction.signal ?? null,
    seconds: prediction.seconds,
    stderr_tail: prediction.stderrTail ?? '',
  };
}

/** Means of the graded similarities, which are reported and never judged. */
class Similarity {
  #anls = { base: 0, head: 0, documents: 0 };
  #star = { base: 0, head: 0, documents: 0 };

  add(fields: readonly FieldSpec[], label: Label, base: Prediction, head: Prediction): void {
    const before = documentSimilarity(fields, label, base);
    const after = documentSimilarity(fields, label, head);
    this.#star.base += before.anlsStar;
    this.#star.head += after.anlsStar;
    this.#star.documents += 1;
    if (before.anls === null || after.anls === null) return;
    this.#anls.base += before.anls;
    this.#anls.head += after.anls;
    this.#anls.documents += 1;
  }

  means(): Pick<Report['metrics'], 'anls' | 'anls_star'> {
    const mean = (sums: { base: number; head: number; documents: number }): Report['metrics']['anls'] =>
      sums.documents === 0
        ? { base: null, head: null }
        : { base: Math.min(1, sums.base / sums.documents), head: Math.min(1, sums.head / sums.documents) };
    return { anls: mean(this.#anls), anls_star: mean(this.#star) };
  }
}
