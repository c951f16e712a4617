/**
 * The kinds of values that the configuration has, each with what it is in words. A message is written as
 * `code|wants|a duration, such as 20m` (explain.ts makes the sentence) or `code|says|whole sentence`.
 */
import { z } from 'zod';
import { AMOUNT_PATTERN } from './amounts.js';
import { DURATION_PATTERN } from './durations.js';
import { PERCENTAGE_PATTERN } from './percentages.js';
import { didYouMean, orList, shown } from './quote.js';
import { SIZE_PATTERN } from './sizes.js';

export const wants = (code: string, what: string): string => `${code}|wants|${what}`;
export const says = (code: string, sentence: string): string => `${code}|says|${sentence}`;

/** A command, a name, a path: any text that is not empty. `what` begins with an article. */
export function text(what: string) {
  return z.string({ error: wants('wrong_type', what) }).regex(/\S/, { error: wants('empty_text', what) });
}

function patterned(pattern: RegExp, code: string, what: string, example: string) {
  return z
    .string({ error: wants(code, what) })
    .regex(pattern, { error: wants(code, what) })
    .meta({ examples: [example] });
}

/** `what` follows "a duration": what it lasts. */
export const duration = () =>
  patterned(
    DURATION_PATTERN,
    'bad_duration',
    'a duration with its unit, such as 20m, 60s, 1h30m or 7d',
    '20m',
  );
export const size = () =>
  patterned(SIZE_PATTERN, 'bad_size', 'a size with its unit, such as 4GiB or 512MiB', '4GiB');
export const percentage = () =>
  patterned(PERCENTAGE_PATTERN, 'bad_percentage', 'a percentage with its sign, such as 50%', '50%');
export const amount = () =>
  patterned(AMOUNT_PATTERN, 'bad_money', 'an amount and a currency code, such as 5 USD', '5 USD');
export const named = patterned;

export function flag() {
  return z.boolean({ error: wants('wrong_type', 'true or false') });
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  const what = orList(values);
  return z.enum(values, {
    error: (issue) =>
      typeof issue.input === 'string'
        ? says(
            'unknown_value',
            `${shown(issue.input)} is not known here; write ${what}.${didYouMean(issue.input, values)}`,
          )
        : wants('wrong_type', what),
  });
}

/** A share between 0 and 1, as floors and thresholds are written. */
export function fraction(options: { readonly above?: number } = {}) {
  const what = 'a number from 0 to 1, such as 0.80';
  const range = (issue: { input?: unknown }) => {
    const input = issue.input;
    return typeof input === 'number' && input > 1 && input <= 100
      ? says(
          'out_of_range',
          `${input} is out of range: a fraction is wanted here. Write ${(input / 100).toFixed(2)}.`,
        )
      : wants(
          'out_of_range',
          options.above === undefined ? what : 'a number above 0 and up to 1, such as 0.85',
        );
  };
  const number = z.number({
    error: (issue) => {
      const percent =
        typeof issue.input === 'string'
          ? /^\s*(\d{1,3}(?:\.\d+)?)\s*%\s*$/.exec(issue.input)?.[1]
          : undefined;
      return percent === undefined
        ? wants('wrong_type', what)
        : says(
            'wrong_type',
            `${shown(issue.input)} is a text; a fraction is wanted here. Write ${(Number(percent) / 100).toFixed(2)}.`,
          );
    },
  });
  return (
    options.above === undefined ? number.min(0, { error: range }) : number.gt(options.above, { error: range })
  ).max(1, {
    error: range,
  });
}

/** A drop in percentage points, 0 to 100. */
export function points() {
  const what = 'a number of percentage points from 0 to 100, without a sign: 2 means two points';
  return z
    .number({ error: wants('wrong_type', what) })
    .min(0, { error: wants('out_of_range', what) })
    .max(100, { error: wants('out_of_range', what) });
}

export function whole(least: number, most: number) {
  const what = `a whole number from ${least} to ${most}`;
  const range = { error: wants('out_of_range', what) };
  return z
    .int({ error: wants('wrong_type', what) })
    .min(least, range)
    .max(most, range);
}

export function list<T extends z.ZodType>(item: T, what: string) {
  return z.array(item, { error: wants('wrong_type', what) });
}

export function keyed<T extends z.ZodType>(
  value: T,
  what: string,
  key: { pattern: RegExp; code: string; what: string },
) {
  return z.record(z.string().regex(key.pattern, { error: wants(key.code, key.what) }), value, {
    error: wants('wrong_type', what),
  });
}

/** A mapping with these keys and no others; an unknown key is told which ones there are. */
export function mapping<T extends z.ZodRawShape>(shape: T, what: string) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown_key|keys|${JSON.stringify(Object.keys(shape))}`
        : wants('wrong_type', what),
  });
}
