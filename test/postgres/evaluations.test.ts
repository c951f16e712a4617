import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Evaluation, EvaluationFailure, Subject } from '../../src/core/app-words.js';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { passReport } from '../support/report.js';
import {
  age,
  asOfBefore,
  HOUR_MS,
  newEvaluation,
  newSubject,
  pipelineReport,
  post,
  result,
  sha,
} from './make.js';

const database = useDatabase();
const store = () => createStore(database.pool());

const FAILURE: EvaluationFailure = { class: 'infrastructure', message: 'no disk', mend: null };
const DRAFT = { decision: { kind: 'draft' }, state: 'judged' } as const;

async function planned(subject?: Subject): Promise<Evaluation> {
  const { evaluation } = await store().createEvaluation(
    newEvaluation(subject ?? (await newSubject(store()))),
  );
  return evaluation;
}
const running = async (subject?: Subject): Promise<Evaluation> =>
  (await store().claim((await planned(subject)).id, 'w1', HOUR_MS))!;
const stateOf = async (id: string): Promise<string | undefined> => (await store().evaluation(id))?.state;

describe('a new evaluation', () => {
  it('is kept as it was asked for, with its checks, roll-up first', async () => {
    const subject = await newSubject(store());
    const wanted = newEvaluation(subject, {
      checks: [
        { pipeline: null, name: 'DocOps (main)' },
        { pipeline: 'b', name: 'DocOps (main) / b' },
        { pipeline: 'a', name: 'DocOps (main) / a' },
      ],
      rerun: 'failed',
      onlyPipeline: 'a',
    });
    const { evaluation, created } = await store().createEvaluation(wanted);
    expect(created).toBe(true);
    const { checks, deadlineMs, ...same } = wanted;
    expect(evaluation).toEqual({
      ...same,
      id: expect.any(String) as string,
      attempt: 1,
      tries: 0,
      failure: null,
      progress: null,
      attribution: null,
      warnings: [],
      supersededBy: null,
      createdAt: expect.any(Date) as Date,
      startedAt: null,
      finishedAt: null,
      deadlineAt: new Date(evaluation.createdAt.getTime() + deadlineMs),
    });
    expect(await store().evaluation(evaluation.id)).toEqual(evaluation);
    expect(await store().attempts(subject)).toEqual([evaluation]);
    expect((await store().checks(evaluation.id)).map(({ pipeline, name }) => ({ pipeline, name }))).toEqual(
      checks,
    );
  });

  it('with an answer is judged at once, with the reports it takes over', async () => {
    const reports = [
      pipelineReport({ pipeline: 'b', reusedFrom: randomUUID() }),
      pipelineReport({ planId: null }),
    ];
    const { evaluation } = await store().createEvaluation(
      newEvaluation(await newSubject(store()), { state: 'judged', reports }),
    );
    expect(evaluation).toMatchObject({ state: 'judged', finishedAt: evaluation.createdAt });
    expect(await store().reports(evaluation.id)).toEqual(reports);
  });

  it('of a cause that the subject has had is the one of then, and nothing changes', async () => {
    const subject = await newSubject(store());
    const wanted = newEvaluation(subject, { cause: 'comment:1' });
    const first = await store().createEvaluation(wanted);
    const later = await store().createEvaluation(newEvaluation(subject));
    expect(await store().createEvaluation({ ...wanted, why: 'again' })).toEqual({
      evaluation: {
        ...first.evaluation,
        state: 'superseded',
        supersededBy: 'attempt 2: first look',
        finishedAt: expect.any(Date) as Date,
      },
      created: false,
    });
    expect(await stateOf(later.evaluation.id)).toBe('planned');
    expect((await store().createEvaluation({ ...wanted, baseRef: 'release' })).created).toBe(true);
  });

  it('is one row when ten ask with one cause at once', async () => {
    const wanted = newEvaluation(await newSubject(store()));
    const made = await Promise.all(Array.from({ length: 10 }, () => store().createEvaluation(wanted)));
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(made.map(({ evaluation }) => evaluation.id)).size).toBe(1);
    expect(await store().attempts(wanted)).toHaveLength(1);
  });

  it('has the next number when ten ask with different causes at once, and only the last one stands', async () => {
    const subject = await newSubject(store());
    await Promise.all(Array.from({ length: 10 }, () => store().createEvaluation(newEvaluation(subject))));
    const attempts = await store().attempts(subject);
    expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(attempts.map(({ state }) => state)).toEqual([...Array<string>(9).fill('superseded'), 'planned']);
  });

  it('takes the place of those without an answer; those with one keep it and say what replaced them', async () => {
    const subject = await newSubject(store());
    const answered = await running(subject);
    await store().finish(answered.id, 'w1', result());
    await store().markReported(answered.id);
    const unanswered = await running(subject);
    const [one, two] = [await store().evaluation(answered.id), await store().evaluation(unanswered.id)];
    expect(one).toMatchObject({ state: 'reported', supersededBy: 'attempt 2: first look' });
    await store().createEvaluation(newEvaluation(subject, { why: '/rerun-eval by @ada' }));
    expect(await store().evaluation(answered.id)).toEqual(one);
    expect(await store().evaluation(unanswered.id)).toEqual({
      ...two,
      state: 'superseded',
      supersededBy: 'attempt 3: /rerun-eval by @ada',
      finishedAt: expect.any(Date) as Date,
    });
  });

  it('takes the place of a draft, whose check run GitHub shows as queued', async () => {
    const subject = await newSubject(store());
    const { evaluation } = await store().createEvaluation(newEvaluation(subject, DRAFT));
    await post(store(), evaluation.id, 'queued');
    await store().markReported(evaluation.id);
    await planned(subject);
    expect(await stateOf(evaluation.id)).toBe('superseded');
  });

  it('leaves nothing when a part of it cannot be kept', async () => {
    const subject = await newSubject(store());
    const first = await planned(subject);
    const twice = [pipelineReport(), pipelineReport()];
    await expect(store().createEvaluation(newEvaluation(subject, { reports: twice }))).rejects.toThrow(
      'duplicate',
    );
    expect(await store().attempts(subject)).toEqual([first]);
  });

  it('keeps hostile texts', async () => {
    const wanted = newEvaluation(await newSubject(store()), {
      trust: { trusted: false, reason: 'nul \u0000 lone \ud800', aggregatesOnly: true },
      why: 'cut \u0000 here',
    });
    const { evaluation } = await store().createEvaluation(wanted);
    expect(evaluation.trust).toEqual(wanted.trust);
    expect(evaluation.why).toBe('cut \ufffd here');
  });
});

describe('superseding', () => {
  it('ends what waits for an answer, once', async () => {
    const subject = await newSubject(store());
    const { id } = await running(subject);
    expect(await store().supersede(subject, 'head moved to 1234567')).toBe(1);
    expect(await store().supersede(subject, 'again')).toBe(0);
    expect(await store().evaluation(id)).toMatchObject({
      state: 'superseded',
      supersededBy: 'head moved to 1234567',
    });
  });

  it('leaves answers as they are, and other subjects', async () => {
    const subject = await newSubject(store());
    const { id } = await running(subject);
    await store().finish(id, 'w1', result());
    const other = await planned({ ...subject, baseRef: 'release' });
    expect(await store().supersede(subject, 'closed')).toBe(0);
    expect(await store().evaluation(id)).toMatchObject({ state: 'judged', supersededBy: null });
    expect(await stateOf(other.id)).toBe('planned');
  });
});

describe('claiming', () => {
  it('gives a planned evaluation to one of ten workers', async () => {
    const { id } = await planned();
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, i) => store().claim(id, `w${i}`, HOUR_MS)),
    );
    const won = claims.filter((claim) => claim !== undefined);
    expect(won).toMatchObject([{ id, state: 'running', tries: 1, startedAt: expect.any(Date) as Date }]);
    expect(await store().claim(id, 'w1', HOUR_MS)).toBeUndefined();
  });

  it('takes a running one over when its worker is silent, and the silent one learns it', async () => {
    const { id, startedAt } = await running();
    await store().heartbeat(id, 'w1', { stage: 'x', done: 1, total: 2, estimatedEndMs: null });
    expect(await store().claim(id, 'w2', HOUR_MS)).toBeUndefined();
    await age(database.pool(), 'evaluations', ['heartbeat_at'], HOUR_MS);
    expect(await store().claim(id, 'w2', HOUR_MS)).toMatchObject({ tries: 2, startedAt, progress: null });
    expect(await store().heartbeat(id, 'w1', null)).toBe(false);
    expect(await store().release(id, 'w1', true)).toBe(false);
    expect(await store().finish(id, 'w1', result())).toBe(false);
    expect(await store().reports(id)).toEqual([]);
    expect(await store().finish(id, 'w2', result())).toBe(true);
  });

  it('gives nothing that is past its deadline, answered, superseded or unknown', async () => {
    const { evaluation } = await store().createEvaluation(
      newEvaluation(await newSubject(store()), { deadlineMs: 0 }),
    );
    expect(await store().claim(evaluation.id, 'w1', HOUR_MS)).toBeUndefined();
    const subject = await newSubject(store());
    const { id } = await planned(subject);
    await store().supersede(subject, 'x');
    expect(await store().claim(id, 'w1', HOUR_MS)).toBeUndefined();
    expect(await store().claim(randomUUID(), 'w1', HOUR_MS)).toBeUndefined();
    expect(await store().claim('no uuid', 'w1', HOUR_MS)).toBeUndefined();
  });
});

describe('a running evaluation', () => {
  it('keeps the progress of its heartbeats', async () => {
    const { id } = await running();
    const progress = {
      stage: 'measuring head of invoices',
      done: 3,
      total: 9,
      estimatedEndMs: 1_700_000_000_000,
    };
    expect(await store().heartbeat(id, 'w1', progress)).toBe(true);
    expect((await store().evaluation(id))?.progress).toEqual(progress);
    expect(await store().heartbeat(id, 'w2', progress)).toBe(false);
    expect(await store().heartbeat('no uuid', 'w1', progress)).toBe(false);
  });

  it('stops at its deadline and when it is superseded', async () => {
    const subject = await newSubject(store());
    const one = await running(subject);
    await store().supersede(subject, 'x');
    expect(await store().heartbeat(one.id, 'w1', null)).toBe(false);
    const two = await running();
    await database.pool().query('update docops.evaluations set deadline_at = now() where id = $1', [two.id]);
    expect(await store().heartbeat(two.id, 'w1', null)).toBe(false);
  });

  it('goes back to the queue with or without its try', async () => {
    const { id } = await running();
    expect(await store().release(id, 'w1', false)).toBe(true);
    expect(await store().release(id, 'w1', false)).toBe(false);
    expect(await store().evaluation(id)).toMatchObject({ state: 'planned', tries: 0, progress: null });
    await store().claim(id, 'w1', HOUR_MS);
    expect(await store().release(id, 'w1', true)).toBe(true);
    expect(await store().evaluation(id)).toMatchObject({ state: 'planned', tries: 1 });
  });

  it('has reports of before with what was added to reports since', async () => {
    const { evaluation } = await store().createEvaluation(newEvaluation(await newSubject(store())));
    await store().claim(evaluation.id, 'w1', HOUR_MS);
    const now = passReport();
    const report = asOfBefore(now);
    await store().finish(evaluation.id, 'w1', result([pipelineReport({ report })]));
    expect((await store().reports(evaluation.id))[0]?.report).toEqual(now);
    expect((await store().verdict(evaluation.repositoryId, 'plan'))?.report).toEqual(now);
  });

  it('is finished once, with its reports in their order', async () => {
    const { id } = await running();
    const reports = [
      pipelineReport({ pipeline: 'z' }),
      pipelineReport({ pipeline: 'a' }, 'block', 'nul \u0000 \ud800'),
    ];
    const attribution = [
      { pullNumber: 7, commit: sha(1), pipeline: 'a', moved: [{ field: 'total', before: 0.9, after: null }] },
    ];
    expect(await store().finish(id, 'w1', { reports, warnings: ['w'], attribution })).toBe(true);
    expect(await store().finish(id, 'w1', result())).toBe(false);
    expect(await store().reports(id)).toEqual(reports);
    expect(await store().evaluation(id)).toMatchObject({
      state: 'judged',
      warnings: ['w'],
      attribution,
      failure: null,
      progress: null,
      finishedAt: expect.any(Date) as Date,
    });
  });

  it('is not finished when its reports cannot be kept', async () => {
    const { id } = await running();
    await expect(store().finish(id, 'w1', result([pipelineReport(), pipelineReport()]))).rejects.toThrow(
      'duplicate',
    );
    expect(await stateOf(id)).toBe('running');
    expect(await store().finish(id, 'w1', result())).toBe(true);
  });

  it('is either superseded or finished when both happen at once', async () => {
    for (let round = 0; round < 10; round++) {
      const subject = await newSubject(store());
      const { id } = await running(subject);
      const [finished] = await Promise.all([
        store().finish(id, 'w1', result()),
        store().createEvaluation(newEvaluation(subject)),
      ]);
      expect(await store().evaluation(id)).toMatchObject({
        state: finished ? 'judged' : 'superseded',
        supersededBy: 'attempt 2: first look',
      });
      expect(await store().reports(id)).toHaveLength(finished ? 1 : 0);
    }
  });

  it('fails once, from planned or running, and only then', async () => {
    const { id } = await running();
    expect(await store().fail(id, FAILURE)).toBe(true);
    expect(await store().fail(id, { ...FAILURE, message: 'other' })).toBe(false);
    expect(await store().evaluation(id)).toMatchObject({ state: 'judged', failure: FAILURE });
    expect(await store().finish(id, 'w1', result())).toBe(false);
    expect(await store().fail((await planned()).id, FAILURE)).toBe(true);
    expect(await store().fail('no uuid', FAILURE)).toBe(false);
  });
});

describe('a judged evaluation', () => {
  it('is reported once', async () => {
    const { id } = await running();
    expect(await store().markReported(id)).toBe(false);
    await store().finish(id, 'w1', result());
    expect(await store().markReported(id)).toBe(true);
    expect(await store().markReported(id)).toBe(false);
    expect(await stateOf(id)).toBe('reported');
  });
});

describe('the verdict of a plan', () => {
  it('is the newest finished one in the repository, whatever its subject', async () => {
    const subject = await newSubject(store());
    const first = await running(subject);
    await store().finish(first.id, 'w1', result([pipelineReport({}, 'pass', 'first')]));
    const second = await running({ ...subject, headSha: sha(99) });
    await store().finish(second.id, 'w1', result([pipelineReport({}, 'block', 'second')]));
    expect(await store().verdict(subject.repositoryId, 'plan')).toMatchObject({
      evaluationId: second.id,
      report: { verdict: 'block', warnings: ['second'] },
    });
    expect(await store().verdict(subject.repositoryId, 'other')).toBeUndefined();
    expect(await store().verdict((await newSubject(store())).repositoryId, 'plan')).toBeUndefined();
  });

  it('is never one that was not measured, failed, or has lost its place', async () => {
    const subject = await newSubject(store());
    const unmeasured = await running(subject);
    await store().finish(unmeasured.id, 'w1', result([pipelineReport({}, 'not-measured')]));
    const superseded = await store().createEvaluation(
      newEvaluation(subject, { reports: [pipelineReport()] }),
    );
    await store().supersede(subject, 'x');
    expect(await stateOf(superseded.evaluation.id)).toBe('superseded');
    const failed = await store().createEvaluation(newEvaluation(subject, { reports: [pipelineReport()] }));
    await store().fail(failed.evaluation.id, FAILURE);
    expect(await store().verdict(subject.repositoryId, 'plan')).toBeUndefined();
  });

  it('names the evaluation that measured it when it was taken over', async () => {
    const subject = await newSubject(store());
    const first = await running(subject);
    await store().finish(first.id, 'w1', result());
    const second = await running(subject);
    await store().finish(second.id, 'w1', result([pipelineReport({ reusedFrom: first.id })]));
    expect((await store().verdict(subject.repositoryId, 'plan'))?.evaluationId).toBe(first.id);
  });
});
