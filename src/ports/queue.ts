/**
 * Jobs: what is to be done next, at least once. State is in the store; a job only names it, and every job may run twice.
 */
export type Job =
  /** Bring this pull request to the right state. At most one active and one pending for each. */
  | { readonly kind: 'look'; readonly repositoryId: number; readonly number: number }
  /** Handle one hint that is no look. */
  | { readonly kind: 'hint'; readonly hintId: number }
  | { readonly kind: 'evaluate'; readonly evaluationId: string }
  /** Bring GitHub to what the store says of a subject. At most one active and one pending for each. */
  | {
      readonly kind: 'publish';
      readonly repositoryId: number;
      readonly headSha: string;
      readonly baseRef: string;
    }
  /** Say what another policy would have done to runs of the past. */
  | { readonly kind: 'simulate'; readonly simulationId: string }
  | { readonly kind: 'reconcile' }
  /** Says that jobs are taken at all. */
  | { readonly kind: 'canary' };

export type JobKind = Job['kind'];

export interface JobContext {
  /** Aborted when the worker has to stop, and when another worker has got the job. */
  readonly signal: AbortSignal;
  /** From 1. */
  readonly attempt: number;
}

/** Thrown by a handler: not now, again after so many milliseconds. Does not count as a failed attempt. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly afterMs: number;
  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

export type JobHandlers = {
  readonly [Kind in JobKind]: (job: Extract<Job, { kind: Kind }>, context: JobContext) => Promise<void>;
};

export interface DeadJob {
  readonly id: string;
  /** Null when this version does not know such a job; the reason says what it is. */
  readonly job: Job | null;
  readonly failedAt: Date;
  readonly attempts: number;
  readonly reason: string;
}

export interface Jobs {
  /** Adds a job; one that is waiting already is not added twice, and one that is running is run once more after. */
  add(job: Job, options?: { readonly delayMs?: number }): Promise<void>;
}

export interface Queue extends Jobs {
  /** Runs `job` every so often, once for all workers together. Idempotent. */
  every(job: Job, everyMs: number): Promise<void>;
  /**
   * Starts taking jobs. `concurrency` for each kind; kinds without one are not taken. A handler that throws is retried
   * with exponential backoff and ends among the dead when its attempts are used up.
   */
  work(handlers: JobHandlers, concurrency: Partial<Record<JobKind, number>>): Promise<Workers>;
  dead(): Promise<readonly DeadJob[]>;
  /** False when there is no such dead job. */
  retryDead(id: string): Promise<boolean>;
  /** Jobs that wait for a worker and the age of the oldest, for each kind. Those that rest until a later time are not counted. */
  waiting(): Promise<
    readonly {
      readonly kind: JobKind;
      readonly waiting: number;
      readonly active: number;
      readonly oldestMs: number | null;
    }[]
  >;
  close(): Promise<void>;
}

export interface Workers {
  /** Takes no new jobs, waits for running ones at most so long, then aborts their signals and waits a few seconds more. */
  stop(graceMs: number): Promise<void>;
}
