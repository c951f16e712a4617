/**
 * What `JSON.parse` hides: a key that stands twice in one object (the last one wins silently), the key `__proto__`,
 * a number whose digits are lost, and nesting. Offsets are in UTF-16 code units from the start of the text.
 */
export interface JsonFinding {
  readonly kind: 'duplicate-key' | 'reserved-key' | 'inexact-number';
  readonly offset: number;
  /** The key, decoded, or the number as written. */
  readonly text: string;
}

export interface JsonScan {
  readonly depth: number;
  readonly findings: readonly JsonFinding[];
}

/** Scans text that `JSON.parse` has already accepted; on other text the result means nothing. Never recursive. */
export function scanJson(text: string): JsonScan {
  const findings: JsonFinding[] = [];
  // One entry for each open bracket: the keys seen so far for an object, null for an array.
  const open: (Set<string> | null)[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) {
        const raw = text.slice(at + 1, end - 1);
        const key = raw.includes('\\') ? (JSON.parse(text.slice(at, end)) as string) : raw;
        if (key === '__proto__') findings.push({ kind: 'reserved-key', offset: at, text: key });
        if (keys.has(key)) findings.push({ kind: 'duplicate-key', offset: at, text: key });
        keys.add(key);
      }
      at = end;
    } else if (character === MINUS || (character >= ZERO && character <= NINE)) {
      let end = at + 1;
      while (end < text.length && isNumberPart(text.charCodeAt(end))) end += 1;
      const number = text.slice(at, end);
      if (!isExact(number)) findings.push({ kind: 'inexact-number', offset: at, text: number });
      at = end;
    } else {
      if (character === OPEN_OBJECT || character === OPEN_ARRAY) {
        open.push(character === OPEN_OBJECT ? new Set() : null);
        depth = Math.max(depth, open.length);
      } else if (character === CLOSE_OBJECT || character === CLOSE_ARRAY) {
        open.pop();
      }
      at += 1;
    }
  }
  return { depth, findings };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Index after the closing quote of the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) return at + 1;
    at += character === BACKSLASH ? 2 : 1;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}

function isNumberPart(character: number): boolean {
  return (
    (character >= ZERO && character <= NINE) ||
    character === 0x2e ||
    character === 0x2b ||
    character === MINUS ||
    character === 0x45 ||
    character === 0x65
  );
}

/**
 * Whether a JSON number keeps all its digits as a double, judged by its shortest decimal form: `0.1` does, and
 * `12345678901234567890` does not.
 */
function isExact(number: string): boolean {
  const written = decimal(number);
  // 15 significant digits survive a double in its normal range (IEEE 754, DBL_DIG).
  if (written.digits.length <= 15 && Math.abs(written.exponent) < 280) return true;
  const value = Number(number);
  if (!Number.isFinite(value)) return false;
  const kept = decimal(String(value));
  return kept.digits === written.digits && (written.digits === '' || kept.exponent === written.exponent);
}

/** Significant digits without zeros at either end, and the power of ten of the last one. Zero has no digits. */
function decimal(number: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = number.replace(/^-/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  return { digits, exponent: Number(power) - fraction.length + (all.length - digits.length) };
}
