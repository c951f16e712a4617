import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** The text of a document as pages of lines, as `pdftotext -layout` writes it. */
export function readDocument(location) {
  const file = statSync(location).isDirectory() ? path.join(location, 'invoice.txt') : location;
  return fromText(readFileSync(file, 'utf8'));
}

export function fromText(text) {
  const pages = text.split('\f').filter((page) => page.trim() !== '');
  const lines = pages.flatMap((page) => page.split('\n')).map((line) => line.trimEnd());
  return { text, lines: lines.filter((line) => line !== '') };
}

/** The pieces of a line that stand apart by two spaces or more, with their columns. */
export function cells(line) {
  return [...line.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
  }));
}
