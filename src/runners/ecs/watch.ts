/**
 * Waits for the end of tasks. All open tasks of a process and a cluster are asked about together, up to 100 in a call, in
 * every sweep; word of a change brings the next look at that task forward, and is never believed by itself.
 */
import { DescribeTasksCommand, type ECSClient, type Task } from '@aws-sdk/client-ecs';
import type { Log } from '../../ports/log.js';
import { isStuck, type StoppedFor } from './classify.js';
import { explain, isPermanent } from './explain.js';
import type { EcsTiming, TaskEndings } from './place.js';

/** `stopFor`: it has to be stopped, and what is known of it is how it stood. */
export interface Seen {
  /** Undefined: lost. */
  readonly task: Task | undefined;
  /** As it was last seen; undefined: it never was. */
  readonly last: Task | undefined;
  readonly stopFor: Exclude<StoppedFor, 'superseded'> | null;
}

export interface WatchRequest {
  readonly taskArn: string;
  readonly launchedAt: number;
  /** The command's own limit. */
  readonly timeoutMs: number;
  readonly timing: EcsTiming;
  readonly endings: TaskEndings;
  readonly signal: AbortSignal;
}

interface Watched extends WatchRequest {
  last: Task | undefined;
  unknown: number;
  settle(seen: Seen): void;
  fail(error: unknown): void;
}

/** DescribeTasks takes so many. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html */
const TASKS_PER_CALL = 100;
/** One answer without a task may be an old one; ECS's answers are eventually consistent. */
const UNKNOWN_ANSWERS = 3;
/** Word of several tasks that end together is one look. */
const TOGETHER_MS = 50;

export class TaskWatch {
  readonly #ecs: ECSClient;
  readonly #cluster: string;
  readonly #log: Log;
  readonly #open = new Map<string, Watched>();
  readonly #heard = new Set<string>();
  #sweep: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(ecs: ECSClient, cluster: string, log: Log) {
    this.#ecs = ecs;
    this.#cluster = cluster;
    this.#log = log;
  }

  /** Resolves when the task has stopped, is lost, or has to be stopped. Rejects with the signal's reason. */
  async wait(request: WatchRequest): Promise<Seen> {
    const { taskArn, signal, endings } = request;
    signal.throwIfAborted();
    const { promise, resolve, reject } = withResolvers<Seen>();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    const forget = endings.on(taskArn, () => this.#hear(taskArn));
    this.#open.set(taskArn, { ...request, last: undefined, unknown: 0, settle: resolve, fail: reject });
    // A task that was taken up again may have ended long ago.
    this.#hear(taskArn);
    this.#schedule();
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', abort);
      forget();
      this.#open.delete(taskArn);
      this.#heard.delete(taskArn);
      if (this.#open.size === 0) this.#rest();
    }
  }

  #hear(taskArn: string): void {
    this.#heard.add(taskArn);
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      const heard = [...this.#heard].filter((arn) => this.#open.has(arn));
      this.#heard.clear();
      void this.#look(heard);
    }, TOGETHER_MS);
  }

  #schedule(): void {
    if (this.#sweep !== undefined || this.#open.size === 0) return;
    const everyMs = Math.min(...[...this.#open.values()].map(({ timing }) => timing.sweepMs));
    const sweep = setTimeout(() => {
      void this.#look([...this.#open.keys()]).finally(() => {
        // All that it looked at may have ended meanwhile, and others have come: then theirs goes on, and this one ends.
        if (this.#sweep !== sweep) return;
        this.#sweep = undefined;
        this.#schedule();
      });
    }, everyMs);
    this.#sweep = sweep;
  }

  #rest(): void {
    clearTimeout(this.#sweep);
    clearTimeout(this.#soon);
    this.#sweep = undefined;
    this.#soon = undefined;
  }

  async #look(arns: readonly string[]): Promise<void> {
    for (let from = 0; from < arns.length; from += TASKS_PER_CALL)
      await this.#describe(arns.slice(from, from + TASKS_PER_CALL));
  }

  async #describe(arns: string[]): Promise<void> {
    try {
      const { tasks = [] } = await this.#ecs.send(
        new DescribeTasksCommand({ cluster: this.#cluster, tasks: arns }),
      );
      const found = new Map(tasks.map((task) => [task.taskArn, task]));
      for (const arn of arns) this.#judge(arn, found.get(arn));
    } catch (error) {
      this.#missed(arns, error);
    }
  }

  /** ECS did not answer: the tasks go on, and so do we, until their time is over. */
  #missed(arns: readonly string[], error: unknown): void {
    this.#log.warn({ err: error, tasks: arns.length }, 'ECS did not say how tasks are');
    for (const arn of arns) {
      const watched = this.#open.get(arn);
      if (watched === undefined) continue;
      if (isPermanent(error) || isOver(watched))
        watched.fail(explain(error, `ECS does not say how the task ${arn} is`));
    }
  }

  #judge(arn: string, task: Task | undefined): void {
    const watched = this.#open.get(arn);
    if (watched === undefined) return;
    const { timing, launchedAt } = watched;
    const age = Date.now() - launchedAt;
    if (task === undefined) {
      if (age < timing.unknownMs) return;
      watched.unknown++;
      if (watched.unknown >= UNKNOWN_ANSWERS) watched.settle({ task, last: watched.last, stopFor: null });
      return;
    }
    watched.unknown = 0;
    watched.last = task;
    if (task.lastStatus === 'STOPPED') watched.settle({ task, last: task, stopFor: null });
    else if (isStuck(task)) watched.settle({ task, last: task, stopFor: 'stuck' });
    else if (isOver(watched)) watched.settle({ task, last: task, stopFor: 'overdue' });
    else if (!hasBegun(task) && age > timing.startAllowanceMs)
      watched.settle({ task, last: task, stopFor: 'stalled' });
  }
}

/** One watch for each client and cluster. */
const watches = new WeakMap<ECSClient, Map<string, TaskWatch>>();

export function watchOf(ecs: ECSClient, cluster: string, log: Log): TaskWatch {
  let ofClient = watches.get(ecs);
  if (ofClient === undefined) {
    ofClient = new Map<string, TaskWatch>();
    watches.set(ecs, ofClient);
  }
  let watch = ofClient.get(cluster);
  if (watch === undefined) {
    watch = new TaskWatch(ecs, cluster, log);
    ofClient.set(cluster, watch);
  }
  return watch;
}

/** From RunTask until a task must have ended. */
export function allowanceMs(timeoutMs: number, timing: EcsTiming): number {
  return timing.startAllowanceMs + timeoutMs + timing.graceMs;
}

function isOver({ launchedAt, timeoutMs, timing }: WatchRequest): boolean {
  return Date.now() - launchedAt > allowanceMs(timeoutMs, timing);
}

/** A container has run. The task itself is PENDING until each of its containers has, and deliver waits for extract. */
function hasBegun({ lastStatus, startedAt, containers = [] }: Task): boolean {
  return (
    startedAt !== undefined ||
    !['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(lastStatus ?? '') ||
    containers.some((one) => one.lastStatus === 'RUNNING' || one.exitCode !== undefined)
  );
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
