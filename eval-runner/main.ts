/** `node main.js JOB.json`: runs the code of one side over documents. See contract.ts for what goes in and comes out. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { extractBatch } from './batch.js';
import { longestResultBytes, parseJob, RUNNER_EXIT, type Job } from './contract.js';
import { removeTree } from './documents.js';
import { extractDocuments } from './extract.js';
import { PipeSupply } from './pipes.js';
import { killMarked } from './processes.js';
import { finishedIds, ResultWriter } from './results.js';
import { runSetup } from './setup.js';
import { CommandMaker } from './surroundings.js';

async function main(jobFile: string | undefined): Promise<number> {
  if (jobFile === undefined) {
    process.stderr.write('usage: main.js JOB.json\n');
    return RUNNER_EXIT.badJob;
  }
  let job: Job;
  try {
    job = withInherited(parseJob(readFileSync(jobFile, 'utf8')));
  } catch (error) {
    process.stderr.write(`the job cannot be read: ${(error as Error).message}\n`);
    return RUNNER_EXIT.badJob;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
  if (job.watchStdin) {
    process.stdin.on('end', () => stop.abort('left alone'));
    process.stdin.on('error', () => stop.abort('left alone'));
    process.stdin.resume();
  }
  try {
    return await work(job, stop);
  } finally {
    // Also those that left their group and outlived their command.
    killMarked(job.mark);
  }
}

/** The job as it is, and what it takes from where it runs. */
function withInherited(job: Job): Job {
  const inherited = Object.fromEntries(
    (job.inherit ?? []).flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { ...job, env: { ...inherited, ...job.env } };
}

async function work(job: Job, stop: AbortController): Promise<number> {
  if (!statSync(job.codeDirectory).isDirectory()) throw new Error(`${job.codeDirectory} is not a folder`);
  // Of an earlier try at this job that was killed.
  for (const name of ['pipes', 'work']) await removeTree(join(job.scratchDirectory, name));
  const pipes = new PipeSupply(join(job.scratchDirectory, 'pipes'));
  const maker = new CommandMaker(job);
  if (job.step === 'setup') {
    const results = new ResultWriter(job.output);
    const code = await runSetup(job, maker, pipes, results, stop.signal);
    await results.close();
    return code;
  }
  const finished = await finishedIds(job.output, longestResultBytes(job.limits));
  const open = job.documents.filter((document) => !finished.has(document.id));
  const results = new ResultWriter(job.output);
  const clock = setTimeout(() => stop.abort('side-timeout'), Math.min(job.extract.timeoutMs, 2 ** 31 - 1));
  const extract = job.extract.mode === 'batch' ? extractBatch : extractDocuments;
  try {
    return await extract(job, open, maker, pipes, results, stop.signal);
  } finally {
    clearTimeout(clock);
    await results.close();
  }
}

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = RUNNER_EXIT.failed;
}
// Standard input, when it is watched, would keep the process alive.
process.exit();
