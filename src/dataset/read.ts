import { open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isElsewhere } from '../core/dataset/address.js';
import { checkDataset } from '../core/dataset/check.js';
import { parseLabels, type ParsedLabels } from '../core/dataset/labels.js';
import { parseManifest, type Manifest } from '../core/dataset/manifest.js';
import { datasetVersion } from '../core/dataset/version.js';
import { DATASET_FILE_BYTES, LABELS_FILE_BYTES } from '../core/limits.js';
import type { Dataset, Problem } from '../core/words.js';
import { codeOf, isInside, readDocuments } from './documents.js';

export interface ReadDataset {
  readonly dataset: Dataset;
  /** With an error among them the dataset is not fit for a verdict; what could be read is in `dataset` all the same. */
  readonly problems: Problem[];
  /** 1-based line of each label in labels.jsonl, by id. */
  readonly lines: ReadonlyMap<string, number>;
  /** `labels.jsonl` as messages call it. */
  readonly labelsFile: string;
  /** Ids of documents that are there but could not be read. */
  readonly refused: ReadonlySet<string>;
}

/**
 * Reads a dataset folder (`dataset.yml`, `documents/`, `labels.jsonl`; everything else in it is left alone) and checks
 * what can be checked without a configuration. Never throws for what it finds in the folder.
 * @param shown how the folder is called in messages, where it was checked out somewhere else; `root` if not given
 */
export async function readDataset(root: string, shown: string = root): Promise<ReadDataset> {
  const read = await readFolder(root, shown);
  const { dataset, lines, labelsFile, refused } = read;
  const labels = [...dataset.labels.values()];
  const found = checkDataset({ labels, documents: dataset.documents, lines, refused, file: labelsFile });
  // Of a folder without documents or labels it is enough to say so once.
  const whole = labels.length > 0 && dataset.documents.length > 0;
  return { ...read, problems: [...read.problems, ...(whole ? found : [])] };
}

/** `readDataset` without the checks that `checkDataset` does: for callers that check against a configuration. */
export async function readFolder(root: string, shown: string = root): Promise<ReadDataset> {
  const labelsFile = below(shown, 'labels.jsonl');
  let real: string;
  try {
    real = await realpath(root);
    if (!(await stat(real)).isDirectory()) {
      return nothing(
        root,
        labelsFile,
        'no_dataset',
        `${shown} is a file; a dataset is a folder with documents/ and labels.jsonl.`,
      );
    }
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${codeOf(error)})`;
    return nothing(root, labelsFile, 'no_dataset', `The dataset folder ${shown} ${why}.`);
  }
  const [manifest, labels, documents] = await Promise.all([
    readManifest(real, below(shown, 'dataset.yml')),
    readLabels(real, labelsFile),
    readDocuments(real, shown),
  ]);
  const dataset: Dataset = {
    root,
    ...manifest.manifest,
    version: datasetVersion(labels.labels, documents.documents),
    documents: documents.documents,
    labels: new Map(labels.labels.map((label) => [label.id, label])),
  };
  const problems = [...manifest.problems, ...labels.problems, ...documents.problems];
  return { dataset, problems, lines: labels.lines, labelsFile, refused: documents.refused };
}

/** Messages call a dataset elsewhere by its address; `join` would take one of its slashes. */
function below(shown: string, name: string): string {
  return isElsewhere(shown) ? `${shown.replace(/\/+$/, '')}/${name}` : join(shown, name);
}

/** Whether there is a folder that could be a dataset; what is in it is for `readDataset` to say. */
export async function datasetExists(root: string): Promise<boolean> {
  return stat(root).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Only the labels of a folder, for a training set whose documents lie elsewhere. */
export async function readLabels(root: string, shown: string): Promise<ParsedLabels> {
  const none = (problem: Problem): ParsedLabels => ({ labels: [], problems: [problem], lines: new Map() });
  const read = await readText(root, 'labels.jsonl', LABELS_FILE_BYTES);
  if (read.kind === 'text') return parseLabels(read.text, shown);
  if (read.kind === 'absent') {
    return none({
      severity: 'error',
      code: 'no_labels',
      message: `There is no ${shown}. Write one JSON object a line: {"id": "…", "fields": {…}}.`,
    });
  }
  return none(textProblem(read, shown));
}

async function readManifest(
  root: string,
  shown: string,
): Promise<{ manifest: Manifest; problems: Problem[] }> {
  const read = await readText(root, 'dataset.yml', DATASET_FILE_BYTES);
  if (read.kind === 'text') return parseManifest(read.text, shown);
  return { manifest: {}, problems: read.kind === 'absent' ? [] : [textProblem(read, shown)] };
}

type TextFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'outside' | 'not-a-file' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'too-large'; readonly bytes: number; readonly limit: number }
  | { readonly kind: 'not-utf8'; readonly line: number };

/** A UTF-8 file directly in the dataset's folder; a link may lead to another file of the folder. */
async function readText(root: string, name: string, limit: number): Promise<TextFile> {
  try {
    const path = await realpath(join(root, name));
    if (!isInside(root, path)) return { kind: 'outside' };
    // Looked at before it is opened: opening a pipe would wait for a writer.
    if (!(await stat(path)).isFile()) return { kind: 'not-a-file' };
    const file = await open(path);
    try {
      const { size } = await file.stat();
      if (size > limit) return { kind: 'too-large', bytes: size, limit };
      return decode(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    const why = codeOf(error);
    return why === 'ENOENT' ? { kind: 'absent' } : { kind: 'unreadable', why };
  }
}

function decode(bytes: Buffer): TextFile {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return { kind: 'text', text: decoder.decode(bytes) };
  } catch {
    // A line feed is never part of a longer UTF-8 sequence, so the lines can be tried one by one.
    let line = 1;
    for (let start = 0; start < bytes.length; line += 1) {
      const end = bytes.indexOf(0x0a, start);
      try {
        decoder.decode(bytes.subarray(start, end === -1 ? bytes.length : end));
      } catch {
        break;
      }
      start = end === -1 ? bytes.length : end + 1;
    }
    return { kind: 'not-utf8', line };
  }
}

function textProblem(read: Exclude<TextFile, { kind: 'text' | 'absent' }>, shown: string): Problem {
  const error = { severity: 'error' } as const;
  switch (read.kind) {
    case 'outside':
      return {
        ...error,
        code: 'link_outside',
        message: `${shown} is a link out of the dataset. Copy the file instead.`,
      };
    case 'not-a-file':
      return { ...error, code: 'not_a_file', message: `${shown} is no file.` };
    case 'unreadable':
      return { ...error, code: 'unreadable', message: `${shown} cannot be read (${read.why}).` };
    case 'too-large':
      return {
        ...error,
        code: 'file_too_large',
        message: `${shown} has ${read.bytes} bytes; at most ${read.limit} are read.`,
      };
    case 'not-utf8':
      return {
        ...error,
        code: 'not_utf8',
        message: 'The file is not UTF-8 from this line on. Save it as UTF-8.',
        place: { file: shown, line: read.line, column: 1 },
      };
  }
}

function nothing(root: string, labelsFile: string, code: string, message: string): ReadDataset {
  const dataset: Dataset = { root, version: datasetVersion([], []), documents: [], labels: new Map() };
  return {
    dataset,
    problems: [{ severity: 'error', code, message }],
    lines: new Map(),
    labelsFile,
    refused: new Set(),
  };
}
