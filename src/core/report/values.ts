/**
 * How values and numbers are written for people, the same in every form of the report. Values come out of documents
 * that strangers wrote: nothing invisible stays invisible, nothing can move the cursor or turn the reading direction.
 */
import type { Json } from '../words.js';

/** U+2212, as wide as a digit in tabular figures. */
export const MINUS = '\u2212';
/** What stands for "no value". */
export const NO_VALUE = '\u2014';

// Controls, soft hyphen, fillers, zero-width, bidirectional, line and paragraph separators, tags, lone surrogates.
const HIDDEN =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Text with everything invisible or dangerous written as an escape (`\u001b`, `\n`). */
export function visible(text: string): string {
  return text.replace(HIDDEN, escapeOf);
}

/** As `visible`, for text of several lines: line feeds and tabs stay. */
export function visibleLines(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => visible(line.replace(/\t/g, '    ')))
    .join('\n');
}

/** The first `max` code points, with an ellipsis where something was cut. Looks at no more of the text than it needs. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text.slice(0, max * 2));
  return points.length <= max && text.length <= max * 2
    ? text
    : `${points.slice(0, Math.max(0, max - 1)).join('')}\u2026`;
}

/** A value as text; null and "" are "no value". Strings that could be taken for something else stand in quotes. */
export function showValue(value: Json, max: number): string {
  if (value === null || value === '') return NO_VALUE;
  if (typeof value !== 'string') return clip(visible(JSON.stringify(value)), max);
  // A value can be megabytes long: only what can be shown is looked at.
  const text = clip(value, max);
  const shown = visible(text);
  return clip(text.trim() !== text || text === NO_VALUE ? `"${shown}"` : shown, max);
}

// Everything outside printable ASCII, for values that differ but look alike.
const NOT_ASCII = /[^\x20-\x7e]/gu;

/**
 * Several values of one cell as texts. Values that differ and would look the same (a no-break space, a composed and a
 * decomposed letter, the number 5 and the text "5") are written out until the difference shows.
 */
export function showValues(values: readonly Json[], max: number): string[] {
  const texts = values.map((value) => showValue(value, max));
  const raw = values.map((value) => (value === '' ? 'null' : JSON.stringify(value)));
  const looks = texts.map((text) => text.normalize('NFKC'));
  const alike = raw.map((a, i) => raw.some((b, j) => i !== j && a !== b && looks[i] === looks[j]));
  return texts.map((text, i) => {
    const value = values[i];
    if (alike[i] !== true || value === undefined || value === null || value === '') return text;
    if (typeof value === 'string' && value.length > max) return text;
    return clip(JSON.stringify(value).replace(NOT_ASCII, escapeOf), max);
  });
}

/** A piece of a value, and whether it is where two values differ. */
export interface Segment {
  readonly text: string;
  readonly differs: boolean;
}

/**
 * Where `text` differs from `other`: what they share at both ends is kept, the middle is marked. Linear, and easier to
 * read in short values than an edit script that scatters its marks. Where `text` only lacks something, the differing
 * piece is empty and stands at that place.
 */
export function markDifference(text: string, other: string): Segment[] {
  const a = Array.from(text);
  const b = Array.from(other);
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const pieces: Segment[] = [
    { text: a.slice(0, start).join(''), differs: false },
    { text: a.slice(start, a.length - end).join(''), differs: true },
    { text: end === 0 ? '' : a.slice(-end).join(''), differs: false },
  ];
  return pieces.filter((piece) => piece.text !== '' || (piece.differs && text !== other));
}

// ---------------------------------------------------------------- numbers

const EXACT = 1e-9;

/** At least `digits` decimals; more where fewer would make a difference look like none. */
function decimals(value: number, digits: number, dull: (rounded: number) => boolean): string {
  for (let n = digits; n < digits + 3; n += 1) {
    const text = value.toFixed(n);
    if (!dull(Number(text))) return text;
  }
  return value.toFixed(digits + 3);
}

/** `0.912` → `91.2 %`. What is not all or nothing is never rounded to 100 % or 0 %. */
export function percent(fraction: number | null): string {
  if (fraction === null || !Number.isFinite(fraction)) return NO_VALUE;
  const value = fraction * 100;
  const whole = Math.abs(value - 100) < EXACT || Math.abs(value) < EXACT;
  return `${decimals(value, 1, (rounded) => !whole && (rounded === 100 || rounded === 0)).replace('-', MINUS)} %`;
}

/** A difference of two fractions in percentage points, signed: `-0.038` → `−3.8`. A small drop never reads as none. */
export function points(delta: number | null): string {
  if (delta === null || !Number.isFinite(delta)) return NO_VALUE;
  const value = delta * 100;
  if (Math.abs(value) < EXACT) return '0.0';
  const text = decimals(Math.abs(value), 1, (rounded) => rounded === 0);
  return `${value < 0 ? MINUS : '+'}${text}`;
}

/** A difference in words: `−3.8 points`, `no difference`. */
export function pointsInWords(delta: number | null): string {
  if (delta !== null && Math.abs(delta) < EXACT / 100) return 'no difference';
  const text = points(delta);
  return text === NO_VALUE ? text : `${text} ${/^[^\d]1\.0$/.test(text) ? 'point' : 'points'}`;
}

/** `[−6.1, −1.5]`, in percentage points. */
export function interval(ci: readonly [number, number] | null): string {
  return ci === null ? NO_VALUE : `[${points(ci[0])}, ${points(ci[1])}]`;
}

/** A p-value: `0.003`, `< 0.001`. */
export function pValue(p: number | null): string {
  if (p === null) return NO_VALUE;
  if (p < 0.001) return '< 0.001';
  return p.toFixed(p < 0.1 ? 3 : 2);
}

/** Seconds at the scale that they have: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function duration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return NO_VALUE;
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60] as const;
  return parts[0] > 0 ? `${parts[0]} h ${parts[1]} min` : `${parts[1]} min ${parts[2]} s`;
}

/** US dollars with enough digits to see small prices. */
export function dollars(usd: number | null): string {
  if (usd === null || !Number.isFinite(usd)) return NO_VALUE;
  const digits = usd === 0 || Math.abs(usd) >= 1 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(Math.abs(usd))));
  return `$${usd.toFixed(digits)}`;
}

/** `12345` → `12,345`. */
export function count(value: number): string {
  const [whole = '', rest] = String(Math.round(value * 100) / 100).split('.');
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',') + (rest === undefined ? '' : `.${rest}`);
}

/** `1 document`, `3 documents`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** The first `max` of a list, joined, and how many more there are. */
export function listed(items: readonly string[], max: number): string {
  const shown = items.slice(0, max).join(', ');
  return items.length > max ? `${shown} and ${count(items.length - max)} more` : shown;
}
