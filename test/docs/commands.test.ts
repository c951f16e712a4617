import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  COMMAND_NAMES,
  GRAMMAR,
  parseCommands,
  renderHelp,
  resolveAcceptance,
  type Command,
  WHO,
} from '../../src/core/commands/index.js';

const text = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/```command\n(.*)\n(.*)\n```/g)].map(
  ([, line, result]) => [line!, result!] as const,
);
const KNOWN = [{ pipeline: 'invoices', fields: ['grand_total', 'due_date', 'seller.name', 'seller.vat_id'] }];

const plain = (markdown: string): string =>
  markdown
    .replace(/&#8203;/g, '')
    .replace(/\\(?=[^a-z0-9\s])/gi, '')
    .replace(/<[^>]*>/g, '');

/** One line that says what a comment comes to. */
function outcome(comment: string): string {
  const { commands, problems } = parseCommands(comment);
  if (problems.length > 0) return `problem ${plain(renderHelp(problems)).replaceAll('Usage:', 'Usage')}`;
  return commands.map(told).join('; ') || 'nothing';
}

function told(command: Command): string {
  switch (command.name) {
    case 'rerun-eval':
      return [command.name, command.pipeline, command.mode].filter((part) => part !== null).join(' ');
    case 'approve-eval':
    case 'approve-cost':
      return `${command.name} ${command.sha}`;
    case 'accept-regression': {
      const resolved = resolveAcceptance(command.words, KNOWN);
      return 'problem' in resolved
        ? `problem ${plain(resolved.problem)}`
        : [command.name, ...resolved.fields, ':', resolved.reason].join(' ');
    }
    case 'dispute-label': {
      const value = command.value === null ? [] : ['=', command.value];
      return [command.name, command.document, command.field, ...value, ':', command.reason]
        .filter((part) => part !== '')
        .join(' ');
    }
    default:
      return command.name;
  }
}

describe('docs/commands.md', () => {
  it.each(examples)('%s', (line, result) => {
    const found = outcome(line);
    if (result.startsWith('problem ')) {
      expect(found).toMatch(/^problem /);
      expect(found).toContain(result.slice('problem '.length));
    } else expect(found).toBe(result);
  });

  it('has an example of every command that takes words, and a problem', () => {
    const shown = examples.map(([line]) => line.split(' ')[0]);
    for (const name of COMMAND_NAMES)
      if (/[ [A-Z]/.test(GRAMMAR[name].usage.slice(1))) expect(shown).toContain(`/${name}`);
    expect(examples.length).toBeGreaterThan(10);
  });

  it('lists the commands as the grammar has them, with who may', () => {
    const rows = [...text.matchAll(/^\| `(\/.*?)` \| (.+?) \| (.+?) \|$/gm)].map(([, usage, , who]) => [
      usage!.replaceAll('\\|', '|'),
      who!,
    ]);
    expect(rows).toEqual(COMMAND_NAMES.map((name) => [GRAMMAR[name].usage, WHO[GRAMMAR[name].who]]));
  });
});
