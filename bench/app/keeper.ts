/** A process of the App that is started again when it ends, as a supervisor does. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

export interface KeptOptions {
  readonly name: string;
  /** Of the built module. */
  readonly module: URL;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export class Kept {
  readonly name: string;
  /** Times that it was ready. */
  starts = 0;
  /** Ends that nobody asked for, with what was said. */
  readonly ends: string[] = [];
  /** The newest message of its own, a figure or `ready`. */
  readonly messages: unknown[] = [];
  #options: KeptOptions;
  #child: ChildProcess | undefined;
  #ready = false;
  #wanted = false;
  readonly #log: WriteStream;

  constructor(options: KeptOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
  }

  get ready(): boolean {
    return this.#ready;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { module, args, env } = this.#options;
    this.#wanted = true;
    const child = spawn(process.execPath, ['--enable-source-maps', module.pathname, ...args], {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    let tail = '';
    child.stdout?.pipe(this.#log, { end: false });
    child.stderr?.pipe(this.#log, { end: false });
    child.stderr?.on('data', (chunk: Buffer) => (tail = (tail + chunk.toString()).slice(-2_000)));
    child.on('message', (message) => {
      if (message === 'ready') {
        this.#ready = true;
        this.starts += 1;
      }
      this.messages.push(message);
    });
    child.on('exit', (code, signal) => {
      if (this.#child !== child) return;
      const was = this.#ready ? 'after it was ready' : 'while it started';
      this.#ready = false;
      this.#child = undefined;
      if (!this.#wanted) return;
      this.ends.push(`${this.name} ended ${was}: ${signal ?? String(code)} ${tail.trim()}`);
      void wait(500).then(() => {
        if (this.#wanted && this.#child === undefined) this.start();
      });
    });
  }

  /** SIGKILL; resolves when it is gone. It stays away until `start`. */
  async kill(): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** SIGTERM, and SIGKILL for one that does not end. */
  async stop(graceMs = 20_000): Promise<void> {
    this.#wanted = false;
    const child = this.#child;
    if (child !== undefined) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([gone, wait(graceMs)]);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    }
    this.#log.end();
  }

  send(message: object): void {
    this.#child?.send(message);
  }
}

/** Polls until `find` gives something; undefined when the time is over. */
export async function until<T>(
  find: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs: number,
  everyMs = 50,
): Promise<T | undefined> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) return undefined;
    await wait(everyMs);
  }
}
