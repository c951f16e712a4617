import { describe, expect, it } from 'vitest';
import { parseCommands, resolveAcceptance } from '../../../src/core/commands/index.js';

const KNOWN = [
  {
    pipeline: 'invoices',
    fields: [
      'grand_total',
      'due_date',
      'seller.name',
      'seller.vat_id',
      'line_items',
      'line_items.quantity',
      'vendor name',
      'total',
    ],
  },
  { pipeline: 'receipts', fields: ['total', 'a:b'] },
];

function resolve(line: string) {
  const [command] = parseCommands(`/accept-regression ${line}`).commands;
  if (command?.name !== 'accept-regression') throw new Error(`not read: ${line}`);
  return resolveAcceptance(command.words, KNOWN);
}

describe('what is accepted', () => {
  it.each<[string, string, readonly string[], string]>([
    ['everything', 'the vendor changed its layout', [], 'the vendor changed its layout'],
    ['one field', 'grand_total new layout', ['grand_total'], 'new layout'],
    ['several', 'grand_total due_date new layout', ['grand_total', 'due_date'], 'new layout'],
    ['with commas', 'grand_total, due_date, new layout', ['grand_total', 'due_date'], 'new layout'],
    ['the same twice', 'grand_total grand_total new layout', ['grand_total'], 'new layout'],
    ['of one pipeline', 'receipts:total new layout', ['receipts:total'], 'new layout'],
    ['by a pattern', 'seller.* new layout', ['seller.name', 'seller.vat_id'], 'new layout'],
    [
      'by a pattern of one pipeline',
      'invoices:seller.* new layout',
      ['invoices:seller.name', 'invoices:seller.vat_id'],
      'new layout',
    ],
    ['a column', 'line_items.quantity new layout', ['line_items.quantity'], 'new layout'],
    ['a name with a space', '"vendor name" new layout', ['vendor name'], 'new layout'],
    ['a name with a colon', 'a:b new layout', ['a:b'], 'new layout'],
    ['with marks of code', '`grand_total` new layout', ['grand_total'], 'new layout'],
    [
      'a field in the middle of the reason',
      'we do not need grand_total now',
      [],
      'we do not need grand_total now',
    ],
    ['a reason with quotes', 'the "new" layout', [], 'the "new" layout'],
    ['a reason that begins like a field', 'totally new layout', [], 'totally new layout'],
    ['a reason of another script', 'grand_total 新しい書式', ['grand_total'], '新しい書式'],
  ])('%s', (_name, line, fields, reason) => {
    expect(resolve(line)).toEqual({ fields, reason });
  });

  it.each<[string, string, RegExp]>([
    ['a misspelt field', 'grand_totl new layout', /Did you mean <code>grand_total/],
    ['two letters swapped', 'grand_toatl new layout', /Did you mean <code>grand_total/],
    ['another case', 'Grand_Total new layout', /Did you mean <code>grand_total/],
    [
      'a misspelt field after a right one',
      'due_date seller.nam new layout',
      /Did you mean <code>seller\.name/,
    ],
    ['an unknown field of a pipeline', 'receipts:grand_total new layout', /no field <code>receipts/],
    ['a pattern that matches nothing', 'buyer.* new layout', /no field/],
    ['no reason', 'grand_total', /Say why/],
    ['a reason of dots', 'grand_total ...', /Say why/],
    ['a reason of two letters', 'ok', /Say why/],
  ])('a problem: %s', (_name, line, problem) => {
    const resolved = resolve(line);
    expect(
      'problem' in resolved ? resolved.problem.replace(/&#8203;/g, '').replace(/\\/g, '') : resolved,
    ).toMatch(problem);
  });

  it('takes nothing for a field where none is known', () => {
    expect(resolveAcceptance(['grand_total', 'new', 'layout'], [])).toEqual({
      fields: [],
      reason: 'grand_total new layout',
    });
  });

  it('keeps what was written out of the markup of its answer', () => {
    const resolved = resolveAcceptance(['receipts:<img src=x>@octocat', 'why', 'so'], KNOWN);
    expect('problem' in resolved && resolved.problem).not.toMatch(/<img|@octocat/);
  });
});
