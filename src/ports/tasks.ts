import type { TaskOutcome } from '../core/plan/task-outcomes.js';

export { TASK_OUTCOMES, type TaskOutcome } from '../core/plan/task-outcomes.js';

/**
 * What was started elsewhere for an evaluation, written down before it is started: so that a task which nobody wants any
 * more is found, and that every one is paid for in the books.
 */
export interface TaskStart {
  /** Unique; what the task carries as `startedBy`. */
  readonly startedBy: string;
  readonly evaluationId: string;
  readonly repositoryId: number;
  /** For people: `invoices, head, run 1, shard 3 of 8`. */
  readonly what: string;
  /** From 1. */
  readonly attempt: number;
  readonly capacity: 'spot' | 'on-demand' | 'provider';
  readonly vcpu: number;
  readonly memoryMib: number;
  readonly gpu: number;
}

export interface TaskRow extends TaskStart {
  readonly taskArn: string | null;
  readonly begunAt: Date;
  readonly outcome: TaskOutcome | null;
  /** Billed seconds; null while it runs. */
  readonly seconds: number | null;
  readonly usd: number | null;
}

export interface TaskBooks {
  /** Again for the same `startedBy`: nothing changes. */
  begin(task: TaskStart): Promise<void>;
  launched(startedBy: string, taskArn: string): Promise<void>;
  /** The first end counts. */
  end(
    startedBy: string,
    end: { readonly outcome: TaskOutcome; readonly seconds: number; readonly usd: number | null },
  ): Promise<void>;
  /** Of those given, the ones that an evaluation in work still waits for. */
  wanted(startedBy: readonly string[]): Promise<ReadonlySet<string>>;
  /** Begun so long ago and without an end, and nobody waits for them any more; oldest first. */
  forgotten(olderThanMs: number, limit: number): Promise<readonly TaskRow[]>;
  ofEvaluation(evaluationId: string): Promise<readonly TaskRow[]>;
}
