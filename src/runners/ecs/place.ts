/** Where tasks run, for how long they are waited for, and what a result there depends on beside the code. */
import { createHash } from 'node:crypto';
import { UsageError } from '../../core/errors.js';
import type { ExtractSpec, RunnerChoice } from '../../core/words.js';

/** A cluster for evaluations alone, with two networks: one without a way out, and one with. */
export interface EcsPlace {
  readonly cluster: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
  /** Null: nothing reaches the network. */
  readonly open: { readonly subnets: readonly string[]; readonly securityGroup: string } | null;
  readonly executionRole: string;
  readonly runnerImage: string;
  /** Null: pipelines need an image of their own. */
  readonly extractImage: string | null;
  readonly logGroup: string;
  readonly gpuProvider: string | null;
  /** Of an SQS queue; null: sweeps alone. */
  readonly eventsUrl: string | null;
  /** Name of a variable → ARN of its secret. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What is run, and for whom. */
export interface EcsTask {
  readonly choice: RunnerChoice;
  readonly evaluationId: string;
  readonly repositoryId: number;
  /** Whether the author can write to the repository; outsiders' code never reaches the network. */
  readonly trusted: boolean;
}

/** Word of a task's change of state, from wherever it is heard of. */
export interface TaskEndings {
  /** Calls `heard` when a task's change of state is heard of; returns how to stop listening. */
  on(taskArn: string, heard: () => void): () => void;
}

export interface EcsTiming {
  /** All open tasks are looked at so often; word of an end comes earlier. */
  readonly sweepMs: number;
  /** From RunTask until the containers run: capacity, network, images. */
  readonly startAllowanceMs: number;
  /** Beside the command's own limit: fetching, delivering, and ECS's bookkeeping. */
  readonly graceMs: number;
  /** Links hold longer than the task may, by this. */
  readonly linkMarginMs: number;
  /** A task that DescribeTasks does not know is new and not lost, until it is this old. */
  readonly unknownMs: number;
  /** A task without a row that wants it is left alone until it is this old. */
  readonly reapAfterMs: number;
  /** Null: as the plan of attempts says. */
  readonly retryDelayMs: number | null;
}

export const TIMING: EcsTiming = {
  sweepMs: 15_000,
  startAllowanceMs: 10 * 60_000,
  graceMs: 3 * 60_000,
  linkMarginMs: 10 * 60_000,
  unknownMs: 60_000,
  reapAfterMs: 2 * 60_000,
  retryDelayMs: null,
};

/** Everything that a task on ECS may be asked for and cannot have here. Throws UsageError. */
export function checkPlace(extract: ExtractSpec, place: EcsPlace, choice: RunnerChoice): void {
  if (extract.image === undefined && place.extractImage === null)
    throw new UsageError(
      'runner.kind is ecs, and the pipeline has no extract.image',
      'write extract.image: the image that the command runs in; or whoever operates the App sets DOCOPS_ECS_EXTRACT_IMAGE to one for all',
    );
  const unknown = extract.env.filter((name) => !Object.hasOwn(place.secrets, name));
  if (unknown.length > 0)
    throw new UsageError(
      `extract.env names ${unknown.join(', ')}, and on ECS there is no secret for ${unknown.length === 1 ? 'it' : 'them'}`,
      'whoever operates the App adds NAME=ARN of a Secrets Manager secret or an SSM parameter to DOCOPS_ECS_SECRETS',
    );
  if (choice.gpu > 0 && place.gpuProvider === null)
    throw new UsageError(
      `runner.gpu is ${choice.gpu}, and the cluster has no GPUs`,
      'whoever operates the App names a capacity provider with GPUs in DOCOPS_ECS_GPU_PROVIDER; Fargate has none',
    );
  if (choice.network !== 'none' && place.open === null)
    throw new UsageError(
      `runner.network is ${choice.network}, and the cluster has no network with a way out`,
      'write runner: { network: none }, with everything that the command needs in extract.image; or whoever operates the App sets DOCOPS_ECS_OPEN_SUBNETS and DOCOPS_ECS_OPEN_SECURITY_GROUP',
    );
}

/** Names of the secrets that the command gets: only what it asks for, and nothing for outsiders. */
export function secretsFor(
  extract: ExtractSpec,
  place: EcsPlace,
  trusted: boolean,
): readonly { readonly name: string; readonly arn: string }[] {
  if (!trusted) return [];
  return [...new Set(extract.env)].sort().flatMap((name) => {
    const arn = Object.hasOwn(place.secrets, name) ? place.secrets[name] : undefined;
    return arn === undefined ? [] : [{ name, arn }];
  });
}

/**
 * What runs the command: the evaluation runner where the image is the operator's, which has Node; a shell in a team's own
 * image. It follows from the configuration alone, so that trust does not divide measurements.
 */
export function driverFor(extract: ExtractSpec): 'runner' | 'shell' {
  return extract.image === undefined ? 'runner' : 'shell';
}

/**
 * A hash over what a result may depend on beyond the code and its settings: the image, who runs the command, the GPU, the
 * network and the secrets it is given, which an outsider's code is not, and how a batch is divided. Two equal identities share measurements. A tag that is moved to another image is not seen: name
 * images by their digest.
 */
export function ecsEnvironmentIdentity(
  extract: ExtractSpec,
  place: EcsPlace,
  choice: RunnerChoice,
  trusted = true,
): Promise<string> {
  checkPlace(extract, place, choice);
  const facts = [
    'docops.environment/1',
    'ecs',
    extract.image ?? place.extractImage,
    driverFor(extract),
    choice.gpu,
    trusted ? choice.network : 'none',
    // A batch may carry state from one document to the next.
    extract.mode === 'batch' ? choice.shards : null,
    secretsFor(extract, place, trusted).map(({ name, arn }) => [name, arn]),
  ];
  return Promise.resolve(createHash('sha256').update(JSON.stringify(facts)).digest('hex'));
}
