/** Where the code of both sides runs when the App measures: on this machine. */
import type pg from 'pg';
import { openScratch } from './cli/scratch.js';
import { datasetExists, readDataset } from './dataset/read.js';
import type { Evaluator } from './flow/corridor.js';
import { createPostgresMeasurementStore } from './postgres/measurements.js';
import { availableSandbox, createLocalRunner, type Environment } from './runners/local/index.js';

export interface EvaluatorOptions {
  readonly pool: pg.Pool;
  /** Folders that a sandboxed command must not see. */
  readonly hidden: readonly string[];
  /** Names of variables that a repository may ask for. */
  readonly extractorEnv: readonly string[];
  readonly processes: number;
  /** Default: the process's. */
  readonly environment?: Environment;
}

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const environment = extractorEnvironment(options.environment ?? process.env, options.extractorEnv);
  return {
    datasets: { open: readDataset, exists: datasetExists },
    measurements: createPostgresMeasurementStore(options.pool),
    openRunner: () => createLocalRunner({ hidden: options.hidden, environment }),
    async sandboxMissing() {
      const sandbox = await availableSandbox(environment);
      return sandbox.kind === 'none' ? sandbox.why : undefined;
    },
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
