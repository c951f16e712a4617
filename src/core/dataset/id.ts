import { DOCUMENT_ID_BYTES } from '../limits.js';

/**
 * The id under which a document and its label find each other. File names from macOS come decomposed (NFD), labels
 * written by hand composed (NFC); both are compared in NFC.
 */
export function normalizeId(id: string): string {
  return id.normalize('NFC');
}

/** What is wrong with an id, as the end of a sentence that starts with the id; undefined when it can be used. */
export function idProblem(id: string): string | undefined {
  if (id === '') return 'is empty; give every document a name';
  if (/[\p{Cc}\p{Cs}]/u.test(id)) return 'contains a control character or half of one; rename the document';
  if (/[\u202a-\u202e\u2066-\u2069\u200e\u200f]/.test(id)) {
    return 'contains a character that reverses the direction of text; rename the document';
  }
  if (/[/\\]/.test(id))
    return 'contains a slash; an id is one name, not a path: replace "/" by "-" in label and file';
  if (id.startsWith('.')) return 'starts with a dot; such files are hidden and not read: rename the document';
  if (id !== id.trim()) return 'starts or ends with white space; remove it in label and file name';
  if (utf8Length(id) > DOCUMENT_ID_BYTES) {
    return `is longer than ${DOCUMENT_ID_BYTES} bytes; rename the document`;
  }
  return undefined;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
