import type { Json, JsonObject } from '../words.js';

/**
 * JSON text that is the same for equal values: keys sorted by code units, no white space, numbers as `JSON.stringify`
 * writes them (`9.00` and `9` are one number). Lone surrogates come out escaped, so the text can always be hashed.
 * Depth is bounded by the caller (labels are refused beyond `JSON_DEPTH`).
 */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

/** `Array.isArray` that also narrows a readonly array. */
export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** A JSON object, neither array nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * No value: an absent key, `null` and `""` mean the same (GATE, Cells). So does a list or an object in which nothing has
 * a value. Depth is bounded by the caller.
 */
export function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (isArray(value)) return value.every(isEmpty);
  return isObject(value) && Object.values(value).every(isEmpty);
}
