import { beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation, Subject } from '../../src/core/app-words.js';
import { TASK_OUTCOMES, type TaskStart } from '../../src/ports/tasks.js';
import { createStore } from '../../src/postgres/store.js';
import { createTaskBooks } from '../../src/postgres/task-books.js';
import { useDatabase } from '../support/postgres.js';
import { newEvaluation, newNumber, newSubject, result } from './make.js';

const database = useDatabase();
const store = () => createStore(database.pool());
const books = () => createTaskBooks(database.pool());

let subject: Subject;
let evaluation: Evaluation;
beforeEach(async () => {
  subject = await newSubject(store());
  ({ evaluation } = await store().createEvaluation(newEvaluation(subject)));
});

const task = (more: Partial<TaskStart> = {}): TaskStart => ({
  startedBy: `docops-${newNumber()}-0-1`,
  evaluationId: evaluation.id,
  repositoryId: subject.repositoryId,
  what: 'invoices, head, run 1, shard 1 of 2\u0000',
  attempt: 1,
  capacity: 'spot',
  vcpu: 0.25,
  memoryMib: 512,
  gpu: 0,
  ...more,
});

const begin = async (more: Partial<TaskStart> = {}): Promise<TaskStart> => {
  const begun = task(more);
  await books().begin(begun);
  return begun;
};

describe('the books of tasks', () => {
  it('have a task from before it is started, and what became of it', async () => {
    const begun = await begin();
    const open = {
      ...begun,
      what: 'invoices, head, run 1, shard 1 of 2\ufffd',
      taskArn: null,
      begunAt: expect.any(Date) as Date,
      outcome: null,
      seconds: null,
      usd: null,
    };
    expect(await books().ofEvaluation(evaluation.id)).toEqual([open]);
    await books().launched(begun.startedBy, 'arn:1');
    await books().end(begun.startedBy, { outcome: 'delivered', seconds: 61.5, usd: 0.000_411 });
    expect(await books().ofEvaluation(evaluation.id)).toEqual([
      { ...open, taskArn: 'arn:1', outcome: 'delivered', seconds: 61.5, usd: 0.000_411 },
    ]);
  });

  it('begin a task once, and keep its first end', async () => {
    const begun = await begin();
    await Promise.all([1, 2, 3].map(() => books().begin({ ...begun, what: 'again' })));
    await books().end(begun.startedBy, { outcome: 'spot-lost', seconds: 60, usd: null });
    await books().end(begun.startedBy, { outcome: 'delivered', seconds: 90, usd: 1 });
    expect(await books().ofEvaluation(evaluation.id)).toMatchObject([
      { what: 'invoices, head, run 1, shard 1 of 2\ufffd', outcome: 'spot-lost', seconds: 60, usd: null },
    ]);
  });

  it.each(TASK_OUTCOMES)('know the end %s', async (outcome) => {
    const { startedBy } = await begin();
    await books().end(startedBy, { outcome, seconds: 0, usd: 0 });
    expect(await books().ofEvaluation(evaluation.id)).toMatchObject([{ outcome, usd: 0 }]);
  });

  it('list the tasks of one evaluation in the order in which they were begun', async () => {
    const begun = [
      await begin(),
      await begin({ attempt: 2, capacity: 'on-demand' }),
      await begin({ gpu: 1 }),
    ];
    const { evaluation: other } = await store().createEvaluation(newEvaluation(await newSubject(store())));
    await begin({ evaluationId: other.id });
    expect((await books().ofEvaluation(evaluation.id)).map(({ startedBy }) => startedBy)).toEqual(
      begun.map(({ startedBy }) => startedBy),
    );
    expect(await books().ofEvaluation('no-uuid')).toEqual([]);
  });

  it('name those that nobody waits for and nobody ended', async () => {
    const open = await begin();
    const done = await begin();
    await books().end(done.startedBy, { outcome: 'delivered', seconds: 60, usd: 0 });
    const mine = async (olderThanMs: number) =>
      (await books().forgotten(olderThanMs, 1_000))
        .filter(({ evaluationId }) => evaluationId === evaluation.id)
        .map(({ startedBy }) => startedBy);
    expect(await mine(0)).toEqual([]);
    await store().supersede(subject, 'a newer head');
    expect(await mine(0)).toEqual([open.startedBy]);
    expect(await mine(60_000)).toEqual([]);
  });

  it('have no tasks of an evaluation that does not exist', async () => {
    await expect(begin({ evaluationId: '00000000-0000-4000-8000-000000000000' })).rejects.toThrow(
      'foreign key',
    );
  });
});

describe('tasks that an evaluation waits for', () => {
  const isWanted = async (startedBy: string): Promise<boolean> =>
    (await books().wanted([startedBy, 'docops-nobody-0-1'])).has(startedBy);

  it('are those of one that is planned or runs, until they end', async () => {
    const { startedBy } = await begin();
    const ended = await begin();
    await books().end(ended.startedBy, { outcome: 'overdue', seconds: 900, usd: 1 });
    expect(await isWanted(startedBy)).toBe(true);
    await store().claim(evaluation.id, 'worker', 60_000);
    expect(await books().wanted([startedBy, ended.startedBy, 'docops-nobody-0-1'])).toEqual(
      new Set([startedBy]),
    );
    expect(await books().wanted([])).toEqual(new Set());
  });

  it('are not those of one that was superseded', async () => {
    const { startedBy } = await begin();
    await store().claim(evaluation.id, 'worker', 60_000);
    await store().supersede(subject, 'head moved');
    expect(await isWanted(startedBy)).toBe(false);
  });

  it('are not those of one that has its answer', async () => {
    const { startedBy } = await begin();
    await store().claim(evaluation.id, 'worker', 60_000);
    await store().finish(evaluation.id, 'worker', result());
    expect(await isWanted(startedBy)).toBe(false);
  });
});
