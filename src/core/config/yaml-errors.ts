import type { ErrorCode } from 'yaml';
import { shown } from './quote.js';

/** What a YAML syntax error means in a configuration file, and what to write instead. */
const MESSAGES: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: 'A tab stands where YAML wants spaces. Indent with spaces.',
  BLOCK_AS_IMPLICIT_KEY:
    'A second ": " stands in one line. If it belongs to the text, put the whole value in quotes; if it is a mapping, begin it on a new line, indented.',
  BAD_INDENT:
    'The indentation does not fit the lines above. Keys of one mapping begin in the same column; brackets and braces must be closed.',
  MULTILINE_IMPLICIT_KEY:
    'A key must stand in one line and be followed by ": ". Check the indentation of this line.',
  BAD_ALIAS: 'YAML reads a word that begins with "*" as an alias. Put it in quotes.',
  BAD_DQ_ESCAPE:
    'A backslash in double quotes begins an escape that YAML does not know. Use single quotes, or write "\\\\".',
  UNEXPECTED_TOKEN:
    'Something stands after the end of a value. If brackets, braces or quotes belong to the text, put the whole value in quotes.',
  MULTIPLE_DOCS: 'A second YAML document begins here. Write one document.',
};

/** @param offset where in `text` the error was found; @returns one or two sentences. */
export function syntaxMessage(code: ErrorCode, message: string, text: string, offset: number): string {
  if (code === 'BAD_SCALAR_START') {
    return `A value cannot begin with ${shown(text.slice(offset, offset + 1))} unless it is in quotes.`;
  }
  if (code === 'MISSING_CHAR' && message.includes('quote'))
    return 'A quotation mark is opened and never closed. Close it.';
  return MESSAGES[code] ?? `This is not readable YAML: ${shown(message.split('\n')[0] ?? '').slice(1, -1)}.`;
}

/** The unquoted key or item that begins with `*` in the line of an offset: YAML takes it for an alias and stumbles. */
export function starInLine(text: string, offset: number): { word: string; offset: number } | undefined {
  const from = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(from, from + 500).split('\n')[0] ?? '';
  const word = /(?:^|[\s{,[])(\*[^\s:,\]}]*)\s*:/.exec(line);
  return word?.[1] === undefined
    ? undefined
    : { word: word[1], offset: from + word.index + word[0].indexOf('*') };
}
