/** The books of tasks that run elsewhere. */
import type pg from 'pg';
import type { TaskBooks, TaskOutcome, TaskRow } from '../ports/tasks.js';
import { change, isUuid, select } from './query.js';

interface Row {
  readonly started_by: string;
  readonly evaluation_id: string;
  readonly repository_id: string;
  readonly what: string;
  readonly attempt: number;
  readonly capacity: TaskRow['capacity'];
  readonly vcpu: number;
  readonly memory_mib: number;
  readonly gpu: number;
  readonly task_arn: string | null;
  readonly begun_at: Date;
  readonly outcome: TaskOutcome | null;
  readonly seconds: number | null;
  readonly usd: string | null;
}

function toTask(row: Row): TaskRow {
  return {
    startedBy: row.started_by,
    evaluationId: row.evaluation_id,
    repositoryId: Number(row.repository_id),
    what: row.what,
    attempt: row.attempt,
    capacity: row.capacity,
    vcpu: row.vcpu,
    memoryMib: row.memory_mib,
    gpu: row.gpu,
    taskArn: row.task_arn,
    begunAt: row.begun_at,
    outcome: row.outcome,
    seconds: row.seconds,
    usd: row.usd === null ? null : Number(row.usd),
  };
}

export function createTaskBooks(pool: pg.Pool): TaskBooks {
  return {
    async begin(task) {
      await change(
        pool,
        `insert into docops.tasks (
            started_by, evaluation_id, repository_id, what, attempt, capacity, vcpu, memory_mib, gpu)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
        [
          task.startedBy,
          task.evaluationId,
          task.repositoryId,
          task.what,
          task.attempt,
          task.capacity,
          task.vcpu,
          task.memoryMib,
          task.gpu,
        ],
      );
    },

    async launched(startedBy, taskArn) {
      await change(pool, 'update docops.tasks set task_arn = $2 where started_by = $1', [startedBy, taskArn]);
    },

    async end(startedBy, { outcome, seconds, usd }) {
      await change(
        pool,
        `update docops.tasks set outcome = $2, seconds = $3, usd = $4, ended_at = now()
          where started_by = $1 and outcome is null`,
        [startedBy, outcome, seconds, usd],
      );
    },

    async wanted(startedBy) {
      const rows = await select<{ started_by: string }>(
        pool,
        `select t.started_by from docops.tasks t join docops.evaluations e on e.id = t.evaluation_id
          where t.started_by = any($1::text[]) and t.outcome is null and e.state in ('planned', 'running')`,
        [startedBy],
      );
      return new Set(rows.map(({ started_by }) => started_by));
    },

    async forgotten(olderThanMs, limit) {
      const rows = await select<Row>(
        pool,
        `select t.* from docops.tasks t join docops.evaluations e on e.id = t.evaluation_id
          where t.outcome is null and e.state not in ('planned', 'running')
            and t.begun_at < now() - $1 * interval '1 millisecond'
          order by t.begun_at limit $2`,
        [olderThanMs, limit],
      );
      return rows.map(toTask);
    },

    async ofEvaluation(evaluationId) {
      if (!isUuid(evaluationId)) return [];
      const rows = await select<Row>(
        pool,
        'select * from docops.tasks where evaluation_id = $1 order by begun_at, started_by',
        [evaluationId],
      );
      return rows.map(toTask);
    },
  };
}
