import { describe, expect, it } from 'vitest';
import { judge, selfCheck } from '../../../src/core/judge/index.js';
import type { PairedDocument } from '../../../src/core/words.js';
import { fieldsNamed, inputOf, paired, several } from './support.js';

const fields = fieldsNamed('invoice_number', 'printed_at');
const noisy = { deterministic: false };
const always = (run: string): string[] => [run, run, run];
/** Documents whose second field is a coin on both sides, with no tendency. */
const coins = (n: number): PairedDocument[] =>
  Array.from({ length: n }, (_, i) =>
    i % 2 === 0
      ? paired(`coin-${i}`, ['rr', 'rw', 'rr'], ['rw', 'rr', 'rw'])
      : paired(`coin-${i}`, ['rw', 'rr', 'rw'], ['rr', 'rw', 'rr']),
  );
const codes = (judgement: ReturnType<typeof judge>): string[] => judgement.reasons.map(({ code }) => code);

describe('a noisy extractor', () => {
  it('that only flickers is not blocked, and the verdict says what could not have been seen', () => {
    const judgement = judge(
      inputOf(fields, [...coins(21), ...several(60, 'd', always('rr'), always('rr'))], {}, noisy),
    );
    expect(judgement).toMatchObject({ verdict: 'pass-unproven', judged: 'statistical', blocked: false });
    expect(judgement.reasons[0]!.text).toMatch(/a drop of about [\d.]+ points or more would have been seen/);
  });
  it('passes as proven when a drop beyond the margin is ruled out', () => {
    const documents = [...coins(20), ...several(200, 'd', always('rr'), always('rr'))];
    expect(judge(inputOf(fields, documents, { maxDrop: 5 }, noisy)).verdict).toBe('pass');
  });
  it('whose scores never vary is judged exactly: its noise is not in what counts', () => {
    const documents = [
      paired('lost', always('rr'), always('wr')),
      ...several(40, 'd', always('rr'), always('rr')),
    ];
    const judgement = judge(inputOf(fields, documents, {}, noisy));
    expect(judgement).toMatchObject({ verdict: 'block', judged: 'exact' });
  });
  it('blocks on a loss in a field that never varies, whatever another field’s noise does', () => {
    const lost = several(3, 'lost', always('rr'), always('wr'));
    const judgement = judge(
      inputOf(fields, [...lost, ...coins(40), ...several(40, 'd', always('rr'), always('rr'))], {}, noisy),
    );
    expect(judgement).toMatchObject({ verdict: 'block', judged: 'statistical' });
    expect(judgement.reasons[0]!.text).toContain('that is no noise');
    expect(judgement.reasons[0]!.documents!.slice(0, 3)).toEqual(['lost-1', 'lost-2', 'lost-3']);
  });
  it('does not block on that when judged statistically by choice', () => {
    const lost = several(1, 'lost', always('rr'), always('wr'));
    const documents = [...lost, ...coins(40)];
    expect(judge(inputOf(fields, documents, { judge: 'statistical' }, noisy)).blocked).toBe(false);
  });
  it('a drop that may be noise is inconclusive at the level of the policy', () => {
    const documents = [
      paired('x', ['rr', 'rr', 'rr'], ['wr', 'wr', 'rr']),
      ...several(30, 'd', always('rr'), always('rr')),
    ];
    for (const [policy, verdict] of [
      ['pass', 'pass-unproven'],
      ['warn', 'warn'],
      ['block', 'block'],
    ] as const) {
      const judgement = judge(inputOf(fields, documents, { onInconclusive: policy }, noisy));
      expect(judgement.verdict).toBe(verdict);
      expect(codes(judgement)).toContain('inconclusive');
    }
  });
  it('a critical field counts only documents right in every base run and wrong in every head run', () => {
    const strict = fields.map((field) => ({ ...field, critical: field.path === 'printed_at' }));
    const flicker = inputOf(strict, [...coins(30)], {}, noisy);
    expect(codes(judge(flicker))).not.toContain('new_errors');
    const broken = inputOf(strict, [...coins(30), paired('lost', always('rr'), always('rw'))], {}, noisy);
    expect(judge(broken).reasons.find(({ code }) => code === 'new_errors')).toMatchObject({
      documents: ['lost'],
    });
  });
  it('a drop rule that could never act says so and offers a count rule', () => {
    const documents = [...coins(4)];
    const judgement = judge(
      inputOf(fields, documents, { fields: [{ pattern: 'printed_at', maxDrop: 2 }] }, noisy),
    );
    const reason = judgement.reasons.find(({ code }) => code === 'rule_without_evidence');
    expect(reason).toMatchObject({ field: 'printed_at', level: 'info' });
    expect(reason!.text).toContain('max_new_errors: { printed_at: 0 }');
  });
  it('documents of one template are one piece of evidence', () => {
    const lost = (template?: string) =>
      several(12, 'x', ['rr', 'rr', 'rw'], ['wr', 'wr', 'ww'], template === undefined ? {} : { template });
    const rest = coins(10);
    const settings = { judge: 'statistical' } as const;
    expect(judge(inputOf(fields, [...lost(), ...rest], settings, noisy)).verdict).toBe('block');
    expect(judge(inputOf(fields, [...lost('vendor-17'), ...rest], settings, noisy)).blocked).toBe(false);
  });
  it('one loss behind coins is no hidden loss, five are', () => {
    const gain = several(12, 'won', ['ww', 'wr', 'ww'], ['rr', 'rw', 'rr']);
    const losses = (n: number) => several(n, 'lost', always('rr'), always('rw'));
    const lostNames = (n: number) =>
      judge(inputOf(fields, [...losses(n), ...gain, ...coins(60)], {}, noisy)).hidden_losses;
    expect(lostNames(1).flatMap(({ documents }) => documents)).toEqual([]);
    expect(lostNames(5).find(({ scope }) => scope === 'all')!.documents).toEqual([
      'lost-1',
      'lost-2',
      'lost-3',
      'lost-4',
      'lost-5',
    ]);
  });
  it('unreliable fields are said beside the verdict', () => {
    const documents = several(30, 'd', always('rr'), always('rr'));
    const judgement = judge(inputOf(fields, documents, {}, { ...noisy, unreliableFields: ['printed_at'] }));
    expect(judgement.verdict).toBe('pass');
    expect(judgement.reasons.find(({ code }) => code === 'unreliable_field')).toMatchObject({
      field: 'printed_at',
      level: 'info',
    });
  });
});

describe('confirmation', () => {
  const lost = several(7, 'lost', ['rr', 'rr', 'rr'], ['wr', 'wr', 'wr']);
  const documents = [...lost, ...coins(20), ...several(60, 'd', always('rr'), always('rr'))];
  const input = inputOf(fields, documents, { judge: 'statistical' }, noisy);
  it('asks for the documents that got worse and as many that did not, before a red verdict stands', () => {
    const { toConfirm, verdict } = judge(input);
    expect(verdict).toBe('block');
    const worse = [
      ...lost.map(({ id }) => id),
      ...coins(20)
        .filter((_, i) => i % 2 === 0)
        .map(({ id }) => id),
    ];
    expect(toConfirm).toEqual(expect.arrayContaining(worse));
    expect(toConfirm).toHaveLength(2 * worse.length);
    expect(new Set(toConfirm).size).toBe(toConfirm!.length);
  });
  it('chooses the same documents whatever their order', () => {
    expect(judge({ ...input, documents: [...documents].reverse() }).toConfirm).toEqual(
      judge(input).toConfirm,
    );
  });
  it('is asked for once, never for a deterministic extractor, and never for a pass', () => {
    expect(judge({ ...input, confirmation: { documents: 34, runs: 3 } })).toMatchObject({
      verdict: 'block',
      toConfirm: undefined,
    });
    expect(
      judge({ ...input, gate: { ...input.gate, judge: 'auto' }, deterministic: true }).toConfirm,
    ).toBeUndefined();
    expect(judge({ ...input, documents: coins(30) }).toConfirm).toBeUndefined();
  });
  it('that does not hold is said', () => {
    const judgement = judge({ ...input, documents: coins(30), confirmation: { documents: 34, runs: 3 } });
    expect(judgement.blocked).toBe(false);
    expect(codes(judgement)).toContain('not_confirmed');
  });
});

describe('base against itself', () => {
  it('would not block where the policy is made for noise', () => {
    const once = coins(40).map(({ base, head, ...rest }) => ({ ...rest, base, head }));
    const check = selfCheck(inputOf(fields, once, {}, noisy));
    expect(check).toMatchObject({ would_block: false, flip_rate: 1 });
  });
  it('would block where every flicker counts', () => {
    const documents = [paired('x', 'rr', 'rw'), ...several(9, 'd', 'rr', 'rr')];
    const check = selfCheck(inputOf(fields, documents, { judge: 'exact' }, noisy));
    expect(check).toMatchObject({ would_block: true, flip_rate: 0.1 });
    expect(check.reasons[0]).toContain('x');
  });
  it('says the same whichever run came first', () => {
    const documents = [paired('x', 'rw', 'rr'), ...several(9, 'd', 'rr', 'rr')];
    expect(selfCheck(inputOf(fields, documents, { judge: 'exact' }, noisy)).would_block).toBe(true);
  });
  it('has nothing to do with floors, and no flicker of a critical field fails it', () => {
    const strict = fields.map((field) => ({ ...field, critical: true }));
    const documents = [paired('x', 'rr', 'rw'), ...several(9, 'd', 'rr', 'rr')];
    const gate = { min: 1, fields: [{ pattern: '*', min: 1 }], onInconclusive: 'block' } as const;
    expect(selfCheck(inputOf(strict, documents, gate, noisy)).would_block).toBe(false);
  });
  it('finds runs that drift: the second of every pair is worse', () => {
    const documents = [...several(14, 'x', 'rr', 'rw'), ...several(30, 'd', 'rr', 'rr')];
    expect(selfCheck(inputOf(fields, documents, {}, noisy)).would_block).toBe(true);
  });
  it('sees what shadow would hide', () => {
    const documents = [paired('x', 'rr', 'rw'), ...several(9, 'd', 'rr', 'rr')];
    expect(
      selfCheck(inputOf(fields, documents, { judge: 'exact', enforce: 'shadow' }, noisy)).would_block,
    ).toBe(true);
  });
});
