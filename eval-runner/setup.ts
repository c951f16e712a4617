/** The setup command: once for each side, with network, in a checkout that it may write to. */
import { runCommand } from './command.js';
import { RUNNER_EXIT, type SetupJob } from './contract.js';
import { judgeSetup } from './judge.js';
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
    await results.write(judgeSetup(result, job.setup.timeoutMs, job.limits.memoryBytes));
    return RUNNER_EXIT.done;
  } finally {
    await maker.close(place);
  }
}
