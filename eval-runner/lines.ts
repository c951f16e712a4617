/** Bytes → lines, in memory bounded by the longest line that is allowed. */
export type Line =
  | { readonly kind: 'line'; readonly bytes: Buffer; readonly number: number }
  /** Passed over; its content is not kept. */
  | { readonly kind: 'too-long'; readonly number: number }
  /** What follows the last newline, when it is not empty. */
  | { readonly kind: 'unfinished'; readonly bytes: Buffer; readonly number: number };

/** Line numbers begin at 1. Empty lines are passed over but counted. */
export async function* splitLines(chunks: AsyncIterable<Buffer>, longestBytes: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let number = 1;
  let tooLong = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (;;) {
      const newline = chunk.indexOf(0x0a, from);
      const piece = chunk.subarray(from, newline < 0 ? chunk.length : newline);
      bytes += piece.length;
      if (bytes > longestBytes) {
        tooLong = true;
        parts = [];
      } else if (piece.length > 0) parts.push(piece);
      if (newline < 0) break;
      if (tooLong) yield { kind: 'too-long', number };
      else if (bytes > 0) yield { kind: 'line', bytes: Buffer.concat(parts), number };
      parts = [];
      bytes = 0;
      tooLong = false;
      number++;
      from = newline + 1;
    }
  }
  if (tooLong) yield { kind: 'too-long', number };
  else if (bytes > 0) yield { kind: 'unfinished', bytes: Buffer.concat(parts), number };
}
