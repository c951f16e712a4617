import type { DatasetDocument, Label } from '../words.js';
import type { DatasetToCheck, Say } from './check.js';
import { listed, quote } from './quote.js';

/** What an extractor was trained or tuned on. Documents are optional: labels alone tell the templates. */
export interface TrainingSet {
  /** For messages: where it was read from. */
  readonly name: string;
  readonly labels: readonly Label[];
  readonly documents?: readonly Pick<DatasetDocument, 'id' | 'contentHash'>[];
}

/**
 * A document that was trained on says nothing about the next one, and neither does another one of its template: both
 * would make the score better than it is.
 */
export function checkTraining({ labels, documents }: DatasetToCheck, train: TrainingSet, say: Say): void {
  const trained = new Set((train.documents ?? []).map(({ contentHash }) => contentHash));
  const both = documents.filter(({ contentHash }) => trained.has(contentHash)).map(({ id }) => id);
  if (both.length > 0) {
    const message = `${both.length === 1 ? '1 document is' : `${both.length} documents are`} in ${quote(train.name)} too: ${listed(both)}. Keep each document in one of the two.`;
    say('error', 'document_in_train', message, both[0]);
  }

  const templates = new Map<string, string[]>();
  for (const { id, template } of labels) {
    if (template !== undefined) templates.set(template, [...(templates.get(template) ?? []), id]);
  }
  const shared = new Set(train.labels.flatMap(({ template }) => template ?? []));
  for (const [template, ids] of templates) {
    if (!shared.has(template)) continue;
    const message = `Documents of the template ${quote(template)} are in ${quote(train.name)} too: ${listed(ids)}. Move all documents of a template to one side.`;
    say('error', 'template_in_train', message, ids[0]);
  }
}
