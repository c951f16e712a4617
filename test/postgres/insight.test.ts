import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation, Subject } from '../../src/core/app-words.js';
import type { Report, Verdict } from '../../src/core/report/schema.js';
import { GATE_ANSWERS, type GateAnswer } from '../../src/ports/insight.js';
import type { NewEvaluation } from '../../src/ports/store.js';
import { createInsight } from '../../src/postgres/insight.js';
import { LINES, REGRESSIONS } from '../../src/postgres/insight-overview.js';
import { TREND } from '../../src/postgres/insight-trend.js';
import { createSpending } from '../../src/postgres/spending.js';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import {
  blockReport,
  bootstrapReport,
  hostileReport,
  notMeasuredReport,
  passReport,
} from '../support/report.js';
import {
  HOUR_MS,
  newEvaluation,
  newNumber,
  newSubject,
  pipelineReport,
  pullRequest,
  result,
  sha,
} from './make.js';

const database = useDatabase({ each: 'test' });
const store = () => createStore(database.pool());
const insight = () => createInsight(database.pool());
const EPOCH = new Date(0);

let subject: Subject;
beforeEach(async () => {
  subject = await newSubject(store());
});

async function planned(more: Partial<NewEvaluation> = {}, of: Subject = subject): Promise<Evaluation> {
  return (await store().createEvaluation(newEvaluation(of, more))).evaluation;
}
const onNewHead = (): Subject => ({ ...subject, headSha: sha(newNumber()) });

async function measured(
  reports: readonly Report[],
  more: Partial<NewEvaluation> = {},
  of: Subject = onNewHead(),
): Promise<Evaluation> {
  const evaluation = await planned(more, of);
  await store().claim(evaluation.id, 'w1', HOUR_MS);
  await store().finish(
    evaluation.id,
    'w1',
    result(reports.map((report) => pipelineReport({ pipeline: report.pipeline, report }))),
  );
  return evaluation;
}

async function conclude(id: string, conclusion: 'success' | 'failure'): Promise<void> {
  const [check] = await store().checks(id);
  await store().beginCheckCreation(check!.id);
  const posted = { githubId: newNumber(), hash: 'h', status: 'completed', conclusion } as const;
  await store().savePosted(check!.id, posted);
}

describe('the list of runs', () => {
  const ids = async (filter: Partial<Parameters<ReturnType<typeof insight>['runs']>[1]> = {}) =>
    (await insight().runs(subject.repositoryId, { limit: 100, ...filter })).runs.map(({ id }) => id);

  it('has what a line shows, the newest first', async () => {
    await store().savePullRequest(subject.repositoryId, pullRequest({ title: 'Better <b>' }));
    const one = await measured([blockReport()], {}, subject);
    await conclude(one.id, 'failure');
    const two = await planned();
    const { runs, next } = await insight().runs(subject.repositoryId, { limit: 10 });
    expect(next).toBeNull();
    expect(runs).toMatchObject([
      { id: two.id, state: 'planned', conclusion: null, pipelines: [], attempt: 2 },
      {
        id: one.id,
        repositoryId: subject.repositoryId,
        title: 'Better <b>',
        pullNumber: 7,
        decision: 'evaluate',
        conclusion: 'failure',
        supersededBy: 'attempt 2: first look',
        pipelines: [{ pipeline: 'invoices', verdict: 'block', blocked: true, reusedFrom: null }],
      },
    ]);
    expect(await insight().run(one.id)).toEqual(runs[1]);
  });

  it('is read page by page, each run once, also when runs came in one moment', async () => {
    const made: string[] = [];
    for (let i = 0; i < 7; i++) made.push((await planned({}, onNewHead())).id);
    await database.pool().query(`update docops.evaluations set created_at = '2026-01-01T00:00:00.123456Z'`);
    const seen: string[] = [];
    for (let after: string | null | undefined; after !== null;) {
      const page = await insight().runs(subject.repositoryId, {
        limit: 3,
        ...(after === undefined ? {} : { after }),
      });
      seen.push(...page.runs.map(({ id }) => id));
      after = page.next;
    }
    expect(seen).toEqual(made.toSorted().toReversed());
  });

  it('is filtered by branch, pull request, pipeline and verdict', async () => {
    const [pass, block] = [await measured([passReport()]), await measured([blockReport()])];
    const two = await measured([
      passReport({ pipeline: 'a' }),
      passReport({ pipeline: 'b', verdict: 'warn' }),
    ]);
    const other = await planned({ pullNumber: 8 }, { ...onNewHead(), baseRef: 'release' });
    expect(await ids({ baseRef: 'release' })).toEqual([other.id]);
    expect(await ids({ pullNumber: 8 })).toEqual([other.id]);
    expect(await ids({ pipeline: 'invoices' })).toEqual([block.id, pass.id]);
    expect(await ids({ verdict: 'block' })).toEqual([block.id]);
    expect(await ids({ pipeline: 'a', verdict: 'warn' })).toEqual([]);
    expect(await ids({ pipeline: 'b', verdict: 'warn' })).toEqual([two.id]);
  });

  it('leaves out what a later attempt or head took the place of, when it is asked to', async () => {
    const old = await measured([passReport()]);
    const repeated = await measured([passReport()], {}, subject);
    const current = await planned({}, subject);
    const group = await planned({ kind: 'merge-group', pullNumber: null }, onNewHead());
    const unknown = await planned({ pullNumber: 99 }, onNewHead());
    await store().savePullRequest(subject.repositoryId, pullRequest({ headSha: subject.headSha }));
    expect(await ids({ currentOnly: true })).toEqual([unknown.id, group.id, current.id]);
    expect(await ids()).toEqual([unknown.id, group.id, current.id, repeated.id, old.id]);
  });

  it('is empty or its first page for what nobody means', async () => {
    const { id } = await planned();
    for (const after of ['', 'x', `'; drop table`, '\0', 'x'.repeat(10_000)])
      expect(await ids({ after })).toEqual([id]);
    const foreign = await planned({}, await newSubject(store()));
    for (const after of [randomUUID(), foreign.id]) expect(await ids({ after })).toEqual([]);
    for (const pullNumber of [0, -1, 1.5, 2 ** 31, Number.NaN]) expect(await ids({ pullNumber })).toEqual([]);
    for (const limit of [0, -5, Number.NaN, 1e9]) expect(await ids({ limit })).toEqual([id]);
    expect(await ids({ baseRef: '\0' })).toEqual([]);
    expect((await insight().runs(Number.NaN, { limit: 1 })).runs).toEqual([]);
    expect(await insight().run('no uuid')).toBeUndefined();
    expect(await insight().run(randomUUID())).toBeUndefined();
  });

  it('does not tell what outsiders are not told', async () => {
    const trust = { trusted: false, reason: 'eve', aggregatesOnly: true };
    const paid = passReport({ run: { ...passReport().run, reported_usd: 3 } });
    const run = await measured([paid], { trust });
    expect((await insight().run(run.id))?.pipelines[0]?.usd).toBeNull();
    const failed = await planned({ trust }, onNewHead());
    await store().fail(failed.id, { class: 'configuration', message: 'secret.pdf', mend: 'secret.pdf' });
    expect(JSON.stringify(await insight().run(failed.id))).not.toContain('secret');
  });
});

describe('a repository', () => {
  it('is found by its name in any case while it is active, and is the one that has the name now', async () => {
    const old = { id: newNumber(), installationId: 5, owner: 'Acme', name: 'Docs' };
    const now = { ...old, id: newNumber() };
    await store().saveRepositories([old]);
    await store().saveRepositories([now]);
    expect(await insight().repositoryNamed('ACME', 'docs')).toEqual(now);
    await store().removeRepository(now.id);
    expect(await insight().repositoryNamed('acme', 'docs')).toEqual(old);
    await store().saveInstallation(5, null, 'suspended');
    expect(await insight().repositoryNamed('acme', 'docs')).toBeUndefined();
    expect(await insight().repositoryNamed('acme\0', 'x'.repeat(10_000))).toBeUndefined();
  });

  it('has the pipelines that were ever evaluated, by branch', async () => {
    await measured([passReport({ pipeline: 'b' })]);
    await measured([passReport({ pipeline: 'a' }), passReport({ pipeline: 'b' })]);
    await measured([passReport({ pipeline: 'b' })], {}, { ...onNewHead(), baseRef: 'release' });
    expect(await insight().pipelines(subject.repositoryId)).toEqual([
      { pipeline: 'b', baseRef: 'main' },
      { pipeline: 'a', baseRef: 'main' },
      { pipeline: 'b', baseRef: 'release' },
    ]);
    expect(await insight().pipelines(newNumber())).toEqual([]);
  });
});

describe('the trend of a branch', () => {
  const at = (fingerprint: string, version = 'v1', verdict: Verdict = 'pass'): Report => {
    const report = passReport({ verdict });
    return {
      ...report,
      base: { ...report.base, fingerprint },
      dataset: { ...report.dataset, version },
    };
  };
  const trend = (limit = 100) =>
    insight().trend(subject.repositoryId, { pipeline: 'invoices', baseRef: 'main', limit });
  const points = async (limit?: number): Promise<string[]> =>
    (await trend(limit)).map(({ fingerprint, datasetVersion }) => `${fingerprint ?? ''} ${datasetVersion}`);

  it('is one point for each base and dataset as they followed each other, the oldest first', async () => {
    const first = await measured([at('f1')]);
    await measured([at('f1', 'v1', 'block')]);
    await measured([at('f2')]);
    await measured([at('f2', 'v2')]);
    await measured([at('f1', 'v2')]);
    expect(await points()).toEqual(['f1 v1', 'f2 v1', 'f2 v2', 'f1 v2']);
    expect(await points(2)).toEqual(['f2 v2', 'f1 v2']);
    expect((await trend())[0]).toMatchObject({
      evaluationId: first.id,
      overall: 0.912,
      documents: 71,
      commit: passReport().base.commit,
      smallestDetectableDrop: 0.021,
    });
    expect((await trend())[0]?.fields.find(({ field }) => field === 'grand_total')).toEqual({
      field: 'grand_total',
      accuracy: 69 / 71,
    });
  });

  it('has nothing of what was taken over, not measured, without a base, or of another branch', async () => {
    await measured([notMeasuredReport()]);
    await measured([bootstrapReport()]);
    await measured([at('f1')], {}, { ...onNewHead(), baseRef: 'release' });
    const one = await measured([at('f2')]);
    await planned({
      state: 'judged',
      reports: [pipelineReport({ report: at('f3'), reusedFrom: one.id })],
    });
    expect(await points()).toEqual(['f2 v1']);
  });

  it('has nothing of a base side that is not the tip of the branch by its own labels and configuration', async () => {
    const tip = at('f1');
    const labels = hostileReport().label_changes!;
    await measured([tip]);
    // Where base and head conflict, the merge base is measured: older code.
    await measured([{ ...at('old'), head: { ...tip.head, merged: false } }]);
    await measured([{ ...at('not reviewed'), bootstrap: true }]);
    await measured([{ ...at('f2'), label_changes: { ...labels, judged_by: 'head' } }]);
    await measured([{ ...at('f2'), label_changes: { ...labels, judged_by: 'both' } }]);
    await measured([{ ...at('f3'), label_changes: { ...labels, judged_by: 'base' } }]);
    expect(await points()).toEqual(['f1 v1', 'f3 v1']);
  });

  it('follows the tips of the branch, and not the ends of their measurements', async () => {
    const slow = await planned({}, onNewHead());
    await store().claim(slow.id, 'w2', HOUR_MS);
    await measured([at('newer')]);
    await store().finish(slow.id, 'w2', result([pipelineReport({ report: at('older') })]));
    expect(await points()).toEqual(['older v1', 'newer v1']);
  });

  it('has the releases since a moment beside it, as they were listed last', async () => {
    const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));
    const releases = async (since = EPOCH) =>
      (await insight().releases(subject.repositoryId, since)).map(({ tag }) => tag);
    const save = (...tags: [string, number][]) =>
      store().saveReleases(
        subject.repositoryId,
        tags.map(([tag, n]) => ({ tag, at: day(n) })),
      );
    await save(['v2', 2], ['v1', 1]);
    await save(['v3', 3], ['v2', 2]);
    expect(await releases()).toEqual(['v1', 'v2', 'v3']);
    expect(await releases(day(2))).toEqual(['v2', 'v3']);
    await save(['v3 \0', 4], ['v2', 2]);
    expect(await releases()).toEqual(['v1', 'v2', 'v3 \ufffd']);
    await save();
    expect(await releases()).toEqual([]);
  });
});

describe('the record of the gate', () => {
  it('counts attempts by their answers, and what people said', async () => {
    await conclude((await measured([blockReport()], {}, subject)).id, 'failure');
    await conclude((await measured([blockReport()])).id, 'success');
    await measured([passReport({ verdict: 'warn' })]);
    await measured([passReport({ verdict: 'block', blocked: false })]);
    await measured([passReport()]);
    await measured([notMeasuredReport()]);
    await store().fail((await planned({}, onNewHead())).id, {
      class: 'infrastructure',
      message: 'x',
      mend: null,
    });
    const decided = { state: 'judged', reports: [] } as const;
    const nothing = { kind: 'not-applicable', conclusion: 'success', pipelines: [] } as const;
    await planned({ ...decided, decision: nothing }, onNewHead());
    await planned({ ...decided, decision: { kind: 'draft' } }, onNewHead());
    await planned({}, onNewHead());
    await store().accept({
      ...subject,
      situationKey: 's',
      fields: [],
      reason: 'known',
      by: 'ada',
      role: 'admin',
      cause: 'c1',
      expiresMs: HOUR_MS,
    });
    await store().revoke(subject, 'bob');
    const record = await insight().gateRecord(subject.repositoryId, EPOCH);
    expect(record).toMatchObject({
      runs: 10,
      blocked: 1,
      warned: 2,
      passed: 1,
      notMeasured: 2,
      notApplicable: 1,
      accepted: 1,
      revoked: 1,
      disputes: 0,
    });
    const listed = async (answer: GateAnswer, since = EPOCH): Promise<number> =>
      (await insight().runs(subject.repositoryId, { answer, since, limit: 100 })).runs.length;
    expect(await Promise.all(GATE_ANSWERS.map((answer) => listed(answer)))).toEqual([
      record.blocked,
      record.warned,
      record.passed,
      record.notMeasured,
      record.notApplicable,
    ]);
    expect(await listed('warned', new Date(Date.now() + HOUR_MS))).toBe(0);
    expect(await insight().gateRecord(subject.repositoryId, new Date(Date.now() + HOUR_MS))).toEqual({
      ...Object.fromEntries(Object.keys(record).map((key) => [key, 0])),
      flips: [],
    });
  });

  it('shows plans that were measured again with another verdict, and counts those measured again', async () => {
    const plan = (planId: string | null, report: Report, reusedFrom: string | null = null) =>
      pipelineReport({ planId, report, reusedFrom });
    const finish = async (...reports: ReturnType<typeof plan>[]): Promise<string> => {
      const { id } = await planned({}, onNewHead());
      await store().claim(id, 'w1', HOUR_MS);
      await store().finish(id, 'w1', result(reports));
      return id;
    };
    const one = await finish(plan('p1', passReport()));
    const two = await finish(plan('p1', blockReport()));
    for (let i = 0; i < 2; i++) await finish(plan('p2', passReport()));
    await finish(plan('p3', passReport()));
    await finish(plan('p3', blockReport(), one));
    await finish(plan('p3', notMeasuredReport()));
    for (let i = 0; i < 2; i++) await finish(plan(null, passReport()));
    expect(await insight().gateRecord(subject.repositoryId, EPOCH)).toMatchObject({
      repeated: 2,
      flips: [
        {
          pipeline: 'invoices',
          planId: 'p1',
          verdicts: [
            { evaluationId: one, verdict: 'pass' },
            { evaluationId: two, verdict: 'block' },
          ],
        },
      ],
    });
  });
});

describe('the overview', () => {
  it('has the repositories that are active, in the order that was asked for', async () => {
    const [a, b] = [(await newSubject(store())).repositoryId, (await newSubject(store())).repositoryId];
    const gone = (await newSubject(store())).repositoryId;
    await store().removeRepository(gone);
    const lines = await insight().overview([b, newNumber(), gone, a, b, Number.NaN]);
    expect(lines.map(({ repository }) => repository.id)).toEqual([b, a]);
    expect(lines[0]).toMatchObject({
      lastRun: null,
      openRegressions: [],
      waiting: 0,
      running: 0,
      spentThisMonthUsd: 0,
      budgetPerMonthUsd: null,
    });
    expect(await insight().overview([])).toEqual([]);
  });

  it('shows the last run, what waits and runs, and the money of the month', async () => {
    const policy = { ...newEvaluation(subject).policy!, budgetPerMonthUsd: 12.5 };
    const one = await measured([passReport()], { policy });
    await createSpending(database.pool()).charge(one.id, subject.repositoryId, 'extractor', 0.4);
    await store().claim((await planned({ policy }, onNewHead())).id, 'w1', HOUR_MS);
    await planned({ policy: null }, onNewHead());
    const last = await planned({ policy: null }, onNewHead());
    await planned({}, await newSubject(store()));
    expect(await insight().overview([subject.repositoryId])).toMatchObject([
      {
        lastRun: { id: last.id },
        waiting: 2,
        running: 1,
        spentThisMonthUsd: 0.4,
        budgetPerMonthUsd: 12.5,
      },
    ]);
    const without: Record<string, unknown> = { comment: 'always' };
    await database.pool().query('update docops.evaluations set policy = $1', [JSON.stringify(without)]);
    expect((await insight().overview([subject.repositoryId]))[0]?.budgetPerMonthUsd).toBeNull();
  });

  it('shows open pull requests whose newest attempt blocks and was not accepted', async () => {
    const pull = async (number: number, open = true): Promise<Subject> => {
      const of = onNewHead();
      await store().savePullRequest(
        of.repositoryId,
        pullRequest({ number, open, headSha: of.headSha, baseRef: of.baseRef }),
      );
      return of;
    };
    const blocked = async (of: Subject, conclusion: 'success' | 'failure', report = blockReport()) => {
      const { id } = await measured([report], {}, of);
      await conclude(id, conclusion);
      return id;
    };
    const first = await blocked(await pull(1), 'failure');
    await blocked(await pull(2, false), 'failure');
    await blocked(await pull(3), 'success');
    await blocked(await pull(4), 'failure', { ...notMeasuredReport(), blocked: true });
    const replaced = await pull(5);
    await blocked(replaced, 'failure');
    await planned({}, replaced);
    const [line] = await insight().overview([subject.repositoryId]);
    expect(line?.openRegressions.map(({ id }) => id)).toEqual([first]);
    expect(line?.openRegressionsInAll).toBe(1);
  });
});

describe('what a run waits for', () => {
  it('is those that were planned before it, and those that run', async () => {
    const [one, two] = [await planned({}, onNewHead()), await planned({}, await newSubject(store()))];
    const three = await planned({}, onNewHead());
    expect(await insight().waitingFor(three.id)).toEqual({ ahead: 2, running: 0 });
    await store().claim(one.id, 'w1', HOUR_MS);
    expect(await insight().waitingFor(three.id)).toEqual({ ahead: 1, running: 1 });
    expect(await insight().waitingFor(two.id)).toEqual({ ahead: 0, running: 1 });
    expect((await insight().waitingFor(one.id)).ahead).toBe(0);
    expect(await insight().waitingFor('no uuid')).toEqual({ ahead: 0, running: 0 });
  });
});

describe('the ledger', () => {
  const line = (action: string, actor = 'ada', repositoryId: number | null = subject.repositoryId) =>
    store().audit({ actor, action, repositoryId, subject: { head: 'x' } });

  it('has the lines of one repository, the newest first, by action, actor and page', async () => {
    await line('acceptance.granted');
    await line('acceptance.revoked', 'Bob');
    await line('approval.granted', 'bob');
    await line('acceptance.granted', 'ada', newNumber());
    await line('token.created', 'ada', null);
    const ids = async (filter: object) =>
      (await insight().ledger(subject.repositoryId, { limit: 10, ...filter })).map(({ id }) => id);
    expect(await ids({})).toEqual([3, 2, 1]);
    expect(await ids({ action: 'acceptance' })).toEqual([2, 1]);
    expect(await ids({ action: '%' })).toEqual([]);
    expect(await ids({ actor: 'BOB' })).toEqual([3, 2]);
    expect(await ids({ before: 3, limit: 1 })).toEqual([2]);
    expect(await ids({ before: Number.NaN })).toEqual([3, 2, 1]);
    expect((await insight().ledger(subject.repositoryId, { limit: 1 }))[0]).toEqual({
      id: 3,
      at: expect.any(Date) as Date,
      actor: 'bob',
      action: 'approval.granted',
      subject: { head: 'x' },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('says whether it is whole, over the lines of all repositories', async () => {
    for (let i = 0; i < 4; i++) await line('x', 'ada', i);
    expect(await insight().ledgerIsWhole()).toEqual({ whole: true, lines: 4, brokenAt: null });
    await database.pool().query('alter table docops.audit disable trigger audit_refuse');
    await database.pool().query(`update docops.audit set action = 'y' where id = 3`);
    expect(await insight().ledgerIsWhole()).toEqual({ whole: false, lines: 3, brokenAt: 3 });
  });
});

describe('the indexes', () => {
  it.each([
    ['the trend', TREND, [1, 'p', 'main', 5], ['report_summaries_trend']],
    [
      'lines of the overview',
      LINES,
      [[1]],
      ['evaluations_newest', 'evaluations_policy', 'evaluations_open', 'tasks_spent', 'charges_spent'],
    ],
    ['open regressions', REGRESSIONS, [[1], 5], ['pull_requests_open', 'evaluations_repository_id_head_sha']],
  ] as const)('serve %s', async (_name, sql, parameters, indexes) => {
    const client = await database.pool().connect();
    try {
      // With few rows PostgreSQL reads them all, which is not what is asked here.
      await client.query('set enable_seqscan = off');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...parameters]);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      for (const index of indexes) expect(plan).toContain(index);
    } finally {
      client.release(true);
    }
  });
});
