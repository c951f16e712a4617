/** Once an hour, what GitHub lists as releases is kept for the trends. */
import { beforeAll, expect, it } from 'vitest';
import type { RepositoryRef } from '../../src/core/app-words.js';
import type { CorridorPorts } from '../../src/flow/corridor.js';
import { reconcile } from '../../src/flow/reconcile.js';
import type { Store } from '../../src/ports/store.js';
import { createInsight } from '../../src/postgres/insight.js';
import { createSimulations } from '../../src/postgres/simulations.js';
import { createStore } from '../../src/postgres/store.js';
import { newEvaluation, newSubject } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';

const database = useDatabase({ each: 'test' });
let store: Store;
beforeAll(() => () => store.close());

type Listed = { tag: string; at: Date }[];

/** Everything else that the sweep asks finds nothing. */
async function sweep(list: (repository: RepositoryRef) => Promise<Listed>, releasesEvery = 0) {
  const warnings: unknown[] = [];
  const ports = {
    store,
    simulations: createSimulations(database.pool()),
    jobs: { add: () => Promise.resolve() },
    github: {
      installations: () => Promise.resolve([]),
      failedDeliveries: () => Promise.resolve([]),
      openPullRequests: () => Promise.resolve([]),
      releases: list,
    },
    evaluator: { reap: () => Promise.resolve([]) },
    log: { debug: () => 0, info: () => 0, warn: (fields: unknown) => warnings.push(fields), error: () => 0 },
    settings: { staleMs: 60_000, sweeps: { releasesEvery, plannedLate: 3_600_000 } },
  } as unknown as CorridorPorts;
  await reconcile(ports);
  return warnings;
}

const kept = async (repositoryId: number): Promise<string[]> =>
  (await createInsight(database.pool()).releases(repositoryId, new Date(0))).map(({ tag }) => tag);

it('releases are kept of repositories that had an evaluation; one that fails is a warning', async () => {
  store = createStore(database.pool());
  const [one, broken, quiet] = [await newSubject(store), await newSubject(store), await newSubject(store)];
  for (const subject of [one, broken]) await store.createEvaluation(newEvaluation(subject));
  const asked: number[] = [];
  const warnings = await sweep(({ id }) => {
    asked.push(id);
    return id === broken.repositoryId
      ? Promise.reject(new Error('no answer'))
      : Promise.resolve([{ tag: 'v1', at: new Date('2026-01-01') }]);
  });
  expect(asked).toEqual([one.repositoryId, broken.repositoryId]);
  expect(warnings).toEqual([{ repository: broken.repositoryId, error: 'Error: no answer' }]);
  expect(await kept(one.repositoryId)).toEqual(['v1']);
  expect(await kept(quiet.repositoryId)).toEqual([]);
  await sweep(() => Promise.reject(new Error('asked before its time')), 3_600_000);
});
