/** Asks ECS for a task, stops one, and finds one that was asked for before. */
import {
  ConflictException,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type ECSClient,
  type NetworkConfiguration,
  type RunTaskCommandInput,
} from '@aws-sdk/client-ecs';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { MANIFEST_VARIABLE } from '../../../eval-runner/task/contract.js';
import type { Capacity } from '../../core/plan/attempts.js';
import { forgetDefinition } from './definition.js';
import { explain, isPermanent } from './explain.js';
import type { EcsPlace, EcsTask } from './place.js';

export interface LaunchRequest {
  readonly place: EcsPlace;
  readonly task: EcsTask;
  readonly step: 'setup' | 'extract';
  readonly taskDefinition: string;
  readonly startedBy: string;
  readonly capacity: Capacity;
  /** Links to the manifests; long, and the only thing that differs between tasks. */
  readonly manifests: { readonly fetch: string; readonly deliver: string };
  /** Bytes that the task has on its disk, beside its images. */
  readonly diskBytes: number;
}

export type Launch =
  | { readonly kind: 'launched'; readonly taskArn: string }
  /** There is no room now, or ECS is away. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It was asked for before, in other words; what became of it is not known here. */
  | { readonly kind: 'taken' };

/**
 * AWS: RunTask on Fargate 20 times a second for each account and region, after a burst of 100.
 * https://docs.aws.amazon.com/AmazonECS/latest/userguide/throttling.html
 */
const MS_BETWEEN_LAUNCHES = 50;
const gate = pLimit(1);

/** Fargate gives a task 20 GiB, images included, and at most 200. */
const DISK_GIB = { free: 20, step: 20, most: 200, images: 10 } as const;
const GIB = 1024 ** 3;

export function runTaskRequest(request: LaunchRequest): RunTaskCommandInput {
  const { place, task, startedBy, manifests } = request;
  const url = (value: string) => [{ name: MANIFEST_VARIABLE, value }];
  const disk = diskGib(request);
  return {
    cluster: place.cluster,
    taskDefinition: request.taskDefinition,
    count: 1,
    startedBy,
    clientToken: startedBy,
    capacityProviderStrategy: [{ capacityProvider: providerOf(request), weight: 1 }],
    networkConfiguration: networkOf(request),
    enableECSManagedTags: true,
    propagateTags: 'TASK_DEFINITION',
    tags: [
      { key: 'docops:evaluation', value: task.evaluationId },
      { key: 'docops:repository', value: String(task.repositoryId) },
    ],
    overrides: {
      containerOverrides: [
        { name: 'fetch', environment: url(manifests.fetch) },
        { name: 'deliver', environment: url(manifests.deliver) },
      ],
      ...(disk > DISK_GIB.free && { ephemeralStorage: { sizeInGiB: disk } }),
    },
  };
}

/** The way out is for setup or for everything, as the configuration says, and only for authors who are trusted. */
function networkOf({ place, task, step }: LaunchRequest): NetworkConfiguration {
  const { network } = task.choice;
  const wanted = network === 'open' || (network === 'setup' && step === 'setup');
  const { subnets, securityGroup } = wanted && task.trusted && place.open !== null ? place.open : place;
  return {
    awsvpcConfiguration: {
      subnets: [...subnets],
      securityGroups: [securityGroup],
      // Open subnets go out by NAT; a public address would let the world in.
      assignPublicIp: 'DISABLED',
    },
  };
}

function providerOf({ capacity, place }: LaunchRequest): string {
  if (capacity === 'provider') return place.gpuProvider ?? '';
  return capacity === 'spot' ? 'FARGATE_SPOT' : 'FARGATE';
}

/** In steps. An instance with GPUs has the disk that it has. */
function diskGib({ diskBytes, capacity }: LaunchRequest): number {
  const needed = DISK_GIB.images + diskBytes / GIB;
  if (capacity === 'provider' || needed <= DISK_GIB.free) return DISK_GIB.free;
  return Math.min(DISK_GIB.most, Math.ceil(needed / DISK_GIB.step) * DISK_GIB.step);
}

/** Throws RunnerError where asking again cannot help. */
export async function launch(ecs: ECSClient, request: LaunchRequest): Promise<Launch> {
  await gate(() => sleep(MS_BETWEEN_LAUNCHES));
  try {
    const { tasks = [], failures = [] } = await ecs.send(new RunTaskCommand(runTaskRequest(request)));
    const taskArn = tasks[0]?.taskArn;
    if (taskArn !== undefined) return { kind: 'launched', taskArn };
    // RESOURCE:GPU, AGENT, CAPACITY …: a 200 answer all the same.
    const why = failures.map(({ reason, detail }) => [reason, detail].filter(Boolean).join(': ')).join('; ');
    return { kind: 'refused', why: why === '' ? 'ECS started nothing and gave no reason' : why };
  } catch (error) {
    if (error instanceof ConflictException) return { kind: 'taken' };
    if (isInactive(error)) {
      // Somebody took the definition away since it was looked for; the next try registers it again.
      forgetDefinition(ecs, familyOf(request.taskDefinition));
      return { kind: 'refused', why: 'the task definition was deregistered' };
    }
    if (isPermanent(error)) throw explain(error, 'ECS refused the task');
    return { kind: 'refused', why: explain(error, 'RunTask').message };
  }
}

function isInactive(error: unknown): boolean {
  return (
    error instanceof Error && /task ?definition.*inactive|inactive.*task ?definition/i.test(error.message)
  );
}

/** Of `arn:…:task-definition/FAMILY:REVISION`. */
function familyOf(arn: string): string {
  return arn.split('/').at(-1)?.split(':')[0] ?? '';
}

/** ARN of the task of that name that runs, or that ended within the hour for which ECS remembers it. */
export async function findTask(
  ecs: ECSClient,
  cluster: string,
  startedBy: string,
): Promise<string | undefined> {
  for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
    const { taskArns = [] } = await ecs
      .send(new ListTasksCommand({ cluster, startedBy, desiredStatus }))
      .catch((error: unknown) => {
        throw explain(error, 'ECS does not say which tasks there are');
      });
    if (taskArns[0] !== undefined) return taskArns[0];
  }
  return undefined;
}

const REASON_CHARACTERS = 255;

/** A task that is gone is stopped. Throws RunnerError when ECS cannot be told. */
export async function stopTask(
  ecs: ECSClient,
  cluster: string,
  taskArn: string,
  reason: string,
): Promise<void> {
  try {
    await ecs.send(
      new StopTaskCommand({ cluster, task: taskArn, reason: reason.slice(0, REASON_CHARACTERS) }),
    );
  } catch (error) {
    if (error instanceof Error && /task was not found|could not find task|not found/i.test(error.message))
      return;
    throw explain(error, `the task ${taskArn} could not be stopped`);
  }
}
