/** Small parts of Markdown that check runs, comments and replies share. All text of others comes through `escape.ts`. */
import { markdownTable } from 'markdown-table';
import { CHECK_TITLE_CHARACTERS } from '../limits.js';
import { codeMarkdown } from '../report/escape.js';
import { count, visible } from '../report/values.js';

const encoder = new TextEncoder();

/** UTF-8 bytes: a limit in them holds whether the receiver counts bytes or characters. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** One plain line for a title; never longer than GitHub takes, counted in UTF-16 units. */
export function titleOf(text: string, max: number = CHECK_TITLE_CHARACTERS): string {
  const line = visible(text.length > 4 * max ? text.slice(0, 4 * max) : text).trim();
  if (line.length <= max) return line;
  return `${line.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}\u2026`;
}

/**
 * Parts under each other. Those that do not fit the budget any more are left out whole, and the text says so; `links`
 * (or nothing) always stand at the end.
 */
export function joined(parts: readonly string[], budgetBytes: number, last = ''): string {
  const left = 'Shortened to fit.';
  const reserve = bytesOf(last) + bytesOf(left) + 8;
  const kept: string[] = [];
  let used = 0;
  let dropped = false;
  for (const part of parts) {
    if (part === '') continue;
    const size = bytesOf(part) + 2;
    if (used + size + reserve > budgetBytes) dropped = true;
    else {
      kept.push(part);
      used += size;
    }
  }
  const end = [dropped ? left : '', last].filter((part) => part !== '').join(' ');
  return [...kept, ...(end === '' ? [] : [end])].join('\n\n');
}

/** A table of as many rows as fit, with a line that counts the rest. */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly string[],
  budgetBytes: number,
  what = 'row',
): string {
  const sizes = rows.map((row) => bytesOf(row.join(' | ')) + 5);
  let used = bytesOf(head.join(' | ')) * 2 + 60;
  let shown = 0;
  while (shown < rows.length && used + (sizes[shown] ?? 0) <= budgetBytes) used += sizes[shown++] ?? 0;
  const rest = rows.length - shown;
  const table = markdownTable([head, ...rows.slice(0, shown)], { align: [...align], alignDelimiters: false });
  return rest === 0 ? table : `${table}\n\nand ${count(rest)} more ${rest === 1 ? what : `${what}s`}`;
}

/** A link to an address of ours, which cannot end the link that it stands in. */
export function linkTo(url: string | null | undefined, text: string): string {
  if (url === null || url === undefined || !URL.canParse(url)) return '';
  const href = new URL(url).href.replace(
    /[()<>\\\s]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return /^https?:/.test(href) ? `[${text}](${href})` : '';
}

/** A commit or an id of ours as code. Nothing breaks it up, so that it can be copied; anything else is escaped. */
export function idCode(id: string, characters = 64): string {
  const shown = id.slice(0, characters);
  return /^[0-9a-f-]{1,64}$/.test(shown) ? `\`${shown}\`` : codeMarkdown(shown, 64);
}

/** A commit, short enough to read. */
export function commitCode(sha: string): string {
  return idCode(sha, 10);
}

/** `2026-11-22 14:05 UTC`. */
export function utc(time: Date): string {
  return Number.isNaN(time.getTime())
    ? 'an unknown time'
    : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
