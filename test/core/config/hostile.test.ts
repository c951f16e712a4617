import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeFrame, formatProblem, readConfig } from '../../../src/core/config/index.js';
import { CONFIG_PROBLEMS } from '../../../src/core/limits.js';
import { FULL, SMALL, brief, changed, problemsOf } from './support.js';

const BIG = 200_000;

describe('a hostile file is refused, soon, and without bringing the program down', () => {
  test.each<[name: string, text: string, code: string]>([
    ['more than the limit', `version: 1\nx: ${'y'.repeat(300_000)}`, 'file_too_large'],
    ['deep brackets', '['.repeat(BIG), 'too_deep'],
    ['deep braces', '{a: '.repeat(BIG / 4), 'too_deep'],
    ['deep lists in one line', '- '.repeat(BIG / 2), 'too_deep'],
    ['deep mappings', Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}k:\n`).join(''), 'too_deep'],
    ['deep explicit keys', '? '.repeat(BIG / 2), 'too_deep'],
    [
      'a billion laughs',
      [
        'a: &a [1,1,1,1,1,1,1,1,1]',
        ...'bcdefghij'.split('').map((c, i) => `${c}: &${c} [${`*${'abcdefghi'[i]!},`.repeat(9)}]`),
      ].join('\n'),
      'too_many_values',
    ],
    ['many aliases', `a: &a 1\nb: [${'*a,'.repeat(60_000)}]`, 'too_many_values'],
    ['many missing aliases', `b: [${'*a,'.repeat(60_000)}]`, 'quote_it'],
    ['many keys', Array.from({ length: 15_000 }, (_, i) => `key${i}: 1`).join('\n'), 'unknown_key'],
    ['one key many times', 'a: 1\n'.repeat(40_000), 'duplicate_key'],
    ['many documents', '---\n'.repeat(50_000), 'several_documents'],
    ['many tags', '!a '.repeat(50_000), 'yaml_syntax'],
    ['many anchors', '&a '.repeat(50_000), 'yaml_syntax'],
    ['bad escapes', `"${'\\x'.repeat(100_000)}"`, 'yaml_syntax'],
    ['an open quote over many lines', `a: "${'\n'.repeat(BIG)}`, 'yaml_syntax'],
    ['a key of 200 KB', `${'k'.repeat(BIG)}: 1`, 'yaml_syntax'],
  ])('%s', (_name, text, code) => {
    const started = performance.now();
    const { config, problems } = readConfig(text, '.docops.yml');
    expect(config).toBeUndefined();
    expect(problems.map((problem) => problem.code)).toContain(code);
    expect(problems.length).toBeLessThanOrEqual(CONFIG_PROBLEMS + 1);
    expect(Math.max(...problems.map((problem) => problem.message.length))).toBeLessThan(600);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('a message never carries what moves a cursor or reorders text', () => {
    const text = `${SMALL}"\\x1b[31m\\u202Ex\\ud800": 1\n`;
    const [problem] = problemsOf(text);
    expect(problem?.code).toBe('unknown_key');
    expect(formatProblem(problem!)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    const frame = codeFrame(`a\u001b[2J: \u202e${text}`, {
      ...problem!,
      place: { file: 'f', line: 1, column: 1 },
    });
    expect(frame?.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  });

  test('a cut list of problems keeps an error', () => {
    const paths = Array.from({ length: 300 }, () => 'a').join(', ');
    const text = changed('paths: ["extract/**"]', `paths: [${paths}]`).replace(
      'seller.name',
      'invoice_number.x',
    );
    const { config, problems } = readConfig(text, '.docops.yml');
    expect(config).toBeUndefined();
    expect(problems.map(({ code }) => code)).toContain('field_inside_field');
  });

  test('any text gives a configuration or an error, never an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const { config, problems } = readConfig(text, 'f');
        expect(config === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
      }),
    );
  });

  test('an example with a piece cut, doubled or replaced gives a configuration or an error with a place', () => {
    const piece = fc.constantFrom(
      '',
      ' ',
      '\n',
      '\t',
      '*',
      '&a',
      '!x',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '"',
      "'",
      '1e999',
      '.nan',
      'null',
      '__proto__: ',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.nat(FULL.length), fc.nat(40), piece, (at, cut, by) => {
        const text = FULL.slice(0, at) + by + FULL.slice(at + cut);
        const { config, problems } = readConfig(text, 'f');
        const errors = problems.filter(({ severity }) => severity === 'error');
        expect(config === undefined).toBe(errors.length > 0);
        for (const { place } of errors) {
          expect(place?.line).toBeGreaterThanOrEqual(1);
          expect(place?.line).toBeLessThanOrEqual(text.split('\n').length);
          expect(place?.column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the problem after a cut line has the right line', () => {
    expect(brief(problemsOf(`# a comment\n\n${changed('min: 0.8', 'min: 8')}`))).toEqual([
      'error out_of_range 15:12',
    ]);
  });
});
