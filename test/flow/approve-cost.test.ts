/** Who may let a commit cost more than the budget, and what follows on it. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Evaluation, EvaluationFailure, Permission, RepositoryRef } from '../../src/core/app-words.js';
import type { CommandCall, Outcome } from '../../src/flow/commands.js';
import type { CorridorPorts } from '../../src/flow/corridor.js';
import { approveCost } from '../../src/flow/ledger-commands.js';
import { createSpending } from '../../src/postgres/spending.js';
import { createStore } from '../../src/postgres/store.js';
import type { Store } from '../../src/ports/store.js';
import { newEvaluation, newNumber, pullRequest, repositoryRef, sha } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';

const database = useDatabase();
let store: Store;
beforeAll(() => {
  store = createStore(database.pool());
  return () => store.close();
});

let repository: RepositoryRef;
let head: string;
let looks: number;
beforeEach(async () => {
  repository = repositoryRef();
  head = sha(newNumber());
  looks = 0;
  await store.saveRepositories([repository]);
});

const ADMIN: Permission = { kind: 'role', role: 'admin', canWrite: true };

async function evaluation(failure: EvaluationFailure | null): Promise<Evaluation> {
  const subject = { repositoryId: repository.id, headSha: head, baseRef: 'main' };
  const { evaluation: made } = await store.createEvaluation(newEvaluation(subject));
  if (failure !== null) await store.fail(made.id, failure);
  return made;
}

/** GitHub answers what the test says; a look that follows finds the pull request closed and ends there. */
function approve(sha: string, permission = ADMIN): Promise<Outcome> {
  const log = { debug: () => 0, info: () => 0, warn: () => 0, error: () => 0 };
  const ports = {
    store,
    spending: createSpending(database.pool()),
    log,
    jobs: { add: () => Promise.resolve() },
    github: {
      permission: () => Promise.resolve(permission),
      pullRequest: () => {
        looks += 1;
        return Promise.resolve(pullRequest({ headSha: head, open: false }));
      },
    },
    settings: { staleMs: 60_000 },
  } as unknown as CorridorPorts;
  const call: CommandCall = {
    ports,
    repository,
    pullRequest: pullRequest({ headSha: head }),
    login: 'ada',
    cause: `comment:${newNumber()}:0`,
    signal: new AbortController().signal,
  };
  return approveCost(call, sha);
}

const approval = () => createSpending(database.pool()).costApproval(repository.id, head);
const OVER: EvaluationFailure = { class: 'over-budget', message: 'it would cost about $4.50', mend: null };

describe('/approve-cost', () => {
  it('is kept for the head, and looks again where the cost was what stood in the way', async () => {
    await evaluation(OVER);
    await approve(head.slice(0, 10).toUpperCase());
    expect(await approval()).toEqual({ by: 'ada' });
    expect(looks).toBe(1);
  });

  it('is kept, and starts nothing again, where something else stands in the way or nothing does', async () => {
    await evaluation(null);
    expect(await approve(head)).toMatchObject({ done: true });
    expect(await approval()).toEqual({ by: 'ada' });
    expect(looks).toBe(0);
  });

  it.each<[string, Permission]>([
    ['a role that is not in override.roles', { kind: 'role', role: 'write', canWrite: true }],
    ['no role', { kind: 'none' }],
    ['a role that GitHub did not say', { kind: 'unknown', why: '503' }],
  ])('is refused to somebody with %s', async (_name, permission) => {
    await evaluation(OVER);
    const outcome = await approve(head, permission);
    expect(outcome.done).toBe(false);
    expect(outcome.text).toContain('the roles admin');
    expect(await approval()).toBeUndefined();
    expect(looks).toBe(0);
  });

  it('is for the commit that the pull request has now', async () => {
    await evaluation(OVER);
    const outcome = await approve('0123456');
    expect(outcome).toMatchObject({ done: false, text: expect.stringContaining(head) as string });
    expect(await approval()).toBeUndefined();
  });

  it('needs an evaluation, for its policy says who may', async () => {
    expect(await approve(head)).toMatchObject({ done: false });
    expect(await approval()).toBeUndefined();
  });
});
