import type { FieldComparison } from '../compare/field.js';
import { compareIds, type Pairing } from '../compare/pairing.js';
import type { Reason, ReasonCode } from '../report/schema.js';

/** Reasons that noise can cause, so that running again can take them back. */
const DOUBTFUL: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'overall_dropped',
  'field_regressed',
  'slice_regressed',
  'below_floor',
  'field_below_floor',
  'slice_below_floor',
  'new_errors',
  'hidden_losses',
]);

export function isDoubtful(reasons: readonly Reason[]): boolean {
  return reasons.some(({ code, level }) => level === 'block' && DOUBTFUL.has(code));
}

/**
 * Documents to run again on both sides: all that got worse, and as many that did not. Running only the former would
 * bring them back toward their mean and so excuse real losses. The others are taken in the order of a hash of their id:
 * a fixed choice that has nothing to do with how they scored.
 */
export function documentsToConfirm(
  pairing: Pairing,
  fields: readonly FieldComparison[],
  fell: readonly { readonly index: number }[],
): string[] {
  const worse = new Set([...fell, ...fields.flatMap(({ regressed }) => regressed)].map(({ index }) => index));
  const ids = (wanted: boolean): string[] =>
    pairing.documents.flatMap(({ id }, index) => (worse.has(index) === wanted ? [id] : []));
  const others = ids(false)
    .map((id) => ({ id, hash: fnv1a(id) }))
    .sort((a, b) => a.hash - b.hash || compareIds(a.id, b.id))
    .slice(0, worse.size);
  return [...ids(true), ...others.map(({ id }) => id)].sort(compareIds);
}

/** FNV-1a, 32 bits, over UTF-16 code units. http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
