/**
 * Is the extractor deterministic? A sample of documents is run a second time on each side and compared with the first
 * run, field by field. The second run is kept like every other, so an unchanged side is asked once.
 */
import { createHash } from 'node:crypto';
import { NOISE_SAMPLE_DOCUMENTS } from '../core/limits.js';
import type { Report } from '../core/report/schema.js';
import { createScorer, sameValue, valueAt } from '../core/score/index.js';
import type { DatasetDocument, FieldSpec, Label, Prediction } from '../core/words.js';

export type FieldNoise = Report['noise']['fields'][number];

/** Chosen by hash, so that the sample does not follow the order of the dataset, and is the same on both sides. */
export function noiseSample(documents: readonly DatasetDocument[]): DatasetDocument[] {
  const rank = ({ contentHash }: DatasetDocument): string =>
    createHash('sha256').update(`docops.noise\0${contentHash}`).digest('hex');
  return documents
    .map((document) => ({ document, rank: rank(document) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, NOISE_SAMPLE_DOCUMENTS)
    .map(({ document }) => document);
}

/** Fields that two runs of the same code filled differently; a run that failed where the other did not counts in every field. */
export function compareRuns(options: {
  readonly side: 'base' | 'head';
  readonly fields: readonly FieldSpec[];
  readonly missingLabels: 'absent' | 'unlabelled';
  readonly runs: readonly {
    readonly label: Label;
    readonly first: Prediction;
    readonly second: Prediction;
  }[];
}): FieldNoise[] {
  const scorer = createScorer(options.fields, { missingLabels: options.missingLabels });
  const values = options.fields.map(() => 0);
  const scores = options.fields.map(() => 0);
  for (const { label, first, second } of options.runs) {
    const [before, after] = [scorer.score(label, first), scorer.score(label, second)];
    options.fields.forEach(({ path, spec }, index) => {
      const failed = first.status !== second.status;
      const value = (run: Prediction): ReturnType<typeof valueAt> => valueAt(run.fields ?? {}, path);
      if (failed || !sameValue(spec, value(first), value(second))) values[index] = (values[index] ?? 0) + 1;
      if (before.fields[index]?.score !== after.fields[index]?.score)
        scores[index] = (scores[index] ?? 0) + 1;
    });
  }
  return options.fields
    .map(({ path }, index) => ({
      field: path,
      side: options.side,
      values_differ: values[index] ?? 0,
      scores_differ: scores[index] ?? 0,
      of: options.runs.length,
    }))
    .filter(({ values_differ, scores_differ }) => values_differ + scores_differ > 0);
}
