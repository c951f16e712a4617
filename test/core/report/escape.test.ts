import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { codeMarkdown, escapeMarkdown, preMarkdown } from '../../../src/core/report/escape.js';
import { visible } from '../../../src/core/report/values.js';
import { HOSTILE_TEXTS } from '../../support/report.js';

/** What GitHub's parser makes of it; GitHub's filters then look at the text nodes outside code. */
const parse = (markdown: string): string =>
  micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });

const decode = (html: string): string =>
  html
    .replace(/<span>\$<\/span>/g, '$')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replaceAll('\u200b', '');

/** Escaped text in the middle of a paragraph, as every caller places it. */
const paragraph = (text: string): string => parse(`x ${escapeMarkdown(text)} y`);

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        ...Array.from('*_`~[]()<>!|#@:/\\$&;-=+.^{}"\'\n '),
        'a',
        '1',
        'http',
        'https://a.bc',
        'www.',
        '<!--',
        '-->',
        '&lt;',
        '</code>',
        'a@b.cd',
        '![x](y)',
        'deadbeef1',
        'GH-1',
        '```',
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join('')),
);

describe('text in Markdown', () => {
  it.each(HOSTILE_TEXTS.map((text, i) => [i, text.slice(0, 60), text] as const))(
    '%i stays text: %j',
    (_i, _shown, text) => {
      const html = paragraph(text);
      expect(html.replace(/<span>\$<\/span>/g, '')).toMatch(/^<p>[^<]*<\/p>$/);
    },
  );

  it('is never markup, and reads as it was', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const html = paragraph(text);
        const inner = html.replace(/^<p>x /, '').replace(/ y<\/p>$/, '');
        expect(inner.replace(/<span>\$<\/span>/g, '')).not.toMatch(/[<>]/);
        const flat = (one: string): string => one.replace(/\s+/g, ' ').trim();
        expect(flat(decode(inner))).toBe(flat(visible(text)));
      }),
      { numRuns: 1000 },
    );
  });

  it('cannot open a block when it starts a line', () => {
    for (const text of [
      '# a',
      '- a',
      '+ a',
      '1. a',
      '1) a',
      '> a',
      '===',
      '---',
      '* a',
      '~~~',
      '```',
      '| a |',
      '[a]: b',
      '    ',
    ]) {
      expect(
        parse(`para\n\n${escapeMarkdown(text)}\n`)
          .replace(/<p>[^<]*<\/p>/g, '')
          .trim(),
      ).toBe('');
    }
  });

  it.each([
    ['a mention', '@octocat', /@octocat/],
    ['a team', '@github/team', /@github/],
    ['an address', 'me@example.com', /me@example/],
    ['an issue', '#123', /#123/],
    ['an issue elsewhere', 'a/b#1', /#1/],
    ['an old issue', 'GH-12', /GH-12/],
    ['a commit', 'a5c3785ed8d6a35868bc169f07e40e889087fd2e', /[0-9a-f]{7}/],
    ['a short commit', 'a5c3785', /a5c3785/],
    ['a picture by name', ':tada:', /:tada/],
    ['a web address', 'https://example.com', /https:\/\//],
    ['a bare web address', 'www.example.com', /www\./],
  ])('hides %s from the filters that read the text after parsing', (_name, text, trigger) => {
    expect(decodeEntities(paragraph(text))).not.toMatch(trigger);
  });

  it('keeps a table in its cells', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const html = parse(`| a | b |\n| - | - |\n| ${codeMarkdown(text, 200)} | end |\n`);
        expect(html.match(/<td>/g)).toHaveLength(2);
        expect(html).toContain('<td>end</td>');
        expect(html.match(/<code>/g)).toHaveLength(1);
        expect(html).not.toMatch(/<a |<img|<script/);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a traceback in its block', () => {
    const html = parse(`${preMarkdown(HOSTILE_TEXTS, 300)}\n\nafter`);
    expect(html).not.toMatch(/<(script|img|a|h1|ul|table)\b/);
    expect(html).toContain('<p>after</p>');
  });
});

/** Entities decoded, zero-width spaces kept: what GitHub's filters see. */
function decodeEntities(html: string): string {
  return html.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
