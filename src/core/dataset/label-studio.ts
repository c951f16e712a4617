import type { Json, JsonObject } from '../words.js';
import { isArray, isObject } from '../score/values.js';
import { Nester } from './nest.js';

/** The results of the annotation that counts, or why a task has none. */
export type AnnotationChoice =
  { readonly results: readonly JsonObject[]; readonly note?: string } | { readonly problem: string };

/**
 * The annotation of a task that counts: cancelled ones never, then one marked as ground truth, else the newest.
 * Predictions are no annotations and are not looked at.
 */
export function chooseAnnotation(annotations: readonly JsonObject[]): AnnotationChoice {
  if (annotations.length === 0) return { problem: 'it was not annotated' };
  const valid = annotations.filter((annotation) => annotation['was_cancelled'] !== true);
  if (valid.length === 0) return { problem: 'all its annotations were cancelled' };
  const truths = valid.filter((annotation) => annotation['ground_truth'] === true);
  const candidates = truths.length > 0 ? truths : valid;
  const chosen = candidates.reduce((best, one) => (isNewer(one, best) ? one : best));
  const results = isArray(chosen['result']) ? chosen['result'].filter(isObject) : [];
  if (valid.length === 1) return { results };
  const why = truths.length > 0 ? 'the one marked as ground truth' : 'the newest';
  return { results, note: `of ${valid.length} annotations ${why} was taken` };
}

function isNewer(one: JsonObject, other: JsonObject): boolean {
  const [a, b] = [time(one), time(other)];
  if (a !== b) return a > b;
  return Number(one['id']) > Number(other['id']);
}

/** Milliseconds of the last change; 0 when the annotation does not say. */
function time(annotation: JsonObject): number {
  const text = annotation['updated_at'] ?? annotation['created_at'];
  const parsed = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? 0 : parsed;
}

export interface AnnotationFields {
  readonly fields: JsonObject;
  /** What of the annotation is no value of a field. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Values of an annotation. A region with a label (a rectangle, a span of text) is a value of the field of that name: its
 * text is what was typed for the region (results that share its `id`) or the span's own text. Everything else is a value
 * of the field that its `from_name` says. Several values of one field become a list in their order; dotted names nest.
 */
export function annotationFields(results: readonly JsonObject[]): AnnotationFields {
  const skipped: { name: string; why: string }[] = [];
  const values = new Map<string, Json[]>();
  const add = (name: string, value: Json): void => {
    const sofar = values.get(name);
    if (sofar) sofar.push(value);
    else values.set(name, [value]);
  };

  const regions = new Map<string, Region>();
  for (const result of results) {
    const id = textOf(result['id']);
    const label = regionLabel(result);
    if (id === undefined || label === undefined) continue;
    const text = spanText(result);
    regions.set(id, { label, ...(text === undefined ? {} : { text }), typed: [] });
  }
  for (const result of results) {
    if (regionLabel(result) !== undefined) continue;
    const type = textOf(result['type']) ?? 'result';
    const name = textOf(result['from_name']);
    const value = valueOf(type, result['value']);
    const region = regions.get(textOf(result['id']) ?? '');
    if (value === undefined) {
      // A bare rectangle or a relation only says where, not what.
      if (!GEOMETRY.has(type))
        skipped.push({ name: name ?? type, why: `results of the type ${type} are not read` });
    } else if (region) {
      region.typed.push({ name: name ?? type, value });
    } else if (name === undefined) {
      skipped.push({ name: type, why: 'it has no from_name' });
    } else {
      for (const one of value) add(name, one);
    }
  }
  for (const { label, text, typed } of regions.values()) {
    const [first, ...others] = typed;
    if (first) for (const one of first.value) add(label, one);
    else if (text !== undefined) add(label, text);
    else skipped.push({ name: label, why: 'the region has no text: nothing was typed for it' });
    for (const { name } of others) skipped.push({ name, why: `the region ${label} has a value already` });
  }

  const fields = new Nester();
  for (const [name, found] of values) {
    const problem = fields.set(name, found.length === 1 ? (found[0] ?? null) : found);
    if (problem !== undefined) skipped.push({ name, why: problem });
  }
  return { fields: fields.fields(), skipped };
}

interface Region {
  readonly label: string;
  readonly text?: string;
  readonly typed: { readonly name: string; readonly value: readonly Json[] }[];
}

const GEOMETRY = new Set(['rectangle', 'polygon', 'ellipse', 'brush', 'keypoint', 'relation']);

/** The first label of `rectanglelabels`, `labels` and their kin: their value has a list under the type's own name. */
function regionLabel(result: JsonObject): string | undefined {
  const type = textOf(result['type']);
  const value = result['value'];
  if (type?.endsWith('labels') !== true || !isObject(value)) return undefined;
  const labels = value[type];
  return isArray(labels) ? textOf(labels[0]) : undefined;
}

/** The text of a span, or what was noted for the region (`meta.text`). */
function spanText(result: JsonObject): string | undefined {
  const value = result['value'];
  if (isObject(value) && typeof value['text'] === 'string') return value['text'];
  const meta = result['meta'];
  const noted = isObject(meta) ? meta['text'] : undefined;
  return isArray(noted) ? textOf(noted[0]) : textOf(noted);
}

/** The values of a result that is no region; undefined when its type holds none. */
function valueOf(type: string, value: Json | undefined): readonly Json[] | undefined {
  if (!isObject(value)) return undefined;
  switch (type) {
    case 'textarea': {
      const text = value['text'];
      return isArray(text)
        ? text.filter((one) => typeof one === 'string')
        : typeof text === 'string'
          ? [text]
          : undefined;
    }
    case 'choices':
      return isArray(value['choices'])
        ? value['choices'].filter((one) => typeof one === 'string')
        : undefined;
    case 'number':
    case 'rating':
      return Number.isFinite(value[type]) ? [value[type] as number] : undefined;
    case 'datetime':
      return typeof value['datetime'] === 'string' ? [value['datetime']] : undefined;
    default:
      return undefined;
  }
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
