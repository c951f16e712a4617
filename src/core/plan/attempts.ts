/** What follows on the attempts that a task has had: another one, and on which capacity, or the end. */
import type { TaskOutcome } from './task-outcomes.js';

export type Capacity = 'spot' | 'on-demand' | 'provider';

export type NextAttempt =
  | { readonly kind: 'start'; readonly capacity: Capacity; readonly delayMs: number }
  | { readonly kind: 'give-up' };

/** Attempts that fail for another reason than spot, in all. */
export const FAILED_ATTEMPTS = 3;
/** Spot losses that are borne; on demand there are none, so only a provider that is spot itself comes to this. */
export const SPOT_LOSSES = 6;
/** Times that spot took the task back or had no room for it, before it is paid in full. */
const SPOT_CHANCES = 2;
/** Attempts of one task whatever they came to: a worker that is restarted again and again stops them, too. */
const ATTEMPTS = 20;

/** After the first failure, and after each further one: a registry or a subnet that is away is back in minutes. */
const FAILURE_DELAYS_MS = [10_000, 60_000] as const;
/** Spot has just taken capacity back there; the next request may go to another zone. */
const SPOT_DELAY_MS = 2_000;

const FAILURES: ReadonlySet<TaskOutcome> = new Set(['not-started', 'failed', 'lost', 'overdue']);

/** `outcomes`: of all attempts so far, the first one first. */
export function nextAttempt(
  outcomes: readonly TaskOutcome[],
  wants: { readonly spot: boolean; readonly gpu: boolean },
): NextAttempt {
  const failures = outcomes.filter((outcome) => FAILURES.has(outcome)).length;
  const losses = outcomes.filter((outcome) => outcome === 'spot-lost').length;
  if (failures >= FAILED_ATTEMPTS || losses >= SPOT_LOSSES || outcomes.length >= ATTEMPTS)
    return { kind: 'give-up' };
  return {
    kind: 'start',
    capacity: capacity(outcomes, wants),
    delayMs: delay(outcomes.at(-1), failures),
  };
}

function capacity(
  outcomes: readonly TaskOutcome[],
  { spot, gpu }: { readonly spot: boolean; readonly gpu: boolean },
): Capacity {
  if (gpu) return 'provider';
  if (!spot) return 'on-demand';
  // Spot without room shows as a task that did not start.
  const refusals = outcomes.filter((outcome) => outcome === 'spot-lost' || outcome === 'not-started').length;
  return refusals >= SPOT_CHANCES ? 'on-demand' : 'spot';
}

function delay(last: TaskOutcome | undefined, failures: number): number {
  if (last === 'spot-lost') return SPOT_DELAY_MS;
  if (last === undefined || !FAILURES.has(last)) return 0;
  return FAILURE_DELAYS_MS[Math.min(failures, FAILURE_DELAYS_MS.length) - 1] ?? 0;
}
