import type { Json, JsonObject } from '../words.js';
import { isArray, isObject } from './canonical.js';

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
 * The value at a dotted path, undefined when there is none. Looks at own keys only, so that `constructor` is no value;
 * at each level the longest key that fits wins (`{"a.b": 1}` has a value at `a.b`).
 */
export function valueAt(fields: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(fields, path)) return fields[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    if (!Object.hasOwn(fields, key)) continue;
    const inner = fields[key];
    if (isObject(inner)) {
      const found = valueAt(inner, path.slice(dot + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Whether a value is a table: rows that are objects. */
export function isTable(value: Json | undefined): value is readonly JsonObject[] {
  return isArray(value) && value.length > 0 && value.every(isObject);
}
