import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/core/plan/canonical.js';
import {
  measurementKey,
  planId,
  type MeasurementKeyInput,
  type PlanInput,
} from '../../../src/core/plan/keys.js';
import type { ExtractSpec, FieldSpec, Gate } from '../../../src/core/words.js';

const EXTRACT: ExtractSpec = {
  run: 'python3 extract/main.py "$DOCOPS_DOCUMENT"',
  mode: 'document',
  timeoutMs: 1_200_000,
  documentTimeoutMs: 60_000,
  deterministic: 'auto',
  repeats: 3,
  env: ['OCR_KEY', 'MODEL'],
};
const MEASUREMENT: MeasurementKeyInput = { fingerprint: 'f1', extract: EXTRACT, environment: 'e1', run: 1 };

describe('the key of a measurement', () => {
  const key = measurementKey(MEASUREMENT);

  it('is a sha256', () => {
    expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<MeasurementKeyInput>]>([
    ['code', { fingerprint: 'f2' }],
    ['environment', { environment: 'e2' }],
    ['number of the run', { run: 2 }],
    ['command', { extract: { ...EXTRACT, run: 'other' } }],
    ['mode', { extract: { ...EXTRACT, mode: 'batch' } }],
    ['setup', { extract: { ...EXTRACT, setup: 'pip install x' } }],
    ['image', { extract: { ...EXTRACT, image: 'ghcr.io/x:1' } }],
    ['set of variables', { extract: { ...EXTRACT, env: ['MODEL'] } }],
  ])('changes with the %s', (_name, change) => {
    expect(measurementKey({ ...MEASUREMENT, ...change })).not.toBe(key);
  });

  it.each<[string, Partial<ExtractSpec>]>([
    ['time limits', { timeoutMs: 1, documentTimeoutMs: 1 }],
    ['how noise is handled', { deterministic: false, repeats: 9 }],
    ['the order of the variables', { env: ['MODEL', 'OCR_KEY', 'MODEL'] }],
  ])('does not change with %s, which change no prediction', (_name, change) => {
    expect(measurementKey({ ...MEASUREMENT, extract: { ...EXTRACT, ...change } })).toBe(key);
  });

  it('does not mistake one part for another', () => {
    expect(measurementKey({ ...MEASUREMENT, fingerprint: 'e1', environment: 'f1' })).not.toBe(key);
  });
});

const FIELDS: FieldSpec[] = [
  { path: 'total', spec: { type: 'number', decimal: 'auto' }, weight: 1, critical: true },
  { path: 'number', spec: { type: 'id' }, weight: 1, critical: false },
];
const GATE: Gate = {
  maxDrop: 0,
  fields: [],
  slices: [],
  maxNewErrors: [],
  judge: 'auto',
  onHiddenLosses: 'warn',
  alpha: 0.05,
  onInconclusive: 'warn',
  enforce: 'block',
};
const PLAN: PlanInput = {
  headFingerprint: 'h',
  baseFingerprint: 'b',
  datasetVersion: 'd',
  fields: FIELDS,
  gate: GATE,
  scorer: '1',
  environment: 'image',
};

describe('the id of a plan', () => {
  const id = planId(PLAN);

  it.each<[string, Partial<PlanInput>]>([
    ['head', { headFingerprint: 'h2' }],
    ['base', { baseFingerprint: 'b2' }],
    ['dataset', { datasetVersion: 'd2' }],
    ['comparators', { fields: [{ ...FIELDS[0]!, spec: { type: 'number', decimal: 'comma' } }, FIELDS[1]!] }],
    ['order of the fields, which is that of the report', { fields: [...FIELDS].reverse() }],
    ['policy', { gate: { ...GATE, maxDrop: 1 } }],
    ['scorer', { scorer: '2' }],
    ['environment', { environment: 'other' }],
  ])('changes with the %s', (_name, change) => {
    expect(planId({ ...PLAN, ...change })).not.toBe(id);
  });

  it('is another one with base and head swapped', () => {
    expect(planId({ ...PLAN, headFingerprint: 'b', baseFingerprint: 'h' })).not.toBe(id);
  });

  it('does not depend on the order of keys, nor on options that are absent', () => {
    const turned = Object.fromEntries(
      Object.entries({ ...GATE, min: undefined }).reverse(),
    ) as unknown as Gate;
    expect(planId({ ...PLAN, gate: turned })).toBe(id);
  });

  it('is never the key of a measurement', () => {
    expect(id).not.toBe(measurementKey(MEASUREMENT));
  });
});

describe('canonical JSON', () => {
  it('says the same value in one way, and reads back as it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it.each([
    ['{"b":1,"a":2}', '{"a":2,"b":1}'],
    ['{"__proto__":1,"A":2}', '{"A":2,"__proto__":1}'],
    ['"\\ud800"', '"\\ud800"'],
    ['[1e21, 1.0, -0]', '[1e+21,1,0]'],
  ])('of %s is %s', (given, expected) => {
    expect(canonicalJson(JSON.parse(given))).toBe(expected);
  });

  it.each([[NaN], [Infinity], [[undefined]], [1n], [() => 1], [Symbol('x')], [undefined]])(
    'refuses %s, which JSON would lose',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    },
  );
});
