import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/core/report/html/index.js';
import { renderMarkdown } from '../../../src/core/report/markdown.js';
import { priceFacts, priceSentences } from '../../../src/core/report/price.js';
import { renderTerminal } from '../../../src/core/report/terminal.js';
import { paidRun, passReport } from '../../support/report.js';

const compute = (more: object = {}) =>
  priceFacts(paidRun({ compute: { ...paidRun().compute!, ...more } }))[0];

describe('the price of an evaluation', () => {
  it('says what was paid, what was expected and what was in vain, compute and extractor apart', () => {
    expect(priceFacts(paidRun())).toEqual([
      {
        term: 'Compute',
        text: '$0.012 (expected $0.011), for 8 tasks, 2 of them started again (spot took 1 back) and 12 min 3 s billed; $0.0011 of it gave nothing',
      },
      { term: 'Reported by the extractor', text: '$0.40 (expected $0.41)' },
    ]);
  });

  it('leaves out what did not happen and what is not known', () => {
    expect(compute({ tasks: 1, retried: 0, spot_losses: 0, wasted_usd: 0, billed_seconds: 60 })?.text).toBe(
      '$0.012 (expected $0.011), for 1 task and 60.0 s billed',
    );
    expect(compute({ usd: null, wasted_usd: null, spot_losses: 0 })?.text).toBe(
      'the machine has no price (expected $0.011), for 8 tasks, 2 of them started again and 12 min 3 s billed',
    );
    expect(priceSentences(paidRun({ estimate: null, compute: null }))).toEqual([
      'Reported by the extractor: $0.40.',
    ]);
    expect(priceSentences(paidRun({ estimate: null, reported_usd: null }))).toHaveLength(1);
  });

  it('is nothing at all where nothing is billed, although something was estimated', () => {
    expect(priceFacts(passReport().run)).toEqual([]);
    expect(priceFacts(paidRun({ compute: null, reported_usd: null }))).toEqual([]);
  });

  it.each([
    ['terminal', (report) => renderTerminal(report, { color: false, width: 200 })],
    ['Markdown', (report) => renderMarkdown(report, { budgetCharacters: 60_000 })],
    ['HTML', (report) => renderHtml(report)],
  ] satisfies [string, (report: ReturnType<typeof passReport>) => string][])(
    'stands in the %s',
    (_name, render) => {
      const paid = render(passReport({ run: paidRun() })).replace(/&#8203;|<\/?span>|\\/g, '');
      for (const part of [
        'Compute',
        '$0.012 (expected $0.011)',
        'Reported by the extractor',
        '$0.40 (expected',
      ])
        expect(paid).toContain(part);
      const free = render(passReport());
      for (const part of ['Compute', 'Reported by the extractor', 'Ran on']) expect(free).not.toContain(part);
    },
  );
});
