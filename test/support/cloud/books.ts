/** `TaskBooks` in memory: what PostgreSQL keeps, for tests of a runner alone. */
import type { TaskBooks, TaskRow, TaskStart } from '../../../src/ports/tasks.js';

export interface MemoryBooks extends TaskBooks {
  readonly rows: readonly TaskRow[];
  /** The evaluation is over: nobody waits for its tasks. */
  finish(evaluationId: string): void;
}

export function memoryBooks(): MemoryBooks {
  const rows = new Map<string, TaskRow>();
  const finished = new Set<string>();
  const change = (startedBy: string, more: Partial<TaskRow>): void => {
    const row = rows.get(startedBy);
    if (row === undefined) throw new Error(`there is no row for ${startedBy}: begin() was not called`);
    rows.set(startedBy, { ...row, ...more });
  };
  const add = (task: TaskStart): void => {
    rows.set(task.startedBy, {
      ...task,
      taskArn: null,
      begunAt: new Date(),
      outcome: null,
      seconds: null,
      usd: null,
    });
  };
  return {
    get rows() {
      return [...rows.values()];
    },
    finish: (evaluationId) => void finished.add(evaluationId),
    begin: (task: TaskStart) => {
      if (!rows.has(task.startedBy)) add(task);
      return Promise.resolve();
    },
    launched: (startedBy, taskArn) => {
      change(startedBy, { taskArn });
      return Promise.resolve();
    },
    end: (startedBy, end) => {
      if (rows.get(startedBy)?.outcome === null) change(startedBy, end);
      return Promise.resolve();
    },
    wanted: (names) =>
      Promise.resolve(
        new Set(
          names.filter((name) => {
            const row = rows.get(name);
            return row?.outcome === null && !finished.has(row.evaluationId);
          }),
        ),
      ),
    forgotten: (olderThanMs, limit) =>
      Promise.resolve(
        [...rows.values()]
          .filter(
            (row) =>
              row.outcome === null &&
              finished.has(row.evaluationId) &&
              Date.now() - row.begunAt.getTime() > olderThanMs,
          )
          .slice(0, limit),
      ),
    ofEvaluation: (evaluationId) =>
      Promise.resolve([...rows.values()].filter((row) => row.evaluationId === evaluationId)),
  };
}
