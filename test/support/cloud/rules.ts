/** What AWS refuses and moto does not: the limits of the published API, as the errors that AWS sends. */
import type { ContainerDefinition, RunTaskInput, TaskDefinition } from './life.js';

/** An error of the API, by its name there. */
export class ApiError extends Error {
  readonly type: string;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.type = type;
    this.more = more;
  }
}
const invalid = (message: string): never => {
  throw new ApiError('InvalidParameterException', message);
};
const client = (message: string): never => {
  throw new ApiError('ClientException', message);
};

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html */
export function checkRunTask(input: RunTaskInput): void {
  if ((input.count ?? 1) > 10 || (input.count ?? 1) < 1) invalid('count should be between 1 and 10.');
  if (!/^[\w/=.@:-]{0,128}$/.test(input.startedBy ?? '')) invalid('Invalid identifier: startedBy.');
  if (!/^[\x21-\x7e]{0,64}$/.test(input.clientToken ?? ''))
    invalid('clientToken should be up to 64 characters.');
  if (input.launchType !== undefined && input.capacityProviderStrategy !== undefined)
    invalid(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  if (JSON.stringify(input.overrides ?? {}).length > 8192)
    invalid('Container Overrides length must be at most 8192');
  if ((input.tags ?? []).length > 50) invalid('Too many tags.');
  const network = input.networkConfiguration?.awsvpcConfiguration;
  if (network !== undefined) {
    if (network.subnets.length < 1 || network.subnets.length > 16)
      invalid('subnets can have at most 16 items.');
    if ((network.securityGroups ?? []).length > 5) invalid('securityGroups can have at most 5 items.');
  }
}

/** The same token with the same request is the same task; with another one it is a conflict. */
export const tokenConflict = (arns: readonly string[]): ApiError =>
  new ApiError(
    'ConflictException',
    'The request could not be processed because of a conflict: the clientToken is in use with a different request.',
    { resourceIds: arns },
  );

/** Task sizes of Fargate on Linux: CPU units → MiB. */
const FARGATE: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, range(1, 4, 1)],
  [1024, range(2, 8, 1)],
  [2048, range(4, 16, 1)],
  [4096, range(8, 30, 1)],
  [8192, range(16, 60, 4)],
  [16384, range(32, 120, 8)],
]);
function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: (last - first) / step + 1 }, (_, i) => (first + i * step) * 1024);
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html */
export function checkDefinition(input: Partial<TaskDefinition>): void {
  if (!/^[\w-]{1,255}$/.test(input.family ?? '')) client('Family contains invalid characters.');
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) client('Container list cannot be empty.');
  if (new Set(containers.map(({ name }) => name)).size !== containers.length)
    client('Container names must be unique.');
  if (!containers.some(({ essential }) => essential !== false))
    client('At least one container must be essential.');
  if (input.requiresCompatibilities?.includes('FARGATE') === true) checkFargate(input);
  for (const container of containers) checkContainer(container, containers, input);
  const largest = Math.max(...containers.map(({ memory: own = 0 }) => own));
  if (input.memory !== undefined && largest > Number(input.memory))
    client(
      `Invalid setting for container. The memory of a container (${largest}) is above the task's (${input.memory}).`,
    );
}

function checkFargate(input: Partial<TaskDefinition>): void {
  const { cpu, memory, ephemeralStorage } = input;
  if (input.networkMode !== 'awsvpc') client('Fargate only supports network mode ‘awsvpc’.');
  if (FARGATE.get(Number(cpu))?.includes(Number(memory)) !== true)
    client(`No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory.`);
  if (ephemeralStorage !== undefined && (ephemeralStorage.sizeInGiB < 21 || ephemeralStorage.sizeInGiB > 200))
    client('Ephemeral storage size must be between 21 and 200 GiB.');
  for (const container of input.containerDefinitions ?? []) {
    if (container.privileged === true) client('Fargate does not support privileged containers.');
    if (container.resourceRequirements?.some(({ type }) => type === 'GPU') === true)
      client('Fargate does not support GPUs.');
    if ((container.linuxParameters?.capabilities?.add ?? []).some((name) => name !== 'SYS_PTRACE'))
      client('Fargate supports adding SYS_PTRACE only.');
    const { logConfiguration } = container;
    if (
      (logConfiguration?.logDriver === 'awslogs' || container.secrets !== undefined) &&
      input.executionRoleArn === undefined
    )
      client('Fargate requires task definition to have execution role ARN to support log driver awslogs.');
  }
}

function checkContainer(
  container: ContainerDefinition,
  all: readonly ContainerDefinition[],
  input: Partial<TaskDefinition>,
): void {
  for (const { containerName, condition } of container.dependsOn ?? []) {
    const other = all.find(({ name }) => name === containerName);
    if (other === undefined)
      client(`The container ${container.name} depends on ${containerName}, which does not exist.`);
    if (other?.essential !== false && (condition === 'COMPLETE' || condition === 'SUCCESS'))
      client('A dependency container with SUCCESS or COMPLETE condition cannot be an essential container');
  }
  for (const { sourceVolume } of container.mountPoints ?? [])
    if (input.volumes?.some(({ name }) => name === sourceVolume) !== true)
      client(`Unknown volume '${sourceVolume}'.`);
  if (container.stopTimeout !== undefined && (container.stopTimeout < 2 || container.stopTimeout > 120))
    client('stopTimeout must be between 2 and 120 seconds.');
}
