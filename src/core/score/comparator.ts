/** One comparator for each scalar type: reads a value into a canonical form once, and compares forms. */
import { READING_CHARACTERS, READINGS_REMEMBERED, SCALAR_CHARACTERS } from '../limits.js';
import type { Json, ScalarSpec } from '../words.js';
import { addressSimilarity, readAddress, type AddressReading } from './address.js';
import { enumSpellings, readBoolean } from './choices.js';
import { readDate, type DateReading } from './dates.js';
import { decimalKey, numberToDecimal, readDecimal, withinTolerance, type DecimalReading } from './decimal.js';
import { currenciesAgree, moneyKey, readMoney, type MoneyReading } from './money.js';
import { readPhone } from './phone.js';
import { graphemeSimilarity, isSimple } from './similarity.js';
import { idText, normalizedText, plainText } from './text.js';
import { textOf } from './values.js';

/** Why a value cannot be read by its type. */
export type Unreadable = 'unreadable' | 'ambiguous' | 'two_digit_year' | 'currency';

export interface Reading<D = unknown> {
  /** Equal keys match, whatever the type; unreadable values have keys of their own, so that they match themselves. */
  readonly key: string;
  readonly problem: Unreadable | undefined;
  readonly detail: D | undefined;
}

export interface Decision {
  readonly match: boolean;
  /** Closed for each type; see docs/scoring.md. */
  readonly rule: string;
}

export interface Comparator<D = unknown> {
  /** Equal keys are the only way to match. */
  readonly keyed: boolean;
  /** `value` is a value (see `isValue`). Never throws. */
  read(value: Json): Reading<D>;
  compare(expected: Reading<D>, predicted: Reading<D>): Decision;
  /** `compare(…).match`, sooner. */
  matches(expected: Reading<D>, predicted: Reading<D>): boolean;
  /** 0 to 1, for tie-breaks and display. */
  similarity(expected: Reading<D>, predicted: Reading<D>): number;
}

interface Rules<D> {
  readonly type: string;
  readonly read: (value: Json) => { readonly key: string; readonly detail?: D } | Unreadable;
  /** For readable values with different keys; undefined when equal keys are the only way to match. */
  readonly near?: (expected: D, predicted: D) => Decision;
  /** `near(…).match`, sooner. */
  readonly isNear?: (expected: D, predicted: D) => boolean;
  /** Rule for a mismatch that deserves a name of its own. */
  readonly differ?: (expected: Reading<D>, predicted: Reading<D>) => string;
  readonly similarity?: (expected: Reading<D>, predicted: Reading<D>) => number;
}

function build<D>(rules: Rules<D>): Comparator<D> {
  const { type, near, isNear, differ } = rules;
  const equal: Decision = { match: true, rule: `${type}.equal` };
  const identical: Decision = { match: true, rule: 'identical' };
  const different: Decision = { match: false, rule: `${type}.different` };
  const remembered = new Map<string | number, Reading<D>>();
  const readAnew = (value: Json): Reading<D> => {
    const read = rules.read(value);
    if (typeof read === 'string')
      return { key: `?${plainText(textOf(value))}`, problem: read, detail: undefined };
    return { key: read.key, problem: undefined, detail: read.detail };
  };
  return {
    keyed: near === undefined,
    read(value) {
      if (typeof value !== 'string' && typeof value !== 'number') return readAnew(value);
      if (typeof value === 'string' && value.length > READING_CHARACTERS) return readAnew(value);
      const known = remembered.get(value);
      if (known !== undefined) return known;
      if (remembered.size >= READINGS_REMEMBERED) remembered.clear();
      const reading = readAnew(value);
      remembered.set(value, reading);
      return reading;
    },
    compare(expected, predicted) {
      if (expected.key === predicted.key) return expected.problem === undefined ? equal : identical;
      const problem = expected.problem ?? predicted.problem;
      if (problem !== undefined) return { match: false, rule: `${type}.${problem}` };
      if (near !== undefined && expected.detail !== undefined && predicted.detail !== undefined) {
        return near(expected.detail, predicted.detail);
      }
      return differ === undefined ? different : { match: false, rule: differ(expected, predicted) };
    },
    matches(expected, predicted) {
      if (expected.key === predicted.key) return true;
      if (near === undefined || expected.detail === undefined || predicted.detail === undefined) return false;
      if (isNear !== undefined) return isNear(expected.detail, predicted.detail);
      return near(expected.detail, predicted.detail).match;
    },
    similarity(expected, predicted) {
      if (expected.key === predicted.key) return 1;
      return rules.similarity?.(expected, predicted) ?? graphemeSimilarity(expected.key, predicted.key);
    },
  };
}

/** Builds the comparator of a scalar type. Keep it: it remembers what it has read. */
export function compileComparator(spec: ScalarSpec): Comparator {
  switch (spec.type) {
    case 'text':
      if (spec.match === 'fuzzy') return fuzzyText(spec.threshold);
      if (spec.match === 'exact')
        return build({ type: 'text', read: (value) => ({ key: `=${textOf(value).normalize('NFC')}` }) });
      return build({ type: 'text', read: (value) => ({ key: `=${normalizedText(textOf(value))}` }) });
    case 'id':
      return build({ type: 'id', read: (value) => ({ key: `=${idText(textOf(value))}` }) });
    case 'number':
      return numbers(spec);
    case 'money':
      return amounts(spec);
    case 'date':
      return dates(spec);
    case 'boolean':
      return build({
        type: 'boolean',
        read(value) {
          const read = readBoolean(value);
          return read === undefined ? 'unreadable' : { key: String(read) };
        },
      });
    case 'enum': {
      const spellings = enumSpellings(spec);
      return build({
        type: 'enum',
        read(value) {
          const text = normalizedText(textOf(value));
          return { key: `=${spellings.get(text) ?? text}` };
        },
      });
    }
    case 'phone':
      return build({
        type: 'phone',
        read(value) {
          const read = readPhone(textOf(value), spec.region);
          return read === undefined ? 'unreadable' : { key: read.digits };
        },
      });
    case 'address':
      return addresses(spec.threshold);
  }
}

interface FuzzyReading {
  readonly text: string;
  /** Every UTF-16 unit is a character; only then do the two below say anything. */
  readonly simple: boolean;
  /** Bit n is set when a character with code ≡ n (mod 32) occurs. */
  readonly letters: number;
}

function fuzzyText(threshold: number): Comparator {
  const isNear = (expected: FuzzyReading, predicted: FuzzyReading): boolean =>
    !isFar(expected, predicted, threshold) && graphemeSimilarity(expected.text, predicted.text) >= threshold;
  return build<FuzzyReading>({
    type: 'text',
    read(value) {
      const text = normalizedText(textOf(value));
      const simple = text.length <= SCALAR_CHARACTERS && isSimple(text);
      return { key: `=${text}`, detail: { text, simple, letters: simple ? lettersOf(text) : 0 } };
    },
    near(expected, predicted) {
      const similarity = graphemeSimilarity(expected.text, predicted.text);
      return { match: similarity >= threshold, rule: `text.fuzzy(${hundredths(similarity)})` };
    },
    isNear,
    similarity: (expected, predicted) =>
      graphemeSimilarity(expected.detail?.text ?? '', predicted.detail?.text ?? ''),
  });
}

function lettersOf(text: string): number {
  let letters = 0;
  for (let i = 0; i < text.length; i++) letters |= 1 << (text.charCodeAt(i) & 31);
  return letters;
}

/**
 * Whether two texts cannot reach the threshold: every letter that one has and the other lacks, and every place that one is
 * longer by, costs at least one edit.
 */
function isFar(a: FuzzyReading, b: FuzzyReading, threshold: number): boolean {
  if (!a.simple || !b.simple) return false;
  const longer = Math.max(a.text.length, b.text.length);
  const edits = Math.max(
    longer - Math.min(a.text.length, b.text.length),
    bits(a.letters & ~b.letters),
    bits(b.letters & ~a.letters),
  );
  return 1 - edits / longer < threshold;
}

function bits(mask: number): number {
  let n = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) n++;
  return n;
}

/** Rounded down, so that 0.849 never reads as having reached 0.85. */
function hundredths(similarity: number): string {
  return (Math.floor(similarity * 100 + 1e-9) / 100).toFixed(2);
}

function numbers(spec: Extract<ScalarSpec, { type: 'number' }>): Comparator {
  const { tolerance } = spec;
  return build<DecimalReading>({
    type: 'number',
    read(value) {
      const read =
        typeof value === 'number'
          ? wrap(numberToDecimal(value))
          : typeof value === 'string'
            ? readDecimal(value, spec.decimal)
            : 'unreadable';
      return typeof read === 'string' ? read : { key: decimalKey(read.decimal) + read.unit, detail: read };
    },
    ...(tolerance && {
      near(expected: DecimalReading, predicted: DecimalReading): Decision {
        if (expected.unit !== predicted.unit) return { match: false, rule: 'number.unit' };
        const match = withinTolerance(expected.decimal, predicted.decimal, tolerance);
        return { match, rule: match ? 'number.tolerance' : 'number.different' };
      },
    }),
    differ: (expected, predicted) =>
      expected.detail?.unit === predicted.detail?.unit ? 'number.different' : 'number.unit',
  });
}

function wrap(decimal: ReturnType<typeof numberToDecimal>): DecimalReading | 'unreadable' {
  return decimal === undefined ? 'unreadable' : { decimal, unit: '' };
}

function amounts(spec: Extract<ScalarSpec, { type: 'money' }>): Comparator {
  const { tolerance } = spec;
  return build<MoneyReading>({
    type: 'money',
    read(value) {
      const read = readMoney(value, spec);
      return typeof read === 'string' ? read : { key: moneyKey(read), detail: read };
    },
    near(expected, predicted) {
      const same = expected.amount === predicted.amount;
      const close =
        !same && tolerance !== undefined && withinTolerance(expected.decimal, predicted.decimal, tolerance);
      if (!same && !close) return { match: false, rule: 'money.different' };
      if (!currenciesAgree(expected.currencies, predicted.currencies, spec.missingCurrency))
        return { match: false, rule: 'money.currency' };
      return { match: true, rule: close ? 'money.tolerance' : 'money.equal' };
    },
  });
}

function dates(spec: Extract<ScalarSpec, { type: 'date' }>): Comparator {
  return build<DateReading>({
    type: 'date',
    read(value) {
      const read = readDate(textOf(value), spec);
      return typeof read === 'string' ? read : { key: read.day, detail: read };
    },
    differ: (expected, predicted) =>
      expected.detail?.partial === predicted.detail?.partial ? 'date.different' : 'date.partial',
  });
}

function addresses(threshold: number): Comparator {
  return build<AddressReading>({
    type: 'address',
    read(value) {
      const read = readAddress(textOf(value));
      // Nothing but punctuation: only itself.
      if (read.numbers === '' && read.words === '') return 'unreadable';
      return { key: `${read.numbers}|${read.words}`, detail: read };
    },
    near(expected, predicted) {
      if (expected.numbers !== predicted.numbers) return { match: false, rule: 'address.number' };
      const similarity = addressSimilarity(expected, predicted);
      return { match: similarity >= threshold, rule: `address.similar(${hundredths(similarity)})` };
    },
  });
}
