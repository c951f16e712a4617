import { describe, expect, it } from 'vitest';
import { compareField, fieldLens, ratesOf } from '../../../src/core/compare/field.js';
import { pairingOf, worstFirst } from '../../../src/core/compare/pairing.js';
import { changesOf, compareScope } from '../../../src/core/compare/scope.js';
import { stableFields } from '../../../src/core/compare/stable.js';
import type { PairedDocument } from '../../../src/core/words.js';
import { fieldsNamed, paired, several } from '../judge/support.js';

const compare = (documents: readonly PairedDocument[], field = 0) =>
  compareField(pairingOf(documents, true), fieldLens(field));

describe('a field', () => {
  it('counts documents whose score fell and rose, and the difference of the accuracies', () => {
    const field = compare([
      ...several(3, 'lost', 'r', 'w'),
      paired('won', 'w', 'r'),
      ...several(6, 'same', 'r', 'r'),
    ]);
    expect(field).toMatchObject({ documents: 10, units: 10, fixed: [3] });
    expect(field.regressed.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(field.delta).toBeCloseTo(-0.2, 12);
    expect(field.p).toBeCloseTo(5 / 16, 12);
  });
  it.each([
    ['a value where the label has none is a loss', 'a', 's', 1, 0],
    ['taking back such a value is a gain', 's', 'a', 0, 1],
    ['absent on both sides is not counted', 'a', 'a', 0, 0],
    ['a wrong value that becomes a missing one is no change', 'w', 'm', 0, 0],
  ])('%s', (_, base, head, regressed, fixed) => {
    const field = compare([paired('x', base, head), paired('y', 'r', 'r')]);
    expect([field.regressed.length, field.fixed.length]).toEqual([regressed, fixed]);
    expect(field.documents).toBe(base === 'a' && head === 'a' ? 1 : 2);
  });
  it('a crash does not count as taking back a spurious value', () => {
    const field = compare([paired('x', 's', { failed: 'crashed', labels: 'a' }), paired('y', 'r', 'r')]);
    expect([field.regressed.length, field.fixed.length]).toEqual([0, 0]);
    expect(field.delta).toBe(0);
  });
  it('averages over runs: documents that were run more often weigh no more than others', () => {
    const field = compare([
      paired('x', ['r', 'r', 'r', 'r', 'r', 'r'], ['w', 'w', 'w', 'w', 'w', 'w']),
      paired('y', ['r'], ['r']),
    ]);
    expect(field.delta).toBeCloseTo(-0.5, 12);
    expect(field.head).toMatchObject({ correct: 1, wrong: 1 });
  });
  it('documents of one template are one unit of evidence', () => {
    const apart = compare(several(8, 'x', 'r', 'w'));
    const together = compare(several(8, 'x', 'r', 'w', { template: 'vendor-17' }));
    expect(apart.p).toBeCloseTo(1 / 256, 12);
    expect(together).toMatchObject({ documents: 8, units: 1, p: 0.5 });
  });
  it('has no numbers, and not 0, when no document has it', () => {
    const field = compare([paired('x', 'a', 'a')]);
    expect(field).toMatchObject({ delta: null, p: null, documents: 0 });
    expect(ratesOf(field.base)).toEqual({ accuracy: null, f1: null, precision: null, recall: null });
  });
});

it('47 right and 3 wrong give F1 0.940', () => {
  expect(ratesOf({ correct: 47, wrong: 3, missing: 0, spurious: 0, absent: 9 }).f1).toBeCloseTo(0.94, 12);
});

describe('the documents together', () => {
  it('a document without a prediction scores 0, one without anything to predict is left out', () => {
    const documents = [
      paired('x', 'r', { failed: 'timeout', labels: 'r' }),
      paired('y', 'a', 'a'),
      paired('z', 'r', 'r'),
    ];
    const pairing = pairingOf(documents, true);
    const scope = compareScope(pairing, [0, 1, 2], changesOf(3, [compare(documents)]));
    expect(scope).toMatchObject({ base: 1, head: 0.5, delta: -0.5, documents: 2, units: 2 });
  });
  it('are listed worst first, then by id, whatever their order', () => {
    const documents = [paired('b', 'rr', 'wr'), paired('c', 'rr', 'ww'), paired('a', 'rr', 'rw')];
    const scope = compareScope(pairingOf(documents, true), [0, 1, 2], new Int32Array(3));
    expect(worstFirst(scope.regressed, documents)).toEqual(['c', 'a', 'b']);
  });
});

describe('a stable field', () => {
  const fields = fieldsNamed('steady', 'noisy');
  it('is one that no run of any document disagrees on', () => {
    const documents = [paired('x', ['rr', 'rr'], ['wr', 'ww']), paired('y', ['ar', 'ar'], ['rr', 'rr'])];
    expect(stableFields(pairingOf(documents, true), fields)).toEqual([true, false]);
  });
  it('cannot be known from one run', () => {
    expect(stableFields(pairingOf([paired('x', 'rr', 'rr')], true), fields)).toEqual([false, false]);
  });
});
