import { distance } from 'fastest-levenshtein';

const SHOWN_CHARACTERS = 60;
/** Longer words are never a slip of the fingers, and comparing them costs their product. */
const COMPARED_CHARACTERS = 64;

/**
 * A value of the user's file as it may stand in a message: JSON, cut to about 60 characters, without characters that
 * move the cursor, reorder text or break a terminal.
 */
export function shown(value: unknown): string {
  const cut = (text: string) =>
    text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(cut(value)) : `${value as number | boolean | null}`;
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The candidate that the word was most likely meant to be, or undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > COMPARED_CHARACTERS) return undefined;
  const fold = (text: string) => text.toLowerCase().replace(/[-_ ]/g, '');
  const wanted = fold(word);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const steps = distance(wanted, fold(candidate));
    if (steps < bestDistance) {
      best = candidate;
      bestDistance = steps;
    }
  }
  // A third of the word may be wrong; of a short word one letter, or two neighbours swapped (two steps).
  const allowed = Math.max(wanted.length <= 3 ? 1 : 2, Math.floor(wanted.length / 3));
  return bestDistance <= allowed ? best : undefined;
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const best = nearest(word, candidates);
  return best === undefined ? '' : ` Did you mean ${shown(best)}?`;
}

/** `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
