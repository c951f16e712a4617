/** What another policy would have done to runs of the past: asked for by a page or a program, computed by a worker. */
import type { Verdict } from '../core/report/schema.js';

export interface SimulatedRun {
  readonly evaluationId: string;
  readonly pipeline: string;
  readonly was: { readonly verdict: Verdict; readonly blocked: boolean };
  /** Null: it cannot be said without running something. */
  readonly would: {
    readonly verdict: Verdict;
    readonly blocked: boolean;
    readonly base: number | null;
    readonly head: number | null;
    /** Sentences; no values of documents. */
    readonly reasons: readonly string[];
  } | null;
  /** Why it cannot be said, or what has to be known about it. */
  readonly note: string | null;
}

export interface Simulation {
  /** UUID. */
  readonly id: string;
  readonly repositoryId: number;
  readonly baseRef: string;
  readonly requestedBy: string;
  /** Text of the `.docops.yml`. */
  readonly configuration: string;
  /** 1 to 50. */
  readonly lastRuns: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly results: readonly SimulatedRun[];
  /** Why it failed. */
  readonly problem: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface Simulations {
  requestSimulation(
    asked: Pick<Simulation, 'repositoryId' | 'baseRef' | 'requestedBy' | 'configuration' | 'lastRuns'>,
  ): Promise<Simulation>;
  simulation(id: string): Promise<Simulation | undefined>;
  /** waiting → running, or takes over one that is silent for `staleMs`; its results so far are dropped then. */
  claimSimulation(id: string, worker: string, staleMs: number): Promise<Simulation | undefined>;
  /** Says that its worker lives; false when this worker no longer has it. Silence for `staleMs` gives it to another. */
  beatSimulation(id: string, worker: string): Promise<boolean>;
  /** Adds one; false when this worker no longer has it. */
  addSimulated(id: string, worker: string, result: SimulatedRun): Promise<boolean>;
  /** running → done, or failed with a problem. */
  endSimulation(id: string, worker: string, problem: string | null): Promise<boolean>;
  /** waiting for longer than so, or silent: to be queued again. */
  lateSimulations(waitingMs: number, staleMs: number): Promise<readonly string[]>;
  forgetSimulations(olderThanMs: number): Promise<number>;
  /** Of one repository, not ended yet. */
  openSimulations(repositoryId: number): Promise<number>;
}
