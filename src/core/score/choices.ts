/** Booleans and enumerations. */
import type { EnumSpec, Json } from '../words.js';
import { normalizedText } from './text.js';
import { textOf } from './values.js';

const TRUE = new Set([
  'true',
  't',
  'yes',
  'y',
  '1',
  'on',
  'x',
  'checked',
  'ja',
  'j',
  'wahr',
  'oui',
  'vrai',
  'si',
  'sí',
  'verdadero',
  'sim',
  'tak',
  '✓',
  '✔',
  '☑',
  '☒',
]);
const FALSE = new Set([
  'false',
  'f',
  'no',
  'n',
  '0',
  'off',
  'unchecked',
  'nein',
  'falsch',
  'non',
  'faux',
  'falso',
  'não',
  'nao',
  'nie',
  'nee',
  'nej',
  '☐',
]);

/** Undefined for a text that is neither. */
export function readBoolean(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = normalizedText(textOf(value));
  if (TRUE.has(text)) return true;
  return FALSE.has(text) ? false : undefined;
}

/** Normal form of every spelling that the configuration names → the value it stands for. */
export function enumSpellings(spec: EnumSpec): ReadonlyMap<string, string> {
  const spellings = new Map<string, string>();
  for (const [value, aliases] of Object.entries(spec.aliases)) {
    for (const spelling of aliases) spellings.set(normalizedText(spelling), normalizedText(value));
  }
  // A value's own spelling is never taken by an alias of another.
  for (const value of [...Object.keys(spec.aliases), ...spec.values])
    spellings.set(normalizedText(value), normalizedText(value));
  return spellings;
}
