import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/core/judge/index.js';
import type { PairedDocument, PredictionStatus, SideOfDocument } from '../../../src/core/words.js';
import { fieldsNamed, inputOf, paired, several, type Run } from './support.js';

const fields = fieldsNamed('invoice_number', 'grand_total');
const failed = (status: Exclude<PredictionStatus, 'ok'>): Run => ({ failed: status, labels: 'rr' });
const verdictOf = (documents: readonly PairedDocument[], more: Parameters<typeof inputOf>[3] = {}) => {
  const { verdict, blocked, reasons } = judge(inputOf(fields, documents, {}, more));
  return { verdict, blocked, first: reasons[0]?.code, level: reasons[0]?.level, reasons };
};

describe('a head that gives nothing', () => {
  it.each([
    ['crashes', 'crashed', 'extractor_crashed'],
    ['prints no JSON', 'invalid-output', 'extractor_invalid_output'],
    ['hangs', 'timeout', 'extractor_timed_out'],
    ['takes too much memory', 'memory', 'extractor_out_of_memory'],
    ['prints too much', 'output-limit', 'extractor_output_limit'],
    ['never gets to a document', 'not-run', 'extractor_timed_out'],
  ] as const)('because it %s is blocked with that reason', (_, status, code) => {
    const result = verdictOf(several(20, 'd', 'rr', failed(status)));
    expect(result).toMatchObject({ verdict: 'block', blocked: true, first: code, level: 'block' });
    expect(result.reasons[0]!.text).toContain('on 20 of 20 documents');
  });
  it('is named by its most frequent failure', () => {
    const documents = [
      ...several(3, 'a', 'rr', failed('timeout')),
      ...several(2, 'b', 'rr', failed('crashed')),
    ];
    const { first, reasons } = verdictOf(documents);
    expect(first).toBe('extractor_timed_out');
    expect(reasons[0]!.text).toContain('on 3 of 5 documents; on 2 it crashed');
  });
  it('but empty fields is blocked', () => {
    expect(verdictOf(several(20, 'd', 'rr', 'mm'))).toMatchObject({
      verdict: 'block',
      first: 'predicts_nothing',
    });
  });
  it('is blocked on the first pull request, too', () => {
    expect(verdictOf(several(5, 'd', [], 'mm'), { baseline: 'none' })).toMatchObject({
      verdict: 'block',
      first: 'predicts_nothing',
    });
    expect(verdictOf(several(5, 'd', [], failed('crashed')), { baseline: 'none' })).toMatchObject({
      verdict: 'block',
      first: 'extractor_crashed',
    });
  });
  it('as the base does, is not measured', () => {
    expect(verdictOf(several(5, 'd', failed('timeout'), failed('crashed')))).toMatchObject({
      verdict: 'not-measured',
      blocked: true,
      first: 'extractor_crashed',
    });
    expect(verdictOf(several(5, 'd', 'mm', 'mm'))).toMatchObject({
      verdict: 'not-measured',
      blocked: true,
      first: 'predicts_nothing',
    });
    expect(verdictOf(several(5, 'd', failed('crashed'), 'mm'))).toMatchObject({
      verdict: 'not-measured',
      blocked: true,
    });
  });
});

describe('nothing to measure with', () => {
  it.each([
    ['no documents', [], 0, 'no_documents'],
    ['no labels', several(5, 'd', 'ss', 'ss'), 0, 'no_labels'],
    ['labels without any field of the configuration', several(5, 'd', 'ss', 'ss'), 5, 'no_matching_field'],
    ['labels and predictions without any such field', several(5, 'd', 'aa', 'aa'), 5, 'no_matching_field'],
  ] as const)('%s is not measured, and blocked', (_, documents, labelled, code) => {
    expect(verdictOf(documents, { labelled })).toMatchObject({
      verdict: 'not-measured',
      blocked: true,
      first: code,
    });
  });
});

describe('a setup that fails', () => {
  const documents = several(20, 'd', 'rr', 'rr');
  it.each([
    ['on the head is the code’s fault', 'head', 'code', 'block', 'setup_failed'],
    [
      'on the head by infrastructure is not measured',
      'head',
      'infrastructure',
      'not-measured',
      'infrastructure',
    ],
    [
      'on the base by infrastructure is not measured',
      'base',
      'infrastructure',
      'not-measured',
      'infrastructure',
    ],
    ['on the base leaves only floors', 'base', 'code', 'pass-unproven', 'baseline_broken'],
  ] as const)('%s', (_, side, kind, verdict, first) => {
    const setup = { side, kind, text: 'pip install failed.' };
    expect(verdictOf(documents, { setup })).toMatchObject({ verdict, first });
  });
});

describe('failures on some documents', () => {
  it('of one run of the base: cells that weigh anew by it are no regression', () => {
    const crashed: Run = { failed: 'crashed', labels: 'ra' };
    const documents = [paired('x', ['rs', crashed], 'rs'), ...several(3, 'd', 'rr', 'rr')];
    const { reasons } = judge(
      inputOf(fields, documents, { fields: [{ pattern: 'grand_total', maxDrop: 0 }] }),
    );
    expect(reasons.filter(({ level }) => level === 'block')).toEqual([]);
  });

  it('of the head only are regressions, named with their kind', () => {
    const documents = [paired('x', 'rr', failed('crashed')), ...several(20, 'd', 'rr', 'rr')];
    const { verdict, reasons } = verdictOf(documents);
    expect(verdict).toBe('block');
    expect(reasons.map(({ code, level }) => [code, level])).toEqual([
      ['extractor_crashed', 'block'],
      ['overall_dropped', 'block'],
    ]);
    expect(reasons[0]).toMatchObject({ documents: ['x'] });
  });
  it('are at least a warning when the policy allows the drop', () => {
    const documents = [paired('x', 'rr', failed('crashed')), ...several(20, 'd', 'rr', 'rr')];
    const { verdict, reasons } = judge(inputOf(fields, documents, { maxDrop: 50 }));
    expect(verdict).toBe('warn');
    expect(reasons.some(({ code, level }) => code === 'extractor_crashed' && level === 'warn')).toBe(true);
  });
  it('of both sides alike are no regression', () => {
    const documents = [paired('x', failed('crashed'), failed('crashed')), ...several(20, 'd', 'rr', 'rr')];
    expect(verdictOf(documents)).toMatchObject({ verdict: 'pass' });
  });
  it('of the base only are an improvement', () => {
    expect(verdictOf([paired('x', failed('crashed'), 'rr'), ...several(20, 'd', 'rr', 'rr')]).verdict).toBe(
      'pass',
    );
  });
});

describe('a base', () => {
  it('that failed everywhere leaves only floors, and does not pass for proven', () => {
    const documents = several(20, 'd', failed('crashed'), 'rw');
    expect(verdictOf(documents)).toMatchObject({ verdict: 'pass-unproven', first: 'baseline_broken' });
    expect(judge(inputOf(fields, documents, { min: 0.9 })).verdict).toBe('block');
  });
  it('that never got to some documents is compared on the others, with a warning', () => {
    const documents = [
      paired('late', failed('not-run'), 'rr'),
      paired('none', [], 'rr'),
      ...several(20, 'd', 'rr', 'rr'),
    ];
    const judgement = judge(inputOf(fields, documents));
    expect(judgement.verdict).toBe('warn');
    expect(judgement.reasons[0]).toMatchObject({ code: 'baseline_broken', documents: ['late', 'none'] });
    expect(judgement.documents_exact.of).toBe(20);
  });
  it('that does not pass against itself makes the verdict not measured, with the flip rate', () => {
    const check = { would_block: true, flip_rate: 0.12, reasons: ['…'] };
    const { verdict, reasons } = verdictOf(several(20, 'd', 'rr', 'rr'), { selfCheck: check });
    expect(verdict).toBe('not-measured');
    expect(reasons[0]).toMatchObject({ code: 'unreliable_baseline' });
    expect(reasons[0]!.text).toContain('12.0 %');
  });
});

describe('latency and cost', () => {
  const timed = (
    n: number,
    base: number | undefined,
    head: number | undefined,
    usd?: readonly [number, number],
  ): PairedDocument[] => {
    const side = (
      one: SideOfDocument,
      seconds: number | undefined,
      cost: number | undefined,
    ): SideOfDocument => {
      const changed = {
        ...one,
        ...(seconds === undefined ? {} : { seconds }),
        ...(cost === undefined ? {} : { usd: cost }),
      };
      if (seconds === undefined) delete changed.seconds;
      return changed;
    };
    return several(n, 'd', 'rr', 'rr').map((document) => ({
      ...document,
      base: side(document.base, base, usd?.[0]),
      head: side(document.head, head, usd?.[1]),
    }));
  };
  it.each([
    ['within the rule', 20, 1, 1.4, 'pass'],
    ['beyond the rule', 20, 1, 1.6, 'block'],
    ['too small to notice', 20, 0.01, 0.025, 'pass'],
    ['on too few documents for chance to be ruled out', 4, 1, 3, 'pass'],
    ['of which one side has none', 20, 1, undefined, 'warn'],
  ] as const)('latency %s', (_, n, base, head, verdict) => {
    const input = inputOf(
      fields,
      timed(n, base, head),
      { latencyMaxIncrease: 0.5 },
      { latencyComparable: true },
    );
    expect(judge(input).verdict).toBe(verdict);
  });
  it('latency that was not measured alike is said, and has no ratio', () => {
    const judgement = judge(inputOf(fields, timed(20, 1, 9), { latencyMaxIncrease: 0.5 }));
    expect(judgement).toMatchObject({
      verdict: 'warn',
      latency: { ratio: null, base: { p50: 1 }, head: { p50: 9 } },
    });
    expect(judge(inputOf(fields, timed(20, 1, 9))).verdict).toBe('pass');
  });
  it.each([
    ['within the rule', [0.01, 0.012], 'pass'],
    ['beyond the rule', [0.01, 0.0121], 'block'],
    ['from nothing', [0, 0.001], 'block'],
    ['of nothing', [0, 0], 'pass'],
    ['not reported', undefined, 'warn'],
  ] as const)('cost %s', (_, usd, verdict) => {
    const judgement = judge(inputOf(fields, timed(20, 1, 1, usd), { costMaxIncrease: 0.2 }));
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.cost.base_usd === null).toBe(usd === undefined);
  });
});
