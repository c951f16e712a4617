/** Runs the code of one side on this machine. */
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { longestResultBytes, type Job, type JobLimits } from '../../../eval-runner/contract.js';
import { makePrivate, removeTree } from '../../../eval-runner/documents.js';
import {
  BATCH_OUTPUT_BYTES_PER_DOCUMENT,
  DOCUMENT_OUTPUT_BYTES,
  JSON_DEPTH,
  KILL_GRACE_MS,
  SETUP_TIMEOUT_MS,
  STDERR_TAIL_BYTES,
} from '../../core/limits.js';
import type { ExtractSpec } from '../../core/words.js';
import {
  RunnerError,
  type Runner,
  type RunLimits,
  type RunRequest,
  type SetupResult,
} from '../../ports/runner.js';
import { evalRunnerProgram, runChild } from './child.js';
import { environmentIdentity, extractorEnvironment, type Environment } from './environment.js';
import { readDocumentResult, readSetupLine, writeJob } from '../contract/protocol.js';
import { availableSandbox, type AvailableSandbox } from './sandbox.js';

export { environmentIdentity, extractorEnvironment, type Environment } from './environment.js';
export { availableSandbox, type AvailableSandbox } from './sandbox.js';

export interface LocalRunnerOptions {
  /** Where the private folders of this runner are made; default: the system's temporary folder. */
  readonly workDirectory?: string;
  /** Default: process.env. Only PATH and what `extract.env` names is taken from it. */
  readonly environment?: Environment;
  readonly setupTimeoutMs?: number;
  /** Absolute paths that a sandboxed command must not see even where a folder above is shown: dataset, repository, cache. */
  readonly hidden?: readonly string[];
}

export interface LocalRunner extends Runner {
  environmentIdentity(extract: ExtractSpec, sandbox?: 'none' | 'bwrap'): Promise<string>;
  availableSandbox(): Promise<AvailableSandbox>;
  /** Removes the private folders, HOME of the commands among them. */
  close(): Promise<void>;
}

/** Names of our folders: `docops-run-PID-XXXXXX`. */
const FOLDER_PREFIX = 'docops-run-';
const LEFTOVER_AGE_MS = 60 * 60 * 1000;

export function createLocalRunner(options: LocalRunnerOptions = {}): LocalRunner {
  const environment = options.environment ?? process.env;
  let folder: Promise<string> | undefined;
  let madeFolder: string | undefined;
  let sandbox: Promise<AvailableSandbox> | undefined;
  let jobs = 0;
  const removeAtExit = (): void => {
    try {
      if (madeFolder !== undefined) rmSync(madeFolder, { recursive: true, force: true });
    } catch {
      // The next run sweeps it.
    }
  };
  const ownFolder = (): Promise<string> =>
    (folder ??= (async () => {
      const parent = await realpath(options.workDirectory ?? tmpdir());
      await sweep(parent);
      madeFolder = await mkdtemp(join(parent, `${FOLDER_PREFIX}${process.pid}-`));
      process.once('exit', removeAtExit);
      return madeFolder;
    })());

  /** Makes the job's folder, runs it, removes the folder. */
  async function runJob(
    request: Pick<RunRequest, 'codeDirectory' | 'extract' | 'limits' | 'sandbox'> & {
      readonly signal?: AbortSignal | undefined;
    },
    documents: number,
    makeJob: (base: Omit<Extract<Job, { step: 'setup' }>, 'step' | 'setup'>) => Job,
    onLine: (line: Buffer) => void | Promise<void>,
  ): Promise<void> {
    request.signal?.throwIfAborted();
    if (request.sandbox === 'bwrap') {
      const available = await (sandbox ??= availableSandbox(environment));
      if (available.kind === 'none')
        throw new RunnerError(`The code cannot run in a sandbox here. ${available.why}`);
    }
    const own = await ownFolder();
    const codeDirectory = await realpath(request.codeDirectory).catch(() => {
      throw new RunnerError(`the checkout ${request.codeDirectory} is gone`);
    });
    const scratchDirectory = join(own, `job-${++jobs}`);
    // One HOME for setup and all runs of a side: what setup installs for the user is there later.
    const homeDirectory = join(
      own,
      `home-${createHash('sha256').update(codeDirectory).digest('hex').slice(0, 16)}`,
    );
    makePrivate(scratchDirectory, homeDirectory);
    const limits = jobLimits(request.limits, documents);
    const env = extractorEnvironment(request.extract.env, environment);
    const mark = randomBytes(16).toString('hex');
    try {
      const jobFile = join(scratchDirectory, 'job.json');
      const job = makeJob({
        version: 1,
        codeDirectory,
        scratchDirectory,
        homeDirectory,
        env,
        limits,
        sandbox: request.sandbox,
        hidden: await existing(options.hidden ?? []),
        mark,
        output: null,
        watchStdin: true,
      });
      await writeFile(jobFile, writeJob(job), { mode: 0o600 });
      await runChild({
        program: evalRunnerProgram(),
        jobFile,
        env: runnerEnvironment(environment),
        mark,
        longestLineBytes: longestResultBytes(limits),
        signal: request.signal,
        onLine,
      });
    } finally {
      await removeTree(scratchDirectory);
    }
  }

  return {
    async setup(request): Promise<SetupResult> {
      const { setup } = request.extract;
      if (setup === undefined || setup.trim() === '') return { ok: true, seconds: 0 };
      let result: SetupResult | undefined;
      const timeoutMs = options.setupTimeoutMs ?? SETUP_TIMEOUT_MS;
      await runJob(
        request,
        1,
        (base) => ({ ...base, step: 'setup', setup: { run: setup, timeoutMs } }),
        (line) => {
          result ??= readSetupLine(line);
        },
      );
      if (result === undefined)
        throw new RunnerError('the evaluation runner ended without a result of the setup');
      return result;
    },

    async run(request): Promise<void> {
      const open = new Set(request.documents.map((document) => document.id));
      if (open.size === 0) return;
      const { run, mode, timeoutMs, documentTimeoutMs } = request.extract;
      await runJob(
        request,
        open.size,
        (base) => ({
          ...base,
          step: 'extract',
          documents: request.documents.map(({ id, path }) => ({ id, path })),
          extract: { run, mode, timeoutMs, documentTimeoutMs },
        }),
        async (line) => {
          const prediction = readDocumentResult(line);
          // Unknown and repeated ids are not the runner's: it writes each id once.
          if (prediction === undefined || !open.delete(prediction.id)) return;
          await request.onPrediction(prediction);
        },
      );
      if (open.size > 0)
        throw new RunnerError(`the evaluation runner ended without a result for ${open.size} documents`);
    },

    environmentIdentity: (extract, kind) =>
      environmentIdentity(extract, { environment, ...(kind !== undefined && { sandbox: kind }) }),
    availableSandbox: () => (sandbox ??= availableSandbox(environment)),

    async close(): Promise<void> {
      process.removeListener('exit', removeAtExit);
      if (folder !== undefined) await removeTree(await folder);
      folder = undefined;
      madeFolder = undefined;
    },
  };
}

function jobLimits(limits: RunLimits, documents: number): JobLimits {
  return {
    jobs: Math.max(1, Math.floor(limits.jobs)),
    memoryBytes: Math.max(1, Math.floor(limits.memoryBytes)),
    outputBytes: DOCUMENT_OUTPUT_BYTES,
    predictionsBytes: BATCH_OUTPUT_BYTES_PER_DOCUMENT * Math.max(1, documents),
    stderrTailBytes: STDERR_TAIL_BYTES,
    jsonDepth: JSON_DEPTH,
    killGraceMs: KILL_GRACE_MS,
  };
}

/** For the runner's own process: where programs and its home are, and nothing that is secret. */
function runnerEnvironment(environment: Environment): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: 'C.UTF-8' };
  for (const name of ['PATH', 'HOME']) {
    const value = environment[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return real.filter((path) => path !== undefined);
}

/** Folders of programs that were killed before they could remove them. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(parent, name);
    const stats = await stat(path).catch(() => undefined);
    if (
      stats === undefined ||
      stats.uid !== process.getuid?.() ||
      Date.now() - stats.mtimeMs < LEFTOVER_AGE_MS
    )
      continue;
    await removeTree(path).catch(() => undefined);
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
