import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { MirrorError } from '../../ports/mirror.js';

const HEARTBEAT_MS = 60_000;
/** A lease without a heartbeat for so long belongs to nobody. Far longer than a busy process is silent. */
const STALE_MS = 15 * 60_000;
/** A mirror is removed by a rename, which takes no time; whoever waits longer than this waits for a dead process. */
const WAIT_MS = 50;
const WAITS = 200;

/** Process ids mean something only among processes that see each other: containers share a folder, not a table of them. */
const HOST = `${hostname()} ${pidNamespace()}`;

/** Lease and mark files of this process, whichever `Leases` wrote them. */
const held = new Set<string>();

interface Owner {
  readonly host: string;
  readonly pid: number;
}

export interface Lease {
  readonly id: string;
  release(): Promise<void>;
}

/**
 * Who uses which mirror, as files that all processes on the folder see. One who wants to use a mirror writes a lease and
 * then looks for a remover's mark; one who wants to remove it writes the mark and then looks for leases. So at least
 * one of two sees the other and steps back, without a lock that a dead process could keep.
 */
export class Leases {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #mine = new Set<string>();
  #heart: NodeJS.Timeout | undefined;

  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** Throws MirrorError (transient) when the mirror is being removed for as long as one is willing to wait. */
  async acquire(mirror: string, signal?: AbortSignal): Promise<Lease> {
    const folder = join(this.#folder, mirror);
    await mkdir(folder, { recursive: true });
    for (let attempt = 0; attempt < WAITS; attempt += 1) {
      // A new name each time: whoever saw the old one may be about to remove it.
      const id = randomUUID();
      const path = join(folder, `lease-${id}`);
      await this.#write(path);
      if (!(await this.#anyAlive(folder, 'remove-'))) return { id, release: () => this.#remove(path) };
      await this.#remove(path);
      await wait(WAIT_MS, undefined, signal === undefined ? {} : { signal });
    }
    throw new MirrorError('the mirror is being removed by another process', true);
  }

  /** Runs `work` while nobody has a lease on the mirror; false when somebody has, or takes one at this moment. */
  async whileUnused(mirror: string, work: () => Promise<void>): Promise<boolean> {
    const folder = join(this.#folder, mirror);
    await mkdir(folder, { recursive: true });
    const mark = join(folder, `remove-${randomUUID()}`);
    await this.#write(mark);
    try {
      if (await this.#anyAlive(folder, 'lease-')) return false;
      await work();
      return true;
    } finally {
      await this.#remove(mark);
    }
  }

  /** Whether the lease with this id is held by a living process. */
  async isHeld(mirror: string, id: string): Promise<boolean> {
    return this.#isAlive(join(this.#folder, mirror, `lease-${id}`));
  }

  /** Removes leases and marks of dead processes. */
  async sweep(): Promise<void> {
    for (const mirror of await readdir(this.#folder)) {
      const folder = join(this.#folder, mirror);
      for (const prefix of ['lease-', 'remove-']) await this.#anyAlive(folder, prefix);
    }
  }

  async #write(path: string): Promise<void> {
    const owner: Owner = { host: HOST, pid: process.pid };
    held.add(path);
    this.#mine.add(path);
    await writeFile(path, JSON.stringify(owner));
    await this.#touch(path);
    // Unreferenced: a heartbeat is no reason for a process to go on.
    this.#heart ??= setInterval(() => void this.#beat(), HEARTBEAT_MS).unref();
  }

  async #remove(path: string): Promise<void> {
    held.delete(path);
    this.#mine.delete(path);
    if (this.#mine.size === 0) {
      clearInterval(this.#heart);
      this.#heart = undefined;
    }
    await rm(path, { force: true });
  }

  async #beat(): Promise<void> {
    for (const path of this.#mine) await this.#touch(path).catch(() => undefined);
  }

  async #touch(path: string): Promise<void> {
    const seconds = this.#now() / 1000;
    await utimes(path, seconds, seconds);
  }

  /** Files of dead processes are removed on the way: their names are never used again. */
  async #anyAlive(folder: string, prefix: string): Promise<boolean> {
    let any = false;
    for (const name of await readdir(folder)) {
      if (!name.startsWith(prefix)) continue;
      if (await this.#isAlive(join(folder, name))) any = true;
      else await rm(join(folder, name), { force: true });
    }
    return any;
  }

  async #isAlive(path: string): Promise<boolean> {
    if (held.has(path)) return true;
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return false;
    if (this.#now() - found.mtimeMs > STALE_MS) return false;
    const owner = await readFile(path, 'utf8').then(parseOwner, () => undefined);
    // Half written: somebody is at it.
    if (owner?.host !== HOST) return true;
    // A process before this one, under the same number.
    return owner.pid !== process.pid && isRunning(owner.pid);
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
