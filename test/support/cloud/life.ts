/**
 * The life of one ECS task as AWS's API tells it. moto stores what a task was asked to be; what becomes of it is here,
 * in the shapes of the published API (ecs/2014-11-13), times in seconds as its JSON has them.
 */
import { createHash, randomUUID } from 'node:crypto';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
export type LastStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'UserInitiated'
  | 'SpotInterruption'
  | 'TerminationNotice';

export interface NameValue {
  readonly name: string;
  readonly value: string;
}

/** As DescribeTaskDefinition gives it; only what the agent acts on. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly memoryReservation?: number;
  readonly essential?: boolean;
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly workingDirectory?: string;
  readonly environment?: readonly NameValue[];
  readonly secrets?: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly user?: string;
  readonly readonlyRootFilesystem?: boolean;
  readonly privileged?: boolean;
  readonly mountPoints?: readonly {
    readonly sourceVolume: string;
    readonly containerPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly volumesFrom?: readonly unknown[];
  readonly dependsOn?: readonly {
    readonly containerName: string;
    readonly condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';
  }[];
  readonly stopTimeout?: number;
  readonly startTimeout?: number;
  readonly linuxParameters?: {
    readonly initProcessEnabled?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
  readonly resourceRequirements?: readonly { readonly type: string; readonly value: string }[];
  readonly logConfiguration?: {
    readonly logDriver: string;
    readonly options?: Readonly<Record<string, string>>;
  };
}

export interface TaskDefinition {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly containerDefinitions: readonly ContainerDefinition[];
  readonly volumes?: readonly { readonly name: string; readonly host?: unknown }[];
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly networkMode?: string;
  readonly requiresCompatibilities?: readonly string[];
  readonly cpu?: string;
  readonly memory?: string;
  readonly ephemeralStorage?: { readonly sizeInGiB: number };
  readonly runtimePlatform?: { readonly cpuArchitecture?: string; readonly operatingSystemFamily?: string };
}

export interface ContainerOverride {
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: readonly NameValue[];
  readonly cpu?: number;
  readonly memory?: number;
}

/** What RunTask is asked. */
export interface RunTaskInput {
  readonly cluster?: string;
  readonly taskDefinition?: string;
  readonly count?: number;
  readonly launchType?: string;
  readonly capacityProviderStrategy?: readonly {
    readonly capacityProvider: string;
    readonly weight?: number;
    readonly base?: number;
  }[];
  readonly networkConfiguration?: {
    readonly awsvpcConfiguration?: {
      readonly subnets: readonly string[];
      readonly securityGroups?: readonly string[];
      readonly assignPublicIp?: string;
    };
  };
  readonly overrides?: {
    readonly taskRoleArn?: string;
    readonly executionRoleArn?: string;
    readonly containerOverrides?: readonly ContainerOverride[];
  };
  readonly startedBy?: string;
  readonly clientToken?: string;
  readonly group?: string;
  readonly platformVersion?: string;
  readonly enableExecuteCommand?: boolean;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
}

export interface WireContainer {
  containerArn: string;
  taskArn: string;
  name: string;
  image: string;
  imageDigest?: string;
  runtimeId?: string;
  lastStatus: string;
  exitCode?: number;
  reason?: string;
  networkBindings: unknown[];
  networkInterfaces: unknown[];
  healthStatus: 'UNKNOWN';
  cpu: string;
  memory?: string;
}

export interface WireTask {
  attachments: unknown[];
  attributes: unknown[];
  availabilityZone: string;
  capacityProviderName?: string;
  clusterArn: string;
  connectivity?: 'CONNECTED' | 'DISCONNECTED';
  connectivityAt?: number;
  containers: WireContainer[];
  cpu?: string;
  createdAt: number;
  desiredStatus: 'RUNNING' | 'STOPPED';
  enableExecuteCommand: boolean;
  executionStoppedAt?: number;
  group: string;
  healthStatus: 'UNKNOWN';
  inferenceAccelerators: unknown[];
  lastStatus: LastStatus;
  launchType: string;
  memory?: string;
  overrides: object;
  platformFamily: string;
  platformVersion: string;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  startedBy?: string;
  stopCode?: StopCode;
  stoppedAt?: number;
  stoppedReason?: string;
  stoppingAt?: number;
  tags: readonly { readonly key: string; readonly value: string }[];
  taskArn: string;
  taskDefinitionArn: string;
  version: number;
  ephemeralStorage: { sizeInGiB: number };
}

const seconds = (): number => Date.now() / 1000;

export class TaskLife {
  readonly definition: TaskDefinition;
  readonly request: RunTaskInput;
  readonly wire: WireTask;
  /** Gone from ECS's memory: DescribeTasks says MISSING. */
  lost = false;
  /** DescribeTasks does not know it for so many calls more. */
  lateFor = 0;
  readonly #changed: (life: TaskLife) => void;
  #requestStop: () => void = () => undefined;
  /** Settles when StopTask was called or the capacity is taken away. */
  readonly stopRequested: Promise<void>;
  readonly id: string;

  constructor(
    definition: TaskDefinition,
    request: RunTaskInput,
    /** moto's answer to RunTask. */
    stored: { readonly taskArn: string; readonly clusterArn: string; readonly attachments?: unknown[] },
    changed: (life: TaskLife) => void,
  ) {
    this.definition = definition;
    this.request = request;
    this.#changed = changed;
    this.id = stored.taskArn.split('/').at(-1) ?? '';
    this.stopRequested = new Promise((resolve) => (this.#requestStop = resolve));
    const provider = chosenProvider(request);
    this.wire = {
      attachments: stored.attachments ?? [],
      attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }],
      availabilityZone: 'us-east-1a',
      ...(provider !== undefined && { capacityProviderName: provider }),
      clusterArn: stored.clusterArn,
      containers: definition.containerDefinitions.map((container): WireContainer => ({
        containerArn: `${stored.taskArn.replace(':task/', ':container/')}/${randomUUID()}`,
        taskArn: stored.taskArn,
        name: container.name,
        image: container.image,
        lastStatus: 'PENDING',
        networkBindings: [],
        networkInterfaces: [],
        healthStatus: 'UNKNOWN',
        cpu: `${container.cpu ?? 0}`,
        ...(container.memory !== undefined && { memory: `${container.memory}` }),
      })),
      ...(definition.cpu !== undefined && { cpu: definition.cpu }),
      ...(definition.memory !== undefined && { memory: definition.memory }),
      createdAt: seconds(),
      desiredStatus: 'RUNNING',
      enableExecuteCommand: request.enableExecuteCommand ?? false,
      group: request.group ?? `family:${definition.family}`,
      healthStatus: 'UNKNOWN',
      inferenceAccelerators: [],
      lastStatus: 'PROVISIONING',
      launchType: provider === undefined || provider.startsWith('FARGATE') ? 'FARGATE' : 'EC2',
      overrides: {
        containerOverrides: definition.containerDefinitions.map(
          ({ name }) =>
            request.overrides?.containerOverrides?.find((override) => override.name === name) ?? { name },
        ),
        inferenceAcceleratorOverrides: [],
      },
      platformFamily: 'Linux',
      platformVersion: '1.4.0',
      ...(request.startedBy !== undefined && { startedBy: request.startedBy }),
      tags: request.tags ?? [],
      taskArn: stored.taskArn,
      taskDefinitionArn: definition.taskDefinitionArn,
      version: 1,
      ephemeralStorage: { sizeInGiB: definition.ephemeralStorage?.sizeInGiB ?? 20 },
    };
  }

  get arn(): string {
    return this.wire.taskArn;
  }
  get startedBy(): string {
    return this.wire.startedBy ?? '';
  }
  get spot(): boolean {
    return this.wire.capacityProviderName === 'FARGATE_SPOT';
  }
  get ended(): boolean {
    return this.wire.lastStatus === 'STOPPED';
  }
  /** Between PENDING and STOPPED AWS bills; 0 while it has not begun. */
  get billedSeconds(): number {
    const { pullStartedAt, stoppedAt } = this.wire;
    return pullStartedAt === undefined ? 0 : (stoppedAt ?? seconds()) - pullStartedAt;
  }

  container(name: string): WireContainer {
    const found = this.wire.containers.find((container) => container.name === name);
    if (found === undefined) throw new Error(`task ${this.id} has no container ${name}`);
    return found;
  }

  move(lastStatus: LastStatus): void {
    const { wire } = this;
    if (wire.lastStatus === 'STOPPED' || wire.lastStatus === lastStatus) return;
    wire.lastStatus = lastStatus;
    if (lastStatus === 'PENDING') {
      wire.connectivity = 'CONNECTED';
      wire.connectivityAt = seconds();
      wire.pullStartedAt = seconds();
    }
    if (lastStatus === 'RUNNING') {
      wire.startedAt = seconds();
    }
    if (lastStatus === 'DEPROVISIONING') wire.executionStoppedAt ??= seconds();
    if (lastStatus === 'STOPPED') {
      wire.stoppedAt = seconds();
      for (const container of wire.containers) container.lastStatus = 'STOPPED';
    }
    this.#touch();
  }

  pulled(): void {
    this.wire.pullStoppedAt = seconds();
    for (const container of this.wire.containers) {
      container.imageDigest = imageDigest(container.image);
      container.runtimeId = `${this.id.replaceAll('-', '')}-${container.name}`;
    }
  }

  containerStarted(name: string): void {
    this.container(name).lastStatus = 'RUNNING';
    this.#touch();
  }

  containerEnded(name: string, end: { readonly exitCode?: number; readonly reason?: string }): void {
    const container = this.container(name);
    container.lastStatus = 'STOPPED';
    if (end.exitCode !== undefined) container.exitCode = end.exitCode;
    if (end.reason !== undefined) container.reason = end.reason;
    this.#touch();
  }

  /** Wanted to stop: the first reason holds. */
  wantStop(stopCode: StopCode, stoppedReason: string): void {
    const { wire } = this;
    if (wire.desiredStatus === 'STOPPED') return;
    wire.desiredStatus = 'STOPPED';
    wire.stopCode = stopCode;
    wire.stoppedReason = stoppedReason;
    wire.stoppingAt = seconds();
    this.#requestStop();
    this.#touch();
  }

  /** The notice came with TerminationNotice, the end of the same task says SpotInterruption. */
  interrupted(): void {
    if (this.wire.stopCode === 'TerminationNotice') this.wire.stopCode = 'SpotInterruption';
  }

  #touch(): void {
    this.wire.version += 1;
    this.#changed(this);
  }
}

/** The provider with a base, else the one with the greatest weight. */
export function chosenProvider(request: RunTaskInput): string | undefined {
  return [...(request.capacityProviderStrategy ?? [])].sort(
    (a, b) => (b.base ?? 0) - (a.base ?? 0) || (b.weight ?? 0) - (a.weight ?? 0),
  )[0]?.capacityProvider;
}

/** Of no real registry: the same for the same name. */
export const imageDigest = (image: string): string =>
  `sha256:${createHash('sha256').update(image).digest('hex')}`;
