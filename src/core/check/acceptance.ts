import type { Acceptance } from '../app-words.js';
import type { ReasonCode, Report } from '../report/schema.js';
import { fieldState } from '../report/words.js';

/**
 * Reasons that a person can take on: something is measurably worse. A crash, a failed setup, an extractor that predicts
 * nothing, and all that was not measured cannot be accepted: nobody knows what would be accepted.
 */
export const ACCEPTABLE_REASONS = [
  'overall_dropped',
  'field_regressed',
  'slice_regressed',
  'below_floor',
  'field_below_floor',
  'slice_below_floor',
  'new_errors',
  'hidden_losses',
  'latency_increased',
  'cost_increased',
] as const satisfies readonly ReasonCode[];

/**
 * The acceptances that take on everything that blocks, or undefined when something blocks that none of them covers. Named
 * fields cover their own reasons and their columns'. A reason of the whole (the overall score, a slice, a hidden loss) is
 * covered by fields only when every field that got worse is among them; time and money never are: for those, and for a
 * floor below which nothing got worse, everything has to be accepted.
 *
 * @param acceptances in force
 */
export function acceptedBy(report: Report, acceptances: readonly Acceptance[]): Acceptance[] | undefined {
  if (!isAcceptable(report)) return undefined;
  const blocking = blockingReasons(report);
  const whole = acceptances.filter(({ fields }) => fields.length === 0);
  if (whole.length > 0) return whole;

  const accepted = (field: string): Acceptance[] =>
    acceptances.filter(({ fields }) => fields.some((one) => names(one, report.pipeline, field)));
  const worse = report.fields.filter((field) => {
    const state = fieldState(field);
    return state === 'blocked' || state === 'worse' || field.regressed > 0;
  });
  const used = new Set<Acceptance>();
  for (const reason of blocking) {
    const needed =
      reason.field !== undefined
        ? [reason.field]
        : reason.code === 'latency_increased' || reason.code === 'cost_increased'
          ? []
          : worse.map(({ field }) => field);
    const found = needed.map(accepted);
    if (found.length === 0 || found.some((some) => some.length === 0)) return undefined;
    for (const one of found.flat()) used.add(one);
  }
  return acceptances.filter((one) => used.has(one));
}

/** Whether a person can take on all that blocks. */
export function isAcceptable(report: Report): boolean {
  const blocking = blockingReasons(report);
  const known = blocking.every(({ code }) => ACCEPTABLE_REASONS.some((one) => one === code));
  return report.verdict === 'block' && blocking.length > 0 && known;
}

function blockingReasons({ reasons }: Report): Report['reasons'] {
  return reasons.filter(({ level }) => level === 'block' || level === 'not-measured');
}

/** Whether a field of an acceptance (a path, or `pipeline:path`) names this field or the table that it is a column of. */
function names(accepted: string, pipeline: string, field: string): boolean {
  return [
    accepted,
    ...(accepted.startsWith(`${pipeline}:`) ? [accepted.slice(pipeline.length + 1)] : []),
  ].some((path) => path === field || field.startsWith(`${path}.`));
}
