/**
 * Real pipes for the output of commands. What Node makes for `stdio: 'pipe'` is a socket, and a program that opens
 * `/dev/stdout` or `/dev/stderr` by name (`echo … > /dev/stderr`, `pdftotext file /dev/stdout`) fails on a socket with
 * ENXIO. Named pipes that are unlinked as soon as both ends are open behave as a shell's pipes do. They are made many at
 * a time, because each `mkfifo` is a process.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Pipe {
  readonly reader: Socket;
  /** File descriptor for the command; to be closed here once the command has it. */
  readonly writeEnd: number;
}

const MADE_AT_ONCE = 128;

export class PipeSupply {
  readonly #directory: string;
  readonly #ready: string[] = [];
  #made = 0;
  #making: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Two fresh pipes: nobody who ran before can hold an end of them. */
  async take(): Promise<readonly [Pipe, Pipe]> {
    for (;;) {
      const first = this.#ready.pop();
      const second = this.#ready.pop();
      if (first !== undefined && second !== undefined) return [open(first), open(second)];
      if (first !== undefined) this.#ready.push(first);
      this.#making ??= this.#make().finally(() => (this.#making = undefined));
      await this.#making;
    }
  }

  async #make(): Promise<void> {
    const names = Array.from({ length: MADE_AT_ONCE }, () => join(this.#directory, `p${this.#made++}`));
    await promisify(execFile)('mkfifo', ['-m', '600', ...names]);
    this.#ready.push(...names);
  }
}

function open(path: string): Pipe {
  // The reading end first and without waiting, else each open would wait for the other end.
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeEnd = openSync(path, 'w');
    unlinkSync(path);
    return { reader: new Socket({ fd: readEnd, readable: true, writable: false }), writeEnd };
  } catch (error) {
    closeSync(readEnd);
    throw error;
  }
}
