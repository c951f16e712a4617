import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/words.js';
import {
  clip,
  count,
  dollars,
  duration,
  interval,
  markDifference,
  percent,
  points,
  pointsInWords,
  pValue,
  showValue,
  showValues,
  visible,
  visibleLines,
} from '../../../src/core/report/values.js';

describe('numbers', () => {
  it.each([
    ['a share', percent(0.912), '91.2 %'],
    ['all', percent(1), '100.0 %'],
    ['none', percent(0), '0.0 %'],
    ['nearly all is not all', percent(0.9999), '99.99 %'],
    ['nearly none is not none', percent(0.0001), '0.01 %'],
    ['no score', percent(null), '—'],
    ['not a number', percent(Number.NaN), '—'],
    ['a drop', points(-0.038), '−3.8'],
    ['a gain', points(0.011), '+1.1'],
    ['a drop too small for one decimal', points(-0.0003), '−0.03'],
    ['floating-point dust', points(-1e-15), '0.0'],
    ['one point in words', pointsInWords(-0.01), '−1.0 point'],
    ['eleven points in words', pointsInWords(-0.11), '−11.0 points'],
    ['nothing in words', pointsInWords(0), 'no difference'],
    ['an interval', interval([-0.061, 0.015]), '[−6.1, +1.5]'],
    ['a p-value', pValue(0.0031), '0.003'],
    ['a tiny p-value', pValue(0.00001), '< 0.001'],
    ['milliseconds', duration(0.0123), '12 ms'],
    ['never 1000 ms', duration(0.9999), '1.0 s'],
    ['minutes', duration(125), '2 min 5 s'],
    ['hours', duration(3725), '1 h 2 min'],
    ['a small price', dollars(0.00312), '$0.0031'],
    ['a price', dollars(3), '$3.00'],
    ['thousands', count(1234567), '1,234,567'],
  ])('write %s', (_name, written, expected) => {
    expect(written).toBe(expected);
  });

  it('never round a difference to none, nor a sign away', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (delta) => {
        if (Math.abs(delta) < 1e-5) return;
        expect(points(delta)).toMatch(delta < 0 ? /^−.*[1-9]/ : /^\+.*[1-9]/);
      }),
    );
  });
});

describe('values', () => {
  it.each<[string, Json, string]>([
    ['null', null, '—'],
    ['an empty text', '', '—'],
    ['a text that looks like none', '—', '"—"'],
    ['white space around', ' 5 ', '" 5 "'],
    ['a number', 5, '5'],
    ['an object', { a: [1] }, '{"a":[1]}'],
    ['escape sequences', '\u001b[31mred', '\\u001b[31mred'],
    ['turned reading direction', 'a\u202etxt', 'a\\u202etxt'],
    ['line breaks', 'a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['zero-width characters', 'a\u200bb\ufeff', '"a\\u200bb\\ufeff"'],
    ['half of a character', 'a\ud800b', 'a\\ud800b'],
    ['tags', 'a\u{e0041}', 'a\\u{e0041}'],
  ])('show %s', (_name, value, expected) => {
    expect(showValue(value, 100)).toBe(expected);
  });

  it('hold nothing that moves a cursor, hides or turns, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        /* eslint-disable no-control-regex */
        expect(visible(text)).not.toMatch(
          /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u,
        );
        expect(visibleLines(text)).not.toMatch(
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]|\p{Cs}/u,
        );
        /* eslint-enable no-control-regex */
      }),
    );
  });

  it('are cut to the width asked for, without looking at a megabyte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        expect(Array.from(showValue(text, max)).length).toBeLessThanOrEqual(max);
      }),
    );
    expect(showValue('😀'.repeat(500_000), 10)).toBe(`${'😀'.repeat(9)}…`);
    expect(clip('abc', 3)).toBe('abc');
  });

  it('that differ never look alike', () => {
    expect(showValues([5, '5'], 50)).toEqual(['5', '"5"']);
    expect(showValues(['1 234', '1\u00a0234'], 50)).toEqual(['"1 234"', '"1\\u00a0234"']);
    const [composed, decomposed] = showValues(['é', 'e\u0301'], 50);
    expect(composed).not.toBe(decomposed);
    expect(showValues(['a', 'a', 'b'], 50)).toEqual(['a', 'a', 'b']);
  });
});

describe('the difference of two values', () => {
  it.each([
    ['a middle', '1.243,56', '1.234,56', ['1.2', '*43', ',56']],
    ['an end', 'INV-0012', 'INV-0011', ['INV-001', '*2']],
    ['something missing', '1', '12', ['1', '*']],
    ['something missing inside', '8.80', '88.80', ['8', '*', '.80']],
    ['everything', 'abc', 'xyz', ['*abc']],
    ['nothing', 'same', 'same', ['same']],
  ])('is marked: %s', (_name, text, other, expected) => {
    expect(markDifference(text, other).map((piece) => (piece.differs ? '*' : '') + piece.text)).toEqual(
      expected,
    );
  });

  it('leaves the value as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        const pieces = markDifference(a, b);
        expect(pieces.map((piece) => piece.text).join('')).toBe(a);
        expect(pieces.some((piece) => piece.differs)).toBe(a !== b);
      }),
    );
  });
});
