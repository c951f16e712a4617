/** Looks that cross each other, and the sweep that mends what one of them left. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { PullRequest, RepositoryRef } from '../../src/core/app-words.js';
import type { CorridorPorts } from '../../src/flow/corridor.js';
import { lookNow } from '../../src/flow/look.js';
import { reconcile } from '../../src/flow/reconcile.js';
import { RetryLater, type Job } from '../../src/ports/queue.js';
import type { Store } from '../../src/ports/store.js';
import { createStore } from '../../src/postgres/store.js';
import { newEvaluation, pullRequest, repositoryRef, sha } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';

const database = useDatabase();
const signal = new AbortController().signal;
let store: Store;
let other: Store;
beforeAll(() => {
  // Of two processes, each with connections of its own.
  [store, other] = [createStore(database.pool()), createStore(database.pool())];
  return async () => {
    await store.close();
    await other.close();
  };
});

interface World {
  readonly jobs: Job[];
  readonly ports: (of: Store) => CorridorPorts;
}

/** GitHub answers what the test says; the steps beyond a look are not reached. */
function world(repository: RepositoryRef, now: () => Promise<PullRequest>): World {
  const jobs: Job[] = [];
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const ports = (of: Store): unknown => ({
    store: of,
    log,
    jobs: { add: (job: Job) => Promise.resolve(void jobs.push(job)) },
    github: {
      pullRequest: now,
      openPullRequests: async () => [await now()],
      installations: () => Promise.resolve([{ id: repository.installationId, account: 'acme' }]),
      repositories: () => Promise.resolve([repository]),
      failedDeliveries: () => Promise.resolve([]),
    },
    evaluator: { reap: () => Promise.resolve([]) },
    simulations: { lateSimulations: () => Promise.resolve([]) },
    settings: { staleMs: 60_000 },
  });
  return { jobs, ports: (of) => ports(of) as CorridorPorts };
}

describe('looks at one pull request', () => {
  it('never run beside each other: the second comes again later', async () => {
    const repository = repositoryRef();
    await store.saveRepositories([repository]);
    let answer!: (pull: PullRequest) => void;
    let asked!: () => void;
    const begun = new Promise<void>((resolve) => (asked = resolve));
    const { ports } = world(repository, () => {
      asked();
      return new Promise((resolve) => (answer = resolve));
    });
    const first = lookNow(ports(store), repository, 7, signal);
    await begun;
    await expect(lookNow(ports(store), repository, 7, signal)).rejects.toBeInstanceOf(RetryLater);
    await expect(lookNow(ports(other), repository, 7, signal)).rejects.toBeInstanceOf(RetryLater);
    answer(pullRequest({ open: false }));
    await expect(first).resolves.toBeUndefined();
  });
});

describe('the sweep', () => {
  it.each([
    { kept: 'its answer was withdrawn although it still has this head', withdrawn: true, looks: 1 },
    { kept: 'its answer stands', withdrawn: false, looks: 0 },
  ])('looks $looks times at an open pull request when $kept', async ({ withdrawn, looks }) => {
    const repository = repositoryRef();
    await store.saveRepositories([repository]);
    const pull = pullRequest({ headSha: sha(repository.id) });
    await store.savePullRequest(repository.id, pull);
    const subject = { repositoryId: repository.id, headSha: pull.headSha, baseRef: pull.baseRef };
    await store.createEvaluation(newEvaluation(subject));
    if (withdrawn) await store.supersede(subject, 'the head is now another');
    await store.saveCursor('pulls', new Date(0));
    const { jobs, ports } = world(repository, () => Promise.resolve(pull));
    await reconcile(ports(store));
    const mine = jobs.filter((job) => job.kind === 'look' && job.repositoryId === repository.id);
    expect(mine).toHaveLength(looks);
  });
});
