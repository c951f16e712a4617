/** How a command ended and what it printed → the result of a document, or of the setup. */
import type { CommandResult } from './command.js';
import type { DocumentResult, SetupLine } from './contract.js';
import { duration, endOf, failureOf, size, type Judged } from './outcome.js';
import { parseOutput } from './prediction.js';

/** Undefined for a command that was stopped: its document has no result yet. */
export function judge(job: Judged, id: string, result: CommandResult): DocumentResult | undefined {
  if (result.end === 'stopped') return undefined;
  if (result.end === 'side-timeout' && result.seconds === 0) return outOfTime(job, id);
  const measured = {
    id,
    ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
    ...(result.signal !== undefined && { signal: result.signal }),
    seconds: result.seconds,
    ...(result.maxRssBytes !== undefined && { maxRssBytes: result.maxRssBytes }),
    ...(result.tail !== '' && { stderrTail: result.tail }),
  };
  const failure = failureOf(result, job);
  if (failure !== undefined) return { ...measured, ...failure };
  const parsed = parseOutput(result.stdout, job.limits.jsonDepth);
  if (!parsed.ok) return { ...measured, status: 'invalid-output', problem: parsed.problem };
  return { ...measured, status: 'ok', ...parsed.value };
}

/** Of a document that nobody began, because all together had used up their time. */
export function outOfTime(job: Judged, id: string): DocumentResult {
  return {
    id,
    status: 'not-run',
    seconds: 0,
    problem: `was not started: all documents together had taken extract.timeout (${duration(job.extract.timeoutMs)})`,
  };
}

/** Of a setup that was not stopped. */
export function judgeSetup(result: CommandResult, timeoutMs: number, memoryBytes: number): SetupLine {
  const failed = (problem: string): SetupLine => ({
    ok: false,
    seconds: result.seconds,
    problem,
    ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
    outputTail: result.tail,
  });
  if (result.end === 'timeout')
    return failed(`extract.setup took longer than ${duration(timeoutMs)} and was killed`);
  if (result.end === 'memory')
    return failed(
      `extract.setup used more memory than runner.memory allows (${size(memoryBytes)}) and was killed`,
    );
  if (result.exitCode === 0 && result.signal === undefined) return { ok: true, seconds: result.seconds };
  return failed(`extract.setup: ${endOf(result).replace('extract.run', 'extract.setup')}`);
}
