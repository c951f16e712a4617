/** Calendar days as documents print them. Nothing is guessed: what can be read two ways is not read. */
import type { DateSpec } from '../words.js';
import { calendarNames, nameKey } from './months.js';

export type DateProblem = 'ambiguous' | 'two_digit_year' | 'unreadable';
/** `2024-01-02`; partial dates are `2024-01`, `2024` and, without a year, `--01-02`. */
export interface DateReading {
  readonly day: string;
  readonly partial: boolean;
}

/** Longer than any date with weekday and time. */
const DATE_CHARACTERS = 80;
const ISO = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME =
  /(?:\s*t|[\s,]+)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:z|utc|gmt|[+-]\d{2}:?\d{2})?$/i;
const THREE = /^(\d{1,4})(\s?[./-]\s?|\s)(\d{1,2})(\s?[./-]\s?|\s)(\d{1,4})\.?$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const CHINESE = /^(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日$/;
const YEAR = /^(\d{4})$/;
const YEAR_MONTH = /^(\d{4})\s?[./-]\s?(\d{1,2})$/;
const MONTH_YEAR = /^(\d{1,2})\s?[./-]\s?(\d{4})$/;
const TWO = /^(\d{1,2})\s?[./-]\s?(\d{1,2})\.?$/;
/** Words that stand between the parts of a written-out date. */
const FILLERS = new Set([
  'of',
  'the',
  'de',
  'del',
  'den',
  'der',
  'le',
  'el',
  'd',
  'do',
  'dnia',
  'am',
  'vom',
  'r',
]);
const ORDINAL = /^(\d{1,2})(?:st|nd|rd|th|er|e|o|a|º|ª|os|as)$/;

/**
 * Reads one date. The time of day and its zone are dropped: the calendar day is the one that is written. A year of four
 * digits in front is always year, month, day.
 */
export function readDate(text: string, spec: DateSpec): DateReading | DateProblem {
  const iso = ISO.exec(text);
  if (iso !== null) return full(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  if (text.length > 4 * DATE_CHARACTERS) return 'unreadable';
  const trimmed = text
    .normalize('NFKC')
    .trim()
    .replace(/[‐‑‒–−]/gu, '-')
    .replace(/\s+/gu, ' ');
  if (trimmed.length > DATE_CHARACTERS) return 'unreadable';
  const date = withoutWeekday(trimmed.replace(TIME, ''));
  return readNumeric(date, spec) ?? readWritten(date, spec);
}

/** `Mon 10/24/2016`, `Donnerstag, 05.09.2024`; where months have names, weekdays are dropped there. */
function withoutWeekday(date: string): string {
  const found = /^(\p{L}+)[.,]*\s(?=\d)/u.exec(date);
  if (found === null || !calendarNames().weekdays.has(nameKey(found[1] ?? ''))) return date;
  const rest = date.slice(found[0].length);
  return /\p{L}/u.test(rest) ? date : rest;
}

function readNumeric(date: string, spec: DateSpec): DateReading | DateProblem | undefined {
  let found = THREE.exec(date);
  if (found !== null && (found[2] ?? '').trim() === (found[4] ?? '').trim())
    return threeNumbers(found[1] ?? '', found[3] ?? '', found[5] ?? '', spec);
  found = COMPACT.exec(date) ?? CHINESE.exec(date);
  if (found !== null) return full(Number(found[1]), Number(found[2]), Number(found[3]));
  found = YEAR.exec(date);
  if (found !== null) return plausible(Number(found[1])) ? { day: date, partial: true } : 'unreadable';
  found = YEAR_MONTH.exec(date);
  if (found !== null) return yearMonth(Number(found[1]), Number(found[2]));
  found = MONTH_YEAR.exec(date);
  if (found !== null) return yearMonth(Number(found[2]), Number(found[1]));
  found = TWO.exec(date);
  if (found === null) return undefined;
  // `10/24` may also be October 2024 where two-digit years are read.
  if (spec.pivot !== undefined) return 'ambiguous';
  const order = dayAndMonth(Number(found[1]), Number(found[2]), spec);
  return typeof order === 'string' ? order : monthDay(order.month, order.day);
}

function threeNumbers(
  first: string,
  second: string,
  third: string,
  spec: DateSpec,
): DateReading | DateProblem {
  if (first.length === 4)
    return third.length <= 2 ? full(Number(first), Number(second), Number(third)) : 'unreadable';
  if (first.length > 2) return 'unreadable';
  const year = readYear(third, spec);
  if (typeof year === 'string') return year;
  const order = dayAndMonth(Number(first), Number(second), spec);
  return typeof order === 'string' ? order : full(year, order.month, order.day);
}

function dayAndMonth(
  first: number,
  second: number,
  spec: DateSpec,
): { day: number; month: number } | DateProblem {
  const dayFirst = { day: first, month: second };
  const monthFirst = { day: second, month: first };
  const canDayFirst = second >= 1 && second <= 12 && first >= 1 && first <= 31;
  const canMonthFirst = first >= 1 && first <= 12 && second >= 1 && second <= 31;
  if (canDayFirst && canMonthFirst) {
    if (first === second) return dayFirst;
    if (spec.dayFirst === undefined) return 'ambiguous';
    return spec.dayFirst ? dayFirst : monthFirst;
  }
  if (canDayFirst) return dayFirst;
  return canMonthFirst ? monthFirst : 'unreadable';
}

function readYear(digits: string, spec: DateSpec): number | DateProblem {
  if (digits.length === 4) return Number(digits);
  if (digits.length !== 2) return 'unreadable';
  if (spec.pivot === undefined) return 'two_digit_year';
  const year = Number(digits);
  return year <= spec.pivot ? 2000 + year : 1900 + year;
}

/** `Wednesday, January 1st, 2025`, `31. Dez 2023`, `12-Jan-2024`, `5 de mayo de 2024`, `Jan 2024`, `Oct 24`. */
function readWritten(date: string, spec: DateSpec): DateReading | DateProblem {
  const { months, weekdays } = calendarNames();
  const numbers: string[] = [];
  let month: number | undefined;
  let weekdayMonths = 0;
  for (const raw of date.split(/[\s,./'’()-]+|(?<=\d)(?=\p{L}{3})|(?<=\p{L}{3})(?=\d)/u)) {
    if (raw === '') continue;
    const word = nameKey(raw);
    const ordinal = ORDINAL.exec(word);
    if (ordinal !== null) numbers.push(ordinal[1] ?? '');
    else if (/^\d{1,4}$/.test(word)) numbers.push(word);
    else if (months.has(word)) {
      // Italian `mar 5 mar 2024`: the first is a weekday (martedì).
      if (month !== undefined && weekdayMonths === 0) return 'unreadable';
      weekdayMonths = weekdays.has(word) ? 1 : 0;
      month = months.get(word);
    } else if (!weekdays.has(word) && !FILLERS.has(word) && !/^(?:st|nd|rd|th)$/.test(word))
      return 'unreadable';
  }
  if (month === undefined) return 'unreadable';
  const [first, second, ...more] = numbers;
  if (first === undefined || more.length > 0) return 'unreadable';
  if (second === undefined) {
    if (first.length === 4) return yearMonth(Number(first), month);
    if (spec.pivot !== undefined) return 'ambiguous';
    return monthDay(month, Number(first));
  }
  if (first.length === 4)
    return second.length <= 2 ? full(Number(first), month, Number(second)) : 'unreadable';
  if (first.length > 2) return 'unreadable';
  const year = readYear(second, spec);
  return typeof year === 'string' ? year : full(year, month, Number(first));
}

function plausible(year: number): boolean {
  return year >= 1000 && year <= 2999;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

function full(year: number, month: number, day: number): DateReading | DateProblem {
  if (!plausible(year) || month < 1 || month > 12 || day < 1 || day > daysIn(year, month))
    return 'unreadable';
  return { day: `${pad(year, 4)}-${pad(month)}-${pad(day)}`, partial: false };
}
function yearMonth(year: number, month: number): DateReading | DateProblem {
  if (!plausible(year) || month < 1 || month > 12) return 'unreadable';
  return { day: `${pad(year, 4)}-${pad(month)}`, partial: true };
}
function monthDay(month: number, day: number): DateReading | DateProblem {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(2024, month)) return 'unreadable';
  return { day: `--${pad(month)}-${pad(day)}`, partial: true };
}
