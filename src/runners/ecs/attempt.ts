/**
 * One task from its begin to its end: its files, its row in the books, RunTask, the wait, what it left. A task that an
 * earlier worker started is taken up at the wait.
 */
import type { Task } from '@aws-sdk/client-ecs';
import type { Capacity } from '../../core/plan/attempts.js';
import type { ExtractSpec } from '../../core/words.js';
import { HandOver, RunnerError } from '../../ports/runner.js';
import { classify, secondsOf, type StoppedFor, type TaskEnd } from './classify.js';
import { collectResults } from './collect.js';
import { ensureDefinition, extractMemoryMib, taskDefinition } from './definition.js';
import { findTask, launch, stopTask, type Launch } from './dispatch.js';
import type { Attempt, Begun, Contents, Context, Job } from './job.js';
import { linkSeconds, writeManifests } from './manifests.js';
import { BLOBS, startedBy } from './names.js';
import { driverFor, secretsFor, type EcsPlace } from './place.js';
import { storageFailed } from './upload.js';
import { allowanceMs } from './watch.js';

export interface StartOptions {
  readonly number: number;
  readonly capacity: Capacity;
  /** The infrastructure failed under the one before. */
  readonly again: boolean;
  readonly contents: Contents;
  readonly signal: AbortSignal;
}

export async function startTask(context: Context, job: Job, options: StartOptions): Promise<Attempt> {
  const { number, capacity, signal } = options;
  const { place, task, books, bill, log } = context;
  const name = startedBy(job.dispatch, job.shard, number);
  const { definition, manifests } = await prepare(context, job, name, options);
  signal.throwIfAborted();
  await books.begin({
    startedBy: name,
    evaluationId: task.evaluationId,
    repositoryId: task.repositoryId,
    what: job.what,
    attempt: number,
    capacity,
    vcpu: job.size.vcpu,
    memoryMib: Math.round(job.size.memoryGib * 1024),
    gpu: job.size.gpu,
  });
  bill.started(options.again);
  const launchedAt = Date.now();
  const never = () =>
    books.end(name, {
      outcome: 'not-started',
      ...bill.ended({ outcome: 'not-started', seconds: 0, size: job.size, capacity }),
    });
  const answer = await launch(context.ecs, {
    place,
    task,
    step: job.step,
    taskDefinition: definition,
    startedBy: name,
    capacity,
    manifests,
    diskBytes: diskBytes(options.contents),
  }).catch(async (error: unknown) => {
    await never();
    throw error;
  });
  const taskArn = await arnOf(context, name, answer);
  if (taskArn === undefined) {
    await never();
    const end = notLaunched(answer.kind === 'refused' ? answer.why : 'it was started before, and is gone');
    log.warn({ what: job.what, attempt: number, capacity, said: end.said }, 'a task was not started');
    return { number, end, results: undefined, taskArn: null };
  }
  await books.launched(name, taskArn);
  log.info({ task: taskArn, what: job.what, attempt: number, capacity }, 'a task was started');
  return awaitTask(context, job, { number, capacity, taskArn, launchedAt }, signal);
}

/** Everything that there has to be before ECS is asked. */
async function prepare(context: Context, job: Job, name: string, { number, contents }: StartOptions) {
  const { ecs, blobs, place, task, timing } = context;
  const secrets = secretsFor(job.extract, place, task.trusted);
  const definition = await ensureDefinition(
    ecs,
    taskDefinition({
      place,
      region: await ecs.config.region(),
      size: job.size,
      image: imageOf(job.extract, place),
      secrets,
    }),
  );
  const manifests = await writeManifests(blobs, {
    name,
    step: job.step,
    driver: driverFor(job.extract),
    extract: job.extract,
    limits: job.limits,
    containerMib: extractMemoryMib(job.size),
    timeoutMs: job.timeoutMs,
    variables: secrets.map((secret) => secret.name),
    ...contents,
    resultsKey: BLOBS.results(job.dispatch, job.shard, number),
    preparedKey: job.step === 'setup' ? BLOBS.prepared(job.dispatch, number) : null,
    seconds: linkSeconds(allowanceMs(job.timeoutMs, timing) + timing.linkMarginMs),
  }).catch((error: unknown) => {
    throw storageFailed(error, 'the task could not be described in the storage');
  });
  return { definition, manifests };
}

async function arnOf({ ecs, place }: Context, name: string, answer: Launch): Promise<string | undefined> {
  if (answer.kind === 'launched') return answer.taskArn;
  return answer.kind === 'taken' ? findTask(ecs, place.cluster, name) : undefined;
}

/**
 * Waits for the end, takes what is there, writes it down. When the signal says so, the task is stopped before it throws,
 * unless it is handed over.
 */
export async function awaitTask(
  context: Context,
  job: Job,
  begun: Begun,
  signal: AbortSignal,
): Promise<Attempt> {
  const { ecs, place, timing, endings, watch } = context;
  const { taskArn, launchedAt } = begun;
  let last: Task | undefined;
  try {
    const seen = await watch.wait({ taskArn, launchedAt, timeoutMs: job.timeoutMs, timing, endings, signal });
    last = seen.last;
    if (seen.stopFor !== null)
      await stopTask(ecs, place.cluster, taskArn, `docops: ${REASONS[seen.stopFor]}`).catch(
        (error: unknown) =>
          context.log.warn(
            { err: error, task: taskArn },
            'a task that is over its time could not be stopped',
          ),
      );
    return await finish(context, job, begun, { ...seen, stoppedFor: seen.stopFor });
  } catch (error) {
    // Another worker will wait for it.
    if (signal.reason instanceof HandOver) throw error;
    // Superseded, closed, or something else failed: nobody waits for it any more.
    await abandon(context, job, begun, last);
    throw error;
  }
}

/** What is known of a task that has ended. */
export interface Known {
  /** Undefined: lost, or so old that ECS has forgotten it. */
  readonly task: Task | undefined;
  /** As it was last seen. */
  readonly last: Task | undefined;
  readonly stoppedFor: StoppedFor | null;
}

/** What a task has left, and how it ended. */
export async function outcomeOf(
  context: Context,
  job: Job,
  { number, taskArn }: { readonly number: number; readonly taskArn: string | null },
  { task, stoppedFor }: Known,
): Promise<Attempt> {
  const results = await collectResults(context.blobs, { ...job, attempt: number }, context.log);
  const end = classify({ task, delivered: results !== undefined, stoppedFor, timeoutMs: job.timeoutMs });
  return { number, end, results, taskArn };
}

/** The same, written into the books. */
export async function finish(
  context: Context,
  job: Job,
  begun: Pick<Begun, 'number' | 'capacity'> & { readonly taskArn: string | null },
  known: Known,
): Promise<Attempt> {
  const attempt = await outcomeOf(context, job, begun, known);
  const { outcome, said } = attempt.end;
  const seconds = secondsOf(known.task ?? known.last, new Date());
  await context.books.end(startedBy(job.dispatch, job.shard, begun.number), {
    outcome,
    ...context.bill.ended({ outcome, seconds, size: job.size, capacity: begun.capacity }),
  });
  context.log[outcome === 'delivered' ? 'info' : 'warn'](
    { task: begun.taskArn, what: job.what, attempt: begun.number, outcome, said },
    'a task has ended',
  );
  return attempt;
}

async function abandon(context: Context, job: Job, begun: Begun, last: Task | undefined): Promise<void> {
  const name = startedBy(job.dispatch, job.shard, begun.number);
  try {
    await stopTask(context.ecs, context.place.cluster, begun.taskArn, `docops: ${REASONS.superseded}`);
    const seconds = secondsOf(last ?? { startedAt: new Date(begun.launchedAt) }, new Date());
    await context.books.end(name, {
      outcome: 'stopped',
      ...context.bill.ended({ outcome: 'stopped', seconds, size: job.size, capacity: begun.capacity }),
    });
  } catch (error) {
    // Its row stays open or nobody wants it: the sweep for tasks that nobody waits for stops it.
    context.log.warn(
      { err: error, task: begun.taskArn },
      'a task that nobody waits for could not be stopped',
    );
  }
}

const REASONS: Readonly<Record<StoppedFor, string>> = {
  superseded: 'nobody waits for it any more',
  overdue: 'it did not end in its time',
  stalled: 'it did not begin in its time',
  stuck: 'fetch failed',
};

function notLaunched(why: string): TaskEnd {
  return {
    outcome: 'not-started',
    permanent: false,
    said: why,
    mend: 'check the capacity of the region, and the quota of vCPUs of the account',
    unfinished: 'infrastructure',
    lookAgain: false,
  };
}

function imageOf(extract: ExtractSpec, place: EcsPlace): string {
  const image = extract.image ?? place.extractImage;
  if (image === null) throw new RunnerError('the pipeline has no extract.image', { permanent: true });
  return image;
}

/** Documents are on both volumes, code is an archive and a tree that grows. */
function diskBytes({ code, documents }: Contents): number {
  return 8 * code.bytes + 2 * documents.reduce((sum, { bytes }) => sum + bytes, 0);
}
