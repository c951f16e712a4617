import { paragraphsOf } from './blocks.js';
import { hiddenIn } from './inline.js';

export interface SlashLine {
  /** 1-based. */
  readonly number: number;
  /** From the slash on; comments in it are left out. */
  readonly text: string;
}

/**
 * Lines of a comment that begin with a slash and a letter and that a reader sees as plain text: not in a code block, a
 * code span, a quote, raw HTML or an HTML comment. Linear in the text.
 */
export function slashLines(body: string): SlashLine[] {
  if (!body.includes('/')) return [];
  const found: SlashLine[] = [];
  for (const paragraph of paragraphsOf(body)) {
    if (!paragraph.some(({ atStart, text }) => atStart && SLASH.test(text))) continue;
    const text = paragraph.map((line) => line.text).join('\n');
    const hidden = hiddenIn(text);
    let [offset, next] = [0, 0];
    for (const line of paragraph) {
      const [from, to] = [offset, offset + line.text.length];
      offset = to + 1;
      while ((hidden[next]?.to ?? Infinity) <= from) next += 1;
      if (!line.atStart || !SLASH.test(line.text) || (hidden[next]?.from ?? Infinity) <= from) continue;
      let [shown, at] = ['', from];
      for (let i = next; (hidden[i]?.from ?? Infinity) < to; i += 1) {
        const one = hidden[i];
        if (one?.kind !== 'comment') continue;
        shown += `${text.slice(at, one.from)} `;
        at = one.to;
      }
      found.push({ number: line.number, text: shown + text.slice(Math.min(at, to), to) });
    }
  }
  return found.sort((a, b) => a.number - b.number);
}

const SLASH = /^\/[a-z]/i;
