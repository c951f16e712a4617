import { PATTERN_ALTERNATIVES } from '../limits.js';

/**
 * `{a,b/c}/x` → `a/x`, `b/c/x`; nested braces too, a backslash keeps the next character as it is. Undefined when braces
 * do not close, have fewer than two alternatives, or write out to more than the limit. Not `{1..9}`: nobody needs it here.
 */
export function expandBraces(pattern: string): readonly string[] | undefined {
  const open = findUnescaped(pattern, 0, '{}');
  if (open < 0) return [pattern];
  if (pattern[open] === '}') return undefined;
  const parts: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = open; at >= 0; at = findUnescaped(pattern, at + 1, '{},')) {
    const character = pattern[at];
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if ((character === ',' && depth === 1) || depth === 0) {
      parts.push(pattern.slice(from, at));
      from = at + 1;
    }
    if (depth === 0)
      return parts.length < 2 ? undefined : combine(pattern.slice(0, open), parts, pattern.slice(from));
    if (parts.length > PATTERN_ALTERNATIVES) return undefined;
  }
  return undefined;
}

function combine(head: string, parts: readonly string[], tail: string): readonly string[] | undefined {
  const tails = expandBraces(tail);
  if (tails === undefined) return undefined;
  const whole: string[] = [];
  for (const part of parts) {
    const inner = expandBraces(part);
    if (inner === undefined || whole.length + inner.length * tails.length > PATTERN_ALTERNATIVES)
      return undefined;
    for (const middle of inner) for (const end of tails) whole.push(head + middle + end);
  }
  return whole;
}

function findUnescaped(text: string, from: number, characters: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (characters.includes(text[at] ?? '')) return at;
  }
  return -1;
}
