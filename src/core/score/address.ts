/** Postal addresses: what stands in digits exactly, the words nearly. */
import { SCALAR_CHARACTERS } from '../limits.js';
import { graphemeSimilarity } from './similarity.js';
import { plainText } from './text.js';

export interface AddressReading {
  /** House numbers, postcodes, units: every part with a digit, sorted. */
  readonly numbers: string;
  /** The other words in their order, and sorted. */
  readonly words: string;
  readonly sorted: string;
}

/**
 * Long form → short form. The way is always to the short one, which needs no decision on what `St.` (Street, Saint)
 * stands for.
 */
const SHORT: Readonly<Record<string, string>> = {
  street: 'st', saint: 'st', sankt: 'st', road: 'rd', avenue: 'ave', av: 'ave', boulevard: 'blvd', bd: 'blvd', drive: 'dr', lane: 'ln',
  court: 'ct', place: 'pl', square: 'sq', highway: 'hwy', parkway: 'pkwy', apartment: 'apt', suite: 'ste', building: 'bldg', floor: 'fl',
  north: 'n', south: 's', east: 'e', west: 'w', strasse: 'str', platz: 'pl', weg: 'w', allee: 'al', rue: 'r', chemin: 'ch',
  calle: 'c', avenida: 'ave', avda: 'ave', plaza: 'pl', via: 'v', viale: 'vle', piazza: 'pza', corso: 'cso', rua: 'r', ulica: 'ul',
  jalan: 'jln', jl: 'jln', lorong: 'lrg', taman: 'tmn', kampung: 'kg', bandar: 'bdr',
}; // prettier-ignore
/** Words that only introduce a number. */
const SILENT = new Set(['no', 'nr', 'nos', 'number', 'num', 'postfach']);
/** Postcodes of two parts are one: SW1A 1AA, K1A 0B1, 123 45; and 12 a is 12a. */
const JOINED: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z]{1,2}\d[a-z\d]?) (\d[a-z]{2})\b/g, '$1$2'],
  [/\b([a-z]\d[a-z]) (\d[a-z]\d)\b/g, '$1$2'],
  [/\b(\d{3}) (\d{2})\b/g, '$1$2'],
  [/\b(\d{1,4}) ([a-d])\b/g, '$1$2'],
];

export function readAddress(text: string): AddressReading {
  let plain = plainText(text)
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
  if (plain.length <= SCALAR_CHARACTERS) for (const [from, to] of JOINED) plain = plain.replace(from, to);
  const numbers: string[] = [];
  const words: string[] = [];
  for (const word of plain.split(' ')) {
    if (/\p{N}/u.test(word)) numbers.push(word);
    else if (word !== '' && !SILENT.has(word)) words.push(shorten(word));
  }
  return { numbers: numbers.sort().join(' '), words: words.join(' '), sorted: [...words].sort().join(' ') };
}

function shorten(word: string): string {
  if (Object.hasOwn(SHORT, word)) return SHORT[word] ?? word;
  return word.length > 7 && word.endsWith('strasse') ? `${word.slice(0, -7)}str` : word;
}

/** Similarity of the words, in their order or in any, whichever is closer; the numbers are compared apart. */
export function addressSimilarity(a: AddressReading, b: AddressReading): number {
  if (a.sorted === b.sorted) return 1;
  return Math.max(graphemeSimilarity(a.words, b.words), graphemeSimilarity(a.sorted, b.sorted));
}
