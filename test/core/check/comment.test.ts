import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import type { AnswerPolicy, LabelDispute } from '../../../src/core/app-words.js';
import { renderComment, renderCost, renderStatus, type AnswerView } from '../../../src/core/check/index.js';
import { parseCommands } from '../../../src/core/commands/index.js';
import {
  blockReport,
  crashReport,
  field,
  hiddenLossesReport,
  noisyReport,
  notMeasuredReport,
  paidRun,
  passReport,
  REPORTS,
} from '../../support/report.js';
import { acceptance, HEAD, judged, NOW, planned, view } from './support.js';

const parse = (markdown: string): string =>
  micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });

const better = (): ReturnType<typeof passReport> => ({
  ...passReport(),
  fields: [field('due_date', 64, 66, 71)],
});
const DISPUTE: LabelDispute = {
  id: '1',
  pullNumber: 12,
  pipeline: 'invoices',
  document: 'inv-0009',
  field: 'due_date',
  value: '2024-04-03',
  reason: 'the month comes first',
  by: 'bob',
  at: new Date(NOW),
};

describe('the comment', () => {
  type Policy = AnswerPolicy['comment'];
  const POLICIES: readonly Policy[] = ['always', 'on-change', 'on-regression', 'never'];
  it.each<[string, AnswerView, readonly Policy[]]>([
    ['a regression', judged([blockReport()]), ['always', 'on-change', 'on-regression']],
    ['a crash', judged([crashReport()]), ['always', 'on-change', 'on-regression']],
    ['nothing measured', judged([notMeasuredReport()]), ['always', 'on-change', 'on-regression']],
    ['a warning', judged([hiddenLossesReport()]), ['always', 'on-change', 'on-regression']],
    [
      'an accepted regression',
      judged([blockReport()], {}, { acceptances: [acceptance()] }),
      ['always', 'on-change', 'on-regression'],
    ],
    [
      'a failure',
      judged([], { failure: { class: 'infrastructure', message: 'm', mend: null } }),
      ['always', 'on-change', 'on-regression'],
    ],
    [
      'an outsider who waits',
      view({ decision: { kind: 'hold', reason: 'r', policy: 'hold' } }),
      ['always', 'on-change', 'on-regression'],
    ],
    ['something that got better', judged([better()]), ['always', 'on-change']],
    [
      'changed labels',
      judged([{ ...passReport(), label_changes: noisyReport().label_changes }]),
      ['always', 'on-change'],
    ],
    ['a disputed label', judged([passReport()], {}, { disputes: [DISPUTE] }), ['always', 'on-change']],
    ['a plain pass', judged([passReport()]), ['always']],
    [
      'nothing touched',
      view({
        decision: {
          kind: 'not-applicable',
          conclusion: 'success',
          pipelines: [planned('p', { applicable: false })],
        },
      }),
      ['always'],
    ],
    [
      'neutral by choice',
      view({ decision: { kind: 'not-applicable', conclusion: 'neutral', pipelines: [] } }),
      ['always'],
    ],
    ['a draft', view({ decision: { kind: 'draft' } }), []],
    ['planned', view({ state: 'planned' }), []],
    ['running', view({ state: 'running' }), []],
    ['superseded', view({ state: 'superseded' }), []],
    ['a merge group', judged([blockReport()], { kind: 'merge-group', pullNumber: null }), []],
  ])('%s', (_name, of, said) => {
    for (const comment of POLICIES) {
      const policy: AnswerPolicy = {
        comment,
        onBaseMove: 'reevaluate',
        override: { roles: [], expiresMs: 0 },
        budgetPerMonthUsd: null,
      };
      const made = renderComment({ ...of, evaluation: { ...of.evaluation, policy } });
      expect([comment, made !== null]).toEqual([comment, said.includes(comment)]);
    }
  });

  it('is not written where nobody could say whether it is wanted', () => {
    expect(renderComment(judged([blockReport()], { policy: null }))).toBeNull();
  });

  it('is brought up to date against the policy, so that it does not go on saying what was true before', () => {
    expect(renderComment(judged([passReport()]))).toBeNull();
    expect(renderComment(judged([passReport()]), { always: true })?.body).toContain('PASSED');
    expect(renderComment(view({ state: 'running' }), { always: true })).toBeNull();
  });

  it('has the verdict, what changed, up to five documents, and a link', () => {
    const { body, marker } = renderComment(judged([blockReport()]))!;
    const html = parse(body);
    expect(html).toContain('BLOCKED invoices: overall 91.2 % → 87.4 %');
    expect(html).toMatch(/<code>grand_total<\/code><\/td>\n<td align="right">97\.2 %/);
    expect(html).not.toContain('<code>currency</code>');
    expect(html).toContain('<code>inv-0042</code> 100.0 % → 80.0 %');
    expect(html).toContain('>Full report</a>');
    expect(html).toContain(HEAD.slice(0, 10));
    expect(body.endsWith(marker)).toBe(true);
    expect(body.length).toBeLessThan(4_000);
    const five = renderComment(judged([{ ...REPORTS['huge']!(), pipeline: 'invoices' }]))!.body;
    expect(five.match(/^- <code>/gm)).toHaveLength(5);
  });

  it('names each pipeline where there are several, and not those that are not touched', () => {
    const { body } = renderComment(judged([blockReport(), { ...crashReport(), pipeline: 'receipts' }]))!;
    expect(parse(body)).toMatch(/BLOCKED<\/strong> invoices[\s\S]*BLOCKED<\/strong> receipts/);
    expect(body).toContain('ended with exit code 1');
  });

  it('is never a command', () => {
    for (const of of [
      judged([blockReport()]),
      view({ decision: { kind: 'hold', reason: '\n/approve-eval abcdef1', policy: 'hold' } }),
      judged([REPORTS['hostile']!()]),
    ])
      for (const text of [renderComment(of, { always: true })!.body, renderStatus(of), renderCost(of)])
        expect(parseCommands(text)).toEqual({ commands: [], problems: [], ignored: 0 });
  });
});

describe('the answer to /eval-status', () => {
  it.each<[string, AnswerView, readonly RegExp[]]>([
    [
      'planned',
      view({ state: 'planned' }),
      [/DocOps \(main\)/, /attempt 1: Waits for a worker: invoices/, /until 2026-11-22 15:00 UTC/],
    ],
    [
      'running',
      view({
        state: 'running',
        progress: { stage: 'measuring base of invoices', done: 1, total: 2, estimatedEndMs: null },
      }),
      [/Measuring base of invoices: 1 of 2 documents/],
    ],
    [
      'waits for approval',
      view({ decision: { kind: 'hold', reason: 'r', policy: 'hold' } }),
      [/action_required/, new RegExp(`/approve-eval ${HEAD}`)],
    ],
    ['a draft', view({ decision: { kind: 'draft' } }), [/Waits for ready for review/]],
    ['blocked', judged([blockReport()]), [/✖ BLOCKED invoices.*\(failure\)/]],
    [
      'accepted',
      judged([blockReport()], {}, { acceptances: [acceptance()] }),
      [/\(success\)/, /Until 2026-11-23 14:00 UTC/],
    ],
    [
      'several',
      judged([blockReport(), { ...passReport(), pipeline: 'receipts' }]),
      [/receipts<\/code><\/td>\n<td align="left">passed/],
    ],
  ])('%s', (_name, of, said) => {
    const html = parse(renderStatus(of));
    for (const part of said) expect(html).toMatch(part);
  });
});

describe('the answer to /eval-cost', () => {
  it('has times, runs and amounts of both sides', () => {
    const html = parse(renderCost(judged([passReport()]))).replace(/<\/?span>/g, '');
    for (const part of ['12.3 s', '$0.21', '$3.00', 'usage.usd']) expect(html).toContain(part);
  });
  it('has what the evaluation itself cost, where somebody paid for it', () => {
    const paid = parse(renderCost(judged([passReport({ run: paidRun() })]))).replace(/<\/?span>/g, '');
    expect(paid).toContain('What this evaluation itself cost');
    expect(paid).toContain(
      'Compute: $0.012 (expected $0.011), for 8 tasks, 2 of them started again (spot took 1 back) and 12 min 3 s billed; $0.0011 of it gave nothing.',
    );
    expect(paid).toContain('Reported by the extractor: $0.40 (expected $0.41).');
    expect(renderCost(judged([passReport()]))).not.toContain('itself cost');
    const outside = { trusted: true, reason: 'bob approved.', aggregatesOnly: true };
    expect(renderCost(judged([passReport({ run: paidRun() })], { trust: outside }))).not.toMatch(/\$\d/);
  });
  it('says that nothing was measured, or that no cost is known', () => {
    expect(renderCost(view({ state: 'planned' }))).toContain('Nothing was measured yet');
    expect(renderCost(judged([notMeasuredReport()]))).toContain('reports no cost');
  });
});
