/** Edit distance over what a reader calls a character, in bounded time. */
import { distance } from 'fastest-levenshtein';
import { SIMILARITY_CHARACTERS } from '../limits.js';

/** Latin, Greek, Cyrillic, punctuation and currency signs without combining marks: every UTF-16 unit is a grapheme. */
const SIMPLE = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0588\u2010-\u2027\u20a0-\u20bf]*$/;

export function isSimple(text: string): boolean {
  return SIMPLE.test(text);
}
let segmenter: Intl.Segmenter | undefined;

/** User-perceived characters (Unicode TR 29): `é` written with a combining mark is one, and so is a family emoji. */
export function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/**
 * 1 − Levenshtein(a, b) / length of the longer, counted in graphemes; 1 for two empty texts. Beyond
 * `SIMILARITY_CHARACTERS` the shared beginning and end give a lower bound, which is returned instead.
 */
export function graphemeSimilarity(a: string, b: string): number {
  if (a === b) return 1;
  if (SIMPLE.test(a) && SIMPLE.test(b)) return unitSimilarity(a, b);
  return partSimilarity(bounded(a, graphemes), bounded(b, graphemes));
}

/** The same over code points, as Python and the published ANLS figures count. */
export function codePointSimilarity(a: string, b: string): number {
  if (a === b) return 1;
  if (SIMPLE.test(a) && SIMPLE.test(b)) return unitSimilarity(a, b);
  return partSimilarity(Array.from(a), Array.from(b));
}

/** Segmenting a megabyte takes seconds; beyond any length that is compared exactly, code points do. */
function bounded(text: string, split: (text: string) => string[]): string[] {
  return text.length > 8 * SIMILARITY_CHARACTERS ? Array.from(text) : split(text);
}

function unitSimilarity(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  const longer = Math.max(a.length, b.length);
  let start = 0;
  while (start < shorter && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  let end = 0;
  while (end < shorter - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end))
    end++;
  const rest = longer - start - end;
  if (rest > SIMILARITY_CHARACTERS) return (start + end) / longer;
  return 1 - distance(a.slice(start, a.length - end), b.slice(start, b.length - end)) / longer;
}

/** Each distinct part becomes one UTF-16 unit, so that the library, which counts units, counts parts. */
function partSimilarity(a: readonly string[], b: readonly string[]): number {
  const shorter = Math.min(a.length, b.length);
  const longer = Math.max(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  if (longer - start - end > SIMILARITY_CHARACTERS) return (start + end) / longer;
  const units = new Map<string, number>();
  const encode = (parts: readonly string[]): string => {
    let text = '';
    for (let i = start; i < parts.length - end; i++) {
      const part = parts[i] ?? '';
      let unit = units.get(part);
      if (unit === undefined) units.set(part, (unit = units.size));
      text += String.fromCharCode(unit);
    }
    return text;
  };
  return 1 - distance(encode(a), encode(b)) / longer;
}
