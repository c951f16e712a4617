import { markdownTable } from 'markdown-table';
import { COMMAND_CHARACTERS } from '../limits.js';
import { codeMarkdown, escapeMarkdown } from '../report/escape.js';
import { clip } from '../report/values.js';
import { COMMAND_NAMES, GRAMMAR, WHO } from './grammar.js';
import type { CommandProblem } from './parse.js';

/**
 * The commands as Markdown. With problems: what was wrong with each line, and the list folded below. What was written is
 * quoted as code, so that it is no mention and no link, and is never read as a command.
 */
export function renderHelp(problems: readonly CommandProblem[] = []): string {
  if (problems.length === 0)
    return `### Commands\n\n${commandTable()}\n\nA command stands at the start of a line of a new comment, outside code and quotes; after a quote leave an empty line. At most five a comment are read; editing a comment does nothing.`;
  const lines = problems.map(({ text, message, suggestion }) => {
    const usage = suggestion === null ? '' : ` Usage: ${codeMarkdown(suggestion, 200)}`;
    return `- ${codeMarkdown(text, 120)}: ${escapeMarkdown(clip(message, COMMAND_CHARACTERS))}.${usage}`;
  });
  return `Not understood:\n\n${lines.join('\n')}\n\n<details><summary>All commands</summary>\n\n${commandTable()}\n\n</details>`;
}

function commandTable(): string {
  const rows = COMMAND_NAMES.map((name) => {
    const { usage, does, who } = GRAMMAR[name];
    return [codeMarkdown(usage, 200), does.replaceAll('|', '\\|'), WHO[who]];
  });
  return markdownTable([['Command', 'Does', 'For'], ...rows], { alignDelimiters: false });
}
