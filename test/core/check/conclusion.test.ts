import { describe, expect, it } from 'vitest';
import type { Acceptance, CheckConclusion, Decision, Evaluation } from '../../../src/core/app-words.js';
import {
  ACCEPTABLE_REASONS,
  conclusionOf,
  renderCheck,
  type AnswerView,
} from '../../../src/core/check/index.js';
import { REASON_CODES, type Report } from '../../../src/core/report/schema.js';
import {
  blockReport,
  bootstrapReport,
  crashReport,
  hiddenLossesReport,
  notApplicableReport,
  notMeasuredReport,
  passReport,
} from '../../support/report.js';
import { acceptance, evaluating, HEAD, judged, NOW, planned, reported, view } from './support.js';

const enforced = (report: Report, enforce: 'block' | 'warn' | 'shadow'): Report => ({
  ...report,
  blocked: enforce === 'block' && report.blocked,
  run: { ...report.run, enforce },
});
const other = (report: Report, pipeline = 'receipts'): Report => ({ ...report, pipeline });

const HOLD: Decision = { kind: 'hold', reason: 'eve has no write access here.', policy: 'hold' };
const INVALID: Decision = {
  kind: 'invalid-config',
  file: '.docops.yml',
  problems: [
    {
      severity: 'error',
      code: 'unknown_key',
      message: 'no such key',
      place: { file: '.docops.yml of main', line: 3, column: 5 },
    },
  ],
};
const CANNOT: Decision = {
  kind: 'cannot-compare',
  title: 'Base and head cannot be compared',
  message: 'no common history',
  mend: null,
};
const UNTOUCHED: Decision = {
  kind: 'not-applicable',
  conclusion: 'success',
  pipelines: [planned('invoices', { applicable: false })],
};

describe('the table of conclusions', () => {
  it.each<[string, AnswerView, CheckConclusion | null, RegExp]>([
    [
      'no watched file differs',
      view({ decision: UNTOUCHED }),
      'success',
      /^Not applicable: no extraction code changed$/,
    ],
    [
      'no watched file differs, by choice neutral',
      view({ decision: { ...UNTOUCHED, conclusion: 'neutral' } }),
      'neutral',
      /^Not applicable/,
    ],
    ['a draft waits', view({ decision: { kind: 'draft' } }), null, /^Waits for ready for review$/],
    [
      'a draft that was told to GitHub waits still',
      view({ decision: { kind: 'draft' }, state: 'reported' }),
      null,
      /^Waits for ready/,
    ],
    ['an untrusted author', view({ decision: HOLD }), 'action_required', /^Waits for approval/],
    [
      'an untrusted author that is never run',
      view({ decision: { ...HOLD, policy: 'never' } }),
      'action_required',
      /^Not evaluated/,
    ],
    [
      'not configured and required',
      view({ decision: { kind: 'not-configured' }, policy: null }),
      'success',
      /^Not configured/,
    ],
    [
      'an invalid configuration',
      view({ decision: INVALID, policy: null }),
      'failure',
      /\.docops\.yml .* invalid: 1 problem$/,
    ],
    ['sides that cannot be compared', view({ decision: CANNOT }), 'failure', /cannot be compared/],
    [
      'a trusted merge group',
      view({ decision: { kind: 'queue-trusted' }, kind: 'merge-group' }),
      'success',
      /merge groups are trusted/,
    ],
    ['planned', view({ state: 'planned' }), null, /^Waits for a worker: invoices$/],
    ['running', view({ state: 'running' }), null, /^Evaluating$/],
    ['fine', judged([passReport()]), 'success', /PASSED/],
    ['fine, unproven', judged([bootstrapReport()]), 'success', /PASSED/],
    ['a regression', judged([blockReport()]), 'failure', /BLOCKED/],
    ['a regression, reported already', judged([blockReport()], { state: 'reported' }), 'failure', /BLOCKED/],
    ['a crash', judged([crashReport()]), 'failure', /BLOCKED/],
    ['a warning', judged([hiddenLossesReport()]), 'success', /WARNING/],
    [
      'a regression that is only watched',
      judged([enforced(blockReport(), 'shadow')]),
      'success',
      /WOULD BLOCK/,
    ],
    ['nothing measured', judged([{ ...notMeasuredReport(), blocked: true }]), 'failure', /^Not measured: /],
    [
      'nothing measured, and a report that says it does not block',
      judged([notMeasuredReport()]),
      'failure',
      /^Not measured: /,
    ],
    ['a verdict that contradicts itself', judged([{ ...blockReport(), blocked: false }]), 'failure', /BLOCK/],
    [
      'nothing measured, only watched',
      judged([enforced(notMeasuredReport(), 'shadow')]),
      'success',
      /NOT MEASURED/,
    ],
    ['only labels changed', judged([notApplicableReport()]), 'success', /^Not applicable/],
    [
      'no report at all',
      judged([blockReport()], {}, { reports: [] }),
      'failure',
      /^Not measured: invoices has no report$/,
    ],
    ['nothing planned', view({ decision: { ...evaluating(), pipelines: [] } }), 'failure', /^Not measured/],
    [
      'out of time',
      judged([], { failure: { class: 'timed-out', message: 'm', mend: null }, decision: evaluating() }),
      'timed_out',
      /^Not measured/,
    ],
    [
      'infrastructure',
      judged([], { failure: { class: 'infrastructure', message: 'm', mend: null }, decision: evaluating() }),
      'failure',
      /^Not measured: the infrastructure/,
    ],
    [
      'a dataset to mend',
      judged([], {
        failure: { class: 'configuration', message: 'no labels', mend: null },
        decision: evaluating(),
      }),
      'failure',
      /^Not measured: no labels$/,
    ],
    [
      'a cost beyond the budget',
      judged([], {
        failure: {
          class: 'over-budget',
          message: 'it would cost about $4.50, and the budget of one run is $3.00',
          mend: null,
        },
        decision: evaluating(),
      }),
      'action_required',
      /^Not evaluated: it would cost about \$4\.50, and the budget of one run is \$3\.00$/,
    ],
    [
      'a cost beyond the budget, for somebody from outside',
      judged([], {
        failure: { class: 'over-budget', message: 'it would cost about $4.50', mend: null },
        decision: evaluating(),
        trust: { trusted: false, reason: 'mallory cannot write here.', aggregatesOnly: true },
      }),
      'action_required',
      /^Not evaluated: it would cost more than the budget allows$/,
    ],
    [
      'a failure beats reports',
      judged([passReport()], { failure: { class: 'infrastructure', message: 'm', mend: null } }),
      'failure',
      /^Not measured/,
    ],
    [
      'superseded',
      view({ state: 'superseded', supersededBy: 'head moved to 1234567' }),
      'cancelled',
      /^Superseded by a newer attempt: head moved to 1234567$/,
    ],
    ['superseded without a word', view({ state: 'superseded' }), 'cancelled', /^Superseded by/],
    [
      'a draft that is ready now',
      view({ decision: { kind: 'draft' }, state: 'reported', supersededBy: 'ready' }),
      'cancelled',
      /^Superseded by/,
    ],
    [
      'an answer that came too late',
      judged([passReport()], { supersededBy: 'base moved' }),
      'cancelled',
      /^Superseded by/,
    ],
    [
      'an answer of before stays',
      judged([blockReport()], { state: 'reported', supersededBy: 'base moved' }),
      'failure',
      /BLOCKED/,
    ],
    [
      'accepted',
      judged([blockReport()], {}, { acceptances: [acceptance()] }),
      'success',
      /^Accepted by @ada: invoices: overall/,
    ],
  ])('%s', (_name, of, conclusion, title) => {
    const content = renderCheck(of, null);
    expect(conclusionOf(of)?.conclusion ?? null).toBe(conclusion);
    expect(content.conclusion ?? null).toBe(conclusion);
    expect(content.status).toBe(
      conclusion !== null ? 'completed' : of.evaluation.state === 'running' ? 'in_progress' : 'queued',
    );
    expect(content.title).toMatch(title);
    expect(content.title).not.toMatch(/regress/i);
  });

  it('passes in no state without an answer, whatever the decision', () => {
    const decisions: Decision[] = [
      UNTOUCHED,
      HOLD,
      INVALID,
      CANNOT,
      { kind: 'draft' },
      { kind: 'not-configured' },
      { kind: 'queue-trusted' },
      { kind: 'ignore', why: 'nothing' },
      evaluating(),
    ];
    for (const decision of decisions)
      for (const state of ['planned', 'running', 'superseded'] satisfies Evaluation['state'][])
        for (const pipeline of [null, 'invoices']) {
          const content = renderCheck(
            view({ decision, state }, { reports: [reported(passReport())] }),
            pipeline,
          );
          expect(content.conclusion ?? null).toBe(state === 'superseded' ? 'cancelled' : null);
          expect(content.summary).not.toBe('');
        }
  });

  it.each<[string, Report[], CheckConclusion, RegExp]>([
    ['all fine', [passReport(), other(passReport())], 'success', /^✔ All 2 pipelines passed$/],
    ['one blocked', [passReport(), other(blockReport())], 'failure', /^✖ 1 blocked of 2 pipelines: BLOCKED/],
    ['one not measured', [passReport(), other(notMeasuredReport())], 'failure', /^\? 1 not measured of 2/],
    ['a warning and a pass', [hiddenLossesReport(), other(passReport())], 'success', /^▲ 1 warning of 2/],
    [
      'two blocked, one not measured',
      [blockReport(), other(crashReport()), other(notMeasuredReport(), 'x')],
      'failure',
      /^✖ 2 blocked, 1 not measured of 3/,
    ],
  ])('the roll-up is the worst of all: %s', (_name, reports, conclusion, title) => {
    const answer = conclusionOf(judged(reports));
    expect(answer?.conclusion).toBe(conclusion);
    expect(answer?.title).toMatch(title);
  });

  it('each pipeline has its own conclusion, and one that is not touched is not applicable', () => {
    const of = view(
      {
        decision: evaluating(
          planned('invoices'),
          planned('receipts'),
          planned('letters', { applicable: false }),
        ),
      },
      { reports: [reported(blockReport()), reported(other(passReport()))] },
    );
    expect(renderCheck(of, 'invoices').conclusion).toBe('failure');
    expect(renderCheck(of, 'receipts').conclusion).toBe('success');
    expect(renderCheck(of, 'letters')).toMatchObject({
      conclusion: 'success',
      title: 'Not applicable: no extraction code changed',
    });
    expect(renderCheck(of, 'unknown').conclusion).toBe('failure');
    expect(renderCheck(of, null)).toMatchObject({
      conclusion: 'failure',
      title: expect.stringContaining('1 blocked of 2 pipelines') as string,
    });
  });

  it('a roll-up of one touched pipeline has its title', () => {
    const of = view(
      { decision: evaluating(planned('invoices'), planned('letters', { applicable: false })) },
      { reports: [reported(blockReport())] },
    );
    expect(conclusionOf(of)?.title).toBe(conclusionOf(of, 'invoices')?.title);
  });
});

describe('what an acceptance covers', () => {
  const reason = (code: Report['reasons'][number]['code'], field?: string): Report['reasons'][number] => ({
    code,
    level: 'block',
    ...(field === undefined ? {} : { field }),
    text: `${code} happened`,
  });
  const withReasons = (...reasons: Report['reasons']): Report => ({ ...blockReport(), reasons });
  const ALL_WORSE = ['grand_total', 'line_items'];

  it.each<[string, Report, Partial<Acceptance>[], boolean]>([
    ['everything', blockReport(), [{}], true],
    ['every field that got worse', blockReport(), [{ fields: ALL_WORSE }], true],
    [
      'the same in two acceptances',
      blockReport(),
      [{ fields: ['grand_total'] }, { fields: ['line_items'] }],
      true,
    ],
    [
      'with the name of the pipeline',
      blockReport(),
      [{ fields: ['invoices:grand_total', 'invoices:line_items'] }],
      true,
    ],
    [
      'with the name of another pipeline',
      blockReport(),
      [{ fields: ['receipts:grand_total', 'receipts:line_items'] }],
      false,
    ],
    ['one field of two that pull the whole down', blockReport(), [{ fields: ['grand_total'] }], false],
    [
      'the field that alone blocks',
      withReasons(reason('field_regressed', 'grand_total')),
      [{ fields: ['grand_total'] }],
      true,
    ],
    [
      'another field',
      withReasons(reason('field_regressed', 'grand_total')),
      [{ fields: ['due_date'] }],
      false,
    ],
    [
      'a column by its table',
      withReasons(reason('field_below_floor', 'line_items.quantity')),
      [{ fields: ['line_items'] }],
      true,
    ],
    [
      'a table by one column',
      withReasons(reason('field_regressed', 'line_items')),
      [{ fields: ['line_items.quantity'] }],
      false,
    ],
    ['time by fields', withReasons(reason('latency_increased')), [{ fields: ALL_WORSE }], false],
    ['time by everything', withReasons(reason('latency_increased')), [{}], true],
    [
      'a floor where nothing got worse, by fields',
      { ...withReasons(reason('below_floor')), fields: passReport().fields },
      [{ fields: ['grand_total'] }],
      false,
    ],
    ['a crash', crashReport(), [{}], false],
    [
      'a regression beside a crash',
      withReasons(reason('overall_dropped'), reason('extractor_crashed')),
      [{}],
      false,
    ],
    ['a blocked report without a reason', withReasons(), [{}], false],
    ['nothing measured', { ...notMeasuredReport(), blocked: true }, [{}], false],
    ['revoked', blockReport(), [{ revokedAt: new Date(NOW - 1), revokedBy: 'bob' }], false],
    ['run out', blockReport(), [{ expiresAt: new Date(NOW) }], false],
    ['of another situation', blockReport(), [{ situationKey: 'other' }], false],
    ['of another head', blockReport(), [{ headSha: HEAD.replace('5', '6') }], false],
    ['of another base', blockReport(), [{ baseRef: 'next' }], false],
    ['of another repository', blockReport(), [{ repositoryId: 8 }], false],
  ])('%s', (_name, report, acceptances, covered) => {
    const answer = conclusionOf(
      judged([report], {}, { acceptances: acceptances.map((one) => acceptance(one)) }),
    );
    expect(answer?.conclusion).toBe(covered ? 'success' : 'failure');
    expect(answer?.kind === 'accepted').toBe(covered);
  });

  it.each(
    REASON_CODES.map((code) => [code, (ACCEPTABLE_REASONS as readonly string[]).includes(code)] as const),
  )('%s can be accepted: %s', (code, can) => {
    const answer = conclusionOf(
      judged([withReasons(reason(code, 'grand_total'))], {}, { acceptances: [acceptance()] }),
    );
    expect(answer?.conclusion).toBe(can ? 'success' : 'failure');
  });

  it('does not let one pipeline stand for another', () => {
    const of = judged([blockReport(), other(crashReport())], {}, { acceptances: [acceptance()] });
    expect(conclusionOf(of, 'invoices')?.kind).toBe('accepted');
    expect(conclusionOf(of)?.conclusion).toBe('failure');
  });

  it('says who, as what, why, for what and until when', () => {
    const fields = [...ALL_WORSE];
    const { summary, title } = renderCheck(
      judged(
        [blockReport()],
        {},
        { acceptances: [acceptance({ fields }), acceptance({ id: '2', by: 'bob', fields })] },
      ),
      null,
    );
    expect(title).toMatch(/^Accepted by @ada and 1 other: /);
    for (const part of [
      '@&#8203;ada',
      'maintain',
      'The vendor changed its layout.',
      'grand\\_total',
      '2026-11-23 14:00 UTC',
    ])
      expect(summary).toContain(part);
  });
});
