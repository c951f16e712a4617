import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES, GRAMMAR, parseCommands, renderHelp } from '../../../src/core/commands/index.js';
import { HOSTILE_TEXTS } from '../../support/report.js';

const parse = (markdown: string): string =>
  micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });

describe('the help', () => {
  it('has a row with usage and who may for every command', () => {
    const html = parse(renderHelp());
    for (const name of COMMAND_NAMES) expect(html).toContain(`/${name}`);
    expect(html.match(/<tr>/g)).toHaveLength(COMMAND_NAMES.length + 1);
    expect(html.match(/<td>/g)).toHaveLength(3 * COMMAND_NAMES.length);
    expect(html).toContain('override.roles');
  });

  it('is never a command itself', () => {
    const problems = parseCommands('/rerun\n/eval-state\n/approve').problems;
    expect(parseCommands(renderHelp())).toEqual({ commands: [], problems: [], ignored: 0 });
    expect(parseCommands(renderHelp(problems))).toEqual({ commands: [], problems: [], ignored: 0 });
  });

  it('names what was not understood, with the usage of what was probably meant', () => {
    const html = parse(renderHelp(parseCommands('/rerun').problems)).replaceAll('\u200b', '');
    expect(html).toContain('<code>/rerun</code>: there is no command /rerun');
    expect(html).toContain('/rerun-eval [PIPELINE]');
  });

  it.each(HOSTILE_TEXTS.map((text, i) => [i, text] as const))(
    'makes nothing of what was written: %i',
    (_i, text) => {
      const problem = {
        line: 1,
        text: `/rerun ${text}`,
        message: text,
        suggestion: GRAMMAR['rerun-eval'].usage,
      };
      const html = parse(renderHelp([problem]));
      expect(html).not.toMatch(/<(?:a|img|script|input|h1|em|del|style)\b/);
      expect(html.match(/<tr>/g)).toHaveLength(COMMAND_NAMES.length + 1);
    },
  );
});
