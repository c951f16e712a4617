/** What a value is, where it stands in a label or a prediction, and its canonical text. */
import { JSON_DEPTH, UNKNOWN_KEYS, UNKNOWN_KEYS_VISITED } from '../limits.js';
import type { FieldSpec, Json, JsonObject } from '../words.js';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * Null policy: an absent key, `null`, an empty or blank text, `[]` and `{}` all say "no value", and so does a list that
 * has only such items. `0` and `false` are values.
 */
export function isValue(value: Json | undefined): value is Exclude<Json, null> {
  if (value === undefined || value === null) return false;
  if (typeof value === 'string') return value !== '' && value.trim() !== '';
  if (typeof value !== 'object') return true;
  if (isArray(value)) return value.some((item) => (isArray(item) ? item.length > 0 : isValue(item)));
  for (const key in value) if (Object.hasOwn(value, key)) return true;
  return false;
}

/**
 * The value at a dotted path, through own properties only, so that `__proto__` is a key like any other. Where the nested
 * path is not there, a flat key of the same spelling (`"seller.name"`) is accepted.
 */
export function valueAt(fields: JsonObject, path: string): Json | undefined {
  return valueAtParts(fields, path, path.includes('.') ? path.split('.') : undefined);
}

/** As `valueAt`, with the path already split; `parts` undefined for a path without dots. */
export function valueAtParts(
  fields: JsonObject,
  path: string,
  parts: readonly string[] | undefined,
): Json | undefined {
  if (parts === undefined) return Object.hasOwn(fields, path) ? fields[path] : undefined;
  let here: Json | undefined = fields;
  for (const part of parts) {
    if (!isObject(here) || !Object.hasOwn(here, part)) {
      here = undefined;
      break;
    }
    here = here[part];
  }
  return here !== undefined ? here : flatValueAt(fields, path);
}

/** Keys that have dots themselves: at each level the longest that fits. */
function flatValueAt(fields: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(fields, path)) return fields[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    if (!Object.hasOwn(fields, key)) continue;
    const inner = fields[key];
    const found = isObject(inner) ? flatValueAt(inner, path.slice(dot + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * JSON with sorted keys: equal exactly for equal values. Iterative, so that deep nesting cannot exhaust the stack; numbers
 * that JSON cannot write (`1e400` parses to Infinity) keep their name.
 */
export function canonicalJson(value: Json): string {
  const out: string[] = [];
  const stack: (string | { readonly value: Json })[] = [{ value }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (typeof next === 'string') {
      out.push(next);
      continue;
    }
    const item = next.value;
    if (isArray(item)) {
      stack.push(']');
      for (let i = item.length - 1; i >= 0; i--) {
        stack.push({ value: item[i] ?? null });
        if (i > 0) stack.push(',');
      }
      stack.push('[');
    } else if (isObject(item)) {
      const keys = Object.keys(item).sort();
      stack.push('}');
      for (let i = keys.length - 1; i >= 0; i--) {
        const key = keys[i] ?? '';
        stack.push({ value: item[key] ?? null }, `${JSON.stringify(key)}:`);
        if (i > 0) stack.push(',');
      }
      stack.push('{');
    } else {
      out.push(typeof item === 'string' ? JSON.stringify(item) : String(item));
    }
  }
  return out.join('');
}

/** A scalar as the text that a comparator reads. `-0` is `0`; lists and objects become canonical JSON. */
export function textOf(value: Json): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) return canonicalJson(value);
  return String(value === 0 ? 0 : value);
}

/**
 * Dotted paths of the values in a prediction that the configuration does not know, columns of tables included. At most
 * `UNKNOWN_KEYS` of them, in the order of the prediction; keys without a value say nothing and are left out.
 */
export function unknownKeys(fields: readonly FieldSpec[], predicted: JsonObject): string[] {
  const known = new Map(fields.map((field) => [field.path, field.spec] as const));
  const found = new Set<string>();
  const stack: {
    readonly path: string;
    readonly value: Json;
    readonly depth: number;
    readonly columns?: ReadonlySet<string>;
  }[] = [];
  const push = (object: JsonObject, prefix: string, depth: number, columns?: ReadonlySet<string>) => {
    const keys = Object.keys(object);
    for (let i = Math.min(keys.length, UNKNOWN_KEYS_VISITED) - 1; i >= 0; i--) {
      const key = keys[i] ?? '';
      const path = prefix === '' ? key : `${prefix}.${key}`;
      stack.push({ path, value: object[key] ?? null, depth, ...(columns && { columns }) });
    }
  };
  push(predicted, '', 1);
  let visited = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (++visited > UNKNOWN_KEYS_VISITED || found.size >= UNKNOWN_KEYS) break;
    const { path, value, depth, columns } = next;
    if (!isValue(value)) continue;
    if (columns?.has(path) === true) continue;
    const spec = columns === undefined ? known.get(path) : undefined;
    if (spec?.type === 'table') {
      const names = new Set(spec.columns.map((column) => `${path}.${column.name}`));
      const rows = isArray(value) ? value : [value];
      for (let i = Math.min(rows.length, UNKNOWN_KEYS_VISITED) - 1; i >= 0; i--) {
        const row = rows[i];
        if (isObject(row)) push(row, path, depth + 1, names);
      }
    } else if (spec === undefined) {
      if (isObject(value) && depth < JSON_DEPTH) push(value, path, depth + 1, columns);
      else found.add(path);
    }
  }
  return [...found];
}
