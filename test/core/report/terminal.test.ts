import stringWidth from 'string-width';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../../src/core/report/terminal.js';
import { blockReport, cell, crashReport, document, passReport, REPORTS } from '../../support/report.js';

const plain = (name: string, width = 100): string =>
  renderTerminal(REPORTS[name]!(), { color: false, width });

describe('the report in a terminal', () => {
  it('says the verdict and the difference in its first line', () => {
    expect(plain('block').split('\n')[0]).toBe('✖ BLOCKED  invoices: overall 91.2 % → 87.4 % (−3.8 points)');
    expect(plain('pass').split('\n')[0]).toBe('✔ PASSED  invoices: overall 91.2 % → 91.2 % (no difference)');
    expect(plain('not applicable').split('\n')[0]).toBe(
      '○ NOTHING TO MEASURE  invoices: no watched file differs from the base',
    );
    expect(plain('not measured').split('\n')[0]).toMatch(/^\? NOT MEASURED {2}invoices: The disk is full/);
    expect(plain('bootstrap').split('\n')[0]).toContain('overall 91.2 %, without a base to compare with');
  });

  it('names the field, its numbers and its rule on one line, changed fields before the others', () => {
    const lines = plain('block').split('\n');
    const at = (text: RegExp): number => lines.findIndex((line) => text.test(line));
    expect(lines[at(/✖ {2}grand_total/)]).toMatch(
      /97\.2 % +93\.0 % +−4\.2 +3 +0 +0\.063 {2}no drop, ≥ 95 %$/,
    );
    expect(at(/✖ {2}grand_total/)).toBeLessThan(at(/▲ {2}due_date/));
    expect(at(/▲ {2}due_date/)).toBeLessThan(at(/= {2}invoice_number/));
    expect(lines[at(/└ quantity/)]).toMatch(/▼ .*92\.9 % +89\.3 % +−3\.6 +2 +0/);
  });

  it('shows expected and head below each other, with marks under the difference', () => {
    const text = plain('block');
    const lines = text.split('\n');
    const i = lines.findIndex((line) => line.includes('1.243,56 EUR'));
    expect(lines[i - 1]).toMatch(/expected, base +1\.234,56 EUR/);
    expect(lines[i + 1]!.indexOf('^^')).toBe(lines[i]!.indexOf('43,56'));
  });

  it('keeps a difference in sight that stands far inside a long value', () => {
    const before = 'word '.repeat(60);
    const report = blockReport({
      documents: [document('a', 1, 0, [cell('notes', `${before}RIGHT`, `${before}RIGHT`, `${before}WRONG`)])],
    });
    expect(renderTerminal(report, { color: false, width: 80 })).toMatch(/WRONG\n +\^/);
  });

  it('tells failures of one kind once, with the last lines of standard error', () => {
    const text = plain('crash');
    expect(text.match(/IndexError/g)).toHaveLength(1);
    expect(text).toContain('71 documents: inv-0000');
  });

  it('leaves out what says nothing', () => {
    const text = plain('pass');
    for (const title of [
      'Failures',
      'Noise',
      'Coverage',
      'Changed labels',
      'Documents',
      'Labels to look at',
      'Slices',
    ]) {
      expect(text).not.toContain(`\n${title}`);
    }
  });

  it('says how sure it is: documents, interval, smallest drop, base and how it was chosen, seconds, cache', () => {
    const text = plain('noisy', 160).replace(/\s+/g, ' ');
    for (const part of [
      '71 documents of 23 templates',
      '[−6.1, −1.5]',
      'p = 0.003',
      '2.1 points',
      'main a81f3c2d9e (tip of main)',
      '12.3 s',
      '71 from the cache (base)',
      'was confirmed',
      'judged statistically',
    ]) {
      expect(text).toContain(part);
    }
  });

  it.each(
    Object.keys(REPORTS).flatMap((name) => [40, 60, 80, 120, 200].map((width) => [name, width] as const)),
  )('stays within the line and free of control characters: %s at %i columns', (name, width) => {
    const text = renderTerminal(REPORTS[name]!(), { color: true, width });
    const bare = stripVTControlCharacters(text);
    // eslint-disable-next-line no-control-regex
    expect(bare).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/);
    // Colours are the only sequences.
    // eslint-disable-next-line no-control-regex
    expect(text.replace(/\u001b\[\d+m/g, '')).toBe(bare);
    const tooLong = bare
      .split('\n')
      .filter((line) => stringWidth(line, { ambiguousIsNarrow: true }) > Math.max(60, width) + 2);
    expect(tooLong).toEqual([]);
  });

  it('says the same without colours', () => {
    for (const [name, make] of Object.entries(REPORTS)) {
      if (name === 'huge') continue;
      const report = make();
      expect(stripVTControlCharacters(renderTerminal(report, { color: true, width: 90 }))).toBe(
        renderTerminal(report, { color: false, width: 90 }),
      );
    }
  });

  it('prints no line that GitHub Actions would take for a command', () => {
    const report = crashReport();
    const attack = '::error::pwned';
    const text = renderTerminal(
      {
        ...report,
        reasons: [
          {
            code: 'extractor_crashed',
            level: 'block',
            text: `${'x '.repeat(24)}${attack} ##[add-path]/tmp ${attack.repeat(20)}`,
          },
        ],
        warnings: [attack],
        failures: report.failures.map((one) => ({ ...one, stderr_tail: `${attack}\n##[error]x` })),
      },
      { color: false, width: 60 },
    );
    expect(text).not.toMatch(/^\s*::/m);
    expect(text).not.toContain('##[');
  });

  it('is quick for ten thousand documents', () => {
    const report = REPORTS['huge']!();
    const start = performance.now();
    const text = renderTerminal(report, { color: true, width: 120 });
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(text.split('\n').length).toBeLessThan(200);
  });

  it('shows as many documents as asked for', () => {
    expect(renderTerminal(blockReport(), { color: false, width: 80, documents: 1 })).toContain(
      'and 2 more documents',
    );
    expect(renderTerminal(blockReport(), { color: false, width: 80, documents: 0 })).not.toContain(
      '\nDocuments',
    );
    expect(renderTerminal(passReport(), { color: false, width: Number.NaN })).toContain('PASSED');
  });
});
