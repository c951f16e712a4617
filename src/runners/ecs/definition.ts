/**
 * What a task is made of: three containers, one after the other, over two volumes (eval-runner/task/contract.ts). The
 * definition is named by a hash of its content and registered once; what differs from task to task is in the overrides of
 * RunTask, two URLs.
 *
 * - fetch and extract are not essential: ECS refuses to wait for the end of an essential container ("A dependency
 *   container with SUCCESS or COMPLETE condition cannot be an essential container"). The task ends with deliver.
 * - There is no task role, so the metadata endpoint of the container has no credentials to give.
 * - Volumes without a host are created as the first image that mounts them says (`VOLUME` of the same path: owner and
 *   mode); else they belong to root, and a container that is not root cannot write. So fetch, whose image is ours, mounts
 *   all three of them. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
 * - On Fargate capabilities can be dropped and an init process is there; `tmpfs` and `sharedMemorySize` are not.
 *   https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html
 */
import { createHash } from 'node:crypto';
import {
  ClientException,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type ContainerDefinition,
  type ECSClient,
  type RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import { VOLUMES } from '../../../eval-runner/task/contract.js';
import type { TaskSize } from '../../core/cost/words.js';
import { RunnerError } from '../../ports/runner.js';
import { explain } from './explain.js';
import type { EcsPlace } from './place.js';

export interface DefinitionRequest {
  readonly place: EcsPlace;
  readonly region: string;
  readonly size: TaskSize;
  /** Image of extract. */
  readonly image: string;
  readonly secrets: readonly { readonly name: string; readonly arn: string }[];
}

/** As the images have them: eval-runner/Dockerfile, and a number that no image uses for the team's. */
const OUR_USER = '10001:10001';
const EXTRACT_USER = '65532:65532';
/** fetch and deliver stream; they need little. */
const OUR_MEMORY_MIB = 512;
const OUR_RESERVED_MIB = 128;
/** Of the task's memory, not for extract: its own limit is reached before the task's, and names the container. */
const SPARE_MIB = 64;
/** After SIGTERM: extract has nothing to save, deliver may be within an upload. Fargate allows 2 to 120 s. */
const STOP_SECONDS = { ours: 30, extract: 5 } as const;

const DROPPED = { drop: ['ALL'] };

/** Memory that extract has. */
export function extractMemoryMib(size: TaskSize): number {
  return Math.round(size.memoryGib * 1024) - SPARE_MIB;
}

export function taskDefinition(request: DefinitionRequest): RegisterTaskDefinitionCommandInput {
  const { place, size } = request;
  const taskMib = Math.round(size.memoryGib * 1024);
  const content = {
    // EC2 and Managed Instances have the GPUs; which of them the provider is, the task need not know.
    ...(size.gpu === 0 && { requiresCompatibilities: ['FARGATE' as const] }),
    networkMode: 'awsvpc' as const,
    cpu: String(Math.round(size.vcpu * 1024)),
    memory: String(taskMib),
    runtimePlatform: { operatingSystemFamily: 'LINUX' as const, cpuArchitecture: 'X86_64' as const },
    executionRoleArn: place.executionRole,
    volumes: [{ name: 'input' }, { name: 'work' }, { name: 'tmp' }],
    containerDefinitions: containers(request, taskMib),
    tags: [{ key: 'docops', value: 'evaluation' }],
  };
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32);
  return { family: `docops-eval-${hash}`, ...content };
}

function containers(
  { place, region, size, image, secrets }: DefinitionRequest,
  taskMib: number,
): ContainerDefinition[] {
  const safe = {
    readonlyRootFilesystem: true,
    privileged: false,
    logConfiguration: {
      logDriver: 'awslogs' as const,
      options: {
        'awslogs-group': place.logGroup,
        'awslogs-region': region,
        'awslogs-stream-prefix': 'docops',
        // A log that is slow or away must not hold a measurement up.
        mode: 'non-blocking',
        'max-buffer-size': '4m',
      },
    },
  };
  const ours = {
    ...safe,
    linuxParameters: { initProcessEnabled: true, capabilities: DROPPED },
    image: place.runnerImage,
    user: OUR_USER,
    memory: Math.min(OUR_MEMORY_MIB, taskMib),
    memoryReservation: OUR_RESERVED_MIB,
    stopTimeout: STOP_SECONDS.ours,
  };
  const input = { sourceVolume: 'input', containerPath: VOLUMES.input.path };
  const work = { sourceVolume: 'work', containerPath: VOLUMES.work.path };
  const tmp = { sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false };
  return [
    {
      ...ours,
      name: 'fetch',
      essential: false,
      command: ['fetch'],
      mountPoints: [{ ...input, readOnly: false }, { ...work, readOnly: false }, tmp],
    },
    {
      ...safe,
      // driver.sh is process 1 itself: only so it reaches everything that a command has left behind.
      linuxParameters: { initProcessEnabled: false, capabilities: DROPPED },
      name: 'extract',
      image,
      user: EXTRACT_USER,
      essential: false,
      // An image's own entry point could be anything.
      entryPoint: ['sh'],
      command: [`${VOLUMES.input.path}/driver/driver.sh`],
      workingDirectory: '/',
      memory: extractMemoryMib(size),
      // What is reserved may not be more than the task has, all containers together.
      memoryReservation: taskMib - 2 * OUR_RESERVED_MIB,
      stopTimeout: STOP_SECONDS.extract,
      mountPoints: [{ ...input, readOnly: true }, { ...work, readOnly: false }, tmp],
      dependsOn: [{ containerName: 'fetch', condition: 'SUCCESS' }],
      ...(secrets.length > 0 && { secrets: secrets.map(({ name, arn }) => ({ name, valueFrom: arn })) }),
      ...(size.gpu > 0 && { resourceRequirements: [{ type: 'GPU' as const, value: String(size.gpu) }] }),
    },
    {
      ...ours,
      name: 'deliver',
      essential: true,
      command: ['deliver'],
      mountPoints: [{ ...work, readOnly: true }],
      dependsOn: [{ containerName: 'extract', condition: 'COMPLETE' }],
    },
  ];
}

/** Of each client, the definitions that it has seen or registered. */
const known = new WeakMap<ECSClient, Map<string, Promise<string>>>();

/** ARN of the definition; registered when it is not there, or not active any more. */
export function ensureDefinition(
  ecs: ECSClient,
  definition: RegisterTaskDefinitionCommandInput,
): Promise<string> {
  const family = definition.family ?? '';
  let arns = known.get(ecs);
  if (arns === undefined) {
    arns = new Map<string, Promise<string>>();
    known.set(ecs, arns);
  }
  let arn = arns.get(family);
  if (arn === undefined) {
    arn = findOrRegister(ecs, definition, family);
    arns.set(family, arn);
    const remembered = arns;
    arn.catch(() => remembered.delete(family));
  }
  return arn;
}

/** Somebody deregistered it while we remembered it. */
export function forgetDefinition(ecs: ECSClient, family: string): void {
  known.get(ecs)?.delete(family);
}

async function findOrRegister(
  ecs: ECSClient,
  definition: RegisterTaskDefinitionCommandInput,
  family: string,
): Promise<string> {
  try {
    const { taskDefinition: found } = await ecs
      .send(new DescribeTaskDefinitionCommand({ taskDefinition: family }))
      .catch((error: unknown) => {
        // "Unable to describe task definition": there is none of this family.
        if (error instanceof ClientException) return { taskDefinition: undefined };
        throw error;
      });
    if (found?.status === 'ACTIVE' && found.taskDefinitionArn !== undefined) return found.taskDefinitionArn;
    const { taskDefinition: made } = await ecs.send(new RegisterTaskDefinitionCommand(definition));
    if (made?.taskDefinitionArn === undefined) throw new RunnerError('ECS registered a task without a name');
    return made.taskDefinitionArn;
  } catch (error) {
    throw explain(error, 'the task could not be registered with ECS');
  }
}
