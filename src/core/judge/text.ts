/** How numbers and lists are written in reasons. Ids and field names come from outside and may hold anything. */

/** Ids that a sentence lists before it counts the rest. */
const LISTED = 5;
/** Characters of one id or name in a sentence. */
const NAME_CHARACTERS = 80;

/** 0.972 → `97.2 %`. */
export function percent(fraction: number): string {
  return `${digits(fraction * 100)} %`;
}

/** −0.042 → `−4.2 points`, with a real minus sign. */
export function points(fraction: number): string {
  const rounded = digits(Math.abs(fraction) * 100);
  const sign = Number(rounded) === 0 ? '' : fraction < 0 ? '−' : '+';
  return `${sign}${rounded} ${rounded === '1.0' ? 'point' : 'points'}`;
}

/** One decimal; as many as it takes to show that a small number is not zero, up to four. */
function digits(value: number): string {
  for (const places of [1, 2, 3]) {
    if (value === 0 || Math.abs(value) >= 10 ** -places) return value.toFixed(places);
  }
  return value.toFixed(4);
}

export function pValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A name from outside, fit for one line of text: nothing in it breaks the line, turns its direction or hides. */
export function name(text: string): string {
  const line = text.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  const characters = Array.from(line.slice(0, 4 * NAME_CHARACTERS));
  return characters.length > NAME_CHARACTERS ? `${characters.slice(0, NAME_CHARACTERS - 1).join('')}…` : line;
}

/** `a, b, c` or `a, b, c, d, e and 7 more`. */
export function list(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map(name).join(', ');
  return names.length > LISTED ? `${shown} and ${names.length - LISTED} more` : shown;
}
