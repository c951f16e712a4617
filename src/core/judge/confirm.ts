import type { FieldComparison } from '../compare/field.js';
import { compareIds, type Pairing } from '../compare/pairing.js';
import type { ScopeComparison } from '../compare/scope.js';
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
 * bring them back toward their mean and so excuse real losses; for the same reason those that got better come first
 * among the others, so that chance is taken back on both sides alike. Within that, the order is that of a hash of the
 * id: a fixed choice that has nothing to do with the scores.
 */
export function documentsToConfirm(
  pairing: Pairing,
  fields: readonly FieldComparison[],
  overall: ScopeComparison,
): string[] {
  const worse = new Set(
    [...overall.regressed, ...fields.flatMap(({ regressed }) => regressed)].map(({ index }) => index),
  );
  const better = new Set(fields.flatMap(({ fixed }) => fixed));
  const others = pairing.documents
    .flatMap(({ id }, index) =>
      worse.has(index) ? [] : [{ id, hash: fnv1a(id), better: better.has(index) }],
    )
    .sort((a, b) => Number(b.better) - Number(a.better) || a.hash - b.hash || compareIds(a.id, b.id))
    .slice(0, worse.size);
  const again = pairing.documents.flatMap(({ id }, index) => (worse.has(index) ? [id] : []));
  return [...again, ...others.map(({ id }) => id)].sort(compareIds);
}

/** FNV-1a, 32 bits, over UTF-16 code units. http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
