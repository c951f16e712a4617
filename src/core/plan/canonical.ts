import { createHash } from 'node:crypto';

/**
 * One text for one value: JSON with sorted keys, in the spirit of RFC 8785 (keys by UTF-16 code unit, numbers as
 * ECMAScript writes them, lone surrogates escaped by JSON.stringify). A key whose value is `undefined` is left out, so
 * an option that was never given and one given as `undefined` are the same plan.
 *
 * Throws for what JSON cannot say without loss (NaN, infinities, functions, bigint, undefined inside a list): a key
 * that silently ignores a difference would serve a stale measurement.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${String(value)} has no JSON form`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const plain = value as Record<string, unknown>;
    const members = Object.keys(plain)
      .filter((key) => plain[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(plain[key])}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`a ${typeof value} has no JSON form`);
}

/**
 * sha256, hex, of a value under a name. The name keeps hashes of different subjects apart and carries the version of
 * what goes into them: whoever changes what is hashed raises it, and old results are never mistaken for new ones.
 */
export function contentKey(name: string, value: unknown): string {
  return createHash('sha256')
    .update(`${name}\n${canonicalJson(value)}`)
    .digest('hex');
}
