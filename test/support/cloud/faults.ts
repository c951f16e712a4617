/** What goes wrong next in the test cloud. Everything is counted, and what was not met stays until `clear`. */
import type { TaskLife } from './life.js';

/** The moment of a stroke: so long after the container began, and once this is true. */
export interface Moment {
  readonly afterMs?: number;
  readonly when?: () => boolean;
}

/** A stroke that hits one task. */
export type TaskFault =
  /** The agent is dead: nothing moves after this status, StopTask stops it all the same. */
  | { readonly kind: 'dead'; readonly at: 'PROVISIONING' | 'PENDING' | 'RUNNING' }
  /** ECS forgets it: DescribeTasks says MISSING. Its containers never run. */
  | { readonly kind: 'lost' }
  /** The capacity is taken away while this container runs. */
  | ({ readonly kind: 'spot'; readonly container: string } & Moment)
  | { readonly kind: 'pull'; readonly container: string }
  | { readonly kind: 'resources' }
  /** The kernel kills the container. */
  | ({ readonly kind: 'memory'; readonly container: string } & Moment)
  /** The container's process runs and then ends with this code whatever it did. */
  | { readonly kind: 'exit'; readonly container: string; readonly code: number };

export interface StorageFault {
  readonly method: 'GET' | 'PUT';
  /** Of the key, without the bucket. */
  readonly key: RegExp;
  /** Requests with a signed link alone, as tasks have them; otherwise those of the worker too. */
  readonly links?: boolean;
  /** `reset` closes the connection; a function gives what is stored or handed out in place of the bytes. */
  readonly does: 'reset' | 403 | 503 | ((bytes: Buffer) => Buffer);
}

interface Pending<T> {
  readonly fault: T;
  left: number;
  readonly matches: (life: TaskLife) => boolean;
}

export class Faults {
  /** Whether task state changes are sent to the queue. */
  events = true;
  /** DescribeTasks does not know a new task for so many calls. */
  describeLate = 0;
  #throttled = new Map<string, number>();
  #refusals: { reason: string; detail?: string }[] = [];
  #tasks: Pending<TaskFault>[] = [];
  #storage: { readonly fault: StorageFault; left: number }[] = [];

  /** The next calls of an ECS operation; `*`: of each one. */
  throttle(operation: string, calls: number): void {
    this.#throttled.set(operation, calls);
  }
  isThrottled(operation: string): boolean {
    const everywhere = this.#throttled.get('*');
    if (everywhere !== undefined && !this.#throttled.has(operation))
      this.#throttled.set(operation, everywhere);
    const left = this.#throttled.get(operation) ?? 0;
    if (left > 0) this.#throttled.set(operation, left - 1);
    return left > 0;
  }

  /** The next RunTask starts nothing and says why in `failures`. */
  refuse(reason: string, times = 1, detail?: string): void {
    for (let i = 0; i < times; i++) this.#refusals.push({ reason, ...(detail !== undefined && { detail }) });
  }
  nextRefusal(): { reason: string; detail?: string } | undefined {
    return this.#refusals.shift();
  }

  /** The next tasks, or the next of which `matches` is true. */
  task(fault: TaskFault, times = 1, matches: (life: TaskLife) => boolean = () => true): void {
    this.#tasks.push({ fault, left: times, matches });
  }
  takeFor(life: TaskLife): TaskFault | undefined {
    const found = this.#tasks.find((pending) => pending.left > 0 && pending.matches(life));
    if (found !== undefined) found.left -= 1;
    return found?.fault;
  }

  storage(fault: StorageFault, times = 1): void {
    this.#storage.push({ fault, left: times });
  }
  takeStorage(method: string, key: string, signed: boolean): StorageFault['does'] | undefined {
    const found = this.#storage.find(
      ({ fault, left }) =>
        left > 0 && fault.method === method && fault.key.test(key) && (signed || fault.links !== true),
    );
    if (found !== undefined) found.left -= 1;
    return found?.fault.does;
  }

  clear(): void {
    this.events = true;
    this.describeLate = 0;
    this.#throttled = new Map();
    this.#refusals = [];
    this.#tasks = [];
    this.#storage = [];
  }
}
