/**
 * A value as it may stand in a message: in double quotes, cut to `max` characters, with every character escaped that
 * could move a cursor, colour a terminal, or reorder or hide text. Labels and file names come from strangers.
 */
export function quote(value: string, max = 80): string {
  const characters = Array.from(value.slice(0, max * 2 + 1));
  const cut = characters.length > max;
  const shown = characters.slice(0, max).map(escape).join('');
  return `"${shown}${cut ? '…' : ''}"`;
}

/** Names in one sentence: the first `max` of them quoted, then how many more there are. */
export function listed(names: readonly string[], max = 5): string {
  const shown = names.slice(0, max).map((name) => quote(name));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function escape(character: string): string {
  if (character === '"') return '\\"';
  if (character === '\\') return '\\\\';
  if (!/^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]$/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
