import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAmount } from '../../../src/core/config/amounts.js';
import { formatDuration, parseDuration } from '../../../src/core/config/durations.js';
import { formatPercentage, parsePercentage } from '../../../src/core/config/percentages.js';
import { formatSize, parseSize } from '../../../src/core/config/sizes.js';

describe('durations', () => {
  test.each([
    ['20m', 1_200_000],
    ['60s', 60_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['500ms', 500],
    ['0s', 0],
    ['90m', 5_400_000],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each([
    '',
    '20',
    '20 m',
    '20M',
    '1.5h',
    '-1s',
    '30m1h',
    '1h1h',
    'h',
    '1w',
    '20m ',
    ' 20m',
    '1e3s',
    '٣m',
  ])('"%s" is none', (text) => expect(parseDuration(text)).toBeUndefined());

  test('what is formatted is parsed back', () => {
    fc.assert(
      fc.property(fc.nat(2_000_000_000), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('sizes', () => {
  test.each([
    ['4GiB', 4 * 1024 ** 3],
    ['512MiB', 512 * 1024 ** 2],
    ['1.5GB', 1.5e9],
    ['4 GiB', 4 * 1024 ** 3],
    ['1KB', 1000],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', '4', '4G', '4gib', 'GiB', '-1GiB', '1e3GiB', '4  GiB'])('"%s" is none', (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );

  test('whole units are formatted so that they are parsed back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999 }),
        fc.constantFrom('KB', 'MiB', 'GiB', 'GB', 'TiB'),
        (n, unit) => {
          const bytes = parseSize(`${n}${unit}`)!;
          expect(parseSize(formatSize(bytes))).toBe(bytes);
        },
      ),
    );
  });
});

describe('percentages and money', () => {
  test.each([
    ['50%', '0.5'],
    ['12.5%', '0.125'],
    ['0.1%', '0.001'],
    ['250 %', '2.5'],
  ])('%s is the fraction %s, without binary rounding', (text, fraction) => {
    expect(parsePercentage(text)).toBe(fraction);
    expect(formatPercentage(Number(fraction))).toBe(text.replace(' ', ''));
  });

  test.each(['50', '%', '-5%', '5%%', '1e2%'])('"%s" is no percentage', (text) =>
    expect(parsePercentage(text)).toBeUndefined(),
  );

  test('an amount keeps its digits', () => {
    expect(parseAmount('0.10 USD')).toEqual({ amount: '0.10', currency: 'USD' });
  });

  test.each(['5', '5$', 'USD 5', '5 usd', '5  USD', '-5 USD', '5 USDT'])('"%s" is no amount', (text) =>
    expect(parseAmount(text)).toBeUndefined(),
  );
});
