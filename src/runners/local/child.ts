/** Starts the evaluation runner as a process of its own and reads its lines. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RUNNER_EXIT } from '../../../eval-runner/contract.js';
import { splitLines } from '../../../eval-runner/lines.js';
import { killMarked, signalGroup } from '../../../eval-runner/processes.js';
import { Tail } from '../../../eval-runner/tail.js';
import { RunnerError } from '../../ports/runner.js';

export interface ChildRequest {
  readonly program: string;
  readonly jobFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly mark: string;
  readonly longestLineBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly onLine: (line: Buffer) => void | Promise<void>;
}

/** After it was told to stop, the runner kills and cleans; then it is killed itself. */
const STOP_MS = 5_000;
/** Kept of what the runner itself says on standard error, which is nothing unless it fails. */
const COMPLAINT_BYTES = 4 * 1024;

/**
 * Resolves when the runner has done its job. Rejects with the signal's reason when stopped, with a `RunnerError` when
 * the runner failed, and with whatever `onLine` throws. In each case nothing that it started is left.
 */
export async function runChild(request: ChildRequest): Promise<void> {
  const { signal } = request;
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [request.program, request.jobFile], {
    // Its own environment is scrubbed as well: a process can read that of its parent.
    env: request.env,
    // Away from the terminal's group: Ctrl-C reaches this process, which then stops the runner in order.
    detached: true,
    // Standard input carries nothing; that it closes tells the runner that this process is gone, even by SIGKILL.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.stdin.destroy();
    child.kill('SIGTERM');
    killer ??= setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  };
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new RunnerError(`the evaluation runner could not be started: ${error.message}`)),
    );
    child.on('close', (code, by) => resolve({ code, signal: by }));
  });
  // Awaited below; this keeps an early rejection from counting as unhandled.
  ended.catch(() => undefined);
  const complaint = new Tail(COMPLAINT_BYTES);
  child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
  child.stdin.on('error', () => undefined);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of splitLines(child.stdout, request.longestLineBytes)) {
      // Half a line is what a killed runner leaves; a line that is too long is not its own.
      if (line.kind === 'line') await request.onLine(line.bytes);
    }
    const end = await ended;
    signal?.throwIfAborted();
    if (end.code !== RUNNER_EXIT.done) {
      const how = end.signal ?? `exit code ${end.code ?? '?'}`;
      throw new RunnerError(
        `the evaluation runner failed (${how}): ${complaint.text().trim() || 'it said nothing'}`,
      );
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      stop();
      // Nobody reads any more; without this a full pipe would keep it from ending.
      child.stdout.destroy();
      await ended.catch(() => undefined);
    }
    clearTimeout(killer);
    // Only a runner that was killed leaves anything.
    if (child.exitCode === null || child.exitCode === RUNNER_EXIT.failed) killMarked(request.mark);
    if (child.signalCode !== null && child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  }
}

/** The built runner. Beside us when this is the built program; in `dist` when the sources run (tests). */
export function evalRunnerProgram(): string {
  const candidates = ['../../../eval-runner/main.js', '../../../dist/eval-runner/main.js'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new RunnerError('the evaluation runner is not built; run `npm run build`');
  return found;
}
