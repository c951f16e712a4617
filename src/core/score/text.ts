/** Normal forms of texts and identifiers. Each is a function of the text alone; equal forms are equal values. */

/** Printable ASCII needs no Unicode normalisation. */
const ASCII = /^[\x20-\x7e]*$/;
/** Characters that are not seen: soft hyphen and zero-width space. Joiners stay, some scripts need them. */
const INVISIBLE = /[\u00ad\u200b]/gu;
const WHITE_SPACE = /\s+/gu;

/**
 * Full case folding by way of upper case, as ECMAScript has no `toCaseFold`: `Straße` and `STRASSE` meet at `strasse`.
 * Final sigma depends on its neighbours in `toLowerCase`, so it is levelled.
 */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** NFKC, case folded, white space collapsed and trimmed. What unreadable values are compared by. */
export function plainText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replace(/ {2,}/g, ' ').trim();
  const folded = foldCase(text.normalize('NFKC').replace(INVISIBLE, '')).normalize('NFKC');
  return folded.replace(WHITE_SPACE, ' ').trim();
}

/** Punctuation that stands around a value. Signs that carry meaning (`C#`, `10%`, `@home`, `&`, `*`) are not among it. */
const OUTER = '\\s.,;:!?¡¿…·•‣"\'`´‘’‚‛“”„‟«»‹›()\\[\\]{}<>|/\\\\_\\-‐‑‒–—―。、，：；！？「」『』【】（）';
const LEADING = new RegExp(`^[${OUTER}]+`, 'u');
const TRAILING = new RegExp(`[${OUTER}]+$`, 'u');
const WORD_START = /[^a-z0-9]/;

/**
 * `plainText` without outer punctuation. A minus directly before a digit is a sign and stays; a text that is nothing but
 * punctuation stays as it is.
 */
export function normalizedText(text: string): string {
  const plain = plainText(text);
  const first = plain.charAt(0);
  const last = plain.charAt(plain.length - 1);
  if (!WORD_START.test(first) && !WORD_START.test(last)) return plain;
  const lead = LEADING.exec(plain)?.[0] ?? '';
  if (lead.length === plain.length) return plain;
  const signed = lead.endsWith('-') && /^\d/.test(plain.slice(lead.length));
  const inner = plain.slice(signed ? lead.length - 1 : lead.length);
  return inner.slice(0, inner.length - trailingLength(inner));
}

/** Length of the outer punctuation at the end; searched from the end, as a regular expression would try every start. */
function trailingLength(text: string): number {
  let kept = text.length;
  while (kept > 0 && TRAILING.test(text.charAt(kept - 1))) kept--;
  return text.length - kept;
}

/**
 * Identifiers: NFC, case folded, the separators space, `-`, `/` and `.` dropped, nothing else: `INV-001` is not `INV-0011`.
 * A leading minus stays, or `-5` would be `5`.
 */
export function idText(text: string): string {
  const folded = foldCase(ASCII.test(text) ? text : text.normalize('NFC')).trim();
  const bare = folded.replace(/[\s\-/.]/gu, '');
  if (bare === '') return folded;
  return folded.startsWith('-') ? `-${bare}` : bare;
}
