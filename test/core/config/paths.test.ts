import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ruleFor } from '../../../src/core/judge/rules.js';
import { SMALL, problemsOf, valid } from './support.js';
import { fieldPatternMatches, matchPaths, patternProblem } from '../../../src/core/config/index.js';

describe('paths', () => {
  test.each<[pattern: string, path: string, matches: boolean]>([
    ['extract/**', 'extract/main.py', true],
    ['extract/**', 'extract/a/b/c.py', true],
    ['extract/**', 'extract/.env', true],
    ['extract/**', 'extract/.cache/x', true],
    ['extract/**', 'extract', false],
    ['extract/**', 'extractor/x', false],
    ['extract/', 'extract/a/b', true],
    ['extract/', 'extract', false],
    ['**/*.py', 'main.py', true],
    ['**/*.py', 'a/b/main.py', true],
    ['*.py', 'main.py', true],
    ['*.py', 'a/main.py', false],
    ['*', '.hidden', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'a/x/y/c', false],
    ['**', 'anything/at/all', true],
    ['**/x/**', 'x/y', true],
    ['**/x/**', 'a/x', false],
    ['a?.ts', 'ab.ts', true],
    ['a?.ts', 'a.ts', false],
    ['[ab].py', 'a.py', true],
    ['[!a].py', 'b.py', true],
    ['[!a].py', 'a.py', false],
    ['{src,lib/core}/**', 'lib/core/x', true],
    ['{src,lib/core}/**', 'lib/x', false],
    ['a{1,{2,3}}.txt', 'a3.txt', true],
    ['\\[id\\].ts', '[id].ts', true],
    ['app/\\[id\\]/**', 'app/[id]/page.ts', true],
    ['Groß buch/ü*.py', 'Groß buch/über.py', true],
    ['requirements.txt', 'requirements.txt', true],
    ['requirements.txt', 'requirementsxtxt', false],
    ['requirements.txt', 'a/requirements.txt', false],
    ['a.b(c)', 'a.b(c)', true],
    ['**.py', 'a/b.py', false],
    ['Makefile', 'makefile', false],
  ])('%s and %s: %s', (pattern, path, matches) => {
    expect(patternProblem(pattern)).toBeUndefined();
    expect(matchPaths([pattern])(path)).toBe(matches);
  });

  test('order counts: a later pattern takes away or gives back', () => {
    const watched = matchPaths(['extract/**', '!extract/**/*.md', 'extract/prompt.md']);
    expect(watched('extract/main.py')).toBe(true);
    expect(watched('extract/README.md')).toBe(false);
    expect(watched('extract/prompt.md')).toBe(true);
    expect(matchPaths(['!a/**', 'a/**'])('a/x')).toBe(true);
  });

  test('no pattern matches nothing', () => expect(matchPaths([])('a')).toBe(false));

  test.each([
    ['', 'empty'],
    ['!', 'empty'],
    ['!!a', 'Two "!"'],
    ['/a', 'remove the "/"'],
    ['./a', 'remove the "./"'],
    ['a/../b', '".."'],
    ['a/./b', '"."'],
    ['a//b', 'Two "/"'],
    ['a\\b', 'Write "/"'],
    ['+(a|aa)', 'Extended globs'],
    ['!(a)', 'Extended globs'],
    ['{a', 'Braces'],
    ['a}', 'Braces'],
    ['{a}', 'Braces'],
    ['{1..1000000}', 'Braces'],
    ['{a,b}'.repeat(7), 'Braces'],
    ['*a*a*a', 'more than 2'],
    ['a '.trimEnd() + ' ', 'space'],
    ['a\u0000b', 'control'],
    ['a'.repeat(501), 'characters'],
  ])('the pattern %j is refused', (pattern, says) => {
    const problem = patternProblem(pattern === '!(a)' ? 'x!(a)' : pattern);
    expect(problem).toContain(says);
    expect(() => matchPaths([pattern === '!(a)' ? 'x!(a)' : pattern])).toThrow('unchecked pattern');
  });

  test.each([
    ['stars in a long name', '*a*b', 'a'.repeat(4000)],
    ['stars in many names', '**/*a*/**/*a*/**/*a*/**/*ab', `${'a'.repeat(200)}/`.repeat(20)],
    ['many folders', '**/a/**/a/**/a/**/a/**/b', 'a/'.repeat(2000)],
    ['many alternatives', '{a,b,c,d}*{a,b,c,d}*{a,b,c,d}/**/x', 'abcd'.repeat(1000)],
  ])('hostile path, %s: answered soon', (_name, pattern, path) => {
    expect(patternProblem(pattern)).toBeUndefined();
    const started = performance.now();
    expect(matchPaths([pattern])(`${path}c`.slice(0, 4096))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  test('a path too long for any checkout counts as watched', () => {
    expect(matchPaths(['a/**'])('b'.repeat(5000))).toBe(true);
  });

  test('any pattern that is not refused compiles, and answers', () => {
    const characters = fc.constantFrom(
      'a',
      '/',
      '*',
      '**',
      '?',
      '{',
      '}',
      ',',
      '[',
      ']',
      '!',
      '.',
      '(',
      ')',
      '\\',
      '+',
      '|',
      '^',
      '$',
      '-',
      'ü',
    );
    fc.assert(
      fc.property(
        fc.array(characters, { maxLength: 12 }),
        fc.array(characters, { maxLength: 12 }),
        (pattern, path) => {
          const glob = pattern.join('');
          fc.pre(patternProblem(glob) === undefined);
          expect(typeof matchPaths([glob])(path.join(''))).toBe('boolean');
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a literal path matches itself and nothing else', () => {
    const name = fc.stringMatching(/^[a-z0-9_.-]{1,8}$/).filter((each) => each !== '.' && each !== '..');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(matchPaths([a])(b)).toBe(a === b);
        expect(matchPaths([`${a}/**`])(`${a}/${b}`)).toBe(true);
        expect(matchPaths(['**', `!${a}`])(a)).toBe(false);
      }),
    );
  });
});

describe('patterns over fields', () => {
  test.each<[string, string, boolean]>([
    ['total', 'total', true],
    ['total', 'totals', false],
    ['seller.*', 'seller.name', true],
    ['seller.*', 'seller.address.city', true],
    ['seller.*', 'seller', false],
    ['*', 'anything', true],
    ['*.name', 'seller.name', true],
    ['line_items.*', 'line_items.quantity', true],
    ['a*b', 'ab', true],
    ['ab*ba', 'aba', false],
    ['*x*y*', 'axbyc', true],
    ['*x*y*', 'aybxc', false],
    ['a.b', 'axb', false],
  ])('%s and %s: %s', (pattern, path, matches) => expect(fieldPatternMatches(pattern, path)).toBe(matches));

  test('the same as a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(
        text,
        text.map((each) => each.replaceAll('*', '')),
        (pattern, path) => {
          const regex = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
          expect(fieldPatternMatches(pattern, path)).toBe(regex.test(path));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('a rule is refused exactly when the judge would apply it to nothing', () => {
    const fields = 'a: id, b.c: text, t: { type: table, columns: { x: id, y: id } }';
    const base = valid(SMALL.replace(/fields:\n[\s\S]*/, `fields: { ${fields} }\n`)).pipelines[0]!;
    const pattern = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 't', 'x', 'y', '.', '*'),
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(pattern, (each) => {
        const gate = { ...base.gate, fields: [{ pattern: each, min: 0.5 }] };
        const applied = base.fields.some(
          (field) =>
            ruleFor(gate, field).declared ||
            (field.spec.type === 'table' &&
              field.spec.columns.some(({ name }) => ruleFor(gate, field, name).declared)),
        );
        const text = SMALL.replace(
          /fields:\n[\s\S]*/,
          `fields: { ${fields} }\n    gate: { fields: { ${JSON.stringify(each)}: { min: 0.5 } } }\n`,
        );
        expect(problemsOf(text).some(({ code }) => code === 'rule_for_nothing')).toBe(!applied);
      }),
      { numRuns: 300 },
    );
  });

  test('many stars are answered soon', () => {
    const started = performance.now();
    expect(fieldPatternMatches(`${'*a'.repeat(100)}b`, 'a'.repeat(100_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
