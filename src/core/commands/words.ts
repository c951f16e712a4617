/** One word of a command's line. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
  /** As it was written. */
  readonly raw: string;
}

const WHITE = /\s/u;
/** Telephones and word processors turn straight quotes into these. */
const OPENING = new Set(['"', '\u201c', '\u201d', '\u201e']);
const CLOSING = new Set(['"', '\u201c', '\u201d']);

/**
 * Splits a line at white space of any kind. A word in double quotes may hold white space; `\"` and `\\` stand for
 * themselves inside, and `="…"` is quoted too. A quote that is never closed, or stands inside a word, is a character like any other.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  // Once a quote was found to be open to the end, none after it can be closed either.
  let closable = true;
  for (let i = 0; i < line.length;) {
    if (WHITE.test(line.charAt(i))) {
      i += 1;
      continue;
    }
    const start = line.charAt(i) === '=' ? i + 1 : i;
    const quoted = closable && OPENING.has(line.charAt(start)) ? readQuoted(line, start) : undefined;
    if (quoted !== undefined && quoted !== 'open') {
      words.push({ text: quoted.text, quoted: true, raw: line.slice(i, quoted.end) });
      i = quoted.end;
      continue;
    }
    if (quoted === 'open') closable = false;
    let end = i + 1;
    while (end < line.length && !WHITE.test(line.charAt(end))) end += 1;
    const raw = line.slice(i, end);
    words.push({ text: unticked(raw), quoted: false, raw });
    i = end;
  }
  return words;
}

/** `undefined`: it is closed in the middle of a word, so it is none. */
function readQuoted(line: string, from: number): { text: string; end: number } | 'open' | undefined {
  let text = '';
  for (let i = from + 1; i < line.length; i += 1) {
    const character = line.charAt(i);
    const following = line.charAt(i + 1);
    if (character === '\\' && (following === '"' || following === '\\')) {
      text += following;
      i += 1;
    } else if (CLOSING.has(character)) {
      if (i + 1 < line.length && !WHITE.test(following)) return undefined;
      return { text, end: i + 1 };
    } else text += character;
  }
  return 'open';
}

/** A name copied out of a report may carry the marks of code. */
function unticked(word: string): string {
  return /^`[^`]+`$/.test(word) ? word.slice(1, -1) : word;
}
