import type { Json, JsonObject } from '../words.js';
import { isArray, isObject, isValue } from '../score/values.js';

/** A value of a label that is not an object: a scalar, a list or a table, with its dotted path. */
export interface Leaf {
  readonly path: string;
  readonly value: Json;
}

/**
 * The leaves of `fields` in the order of the label: objects are walked into, arrays and scalars are leaves. An object
 * without members is a leaf too (it says: nothing there). A key that itself has a dot reads like two nested ones, as in
 * the configuration's dotted paths.
 */
export function leaves(fields: JsonObject): Leaf[] {
  const found: Leaf[] = [];
  const walk = (object: JsonObject, prefix: string): void => {
    for (const [key, value] of Object.entries(object)) {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      if (isObject(value) && Object.keys(value).length > 0) walk(value, path);
      else found.push({ path, value });
    }
  };
  walk(fields, '');
  return found;
}

/**
 * Nothing in it has a value: as `isValue` says it for a scalar or a list, and for an object when no member has one.
 * Depth is bounded by the caller.
 */
export function isEmpty(value: Json | undefined): boolean {
  return isObject(value) ? Object.values(value).every(isEmpty) : !isValue(value);
}

/** Whether a value is a table: rows that are objects. */
export function isTable(value: Json | undefined): value is readonly JsonObject[] {
  return isArray(value) && value.length > 0 && value.every(isObject);
}
