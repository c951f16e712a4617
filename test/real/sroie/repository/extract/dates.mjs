const NUMERIC = /\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b/;
const WORDS = /\b(\d{1,2})[ -]?(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*[ ,-]*(\d{4}|\d{2})\b/i;

/** The first date on the receipt, as it is printed. */
export function readDate(lines) {
  for (const line of lines) {
    const match = NUMERIC.exec(line) ?? WORDS.exec(line);
    if (match !== null) return match[0];
  }
  return null;
}
