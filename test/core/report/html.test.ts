import { describe, expect, it } from 'vitest';
import { HTML_DOCUMENTS } from '../../../src/core/limits.js';
import { detailedDocuments, renderHtml } from '../../../src/core/report/html/index.js';
import { blockReport, field, hugeReport, passReport, REPORTS } from '../../support/report.js';

describe('the HTML report', () => {
  it.each(Object.keys(REPORTS))('is the same text for the same report: %s', (name) => {
    const make = REPORTS[name]!;
    expect(renderHtml(make())).toBe(renderHtml(make()));
  });

  it.each(Object.keys(REPORTS))(
    'holds no address outside itself, no style attribute and no handler of its own: %s',
    (name) => {
      const html = renderHtml(REPORTS[name]!());
      const markup = html.replace(/<script[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>/g, '');
      const tags = markup.match(/<[a-z][^>]*>/gi) ?? [];
      expect(tags.length).toBeGreaterThan(20);
      for (const tag of tags) {
        const names = tag.replace(/"[^"]*"/g, '""');
        expect(names).not.toMatch(/\s(?:on\w+|style|src|srcset|action|formaction|ping|background)=/i);
        expect(tag).not.toMatch(/\shref="(?!#|data:,)/);
      }
    },
  );

  it('draws each changed field once, with its name escaped', () => {
    const html = renderHtml(
      blockReport({ fields: [field('a<b>&"c', 60, 50, 71), field('same', 60, 60, 71)] }),
    );
    const svg = /<svg role="img"[\s\S]*?<\/svg>/.exec(html.slice(html.indexOf('chartbox')))![0];
    expect(svg).toContain('a&lt;b&gt;&amp;&quot;c');
    expect(svg).not.toContain('>same');
    expect(svg).not.toMatch(/<style|style=|#01010/);
  });

  it('has no chart when nothing changed, and no documents that are right', () => {
    const html = renderHtml(passReport());
    expect(html).not.toContain('chartbox"');
    expect(html).toContain('70 others');
  });

  it('tells a bounded number of documents, the worst ones', () => {
    const told = detailedDocuments(hugeReport());
    expect(told).toHaveLength(HTML_DOCUMENTS);
    expect(told.every((document) => (document.head ?? 0) < (document.base ?? 0))).toBe(true);
  });

  it('leaves out the JSON when even its shortest form is too long, and says so', () => {
    const html = renderHtml(blockReport(), undefined, { jsonCharacters: 1_000 });
    expect(html).not.toContain('id="report-json"');
    expect(html).toContain('docops eval --json writes all of it');
  });
});
