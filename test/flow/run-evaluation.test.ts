/** What becomes of the work when its time is over, and what it is said to have cost. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../src/core/app-words.js';
import type { CorridorPorts } from '../../src/flow/corridor.js';
import { moneyOf } from '../../src/flow/measure-evaluation.js';
import { runEvaluation } from '../../src/flow/run-evaluation.js';
import { createDocumentCosts } from '../../src/postgres/document-costs.js';
import { createSpending } from '../../src/postgres/spending.js';
import { createStore } from '../../src/postgres/store.js';
import { HandOver } from '../../src/ports/runner.js';
import type { Store } from '../../src/ports/store.js';
import { newEvaluation, newSubject, repositoryRef, sha } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';

const database = useDatabase();
let store: Store;
beforeAll(() => {
  store = createStore(database.pool());
  return () => store.close();
});

async function planned(more: Parameters<typeof newEvaluation>[1] = {}): Promise<Evaluation> {
  const { evaluation } = await store.createEvaluation(newEvaluation(await newSubject(store), more));
  return evaluation;
}

/** Why the work of a worker that got this far was stopped. */
async function whyStopped(evaluation: Evaluation, meanwhile: () => Promise<unknown>): Promise<unknown> {
  let reason: unknown;
  const quiet = (): void => undefined;
  const ports = {
    store: { ...store, repository: () => Promise.resolve(repositoryRef()) },
    jobs: { add: () => Promise.resolve() },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    settings: { worker: 'w1', staleMs: 400, tries: 3, progressEveryMs: 60_000 },
    mirrors: {
      open: async (_: unknown, { signal }: { signal: AbortSignal }) => {
        await meanwhile();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        reason = signal.reason;
        throw reason;
      },
    },
  } as unknown as CorridorPorts;
  await runEvaluation(ports, evaluation.id, { signal: new AbortController().signal, attempt: 1 });
  return reason;
}

describe('the work of an evaluation that is not ours any more', () => {
  it('is left to the worker that has taken it', async () => {
    const evaluation = await planned();
    const taken = (): Promise<unknown> =>
      database.pool().query(`update docops.evaluations set worker = 'w2' where id = $1`, [evaluation.id]);
    expect(await whyStopped(evaluation, taken)).toBeInstanceOf(HandOver);
  });

  it('is stopped at the deadline, before the sweep has said that it failed', async () => {
    const evaluation = await planned();
    const late = (): Promise<unknown> =>
      database
        .pool()
        .query('update docops.evaluations set deadline_at = now() where id = $1', [evaluation.id]);
    const reason = await whyStopped(evaluation, late);
    expect((await store.evaluation(evaluation.id))?.state).toBe('running');
    expect(reason).toBeInstanceOf(Error);
    expect(reason).not.toBeInstanceOf(HandOver);
  });
});

describe('what the extractors of an evaluation say that they spent', () => {
  it('counts each time that a pipeline was measured, also after another worker began the same try', async () => {
    const evaluation = await planned({ kind: 'merge-group', baseSha: sha(3) });
    const spending = createSpending(database.pool());
    let ids = 0;
    const money = (): ReturnType<typeof moneyOf> =>
      moneyOf(
        {
          costs: createDocumentCosts(database.pool()),
          spending,
          newId: () => `id-${(ids += 1)}`,
          evaluator: { prices: () => null },
        },
        evaluation,
        { budget: {}, runner: {} } as never,
        { usage: () => null },
      );
    const first = money();
    await first.remember('invoices', new Map(), 0.25);
    await first.remember('invoices', new Map(), 0.5);
    await money().remember('invoices', new Map(), 1);
    await money().remember('invoices', new Map(), null);
    expect(await spending.spentThisMonth(evaluation.repositoryId)).toBe(1.75);
  });
});
