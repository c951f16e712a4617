/**
 * One piece of work, whatever number of tasks it takes: those of an earlier worker are taken up, and after each loss
 * another is started, as the plan of attempts says. The books know what there was.
 */
import type { Task } from '@aws-sdk/client-ecs';
import { DescribeTasksCommand } from '@aws-sdk/client-ecs';
import { setTimeout as sleep } from 'node:timers/promises';
import { nextAttempt } from '../../core/plan/attempts.js';
import type { TaskOutcome } from '../../core/plan/task-outcomes.js';
import { RunnerError } from '../../ports/runner.js';
import type { TaskRow } from '../../ports/tasks.js';
import { awaitTask, finish, outcomeOf, startTask } from './attempt.js';
import type { TaskEnd } from './classify.js';
import { findTask } from './dispatch.js';
import type { Attempt, Contents, Context, Job } from './job.js';
import { BLOBS, startedBy } from './names.js';

export interface Piece {
  readonly job: Job;
  /** What the next task gets; undefined: nothing is left to do. */
  contents(): Promise<Contents | undefined>;
  /** Takes what a task has left; whether the work is done. */
  take(attempt: Attempt): Promise<boolean>;
  /** What a task was to read may not be there. */
  lookAgain(): void;
}

/** What an earlier worker has left of one dispatch. */
export interface Past {
  readonly rows: readonly TaskRow[];
  /** `SHARD-ATTEMPT` of every result that is in the storage. */
  readonly results: ReadonlySet<string>;
}

export async function pastOf(context: Context, dispatch: string): Promise<Past> {
  const prefix = BLOBS.allResults(dispatch);
  const results = new Set<string>();
  for await (const { key } of context.blobs.list(prefix)) {
    const found = /^(\d+-\d+)\.jsonl\.gz$/.exec(key.slice(prefix.length))?.[1];
    if (found !== undefined) results.add(found);
  }
  const all = await context.books.ofEvaluation(context.task.evaluationId);
  const mine = startedBy(dispatch, 0, 0).slice(0, -'0-0'.length);
  return { rows: all.filter((row) => row.startedBy.startsWith(mine)), results };
}

/** Resolves when the work is done. Throws RunnerError when the tries are used up, and the signal's reason. */
export async function runPiece(
  context: Context,
  piece: Piece,
  past: Past,
  signal: AbortSignal,
): Promise<void> {
  const { job } = piece;
  const { spot, gpu } = context.task.choice;
  const history = await takePast(context, piece, past, signal);
  if (history.done) return;
  let { number } = history;
  const outcomes: TaskOutcome[] = [...history.outcomes];
  let last: Attempt | undefined;
  for (;;) {
    const next = nextAttempt(outcomes, { spot, gpu: gpu > 0 });
    if (next.kind === 'give-up' || last?.end.permanent === true) throw givenUp(job, outcomes, last);
    if (last?.end.lookAgain === true) piece.lookAgain();
    await sleep(next.delayMs === 0 ? 0 : (context.timing.retryDelayMs ?? next.delayMs), undefined, {
      signal,
    });
    const contents = await piece.contents();
    if (contents === undefined) return;
    number++;
    const again = outcomes.length > 0 && outcomes.at(-1) !== 'delivered';
    last = await startTask(context, job, { number, capacity: next.capacity, again, contents, signal });
    outcomes.push(last.end.outcome);
    if (last.results !== undefined && (await piece.take(last))) return;
  }
}

interface History {
  readonly done: boolean;
  /** Of the last task that there was. */
  readonly number: number;
  readonly outcomes: readonly TaskOutcome[];
}

/** Tasks of an earlier worker, the first one first: what they left is taken, and one that runs is waited for. */
async function takePast(context: Context, piece: Piece, past: Past, signal: AbortSignal): Promise<History> {
  const { job } = piece;
  const rows = past.rows
    .filter(({ startedBy: name, attempt }) => name === startedBy(job.dispatch, job.shard, attempt))
    .sort((one, other) => one.attempt - other.attempt);
  const outcomes: TaskOutcome[] = [];
  let number = 0;
  for (const row of rows) {
    number = row.attempt;
    const attempt = await takeRow(context, job, row, past.results.has(`${job.shard}-${row.attempt}`), signal);
    // What failed for an earlier worker is not held against this one, which comes later; what spot does, it does again.
    const outcome = attempt?.end.outcome ?? row.outcome ?? 'lost';
    if (outcome === 'spot-lost' || outcome === 'stopped' || outcome === 'delivered') outcomes.push(outcome);
    if (attempt?.results !== undefined && (await piece.take(attempt)))
      return { done: true, number, outcomes };
  }
  return { done: false, number, outcomes };
}

/** Undefined: it has ended before, and has left nothing. */
async function takeRow(
  context: Context,
  job: Job,
  row: TaskRow,
  hasResults: boolean,
  signal: AbortSignal,
): Promise<Attempt | undefined> {
  const { ecs, place } = context;
  const taskArn =
    row.taskArn ?? (row.outcome === null ? await findTask(ecs, place.cluster, row.startedBy) : undefined);
  const begun = { number: row.attempt, capacity: row.capacity };
  if (hasResults) {
    // How its containers ended says what happened to documents that were not finished; ECS knows it for an hour.
    const task = taskArn === undefined ? undefined : await describe(context, taskArn);
    const known = { task, last: task, stoppedFor: null };
    const close = row.outcome === null ? finish : outcomeOf;
    return close(context, job, { ...begun, taskArn: taskArn ?? null }, known);
  }
  if (row.outcome !== null) return undefined;
  if (taskArn === undefined) {
    await context.books.end(row.startedBy, { outcome: 'lost', seconds: 0, usd: null });
    return undefined;
  }
  if (row.taskArn === null) await context.books.launched(row.startedBy, taskArn);
  context.bill.started(row.attempt > 1);
  context.log.info({ task: taskArn, what: job.what, attempt: row.attempt }, 'a task is taken up again');
  return awaitTask(context, job, { ...begun, taskArn, launchedAt: row.begunAt.getTime() }, signal);
}

async function describe({ ecs, place }: Context, taskArn: string): Promise<Task | undefined> {
  const { tasks = [] } = await ecs
    .send(new DescribeTasksCommand({ cluster: place.cluster, tasks: [taskArn] }))
    .catch(() => ({ tasks: undefined }));
  return tasks[0];
}

function givenUp(job: Job, outcomes: readonly TaskOutcome[], last: Attempt | undefined): RunnerError {
  const end: Pick<TaskEnd, 'outcome' | 'said' | 'mend' | 'permanent'> | undefined = last?.end;
  const task = last?.taskArn?.split('/').at(-1) ?? 'none was started';
  const tries = outcomes.length === 1 ? '1 try' : `${outcomes.length} tries`;
  return new RunnerError(
    `${job.what}: the task on ECS was ${WORDS[end?.outcome ?? 'failed']}, after ${tries} (task ${task}): ${end?.said ?? 'nothing is known of it'}`,
    {
      permanent: end?.permanent ?? false,
      ...(end?.mend !== undefined && end.mend !== null && { mend: end.mend }),
    },
  );
}

const WORDS: Readonly<Record<TaskOutcome, string>> = {
  delivered: 'finished without all documents',
  'spot-lost': 'taken away by spot',
  'not-started': 'not started',
  failed: 'ended without a result',
  lost: 'lost',
  overdue: 'over its time',
  stopped: 'stopped',
};
