import type { FieldComparison } from '../compare/field.js';
import { compareIds } from '../compare/pairing.js';
import type { Report } from '../report/schema.js';
import { leastOneWayUnits } from '../stats/exact.js';
import type { Context } from './context.js';
import { count, name, percent } from './text.js';

type Thin = Report['coverage']['thin'][number];

/** One document in fewer than 20 weighs more than five points: the whole, a field or a slice is thin then. */
const FULL_DOCUMENTS = 20;

/**
 * Where too few labelled documents stand behind the verdict. A template is thin below the fewest documents that an exact
 * test needs (5 at alpha 0.05); the whole, a field and a slice below 20.
 *
 * `smallest_detectable_drop` is here the share of these documents that must get worse before one can speak of more than
 * chance; null where even all of them would not do.
 */
export function thinCoverage({ pairing, input, gate }: Context, fields: readonly FieldComparison[]): Thin[] {
  const least = leastOneWayUnits(gate.alpha);
  const thin = (kind: Thin['kind'], title: string, documents: number, text: string): Thin => ({
    kind,
    name: title,
    documents,
    smallest_detectable_drop: documents < least ? null : least / documents,
    text,
  });
  const weight = (n: number): string => `one document is ${percent(1 / n)} of it`;
  const found: Thin[] = [];
  const all = pairing.documents.length;
  if (all > 0 && all < FULL_DOCUMENTS) {
    found.push(thin('all', 'all', all, `This is a verdict on ${count(all, 'document')}: ${weight(all)}.`));
  }
  input.fields.forEach(({ path }, j) => {
    const n = fields[j]?.documents ?? 0;
    // Where the whole dataset is thin, so is every field; only what is thinner still is worth a line.
    if (n === 0 || n >= Math.min(FULL_DOCUMENTS, all)) return;
    found.push(
      thin(
        'field',
        path,
        n,
        `Only ${count(n, 'document')} of ${all} ${n === 1 ? 'has' : 'have'} ${name(path)}: ${weight(n)}.`,
      ),
    );
  });
  const slices = new Map<string, number>();
  const templates = new Map<string, number>();
  for (const { slices: own, template } of pairing.documents) {
    for (const [slice, value] of Object.entries(own))
      slices.set(`${slice}=${value}`, (slices.get(`${slice}=${value}`) ?? 0) + 1);
    if (template !== undefined) templates.set(template, (templates.get(template) ?? 0) + 1);
  }
  const sorted = (counts: Map<string, number>): [string, number][] =>
    [...counts].sort(([a, n], [b, m]) => n - m || compareIds(a, b));
  for (const [title, n] of sorted(slices)) {
    if (n < Math.min(FULL_DOCUMENTS, all))
      found.push(thin('slice', title, n, `Slice ${name(title)} has ${count(n, 'document')}: ${weight(n)}.`));
  }
  for (const [title, n] of sorted(templates)) {
    if (n < least && n < all)
      found.push(thin('template', title, n, `Template ${name(title)} has ${count(n, 'document')}.`));
  }
  return found;
}
