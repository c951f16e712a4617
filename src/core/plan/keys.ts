import type { ExtractSpec, FieldSpec, Gate } from '../words.js';
import { contentKey } from './canonical.js';

export interface MeasurementKeyInput {
  /** Of the side's code, see `fingerprint`. */
  readonly fingerprint: string;
  readonly extract: ExtractSpec;
  /** Identity of everything outside the code: image or machine, interpreter, values of the variables let through. */
  readonly environment: string;
  /** Number of the run, from 1: repeats of a noisy extractor are different measurements. */
  readonly run: number;
}

/**
 * Under what the predictions of one side are kept: sha256, hex.
 *
 * Of the extraction settings only those enter that can change a prediction: command, mode, setup, image and the
 * *names* of the variables let through. Time limits, `deterministic` and `repeats` do not: only successful predictions
 * are kept, and those are the same under any limit.
 */
export function measurementKey(input: MeasurementKeyInput): string {
  const { run, mode, setup, image, env } = input.extract;
  return contentKey('docops.measurement/1', {
    fingerprint: input.fingerprint,
    extract: { run, mode, setup, image, env: [...new Set(env)].sort() },
    environment: input.environment,
    run: input.run,
  });
}

export interface PlanInput {
  readonly headFingerprint: string;
  readonly baseFingerprint: string;
  readonly datasetVersion: string;
  /** In the order of the configuration, which is the order of the report. */
  readonly fields: readonly FieldSpec[];
  /** Left out: the plan of what is scored, whatever the policy says about it. */
  readonly gate?: Gate;
  /** Version of the code that scores and judges. */
  readonly scorer: string;
  /** Runner image, or the identity of the machine. */
  readonly environment: string;
}

/**
 * Plan id (ARCHITECTURE): sha256, hex, over both fingerprints, dataset version, field and comparator configuration,
 * policy, scorer version and runner image. Equal ids mean an equal verdict, so a rebase without change, a reopened pull
 * request and a merge group reuse a finished one. Commits do not enter. Base and head are not interchangeable.
 */
export function planId(input: PlanInput): string {
  return contentKey('docops.plan/1', {
    head: input.headFingerprint,
    base: input.baseFingerprint,
    dataset: input.datasetVersion,
    fields: input.fields,
    gate: input.gate,
    scorer: input.scorer,
    environment: input.environment,
  });
}
