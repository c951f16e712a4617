/** What the head changes in the dataset: read to be shown, and to measure the documents that it adds. */
import { diffDatasets } from '../core/dataset/diff.js';
import type { Report } from '../core/report/schema.js';
import type { DatasetDocument, Label } from '../core/words.js';
import type { DatasetChoice } from './datasets.js';

export interface LabelChanges {
  readonly head: ReadonlyMap<string, Label>;
  readonly addedDocuments: readonly DatasetDocument[];
  /** Same id, other content: the base's document is what was measured. */
  readonly replacedDocuments: readonly string[];
  readonly removedLabels: readonly string[];
  readonly changes: NonNullable<Report['label_changes']>['changes'];
}

/** Undefined when both sides have the same dataset. */
export function labelChanges({ dataset, head }: DatasetChoice): LabelChanges | undefined {
  if (head === undefined || head.version === dataset.version) return undefined;
  const sides = [dataset, head].map(({ labels, documents }) => ({ labels: [...labels.values()], documents }));
  const [before, after] = sides as [(typeof sides)[number], (typeof sides)[number]];
  const { changes, removed, documents } = diffDatasets(before, after);
  const known = new Set(dataset.documents.map(({ id }) => id));
  return {
    head: head.labels,
    addedDocuments: head.documents.filter(({ id }) => !known.has(id) && head.labels.has(id)),
    replacedDocuments: documents.changed,
    removedLabels: removed,
    changes: changes.map(({ document, part, field, base, head: value }) => ({
      document,
      field: part === 'fields' ? field : `${part}: ${field}`,
      base: base ?? null,
      head: value ?? null,
    })),
  };
}
