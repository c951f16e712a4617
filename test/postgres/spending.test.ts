import { beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation, Subject } from '../../src/core/app-words.js';
import { createDocumentCosts } from '../../src/postgres/document-costs.js';
import { createSpending, spentBy } from '../../src/postgres/spending.js';
import { createStore } from '../../src/postgres/store.js';
import { createTaskBooks } from '../../src/postgres/task-books.js';
import { useDatabase } from '../support/postgres.js';
import { newEvaluation, newNumber, newSubject, sha } from './make.js';

const database = useDatabase({ each: 'test' });
const store = () => createStore(database.pool());
const spending = () => createSpending(database.pool());
const costs = () => createDocumentCosts(database.pool());

let subject: Subject;
let evaluation: Evaluation;
beforeEach(async () => {
  subject = await newSubject(store());
  ({ evaluation } = await store().createEvaluation(newEvaluation(subject)));
});
const spent = (repositoryId = subject.repositoryId): Promise<number> =>
  spending().spentThisMonth(repositoryId);
const charge = (what: string, usd: number): Promise<void> =>
  spending().charge(evaluation.id, subject.repositoryId, what, usd);

async function endTask(usd: number | null): Promise<void> {
  const books = createTaskBooks(database.pool());
  const startedBy = `docops-${newNumber()}-0-1`;
  await books.begin({
    startedBy,
    evaluationId: evaluation.id,
    repositoryId: subject.repositoryId,
    what: 'shard 1 of 1',
    attempt: 1,
    capacity: 'on-demand',
    vcpu: 1,
    memoryMib: 2048,
    gpu: 0,
  });
  await books.end(startedBy, { outcome: 'delivered', seconds: 60, usd });
}

describe('what a repository spent this month', () => {
  it('is what its extractors reported and what its tasks cost, without a rounding of binary fractions', async () => {
    expect(await spent()).toBe(0);
    await charge('extractor', 0.1);
    await charge('extractor, run 2', 0.2);
    await endTask(0.000_4);
    await endTask(null);
    expect(await spent()).toBe(0.300_4);
    expect(await spent(newNumber())).toBe(0);
  });

  it('begins anew with the calendar month of UTC', async () => {
    await charge('extractor', 1);
    await endTask(2);
    const first = `date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'`;
    await database.pool().query(`update docops.charges set at = ${first}`);
    await database.pool().query(`update docops.tasks set ended_at = ${first} - interval '1 millisecond'`);
    expect(await spent()).toBe(1);
    await database.pool().query(`update docops.charges set at = ${first} - interval '1 millisecond'`);
    expect(await spent()).toBe(0);
  });

  it('is found by the index, however many tasks other repositories have', async () => {
    // With few rows PostgreSQL reads them all, which is not what is asked here.
    const client = await database.pool().connect();
    try {
      await client.query('set enable_seqscan = off');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain ${spentBy(String(subject.repositoryId))}`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('tasks_spent');
      expect(plan).toContain('charges_spent');
    } finally {
      client.release(true);
    }
  });

  it('has every charge of an evaluation once, with one line in the audit', async () => {
    await Promise.all([1, 2, 3].map(() => charge('extractor', 0.5)));
    await charge('extractor', 0.7);
    expect(await spent()).toBe(0.5);
    expect(await store().auditEntries(10)).toMatchObject([
      {
        actor: 'docops',
        action: 'cost.charged',
        repositoryId: subject.repositoryId,
        subject: { evaluation: evaluation.id, what: 'extractor', usd: 0.5 },
      },
    ]);
  });

  it.each([-0.01, Number.NaN, Number.POSITIVE_INFINITY])(
    'is never lowered or lost by a charge of %d',
    async (usd) => {
      await expect(charge('extractor', usd)).rejects.toThrow(RangeError);
      expect(await spent()).toBe(0);
    },
  );
});

describe('an approval of costs', () => {
  it('is for one commit, is given once, and has one line in the audit', async () => {
    const approval = { headSha: sha(1), by: 'ada', role: 'maintain' };
    await Promise.all([1, 2, 3].map(() => spending().approveCost(subject.repositoryId, approval)));
    await spending().approveCost(subject.repositoryId, { ...approval, by: 'bob' });
    expect(await spending().costApproval(subject.repositoryId, sha(1))).toEqual({ by: 'ada' });
    expect(await spending().costApproval(subject.repositoryId, sha(2))).toBeUndefined();
    expect(await spending().costApproval(newNumber(), sha(1))).toBeUndefined();
    expect(await store().auditEntries(10)).toMatchObject([
      {
        actor: 'ada',
        action: 'cost.approved',
        repositoryId: subject.repositoryId,
        subject: { head: sha(1), role: 'maintain' },
      },
    ]);
  });
});

describe('what documents took and cost', () => {
  it('is that of the last measurement, for a repository and a pipeline', async () => {
    const { repositoryId } = subject;
    await costs().write(
      repositoryId,
      'invoices',
      new Map([
        ['b', { seconds: 1.5, usd: 0.01 }],
        ['a', { seconds: 2, usd: null }],
      ]),
    );
    await costs().write(repositoryId, 'invoices', new Map([['b', { seconds: 3, usd: null }]]));
    await costs().write(repositoryId, 'receipts', new Map([['b', { seconds: 9, usd: 9 }]]));
    expect(await costs().read(repositoryId, 'invoices', ['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', { seconds: 2, usd: null }],
        ['b', { seconds: 3, usd: null }],
      ]),
    );
    expect(await costs().read(newNumber(), 'invoices', ['a'])).toEqual(new Map());
    expect(await costs().read(repositoryId, 'invoices', [])).toEqual(new Map());
  });

  it('is written and read for more documents than one statement takes, by several at once', async () => {
    const many = Array.from({ length: 12_001 }, (_, i) => [sha(i), { seconds: i / 8, usd: null }] as const);
    await Promise.all([
      costs().write(subject.repositoryId, 'invoices', new Map(many)),
      costs().write(subject.repositoryId, 'invoices', new Map(many.toReversed())),
    ]);
    const read = await costs().read(
      subject.repositoryId,
      'invoices',
      many.map(([hash]) => hash),
    );
    expect(read).toEqual(new Map(many));
  });
});
