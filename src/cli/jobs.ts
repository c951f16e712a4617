/** `docops jobs`: what waits, and what failed so often that a person has to look at it. */
import Table from 'cli-table3';
import { Command } from 'commander';
import pc from 'picocolors';
import type { DeadJob, Job, Queue } from '../ports/queue.js';
import { formatDuration } from '../core/config/durations.js';
import { readLocalSettings } from '../settings.js';
import { EXIT, UsageError } from './exit.js';

export function jobsCommand(): Command {
  const command = new Command('jobs')
    .description('list jobs that wait and jobs that failed for good')
    .option('--json', 'print them as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      await withQueue(async (queue) => {
        const [waiting, dead] = await Promise.all([queue.waiting(), queue.dead()]);
        process.stdout.write(
          json === true ? `${JSON.stringify({ waiting, dead }, null, 2)}\n` : jobsAsText(waiting, dead),
        );
      });
    });
  command
    .command('retry')
    .description('try a job that failed for good again')
    .argument('[id]', 'its id, from the list')
    .option('--all', 'every one')
    .action(async (id: string | undefined, { all }: { all?: boolean }) => {
      if ((id === undefined) === (all !== true))
        throw new UsageError('which job?', 'docops jobs retry ID, or docops jobs retry --all');
      await withQueue(async (queue) => {
        const ids = id === undefined ? (await queue.dead()).map((job) => job.id) : [id];
        for (const each of ids) await retry(queue, each);
        if (ids.length === 0) process.stdout.write('no job failed for good\n');
      });
    });
  return command;
}

async function retry(queue: Queue, id: string): Promise<void> {
  if (await queue.retryDead(id)) process.stdout.write(`${id} waits again\n`);
  else {
    process.stderr.write(`${pc.red('error')}: no job with the id ${JSON.stringify(id)} failed for good\n`);
    process.exitCode = EXIT.usage;
  }
}

async function withQueue(work: (queue: Queue) => Promise<void>): Promise<void> {
  const settings = readLocalSettings(process.env);
  const [{ openDatabase, queueAddress }, { createLog }, { createQueue }] = await Promise.all([
    import('../database.js'),
    import('../log.js'),
    import('../queue/index.js'),
  ]);
  const log = createLog({ ...settings.log, level: 'error' });
  const database = await openDatabase(settings, { log, patienceMs: 0 });
  try {
    const queue = await createQueue({
      ...queueAddress(settings, database),
      log,
    });
    try {
      await work(queue);
    } finally {
      await queue.close();
    }
  } finally {
    await database.close();
  }
}

export function jobsAsText(waiting: Awaited<ReturnType<Queue['waiting']>>, dead: readonly DeadJob[]): string {
  const depths = new Table({
    head: ['kind', 'waiting', 'active', 'oldest'],
    style: { head: [], border: [] },
  });
  for (const { kind, waiting: count, active, oldestMs } of waiting)
    depths.push([
      kind,
      count,
      active,
      oldestMs === null ? '' : formatDuration(Math.round(oldestMs / 1000) * 1000),
    ]);
  if (dead.length === 0) return `${depths.toString()}\nno job failed for good\n`;
  const failed = new Table({
    head: ['id', 'job', 'failed at', 'tries', 'reason'],
    style: { head: [], border: [] },
    colWidths: [null, null, null, null, 60],
    wordWrap: true,
  });
  for (const { id, job, failedAt, attempts, reason } of dead)
    failed.push([id, describeJob(job), failedAt.toISOString(), attempts, oneLine(reason)]);
  return `${depths.toString()}\n${failed.toString()}\ndocops jobs retry ID tries one again\n`;
}

function describeJob(job: Job | null): string {
  if (job === null) return 'unknown';
  switch (job.kind) {
    case 'look':
      return `look at pull request ${job.number} of repository ${job.repositoryId}`;
    case 'hint':
      return `hint ${job.hintId}`;
    case 'evaluate':
      return `evaluation ${job.evaluationId}`;
    case 'simulate':
      return `simulation ${job.simulationId}`;
    case 'publish':
      return oneLine(
        `publish ${job.headSha.slice(0, 7)} into ${job.baseRef} of repository ${job.repositoryId}`,
      );
    case 'reconcile':
    case 'canary':
      return job.kind;
  }
}

/** Reasons quote errors, and those quote what strangers wrote: no line end and no escape code reaches the terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').slice(0, 500);
}
