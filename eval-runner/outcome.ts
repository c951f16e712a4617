/** How a command ended → a status and one sentence that says what happened and what to do. */
import type { CommandResult } from './command.js';
import type { ExtractJob, JobLimits, Status } from './contract.js';

/** What a judgement needs of a job. */
export interface Judged {
  readonly extract: Omit<ExtractJob['extract'], 'run'>;
  readonly limits: JobLimits;
}

export interface Failure {
  readonly status: Exclude<Status, 'ok'>;
  readonly problem: string;
}

/** Undefined: it ended by itself with exit code 0, and its output decides. */
export function failureOf(result: CommandResult, job: Judged): Failure | undefined {
  const batch = job.extract.mode === 'batch';
  const { limits } = job;
  switch (result.end) {
    case 'timeout':
      return {
        status: 'timeout',
        problem: batch
          ? `the batch took longer than extract.timeout (${duration(job.extract.timeoutMs)}) and was killed`
          : `took longer than extract.document_timeout (${duration(job.extract.documentTimeoutMs)}) and was killed`,
      };
    case 'side-timeout':
      return {
        status: 'timeout',
        problem: `was killed when all documents together had taken extract.timeout (${duration(job.extract.timeoutMs)})`,
      };
    case 'memory':
      return {
        status: 'memory',
        problem: `used more memory than runner.memory allows (${size(limits.memoryBytes)}) and was killed`,
      };
    case 'output':
      return {
        status: 'output-limit',
        problem: batch
          ? `the predictions file grew beyond ${size(limits.predictionsBytes)} and the batch was killed`
          : `printed more than ${size(limits.outputBytes)} to standard output and was killed`,
      };
    case 'stopped':
      return { status: 'not-run', problem: 'was stopped before it was finished' };
    case 'exit':
      if (result.signal === undefined && result.exitCode === 0) return undefined;
      return { status: 'crashed', problem: endOf(result) };
  }
}

/** Exit code or signal in words. */
export function endOf(result: Pick<CommandResult, 'exitCode' | 'signal'>): string {
  // A shell that did not replace itself by the program reports the program's signal as 128 + its number.
  if (result.signal === 'SIGKILL' || result.exitCode === 137)
    return 'was killed by SIGKILL, not by a limit of ours; perhaps the machine ran out of memory';
  if (result.signal !== undefined) return `was ended by the signal ${result.signal}`;
  if (result.exitCode === 127) return 'exit code 127: a program in extract.run was not found';
  if (result.exitCode === 126) return 'exit code 126: a program in extract.run could not be executed';
  return `exit code ${result.exitCode ?? '?'}`;
}

/** `90 s`, `20 min`. */
export function duration(ms: number): string {
  if (ms >= 120_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1_000 ? `${Number((ms / 1_000).toFixed(1))} s` : `${ms} ms`;
}

/** `4 GiB`, `8 MiB`. */
export function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toFixed(1))} ${units[unit] ?? ''}`;
}
