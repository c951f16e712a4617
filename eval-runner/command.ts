/** Runs one command under its limits and leaves nothing of it behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { killMarked, marked, memoryOf, sharedOnceBytes, signalGroup, type Memory } from './processes.js';
import type { Pipe, PipeSupply } from './pipes.js';
import { Tail } from './tail.js';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** This command's own mark; stands in `env` too. */
  readonly mark: string;
  readonly timeoutMs: number;
  readonly killGraceMs: number;
  readonly memoryBytes: number;
  /** `keep`: standard output is the result. `tail`: it is talk, and goes with standard error. */
  readonly stdout: { readonly keep: true; readonly maxBytes: number } | { readonly keep: false };
  readonly tailBytes: number;
  /** A file that the command writes and that may not grow beyond a size. */
  readonly watchedFile?: { readonly path: string; readonly maxBytes: number };
  /** Ends the command: `side-timeout` gracefully, `stopped` at once. */
  readonly stop: AbortSignal;
}

/** Who ended it. `exit`: itself, or a signal that was not ours. */
export type End = 'exit' | 'timeout' | 'side-timeout' | 'memory' | 'output' | 'stopped';

export interface CommandResult {
  readonly end: End;
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly seconds: number;
  /** Undefined for a process that was gone before it could be looked at. */
  readonly maxRssBytes: number | undefined;
  readonly stdout: Buffer;
  readonly tail: string;
}

/** Early looks at memory, in ms after the start, so that short processes have a figure; then one each POLL_MS. */
const EARLY_LOOKS_MS = [10, 30, 60];
const POLL_MS = process.platform === 'linux' ? 50 : 250;
/** Looking for processes that left their group reads all of /proc, so it is done seldom. */
const STRAY_LOOK_MS = 2_000;
/** Somebody who holds our pipes after the command has ended gets this long to say something. */
const QUIET_MS = 50;
const HELD_PIPE_MS = 2_000;

/**
 * Why memory is watched and not limited by the kernel: RLIMIT_AS and RLIMIT_DATA limit addresses, not memory, and Node,
 * Java and Go reserve gigabytes of addresses that they never touch; RLIMIT_RSS does nothing on Linux; a cgroup needs
 * rights that an ordinary user and most containers lack. So the resident sum is read every 50 ms. What a process can
 * touch between two looks is about 100 MB. As the net below, the kernel is told to prefer the command when it has to
 * choose whom to kill.
 *
 * Rejects only when the command cannot be started at all (no processes left, the folder is gone).
 */
export async function runCommand(command: Command, pipes: PipeSupply): Promise<CommandResult> {
  const [out, err] = await pipes.take();
  if (command.stop.aborted) {
    for (const pipe of [out, err]) drop(pipe);
    return {
      end: command.stop.reason === 'side-timeout' ? 'side-timeout' : 'stopped',
      exitCode: undefined,
      signal: undefined,
      seconds: 0,
      maxRssBytes: undefined,
      stdout: Buffer.alloc(0),
      tail: '',
    };
  }
  const started = performance.now();
  let child: ChildProcess;
  try {
    child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: command.env,
      // A session and a process group of its own: one signal reaches all that did not run away on purpose.
      detached: true,
      stdio: ['ignore', out.writeEnd, command.stdout.keep ? err.writeEnd : out.writeEnd],
    });
  } finally {
    closeSync(out.writeEnd);
    closeSync(err.writeEnd);
  }
  return new Promise<CommandResult>((resolve, reject) => {
    new Supervision(command, child, [out.reader, err.reader], started, resolve, reject).begin();
  });
}

class Supervision {
  readonly #command: Command;
  readonly #child: ChildProcess;
  readonly #readers: readonly [Socket, Socket];
  readonly #started: number;
  readonly #resolve: (result: CommandResult) => void;
  readonly #reject: (error: Error) => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #tail: Tail;
  readonly #onStop = (): void => {
    if (this.#command.stop.reason === 'side-timeout') this.#endGracefully('side-timeout');
    else this.#endNow('stopped');
  };
  #stdout: Buffer[] = [];
  #stdoutBytes = 0;
  #heardBytes = 0;
  #openPipes = 2;
  #end: End = 'exit';
  #looks = 0;
  #strays: number[] = [];
  #lastStrayLook = 0;
  #maxRssBytes: number | undefined;
  #exited: { code: number | null; signal: NodeJS.Signals | null; seconds: number } | undefined;
  #settled = false;

  constructor(
    command: Command,
    child: ChildProcess,
    readers: readonly [Socket, Socket],
    started: number,
    resolve: (result: CommandResult) => void,
    reject: (error: Error) => void,
  ) {
    this.#command = command;
    this.#child = child;
    this.#readers = readers;
    this.#started = started;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#tail = new Tail(command.tailBytes);
  }

  begin(): void {
    const [out, err] = this.#readers;
    out.on('data', (chunk: Buffer) => this.#hearOut(chunk));
    err.on('data', (chunk: Buffer) => {
      this.#heardBytes += chunk.length;
      this.#tail.push(chunk);
    });
    for (const reader of this.#readers) {
      reader.on('error', () => reader.destroy());
      reader.on('close', () => {
        this.#openPipes--;
        this.#settleWhenDone();
      });
    }
    this.#child.on('error', (error) => {
      this.#cleanUp();
      this.#settled = true;
      this.#reject(error);
    });
    const pid = this.#child.pid;
    if (pid === undefined) return; // 'error' follows
    preferForKilling(pid);
    this.#child.on('exit', (code, signal) => this.#onExit(pid, code, signal));
    this.#command.stop.addEventListener('abort', this.#onStop, { once: true });
    this.#after(this.#command.timeoutMs, () => this.#endGracefully('timeout'));
    this.#lookLater(pid);
  }

  #hearOut(chunk: Buffer): void {
    this.#heardBytes += chunk.length;
    if (!this.#command.stdout.keep) {
      this.#tail.push(chunk);
      return;
    }
    this.#stdoutBytes += chunk.length;
    if (this.#stdoutBytes > this.#command.stdout.maxBytes) {
      this.#stdout = [];
      this.#endNow('output');
    } else if (this.#end !== 'output') this.#stdout.push(chunk);
  }

  #lookLater(pid: number): void {
    const early = EARLY_LOOKS_MS[this.#looks];
    const wait = early === undefined ? POLL_MS : early - (EARLY_LOOKS_MS[this.#looks - 1] ?? 0);
    this.#looks++;
    this.#after(wait, () => {
      if (this.#exited) return;
      this.#look(pid);
      this.#lookLater(pid);
    });
  }

  #look(pid: number): void {
    const { memoryBytes, watchedFile, mark } = this.#command;
    const now = performance.now();
    if (now - Math.max(this.#started, this.#lastStrayLook) > STRAY_LOOK_MS) {
      this.#lastStrayLook = now;
      this.#strays = marked(mark);
    }
    const memory: Memory = memoryOf(pid, this.#strays);
    this.#maxRssBytes = Math.max(this.#maxRssBytes ?? 0, memory.bytes, memory.peakOfOneBytes);
    if (memory.bytes > memoryBytes) {
      const once = sharedOnceBytes(pid, this.#strays) ?? memory.bytes;
      if (once > memoryBytes) this.#endNow('memory');
    }
    if (watchedFile && sizeOf(watchedFile.path) > watchedFile.maxBytes) this.#endNow('output');
  }

  #endGracefully(end: End): void {
    if (!this.#claim(end)) return;
    const pid = this.#child.pid;
    if (pid === undefined) return;
    signalGroup(pid, 'SIGTERM');
    this.#after(this.#command.killGraceMs, () => this.#killAll());
  }

  #endNow(end: End): void {
    if (this.#claim(end) || end === 'stopped') this.#killAll();
  }

  /** The first who ends it is the reason; what follows from our own killing is not. */
  #claim(end: End): boolean {
    if (this.#end !== 'exit' || this.#exited) return false;
    this.#end = end;
    return true;
  }

  #killAll(): void {
    if (this.#child.pid !== undefined && !this.#exited) signalGroup(this.#child.pid, 'SIGKILL');
    killMarked(this.#command.mark);
  }

  #onExit(pid: number, code: number | null, signal: NodeJS.Signals | null): void {
    this.#exited = { code, signal, seconds: (performance.now() - this.#started) / 1000 };
    // Its children are of no use without it. Those in its group go at once; others when they hold a pipe or at the end.
    signalGroup(pid, 'SIGKILL');
    if (this.#end !== 'exit') killMarked(this.#command.mark);
    this.#clearTimers();
    if (this.#openPipes > 0) this.#waitForPipes();
    this.#settleWhenDone();
  }

  /** Data that the command wrote before its end is in the pipe and is read; a pipe that somebody else holds is cut. */
  #waitForPipes(): void {
    const since = performance.now();
    let heard = -1;
    let killed = false;
    const tick = (): void => {
      if (this.#settled) return;
      const quiet = this.#heardBytes === heard;
      heard = this.#heardBytes;
      if (killed && (quiet || performance.now() - since > HELD_PIPE_MS)) {
        for (const reader of this.#readers) reader.destroy();
        return;
      }
      if (quiet || performance.now() - since > HELD_PIPE_MS / 2) {
        killMarked(this.#command.mark);
        killed = true;
      }
      this.#after(QUIET_MS, tick);
    };
    this.#after(QUIET_MS, tick);
  }

  #settleWhenDone(): void {
    if (this.#settled || !this.#exited || this.#openPipes > 0) return;
    this.#settled = true;
    this.#cleanUp();
    const { code, signal, seconds } = this.#exited;
    // An extractor that printed too much and ended before we could kill it is over its limit all the same.
    const { watchedFile, stdout } = this.#command;
    if (this.#end === 'exit' && stdout.keep && this.#stdoutBytes > stdout.maxBytes) this.#end = 'output';
    if (this.#end === 'exit' && watchedFile && sizeOf(watchedFile.path) > watchedFile.maxBytes)
      this.#end = 'output';
    this.#resolve({
      end: this.#end,
      exitCode: code ?? undefined,
      signal: signal ?? undefined,
      seconds,
      maxRssBytes: this.#maxRssBytes,
      stdout: Buffer.concat(this.#stdout),
      tail: this.#tail.text(),
    });
  }

  #after(ms: number, then: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        then();
        // setTimeout wraps above 2^31 - 1 ms, about 24 days.
      },
      Math.min(ms, 2 ** 31 - 1),
    );
    this.#timers.add(timer);
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #cleanUp(): void {
    this.#clearTimers();
    this.#command.stop.removeEventListener('abort', this.#onStop);
    for (const reader of this.#readers) reader.destroy();
  }
}

function drop(pipe: Pipe): void {
  closeSync(pipe.writeEnd);
  pipe.reader.destroy();
}

/** When the machine runs out of memory, the kernel shall take the extractor and not the user's editor. */
function preferForKilling(pid: number): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // Ended already, or /proc is read-only: only a preference.
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
