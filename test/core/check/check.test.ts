import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import type { CheckContent, Decision, Evaluation } from '../../../src/core/app-words.js';
import {
  renderCheck,
  renderComment,
  renderCost,
  renderStatus,
  type AnswerView,
} from '../../../src/core/check/index.js';
import { parseCommands } from '../../../src/core/commands/index.js';
import {
  CHECK_TEXT_CHARACTERS,
  CHECK_TITLE_CHARACTERS,
  COMMENT_CHARACTERS,
  REPLY_BYTES,
  CONFIG_PROBLEMS,
} from '../../../src/core/limits.js';
import type { Report } from '../../../src/core/report/schema.js';
import {
  blockReport,
  crashReport,
  HOSTILE_TEXTS,
  hugeReport,
  noisyReport,
  paidRun,
  passReport,
  REPORTS,
} from '../../support/report.js';
import { acceptance, evaluating, HEAD, judged, NOW, planned, reported, view } from './support.js';

const parse = (markdown: string): string =>
  micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });

function withinLimits(content: CheckContent): void {
  expect(content.title.length).toBeLessThanOrEqual(CHECK_TITLE_CHARACTERS);
  expect(content.title).not.toMatch(/[\r\n]/);
  expect(content.title).not.toBe('');
  for (const text of [content.summary, content.text ?? 'x']) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(CHECK_TEXT_CHARACTERS);
    expect(text).not.toBe('');
    for (const row of text.split('\n').filter((line) => line.startsWith('|')))
      expect(row.endsWith('|')).toBe(true);
  }
  expect(content.actions.length).toBeLessThanOrEqual(3);
  for (const { label, description, identifier } of content.actions) {
    expect(label.length).toBeLessThanOrEqual(20);
    expect(description.length).toBeLessThanOrEqual(40);
    expect(identifier.length).toBeLessThanOrEqual(20);
  }
  expect('conclusion' in content).toBe(content.status === 'completed');
  if (content.status !== 'completed') expect(content.actions).toEqual([]);
  expect(content.annotations.length).toBeLessThanOrEqual(CONFIG_PROBLEMS);
}

const LONG = 'x'.repeat(100_000);
const HUGE: Record<string, () => AnswerView> = {
  'ten thousand documents': () => judged([hugeReport()]),
  'two hundred pipelines': () =>
    judged(
      Array.from({ length: 200 }, (_, i) => ({
        ...blockReport(),
        pipeline: `pipeline-${i}-${'n'.repeat(50)}`,
      })),
    ),
  'a thousand pipelines that wait': () =>
    view({
      state: 'planned',
      decision: evaluating(
        ...Array.from({ length: 1_000 }, (_, i) => planned(`p${i}`, { patterns: [LONG, LONG] })),
      ),
    }),
  'long reasons': () =>
    judged([
      {
        ...blockReport(),
        reasons: Array.from({ length: 500 }, () => ({
          code: 'new_errors' as const,
          level: 'block' as const,
          field: LONG,
          text: LONG,
        })),
      },
    ]),
  'a long configuration error': () =>
    view({
      decision: {
        kind: 'invalid-config',
        file: LONG,
        problems: Array.from({ length: 100 }, (_, i) => ({
          severity: 'error' as const,
          code: LONG,
          message: `${LONG}\n| a`,
          place: { file: LONG, line: i, column: 1 },
        })),
      },
    }),
  'a long message': () =>
    view({ decision: { kind: 'cannot-compare', title: LONG, message: LONG, mend: LONG } }),
  'a long reason to hold': () => view({ decision: { kind: 'hold', reason: LONG, policy: 'hold' } }),
  'many patterns': () =>
    view({
      decision: {
        kind: 'not-applicable',
        conclusion: 'success',
        pipelines: Array.from({ length: 300 }, (_, i) =>
          planned(`p${i}${LONG}`, { patterns: Array.from({ length: 300 }, () => LONG) }),
        ),
      },
    }),
  'a long failure': () =>
    judged([], { decision: evaluating(), failure: { class: 'infrastructure', message: LONG, mend: LONG } }),
  'a long reason to be over the budget': () =>
    judged([], {
      decision: evaluating(),
      failure: { class: 'over-budget', message: LONG, mend: LONG },
      policy: {
        comment: 'always',
        onBaseMove: 'ignore',
        override: { roles: Array.from({ length: 100 }, () => LONG), expiresMs: 1 },
        budgetPerMonthUsd: null,
      },
    }),
  'two hundred pipelines with a price': () =>
    judged(
      Array.from({ length: 200 }, (_, i) => ({
        ...passReport({ run: paidRun() }),
        pipeline: `${i}${LONG}`,
      })),
    ),
  'a long word on what took its place': () => view({ state: 'superseded', supersededBy: LONG }),
  'long everything': () =>
    judged(
      [noisyReport(), { ...blockReport(), pipeline: LONG }],
      {
        why: LONG,
        onlyPipeline: LONG,
        rerun: 'failed',
        baseRef: LONG,
        warnings: Array.from({ length: 500 }, () => LONG),
        attribution: Array.from({ length: 300 }, (_, i) => ({
          pullNumber: i,
          commit: HEAD,
          pipeline: LONG,
          moved: Array.from({ length: 50 }, () => ({ field: LONG, before: 0.5, after: 0.4 })),
        })),
      },
      {
        acceptances: Array.from({ length: 300 }, (_, i) =>
          acceptance({ id: `${i}`, by: LONG, reason: LONG, fields: [] }),
        ),
        alsoHeadOf: Array.from({ length: 1_000 }, (_, i) => i),
        disputes: Array.from({ length: 300 }, (_, i) => ({
          id: `${i}`,
          pullNumber: 1,
          pipeline: null,
          document: LONG,
          field: LONG,
          value: LONG,
          reason: LONG,
          by: LONG,
          at: new Date(NOW),
        })),
      },
    ),
};

describe('a check run within its limits', () => {
  it.each(Object.keys(HUGE))('%s', (name) => {
    const of = HUGE[name]!();
    withinLimits(renderCheck(of, null));
    withinLimits(renderCheck(of, 'invoices'));
    expect((renderComment(of, { always: true })?.body ?? '').length).toBeLessThanOrEqual(COMMENT_CHARACTERS);
    for (const reply of [renderStatus(of), renderCost(of)])
      expect(Buffer.byteLength(reply)).toBeLessThanOrEqual(REPLY_BYTES);
  });

  it('fills a summary of 65,535 bytes without breaking its tables', () => {
    const { summary } = renderCheck(judged([hugeReport()]), null);
    expect(Buffer.byteLength(summary)).toBeGreaterThan(20_000);
    const { summary: many } = renderCheck(HUGE['two hundred pipelines']!(), null);
    expect(many).toContain('more pipelines');
    expect(Buffer.byteLength(many)).toBeGreaterThan(40_000);
  });

  it('has them in every state of every decision, whatever the texts are', () => {
    const text = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'grapheme', maxLength: 80 }));
    const decision: fc.Arbitrary<Decision> = fc.oneof(
      text.map((reason) => ({ kind: 'hold' as const, reason, policy: 'hold' as const })),
      text.map((title) => ({
        kind: 'cannot-compare' as const,
        title: `t${title}`,
        message: title,
        mend: title,
      })),
      text.map((message) => ({
        kind: 'invalid-config' as const,
        file: '.docops.yml',
        problems: [{ severity: 'error' as const, code: 'c', message }],
      })),
      text.map((name) => ({
        kind: 'not-applicable' as const,
        conclusion: 'success' as const,
        pipelines: [planned(name, { patterns: [name] })],
      })),
      text.map((name) => evaluating(planned('invoices'), planned(name))),
      fc.constant({ kind: 'draft' as const }),
      fc.constant({ kind: 'not-configured' as const }),
      fc.constant({ kind: 'queue-trusted' as const }),
      text.map((why) => ({ kind: 'ignore' as const, why })),
    );
    const state = fc.constantFrom<Evaluation['state']>(
      'planned',
      'running',
      'judged',
      'reported',
      'superseded',
    );
    fc.assert(
      fc.property(decision, state, text, fc.boolean(), (of, now, any, aggregatesOnly) => {
        const shown = view(
          {
            decision: of,
            state: now,
            why: any,
            baseRef: `b${any}`,
            trust: { trusted: true, reason: any, aggregatesOnly },
            warnings: [any],
            progress: { stage: any, done: 1, total: 2, estimatedEndMs: NOW + 90_000 },
            failure:
              any.length % 5 === 0 && of.kind === 'evaluate'
                ? {
                    class: any.length % 2 === 0 ? ('infrastructure' as const) : ('over-budget' as const),
                    message: any,
                    mend: any,
                  }
                : null,
          },
          {
            reports: [
              reported({
                ...passReport(),
                verdict: 'warn',
                documents: [],
                fields: [],
                reasons: [{ code: 'churn', level: 'warn', text: any }],
              }),
            ],
            acceptances: [acceptance({ by: any, reason: any, fields: [] })],
          },
        );
        for (const pipeline of [null, 'invoices']) {
          const content = renderCheck(shown, pipeline);
          withinLimits(content);
          harmless(content.summary);
          harmless(content.text ?? '');
        }
        for (const reply of [
          renderStatus(shown),
          renderCost(shown),
          renderComment(shown, { always: true })?.body ?? '',
        ])
          harmless(reply);
      }),
      { numRuns: 50 },
    );
  });
});

/** Nothing of strangers becomes a link, a picture, a mention, a reference or HTML; our own link is the only one. */
function harmless(markdown: string): void {
  const html = parse(markdown).replace(
    /<a href="https:\/\/docops\.example\/[^"]*">(?:Details|Full report)<\/a>/g,
    '',
  );
  const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag!.toLowerCase()));
  for (const tag of ['a', 'img', 'script', 'input', 'style', 'iframe', 'h1', 'ol', 'hr', 'em', 'del', 'svg'])
    expect(tags).not.toContain(tag);
  const outside = html
    .replace(/<code>[\s\S]*?<\/code>|<pre>[\s\S]*?<\/pre>/g, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  expect(outside).not.toMatch(/@\w|#\d|GH-\d|https?:\/\/|www\.|[0-9a-f]{40}/);
}

describe('what a check run says', () => {
  it('nothing of hostile reports is markup', () => {
    const hostile = { ...REPORTS['hostile']!(), verdict: 'block' as const, blocked: true };
    for (const of of [
      judged([hostile]),
      judged([
        { ...hostile, pipeline: 'a' },
        { ...hostile, pipeline: HOSTILE_TEXTS.join('') },
      ]),
    ]) {
      const { summary, text } = renderCheck(of, null);
      for (const one of [summary, text ?? '', renderComment(of)!.body, renderStatus(of), renderCost(of)])
        harmless(one);
    }
  });

  it('the whole report of the only pipeline, with all commits below', () => {
    const { summary, text } = renderCheck(judged([blockReport()]), null);
    const html = parse(summary);
    for (const part of ['BLOCKED', 'inv-0042', '1.243,56 EUR', 'field_regressed', 'Full report'])
      expect(html).toContain(part);
    expect(text).toContain(`\`${HEAD}\``);
    expect(text).toContain('tip of main');
    expect(text).toContain('merge of both');
    expect(text).toContain('9c1b9c1b9c1b');
  });

  it('that head and base conflict', () => {
    const base = passReport();
    const conflict: Report = {
      ...base,
      base: { ...base.base, chosen: 'merge base with main, because the two conflict' },
      head: { ...base.head, merged: false },
    };
    const { text } = renderCheck(judged([conflict]), null);
    expect(text).toContain('merge base with main');
    expect(text).toContain('Head and base conflict');
  });

  it('several pipelines as a table, worst first, with why those that do not pass do not', () => {
    const { summary, actions } = renderCheck(
      judged([passReport(), { ...blockReport(), pipeline: 'receipts' }]),
      null,
    );
    const html = parse(summary);
    const rows = [...html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) => row!);
    expect(rows[1]).toContain('receipts');
    expect(rows[1]).toContain('91.2 % → 87.4 %');
    expect(rows[2]).toContain('invoices');
    expect(html).toContain('field_regressed');
    expect(actions.map(({ identifier }) => identifier)).toEqual(['rerun', 'rerun-failed']);
  });

  it('the commit to approve, in a command that can be copied', () => {
    const of = view({ decision: { kind: 'hold', reason: 'eve has no write access here.', policy: 'hold' } });
    const { summary, actions } = renderCheck(of, null);
    const block = /```\n([\s\S]*?)\n```/.exec(summary)![1]!;
    expect(parseCommands(block).commands).toEqual([{ name: 'approve-eval', sha: HEAD }]);
    expect(actions.map(({ identifier }) => identifier)).toEqual(['approve']);
    const never = renderCheck(view({ decision: { kind: 'hold', reason: 'r', policy: 'never' } }), null);
    expect(never.actions).toEqual([]);
    expect(never.summary).not.toContain('/approve-eval');
    expect(never.summary).toContain('untrusted: never');
  });

  it('the commit that may cost more, in a command that can be copied, and who may say so', () => {
    const failure = {
      class: 'over-budget' as const,
      message: 'it would cost about $4.50, and the budget of one run is $3.00',
      mend: `/approve-cost ${HEAD}`,
    };
    for (const pipeline of [null, 'invoices']) {
      const { summary, conclusion, annotations } = renderCheck(judged([], { failure }), pipeline);
      const block = /```\n([\s\S]*?)\n```/.exec(summary)![1]!;
      expect(parseCommands(block).commands).toEqual([{ name: 'approve-cost', sha: HEAD }]);
      expect(conclusion).toBe('action_required');
      expect(annotations).toEqual([]);
      expect(parse(summary).replace(/<\/?span>/g, '')).toContain(
        'It would cost about $4.50, and the budget of one run is $3.00.',
      );
      expect(summary).toContain('roles maintain');
      expect(summary).toContain('Nothing was started');
    }
    expect(renderComment(judged([], { failure }), { always: true })?.body).toContain('/approve-cost');
    expect(renderStatus(judged([], { failure }))).toContain(`/approve-cost ${HEAD}`);

    const outside = { trusted: true, reason: 'bob approved.', aggregatesOnly: true };
    const hidden = renderCheck(judged([], { failure, trust: outside }), null);
    expect(JSON.stringify(hidden)).not.toMatch(/\$\d/);
    expect(hidden.summary).toContain(`/approve-cost ${HEAD}`);
  });

  it('no command where none would help: a merge group over the budget, and roles that nobody has', () => {
    const failure = { class: 'over-budget' as const, message: 'it would cost about $4.50', mend: null };
    const group = judged([], { failure, kind: 'merge-group', pullNumber: null });
    const noRoles = judged([], {
      failure,
      policy: {
        comment: 'always',
        onBaseMove: 'ignore',
        override: { roles: [], expiresMs: 1 },
        budgetPerMonthUsd: null,
      },
    });
    for (const of of [group, noRoles]) {
      const { summary, conclusion } = renderCheck(of, null);
      expect(conclusion).toBe('action_required');
      expect(summary).not.toContain('/approve-cost');
      expect(summary).toContain('`budget`');
    }
  });

  it('what was paid for it, compute and extractor apart, and nothing where nothing was', () => {
    const paid = passReport({ run: paidRun() });
    for (const [of, pays] of [
      [judged([paid]), true],
      [judged([passReport()]), false],
      [judged([paid], {}, { reports: [reported(paid, { reusedFrom: 'an-earlier-one' })] }), false],
    ] as const) {
      const facts = parse(renderCheck(of, null).text ?? '').replace(/<\/?span>/g, '');
      expect(facts.includes('Compute: $0.012 (expected $0.011), for 8 tasks')).toBe(pays);
      expect(facts.includes('Reported by the extractor: $0.40 (expected $0.41).')).toBe(pays);
    }
  });

  it('the patterns that nothing matched', () => {
    const { summary } = renderCheck(
      view({
        decision: {
          kind: 'not-applicable',
          conclusion: 'success',
          pipelines: [planned('invoices', { applicable: false })],
        },
      }),
      null,
    );
    expect(parse(summary)).toContain('<code>extract/**</code>');
  });

  it('each line of an invalid configuration, as text and beside the line', () => {
    const { summary, annotations, conclusion } = renderCheck(
      view({
        decision: {
          kind: 'invalid-config',
          file: '.github/docops.yml',
          problems: [
            {
              severity: 'error',
              code: 'unknown_key',
              message: 'no key gaet; did you mean gate?',
              place: { file: '.github/docops.yml of main', line: 12, column: 5 },
            },
            { severity: 'warning', code: 'odd', message: 'odd', place: { file: 'x', line: 0, column: 0 } },
          ],
        },
      }),
      null,
    );
    expect(conclusion).toBe('failure');
    expect(parse(summary)).toMatch(/12:5<\/td>[\s\S]*gaet/);
    expect(annotations).toMatchObject([
      { path: '.github/docops.yml', startLine: 12, endLine: 12, level: 'failure', title: 'unknown_key' },
      { path: '.github/docops.yml', startLine: 1, endLine: 1, level: 'warning' },
    ]);
  });

  it('how far it is, and when it will be over', () => {
    const progress = {
      stage: 'measuring head of invoices',
      done: 34,
      total: 71,
      estimatedEndMs: NOW + 125_000,
    };
    const content = renderCheck(view({ state: 'running', progress }), null);
    expect(content).toMatchObject({
      status: 'in_progress',
      title: 'Measuring head of invoices: 34 of 71 documents, about 3 min left',
    });
    expect(content.summary).toContain('2026-11-22 14:02 UTC');
    expect(content.text).toContain('first look');
  });

  it('where a verdict was taken over from, the attempt and who asked', () => {
    const of = judged(
      [passReport()],
      { attempt: 3, why: '/rerun-eval by @ada', rerun: 'failed', tries: 2 },
      {
        reports: [reported(passReport(), { reusedFrom: '0b8f6c1e-6d0a-4c1b-9a77-0d6f1f1f0000' })],
        alsoHeadOf: [13],
      },
    );
    const { text } = renderCheck(of, null);
    for (const part of [
      'Attempt 3',
      '@&#8203;ada',
      'taken over from evaluation `0b8f6c1e-6d0a-4c1b-9a77-0d6f1f1f0000`, same plan `a1a1a1a1a1a1`',
      'try 2',
      '#13',
    ])
      expect(text).toContain(part);
  });

  it('which pull request of a merge group moved which field', () => {
    const { text } = renderCheck(
      judged([blockReport()], {
        kind: 'merge-group',
        pullNumber: null,
        attribution: [
          {
            pullNumber: 41,
            commit: 'b'.repeat(40),
            pipeline: 'invoices',
            moved: [{ field: 'grand_total', before: 0.972, after: 0.93 }],
          },
          { pullNumber: null, commit: 'c'.repeat(40), pipeline: 'invoices', moved: [] },
        ],
      }),
      null,
    );
    const html = parse(text!);
    expect(html).toMatch(/#41[\s\S]*grand_total[\s\S]*97\.2 %[\s\S]*93\.0 %[\s\S]*−4\.2/);
    expect(html).toContain('nothing moved');
  });

  it('what the head changes in the configuration, of each pipeline', () => {
    const { text } = renderCheck(judged([noisyReport(), { ...noisyReport(), pipeline: 'receipts' }]), null);
    expect(parse(text!)).toContain('receipts: gate.max_drop: 0 becomes 5');
    expect(parse(renderCheck(judged([noisyReport()]), null).summary)).toContain('gate.max_drop: 0 becomes 5');
  });

  it.each<[string, AnswerView['requiredCheck'], RegExp | null]>([
    ['nothing where it is required and pinned', { required: true, pinned: true }, null],
    ['nothing where it is not known', null, null],
    ['that nothing requires it', { required: false, pinned: null }, /no rule of .* requires this check/],
    ['that anybody could post it', { required: true, pinned: false }, /from anybody/],
  ])('%s', (_name, requiredCheck, warning) => {
    for (const of of [
      judged([blockReport()], {}, { requiredCheck }),
      judged([blockReport(), { ...passReport(), pipeline: 'b' }], {}, { requiredCheck }),
      view({ decision: { kind: 'not-applicable', conclusion: 'success', pipelines: [] } }, { requiredCheck }),
    ]) {
      const { summary } = renderCheck(of, null);
      expect(summary.match(/\*\*Warning:\*\*/g)?.length ?? 0).toBe(warning === null ? 0 : 1);
      if (warning !== null) expect(summary).toMatch(warning);
      expect(renderCheck(of, 'invoices').summary).not.toContain('**Warning:**');
    }
  });

  it('what can be done about a regression, and not about a crash', () => {
    expect(renderCheck(judged([blockReport()]), null).text).toContain('accept-regression');
    expect(renderCheck(judged([crashReport()]), null).text).not.toContain('accept-regression');
    expect(renderCheck(judged([passReport()]), null).text).not.toContain('accept-regression');
  });

  it('the same for the same view', () => {
    expect(renderCheck(judged([blockReport()]), null)).toEqual(renderCheck(judged([blockReport()]), null));
  });

  it('no link where the address is none', () => {
    for (const detailsUrl of ['javascript:alert(1)', 'not an address', null])
      expect(
        parse(
          renderCheck(judged([passReport(), { ...passReport(), pipeline: 'b' }], {}, { detailsUrl }), null)
            .summary,
        ),
      ).not.toContain('<a ');
  });
});
