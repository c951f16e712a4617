/** What an extractor printed → fields, confidence and usage, or one sentence that says what is wrong with it. */
import { isObject, type Json } from './contract.js';

export interface Parsed {
  readonly fields: Readonly<Record<string, Json>>;
  readonly confidence?: Readonly<Record<string, number>>;
  readonly usage?: { readonly usd?: number; readonly ocrPages?: number };
}
export type ParseResult =
  { readonly ok: true; readonly value: Parsed } | { readonly ok: false; readonly problem: string };

const SHOWN_CHARACTERS = 200;

/** Standard output of one document. */
export function parseOutput(bytes: Uint8Array, maxDepth: number): ParseResult {
  const value = parseObject(bytes, maxDepth, 'standard output');
  if (!value.ok) return value;
  return isWrapped(value.object) ? readWrapped(value.object) : { ok: true, value: { fields: value.object } };
}

/** One line of a batch's predictions file. The id is checked by the caller, who knows which ids there are. */
export function parseLine(
  bytes: Uint8Array,
  maxDepth: number,
):
  | { readonly ok: true; readonly id: string; readonly result: ParseResult }
  | { readonly ok: false; readonly problem: string } {
  const value = parseObject(bytes, maxDepth, 'the line');
  if (!value.ok) return value;
  const { id, fields, ...rest } = value.object;
  if (typeof id !== 'string') return { ok: false, problem: 'the line has no "id" with a string in it' };
  if (!isObject(fields))
    return { ok: true, id, result: { ok: false, problem: 'its line has no "fields" with an object in it' } };
  return { ok: true, id, result: readWrapped({ fields, ...rest }) };
}

type JsonMap = Readonly<Record<string, Json>>;

/** `{"fields": {…}, "confidence"?: …, "usage"?: …}` and nothing else; a document may well have a field named `fields`. */
function isWrapped(object: JsonMap): boolean {
  return (
    isObject(object['fields']) &&
    Object.keys(object).every((key) => key === 'fields' || key === 'confidence' || key === 'usage')
  );
}

function readWrapped(object: Readonly<Record<string, unknown>>): ParseResult {
  const fields = object['fields'] as JsonMap;
  const confidence = readConfidence(object['confidence']);
  if (typeof confidence === 'string') return { ok: false, problem: confidence };
  const usage = readUsage(object['usage']);
  if (typeof usage === 'string') return { ok: false, problem: usage };
  return {
    ok: true,
    value: { fields, ...(confidence && { confidence }), ...(usage && { usage }) },
  };
}

function readConfidence(value: unknown): Readonly<Record<string, number>> | undefined | string {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) return '"confidence" must be an object of field names and numbers from 0 to 1';
  // Without a prototype, so that a field named __proto__ is a field.
  const confidence = Object.create(null) as Record<string, number>;
  for (const [field, number] of Object.entries(value)) {
    if (number === null) continue;
    if (typeof number !== 'number' || !isShare(number))
      return `"confidence" of ${shown(field)} must be a number from 0 to 1, not ${shown(JSON.stringify(number))}`;
    confidence[field] = number;
  }
  return confidence;
}

/** Of a result line: every value there is, none null. */
export function isConfidence(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((number) => isShare(number));
}

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

function readUsage(value: unknown): { usd?: number; ocrPages?: number } | undefined | string {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) return '"usage" must be an object with "usd" and "ocr_pages"';
  const usd = value['usd'] ?? undefined;
  const ocrPages = value['ocr_pages'] ?? undefined;
  if (usd !== undefined && !(typeof usd === 'number' && usd >= 0))
    return `"usage.usd" must be a number of US dollars, 0 or more, not ${shown(JSON.stringify(usd))}`;
  if (ocrPages !== undefined && !(typeof ocrPages === 'number' && ocrPages >= 0))
    return `"usage.ocr_pages" must be a number, 0 or more, not ${shown(JSON.stringify(ocrPages))}`;
  return { ...(usd !== undefined && { usd }), ...(ocrPages !== undefined && { ocrPages }) };
}

function parseObject(
  bytes: Uint8Array,
  maxDepth: number,
  what: string,
): { readonly ok: true; readonly object: JsonMap } | { readonly ok: false; readonly problem: string } {
  let text: string;
  try {
    // Drops a byte order mark, which programs born on Windows print.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bad(`${what} is not UTF-8`, Buffer.from(bytes.subarray(0, 4 * SHOWN_CHARACTERS)).toString('utf8'));
  }
  if (text.trim() === '') return { ok: false, problem: `${what} is empty; print one JSON object` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return notJson(text, error as Error, what);
  }
  if (!isObject(value)) {
    const kind = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`;
    return bad(`${what} is ${kind} and not one JSON object`, text);
  }
  const flaw = findFlaw(value, maxDepth);
  return flaw === undefined
    ? { ok: true, object: value as JsonMap }
    : { ok: false, problem: `${what} ${flaw}` };
}

function notJson(text: string, error: Error, what: string): { ok: false; problem: string } {
  // V8 names the place in this one message only.
  const after = /after JSON at position (\d+)/.exec(error.message)?.[1];
  if (after !== undefined) {
    return bad(
      `${what} has text after the JSON object; print exactly one object, and logs to standard error`,
      text.slice(Number(after)),
    );
  }
  if (/[:[,]\s*-?(?:NaN|Infinity)\b/.test(text))
    return bad(`${what} has NaN or Infinity in it, which JSON does not know; print null`, text);
  const start = text.trimStart()[0];
  if (start !== '{')
    return bad(
      `${what} does not begin with a JSON object; print exactly one, and logs to standard error`,
      text,
    );
  return bad(`${what} is not valid JSON (${shown(error.message)})`, text);
}

/** Too deep, or a number such as 1e999 that JSON.parse reads as Infinity. Without recursion: depth is not ours to choose. */
export function findFlaw(value: unknown, maxDepth: number): string | undefined {
  let level: unknown[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item === 'number' && !Number.isFinite(item)) return 'has a number in it that is too large';
      if (typeof item !== 'object' || item === null) continue;
      if (depth > maxDepth) return `is nested deeper than ${maxDepth} levels`;
      for (const child of Object.values(item)) next.push(child);
    }
    level = next;
  }
  return undefined;
}

function bad(problem: string, text: string): { ok: false; problem: string } {
  return { ok: false, problem: `${problem}. It begins: ${shown(text)}` };
}

/** Quoted, on one line, the first characters only; what a stranger printed must not draw on a terminal. */
function shown(text: string): string {
  const start = Array.from(text.slice(0, 2 * SHOWN_CHARACTERS))
    .slice(0, SHOWN_CHARACTERS)
    .join('');
  // JSON.stringify leaves DEL and the C1 controls as they are; a terminal obeys some of them.
  const quoted = JSON.stringify(start).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return start.length < text.length ? `${quoted} …` : quoted;
}
