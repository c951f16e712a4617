/** Seeded documents for the scoring benchmark: labels, and predictions with the errors that extractors make. */
import type { FieldSpec, Json, JsonObject, Label, Prediction, ScalarSpec } from '../src/core/words.js';

/** mulberry32: 32 bits of state are enough here, and every run gives the same documents. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const SCALARS: readonly (readonly [count: number, spec: ScalarSpec])[] = [
  [6, { type: 'text', match: 'normalized', threshold: 1 }],
  [5, { type: 'text', match: 'fuzzy', threshold: 0.85 }],
  [5, { type: 'id' }],
  [6, { type: 'money', decimal: 'auto', missingCurrency: 'label' }],
  [4, { type: 'date', dayFirst: true }],
  [2, { type: 'number', decimal: 'auto' }],
  [1, { type: 'enum', values: [], aliases: {} }],
  [1, { type: 'boolean' }],
];
export const ROWS = 20;

const scalar = (path: string, spec: ScalarSpec): FieldSpec => ({ path, spec, weight: 1, critical: false });
const scalarFields: readonly FieldSpec[] = SCALARS.flatMap(([count, spec]) =>
  Array.from({ length: count }, (_, i) =>
    scalar(`${spec.type}_${'match' in spec ? `${spec.match}_` : ''}${i}`, spec),
  ),
);
/** 30 scalar fields and a table of 5 columns. */
export const FIELDS: readonly FieldSpec[] = [
  ...scalarFields,
  {
    path: 'line_items',
    weight: 1,
    critical: false,
    spec: {
      type: 'table',
      columns: [
        { name: 'name', spec: { type: 'text', match: 'fuzzy', threshold: 0.85 } },
        { name: 'sku', spec: { type: 'id' } },
        { name: 'quantity', spec: { type: 'number', decimal: 'auto' } },
        { name: 'unit_price', spec: { type: 'number', decimal: 'auto' } },
        { name: 'line_total', spec: { type: 'money', decimal: 'auto', missingCurrency: 'label' } },
      ],
    },
  },
];

const WORDS =
  'alpha Bergmann GmbH north supply Müller & Söhne paper blue steel No. organic cable set deluxe 500 ml kit Straße import'.split(
    ' ',
  );

export interface Document {
  readonly label: Label;
  readonly prediction: Prediction;
}

/** `errorRate` of the cells are wrong or missing; some rows are lost, added or moved. */
export function* syntheticDocuments(count: number, seed: number, errorRate: number): Generator<Document> {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const words = (n: number): string =>
    Array.from({ length: n }, () => WORDS[below(WORDS.length)] ?? '').join(' ');
  const value = (spec: ScalarSpec): Json => {
    switch (spec.type) {
      case 'id':
        return `INV-${2000 + below(30)}-${below(1_000_000)}`;
      case 'money':
        return `EUR ${(below(1_000_000) / 100).toFixed(2)}`;
      case 'number':
        return below(10_000) / 100;
      case 'date':
        return `20${10 + below(15)}-${String(1 + below(12)).padStart(2, '0')}-${String(1 + below(28)).padStart(2, '0')}`;
      case 'enum':
        return ['EUR', 'USD', 'GBP'][below(3)] ?? 'EUR';
      case 'boolean':
        return random() < 0.5;
      default:
        return words(3 + below(3));
    }
  };
  /** One character read wrong, as optical recognition does; or nothing at all. */
  const spoil = (given: Json): Json => {
    if (random() < 0.2) return null;
    if (typeof given === 'boolean') return !given;
    if (typeof given === 'number') return given + 1 + below(9);
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const at = below(text.length);
    return `${text.slice(0, at)}${'0189lIOsz'.charAt(below(9))}${text.slice(at + 1)}`;
  };
  const maybe = (given: Json): Json => (random() < errorRate ? spoil(given) : given);

  for (let index = 0; index < count; index++) {
    const fields: Record<string, Json> = {};
    for (const { path, spec } of scalarFields) fields[path] = value(spec as ScalarSpec);
    const items: JsonObject[] = Array.from({ length: ROWS }, () => {
      const cents = 1 + below(100_000);
      const quantity = 1 + below(50);
      return {
        name: words(2 + below(3)),
        sku: `A${10_000 + below(90_000)}`,
        quantity,
        unit_price: cents / 100,
        line_total: `${((cents * quantity) / 100).toFixed(2)} €`,
      };
    });
    fields['line_items'] = items;
    const predicted: Record<string, Json> = {};
    for (const { path } of scalarFields) predicted[path] = maybe(fields[path] ?? null);
    const rows: JsonObject[] = items.map((item) =>
      Object.fromEntries(Object.entries(item).map(([key, cell]) => [key, maybe(cell)])),
    );
    if (random() < errorRate) rows.splice(below(rows.length), 1);
    if (random() < errorRate)
      rows.splice(below(rows.length), 0, { name: 'Subtotal', line_total: '100.00 €' });
    if (random() < errorRate) rows.reverse();
    predicted['line_items'] = rows;
    const id = String(index);
    // Through JSON, as real labels and predictions come: no object is shared between the two.
    yield {
      label: { id, fields: JSON.parse(JSON.stringify(fields)) as JsonObject, accept: {}, slices: {} },
      prediction: {
        id,
        status: 'ok',
        seconds: 0,
        fields: JSON.parse(JSON.stringify(predicted)) as JsonObject,
      },
    };
  }
}
