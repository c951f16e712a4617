import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'docops-git-';
/** What a killed process left behind is removed by a later one when it is this old. */
const LEFTOVER_MS = 24 * 60 * 60 * 1000;

const open = new Set<string>();

/** A folder for objects, indexes and nothing else; gone with `remove`, with the process, or with a later process. */
export class Scratch {
  readonly path: string;
  #count = 0;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(parent = tmpdir()): Promise<Scratch> {
    await removeLeftovers(parent);
    const path = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
    if (open.size === 0) process.once('exit', removeAll);
    open.add(path);
    return new Scratch(path);
  }

  /** A path that nobody has used yet. */
  fresh(name: string): string {
    this.#count += 1;
    return join(this.path, `${name}-${this.#count}`);
  }

  async freshFolder(name: string): Promise<string> {
    const path = this.fresh(name);
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  async remove(): Promise<void> {
    open.delete(this.path);
    if (open.size === 0) process.removeListener('exit', removeAll);
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function removeAll(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true });
}

async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const pid = Number(/^docops-git-(\d+)-/.exec(name)?.[1]);
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < LEFTOVER_MS) continue;
    // Another user's folder cannot be removed; that is his.
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
