import { ruleReaches } from '../config/patterns.js';
import type { FieldSpec, Gate } from '../words.js';

/** What the configuration asks of one field or column. */
export interface AppliedRule {
  /** Percentage points; undefined when the field has no rule of its own. */
  readonly maxDrop: number | undefined;
  /** Fraction. */
  readonly min: number | undefined;
  readonly maxNewErrors: number | undefined;
  /** The count rule comes from `critical: true` and not from `max_new_errors`. */
  readonly countFromCritical: boolean;
  /** Anything at all was asked. */
  readonly declared: boolean;
}

/**
 * The rules for one field, or for one column of a table. The exact path wins over patterns, a pattern with more literal
 * characters over one with fewer, a later one over an earlier one; `max_drop` and `min` are looked up one by one, so
 * that `"*": { min: 0.5 }` and `total: { max_drop: 1 }` both hold for `total`.
 */
export function ruleFor(gate: Gate, field: FieldSpec, column?: string): AppliedRule {
  const path = column === undefined ? field.path : `${field.path}.${column}`;
  const reaches = (pattern: string): boolean => ruleReaches(pattern, field.path, column);
  const strongest = <T extends { readonly pattern: string }>(rules: readonly T[]): T[] =>
    rules
      .map((rule, order) => ({ rule, order, exact: rule.pattern === path, literals: literals(rule.pattern) }))
      .filter(({ rule, exact }) => exact || reaches(rule.pattern))
      .sort((a, b) => Number(b.exact) - Number(a.exact) || b.literals - a.literals || b.order - a.order)
      .map(({ rule }) => rule);
  const rules = strongest(gate.fields);
  const critical = column === undefined && field.critical;
  const count = strongest(gate.maxNewErrors)[0]?.max;
  const maxDrop = rules.find((rule) => rule.maxDrop !== undefined)?.maxDrop ?? (critical ? 0 : undefined);
  const min = rules.find((rule) => rule.min !== undefined)?.min;
  const maxNewErrors = count ?? (critical ? 0 : undefined);
  return {
    maxDrop,
    min,
    maxNewErrors,
    countFromCritical: count === undefined && critical,
    declared: maxDrop !== undefined || min !== undefined || maxNewErrors !== undefined,
  };
}

function literals(pattern: string): number {
  return pattern.replaceAll('*', '').length;
}
