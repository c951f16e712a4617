import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES, GRAMMAR, parseCommands, type Command } from '../../../src/core/commands/index.js';

const SHA = '0123456789abcdef0123456789abcdef01234567';

describe('commands of a comment', () => {
  it.each<[string, string, Command]>([
    ['a plain re-run', '/rerun-eval', { name: 'rerun-eval', pipeline: null, mode: 'verdict' }],
    ['in any case', '/Rerun-EVAL Full', { name: 'rerun-eval', pipeline: null, mode: 'full' }],
    [
      'of one pipeline',
      '/rerun-eval invoices',
      { name: 'rerun-eval', pipeline: 'invoices', mode: 'verdict' },
    ],
    [
      'mode first',
      '/rerun-eval failed invoices',
      { name: 'rerun-eval', pipeline: 'invoices', mode: 'failed' },
    ],
    [
      'of a pipeline with the name of a mode',
      '/rerun-eval "full" full',
      { name: 'rerun-eval', pipeline: 'full', mode: 'full' },
    ],
    [
      'with marks of code',
      '/rerun-eval `invoices`',
      { name: 'rerun-eval', pipeline: 'invoices', mode: 'verdict' },
    ],
    [
      'with spaces of every kind',
      '/rerun-eval\u00a0invoices\u2003full\t',
      { name: 'rerun-eval', pipeline: 'invoices', mode: 'full' },
    ],
    ['status', '/eval-status', { name: 'eval-status' }],
    ['status with a word behind it', '/eval-status please', { name: 'eval-status' }],
    ['help', '/eval-help', { name: 'eval-help' }],
    ['cost', '/eval-cost', { name: 'eval-cost' }],
    ['an approval', `/approve-eval ${SHA}`, { name: 'approve-eval', sha: SHA }],
    ['a cost that is allowed', `/approve-cost ${SHA}`, { name: 'approve-cost', sha: SHA }],
    [
      'an approval by seven digits in capitals',
      '/approve-eval ABCDEF1',
      { name: 'approve-eval', sha: 'abcdef1' },
    ],
    [
      'an acceptance',
      '/accept-regression grand_total new "layout"',
      { name: 'accept-regression', words: ['grand_total', 'new', '"layout"'] },
    ],
    ['a revocation', '/revoke-acceptance', { name: 'revoke-acceptance' }],
    [
      'a dispute without a value',
      '/dispute-label inv-1 total it says "12"',
      { name: 'dispute-label', document: 'inv-1', field: 'total', value: null, reason: 'it says "12"' },
    ],
    [
      'a dispute with a quoted value',
      '/dispute-label inv-1 total "1 234,56" see page 2',
      { name: 'dispute-label', document: 'inv-1', field: 'total', value: '1 234,56', reason: 'see page 2' },
    ],
    [
      'a dispute with a value behind =',
      '/dispute-label inv-1 total =12.00 see page 2',
      { name: 'dispute-label', document: 'inv-1', field: 'total', value: '12.00', reason: 'see page 2' },
    ],
    [
      'a dispute with both, and quotes in the value',
      String.raw`/dispute-label inv-1 title ="a  \"b\" \\ c" see page 2`,
      {
        name: 'dispute-label',
        document: 'inv-1',
        field: 'title',
        value: String.raw`a  "b" \ c`,
        reason: 'see page 2',
      },
    ],
    [
      'a dispute that there is a value at all',
      '/dispute-label inv-1 due_date "" there is none',
      { name: 'dispute-label', document: 'inv-1', field: 'due_date', value: '', reason: 'there is none' },
    ],
    [
      'names with spaces, in the quotes of a telephone',
      '/dispute-label \u201cinv 1\u201d \u201egrand total\u201c wrong',
      { name: 'dispute-label', document: 'inv 1', field: 'grand total', value: null, reason: 'wrong' },
    ],
    [
      'inches are no quote',
      '/dispute-label inv-1 size it is 5" wide',
      { name: 'dispute-label', document: 'inv-1', field: 'size', value: null, reason: 'it is 5" wide' },
    ],
  ])('%s', (_name, body, command) => {
    expect(parseCommands(body)).toEqual({ commands: [command], problems: [], ignored: 0 });
  });

  it.each<[string, string, string]>([
    ['/rerun', '/rerun', '/rerun-eval'],
    ['/evaluate', '/evaluate', '/rerun-eval'],
    ['/eval', '/eval', '/rerun-eval'],
    ['/evals', '/evals', '/eval-help'],
    ['/eval-state', '/eval-state', '/eval-status'],
    ['/approve', '/approve', '/approve-eval'],
    ['/approve-costs', '/approve-costs abcdef1', '/approve-cost'],
    ['/approve-budget', '/approve-budget', '/approve-cost'],
    ['/approve-cost without a commit', '/approve-cost', '/approve-cost'],
    ['/approve-eval without a commit', '/approve-eval', '/approve-eval'],
    ['a short commit', '/approve-eval abc123', '/approve-eval'],
    ['a branch as commit', '/approve-eval my-branch', '/approve-eval'],
    ['two commits', '/approve-eval abcdef1 abcdef2', '/approve-eval'],
    ['a slip of the fingers', '/rerun-evla', '/rerun-eval'],
    ['an underscore', '/accept_regression total why', '/accept-regression'],
    ['no reason', '/accept-regression', '/accept-regression'],
    ['a revocation of one field', '/revoke-acceptance total', '/revoke-acceptance'],
    ['two pipelines', '/rerun-eval a b', '/rerun-eval'],
    ['both modes', '/rerun-eval full failed', '/rerun-eval'],
    ['a full stop', '/rerun-eval.', '/rerun-eval'],
    ['a dispute without a reason', '/dispute-label inv-1 total "12"', '/dispute-label'],
    ['a dispute of nothing', '/dispute-label', '/dispute-label'],
    ['a value whose quote is open', '/dispute-label inv-1 total "12 see page', '/dispute-label'],
    ['a command as long as a letter', `/accept-regression ${'why '.repeat(1000)}`, '/accept-regression'],
  ])('a problem with a suggestion: %s', (_name, body, suggestion) => {
    const { commands, problems } = parseCommands(`hello\n\n${body}`);
    expect(commands).toEqual([]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ line: 3, text: body });
    expect(problems[0]!.suggestion).toMatch(new RegExp(`^${suggestion}(?: |$)`));
    expect(problems[0]!.message.length).toBeGreaterThan(10);
  });

  it.each([
    '/etc/passwd is not ours',
    '/lgtm',
    '/assign @ada',
    '/test all',
    '/hold',
    '/retitle rerun',
    '/label accepted',
    '/ rerun-eval',
    '//rerun-eval',
    'please /rerun-eval',
    '> /rerun-eval',
    '`/rerun-eval`',
    '```\n/rerun-eval\n```',
    '<!-- \n/rerun-eval\n-->',
    '',
    '\u0000',
  ])('%j is somebody else\u2019s', (body) => {
    expect(parseCommands(body)).toEqual({ commands: [], problems: [], ignored: 0 });
  });

  it('reads five commands, mistakes among them, and counts the rest', () => {
    const parsed = parseCommands(
      '/eval-status\n/rerun\n/lgtm\n/eval-help\n/eval-cost\n/rerun-eval\n/eval-status\n/evil\n/evals',
    );
    expect(parsed.commands.map(({ name }) => name)).toEqual([
      'eval-status',
      'eval-help',
      'eval-cost',
      'rerun-eval',
    ]);
    expect(parsed.problems.map(({ line }) => line)).toEqual([2]);
    expect(parsed.ignored).toBe(2);
  });

  it('reads every usage of its own grammar', () => {
    for (const name of COMMAND_NAMES) {
      const body = GRAMMAR[name].usage
        .replace('[PIPELINE] [full|failed]', 'invoices full')
        .replace('SHA', SHA)
        .replace('[FIELD…]', 'total')
        .replace('[VALUE]', '"12"')
        .replace('REASON', 'because it is so');
      expect(parseCommands(body)).toMatchObject({ commands: [{ name }], problems: [] });
    }
  });

  it('never throws, and what it reads is bounded', () => {
    const pieces = fc.constantFrom(
      '/rerun-eval',
      '/approve-eval ',
      '/dispute-label ',
      '/accept-regression ',
      '/eval',
      '"',
      '\u201e',
      '=',
      '\\',
      '`',
      '```',
      '\n',
      '\n\n',
      '> ',
      '\r\n',
      ' ',
      '\u00a0',
      'abcdef1',
      '\u0000',
      '\ud800',
      '<!--',
      '-->',
      'a',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const { commands, problems, ignored } = parseCommands(parts.join(''));
        expect(commands.length + problems.length).toBeLessThanOrEqual(5);
        expect(ignored).toBeGreaterThanOrEqual(0);
        for (const command of commands) expect(Object.keys(GRAMMAR)).toContain(command.name);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads the longest comment that GitHub allows, and a million backticks', () => {
    for (const body of [
      `${'x'.repeat(65_520)}\n\n/eval-status`,
      `${'\u201e '.repeat(32_000)}\n\n/eval-status`,
      `${'`'.repeat(1_000_000)}\n\n/eval-status`,
      `${'` '.repeat(500_000)}\n\n/eval-status`,
    ])
      expect(parseCommands(body).commands).toEqual(body.startsWith('```') ? [] : [{ name: 'eval-status' }]);
    const many = parseCommands('/eval-status\n'.repeat(5_000));
    expect([many.commands.length, many.ignored]).toEqual([5, 4_995]);
  });
});
