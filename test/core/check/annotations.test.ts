import { describe, expect, it } from 'vitest';
import type { Annotation } from '../../../src/core/app-words.js';
import { renderCheck } from '../../../src/core/check/index.js';
import type { Report } from '../../../src/core/report/schema.js';
import { crashReport } from '../../support/report.js';
import { evaluating, judged, planned } from './support.js';

function annotationsOf(
  tails: readonly string[],
  changedPaths: readonly string[],
  more: Partial<Report['failures'][number]> = {},
): readonly Annotation[] {
  const report: Report = {
    ...crashReport(),
    failures: tails.map((stderr_tail, i) => ({
      ...crashReport().failures[0]!,
      id: `inv-${i}`,
      stderr_tail,
      ...more,
    })),
  };
  const decision = { ...evaluating(planned()), changedPaths };
  return renderCheck(judged([report], { decision }), null).annotations;
}

describe('where the extractor crashed', () => {
  it.each<[string, string, string, number, string]>([
    [
      'Python, innermost changed line',
      'Traceback (most recent call last):\n  File "/tmp/x1/extract/main.py", line 41, in <module>\n    main()\n  File "/tmp/x1/extract/totals.py", line 17, in main\n    f()\n  File "/usr/lib/python3/json/decoder.py", line 355, in raw\nValueError: no total',
      'extract/totals.py',
      17,
      'ValueError: no total',
    ],
    [
      'Node',
      'file:///tmp/x1/extract/main.js:3\nTypeError: total is undefined\n    at read (/tmp/x1/node_modules/y/i.js:1:1)\n    at parse (file:///tmp/x1/extract/main.js:12:7)\n    at main (/tmp/x1/extract/other.js:1:1)',
      'extract/main.js',
      3,
      'file:///tmp/x1/extract/main.js:3',
    ],
    [
      'Node without the line of source',
      'TypeError: total is undefined\n    at read (/tmp/x1/node_modules/y/i.js:1:1)\n    at parse (/tmp/x1/extract/main.js:12:7)',
      'extract/main.js',
      12,
      'TypeError: total is undefined',
    ],
    [
      'Go',
      'panic: index out of range\n\ngoroutine 1 [running]:\nmain.total(0x1)\n\t/tmp/x1/extract/main.go:17 +0x1d',
      'extract/main.go',
      17,
      'main.total(0x1)',
    ],
    [
      'Ruby',
      "extract/main.rb:7:in 'total': no total (RuntimeError)\n\tfrom extract/main.rb:9:in '<main>'",
      'extract/main.rb',
      7,
      "extract/main.rb:7:in 'total': no total (RuntimeError)",
    ],
    [
      'a shell',
      './extract/run.sh: line 3: x\nextract/run.sh:3: command not found',
      'extract/run.sh',
      3,
      './extract/run.sh: line 3: x',
    ],
  ])('%s', (_name, tail, path, line, last) => {
    expect(annotationsOf([tail, tail], [path, 'README.md'])).toEqual([
      {
        path,
        startLine: line,
        endLine: line,
        level: 'failure',
        title: 'The extractor crashed here',
        message: `${last}\n2 documents`,
      },
    ]);
  });

  it.each<[string, string, readonly string[]]>([
    ['in a file that is not changed', 'File "extract/main.py", line 3', ['extract/other.py']],
    ['in a file that only ends alike', 'File "extract/xmain.py", line 3', ['main.py']],
    ['in line 0', 'File "extract/main.py", line 0', ['extract/main.py']],
    ['in a line beyond all', 'File "extract/main.py", line 99999999', ['extract/main.py']],
    ['nowhere', 'Killed', ['extract/main.py']],
    ['in nothing', '', ['extract/main.py']],
  ])('says nothing of a crash %s', (_name, tail, changed) => {
    expect(annotationsOf([tail], changed)).toEqual([]);
  });

  it('takes the longest path that fits', () => {
    const [found] = annotationsOf(
      ['File "/tmp/a/b/main.py", line 3'],
      ['main.py', 'b/main.py', 'c/b/main.py'],
    );
    expect(found?.path).toBe('b/main.py');
  });

  it('says nothing of the base, of time and memory, and of outsiders', () => {
    const tail = 'File "extract/main.py", line 3';
    expect(annotationsOf([tail], ['extract/main.py'])).toHaveLength(1);
    expect(annotationsOf([tail], ['extract/main.py'], { side: 'base' })).toEqual([]);
    expect(annotationsOf([tail], ['extract/main.py'], { status: 'timeout' })).toEqual([]);
  });

  it('is at most twenty, most documents first, however many places there are', () => {
    const tails = Array.from({ length: 3_000 }, (_, i) => `File "extract/main.py", line ${(i % 60) + 1}`);
    const found = annotationsOf(
      [...tails, ...Array.from({ length: 100 }, () => tails[30]!)],
      ['extract/main.py'],
    );
    expect(found).toHaveLength(20);
    expect(found[0]).toMatchObject({
      startLine: 31,
      message: expect.stringContaining('150 documents') as string,
    });
  });

  it('keeps hostile output plain', () => {
    const [found] = annotationsOf(
      ['File "extract/main.py", line 3\n\u001b[31m@octocat \u202e<script>\u0000'],
      ['extract/main.py'],
    );
    expect(found?.message).toBe('\\u001b[31m@octocat \\u202e<script>\\u0000\n1 document');
  });

  it('reads endless lines without end', () => {
    const tails = [
      'a:1'.repeat(2_000),
      `File "${'x/'.repeat(2_000)}`,
      ':'.repeat(4_096),
      `${'main.py:'.repeat(500)}x`,
    ];
    expect(annotationsOf(tails, ['main.py']).length).toBeLessThanOrEqual(4);
  });
});
