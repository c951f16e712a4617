import { beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation, Subject } from '../../src/core/app-words.js';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { age, HOUR_MS, newEvaluation, newSubject, post, result, sha } from './make.js';

const database = useDatabase({ each: 'test' });
const store = () => createStore(database.pool());
const DRAFT = { decision: { kind: 'draft' }, state: 'judged' } as const;

let subject: Subject;
beforeEach(async () => {
  subject = await newSubject(store());
});
const create = async (more: Parameters<typeof newEvaluation>[1] = {}, of = subject): Promise<Evaluation> =>
  (await store().createEvaluation(newEvaluation(of, more))).evaluation;
const running = async (of = subject): Promise<Evaluation> =>
  (await store().claim((await create({}, of)).id, 'w1', HOUR_MS))!;
const grow = (): Promise<void> =>
  age(database.pool(), 'evaluations', ['changed_at', 'heartbeat_at'], HOUR_MS);

describe('waiting evaluations', () => {
  it('are those that nobody took for so long, and those whose worker is silent for so long', async () => {
    const left = await create();
    const silent = await running({ ...subject, headSha: sha(2) });
    await grow();
    const fresh = await create({}, { ...subject, headSha: sha(3) });
    const alive = await running({ ...subject, headSha: sha(4) });
    expect(new Set(await store().waitingEvaluations(HOUR_MS, HOUR_MS))).toEqual(
      new Set([left.id, silent.id]),
    );
    expect(await store().waitingEvaluations(HOUR_MS, 2 * HOUR_MS)).toEqual([left.id]);
    expect(await store().waitingEvaluations(2 * HOUR_MS, HOUR_MS)).toEqual([silent.id]);
    expect(await store().waitingEvaluations(0, 0)).toEqual(expect.arrayContaining([fresh.id, alive.id]));
  });

  it('wait anew after they went back to the queue', async () => {
    const { id } = await running();
    await grow();
    await store().release(id, 'w1', true);
    expect(await store().waitingEvaluations(HOUR_MS, HOUR_MS)).toEqual([]);
  });

  it('are not those past their deadline, which are overdue, nor those with an answer', async () => {
    const overdue = await create({ deadlineMs: 0 });
    const late = await running({ ...subject, headSha: sha(2) });
    await database.pool().query('update docops.evaluations set deadline_at = now() where id = $1', [late.id]);
    await create({ state: 'judged', deadlineMs: 0 }, { ...subject, headSha: sha(3) });
    expect(await store().waitingEvaluations(0, 0)).toEqual([]);
    expect(new Set(await store().overdueEvaluations())).toEqual(new Set([overdue.id, late.id]));
    await store().fail(overdue.id, { class: 'timed-out', message: 'late', mend: null });
    expect(await store().overdueEvaluations()).toEqual([late.id]);
  });
});

describe('unpublished subjects', () => {
  const unpublished = (): Promise<readonly Subject[]> => store().unpublishedSubjects(HOUR_MS);

  it('are those whose check run was never made, after a while', async () => {
    const { id } = await create();
    expect(await unpublished()).toEqual([]);
    await grow();
    expect(await unpublished()).toEqual([subject]);
    await post(store(), id, 'queued');
    expect(await unpublished()).toEqual([]);
  });

  it('are those with one of several check runs missing', async () => {
    const { id } = await create({
      checks: [
        { pipeline: null, name: 'all' },
        { pipeline: 'a', name: 'a' },
      ],
    });
    const [rollUp] = await store().checks(id);
    await store().savePosted(rollUp!.id, { githubId: 1, hash: 'h', status: 'queued', conclusion: null });
    await grow();
    expect(await unpublished()).toEqual([subject]);
  });

  it('are those with an answer that was not told to its end', async () => {
    const { id } = await running();
    await post(store(), id, 'in_progress');
    await store().finish(id, 'w1', result());
    await grow();
    expect(await unpublished()).toEqual([subject]);
    await post(store(), id, 'completed');
    expect(await unpublished()).toEqual([subject]);
    await store().markReported(id);
    await grow();
    expect(await unpublished()).toEqual([]);
  });

  it('are not drafts that are reported as queued, until something takes their place', async () => {
    const { id } = await create(DRAFT);
    await post(store(), id, 'queued');
    await store().markReported(id);
    await grow();
    expect(await unpublished()).toEqual([]);
    await store().supersede(subject, 'head moved');
    await grow();
    expect(await unpublished()).toEqual([subject]);
    await post(store(), id, 'completed');
    expect(await unpublished()).toEqual([]);
  });

  it.each(['queued', 'in_progress'] as const)(
    'are those whose superseded check run is %s',
    async (status) => {
      const { id } = await create();
      await post(store(), id, status);
      const later = await create();
      await post(store(), later.id, 'queued');
      await grow();
      expect(await unpublished()).toEqual([subject]);
      await post(store(), id, 'completed');
      expect(await unpublished()).toEqual([]);
    },
  );

  it('are not those whose superseded check run was never made and has a later one in its place', async () => {
    const { id } = await create();
    await store().supersede(subject, 'head moved');
    await grow();
    expect(await unpublished()).toEqual([subject]);
    const later = await create();
    await post(store(), later.id, 'queued');
    await grow();
    expect(await unpublished()).toEqual([]);
    // Its creation was begun after all: it may stand on GitHub, and is looked for, but not for ever.
    await store().beginCheckCreation((await store().checks(id))[0]!.id);
    expect(await unpublished()).toEqual([subject]);
    await age(database.pool(), 'checks', ['creation_begun_at'], 2 * HOUR_MS);
    expect(await unpublished()).toEqual([]);
  });

  it('are not those of a repository that we have no access to any more', async () => {
    await create();
    await grow();
    await store().removeRepository(subject.repositoryId);
    expect(await unpublished()).toEqual([]);
  });

  it('are named once each, those that wait longest first', async () => {
    await create({ state: 'judged' });
    await create({ state: 'judged' });
    await grow();
    const other = { ...subject, baseRef: 'release' };
    await create({ state: 'judged' }, other);
    await grow();
    expect(await unpublished()).toEqual([subject, other]);
  });
});

describe('other subjects of a pull request', () => {
  const others = (but: Subject | null = null): Promise<readonly Subject[]> =>
    store().otherSubjects(subject.repositoryId, 7, but);

  it('are those where something is under way, but the one that is asked about', async () => {
    const [old, moved] = [
      { ...subject, headSha: sha(1) },
      { ...subject, baseRef: 'release' },
    ];
    await create({}, old);
    await running(moved);
    await create();
    await create({ pullNumber: 8 }, { ...subject, headSha: sha(2) });
    expect(await others(subject)).toEqual([old, moved]);
    expect(await others()).toEqual([old, moved, subject]);
  });

  it('are those with a check run that is not completed: a draft left queued, an answer not told', async () => {
    const { id } = await create(DRAFT);
    await post(store(), id, 'queued');
    await store().markReported(id);
    expect(await others()).toEqual([subject]);
    await store().supersede(subject, 'head moved');
    expect(await others()).toEqual([subject]);
    await post(store(), id, 'completed');
    expect(await others()).toEqual([]);
  });

  it('are not those where everything is told, nor those where a later attempt stands for one never told', async () => {
    await create();
    const { id } = await running();
    await store().finish(id, 'w1', result());
    await post(store(), id, 'completed');
    await store().markReported(id);
    expect(await others()).toEqual([]);
  });
});
