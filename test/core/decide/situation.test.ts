import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../src/core/app-words.js';
import { situationOf, type SituationFacts } from '../../../src/core/decide/index.js';

const PIPELINE = { name: 'p', head: 'h1', base: 'b1', dataset: 'd1' };
const EVALUATE: Extract<Decision, { kind: 'evaluate' }> = {
  kind: 'evaluate',
  pipelines: [{ name: 'p', patterns: ['x/**'], applicable: true, planId: 'plan1' }],
  sandbox: 'none',
  changedPaths: ['x/a'],
};
const FACTS: SituationFacts = {
  decision: EVALUATE,
  trust: { trusted: true, aggregatesOnly: false },
  headSha: 'a'.repeat(40),
  configText: 'version: 1',
  pipelines: [PIPELINE],
};
const evaluate = (more: Partial<Extract<Decision, { kind: 'evaluate' }>>): Decision => ({
  ...EVALUATE,
  ...more,
});
const plannedAs = (more: object): Decision =>
  evaluate({ pipelines: [{ ...EVALUATE.pipelines[0]!, ...more }] });
const cannot = (message: string): Decision => ({ kind: 'cannot-compare', title: 't', message, mend: null });

describe('a situation', () => {
  it.each<[string, Partial<SituationFacts>, 'other' | 'other only with the base']>([
    ['another head', { headSha: 'b'.repeat(40) }, 'other'],
    ['another configuration', { configText: 'version: 1 ' }, 'other'],
    ['no configuration', { configText: null }, 'other'],
    ['an approval', { trust: { trusted: true, aggregatesOnly: true } }, 'other'],
    ['trust that was lost', { trust: { trusted: false, aggregatesOnly: false } }, 'other'],
    ['another decision', { decision: { kind: 'draft' } }, 'other'],
    ['another sandbox', { decision: evaluate({ sandbox: 'bwrap' }) }, 'other'],
    ['a pipeline that is not touched any more', { decision: plannedAs({ applicable: false }) }, 'other'],
    ['another pipeline', { decision: plannedAs({ name: 'q' }) }, 'other'],
    ['a moved base', { pipelines: [{ ...PIPELINE, base: 'b2' }] }, 'other only with the base'],
    [
      'the merge with a moved base',
      { pipelines: [{ ...PIPELINE, head: 'h2', base: 'b2' }] },
      'other only with the base',
    ],
    ['another dataset', { pipelines: [{ ...PIPELINE, dataset: 'd2' }] }, 'other only with the base'],
    ['another plan', { decision: plannedAs({ planId: 'plan2' }) }, 'other only with the base'],
  ])('%s', (_name, more, expected) => {
    const [before, after] = [situationOf(FACTS), situationOf({ ...FACTS, ...more })];
    expect(after.key).not.toBe(before.key);
    expect(after.keyWithoutBase === before.keyWithoutBase).toBe(expected === 'other only with the base');
  });

  it.each<[string, Decision, Decision]>([
    ['why nothing is answered', { kind: 'ignore', why: 'a' }, { kind: 'ignore', why: 'b' }],
    [
      'why it is held',
      { kind: 'hold', reason: 'a', policy: 'hold' },
      { kind: 'hold', reason: 'b', policy: 'hold' },
    ],
    ['files for annotations', EVALUATE, evaluate({ changedPaths: [] })],
    [
      'folders of the machine',
      cannot('no file in /tmp/docops-1/x here'),
      cannot('no file in /tmp/docops-2/y here'),
    ],
  ])('is the same whatever these say: %s', (_name, one, other) => {
    expect(situationOf({ ...FACTS, decision: one })).toEqual(situationOf({ ...FACTS, decision: other }));
  });

  it.each<[string, Decision, Decision]>([
    [
      'the policy that holds',
      { kind: 'hold', reason: 'a', policy: 'hold' },
      { kind: 'hold', reason: 'a', policy: 'never' },
    ],
    ['what is wrong', cannot('no labels'), cannot('no documents')],
    [
      'a line of an invalid configuration',
      { kind: 'invalid-config', file: 'f', problems: [{ severity: 'error', code: 'c', message: 'm' }] },
      { kind: 'invalid-config', file: 'f', problems: [{ severity: 'error', code: 'c', message: 'n' }] },
    ],
    [
      'the conclusion of what is not touched',
      { kind: 'not-applicable', conclusion: 'success', pipelines: [] },
      { kind: 'not-applicable', conclusion: 'neutral', pipelines: [] },
    ],
  ])('is another when this changes: %s', (_name, one, other) => {
    expect(situationOf({ ...FACTS, decision: one }).key).not.toBe(
      situationOf({ ...FACTS, decision: other }).key,
    );
  });

  it('has keys that say nothing and are no keys of each other', () => {
    const { key, keyWithoutBase } = situationOf(FACTS);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(keyWithoutBase).toMatch(/^[0-9a-f]{64}$/);
    expect(key).not.toBe(keyWithoutBase);
  });
});
