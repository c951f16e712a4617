/**
 * What of a paragraph is code, or HTML that nobody sees (a comment). Both may span lines, and whichever begins first wins.
 * https://spec.commonmark.org/0.31.2/#code-spans and https://spec.commonmark.org/0.31.2/#raw-html
 */

export interface Hidden {
  readonly kind: 'code' | 'comment';
  /** Offsets into the paragraph's text; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
}

/** Code spans and comments in order. Linear: each run of backticks and each end of a comment is looked for once. */
export function hiddenIn(text: string): Hidden[] {
  const runs = backtickRuns(text);
  const ends = RAW.map(([, end]) => new Ends(text, end));
  const found: Hidden[] = [];
  const special = /[\\`<]/g;
  for (let match = special.exec(text); match !== null; match = special.exec(text)) {
    const from = match.index;
    let to = from + 1;
    if (match[0] === '\\') to = from + 2;
    else if (match[0] === '`') {
      let length = 1;
      while (text[from + length] === '`') length += 1;
      to = from + length;
      const closing = runs.get(length)?.after(to);
      if (closing !== undefined) {
        to = closing + length;
        found.push({ kind: 'code', from, to });
      }
    } else {
      const end = rawEnd(text, from, ends);
      if (end !== undefined) {
        to = end;
        found.push({ kind: 'comment', from, to });
      }
    }
    special.lastIndex = to;
  }
  return found;
}

/** What a browser shows nothing of: comments, processing instructions, CDATA, declarations. */
const RAW: readonly (readonly [RegExp, string])[] = [
  [/<!--/y, '-->'],
  [/<\?/y, '?>'],
  [/<!\[CDATA\[/y, ']]>'],
  [/<![A-Za-z]/y, '>'],
];

function rawEnd(text: string, from: number, ends: readonly Ends[]): number | undefined {
  for (const whole of ['<!-->', '<!--->']) if (text.startsWith(whole, from)) return from + whole.length;
  for (const [i, [start, end]] of RAW.entries()) {
    start.lastIndex = from;
    if (!start.test(text)) continue;
    const found = ends[i]?.after(start.lastIndex);
    return found === undefined ? undefined : found + end.length;
  }
  return undefined;
}

/** Starts of whole runs of backticks by their length. */
function backtickRuns(text: string): Map<number, Positions> {
  const runs = new Map<number, Positions>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const known = runs.get(run.length);
    if (known === undefined) runs.set(run.length, new Positions(index));
    else known.add(index);
  }
  return runs;
}

/** Growing positions, asked for in growing order. */
class Positions {
  readonly #all: number[];
  #next = 0;

  constructor(first: number) {
    this.#all = [first];
  }

  add(position: number): void {
    this.#all.push(position);
  }

  /** The first one at `from` or later. */
  after(from: number): number | undefined {
    while ((this.#all[this.#next] ?? Infinity) < from) this.#next += 1;
    return this.#all[this.#next];
  }
}

/** Places of a text within another; never searched again once there is none. */
class Ends {
  readonly #text: string;
  readonly #sought: string;
  #found = 0;

  constructor(text: string, sought: string) {
    this.#text = text;
    this.#sought = sought;
  }

  after(from: number): number | undefined {
    if (this.#found !== -1 && this.#found < from) this.#found = this.#text.indexOf(this.#sought, from);
    return this.#found === -1 ? undefined : this.#found;
  }
}
