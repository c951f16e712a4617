import type { JobKind } from '../ports/queue.js';

/** How often a job is tried and how long it rests between: twice as long each time, between half and all of it. */
export interface Retries {
  /** The first try counts. */
  readonly attempts: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Some 30 minutes of an outage of GitHub. The longest rest is short, since a new event for the same job waits with it. */
const PATIENT: Retries = { attempts: 12, firstMs: 4_000, longestMs: 300_000 };
/** The next tick is the retry. */
const ONCE: Retries = { attempts: 1, firstMs: 1_000, longestMs: 1_000 };

export const RETRIES: Readonly<Record<JobKind, Retries>> = {
  look: PATIENT,
  hint: PATIENT,
  publish: PATIENT,
  /** An evaluation counts its own tries in the store and ends as "not measured"; this is for what breaks before that. */
  evaluate: { attempts: 5, firstMs: 15_000, longestMs: 300_000 },
  /** What fails of the simulation itself ends it; this is for a database that is away. */
  simulate: { attempts: 5, firstMs: 15_000, longestMs: 300_000 },
  reconcile: ONCE,
  canary: ONCE,
};

export const JOB_KINDS = Object.keys(RETRIES) as readonly JobKind[];

/**
 * Whole milliseconds until the next try, after `made` tries (from 1). `random` in [0, 1): many jobs that failed at once do
 * not return at once.
 */
export function restMs(retries: Retries, made: number, random: number, scale = 1): number {
  const longest = Math.min(retries.longestMs, retries.firstMs * 2 ** (made - 1)) * scale;
  return Math.max(1, Math.round(longest / 2 + (longest / 2) * random));
}
