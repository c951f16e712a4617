import fc from 'fast-check';
import { parse, postprocess, preprocess } from 'micromark';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { slashLines } from '../../../src/core/commands/lines.js';

const numbersOf = (body: string): number[] => slashLines(body).map(({ number }) => number);

describe('lines that can be commands', () => {
  it.each<[string, string, readonly number[]]>([
    ['a line of its own', '/a', [1]],
    ['behind up to three spaces', '   /a', [1]],
    ['behind four spaces: code', '    /a', []],
    ['behind a tab: code', '\t/a', []],
    ['behind four spaces in a paragraph: not at the start', 'text\n    /a', []],
    ['in the middle of a line', 'please /a', []],
    ['after text', 'text\n/a', [2]],
    ['a path', '/etc/passwd', [1]],
    ['two slashes', '//a', []],
    ['in a fence', '```\n/a\n```', []],
    ['in a fence of tildes with a language', '~~~ sh\n/a\n~~~', []],
    ['after a fence', '```\nx\n```\n/a', [4]],
    ['in a fence that is never closed', '```\n/a', []],
    ['in a fence closed by too few marks', '````\n```\n/a\n````\n/b', [5]],
    ['in a fence closed by other marks', '```\n~~~\n/a', []],
    ['in a fence closed by a line with text', '```\n``` x\n/a', []],
    ['backticks with backticks behind them open nothing', '``` a`\n/a', [2]],
    ['in a fence of a list', '- ```\n  /a\n  ```', []],
    ['after a fence of a list that the list ends', '- ```\n\n/a', [3]],
    ['in a quote', '> /a', []],
    ['lazily in a quote', '> text\n/a', []],
    ['after a quote and an empty line', '> text\n\n/a', [3]],
    ['after a quoted fence', '> ```\n/a', [2]],
    ['in a quote in a list', '- > x\n/a', []],
    ['behind a list mark', '- /a', []],
    ['a number other than 1 opens no list in a paragraph', 'in\n2) ```\n/a', [3]],
    ['1 does', 'in\n1) ```\n   /a', []],
    ['in a list item, as its own line', '- text\n  /a', [2]],
    ['in code in a list item', '- text\n\n      /a', []],
    ['in a code span over lines', 'a `b\n/a\nc`', []],
    ['after a backtick that nothing closes', 'a `b\n/a', [2]],
    ['after a backtick that the paragraph ends', 'a `b\n\n/a `', [3]],
    ['after an escaped backtick', 'a \\`b\n/a `', [2]],
    ['in a comment', '<!--\n/a\n-->', []],
    ['in a comment within a paragraph', 'a <!--\n/a\n-->', []],
    ['after a comment', '<!-- x -->\n/a', [2]],
    ['in a comment that is never closed', '<!--\n/a', []],
    ['behind a lone tag', '<x-y>\n/a', []],
    ['behind a lone tag in a paragraph', 'text\n<x-y>\n/a', [3]],
    ['in pre', '<pre>\n\n/a\n</pre>', []],
    ['in a block of HTML', '<div>\n/a', []],
    ['after a block of HTML', '<details>\n\n/a', [3]],
    ['underlined as a heading', '/a\n===', [1]],
    ['a heading', '# /a', []],
    ['CRLF', 'x\r\n/a\r\n/b', [2, 3]],
    ['CR', 'x\r/a', [2]],
    ['a NUL', '\u0000\n/a', [2]],
    ['behind a no-break space', '\u00a0/a', []],
    ['a line separator is no line', 'x\u2028/a', []],
  ])('%s', (_name, body, expected) => {
    expect(numbersOf(body)).toEqual(expected);
  });

  it('leaves comments out of a line, and code in it', () => {
    expect(slashLines('/a <!-- not\nthis --> `b c` <!-- x --> d')).toEqual([{ number: 1, text: '/a  ' }]);
    expect(slashLines('/a <!-- x --> `b c` <!-- y --> d')[0]?.text.split(/\s+/)).toEqual([
      '/a',
      '`b',
      'c`',
      'd',
    ]);
  });

  /** What a whole CommonMark parser says: lines whose slash stands in plain text of a paragraph or heading. */
  function reference(body: string): number[] {
    const events = postprocess(
      parse({ extensions: [gfm()] })
        .document()
        .write(preprocess()(body, undefined, true)),
    );
    const lines = body.split(/\r\n|\n|\r/);
    const found = new Set<number>();
    const open: string[] = [];
    for (const [kind, token] of events) {
      if (kind === 'exit') {
        open.pop();
        continue;
      }
      open.push(token.type);
      const raw = lines[token.start.line - 1] ?? '';
      if (token.type !== 'data' || !/^ {0,3}\/[a-z]/i.test(raw)) continue;
      if (token.start.column - 1 !== raw.indexOf('/')) continue;
      const text = open.includes('paragraph') || open.includes('setextHeadingText');
      if (text && !open.some((type) => ['blockQuote', 'codeText', 'htmlText', 'definition'].includes(type)))
        found.add(token.start.line);
    }
    return [...found].sort((a, b) => a - b);
  }

  const marks = fc.constantFrom(
    '',
    '',
    '',
    ' ',
    '   ',
    '    ',
    '\t',
    '> ',
    '>',
    '- ',
    '-',
    '1. ',
    '  - ',
    '     ',
  );
  const texts = fc.constantFrom(
    '',
    '/a',
    '/a',
    '/a',
    'text',
    '```',
    '``` x',
    '~~~',
    '````',
    '`',
    '``',
    'a `b',
    '\\`',
    '<!--',
    '-->',
    'x <!-- y',
    '<!-- x -->',
    '<div>',
    '</div>',
    '<pre>',
    '***',
    '---',
    '===',
    '# h',
    '/a `b` <!-- c',
    '>',
    '-',
    '<?',
    '?>',
  );
  const documents = fc
    .array(
      fc.tuple(fc.array(marks, { maxLength: 3 }), texts).map(([before, text]) => before.join('') + text),
      {
        maxLength: 9,
      },
    )
    .map((lines) => lines.join('\n'));

  it('are those that a CommonMark parser calls text', () => {
    fc.assert(
      fc.property(documents, (body) => {
        // Behind a quote mark or indented code micromark believes to be in a paragraph still, and reads the mark of an
        // empty item as text; the specification's own parser does not.
        fc.pre(!/^.*>.*(?:-|\d[.)])[ \t]*$|^[ \t]*\S.*\n[ \t]*(?:-|\d[.)])[ \t]*$/m.test(body));
        expect(numbersOf(body)).toEqual(reference(body));
      }),
      { numRuns: 2000 },
    );
  });

  it('takes time in proportion to the text, whatever it holds', () => {
    const n = 400_000;
    const bodies = [
      '`'.repeat(n),
      '` '.repeat(n),
      Array.from({ length: 600 }, (_, i) => '`'.repeat(i + 1)).join(' '),
      '/a <!--'.repeat(n / 8),
      '<!--\n/a\n'.repeat(n / 8),
      '>'.repeat(n),
      '> '.repeat(n / 4) + '\n/a'.repeat(n / 4),
      '- '.repeat(n / 4) + '\n'.repeat(n / 4),
      '* '.repeat(n / 2),
      '<a '.repeat(n / 4),
      `<a ${'b '.repeat(n / 4)}`,
      '/a\n'.repeat(n / 3),
      '\\`'.repeat(n / 2),
    ];
    // No clock: each body is a few hundred kilobytes, and anything quadratic in it would not end within the test's time.
    for (const body of bodies) expect(slashLines(`${body}\n\n/end`).length).toBeGreaterThanOrEqual(0);
  });
});
