import { dirname, extname } from 'node:path';
import { isArray, isObject } from '../../core/score/values.js';
import { annotationFields, chooseAnnotation } from '../../core/dataset/label-studio.js';
import { quote } from '../../core/dataset/quote.js';
import { scanJson } from '../../core/dataset/scan.js';
import { UsageError } from '../../core/errors.js';
import { JSON_DEPTH } from '../../core/limits.js';
import type { Json, JsonObject } from '../../core/words.js';
import { inFolder, readExport } from './find.js';
import { PlanBuilder, type ImportPlan, type Origin } from './write.js';

export interface LabelStudioOptions {
  /** Folder of the documents; by default the folder of the export. */
  readonly documents?: string;
  /** Key of a task's `data` that names the document; by default the one whose value is a file of that folder. */
  readonly documentKey?: string;
}

/**
 * Reads a Label Studio export of the format "JSON": a list of tasks with `data` and `annotations`
 * (https://labelstud.io/guide/task_format). Documents are looked up in a folder of this machine by the name that the task
 * gives them; nothing is fetched.
 */
export async function planLabelStudio(source: string, options: LabelStudioOptions = {}): Promise<ImportPlan> {
  const tasks = parseTasks(source, await readExport(source));
  const folder = options.documents ?? dirname(source);
  const plan = new PlanBuilder();
  for (const [index, task] of tasks.entries()) {
    const what =
      isObject(task) && typeof task['id'] === 'number'
        ? `task ${task['id']}`
        : `task at position ${index + 1}`;
    if (!isObject(task) || !isObject(task['data'])) plan.skip(what, 'it has no object "data"');
    else await addTask(what, task, task['data'], folder, options.documentKey, plan);
  }
  return plan.build();
}

function parseTasks(source: string, text: string): readonly Json[] {
  let tasks: Json;
  try {
    tasks = JSON.parse(text) as Json;
  } catch {
    throw new UsageError(`${source} is not JSON`, 'export the project as "JSON" (not JSON-MIN, CSV or COCO)');
  }
  const scan = scanJson(text);
  if (scan.depth > JSON_DEPTH)
    throw new UsageError(`${source} is nested too deeply`, 'is this a Label Studio export?');
  if (!isArray(tasks)) {
    throw new UsageError(
      `${source} is no list of tasks`,
      'export the project as "JSON" (not JSON-MIN, CSV or COCO)',
    );
  }
  if (tasks.length > 0 && !tasks.some((task) => isObject(task) && isArray(task['annotations']))) {
    throw new UsageError(
      `no task in ${source} has "annotations"`,
      'export the project as "JSON": JSON-MIN does not say which annotations were cancelled',
    );
  }
  return tasks;
}

async function addTask(
  what: string,
  task: JsonObject,
  data: JsonObject,
  folder: string,
  key: string | undefined,
  plan: PlanBuilder,
): Promise<void> {
  const annotations = isArray(task['annotations']) ? task['annotations'].filter(isObject) : [];
  const choice = chooseAnnotation(annotations);
  if ('problem' in choice) {
    plan.skip(what, choice.problem);
    return;
  }
  if (choice.note !== undefined) plan.note(`${what}: ${choice.note}`);
  const document = await findDocument(what, data, folder, key);
  if ('problem' in document) {
    plan.skip(what, document.problem);
    return;
  }
  const { fields, skipped } = annotationFields(choice.results);
  for (const { name, why } of skipped) plan.skip(`${what}, ${quote(name)}`, why);
  plan.add(what, document.id, document, { fields, accept: {}, slices: {} });
}

type Found =
  { readonly id: string; readonly origin: Origin; readonly extension: string } | { readonly problem: string };

async function findDocument(
  what: string,
  data: JsonObject,
  folder: string,
  key: string | undefined,
): Promise<Found> {
  const values = Object.entries(data).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' && (key === undefined || entry[0] === key),
  );
  if (values.length === 0) {
    return {
      problem: key === undefined ? 'its "data" names no document' : `its "data" has no text ${quote(key)}`,
    };
  }
  const found: { readonly key: string; readonly name: string; readonly path: string }[] = [];
  for (const [name, value] of values) {
    for (const candidate of fileNames(value)) {
      const file = await inFolder(folder, candidate);
      if ('problem' in file || file.kind !== 'file') continue;
      found.push({ key: name, name: candidate, path: file.path });
      break;
    }
  }
  const [first, second] = found;
  if (first && second) {
    return {
      problem: `its "data" names several files (${quote(first.key)}, ${quote(second.key)}); give --document-key`,
    };
  }
  if (first) {
    const base = first.name.split('/').at(-1) ?? '';
    const extension = extname(base);
    const id = base.slice(0, base.length - extension.length);
    return { id, origin: { kind: 'path', path: first.path }, extension };
  }
  // A text project carries its document in the export itself.
  const inline = values.find(([name, value]) => (name === key || name === 'text') && !looksLikeFile(value));
  if (inline)
    return { id: what.replaceAll(' ', '-'), origin: { kind: 'text', text: inline[1] }, extension: '.txt' };
  const names = values.map(([, value]) => quote(value, 60)).join(', ');
  return { problem: `there is no file in ${folder} for ${names}; give --documents DIR` };
}

function looksLikeFile(value: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|\/)\S+$/i.test(value);
}

/**
 * Names under which a document may lie in the folder: its whole path, its last part, and that without the random
 * prefix that Label Studio gives to uploads (`/data/upload/1/0a1b2c3d-invoice.pdf`). Local storage is named as
 * `/data/local-files/?d=path`.
 */
function fileNames(value: string): string[] {
  if (value.length > 4096) return [];
  const local = /^\/data\/local-files\/\?d=(.+)$/.exec(value)?.[1];
  const path = (local ?? value)
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/^\/+/, '');
  const whole = decode(path);
  const last = whole.split('/').at(-1) ?? '';
  return [...new Set([whole, last, last.replace(/^[0-9a-f]{8}-/, '')])].filter((name) => name !== '');
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
