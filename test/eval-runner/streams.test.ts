import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLines, type Line } from '../../eval-runner/lines.js';
import { Tail } from '../../eval-runner/tail.js';

async function lines(chunks: readonly string[], longest = 1_000): Promise<Line[]> {
  async function* source(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
  }
  const all: Line[] = [];
  for await (const line of splitLines(source(), longest)) all.push(line);
  return all;
}
const show = (line: Line): string =>
  line.kind === 'too-long'
    ? `${line.number} too long`
    : `${line.number} ${line.kind} ${line.bytes.toString()}`;

describe('lines of a stream', () => {
  it('are the same however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[ab\n]{0,12}$/)), async (chunks) => {
        const text = chunks.join('');
        const expected = text
          .split('\n')
          .map((line, i, all) => `${i + 1} ${i === all.length - 1 ? 'unfinished' : 'line'} ${line}`)
          .filter((line) => !line.endsWith(' '));
        expect((await lines(chunks)).map(show)).toEqual(expected);
      }),
    );
  });

  it('are passed over when they are too long, wherever the stream is cut', async () => {
    expect((await lines(['aa', 'aaaa', 'a\nb\n', 'cccccc'], 5)).map(show)).toEqual([
      '1 too long',
      '2 line b',
      '3 too long',
    ]);
  });
});

describe('the tail of a stream', () => {
  const tail = (max: number, chunks: readonly (string | Buffer)[]): string => {
    const got = new Tail(max);
    for (const chunk of chunks) got.push(Buffer.from(chunk));
    return got.text();
  };

  it('is all of it while it is short', () => expect(tail(100, ['a', '', 'ü'])).toBe('aü'));

  it('is its last bytes, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{0,20}$/)),
        fc.integer({ min: 1, max: 30 }),
        (chunks, max) => {
          expect(tail(max, chunks)).toBe(chunks.join('').slice(-max));
        },
      ),
    );
  });

  it('does not begin in the middle of a character', () => expect(tail(5, ['aüüü'])).toBe('üü'));

  it('shows bytes that are not UTF-8 as such', () =>
    expect(tail(9, [Buffer.from([0x61, 0xff])])).toBe('a\ufffd'));
});
