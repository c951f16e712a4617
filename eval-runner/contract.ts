/**
 * What goes into the evaluation runner (a job, one JSON file) and what comes out (results, one JSON object a line).
 * The runner is the only place where the code of a pull request runs. It may be an image of its own, so nothing here or
 * beside it imports from `src` or from a package; `src` imports this file and checks with its own schema
 * (src/runners/contract/protocol.ts) what it gets back, because hostile code has run next to it.
 */
import {
  absolute,
  boolean,
  command,
  environment,
  list,
  matching,
  object,
  oneOf,
  positive,
} from './checks.js';

export { isObject } from './checks.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface JobLimits {
  /** Documents at once. */
  readonly jobs: number;
  /** Resident memory of one command with everything that it started. */
  readonly memoryBytes: number;
  /** Standard output of one document; in batch mode one line of the predictions file. */
  readonly outputBytes: number;
  /** Size of the predictions file in batch mode. */
  readonly predictionsBytes: number;
  /** Kept from the end of standard error. */
  readonly stderrTailBytes: number;
  /** Nesting of a prediction. */
  readonly jsonDepth: number;
  /** Between SIGTERM and SIGKILL after a time limit. */
  readonly killGraceMs: number;
}

interface JobBase {
  readonly version: 1;
  /** Absolute; working directory of every command. */
  readonly codeDirectory: string;
  /** Absolute, exists, belongs to this job alone; whoever made the job removes it. */
  readonly scratchDirectory: string;
  /** Absolute; HOME of every command. The same for setup and extraction, so that `pip install --user` holds. */
  readonly homeDirectory: string;
  /** The whole environment of a command except HOME, TMPDIR and DOCOPS_*: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: JobLimits;
  readonly sandbox: 'none' | 'bwrap';
  /** Absolute paths that a sandbox must not show, even where they lie below a folder that it does show. */
  readonly hidden: readonly string[];
  /** Random; stands in the environment of every process that the job starts, and finds those that ran away. */
  readonly mark: string;
  /** Results are appended to this file; null: standard output. A document with a whole line there is not run again. */
  readonly output: string | null;
  /** End, and kill everything, when standard input closes: then whoever started the runner is gone. */
  readonly watchStdin: boolean;
  /** Variables that `env` lacks and that come from the runner's own environment: PATH, where an image decides it. */
  readonly inherit?: readonly string[];
  /** Ids are appended to this file, one a line, before their command starts: it tells afterwards whom a kill hit. */
  readonly begun?: string;
}

export interface JobDocument {
  /** `[A-Za-z0-9._-]`, at most 128; becomes the name of the file that the command sees. */
  readonly id: string;
  /** Absolute path of a file or a folder. It is copied; the command never learns this path. */
  readonly path: string;
}

export interface ExtractJob extends JobBase {
  readonly step: 'extract';
  readonly documents: readonly JobDocument[];
  readonly extract: {
    readonly run: string;
    readonly mode: 'document' | 'batch';
    /** For all documents together. */
    readonly timeoutMs: number;
    readonly documentTimeoutMs: number;
  };
}
export interface SetupJob extends JobBase {
  readonly step: 'setup';
  readonly setup: { readonly run: string; readonly timeoutMs: number };
}
export type Job = ExtractJob | SetupJob;

export const STATUSES = [
  'ok',
  'crashed',
  'invalid-output',
  'timeout',
  'memory',
  'output-limit',
  'not-run',
] as const;
export type Status = (typeof STATUSES)[number];

/** One line for each document, in the order of completion. Same shape as `Prediction` in src/core/words.ts. */
export interface DocumentResult {
  readonly id: string;
  readonly status: Status;
  readonly fields?: Readonly<Record<string, Json>>;
  readonly confidence?: Readonly<Record<string, number>>;
  readonly usage?: { readonly usd?: number; readonly ocrPages?: number };
  readonly exitCode?: number;
  readonly signal?: string;
  readonly seconds: number;
  readonly maxRssBytes?: number;
  readonly stderrTail?: string;
  readonly problem?: string;
}

/** The one line of a setup job. Same shape as `SetupResult` in src/ports/runner.ts. */
export type SetupLine =
  | { readonly ok: true; readonly seconds: number }
  | {
      readonly ok: false;
      readonly seconds: number;
      readonly problem: string;
      readonly exitCode?: number;
      readonly outputTail: string;
    };

/** How the runner's own process ends. */
export const RUNNER_EXIT = {
  /** Every document has a result (or the setup has one). */
  done: 0,
  /** The machine failed: disk full, no more processes, bwrap missing. The reason stands on standard error. */
  failed: 1,
  badJob: 2,
  /** Told to stop, or whoever started it is gone. What was finished has its line. */
  stopped: 3,
} as const;

/** Ids of documents: names of files. `.` and `..` are folders; no id begins with a dot. */
export const DOCUMENT_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** The variable that carries `mark`; each command gets `mark` and its own number after a dot. */
export const MARK_VARIABLE = 'DOCOPS_PROCESS_MARK';

/**
 * Longest result line that can come out. A number is the worst case of writing JSON again: `1e20,` (5 bytes) becomes 22;
 * everything else keeps its length or shrinks.
 */
export function longestResultBytes(limits: Pick<JobLimits, 'outputBytes' | 'stderrTailBytes'>): number {
  return 6 * limits.outputBytes + 6 * limits.stderrTailBytes + 64 * 1024;
}

/** Reads a job; throws an Error that names the key that is wrong. */
export function parseJob(text: string): Job {
  const job = object(JSON.parse(text), 'job');
  if (job['version'] !== 1) throw new Error('job.version must be 1');
  const base: JobBase = {
    version: 1,
    codeDirectory: absolute(job['codeDirectory'], 'job.codeDirectory'),
    scratchDirectory: absolute(job['scratchDirectory'], 'job.scratchDirectory'),
    homeDirectory: absolute(job['homeDirectory'], 'job.homeDirectory'),
    env: environment(job['env'], 'job.env'),
    limits: parseLimits(job['limits'], 'job.limits'),
    sandbox: oneOf(job['sandbox'], ['none', 'bwrap'], 'job.sandbox'),
    hidden: list(job['hidden'], 'job.hidden').map((path, i) => absolute(path, `job.hidden[${i}]`)),
    mark: matching(job['mark'], /^[A-Za-z0-9]{16,64}$/, 'job.mark'),
    output: job['output'] === null ? null : absolute(job['output'], 'job.output'),
    watchStdin: boolean(job['watchStdin'], 'job.watchStdin'),
    ...(job['inherit'] !== undefined && {
      inherit: list(job['inherit'], 'job.inherit').map((name, i) =>
        matching(name, /^[A-Za-z_][A-Za-z0-9_]*$/, `job.inherit[${i}]`),
      ),
    }),
    ...(job['begun'] !== undefined && { begun: absolute(job['begun'], 'job.begun') }),
  };
  if (oneOf(job['step'], ['extract', 'setup'], 'job.step') === 'setup') {
    const setup = object(job['setup'], 'job.setup');
    return {
      ...base,
      step: 'setup',
      setup: {
        run: command(setup['run'], 'job.setup.run'),
        timeoutMs: positive(setup['timeoutMs'], 'job.setup.timeoutMs'),
      },
    };
  }
  const extract = object(job['extract'], 'job.extract');
  return {
    ...base,
    step: 'extract',
    documents: documents(job['documents']),
    extract: {
      run: command(extract['run'], 'job.extract.run'),
      mode: oneOf(extract['mode'], ['document', 'batch'], 'job.extract.mode'),
      timeoutMs: positive(extract['timeoutMs'], 'job.extract.timeoutMs'),
      documentTimeoutMs: positive(extract['documentTimeoutMs'], 'job.extract.documentTimeoutMs'),
    },
  };
}

function documents(value: unknown): JobDocument[] {
  const seen = new Set<string>();
  return list(value, 'job.documents').map((item, i) => {
    const document = object(item, `job.documents[${i}]`);
    const id = matching(document['id'], DOCUMENT_ID, `job.documents[${i}].id`);
    if (seen.has(id)) throw new Error(`job.documents[${i}].id ${id} stands twice`);
    seen.add(id);
    return { id, path: absolute(document['path'], `job.documents[${i}].path`) };
  });
}

export function parseLimits(value: unknown, place: string): JobLimits {
  const limits = object(value, place);
  return {
    jobs: positive(limits['jobs'], `${place}.jobs`),
    memoryBytes: positive(limits['memoryBytes'], `${place}.memoryBytes`),
    outputBytes: positive(limits['outputBytes'], `${place}.outputBytes`),
    predictionsBytes: positive(limits['predictionsBytes'], `${place}.predictionsBytes`),
    stderrTailBytes: positive(limits['stderrTailBytes'], `${place}.stderrTailBytes`),
    jsonDepth: positive(limits['jsonDepth'], `${place}.jsonDepth`),
    killGraceMs: positive(limits['killGraceMs'], `${place}.killGraceMs`),
  };
}
