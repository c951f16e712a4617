import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { newEvaluation, newNumber, newSubject } from './make.js';

const database = useDatabase();
const store = () => createStore(database.pool());

describe('check rows', () => {
  it('say what GitHub was told', async () => {
    const { evaluation } = await store().createEvaluation(newEvaluation(await newSubject(store())));
    const [check] = await store().checks(evaluation.id);
    expect(check).toEqual({
      id: expect.any(String) as string,
      evaluationId: evaluation.id,
      pipeline: null,
      name: 'DocOps (main)',
      githubId: null,
      creationBegun: false,
      postedHash: null,
      postedStatus: null,
      postedConclusion: null,
      postedAt: null,
    });
    await store().beginCheckCreation(check!.id);
    await store().beginCheckCreation(check!.id);
    expect(await store().checkById(check!.id)).toEqual({ ...check, creationBegun: true });
    const githubId = newNumber();
    await store().savePosted(check!.id, { githubId, hash: 'h1', status: 'queued', conclusion: null });
    await store().savePosted(check!.id, {
      githubId,
      hash: 'h2',
      status: 'completed',
      conclusion: 'timed_out',
    });
    expect(await store().checks(evaluation.id)).toEqual([
      {
        ...check,
        creationBegun: true,
        githubId,
        postedHash: 'h2',
        postedStatus: 'completed',
        postedConclusion: 'timed_out',
        postedAt: expect.any(Date) as Date,
      },
    ]);
  });

  it.each(['', 'no uuid', "'; drop schema docops; --", randomUUID()])('has none under %j', async (id) => {
    expect(await store().checkById(id)).toBeUndefined();
    expect(await store().checks(id)).toEqual([]);
    expect(await store().evaluation(id)).toBeUndefined();
    expect(await store().reports(id)).toEqual([]);
  });
});

describe('the comment of a pull request', () => {
  it('is one, kept as it was last saved', async () => {
    const [repositoryId, githubId] = [newNumber(), newNumber()];
    expect(await store().comment(repositoryId, 7)).toBeUndefined();
    await store().saveComment(repositoryId, 7, { githubId, hash: 'a' });
    await store().saveComment(repositoryId, 7, { githubId: githubId + 1, hash: 'b' });
    expect(await store().comment(repositoryId, 7)).toEqual({ githubId: githubId + 1, hash: 'b' });
    expect(await store().comment(repositoryId, 8)).toBeUndefined();
  });
});
