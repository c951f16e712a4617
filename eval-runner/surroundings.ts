/** What every command of a job gets: its environment, its shell or sandbox, and private folders that are removed again. */
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from './command.js';
import { MARK_VARIABLE, type Job, type JobLimits } from './contract.js';
import { folderOf, makePrivate, removeTree } from './documents.js';
import { Sandbox } from './sandbox.js';

/** Folders of one command. `root` holds the other ones. */
export interface Workplace {
  readonly root: string;
  readonly document: string;
  readonly temporary: string;
  readonly sharedMemory: string;
  readonly mark: string;
}

export class CommandMaker {
  readonly #job: Job;
  readonly #sandbox: Sandbox | undefined;
  readonly #slots = new Set<number>();
  #count = 0;

  constructor(job: Job) {
    this.#job = job;
    makePrivate(join(job.scratchDirectory, 'work'));
    const documents = job.step === 'extract' ? job.documents : [];
    this.#sandbox =
      job.sandbox === 'bwrap'
        ? new Sandbox({
            path: job.env['PATH'] ?? '',
            userHome: homedir(),
            homeDirectory: job.homeDirectory,
            hidden: [...new Set([...job.hidden, ...documents.map(folderOf)])],
            scratchDirectory: job.scratchDirectory,
          })
        : undefined;
  }

  /**
   * `slot`: one of those that run at once. A slot keeps its folders from one command to the next, emptied: making and
   * removing folders is what a busy disk is slowest at. The mark is each command's own.
   */
  open(slot: number): Workplace {
    const root = join(this.#job.scratchDirectory, 'work', String(slot));
    const place: Workplace = {
      root,
      document: join(root, 'document'),
      temporary: join(root, 'tmp'),
      sharedMemory: join(root, 'shm'),
      mark: `${this.#job.mark}.${++this.#count}`,
    };
    if (!this.#slots.has(slot)) {
      makePrivate(...foldersOf(place));
      this.#slots.add(slot);
    }
    return place;
  }

  /** `documentPath`: the copy, when it is one file. Most commands leave nothing else. */
  async close(place: Workplace, documentPath?: string): Promise<void> {
    try {
      if (documentPath !== undefined) unlinkSync(documentPath);
    } catch {
      // A folder, or gone: what follows sees to it.
    }
    if (foldersOf(place).every(isAsMade)) return;
    await removeTree(place.root);
    makePrivate(...foldersOf(place));
  }

  /** `readOnly` and `writable` matter in a sandbox only; the code, HOME and the temporary folder are there anyway. */
  command(
    run: string,
    place: Workplace,
    env: Readonly<Record<string, string>>,
    view: { readonly readOnly: readonly string[]; readonly writable: readonly string[] },
  ): Pick<Command, 'file' | 'args' | 'cwd' | 'env' | 'mark' | keyof SharedLimits> {
    const job = this.#job;
    const isSetup = job.step === 'setup';
    const shared = {
      cwd: job.codeDirectory,
      mark: place.mark,
      env: {
        HOME: job.homeDirectory,
        ...job.env,
        TMPDIR: this.#sandbox ? '/tmp' : place.temporary,
        ...env,
        [MARK_VARIABLE]: place.mark,
      },
      ...sharedLimits(job.limits),
    };
    if (!this.#sandbox) return { ...shared, file: '/bin/sh', args: ['-c', run] };
    const args = this.#sandbox.arguments({
      readOnly: [...(isSetup ? [] : [job.codeDirectory]), ...view.readOnly],
      writable: [...(isSetup ? [job.codeDirectory] : []), job.homeDirectory, ...view.writable],
      temporary: place.temporary,
      sharedMemory: place.sharedMemory,
      network: isSetup,
      cwd: job.codeDirectory,
    });
    return { ...shared, file: 'bwrap', args: [...args, '/bin/sh', '-c', run] };
  }
}

function foldersOf(place: Workplace): string[] {
  return [place.document, place.temporary, place.sharedMemory];
}

/** A folder, ours, empty: not a link that the command put there, nor one that nobody may write to. */
function isAsMade(folder: string): boolean {
  try {
    const stats = lstatSync(folder);
    return stats.isDirectory() && (stats.mode & 0o777) === 0o700 && readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}

interface SharedLimits {
  readonly killGraceMs: number;
  readonly memoryBytes: number;
  readonly tailBytes: number;
}
function sharedLimits(limits: JobLimits): SharedLimits {
  return {
    killGraceMs: limits.killGraceMs,
    memoryBytes: limits.memoryBytes,
    tailBytes: limits.stderrTailBytes,
  };
}
