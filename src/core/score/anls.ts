/**
 * Published graded similarities, reported and never judged.
 *
 * - ANLS: Biten et al. 2019, arXiv:1907.00490: 1 − normalised Levenshtein distance, 0 below the threshold of 0.5.
 * - ANLS*: Peer et al. 2024, arXiv:2402.03848, as in its reference implementation (deepopinion/anls_star_metric): lists by
 *   the best assignment, objects key by key, over the number of leaves. A similarity of exactly 0.5 is kept, as there.
 */
import { ANLS_LIST_PAIRS, JSON_DEPTH } from '../limits.js';
import type { FieldSpec, Json, JsonObject, Label, Prediction } from '../words.js';
import { acceptedFor } from './accept.js';
import { assign } from './assign.js';
import { codePointSimilarity } from './similarity.js';
import { canonicalJson, isArray, isObject, isValue, valueAt } from './values.js';

const THRESHOLD = 0.5;

/** One of several right values; a tuple in the reference implementation. Only for ground truth. */
export class OneOf {
  readonly options: readonly GroundTruth[];
  constructor(options: readonly GroundTruth[]) {
    if (options.length === 0) throw new RangeError('OneOf needs at least one option');
    this.options = options;
  }
}
export type GroundTruth = Json | OneOf | readonly GroundTruth[] | { readonly [key: string]: GroundTruth };

/** Sum of leaf similarities, number of leaves, and whether the ground truth (options chosen) is the prediction itself. */
interface Part {
  readonly sum: number;
  readonly length: number;
  readonly same: boolean;
}

/** ANLS of two scalar values, 0 to 1: case and white space do not count, similarities below 0.5 are 0. */
export function anls(expected: Json, predicted: Json): number {
  if (!isValue(expected) || !isValue(predicted)) return isValue(expected) === isValue(predicted) ? 1 : 0;
  return leafSimilarity(expected, predicted);
}

/** ANLS* of any two JSON values, 0 to 1; `OneOf` in the ground truth gives several right values. */
export function anlsStar(groundTruth: GroundTruth, prediction: Json): number {
  // As in classical question answering: a list of texts against one text is a list of options.
  const truth =
    isTexts(groundTruth) && typeof prediction === 'string' && groundTruth.length > 0
      ? new OneOf(groundTruth)
      : groundTruth;
  return average(compare(truth, prediction, 0));
}

function isTexts(value: GroundTruth): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function average({ sum, length }: Part): number {
  return length > 0 ? Math.min(1, sum / length) : 1;
}

function compare(truth: GroundTruth, prediction: Json, depth: number): Part {
  if (truth instanceof OneOf) {
    let best: Part | undefined;
    for (const option of truth.options) {
      const part = compare(option, prediction, depth + 1);
      if (
        best === undefined ||
        average(part) > average(best) ||
        (average(part) === average(best) && part.same && !best.same)
      )
        best = part;
    }
    return best ?? { sum: 0, length: 1, same: false };
  }
  if (truth === null) {
    const none = isNone(prediction);
    return { sum: none ? 1 : 0, length: Math.max(1, leaves(prediction, 0)), same: none };
  }
  const deep = depth >= JSON_DEPTH;
  if (!deep && isList(truth))
    return isArray(prediction) ? compareLists(truth, prediction, depth) : mismatch(truth, prediction);
  if (!deep && isRecord(truth))
    return isObject(prediction) ? compareObjects(truth, prediction, depth) : mismatch(truth, prediction);
  if (!deep && typeof prediction === 'object') return mismatch(truth, prediction);
  const expected = typeof truth === 'object' ? canonicalJson(plain(truth)) : truth;
  const predicted = typeof prediction === 'object' ? canonicalJson(prediction) : prediction;
  return { sum: leafSimilarity(expected, predicted), length: 1, same: expected === predicted };
}

function mismatch(truth: GroundTruth, prediction: Json): Part {
  return { sum: 0, length: Math.max(leaves(truth, 0), leaves(prediction, 0)), same: false };
}

function compareObjects(
  truth: Readonly<Record<string, GroundTruth>>,
  prediction: JsonObject,
  depth: number,
): Part {
  let sum = 0;
  let length = 0;
  let same = true;
  for (const key of Object.keys(truth)) {
    const has = Object.hasOwn(prediction, key);
    const part = compare(truth[key] ?? null, has ? (prediction[key] ?? null) : null, depth + 1);
    sum += part.sum;
    length += part.length;
    if (!part.same) same = false;
  }
  for (const key of Object.keys(prediction)) {
    if (Object.hasOwn(truth, key)) continue;
    same = false;
    const value = prediction[key] ?? null;
    // A key that says nothing hides nothing; it still is a place where the truth has none.
    if (isNone(value)) length += Math.max(1, leaves(value, 0));
    else length += compare(null, value, depth + 1).length;
  }
  return { sum, length, same };
}

function compareLists(truth: readonly GroundTruth[], prediction: readonly Json[], depth: number): Part {
  const n = truth.length;
  const m = prediction.length;
  const rows = Math.min(n, m);
  const columns = Math.max(n, m);
  let sum = 0;
  let length = 0;
  let same = n === m;
  const usedTruth = new Uint8Array(n);
  const usedPrediction = new Uint8Array(m);
  const take = (i: number, j: number, part: Part) => {
    sum += part.sum;
    length += part.length;
    if (!part.same) same = false;
    usedTruth[i] = usedPrediction[j] = 1;
  };
  if (rows * columns > ANLS_LIST_PAIRS) {
    for (let k = 0; k < rows; k++) take(k, k, compare(truth[k] ?? null, prediction[k] ?? null, depth + 1));
  } else if (rows > 0) {
    const parts: Part[] = [];
    const costs = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const [t, p] = n <= m ? [i, j] : [j, i];
        const part = compare(truth[t] ?? null, prediction[p] ?? null, depth + 1);
        parts.push(part);
        // The reference favours equal pairs by the least step of a double; this one is safely above rounding.
        costs[i * columns + j] = -average(part) - (part.same ? 1e-12 : 0);
      }
    }
    const { columnOf } = assign(costs, rows, columns);
    for (let i = 0; i < rows; i++) {
      const j = columnOf[i] ?? 0;
      const part = parts[i * columns + j];
      if (part !== undefined) take(n <= m ? i : j, n <= m ? j : i, part);
    }
  }
  for (let i = 0; i < n; i++) if (usedTruth[i] === 0) length += leaves(truth[i] ?? null, 0);
  for (let j = 0; j < m; j++) if (usedPrediction[j] === 0) length += leaves(prediction[j] ?? null, 0);
  return { sum, length, same };
}

function isList(value: GroundTruth): value is readonly GroundTruth[] {
  return Array.isArray(value);
}
function isRecord(value: GroundTruth): value is Readonly<Record<string, GroundTruth>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof OneOf);
}

/** Python's `value in (None, {}, [], "")`. */
function isNone(value: Json): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function leaves(value: GroundTruth, depth: number): number {
  if (typeof value !== 'object' || value === null || depth >= JSON_DEPTH) return 1;
  if (value instanceof OneOf) return Math.max(...value.options.map((option) => leaves(option, depth + 1)));
  let sum = 0;
  for (const item of isList(value) ? value : Object.values(value)) sum += leaves(item, depth + 1);
  return sum;
}

/** Below the depth that is compared part by part, the first options stand for all. */
function plain(value: GroundTruth): Json {
  if (value instanceof OneOf) return plain(value.options[0] ?? null);
  return value as Json;
}

function leafSimilarity(expected: Json, predicted: Json): number {
  const similarity = codePointSimilarity(leafText(expected), leafText(predicted));
  return similarity < THRESHOLD ? 0 : similarity;
}

function leafText(value: Json): string {
  const text = typeof value === 'object' && value !== null ? canonicalJson(value) : String(value);
  return text.toLowerCase().replace(/\s+/gu, ' ').trim();
}

/**
 * The two reported similarities of one document over the configured fields: `anls`, the mean over labelled scalar fields
 * (null without any); `anlsStar` over all of them as one object. Without a valid prediction both are 0.
 */
export function documentSimilarity(
  fields: readonly FieldSpec[],
  label: Label,
  prediction: Prediction | undefined,
): { readonly anls: number | null; readonly anlsStar: number } {
  const predicted = prediction?.status === 'ok' ? prediction.fields : undefined;
  const truth: Record<string, GroundTruth> = Object.create(null) as Record<string, GroundTruth>;
  const found: Record<string, Json> = Object.create(null) as Record<string, Json>;
  let sum = 0;
  let scalars = 0;
  for (const field of fields) {
    const { path, spec } = field;
    const expected = valueAt(label.fields, path) ?? null;
    const options = [expected, ...(acceptedFor(field, label.accept)?.whole ?? [])];
    const value = predicted === undefined ? null : (valueAt(predicted, path) ?? null);
    if (options.some(isValue)) truth[path] = options.length === 1 ? expected : new OneOf(options);
    if (isValue(value)) found[path] = value;
    if (spec.type === 'list' || spec.type === 'table' || !isValue(expected)) continue;
    scalars++;
    sum += predicted === undefined ? 0 : Math.max(...options.map((option) => anls(option, value)));
  }
  return {
    anls: scalars > 0 ? sum / scalars : null,
    anlsStar: predicted === undefined ? 0 : anlsStar(truth, found),
  };
}
