/**
 * Which lines of a comment are plain text: the block structure of CommonMark, as far as it hides lines from a reader
 * who looks for commands (code, quotes, HTML). Follows the algorithm of the specification, one pass over the lines:
 * https://spec.commonmark.org/0.31.2/#appendix-a-parsing-strategy
 *
 * A parser that builds a tree would do the same and is not linear on hostile input.
 */
import { htmlStart, type HtmlEnd } from './html-blocks.js';
import { LineCursor } from './line-cursor.js';

export interface ParagraphLine {
  /** 1-based line of the comment. */
  readonly number: number;
  /** Without the indentation and the marks of what it stands in. */
  readonly text: string;
  /** Stands at the very start of the line, behind at most three spaces. */
  readonly atStart: boolean;
}
/** Lines that are read as one text, outside quotes. */
export type Paragraph = readonly ParagraphLine[];

/** Deeper nesting is not opened: every line would be matched with every level. Nobody writes a command so deep. */
const NESTING = 50;

type Container =
  { readonly kind: 'quote' } | { readonly kind: 'item'; readonly indent: number; empty: boolean };
type Leaf =
  | { readonly kind: 'none' }
  | { readonly kind: 'paragraph'; readonly lines: ParagraphLine[] }
  | { readonly kind: 'fence'; readonly mark: string; readonly length: number }
  | { readonly kind: 'html'; readonly end: HtmlEnd };

const NONE: Leaf = { kind: 'none' };

/** Paragraphs (and headings underlined by = or -) of a comment that stand in no quote. Linear in the text. */
export function paragraphsOf(body: string): Paragraph[] {
  const blocks = new Blocks();
  const lines = body.replaceAll('\u0000', '\ufffd').split(/\r\n|\n|\r/);
  for (const [i, line] of lines.entries()) blocks.read(line, i + 1);
  return blocks.end();
}

class Blocks {
  readonly #found: Paragraph[] = [];
  #containers: Container[] = [];
  #leaf: Leaf = NONE;

  end(): Paragraph[] {
    this.#closeTo(0);
    return this.#found;
  }

  read(raw: string, number: number): void {
    const line = new LineCursor(raw);
    const matched = this.#match(line);
    const all = matched === this.#containers.length;
    if (all && this.#continueLeaf(line)) return;
    const lazy = this.#leaf.kind === 'paragraph' && !line.blank;
    const opened = this.#open(line, matched, all && lazy, lazy);
    if (opened === 'done') return;
    if (opened === 'text' && lazy) {
      // Goes on with the paragraph, also where the marks of the quote or the list are missing ("laziness").
      this.#add(line, raw, number);
      return;
    }
    if (opened === 'text') this.#closeTo(matched);
    if (line.blank) {
      this.#closeLeaf();
      return;
    }
    this.#closeLeaf();
    this.#leaf = { kind: 'paragraph', lines: [] };
    this.#add(line, raw, number);
  }

  /** How many of the open containers go on in this line. */
  #match(line: LineCursor): number {
    for (const [i, container] of this.#containers.entries()) {
      if (container.kind === 'quote') {
        if (line.indent > 3 || line.next !== '>') return i;
        line.skipQuoteMark();
      } else if (line.blank) {
        if (container.empty) return i;
      } else if (line.indent >= container.indent) line.skipColumns(container.indent);
      else return i;
    }
    return this.#containers.length;
  }

  /** Code fences and HTML take every line until their end. */
  #continueLeaf(line: LineCursor): boolean {
    const leaf = this.#leaf;
    if (leaf.kind === 'fence') {
      const closing = line.indent <= 3 ? /^(`{3,}|~{3,})[ \t]*$/.exec(line.rest)?.[1] : undefined;
      if (closing?.startsWith(leaf.mark) === true && closing.length >= leaf.length) this.#leaf = NONE;
      return true;
    }
    if (leaf.kind === 'html') {
      if (leaf.end === 'blank' ? line.blank : leaf.end.test(line.rest)) this.#leaf = NONE;
      return !line.blank || leaf.end !== 'blank';
    }
    return false;
  }

  /**
   * Opens what starts in this line. `text`: nothing was opened, the rest is text. `opened`: it is text of a container that
   * was opened here. `done`: the line is no text.
   */
  #open(line: LineCursor, matched: number, inParagraph: boolean, lazy: boolean): 'text' | 'opened' | 'done' {
    let opens = 0;
    let [paragraph, text] = [inParagraph, lazy];
    const open = (): void => {
      if (opens === 0) this.#closeTo(matched);
      this.#closeLeaf();
      this.#fill();
      opens += 1;
      [paragraph, text] = [false, false];
    };
    while (!line.blank) {
      if (line.indent > 3) {
        if (text) break;
        open();
        return 'done';
      }
      const rest = line.rest;
      if (rest.startsWith('>') && this.#containers.length < NESTING) {
        open();
        line.skipQuoteMark();
        this.#containers.push({ kind: 'quote' });
        continue;
      }
      if (/^#{1,6}(?:[ \t]|$)/.test(rest)) {
        open();
        return 'done';
      }
      const fence = /^(?:`{3,}(?!.*`)|~{3,})/.exec(rest)?.[0];
      if (fence !== undefined) {
        open();
        this.#leaf = { kind: 'fence', mark: fence.charAt(0), length: fence.length };
        return 'done';
      }
      const html = htmlStart(rest, text);
      if (html !== undefined) {
        open();
        if (html === 'blank' || !html.test(rest)) this.#leaf = { kind: 'html', end: html };
        return 'done';
      }
      if (paragraph && /^(?:=+|-+)[ \t]*$/.test(rest)) {
        this.#closeLeaf();
        return 'done';
      }
      if (/^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/.test(rest)) {
        open();
        return 'done';
      }
      const marker = /^(?:[*+-]|\d{1,9}[.)])(?=[ \t]|$)/.exec(rest)?.[0];
      if (marker === undefined || (paragraph && !mayInterrupt(marker, rest))) break;
      if (this.#containers.length >= NESTING) break;
      open();
      const before = line.indent;
      this.#containers.push({ kind: 'item', indent: before + line.skipMarker(marker), empty: line.blank });
    }
    return opens > 0 ? 'opened' : 'text';
  }

  #add(line: LineCursor, raw: string, number: number): void {
    this.#fill();
    if (this.#leaf.kind === 'paragraph')
      this.#leaf.lines.push({ number, text: line.rest, atStart: raw.replace(/^ {1,3}/, '') === line.rest });
  }

  /** The open items hold something now, so an empty line does not end them. */
  #fill(): void {
    for (const container of this.#containers) if (container.kind === 'item') container.empty = false;
  }

  #closeTo(depth: number): void {
    if (this.#containers.length > depth || depth === 0) this.#closeLeaf();
    this.#containers = this.#containers.slice(0, depth);
  }

  #closeLeaf(): void {
    const leaf = this.#leaf;
    this.#leaf = NONE;
    if (leaf.kind === 'paragraph' && !this.#containers.some(({ kind }) => kind === 'quote'))
      this.#found.push(leaf.lines);
  }
}

/** Inside a paragraph only an item with text opens a list, and a numbered one only from 1: `1986.` is a year. */
function mayInterrupt(marker: string, rest: string): boolean {
  const hasText = rest.slice(marker.length).trim() !== '';
  return hasText && (!/\d/.test(marker) || /^1[.)]$/.test(marker));
}
