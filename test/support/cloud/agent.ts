/**
 * The container side of ECS in the test cloud: takes the tasks that the edge accepted, checks what they ask for, runs
 * their containers in the order of `dependsOn` and leads the life that DescribeTasks tells. Each change goes to the queue
 * as EventBridge would send it. Two tasks at once, so that a run of 64 does not drown a small machine; the others wait in
 * PROVISIONING as tasks without capacity do.
 *
 * As in ECS a task is RUNNING when each of its containers has started, so one whose last container waits for the others
 * is PENDING until then; containers that cannot start because of the one before end with 143.
 * https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/task_manager.go
 */
import { randomUUID } from 'node:crypto';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { complaintsAbout } from './complaints.js';
import { Container, type ContainerSpec, type Image } from './container.js';
import type { Edge } from './edge.js';
import type { Moment, TaskFault } from './faults.js';
import type { ContainerDefinition, TaskLife } from './life.js';

export interface AgentOptions {
  readonly edge: Edge;
  /** By name; any other image does not exist. */
  readonly images: Readonly<Record<string, Image>>;
  /** The group that lets nothing out but to storage and logs. */
  readonly closedGroup: string;
  /** ARN → value. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly send: (event: object) => Promise<void>;
  readonly tasksAtOnce?: number;
  /** How long a second of `stopTimeout` is here. */
  readonly stopSecondMs?: number;
}

/** What became of a container, for tests that look behind the API. */
export interface ContainerLog {
  readonly task: TaskLife;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly container: Container;
}

export class CloudAgent {
  /** Definitions and requests that no task of ours may have. */
  readonly complaints: string[] = [];
  readonly containers: ContainerLog[] = [];
  /** Most tasks that ran at the same time. */
  mostAtOnce = 0;
  readonly #options: AgentOptions;
  readonly #slots: ReturnType<typeof pLimit>;
  readonly #open = new Set<Promise<void>>();
  readonly #events = pLimit(1);
  #stopped = false;
  #running = 0;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#slots = pLimit(options.tasksAtOnce ?? 2);
    options.edge.listen({
      started: (life) => this.#accept(life),
      changed: (life) => this.#announce(life),
    });
  }

  /** Everything that was started is at its end; tasks of a dead agent are not waited for. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
    await this.#events(() => undefined);
  }

  /** Stops what runs, and forgets what was. */
  async reset(): Promise<void> {
    for (const life of this.#options.edge.tasks) life.wantStop('UserInitiated', 'the test is over');
    for (const { container } of this.containers) await container.kill();
    await this.idle();
    this.complaints.length = 0;
    this.containers.length = 0;
    this.mostAtOnce = 0;
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await this.reset();
  }

  output(life: TaskLife, name: string): string {
    return this.containers.find((log) => log.task === life && log.name === name)?.container.output ?? '';
  }

  #accept(life: TaskLife): void {
    if (this.#stopped) return;
    this.complaints.push(...complaintsAbout(life));
    const fault = this.#options.edge.faults.takeFor(life);
    const run = this.#lead(life, fault)
      .catch((error: unknown) => {
        this.complaints.push(`the agent failed: ${String(error)}`);
        life.wantStop('TaskFailedToStart', String(error));
        life.move('STOPPED');
      })
      .finally(() => this.#open.delete(run));
    this.#open.add(run);
  }

  #announce(life: TaskLife): void {
    if (!this.#options.edge.faults.events || life.lost || this.#stopped) return;
    const { wire } = life;
    const event = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      account: wire.taskArn.split(':')[4],
      time: new Date().toISOString(),
      region: wire.taskArn.split(':')[3],
      resources: [wire.taskArn],
      detail: withDates(wire),
    };
    void this.#events(() => this.#options.send(event).catch(() => undefined));
  }

  async #lead(life: TaskLife, fault: TaskFault | undefined): Promise<void> {
    if (fault?.kind === 'lost') {
      life.lost = true;
      return;
    }
    if (fault?.kind === 'dead') return this.#leadDead(life, fault.at);
    await Promise.race([
      life.stopRequested,
      this.#slots(async () => {
        if (life.wire.desiredStatus === 'STOPPED') return;
        this.#running += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
        await this.#work(life, fault).finally(() => (this.#running -= 1));
      }),
    ]);
    if (life.wire.lastStatus === 'PROVISIONING') this.#end(life);
    else await until(() => life.ended || life.lost);
  }

  async #leadDead(life: TaskLife, at: 'PROVISIONING' | 'PENDING' | 'RUNNING'): Promise<void> {
    if (at !== 'PROVISIONING') life.move('PENDING');
    if (at === 'RUNNING') {
      for (const { name } of life.wire.containers) life.containerStarted(name);
      life.move('RUNNING');
    }
    await life.stopRequested;
    this.#end(life);
  }

  async #work(life: TaskLife, fault: TaskFault | undefined): Promise<void> {
    life.move('PENDING');
    const unpullable = life.definition.containerDefinitions.find(
      ({ name, image }) =>
        (fault?.kind === 'pull' && fault.container === name) || this.#options.images[image] === undefined,
    );
    if (unpullable !== undefined) {
      const why =
        fault?.kind === 'pull'
          ? `failed to do request: Head "https://registry.example/v2/": dial tcp 192.0.2.17:443: i/o timeout`
          : 'not found';
      const text = `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${unpullable.image}: ${why}`;
      life.containerEnded(unpullable.name, { reason: text });
      life.wantStop('TaskFailedToStart', text);
      this.#end(life);
      return;
    }
    const secret = life.definition.containerDefinitions
      .flatMap(({ secrets = [] }) => secrets)
      .find(({ valueFrom }) => this.#options.secrets[valueFrom] === undefined);
    if (fault?.kind === 'resources' || secret !== undefined) {
      const what =
        secret === undefined ? 'unable to pull secrets or registry auth' : `secret ${secret.valueFrom}`;
      life.wantStop(
        'TaskFailedToStart',
        `ResourceInitializationError: ${what}: execution resource retrieval failed: unable to retrieve secrets: service call has been retried 1 time(s)`,
      );
      this.#end(life);
      return;
    }
    life.pulled();
    const folder = await mkdtemp(join(tmpdir(), 'docops task '));
    try {
      await this.#runContainers(life, fault, await this.#volumes(life, folder));
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
    this.#end(life);
  }

  /** Fresh folders; they belong to root as on Fargate, or to whom an image that mounts them says. */
  async #volumes(life: TaskLife, folder: string): Promise<ReadonlyMap<string, string>> {
    const folders = new Map<string, string>();
    for (const { name } of life.definition.volumes ?? []) {
      const path = join(folder, name);
      await mkdir(path, { mode: 0o755 });
      folders.set(name, path);
      for (const { image, mountPoints = [] } of life.definition.containerDefinitions)
        for (const { sourceVolume, containerPath } of mountPoints) {
          const owner = this.#options.images[image]?.volumes?.[containerPath];
          if (sourceVolume === name && owner !== undefined && process.getuid?.() === 0)
            await chown(path, owner, owner);
        }
    }
    return folders;
  }

  async #runContainers(
    life: TaskLife,
    fault: TaskFault | undefined,
    volumes: ReadonlyMap<string, string>,
  ): Promise<void> {
    const states = new Map(
      life.definition.containerDefinitions.map((definition) => [definition.name, new State(definition)]),
    );
    let stopping = false;
    const stop = life.stopRequested.then(() => {
      stopping = true;
      for (const state of states.values()) void this.#stop(state);
    });
    const runs = [...states.values()].map(async (state) => {
      const { definition } = state;
      const unmet = await dependenciesOf(definition, states);
      if (unmet !== undefined || stopping) {
        life.containerEnded(definition.name, unmet === undefined ? {} : { exitCode: 143, reason: unmet });
        state.end(unmet === undefined ? undefined : 143);
      } else {
        const container = new Container(this.#spec(life, definition, volumes));
        state.begin(container);
        this.containers.push({ task: life, name: definition.name, env: container.spec.env, container });
        life.containerStarted(definition.name);
        if ([...states.values()].every((other) => other.begun || other.ended)) life.move('RUNNING');
        const struck = fault === undefined ? undefined : this.#strike(life, definition, state, fault);
        const { exitCode } = await container.ended;
        struck?.abort();
        const replaced =
          fault?.kind === 'exit' && fault.container === definition.name ? fault.code : exitCode;
        life.containerEnded(definition.name, {
          exitCode: replaced,
          ...(state.reason !== undefined && { reason: state.reason }),
        });
        state.end(replaced);
      }
      if (definition.essential !== false)
        life.wantStop('EssentialContainerExited', 'Essential container in task exited');
    });
    await Promise.all(runs);
    if (life.wire.desiredStatus === 'STOPPED') await stop;
  }

  #strike(
    life: TaskLife,
    { name }: ContainerDefinition,
    state: State,
    fault: TaskFault,
  ): AbortController | undefined {
    if ((fault.kind !== 'spot' && fault.kind !== 'memory') || fault.container !== name) return undefined;
    const over = new AbortController();
    moment(fault, over.signal).then(
      () => {
        if (fault.kind === 'spot') life.wantStop('TerminationNotice', 'Your Spot Task was interrupted.');
        else {
          state.reason = 'OutOfMemoryError: Container killed due to memory usage';
          void state.container?.kill();
        }
      },
      () => undefined,
    );
    return over;
  }

  async #stop(state: State): Promise<void> {
    const { container, definition } = state;
    if (container === undefined || state.ended) return;
    await container.terminate();
    const grace = new AbortController();
    const ms = (definition.stopTimeout ?? 30) * (this.#options.stopSecondMs ?? 50);
    await Promise.race([
      container.ended,
      sleep(ms, undefined, { signal: grace.signal }).catch(() => undefined),
    ]);
    grace.abort();
    await container.kill();
  }

  #spec(
    life: TaskLife,
    definition: ContainerDefinition,
    volumes: ReadonlyMap<string, string>,
  ): ContainerSpec {
    const image = this.#options.images[definition.image] ?? {};
    const override = life.request.overrides?.containerOverrides?.find(({ name }) => name === definition.name);
    const groups = life.request.networkConfiguration?.awsvpcConfiguration?.securityGroups ?? [];
    return {
      image,
      command: [...(definition.entryPoint ?? []), ...(override?.command ?? definition.command ?? [])],
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: '/',
        HOSTNAME: `ip-10-0-0-1.ec2.internal`,
        AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        ECS_CONTAINER_METADATA_URI_V4: `http://169.254.170.2/v4/${life.id}-${definition.name}`,
        ECS_AGENT_URI: `http://169.254.170.2/api/${life.id}-${definition.name}`,
        ...image.env,
        ...Object.fromEntries((definition.environment ?? []).map(({ name, value }) => [name, value])),
        ...Object.fromEntries(
          (definition.secrets ?? []).map(({ name, valueFrom }) => [
            name,
            this.#options.secrets[valueFrom] ?? '',
          ]),
        ),
        ...Object.fromEntries((override?.environment ?? []).map(({ name, value }) => [name, value])),
      },
      user: definition.user,
      workingDirectory: definition.workingDirectory,
      readOnlyRoot: definition.readonlyRootFilesystem === true,
      mounts: (definition.mountPoints ?? []).map(({ sourceVolume, containerPath, readOnly }) => ({
        folder: volumes.get(sourceVolume) ?? '/nonexistent',
        path: containerPath,
        readOnly: readOnly === true,
      })),
      // All containers of a task share one network; what the closed group lets through (storage) is no use without a link.
      network: definition.name !== 'extract' || !groups.includes(this.#options.closedGroup),
      init: definition.linuxParameters?.initProcessEnabled === true,
    };
  }

  #end(life: TaskLife): void {
    if (life.lost) return;
    life.interrupted();
    life.move('DEPROVISIONING');
    life.move('STOPPED');
  }
}

/** How far a container is. */
class State {
  container: Container | undefined;
  reason: string | undefined;
  exitCode: number | undefined;
  ended = false;
  readonly atBegin: Promise<void>;
  readonly atEnd: Promise<void>;
  #begun!: () => void;
  #ended!: () => void;

  readonly definition: ContainerDefinition;

  constructor(definition: ContainerDefinition) {
    this.definition = definition;
    this.atBegin = new Promise((resolve) => (this.#begun = resolve));
    this.atEnd = new Promise((resolve) => (this.#ended = resolve));
  }
  get begun(): boolean {
    return this.container !== undefined;
  }
  begin(container: Container): void {
    this.container = container;
    this.#begun();
  }
  end(exitCode: number | undefined): void {
    this.exitCode = exitCode;
    this.ended = true;
    this.#begun();
    this.#ended();
  }
}

/** Undefined when all are met; else why this one can never start. */
async function dependenciesOf(
  { name, dependsOn = [] }: ContainerDefinition,
  states: ReadonlyMap<string, State>,
): Promise<string | undefined> {
  for (const { containerName, condition } of dependsOn) {
    const other = states.get(containerName);
    if (other === undefined) return `dependency graph: there is no container [${containerName}]`;
    await (condition === 'START' ? other.atBegin : other.atEnd);
    const met = condition === 'SUCCESS' ? other.exitCode === 0 : other.begun;
    if (!met)
      return `dependency graph: failed to resolve container ordering dependency [${containerName}] for target [${name}] as dependency did not exit successfully.`;
  }
  return undefined;
}

const TIMES = new Set([
  'connectivityAt',
  'createdAt',
  'executionStoppedAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppedAt',
  'stoppingAt',
]);
/** Events have dates as text, where answers have seconds. */
function withDates(wire: object): object {
  return Object.fromEntries(
    Object.entries(wire).map(([name, value]: [string, unknown]) => [
      name,
      TIMES.has(name) && typeof value === 'number' ? new Date(value * 1000).toISOString() : value,
    ]),
  );
}

async function moment({ afterMs = 0, when }: Moment, signal: AbortSignal): Promise<void> {
  while (when?.() === false) await sleep(20, undefined, { signal });
  await sleep(afterMs, undefined, { signal });
}

async function until(good: () => boolean): Promise<void> {
  while (!good()) await sleep(10);
}
