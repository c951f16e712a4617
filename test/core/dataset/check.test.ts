import { describe, expect, it } from 'vitest';
import { checkDataset, type DatasetToCheck } from '../../../src/core/dataset/check.js';
import { parseProblem } from '../../../src/core/score/index.js';
import type { FieldSpec, JsonObject, Label, ValueSpec } from '../../../src/core/words.js';

function label(id: string, fields: JsonObject, more: Partial<Label> = {}): Label {
  return { id, fields, accept: {}, slices: {}, ...more };
}
function field(path: string, spec: ValueSpec): FieldSpec {
  return { path, spec, weight: 1, critical: false };
}
const TEXT: ValueSpec = { type: 'text', match: 'normalized', threshold: 1 };
const NUMBER = { type: 'number', decimal: 'auto' } as const;
const FIELDS: FieldSpec[] = [
  field('total', NUMBER),
  field('tags', { type: 'list', of: { type: 'id' }, ordered: false }),
  field('items', { type: 'table', columns: [{ name: 'price', spec: NUMBER }] }),
];

/** Codes of what is said about labels whose documents are all there, with different content. */
function found(labels: Label[], more: Partial<DatasetToCheck> = {}): string[] {
  const documents = labels.map(({ id }) => ({ id, contentHash: id }));
  return checkDataset({ labels, documents, ...more }).map(({ severity, code }) => `${severity} ${code}`);
}

describe('checkDataset on documents', () => {
  it('says nothing about a dataset in order', () => {
    expect(
      found([label('a', { total: '1', tags: ['x'], items: [{ price: '2' }] })], {
        fields: FIELDS,
        parseProblem,
      }),
    ).toEqual([]);
  });

  it('names the label without a document, its line, and the nearest document', () => {
    const [problem] = checkDataset({
      labels: [label('a.pdf', { x: 1 })],
      documents: [{ id: 'a', contentHash: '1' }],
      file: 'labels.jsonl',
      lines: new Map([['a.pdf', 7]]),
    });
    expect(problem).toMatchObject({
      severity: 'error',
      code: 'missing_document',
      place: { file: 'labels.jsonl', line: 7 },
    });
    expect(problem?.message).toContain('without its extension');
  });

  it('does not say twice that a document cannot be read', () => {
    expect(found([label('a', { x: 1 })], { documents: [], refused: new Set(['a']) })).toEqual([]);
  });

  it('warns once of all documents without a label', () => {
    const documents = Array.from({ length: 50 }, (_, n) => ({ id: `d${n}`, contentHash: String(n) }));
    const problems = checkDataset({ labels: [label('d0', { x: 1 })], documents });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ severity: 'warning', code: 'unlabelled_document' });
    expect(problems[0]?.message).toMatch(/^49 documents .*"d1".* and 44 more/);
  });

  it('tells a document that counts twice from one whose labels contradict each other', () => {
    const documents = [
      { id: 'a', contentHash: '1' },
      { id: 'b', contentHash: '1' },
    ];
    const twice = (b: JsonObject): string[] =>
      found([label('a', { x: '1', y: '2' }), label('b', b)], { documents });
    expect(twice({ y: '2', x: '1' })).toEqual(['warning duplicate_content']);
    expect(twice({ x: '1', y: '3' })).toEqual(['warning conflicting_labels']);
  });

  it('warns of an empty document and of a label without any value', () => {
    const documents = [{ id: 'a', contentHash: '1', bytes: 0 }];
    expect(found([label('a', { x: null, y: { z: '' }, t: [] })], { documents })).toEqual([
      'warning empty_document',
      'warning empty_label',
    ]);
  });

  it('warns of slices too small to show a drop', () => {
    const labels = ['de', 'de', 'de', 'de', 'de', 'fr'].map((language, n) =>
      label(`d${n}`, { x: 1 }, { slices: { language } }),
    );
    const [problem] = checkDataset({ labels, documents: labels.map(({ id }) => ({ id, contentHash: id })) });
    expect(problem).toMatchObject({ severity: 'warning', code: 'small_slice' });
    expect(problem?.message).toContain('"fr" (1)');
    expect(problem?.message).not.toContain('"de"');
  });
});

describe('checkDataset on fields', () => {
  const rest = { total: '1', tags: ['x'], items: [{ price: '2' }] };
  it.each<{ name: string; fields: JsonObject; more?: Partial<Label>; expected: string[] }>([
    { name: 'an unknown field', fields: { ...rest, totals: '1' }, expected: ['warning unknown_field'] },
    {
      name: 'an unknown column',
      fields: { ...rest, items: [{ price: '1', colour: 'red' }] },
      expected: ['warning unknown_field'],
    },
    { name: 'a field unknown but empty', fields: { ...rest, note: null }, expected: [] },
    {
      name: 'an object for a scalar',
      fields: { ...rest, total: { net: '1' } },
      expected: ['error wrong_shape'],
    },
    { name: 'a list for a scalar', fields: { ...rest, total: ['1'] }, expected: ['error wrong_shape'] },
    { name: 'a scalar for a list', fields: { ...rest, tags: 'x' }, expected: ['error wrong_shape'] },
    { name: 'a scalar for a table', fields: { ...rest, items: 'x' }, expected: ['error wrong_shape'] },
    { name: 'a list for a table', fields: { ...rest, items: ['x'] }, expected: ['error wrong_shape'] },
    {
      name: 'an object inside a list',
      fields: { ...rest, tags: [{ a: 1 }] },
      expected: ['error wrong_shape'],
    },
    { name: 'text for a number', fields: { ...rest, total: 'nine' }, expected: ['error unparseable_value'] },
    {
      name: 'text for a number in a table',
      fields: { ...rest, items: [{ price: '1' }, { price: 'x' }] },
      expected: ['error unparseable_value'],
    },
    {
      name: 'an accepted value that cannot be read',
      fields: rest,
      more: { accept: { total: ['one'] } },
      expected: ['error unparseable_value'],
    },
    {
      name: 'alternatives for a field without a value',
      fields: { ...rest, total: null },
      more: { accept: { total: ['1'] } },
      expected: ['warning accept_without_value', 'warning never_labelled'],
    },
    {
      name: 'alternatives for an unknown field',
      fields: rest,
      more: { accept: { sum: ['1'] } },
      expected: ['warning unknown_field'],
    },
  ])('notices $name', ({ fields, more, expected }) => {
    expect(found([label('a', fields, more)], { fields: FIELDS, parseProblem })).toEqual(expected);
  });

  it('proposes the field that an unknown one was meant to be', () => {
    const labels = [label('a', { tags: ['x'], items: [{ price: '2' }], totl: '1' })];
    const [problem] = checkDataset({ labels, documents: [{ id: 'a', contentHash: '1' }], fields: FIELDS });
    expect(problem?.message).toContain('Did you mean "total"?');
  });

  it('does not propose a field that these labels have as well, and gathers what is left out on purpose', () => {
    const fields = [field('seller.postcode', TEXT)];
    const labels = [label('a', { seller: { postcode: '1', city: 'x' }, buyer: { postcode: '2' } })];
    const problems = checkDataset({ labels, documents: [{ id: 'a', contentHash: '1' }], fields });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toBe(
      'Labels have 2 fields that the configuration does not compare: "seller.city", "buyer.postcode".',
    );
  });

  it('warns of a column that no row has', () => {
    const spec: ValueSpec = {
      type: 'table',
      columns: ['price', 'tax'].map((name) => ({ name, spec: NUMBER })),
    };
    const labels = [label('a', { items: [{ price: '1' }] })];
    const [problem] = checkDataset({
      labels,
      documents: [{ id: 'a', contentHash: '1' }],
      fields: [field('items', spec)],
    });
    expect(problem).toMatchObject({ code: 'never_labelled' });
    expect(problem?.message).toContain('"items.tax"');
  });

  it('names the row of a cell that cannot be read', () => {
    const labels = [label('a', { ...rest, items: [{ price: '1' }, { price: 'x' }] })];
    const [problem] = checkDataset({
      labels,
      documents: [{ id: 'a', contentHash: '1' }],
      fields: FIELDS,
      parseProblem,
    });
    expect(problem?.message).toContain('"x" of "items.price" in row 2 cannot be read as number');
  });

  it('is an error when no field at all is labelled', () => {
    expect(found([label('a', { other: '1' })], { fields: FIELDS })).toEqual([
      'warning unknown_field',
      'error no_field_labelled',
    ]);
  });

  it('looks up fields named like JavaScript properties as what the label says of them', () => {
    expect(
      found([label('a', { x: '1' })], { fields: [field('x', TEXT), field('constructor', TEXT)] }),
    ).toEqual(['warning never_labelled']);
  });
});

describe('checkDataset on a training set', () => {
  const labels = [label('a', { x: 1 }, { template: 't1' }), label('b', { x: 1 }, { template: 't2' })];
  it('refuses a template that was trained on', () => {
    const train = { name: 'train', labels: [label('z', {}, { template: 't2' })] };
    expect(found(labels, { train })).toEqual(['error template_in_train']);
  });
  it('refuses a document that was trained on, whatever its id', () => {
    const train = { name: 'train', labels: [], documents: [{ id: 'z', contentHash: 'b' }] };
    expect(found(labels, { train })).toEqual(['error document_in_train']);
  });
  it('accepts labels without templates on both sides', () => {
    const train = { name: 'train', labels: [label('z', {})], documents: [{ id: 'a', contentHash: 'other' }] };
    expect(found([label('a', { x: 1 })], { train })).toEqual([]);
  });
});
