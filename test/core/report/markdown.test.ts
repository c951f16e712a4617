import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { CHECK_TEXT_CHARACTERS, STEP_SUMMARY_BYTES } from '../../../src/core/limits.js';
import { renderMarkdown, renderSummaryLine, renderTitle } from '../../../src/core/report/markdown.js';
import { blockReport, REPORTS } from '../../support/report.js';

const parse = (markdown: string): string =>
  micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });

describe('the report as Markdown', () => {
  it.each(Object.keys(REPORTS))('fits every budget, in characters and in bytes: %s', (name) => {
    const report = REPORTS[name]!();
    for (const budget of [
      0,
      1,
      20,
      100,
      300,
      1_000,
      3_000,
      10_000,
      CHECK_TEXT_CHARACTERS,
      STEP_SUMMARY_BYTES,
    ]) {
      const text = renderMarkdown(report, { budgetCharacters: budget });
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(budget);
      if (budget >= 1_500) expect(text).toContain('## ');
    }
  });

  it.each(Object.keys(REPORTS))('is never cut inside a table or a fold, however short: %s', (name) => {
    const report = REPORTS[name]!();
    for (let budget = 500; budget < 30_000; budget = Math.ceil(budget * 1.7)) {
      const text = renderMarkdown(report, { budgetCharacters: budget });
      const rows = text.split('\n').filter((line) => line.startsWith('|'));
      for (const row of rows) expect(row.endsWith('|')).toBe(true);
      expect(text.match(/<details>/g)?.length ?? 0).toBe(text.match(/<\/details>/g)?.length ?? 0);
      expect(text.match(/<pre>/g)?.length ?? 0).toBe(text.match(/<\/pre>/g)?.length ?? 0);
    }
  });

  it('has the verdict, the reasons with their codes, the fields, the documents with their values', () => {
    const html = parse(renderMarkdown(blockReport(), { budgetCharacters: CHECK_TEXT_CHARACTERS })).replace(
      /\u200b/g,
      '',
    );
    expect(html).toContain('BLOCKED: invoices: overall 91.2 % → 87.4 % (−3.8 points)');
    expect(html).toContain('field_regressed');
    expect(html).toMatch(/<code>grand_total<\/code><\/strong><\/td>\n<td align="right">97\.2 %/);
    expect(html).toContain('<code>1.243,56 EUR</code>');
    expect(html).toContain('Labels to look at');
  });

  it('links the full report, and says when something was left out', () => {
    const url = 'https://docops.example/runs/1?a=b)c';
    const long = renderMarkdown(blockReport(), { budgetCharacters: CHECK_TEXT_CHARACTERS, detailsUrl: url });
    expect(parse(long)).toContain('<a href="https://docops.example/runs/1?a=b%29c">Full report</a>');
    expect(long).not.toContain('Shortened');
    expect(renderMarkdown(blockReport(), { budgetCharacters: 2_000, detailsUrl: url })).toContain(
      'Shortened to fit',
    );
  });

  it('makes nothing of hostile text: no link, picture, script, heading or list of its own', () => {
    const html = parse(renderMarkdown(REPORTS['hostile']!(), { budgetCharacters: STEP_SUMMARY_BYTES }));
    const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag!.toLowerCase()));
    for (const tag of ['a', 'img', 'script', 'input', 'h1', 'ol', 'blockquote', 'hr', 'em', 'del', 'style'])
      expect(tags).not.toContain(tag);
    // Outside code nothing is left that GitHub would turn into a mention or a reference.
    const outside = html
      .replace(/<code>[\s\S]*?<\/code>|<pre>[\s\S]*?<\/pre>/g, '')
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    expect(outside).not.toMatch(/@\w|#\d|GH-\d|https?:\/\/|www\.|[0-9a-f]{40}/);
  });

  it('has a title of one plain line within GitHub’s limit', () => {
    for (const make of Object.values(REPORTS)) {
      const title = renderTitle(make());
      expect(title.length).toBeLessThanOrEqual(255);
      expect(title).toMatch(/^\S [A-Z, ]+ \S/);
      expect(title).not.toContain('\n');
    }
    expect(renderTitle(blockReport())).toBe('✖ BLOCKED invoices: overall 91.2 % → 87.4 % (−3.8 points)');
    expect(renderSummaryLine(blockReport())).toContain('**BLOCKED**');
  });
});
