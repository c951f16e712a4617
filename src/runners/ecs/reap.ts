/** Stops tasks of ours that nobody waits for: their worker died, or ECS did not hear that they should stop. */
import { DescribeTasksCommand, paginateListTasks, type ECSClient, type Task } from '@aws-sdk/client-ecs';
import type { ComputePrices } from '../../core/cost/words.js';
import type { Log } from '../../ports/log.js';
import type { TaskBooks } from '../../ports/tasks.js';
import { Bill } from './bill.js';
import { secondsOf } from './classify.js';
import { findTask, stopTask } from './dispatch.js';
import { explain } from './explain.js';
import { TASK_PREFIX } from './names.js';
import { TIMING, type EcsPlace, type EcsTiming } from './place.js';

export interface ReapOptions {
  readonly ecs: ECSClient;
  readonly place: EcsPlace;
  readonly books: TaskBooks;
  readonly log: Log;
  /** Null: what they cost is not known. */
  readonly prices: ComputePrices | null;
  readonly timing?: Partial<EcsTiming>;
  readonly now: () => number;
}

const TASKS_PER_CALL = 100;

/** ARNs of those that were stopped. */
export async function reapTasks({
  ecs,
  place,
  books,
  log,
  prices,
  timing,
  now,
}: ReapOptions): Promise<readonly string[]> {
  const { reapAfterMs } = { ...TIMING, ...timing };
  await settleForgotten({ ecs, place, books, log, prices, reapAfterMs });
  // A task has a date once it has left PROVISIONING; before that it is young.
  const ours = (await runningTasks(ecs, place.cluster)).filter(
    (task): task is Task & { startedBy: string; taskArn: string } =>
      task.startedBy?.startsWith(TASK_PREFIX) === true &&
      task.taskArn !== undefined &&
      task.createdAt !== undefined &&
      now() - task.createdAt.getTime() > reapAfterMs,
  );
  if (ours.length === 0) return [];
  const wanted = await books.wanted(ours.map(({ startedBy }) => startedBy));
  const stopped: string[] = [];
  for (const task of ours) {
    const { startedBy, taskArn } = task;
    if (wanted.has(startedBy)) continue;
    try {
      await stopTask(ecs, place.cluster, taskArn, 'docops: no evaluation waits for it');
      stopped.push(taskArn);
      await books.end(startedBy, { outcome: 'stopped', ...billOf(task, prices, now()) });
      log.warn({ task: taskArn, startedBy }, 'a task that no evaluation waits for was stopped');
    } catch (error) {
      log.warn({ err: error, task: taskArn }, 'a task that no evaluation waits for could not be stopped');
    }
  }
  return stopped;
}

/**
 * Rows that nobody ended: their worker died, and so did whoever would have asked. What ECS still knows of the task is
 * written down; it forgets them an hour after their end.
 */
async function settleForgotten({
  ecs,
  place,
  books,
  log,
  prices,
  reapAfterMs,
}: Pick<ReapOptions, 'ecs' | 'place' | 'books' | 'log' | 'prices'> & {
  readonly reapAfterMs: number;
}): Promise<void> {
  for (const row of await books.forgotten(reapAfterMs, TASKS_PER_CALL)) {
    const taskArn = row.taskArn ?? (await findTask(ecs, place.cluster, row.startedBy));
    const { tasks: [task] = [] } =
      taskArn === undefined
        ? {}
        : await ecs.send(new DescribeTasksCommand({ cluster: place.cluster, tasks: [taskArn] }));
    if (task !== undefined && task.lastStatus !== 'STOPPED') continue;
    if (task === undefined) await books.end(row.startedBy, { outcome: 'lost', seconds: 0, usd: null });
    else
      await books.end(row.startedBy, {
        outcome: 'stopped',
        ...new Bill(prices).ended({
          outcome: 'stopped',
          seconds: secondsOf(task, task.stoppedAt ?? new Date()),
          size: { vcpu: row.vcpu, memoryGib: row.memoryMib / 1024, gpu: row.gpu },
          capacity: row.capacity,
        }),
      });
    log.info({ task: taskArn, what: row.what }, 'a task that everybody had forgotten is in the books');
  }
}

/** Whoever started it is gone; on Fargate the task itself says what it is. */
function billOf(
  task: Task,
  prices: ComputePrices | null,
  now: number,
): { readonly seconds: number; readonly usd: number | null } {
  const { capacityProviderName: provider } = task;
  const isFargate = provider === 'FARGATE' || provider === 'FARGATE_SPOT';
  return new Bill(isFargate ? prices : null).ended({
    outcome: 'stopped',
    seconds: secondsOf(task, new Date(now)),
    size: { vcpu: Number(task.cpu) / 1024, memoryGib: Number(task.memory) / 1024, gpu: 0 },
    capacity: provider === 'FARGATE_SPOT' ? 'spot' : 'on-demand',
  });
}

async function runningTasks(ecs: ECSClient, cluster: string): Promise<readonly Task[]> {
  const found: Task[] = [];
  try {
    for await (const { taskArns = [] } of paginateListTasks(
      { client: ecs, pageSize: TASKS_PER_CALL },
      { cluster, desiredStatus: 'RUNNING' },
    )) {
      if (taskArns.length === 0) continue;
      const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
      found.push(...tasks);
    }
  } catch (error) {
    throw explain(error, 'ECS does not say which tasks run');
  }
  return found;
}
