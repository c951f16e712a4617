import { spawn } from 'node:child_process';
import { GitError } from './errors.js';
import { FIXED_CONFIG, configArguments } from './scrub.js';

/** Standard error that is kept, in bytes: its beginning, where git says what is wrong. */
const STDERR_BYTES = 64 * 1024;
/** How long a git that was killed waits for the abort that belongs to it. */
const INTERRUPT_MS = 200;

export interface GitRun {
  readonly cwd: string;
  /** Complete; nothing is inherited. */
  readonly env: NodeJS.ProcessEnv;
  readonly config?: readonly string[];
  readonly input?: Buffer | string;
  /** Standard output beyond this many bytes stops git and throws `too_large`. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs git with an argument list (never a shell) and collects its output. Any exit code is a result. Throws GitError
 * `git_missing` and `too_large`, and the signal's reason when it is aborted; git is stopped then.
 */
export async function runGit(args: readonly string[], run: GitRun): Promise<GitOutput> {
  run.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn('git', [...configArguments([...FIXED_CONFIG, ...(run.config ?? [])]), ...args], {
      cwd: run.cwd,
      env: run.env,
      stdio: 'pipe',
      windowsHide: true,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let outBytes = 0;
    let errBytes = 0;

    const stop = (reason: unknown): void => {
      child.kill('SIGTERM');
      // Grandchildren may hold the pipes open; nobody listens to them any more.
      child.stdout.destroy();
      child.stderr.destroy();
      run.signal?.removeEventListener('abort', onAbort);
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    const onAbort = (): void => stop(run.signal?.reason);
    run.signal?.addEventListener('abort', onAbort, { once: true });

    child.stdout.on('data', (chunk: Buffer) => {
      outBytes += chunk.length;
      if (outBytes > run.maxBytes) {
        stop(new GitError('too_large', `git ${args[0] ?? ''} printed more than ${run.maxBytes} bytes`));
      } else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (errBytes < STDERR_BYTES) err.push(chunk);
      errBytes += chunk.length;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'EACCES') stop(error);
      else
        stop(
          new GitError('git_missing', 'git is not installed or not on the PATH', 'install git 2.38 or later'),
        );
    });
    child.on('close', (code, signal) => {
      if (signal !== null && run.signal !== undefined && !run.signal.aborted) {
        // Ctrl-C reaches git as well as us, and git is faster: leave the caller the time to say that he was meant.
        setTimeout(finish, INTERRUPT_MS, code, signal);
      } else finish(code, signal);
    });
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      run.signal?.removeEventListener('abort', onAbort);
      const stderr = Buffer.concat(err).subarray(0, STDERR_BYTES).toString('utf8');
      const killed = signal === null ? '' : `fatal: stopped by ${signal}\n`;
      resolve({ code: code ?? 128, stdout: Buffer.concat(out), stderr: killed + stderr });
    };
    // git may end before it has read everything; its exit code tells the story.
    child.stdin.on('error', () => undefined);
    child.stdin.end(run.input ?? '');
  });
}
