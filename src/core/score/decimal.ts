/** Numbers as people and programs write them, read into exact decimals. No binary rounding enters. */
import { Big } from 'big.js';
import { SCALAR_CHARACTERS } from '../limits.js';
import type { NumberSpec, Tolerance } from '../words.js';

/** `(-1)^negative · digits · 10^exponent`; digits without leading and trailing zeros, `0` with exponent 0 for zero. */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}
export type DecimalProblem = 'ambiguous' | 'unreadable';
export interface DecimalReading {
  readonly decimal: Decimal;
  /** `10%` is not `10`. */
  readonly unit: '' | '%' | '‰';
}
type Separator = NumberSpec['decimal'];

const ZERO: Decimal = { negative: false, digits: '0', exponent: 0 };
const NUMBER = /^(\()? ?([+-])? ?([\d.,' ]*\d[.,]?)(?:e([+-]?\d{1,9}))? ?(-)? ?([%‰])? ?(\))?$/i;
/** What programs print: whole, or with one, two, or more than three decimals after a point. */
const PLAIN = /^(-)?(\d+)(?:\.(\d{1,2}|\d{4,}))?$/;
/** `5,-` and `5.--`: no cents. */
const NO_CENTS = /(\d)[.,]-{1,2}(?= ?\)?$)/;

export function decimalKey({ negative, digits, exponent }: Decimal): string {
  return `${negative ? '-' : ''}${digits}e${exponent}`;
}

/**
 * Reads a number. `separator` settles only what can be read two ways: `1.234` is 1234 with a decimal comma and 1.234 with
 * a decimal point, and not read at all when undeclared (`auto`); `1.234,56`, `0.125` and `1 234` can be read one way only.
 */
export function readDecimal(text: string, separator: Separator): DecimalReading | DecimalProblem {
  if (text.length > SCALAR_CHARACTERS) return 'unreadable';
  const plain = PLAIN.exec(text);
  if (plain !== null) {
    return { decimal: toDecimal(plain[1] !== undefined, plain[2] ?? '', plain[3] ?? '', 0), unit: '' };
  }
  const clean = text
    .normalize('NFKC')
    .trim()
    .replace(/\s/gu, ' ')
    .replace(/[−‒–—﹣]/gu, '-')
    .replace(/[’‘´`]/gu, "'")
    .replace(NO_CENTS, '$1');
  const found = NUMBER.exec(clean);
  if (found === null) return 'unreadable';
  const [, open, sign, body, power, trailing, unit, close] = found;
  if ((open === undefined) !== (close === undefined)) return 'unreadable';
  const signs =
    (open === undefined ? 0 : 1) + (sign === undefined ? 0 : 1) + (trailing === undefined ? 0 : 1);
  if (signs > 1) return 'unreadable';
  const parts = splitBody((body ?? '').trim(), separator);
  if (typeof parts === 'string') return parts;
  const negative = open !== undefined || sign === '-' || trailing !== undefined;
  const decimal = toDecimal(negative, parts.whole, parts.fraction, power === undefined ? 0 : Number(power));
  return { decimal, unit: unit === '%' || unit === '‰' ? unit : '' };
}

/**
 * A JSON number. One with a fraction is read to 15 significant digits, which is what a double carries: 0.1 + 0.2 is 0.3.
 * Undefined for what no decimal can hold: JSON's `1e400` is Infinity in memory.
 */
export function numberToDecimal(value: number): Decimal | undefined {
  if (!Number.isFinite(value)) return undefined;
  const short = String(value);
  // Up to 15 digits a double prints what was written; only longer ones carry noise.
  const text = short.length <= 15 || Number.isInteger(value) ? short : String(Number(value.toPrecision(15)));
  const found = /^(-)?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text);
  if (found === null) return undefined;
  return toDecimal(found[1] === '-', found[2] ?? '', found[3] ?? '', Number(found[4] ?? 0));
}

function toDecimal(negative: boolean, whole: string, fraction: string, power: number): Decimal {
  const all = whole + fraction;
  let start = 0;
  while (start < all.length && all.charCodeAt(start) === 48) start++;
  if (start === all.length) return ZERO;
  let end = all.length;
  while (all.charCodeAt(end - 1) === 48) end--;
  return { negative, digits: all.slice(start, end), exponent: power - fraction.length + (all.length - end) };
}

/** Splits the digits into whole and fractional part, separators of thousands removed and checked. */
function splitBody(body: string, declared: Separator): { whole: string; fraction: string } | DecimalProblem {
  if (/^\d+$/.test(body)) return { whole: body, fraction: '' };
  const points = count(body, '.');
  const commas = count(body, ',');
  if (points > 0 && commas > 0) {
    const mark = body.lastIndexOf('.') > body.lastIndexOf(',') ? '.' : ',';
    return (mark === '.' ? points : commas) === 1 ? splitAt(body, mark) : 'unreadable';
  }
  const mark = points > 0 ? '.' : ',';
  if (points + commas !== 1) {
    const whole = ungroup(body);
    return whole === undefined ? 'unreadable' : { whole, fraction: '' };
  }
  if (!/^[1-9]\d{0,2}[.,]\d{3}$/.test(body)) return splitAt(body, mark);
  if (declared === 'auto') return 'ambiguous';
  return (declared === 'point') === (mark === '.')
    ? splitAt(body, mark)
    : { whole: body.replace(mark, ''), fraction: '' };
}

function splitAt(body: string, mark: string): { whole: string; fraction: string } | DecimalProblem {
  const at = body.indexOf(mark);
  const whole = at === 0 ? '0' : ungroup(body.slice(0, at));
  const fraction = body.slice(at + 1);
  if (whole === undefined || !/^\d*$/.test(fraction)) return 'unreadable';
  return { whole, fraction };
}

/** Digits of a whole number whose groups are well formed: 1.234.567, 1 234 567, or 12,34,567 as in India. */
function ungroup(whole: string): string | undefined {
  if (/^\d+$/.test(whole)) return whole;
  if (!/^\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*$/.test(whole) && !/^\d{1,2}(?:,\d{2})+,\d{3}$/.test(whole))
    return undefined;
  return whole.replace(/\D/g, '');
}

function count(text: string, character: string): number {
  let n = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) n++;
  return n;
}

/** |expected − predicted| ≤ tolerance, exactly. A relative tolerance is a share of |expected|. */
export function withinTolerance(expected: Decimal, predicted: Decimal, tolerance: Tolerance): boolean {
  // Beyond a thousand places apart or away, no tolerance that a person writes can reach; and expanding them takes ages.
  if (Math.abs(expected.exponent) > SCALAR_CHARACTERS || Math.abs(predicted.exponent) > SCALAR_CHARACTERS)
    return false;
  const a = toBig(expected);
  const allowed = tolerance.kind === 'absolute' ? new Big(tolerance.value) : a.abs().times(tolerance.value);
  return a.minus(toBig(predicted)).abs().lte(allowed);
}

function toBig(decimal: Decimal): Big {
  return new Big(decimalKey(decimal));
}
