import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  redactReport,
  renderCheck,
  renderComment,
  renderCost,
  renderStatus,
} from '../../../src/core/check/index.js';
import { serializeReport } from '../../../src/core/report/json.js';
import { REASON_CODES, type Report, reportSchema } from '../../../src/core/report/schema.js';
import {
  blockReport,
  cell,
  crashReport,
  document,
  hiddenLossesReport,
  noisyReport,
  paidRun,
  REPORTS,
} from '../../support/report.js';
import { acceptance, judged } from './support.js';

/** A report in which everything that comes from a document or from the evaluated code holds the secret. */
function secretReport(secret: string, code: (typeof REASON_CODES)[number]): Report {
  const base = { ...noisyReport(), ...crashReport() };
  const s = (what: string): string => `${what}${secret}`;
  return {
    ...base,
    reasons: [
      {
        code,
        level: 'block',
        field: 'grand_total',
        slice: s('slice='),
        documents: [s('doc')],
        text: `x ${s('doc')} fell: ${s('stderr')}`,
      },
    ],
    documents: [
      document(s('doc'), 1, 0, [cell('grand_total', s('a'), s('b'), s('c'))], {
        template: s('t'),
        slices: { [s('k')]: s('v') },
      }),
    ],
    failures: [
      {
        side: 'head',
        id: s('doc'),
        status: 'crashed',
        problem: s('problem'),
        exit_code: 1,
        signal: null,
        seconds: 1,
        stderr_tail: `File "extract/main.py", line 3\n${s('stderr')}`,
      },
    ],
    slices: blockReport().slices.map((slice) => ({ ...slice, value: s('v') })),
    hidden_losses: [{ scope: 'template', name: s('t'), delta: 0, documents: [s('doc')] }],
    suspect_labels: [
      { document: s('doc'), field: 'due_date', row: null, expected: s('a'), predicted: s('b') },
    ],
    label_changes: {
      changes: [{ document: s('doc'), field: 'due_date', base: s('a'), head: s('b') }],
      omitted: 2,
      judged_by: 'base',
      other: { labels: 'head', base: 0.9, head: 0.8, would_block: true },
    },
    added_documents: { documents: 1, base: 0.5, head: 0.6, ids: [s('doc')] },
    coverage: {
      thin: [
        ...hiddenLossesReport().coverage.thin.map((one) => ({ ...one, name: s('t'), text: s('text') })),
        { kind: 'field', name: 'due_date', documents: 3, smallest_detectable_drop: null, text: s('text') },
      ],
      never_labelled: ['seller.phone'],
      never_predicted: [],
      unknown_predicted: [{ field: s('key'), base: 1, head: 1 }],
    },
    noise: { ...noisyReport().noise, self_check: { would_block: true, flip_rate: 0.1, reasons: [s('doc')] } },
    cost: { ...base.cost, head_usd: 0.123456789 },
    run: paidRun({ reported_usd: 0.123456789, compute: { ...paidRun().compute!, usd: 0.123456789 } }),
    warnings: [`1 labelled values cannot be read: ${s('doc')}`],
  };
}

describe('a report for outsiders', () => {
  it('holds no document, no value and nothing that the evaluated code wrote', () => {
    const secret = fc.stringMatching(/^[a-z]{12}$/).map((text) => `q7${text}q7`);
    fc.assert(
      fc.property(secret, fc.constantFrom(...REASON_CODES), (text, code) => {
        const report = secretReport(text, code);
        expect(JSON.stringify(report)).toContain(text);
        const redacted = redactReport(report);
        expect(serializeReport(redacted)).not.toContain(text);
        expect(serializeReport(redacted)).not.toContain('0.123456789');
        expect(reportSchema.safeParse(redacted).success).toBe(true);

        const view = judged(
          [report, { ...report, pipeline: 'receipts' }],
          {
            trust: { trusted: true, reason: 'bob approved exactly this commit.', aggregatesOnly: true },
            warnings: [`could not read ${text}`],
          },
          {
            acceptances: [acceptance()],
            disputes: [
              {
                id: '1',
                pullNumber: 1,
                pipeline: null,
                document: text,
                field: 'f',
                value: text,
                reason: text,
                by: 'a',
                at: new Date(0),
              },
            ],
          },
        );
        for (const pipeline of [null, 'invoices']) {
          const check = renderCheck(view, pipeline);
          expect(JSON.stringify(check)).not.toContain(text);
          expect(check.annotations).toEqual([]);
        }
        expect(renderComment(view, { always: true })?.body).not.toContain(text);
        expect(renderStatus(view) + renderCost(view)).not.toContain(text);
      }),
      { numRuns: 3 * REASON_CODES.length },
    );
  });

  it.each(Object.keys(REPORTS))(
    'keeps verdict, scores, fields and reasons, and redacting twice changes nothing: %s',
    (name) => {
      const report = REPORTS[name]!();
      const redacted = redactReport(report);
      for (const key of [
        'verdict',
        'blocked',
        'overall',
        'fields',
        'documents_exact',
        'head',
        'base',
      ] as const)
        expect(redacted[key]).toEqual(report[key]);
      expect(redacted.reasons.map(({ code, level }) => [code, level])).toEqual(
        report.reasons.map(({ code, level }) => [code, level]),
      );
      for (const { text } of redacted.reasons) expect(text.length).toBeGreaterThan(10);
      expect(redactReport(redacted)).toEqual(redacted);
    },
  );

  it('says the numbers of what got worse', () => {
    const texts = redactReport(blockReport()).reasons.map(({ text }) => text);
    expect(texts).toEqual([
      'The overall score fell by more than is allowed (91.2 % to 87.4 %).',
      'grand_total fell by more than is allowed (97.2 % to 93.0 %) on 3 documents of 71.',
      'grand_total is below its floor (97.2 % to 93.0 %).',
    ]);
  });

  it('hides what is wrong with a dataset, and says how to mend it', () => {
    const trust = { trusted: true, reason: 'bob approved.', aggregatesOnly: true };
    const failed = renderCheck(
      judged([], {
        trust,
        failure: {
          class: 'configuration',
          message: 'inv-secret has no label',
          mend: 'docops dataset validate',
        },
      }),
      null,
    );
    expect(JSON.stringify(failed)).not.toContain('inv-secret');
    expect(failed.summary).toContain('docops dataset validate');
    const cannot = renderCheck(
      judged([], {
        trust,
        decision: {
          kind: 'cannot-compare',
          title: 'The dataset cannot be read',
          message: 'inv-secret',
          mend: 'mend it',
        },
      }),
      null,
    );
    expect(JSON.stringify(cannot)).not.toContain('inv-secret');
    expect(cannot).toMatchObject({ conclusion: 'failure', title: 'The dataset cannot be read' });
  });
});
