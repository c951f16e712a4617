import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/core/judge/index.js';
import type { Gate, PairedDocument, PredictionStatus } from '../../../src/core/words.js';
import { fieldsNamed, inputOf, paired, type Run } from './support.js';

const WIDTH = 3;
const fields = fieldsNamed('a', 'b.c', 'd').map((field, j) => ({
  ...field,
  critical: j === 2,
  weight: j + 1,
}));

/** Whether the label has a value in each field; both sides of a document share it. */
const labelled = fc.array(fc.boolean(), { minLength: WIDTH, maxLength: WIDTH });
const status = fc.constantFrom<Exclude<PredictionStatus, 'ok'>>(
  'crashed',
  'timeout',
  'memory',
  'invalid-output',
  'not-run',
);
/** A run that fits the labels: r, w or m where there is one, a or s where there is none; now and then a failure. */
const runFor = (labels: readonly boolean[]): fc.Arbitrary<Run> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(
          ...labels.map((has) =>
            has ? fc.constantFrom('r', 'r', 'r', 'w', 'm') : fc.constantFrom('a', 'a', 's'),
          ),
        )
        .map((marks) => marks.join('')),
    },
    {
      weight: 1,
      arbitrary: status.map((failed) => ({
        failed,
        labels: labels.map((has) => (has ? 'r' : 'a')).join(''),
      })),
    },
  );
const many = (labels: readonly boolean[]) => fc.array(runFor(labels), { minLength: 1, maxLength: 3 });
const more = fc.record(
  { template: fc.constantFrom('v1', 'v2'), slices: fc.record({ language: fc.constantFrom('de', 'fr') }) },
  { requiredKeys: ['slices'] },
);
const corpus = (sides: 'same' | 'any') =>
  fc
    .array(
      labelled.chain((labels) =>
        fc
          .tuple(many(labels), many(labels), more)
          .map(([base, head, extra]) => ({ base, head: sides === 'same' ? base : head, extra })),
      ),
      { minLength: 1, maxLength: 12 },
    )
    .map((list) => list.map(({ base, head, extra }, i) => paired(`doc-${i}`, base, head, extra)));
const rule = fc.constantFrom(0, 1, 20);
const gates: fc.Arbitrary<Partial<Gate>> = fc.record({
  maxDrop: rule,
  fields: fc.constantFrom<Gate['fields']>([], [{ pattern: 'b.*', maxDrop: 0 }]),
  slices: fc.constantFrom<Gate['slices']>([], [{ slice: 'language', maxDrop: 1 }]),
  maxNewErrors: fc.constantFrom<Gate['maxNewErrors']>([], [{ pattern: 'a', max: 1 }]),
  judge: fc.constantFrom<Gate['judge']>('auto', 'exact', 'statistical'),
  onHiddenLosses: fc.constantFrom<Gate['onHiddenLosses']>('pass', 'warn', 'block'),
  onInconclusive: fc.constantFrom<Gate['onInconclusive']>('pass', 'warn', 'block'),
});
const codes = (judgement: ReturnType<typeof judge>): string[] => judgement.reasons.map(({ code }) => code);

describe('whatever the documents', () => {
  it('the same measurement on both sides is never blocked for a regression', () => {
    fc.assert(
      fc.property(corpus('same'), gates, fc.boolean(), (documents, gate, deterministic) => {
        const judgement = judge(inputOf(fields, documents, gate, { deterministic }));
        expect(['pass', 'pass-unproven', 'warn', 'not-measured']).toContain(judgement.verdict);
        expect(judgement.overall.delta ?? 0).toBe(0);
        expect(judgement.hidden_losses).toEqual([]);
      }),
    );
  });
  it('their order does not matter', () => {
    fc.assert(
      fc.property(corpus('any'), gates, fc.boolean(), (documents, gate, deterministic) => {
        const input = inputOf(fields, documents, gate, { deterministic });
        expect(judge({ ...input, documents: [...documents].reverse() })).toEqual(judge(input));
      }),
    );
  });
  it('no number is NaN or infinite, and every p is a probability above 0', () => {
    fc.assert(
      fc.property(corpus('any'), gates, fc.boolean(), (documents, gate, deterministic) => {
        const judgement = judge(inputOf(fields, documents, gate, { deterministic }));
        const look = (value: unknown, key = ''): void => {
          if (typeof value === 'number') {
            expect(Number.isFinite(value)).toBe(true);
            if (key === 'p' || key === 'p_adjusted') expect(value > 0 && value <= 1).toBe(true);
          } else if (typeof value === 'object' && value !== null) {
            for (const [name, inner] of Object.entries(value)) look(inner, name);
          }
        };
        look(judgement);
      }),
    );
  });
  it('a verdict never passes on nothing', () => {
    const nothing = fc.oneof(
      fc.constant<PairedDocument[]>([]),
      // Labels, but no prediction on either side; or predictions, but no label.
      fc
        .array(status, { minLength: 1, maxLength: 5 })
        .map((list) =>
          list.map((failed, i) => paired(`d${i}`, { failed, labels: 'rrr' }, { failed, labels: 'rrr' })),
        ),
      fc
        .array(fc.constantFrom('mmm', 'mam'), { minLength: 1, maxLength: 5 })
        .map((list) => list.map((run, i) => paired(`d${i}`, run, run))),
      fc
        .array(fc.constantFrom('aaa', 'sas'), { minLength: 1, maxLength: 5 })
        .map((list) => list.map((run, i) => paired(`d${i}`, run, run))),
    );
    fc.assert(
      fc.property(nothing, gates, fc.boolean(), (documents, gate, deterministic) => {
        for (const baseline of ['measured', 'none'] as const) {
          const judgement = judge(inputOf(fields, documents, gate, { deterministic, baseline }));
          expect(['not-measured', 'block']).toContain(judgement.verdict);
          expect(judgement.blocked).toBe(true);
        }
      }),
    );
  });
  it('a blocked verdict names what it blocks for: fields or documents in every red reason about scores', () => {
    fc.assert(
      fc.property(corpus('any'), gates, (documents, gate) => {
        const judgement = judge(inputOf(fields, documents, gate));
        expect(judgement.blocked).toBe(
          judgement.reasons.some(({ level }) => level === 'block' || level === 'not-measured'),
        );
        for (const reason of judgement.reasons.filter(({ level }) => level === 'block')) {
          expect(reason.documents?.length ?? 0).toBeGreaterThan(0);
          expect(reason.text).not.toMatch(/undefined|NaN|null/);
        }
      }),
    );
  });
});

it('making the head worse in one document never unblocks what was judged exactly', () => {
  const whole = fc.array(
    fc.tuple(fc.constantFrom('rrr', 'rrw', 'wrr', 'www'), fc.constantFrom('rrr', 'rrw', 'wrr', 'rwr', 'www')),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(whole, gates, fc.nat(), fc.nat(WIDTH - 1), (pairs, gate, at, field) => {
      const build = (worse: boolean): PairedDocument[] =>
        pairs.map(([base, head], i) => {
          const spoilt =
            worse && i === at % pairs.length ? `${head.slice(0, field)}w${head.slice(field + 1)}` : head;
          return paired(`doc-${i}`, base, spoilt);
        });
      const settings = { ...gate, judge: 'exact', onHiddenLosses: 'pass' } as const;
      const before = judge(inputOf(fields, build(false), settings));
      const after = judge(inputOf(fields, build(true), settings));
      if (before.blocked) expect(after.blocked).toBe(true);
      expect(after.overall.head!).toBeLessThanOrEqual(before.overall.head! + 1e-12);
      expect(codes(after).length).toBeGreaterThan(0);
    }),
  );
});
