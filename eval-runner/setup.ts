/** The setup command: once for each side, with network, in a checkout that it may write to. */
import { runCommand } from './command.js';
import { RUNNER_EXIT, type SetupJob, type SetupLine } from './contract.js';
import { duration, endOf, size } from './outcome.js';
import type { PipeSupply } from './pipes.js';
import type { ResultWriter } from './results.js';
import type { CommandMaker } from './surroundings.js';

export async function runSetup(
  job: SetupJob,
  maker: CommandMaker,
  pipes: PipeSupply,
  results: ResultWriter,
  stop: AbortSignal,
): Promise<number> {
  const place = maker.open(0);
  try {
    const result = await runCommand(
      {
        ...maker.command(job.setup.run, place, {}, { readOnly: [], writable: [] }),
        timeoutMs: job.setup.timeoutMs,
        stdout: { keep: false },
        stop,
      },
      pipes,
    );
    if (result.end === 'stopped') return RUNNER_EXIT.stopped;
    const failed = (problem: string): SetupLine => ({
      ok: false,
      seconds: result.seconds,
      problem,
      ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
      outputTail: result.tail,
    });
    const line: SetupLine =
      result.end === 'timeout'
        ? failed(`extract.setup took longer than ${duration(job.setup.timeoutMs)} and was killed`)
        : result.end === 'memory'
          ? failed(
              `extract.setup used more memory than runner.memory allows (${size(job.limits.memoryBytes)}) and was killed`,
            )
          : result.exitCode === 0 && result.signal === undefined
            ? { ok: true, seconds: result.seconds }
            : failed(`extract.setup: ${endOf(result).replace('extract.run', 'extract.setup')}`);
    await results.write(line);
    return RUNNER_EXIT.done;
  } finally {
    await maker.close(place);
  }
}
