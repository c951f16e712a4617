import type { DatasetDocument, FieldSpec, Json, Label, Problem, ScalarSpec } from '../words.js';
import { checkFields } from './check-fields.js';
import { checkTraining, type TrainingSet } from './check-training.js';
import { canonicalJson } from '../plan/canonical.js';
import { listed, quote } from './quote.js';
import { isEmpty, leaves } from './paths.js';
import { SLICE_DOCUMENTS } from '../limits.js';

export interface DatasetToCheck {
  readonly labels: readonly Label[];
  readonly documents: readonly (Pick<DatasetDocument, 'id' | 'contentHash'> & Partial<DatasetDocument>)[];
  /** Ids of documents that are there but could not be read: somebody has said so already. */
  readonly refused?: ReadonlySet<string>;
  /** Fields of the configuration; without them nothing is said about names and types of values. */
  readonly fields?: readonly FieldSpec[];
  /** Why a scalar cannot be read as its type, or undefined when it can. */
  readonly parseProblem?: (spec: ScalarSpec, value: Json) => string | undefined;
  /** What extraction was trained or tuned on; nothing of it may be in the dataset. */
  readonly train?: TrainingSet;
  /** Name of the labels file and the line of each label, for places in messages. */
  readonly file?: string;
  readonly lines?: ReadonlyMap<string, number>;
}

/** One check's way to say something about a label: the place is looked up by its id. */
export type Say = (severity: Problem['severity'], code: string, message: string, id?: string) => void;

/**
 * What is wrong with a dataset beyond its syntax. Errors are what makes a measurement wrong or impossible; warnings are
 * what a person should look at. Never throws, whatever the labels hold. Codes: `missing_document`,
 * `unlabelled_document`, `duplicate_content`, `conflicting_labels`, `empty_document`, `empty_label`,
 * `accept_without_value`, `unknown_field`, `wrong_shape`, `unparseable_value`, `never_labelled`, `no_field_labelled`,
 * `small_slice`, `template_in_train`, `document_in_train`.
 */
export function checkDataset(dataset: DatasetToCheck): Problem[] {
  const problems: Problem[] = [];
  const say: Say = (severity, code, message, id) => {
    const line = id === undefined ? undefined : dataset.lines?.get(id);
    const place =
      dataset.file !== undefined && line !== undefined
        ? { place: { file: dataset.file, line, column: 1 } }
        : {};
    problems.push({ severity, code, message, ...place });
  };
  checkDocuments(dataset, say);
  checkValues(dataset.labels, say);
  if (dataset.fields) checkFields(dataset.labels, dataset.fields, dataset.parseProblem, say);
  checkSlices(dataset.labels, say);
  if (dataset.train) checkTraining(dataset, dataset.train, say);
  return problems;
}

function checkDocuments({ labels, documents, refused }: DatasetToCheck, say: Say): void {
  const ids = new Set(documents.map(({ id }) => id));
  const byLowerCase = new Map(documents.map(({ id }) => [id.toLowerCase(), id]));
  for (const { id } of labels) {
    if (ids.has(id) || refused?.has(id) === true) continue;
    const stem = id.replace(/\.[^.]+$/, '');
    const near = ids.has(stem) ? stem : byLowerCase.get(id.toLowerCase());
    const mend =
      near === undefined
        ? 'Add it as documents/ID.ext or as a folder documents/ID/, or remove the label.'
        : `There is a document ${quote(near)}: an id is the file name without its extension, in the same case.`;
    say('error', 'missing_document', `The label ${quote(id)} has no document. ${mend}`, id);
  }

  const labelled = new Map(labels.map((label) => [label.id, label]));
  const without = documents.filter(({ id }) => !labelled.has(id)).map(({ id }) => id);
  if (without.length > 0) {
    const message = `${count(without.length, 'document has', 'documents have')} no label and will not be measured: ${listed(without)}.`;
    say('warning', 'unlabelled_document', message);
  }
  const empty = documents.filter(({ bytes }) => bytes === 0).map(({ id }) => id);
  if (empty.length > 0) {
    say(
      'warning',
      'empty_document',
      `${count(empty.length, 'document is', 'documents are')} empty: ${listed(empty)}.`,
    );
  }

  const byContent = new Map<string, string[]>();
  for (const { id, contentHash } of documents) {
    const twins = byContent.get(contentHash);
    if (twins) twins.push(id);
    else byContent.set(contentHash, [id]);
  }
  for (const twins of byContent.values()) {
    if (twins.length < 2) continue;
    const differing = differingPaths(twins.flatMap((id) => labelled.get(id) ?? []));
    if (differing.length > 0) {
      const message = `${listed(twins)} are the same document, but their labels differ in ${listed(differing)}: at most one is right. Correct the labels, or keep one of the documents.`;
      say('warning', 'conflicting_labels', message, twins[0]);
    } else {
      const message = `${listed(twins)} are the same document; it counts ${twins.length} times. Keep one of them.`;
      say('warning', 'duplicate_content', message, twins[0]);
    }
  }
}

/** Paths whose values are not the same in all of the labels. */
function differingPaths(labels: readonly Label[]): string[] {
  const maps = labels.map(
    ({ fields }) => new Map(leaves(fields).map(({ path, value }) => [path, canonicalJson(value)])),
  );
  const paths = new Set(maps.flatMap((map) => [...map.keys()]));
  return [...paths].filter((path) => new Set(maps.map((map) => map.get(path))).size > 1).sort();
}

function checkValues(labels: readonly Label[], say: Say): void {
  const empty = labels.filter(({ fields }) => isEmpty(fields)).map(({ id }) => id);
  if (empty.length > 0) {
    const message = `${count(empty.length, 'label has', 'labels have')} no value at all, so that only invented values can count against them: ${listed(empty)}. If these documents were not annotated, remove the labels.`;
    say('warning', 'empty_label', message, empty[0]);
  }
}

function checkSlices(labels: readonly Label[], say: Say): void {
  const sizes = new Map<string, Map<string, number>>();
  for (const { slices } of labels) {
    for (const [name, value] of Object.entries(slices)) {
      const values = sizes.get(name) ?? new Map<string, number>();
      sizes.set(name, values.set(value, (values.get(value) ?? 0) + 1));
    }
  }
  for (const [name, values] of sizes) {
    const small = [...values].filter(([, size]) => size < SLICE_DOCUMENTS);
    if (small.length === 0) continue;
    const shown = small.slice(0, 5).map(([value, size]) => `${quote(value)} (${size})`);
    const more = small.length > shown.length ? ` and ${small.length - shown.length} more` : '';
    const message = `In the slice ${quote(name)} ${count(small.length, 'value has', 'values have')} fewer than ${SLICE_DOCUMENTS} documents, too few to show a drop: ${shown.join(', ')}${more}.`;
    say('warning', 'small_slice', message);
  }
}

function count(number: number, one: string, many: string): string {
  return number === 1 ? `1 ${one}` : `${number} ${many}`;
}
