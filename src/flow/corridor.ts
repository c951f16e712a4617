/**
 * The corridor from webhook to check run: receive → look → evaluate → publish, with reconcile beside it. Each step is a
 * function of the store that may run twice, and none trusts that the one before ran only once.
 */
import type { Delivery } from '../core/app-words.js';
import type { ComputePrices } from '../core/cost/words.js';
import type { ExtractSpec, RunnerChoice } from '../core/words.js';
import type { Datasets } from '../ports/datasets.js';
import type { GitHub } from '../ports/github.js';
import type { Insight } from '../ports/insight.js';
import type { Log } from '../ports/log.js';
import type { MeasurementStore } from '../ports/measurements.js';
import type { Mirrors } from '../ports/mirror.js';
import type { JobHandlers, Jobs } from '../ports/queue.js';
import type { Runner, RunnerUsage } from '../ports/runner.js';
import type { Simulations } from '../ports/simulations.js';
import type { DocumentCosts, Spending } from '../ports/spending.js';
import type { Store } from '../ports/store.js';
import type { Scratch } from '../ports/surroundings.js';

/** Where the code of both sides runs, and where it is kept what it gave. */
export interface Evaluator {
  readonly datasets: Datasets;
  readonly measurements: MeasurementStore;
  /** The repository's wish, as far as the operator leaves it to the repository. Throws UsageError where there is no such runner. */
  runnerKind(choice: RunnerChoice): RunnerChoice['kind'];
  /** What predictions depend on beside the code. Throws UsageError as `runnerKind` does. */
  environmentIdentity(choice: RunnerChoice, extract: ExtractSpec, sandbox: 'none' | 'bwrap'): Promise<string>;
  openRunner(task: RunnerTask): OpenRunner;
  /** Undefined when an outsider's code can be kept apart; else why not, in a sentence. */
  sandboxMissing(choice: RunnerChoice | undefined): Promise<string | undefined>;
  /** Ends what runs elsewhere and nobody waits for; says which. */
  reap(): Promise<readonly string[]>;
  /** Null where nobody pays for it. */
  prices(choice: RunnerChoice): ComputePrices | null;
  openScratch(): Promise<Scratch & { remove(): Promise<void> }>;
  /** Extractor processes at once, for each evaluation. */
  readonly processes: number;
}

export interface RunnerTask {
  readonly choice: RunnerChoice;
  readonly evaluationId: string;
  readonly repositoryId: number;
  /** Whether the author can write to the repository; outsiders' code never reaches the network. */
  readonly trusted: boolean;
}

export interface OpenRunner extends Runner {
  readonly kind: RunnerChoice['kind'];
  /** Both sides may run at the same time: they do not share a machine. */
  readonly sidesAtOnce: boolean;
  /** What it took so far; null where nothing is billed. */
  usage(): RunnerUsage | null;
  close(): Promise<void>;
}

export interface CorridorSettings {
  /** Unique for each process; in heartbeats. */
  readonly worker: string;
  /** Logins of Apps whose pull requests are trusted: `dependabot[bot]`. */
  readonly trustedApps: readonly string[];
  /** The App's own login, `docops[bot]`; its comments are never commands. */
  readonly ownLogin: string;
  /** Where an evaluation's page is; null where nothing is served to people. */
  detailsUrl(evaluationId: string): string | null;
  /** A check run is brought up to date at most so often while it runs. */
  readonly progressEveryMs: number;
  /** A worker that is silent for so long has lost its evaluation. */
  readonly staleMs: number;
  /** Longest time from planned to an answer; a merge group's has to be below GitHub's status-check timeout (60 minutes). */
  readonly deadlineMs: { readonly pullRequest: number; readonly mergeGroup: number };
  /** How often an evaluation is tried when the infrastructure fails. */
  readonly tries: number;
  readonly sweeps?: Partial<Sweeps>;
}

/** How often the sweeps look, and how late something has to be before they take it up; milliseconds. */
export interface Sweeps {
  readonly deliveriesEvery: number;
  readonly pullsEvery: number;
  readonly repositoriesEvery: number;
  readonly tasksEvery: number;
  readonly releasesEvery: number;
  readonly hintLate: number;
  readonly plannedLate: number;
  readonly unpublishedLate: number;
  readonly simulationLate: number;
  /** A delivery that GitHub may still be trying is left to it. */
  readonly deliverySettled: number;
}

export const SWEEPS: Sweeps = {
  deliveriesEvery: 2 * 60_000,
  pullsEvery: 10 * 60_000,
  repositoriesEvery: 60 * 60_000,
  tasksEvery: 2 * 60_000,
  releasesEvery: 60 * 60_000,
  hintLate: 20_000,
  plannedLate: 30_000,
  unpublishedLate: 20_000,
  simulationLate: 30_000,
  deliverySettled: 60_000,
};

export interface CorridorPorts {
  readonly store: Store;
  readonly jobs: Jobs;
  readonly github: GitHub;
  readonly mirrors: Mirrors;
  readonly evaluator: Evaluator;
  readonly costs: DocumentCosts;
  readonly spending: Spending;
  readonly simulations: Simulations;
  readonly insight: Pick<Insight, 'runs'>;
  readonly log: Log;
  readonly settings: CorridorSettings;
  readonly newId: () => string;
}

export interface Corridor {
  /** Called before the webhook is answered with 2xx. */
  receive(delivery: Delivery): Promise<{ readonly duplicate: boolean }>;
  readonly handlers: JobHandlers;
}
