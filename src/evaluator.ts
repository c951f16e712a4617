/** Where the code of both sides runs when the App measures: on this machine, or in tasks on ECS. */
import type pg from 'pg';
import { openScratch } from './cli/scratch.js';
import type { Cloud } from './cloud.js';
import { UsageError } from './core/errors.js';
import type { RunnerChoice } from './core/words.js';
import type { Evaluator } from './flow/corridor.js';
import { openDatasets, type DatasetsOptions } from './open-datasets.js';
import { createPostgresMeasurementStore } from './postgres/measurements.js';
import {
  availableSandbox,
  createLocalRunner,
  environmentIdentity,
  type Environment,
} from './runners/local/index.js';
import type { LocalSettings } from './settings.js';

export interface EvaluatorOptions {
  readonly pool: pg.Pool;
  readonly datasets: DatasetsOptions;
  /** Folders that a sandboxed command must not see. */
  readonly hidden: readonly string[];
  /** Names of variables that a repository may ask for. */
  readonly extractorEnv: readonly string[];
  readonly processes: number;
  readonly runner: LocalSettings['runner'];
  /** Null where no cluster is configured. */
  readonly cloud: Cloud | null;
  /** Default: the process's. */
  readonly environment?: Environment;
}

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const environment = extractorEnvironment(options.environment ?? process.env, options.extractorEnv);
  const { cloud } = options;
  const runnerKind = ({ kind: wished }: RunnerChoice): RunnerChoice['kind'] =>
    options.runner === 'config' ? wished : options.runner;
  /** Undefined: on this machine. */
  const elsewhere = (choice: RunnerChoice): Cloud | undefined => {
    if (runnerKind(choice) === 'local') return undefined;
    if (cloud === null)
      throw new UsageError(
        'runner.kind is ecs, and this App knows no ECS cluster',
        'whoever operates it sets DOCOPS_ECS_CLUSTER and what belongs to it (docs/aws.md); or write runner: { kind: local }',
      );
    return cloud;
  };
  return {
    datasets: openDatasets(options.datasets),
    measurements: createPostgresMeasurementStore(options.pool),
    runnerKind,
    environmentIdentity: async (choice, extract, sandbox) =>
      // What an outsider's code is kept from (secrets, network) makes another environment.
      (await elsewhere(choice)?.environmentIdentity(extract, choice, sandbox === 'none')) ??
      environmentIdentity(extract, { environment, sandbox }),
    openRunner(task) {
      const away = elsewhere(task.choice)?.openRunner(task);
      if (away !== undefined) return away;
      const runner = createLocalRunner({ hidden: options.hidden, environment });
      return { ...runner, kind: 'local', sidesAtOnce: false, usage: () => null };
    },
    async sandboxMissing(choice) {
      // A task sees nothing of this machine.
      if (choice !== undefined && runnerKind(choice) === 'ecs') return undefined;
      const sandbox = await availableSandbox(environment);
      return sandbox.kind === 'none' ? sandbox.why : undefined;
    },
    reap: () => cloud?.reap() ?? Promise.resolve([]),
    prices: (choice) => elsewhere(choice)?.prices ?? null,
    openScratch,
    processes: options.processes,
  };
}

/**
 * What extractors may be given. Their configuration names variables, and everybody who may change it in a repository
 * could name ours: so only what the operator has listed is there at all.
 */
export function extractorEnvironment(environment: Environment, listed: readonly string[]): Environment {
  const names = ['PATH', 'HOME', ...listed];
  return Object.fromEntries(
    names.map((name) => [name, environment[name]] as const).filter(([, value]) => value !== undefined),
  );
}
