/** Lines that open a block of raw HTML, and what ends it. https://spec.commonmark.org/0.31.2/#html-blocks */

export type HtmlEnd = RegExp | 'blank';

const KINDS: readonly (readonly [RegExp, HtmlEnd])[] = [
  [/^<(?:script|pre|textarea|style)(?:\s|>|$)/i, /<\/(?:script|pre|textarea|style)>/i],
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<![A-Za-z]/, />/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [
    /^<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:\s|\/?>|$)/i,
    'blank',
  ],
];

/** One whole tag and nothing else. */
const LONE_TAG =
  /^<(?:[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*\/?|\/[A-Za-z][A-Za-z0-9-]*\s*)>\s*$/;
/** Longer tags are not looked at: trying every way to read their attributes costs more than their length. */
const LONE_TAG_CHARACTERS = 300;

/** @param interrupts the line would end a paragraph, which a lone tag may not */
export function htmlStart(line: string, interrupts: boolean): HtmlEnd | undefined {
  if (!line.startsWith('<')) return undefined;
  for (const [start, end] of KINDS) if (start.test(line)) return end;
  return !interrupts && line.length <= LONE_TAG_CHARACTERS && LONE_TAG.test(line) ? 'blank' : undefined;
}
