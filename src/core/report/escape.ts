/**
 * Text from strangers' documents, made harmless for GitHub-flavoured Markdown. It lands in check runs, comments and step
 * summaries, where it could become links, pictures that report back, mentions that notify people, references that
 * litter other issues, table borders or HTML.
 *
 * Three layers have to be passed. The Markdown parser: punctuation is escaped (backslash, or an entity where a backslash
 * is not enough). GitHub's filters, which look for mentions, references, commit hashes, emoji and addresses in the text
 * after parsing, where an entity is no protection any more: a zero-width space breaks each trigger. The reader: nothing
 * invisible stays invisible (`visible`, done before, so the zero-width spaces added here are the only ones).
 */
import { clip, visible } from './values.js';

/** Zero-width space, as an entity so that a reader of the source sees it. */
const BREAK = '&#8203;';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '|': '&#124;',
  '`': '&#96;',
  '"': '&quot;',
};

/** Escapes one line of untrusted text for a table cell or a paragraph. */
export function escapeMarkdown(text: string): string {
  // First the breaks, marked with a character that `visible` never lets through; then the syntax; then the marks.
  return (
    visible(text)
      .replace(/@/g, '@\u0000')
      .replace(/#(?=\w)/g, '#\u0000')
      .replace(/:(?=[\w+/-])/g, ':\u0000')
      .replace(/www(?=\.)/gi, (www) => `${www}\u0000`)
      .replace(/(gh)-(?=\d)/gi, '$1-\u0000')
      .replace(/[0-9a-f]{7,}/gi, (hash) =>
        // Plain numbers (totals, account numbers) stay whole unless they are as long as a commit.
        /^\d{1,39}$/.test(hash) ? hash : hash.replace(/.{6}(?=.)/g, '$&\u0000'),
      )
      .replace(/[\\*_[\]~^!]/g, (character) => `\\${character}`)
      // What opens a heading, list, quote or underline does so only at the start of a line.
      .replace(/^(\s*)([#+=-])/, '$1\\$2')
      .replace(/^(\s*\d+)([.)])/, '$1\\$2')
      .replace(/[&<>|`"]/g, (character) => ENTITIES[character] ?? '')
      // A backslash does not stop mathematics on GitHub; an element of its own does.
      // https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
      .replace(/\$/g, () => '<span>$</span>')
      .replaceAll('\u0000', BREAK)
  );
}

/** A name or value as code: GitHub looks for nothing inside. The HTML element takes every character, backticks too. */
export function codeMarkdown(text: string, max: number): string {
  return `<code>${escapeMarkdown(clip(visible(clip(text, max)), max))}</code>`;
}

/**
 * Several lines of untrusted text (a traceback) as a block. The content of `pre` is HTML and no Markdown, so only HTML
 * is escaped, and GitHub's filters leave it alone.
 */
export function preMarkdown(lines: readonly string[], max: number): string {
  const shown = lines.map((line) =>
    clip(visible(clip(line, max)), max).replace(/[&<>|`"]/g, (character) => ENTITIES[character] ?? ''),
  );
  return `<pre>\n${shown.join('\n')}\n</pre>`;
}
