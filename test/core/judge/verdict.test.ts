import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/core/judge/index.js';
import type { Reason } from '../../../src/core/report/schema.js';
import type { FieldSpec, Gate } from '../../../src/core/words.js';
import { fieldsNamed, inputOf, paired, several } from './support.js';

const fields = fieldsNamed('invoice_number', 'grand_total');
const critical = (name: string): FieldSpec[] =>
  fields.map((field) => ({ ...field, critical: field.path === name }));
const codes = (reasons: readonly Reason[], level?: Reason['level']): string[] =>
  reasons.filter((reason) => level === undefined || reason.level === level).map(({ code }) => code);
const find = (reasons: readonly Reason[], code: Reason['code']): Reason =>
  reasons.find((reason) => reason.code === code)!;

const broken = [
  paired('a', 'rr', 'rw'),
  paired('b', 'rr', 'rw'),
  paired('c', 'rr', 'rw'),
  ...several(68, 'fine', 'rr', 'rr'),
];

describe('a deterministic extractor', () => {
  it('that changes nothing passes, even on 16 documents, and the report says that it is a verdict on 16', () => {
    const judgement = judge(inputOf(fields, several(16, 'd', 'rr', 'rr')));
    expect(judgement).toMatchObject({ verdict: 'pass', blocked: false, judged: 'exact' });
    expect(judgement.coverage.thin[0]).toMatchObject({ kind: 'all', documents: 16 });
    expect(judgement.coverage.thin[0]!.text).toContain('16 documents');
  });
  it('that breaks one field on three documents is blocked, and both are named', () => {
    const judgement = judge(inputOf(fields, broken));
    expect(judgement).toMatchObject({ verdict: 'block', blocked: true });
    const reason = find(judgement.reasons, 'overall_dropped');
    expect(reason).toMatchObject({ level: 'block', field: 'grand_total', documents: ['a', 'b', 'c'] });
    expect(reason.text).toBe(
      'The overall score fell from 100.0 % to 97.9 % (−2.1 points, 0 allowed; 3 of 71 documents became worse in grand_total (3): a, b, c).',
    );
  });
  it('that improves passes and shows by how much', () => {
    const judgement = judge(inputOf(fields, [paired('a', 'rw', 'rr'), ...several(20, 'd', 'rr', 'rr')]));
    expect(judgement).toMatchObject({
      verdict: 'pass',
      overall: { documents_fixed: 1, documents_regressed: 0 },
    });
    expect(judgement.overall.delta).toBeGreaterThan(0);
  });
  it('may fall as far as max_drop allows, to the last digit', () => {
    // 3 of 100 documents lose one of two fields: −1.5 points.
    const documents = [...several(3, 'lost', 'rr', 'rw'), ...several(97, 'd', 'rr', 'rr')];
    expect(judge(inputOf(fields, documents, { maxDrop: 1.5 })).verdict).toBe('pass');
    expect(codes(judge(inputOf(fields, documents, { maxDrop: 1.5 })).reasons)).toContain('within_limit');
    expect(judge(inputOf(fields, documents, { maxDrop: 1.4 })).verdict).toBe('block');
  });
});

describe('rules of fields', () => {
  const gains = [
    paired('lost', 'rr', 'rw'),
    ...several(3, 'won', 'wr', 'rr'),
    ...several(20, 'd', 'rr', 'rr'),
  ];
  it('a field without a rule does not block alone, and its loss behind a net gain is a hidden loss', () => {
    const judgement = judge(inputOf(fields, gains));
    expect(judgement.verdict).toBe('warn');
    expect(find(judgement.reasons, 'hidden_losses')).toMatchObject({ level: 'warn', documents: ['lost'] });
  });
  it('a field that falls by more than its own rule blocks behind a net gain', () => {
    const gate: Partial<Gate> = { fields: [{ pattern: 'grand_*', maxDrop: 2 }] };
    const judgement = judge(inputOf(fields, gains, gate));
    expect(judgement.verdict).toBe('block');
    expect(find(judgement.reasons, 'field_regressed').text).toBe(
      'grand_total fell from 100.0 % to 95.8 % (−4.2 points, 2 allowed; 1 of 24 documents became worse: lost).',
    );
    expect(judgement.fields[1]).toMatchObject({ blocked: true, max_drop: 2 });
    expect(judge(inputOf(fields, gains, { fields: [{ pattern: 'grand_*', maxDrop: 5 }] })).verdict).toBe(
      'warn',
    );
  });
  it('the exact path wins over a pattern, and each part of a rule is looked up by itself', () => {
    const rules = [
      { pattern: 'grand_total', maxDrop: 10 },
      { pattern: '*', maxDrop: 0, min: 0.5 },
    ];
    const judgement = judge(inputOf(fields, gains, { fields: rules }));
    expect(judgement.fields[1]).toMatchObject({ max_drop: 10, min: 0.5, blocked: false });
    expect(judgement.fields[0]).toMatchObject({ max_drop: 0, min: 0.5 });
  });
  it('a critical field may lose no document, whatever it gains elsewhere', () => {
    const documents = [
      paired('lost', 'rr', 'rw'),
      ...several(3, 'won', 'rw', 'rr'),
      ...several(20, 'd', 'rr', 'rr'),
    ];
    const judgement = judge(inputOf(critical('grand_total'), documents));
    expect(judgement.verdict).toBe('block');
    expect(find(judgement.reasons, 'new_errors')).toMatchObject({
      field: 'grand_total',
      documents: ['lost'],
    });
    expect(judge(inputOf(critical('invoice_number'), documents)).verdict).toBe('warn');
  });
  it('a critical field that drops is said once', () => {
    const judgement = judge(inputOf(critical('grand_total'), broken));
    expect(codes(judgement.reasons, 'block')).toEqual(['overall_dropped', 'field_regressed']);
  });
  it('max_new_errors takes over from critical', () => {
    const gate: Partial<Gate> = {
      maxDrop: 100,
      fields: [{ pattern: 'grand_total', maxDrop: 100 }],
      maxNewErrors: [{ pattern: 'grand_total', max: 3 }],
    };
    expect(judge(inputOf(critical('grand_total'), broken, gate)).verdict).toBe('pass');
    const stricter = { ...gate, maxNewErrors: [{ pattern: 'grand_total', max: 2 }] };
    const reason = find(judge(inputOf(critical('grand_total'), broken, stricter)).reasons, 'new_errors');
    expect(reason.text).toBe('grand_total is newly wrong on 3 documents (2 may): a, b, c.');
  });
  it('a rule for a field that no document has is said', () => {
    const documents = several(20, 'd', 'ra', 'ra');
    const judgement = judge(inputOf(critical('grand_total'), documents));
    expect(judgement.verdict).toBe('warn');
    expect(find(judgement.reasons, 'rule_without_evidence')).toMatchObject({
      field: 'grand_total',
      level: 'warn',
    });
  });
});

describe('floors', () => {
  it('of the overall score hold without any drop, and say that the base was below them too', () => {
    const documents = [...several(10, 'bad', 'ww', 'ww'), ...several(10, 'good', 'rr', 'rr')];
    const judgement = judge(inputOf(fields, documents, { min: 0.8 }));
    expect(judgement.verdict).toBe('block');
    expect(find(judgement.reasons, 'below_floor').text).toContain(
      '50.0 %, below the floor of 80.0 %; the base was already below it',
    );
    expect(judge(inputOf(fields, documents, { min: 0.5 })).verdict).toBe('pass');
  });
  it('of a field name the field, its interval and its documents', () => {
    const documents = [paired('bad', 'rw', 'rw'), ...several(9, 'd', 'rr', 'rr')];
    const judgement = judge(inputOf(fields, documents, { fields: [{ pattern: 'grand_total', min: 0.95 }] }));
    const reason = find(judgement.reasons, 'field_below_floor');
    expect(reason).toMatchObject({ level: 'block', field: 'grand_total', documents: ['bad'] });
    expect(reason.text).toContain('90.0 %, below its floor of 95.0 %');
    expect(reason.text).toContain('95 % interval 59.6 % to 98.2 %');
  });
  it('hold on the first pull request, when there is no baseline', () => {
    const documents = several(20, 'd', [], 'rw').map((document) => ({ ...document }));
    const input = inputOf(fields, documents, { min: 0.4 }, { baseline: 'none' });
    const first = judge(input);
    expect(first).toMatchObject({ verdict: 'pass-unproven', blocked: false, judged: null });
    expect(first.overall).toMatchObject({ base: null, head: 0.5, delta: null, p: null, ci: null });
    expect(codes(first.reasons)).toEqual(['bootstrap']);
    expect(judge({ ...input, gate: { ...input.gate, min: 0.6 } }).verdict).toBe('block');
  });
});

describe('slices', () => {
  const documents = [
    ...several(2, 'de', 'rr', 'rw', { slices: { language: 'de' } }),
    ...several(8, 'de-ok', 'rr', 'rr', { slices: { language: 'de' } }),
    ...several(10, 'fr', 'rw', 'rr', { slices: { language: 'fr' } }),
  ];
  it('hold their own rule behind a net gain', () => {
    const judgement = judge(inputOf(fields, documents, { slices: [{ slice: 'language', maxDrop: 3 }] }));
    expect(judgement.verdict).toBe('block');
    const reason = find(judgement.reasons, 'slice_regressed');
    expect(reason).toMatchObject({ slice: 'language=de', documents: ['de-1', 'de-2'] });
    expect(judgement.slices.map(({ value, blocked }) => [value, blocked])).toEqual([
      ['de', true],
      ['fr', false],
    ]);
  });
  it('are reported without a rule, too, and never named twice for the same documents', () => {
    const judgement = judge(inputOf(fields, documents));
    expect(judgement.slices).toHaveLength(2);
    expect(judgement.hidden_losses.map(({ scope }) => scope)).toEqual(['all', 'field']);
    expect(codes(judgement.reasons).filter((code) => code === 'hidden_losses')).toHaveLength(1);
  });
  it('that no document has are said', () => {
    const judgement = judge(
      inputOf(fields, documents, { slices: [{ slice: 'country', min: 0.9 }], onHiddenLosses: 'pass' }),
    );
    expect(judgement.verdict).toBe('warn');
    expect(find(judgement.reasons, 'rule_without_evidence')).toMatchObject({ slice: 'country' });
  });
});

describe('enforcement', () => {
  it.each([
    ['block', 'block', true],
    ['warn', 'warn', false],
    ['shadow', 'block', false],
  ] as const)('%s turns a red verdict into %s', (enforce, verdict, blocked) => {
    const judgement = judge(inputOf(fields, broken, { enforce }));
    expect(judgement).toMatchObject({ verdict, blocked });
    expect(codes(judgement.reasons)).toContain('overall_dropped');
    expect(codes(judgement.reasons).includes('enforce_lowered')).toBe(!blocked);
  });
  it('nothing measured blocks, unless the policy only watches', () => {
    expect(judge(inputOf(fields, []))).toMatchObject({ verdict: 'not-measured', blocked: true });
    expect(judge(inputOf(fields, [], { enforce: 'shadow' }))).toMatchObject({
      verdict: 'not-measured',
      blocked: false,
    });
  });
});

it('hidden losses of one vendor behind a net gain are named with the vendor, at the level of the policy', () => {
  const documents = [
    ...several(4, 'v17', 'rr', 'rw', { template: 'vendor-17' }),
    ...several(20, 'v3', 'rw', 'rr', { template: 'vendor-3' }),
  ];
  const judgement = judge(inputOf(fields, documents, { onHiddenLosses: 'block' }));
  expect(judgement.verdict).toBe('block');
  const reason = find(judgement.reasons, 'hidden_losses');
  expect(reason.documents).toEqual(['v17-1', 'v17-2', 'v17-3', 'v17-4']);
  expect(reason.text).toContain(
    'but 4 documents became worse in grand_total, all of template vendor-17: v17-1',
  );
  expect(judge(inputOf(fields, documents, { onHiddenLosses: 'pass' })).verdict).toBe('pass');
});

it('names from outside cannot break a line of a reason', () => {
  const documents = [paired('a\n## b\u202e\ud800', 'rr', 'rw'), ...several(5, 'd', 'rr', 'rr')];
  const { text, documents: ids } = find(judge(inputOf(fields, documents)).reasons, 'overall_dropped');
  expect(text).not.toMatch(/[\n\u202e]/);
  expect(text).toContain('a ## b');
  expect(ids).toEqual(['a\n## b\u202e\ud800']);
});
