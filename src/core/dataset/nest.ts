import type { Json, JsonObject } from '../words.js';
import { quote } from './quote.js';

/**
 * Builds `fields` from dotted paths: `seller.name` becomes `{"seller": {"name": …}}`. A path that needs an object where
 * another one has put a value is refused, and so is a second value for one path.
 */
export class Nester {
  readonly #root = new Map<string, unknown>();

  /** Why the value cannot be put there, or undefined when it was. */
  set(path: string, value: Json): string | undefined {
    const parts = path.split('.');
    if (parts.includes('')) return `${quote(path)} has an empty part`;
    if (parts.includes('__proto__')) return `${quote(path)} cannot be the name of a field`;
    const last = parts.pop() ?? '';
    let here = this.#root;
    for (const part of parts) {
      const next = here.get(part) ?? new Map<string, unknown>();
      if (!isBranch(next)) return `${quote(path)} lies below a field that has a value itself`;
      here.set(part, next);
      here = next;
    }
    if (isBranch(here.get(last))) return `${quote(path)} has a value, and other fields lie below it`;
    if (here.has(last)) return `${quote(path)} has two values`;
    here.set(last, value);
    return undefined;
  }

  fields(): JsonObject {
    return build(this.#root);
  }
}

function isBranch(value: unknown): value is Map<string, unknown> {
  return value instanceof Map;
}

function build(branch: ReadonlyMap<string, unknown>): JsonObject {
  const members = [...branch].map(
    ([key, value]) => [key, isBranch(value) ? build(value) : (value as Json)] as const,
  );
  return Object.fromEntries(members);
}
