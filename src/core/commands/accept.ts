import { fieldPatternMatches } from '../config/patterns.js';
import { nearest } from '../config/quote.js';
import { REASON_CHARACTERS } from '../limits.js';
import { codeMarkdown } from '../report/escape.js';
import { GRAMMAR } from './grammar.js';
import { splitWords } from './words.js';

export interface KnownPipeline {
  readonly pipeline: string;
  /** Paths of its fields; those of columns (`line_items.quantity`) may be among them. */
  readonly fields: readonly string[];
}

/**
 * Tells fields from the reason: leading words that name fields (a path, `PIPELINE:path`, a pattern with `*`) are the
 * scope, all after them is the reason. A word that is nearly a field, or says that it is one by `:` or `*`, is a problem:
 * taken as part of the reason it would accept everything.
 *
 * @param words as they were written, quotes included
 * @returns fields as they stand in an `Acceptance` (none: everything), or a problem in Markdown
 */
export function resolveAcceptance(
  words: readonly string[],
  known: readonly KnownPipeline[],
): { readonly fields: string[]; readonly reason: string } | { readonly problem: string } {
  const fields = new Set<string>();
  const names = [...new Set(known.flatMap((one) => one.fields))];
  let next = 0;
  for (; next < words.length; next += 1) {
    // A comma between fields is a slip that harms nobody.
    const word = unquoted(words[next] ?? '').replace(/,$/, '');
    const found = fieldsNamed(word, known);
    if (found.length === 0) {
      const problem = almostField(word, known, names);
      if (problem !== undefined) return { problem };
      break;
    }
    for (const field of found) fields.add(field);
  }
  const reason = words.slice(next).join(' ').trim();
  // Counted in letters and digits: `...` is no reason.
  if ((reason.match(/[\p{L}\p{N}]/gu) ?? []).length < REASON_CHARACTERS)
    return {
      problem: `Say why it is accepted, after the fields: ${codeMarkdown(GRAMMAR['accept-regression'].usage, 200)}`,
    };
  return { fields: [...fields], reason };
}

function unquoted(raw: string): string {
  return splitWords(raw)[0]?.text ?? raw;
}

/** What a word stands for: fields that it names, each written as in an acceptance; none when it names none. */
function fieldsNamed(word: string, known: readonly KnownPipeline[]): string[] {
  // A path of all pipelines first: field names may hold a colon.
  const direct = matching(word, [...new Set(known.flatMap(({ fields }) => fields))]);
  if (direct.length > 0) return direct;
  return known.flatMap(({ pipeline, fields }) =>
    word.startsWith(`${pipeline}:`)
      ? matching(word.slice(pipeline.length + 1), fields).map((field) => `${pipeline}:${field}`)
      : [],
  );
}

function matching(pattern: string, fields: readonly string[]): string[] {
  return fields.filter((field) => fieldPatternMatches(pattern, field));
}

function almostField(
  word: string,
  known: readonly KnownPipeline[],
  names: readonly string[],
): string | undefined {
  const own = known.find(({ pipeline }) => word.startsWith(`${pipeline}:`));
  const candidates = own === undefined ? names : own.fields.map((field) => `${own.pipeline}:${field}`);
  const path = /^[\p{L}\p{N}]+(?:[._][\p{L}\p{N}]+)+$/u.test(word);
  // A plain word of a sentence may resemble a field's name by chance ("total", "dates"): only a close miss counts.
  const near = nearest(word, candidates);
  const close = near !== undefined && (path || own !== undefined || closeTo(word, near));
  if (!close && own === undefined && !/^[\p{L}\p{N}_]+[.:]\*|^\*$/u.test(word)) return undefined;
  const meant = close ? ` Did you mean ${codeMarkdown(near, 100)}?` : '';
  return `There is no field ${codeMarkdown(word, 100)}.${meant} If the word belongs to the reason, begin the reason with another.`;
}

/** The same letters in another case or with other separators, or one slip of the fingers in a long word. */
function closeTo(word: string, near: string): boolean {
  const fold = (text: string): string => text.toLowerCase().replace(/[-_. ]/g, '');
  const [a, b] = [fold(word), fold(near)];
  if (a === b) return true;
  if (a.length < 5 || Math.abs(a.length - b.length) > 1) return false;
  return nearestSlip(a, b);
}

/** At most one letter more, less, other, or two neighbours swapped. */
function nearestSlip(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return (
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB.slice(1) ||
    (restA.slice(2) === restB.slice(2) && a[start] === b[start + 1] && a[start + 1] === b[start])
  );
}
