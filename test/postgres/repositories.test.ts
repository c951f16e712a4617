import { describe, expect, it } from 'vitest';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { newNumber, pullRequest, repositoryRef, sha } from './make.js';

const database = useDatabase();
const store = () => createStore(database.pool());

describe('repositories', () => {
  it('are renamed and moved under their id, and brought back when they were removed', async () => {
    const repository = repositoryRef();
    await store().saveRepositories([]);
    await store().saveRepositories([repository]);
    await store().saveRepositories([repository]);
    const moved = { ...repository, installationId: newNumber(), owner: 'globex', name: 'receipts' };
    await store().saveRepositories([moved]);
    expect(await store().repository(repository.id)).toEqual(moved);
    await store().removeRepository(repository.id);
    await store().removeRepository(repository.id);
    expect(await store().repository(repository.id)).toBeUndefined();
    await store().saveRepositories([moved, moved]);
    expect(await store().repository(repository.id)).toEqual(moved);
    expect(await store().repository(newNumber())).toBeUndefined();
  });

  it.each(['suspended', 'deleted'] as const)(
    'are not there while their installation is %s',
    async (state) => {
      const repository = repositoryRef();
      await store().saveRepositories([repository]);
      await store().saveInstallation(repository.installationId, 'acme', state);
      expect(await store().repository(repository.id)).toBeUndefined();
      expect(await store().activeRepositories()).not.toContainEqual(repository);
      await store().saveInstallation(repository.installationId, null, 'active');
      expect(await store().repository(repository.id)).toEqual(repository);
      expect(await store().activeRepositories()).toContainEqual(repository);
    },
  );

  it('keep the account that is known when a later word has none', async () => {
    const id = newNumber();
    await store().saveInstallation(id, 'acme', 'active');
    await store().saveInstallation(id, null, 'suspended');
    const { rows } = await database
      .pool()
      .query('select account, state from docops.installations where id = $1', [id]);
    expect(rows).toEqual([{ account: 'acme', state: 'suspended' }]);
  });

  it('are saved by several at once, in whatever order, without waiting in a circle', async () => {
    const many = Array.from({ length: 30 }, () => repositoryRef());
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        store().saveRepositories(
          (i % 2 === 0 ? many : [...many].reverse()).map((one) => ({ ...one, name: `${one.name}-${i}` })),
        ),
      ),
    );
    for (const { id } of many) expect(await store().repository(id)).toBeDefined();
  });
});

describe('pull requests', () => {
  it('are kept as they were last seen', async () => {
    const repositoryId = newNumber();
    const first = pullRequest({ title: 'nul \u0000 and \ud800', headRepositoryId: null });
    await store().savePullRequest(repositoryId, first);
    expect(await store().pullRequest(repositoryId, 7)).toEqual(first);
    const next = pullRequest({ headSha: sha(9), draft: true });
    await store().savePullRequest(repositoryId, next);
    expect(await store().pullRequest(repositoryId, 7)).toEqual(next);
    expect(await store().pullRequest(repositoryId, 8)).toBeUndefined();
  });

  it('are listed while they are open, all or those into one branch', async () => {
    const repositoryId = newNumber();
    const [into, other, closed] = [
      pullRequest({ number: 3 }),
      pullRequest({ number: 1, baseRef: 'release' }),
      pullRequest({ number: 2, open: false, merged: true }),
    ];
    for (const one of [into, other, closed]) await store().savePullRequest(repositoryId, one);
    expect(await store().openPullRequests(repositoryId)).toEqual([other, into]);
    expect(await store().openPullRequests(repositoryId, 'main')).toEqual([into]);
    await store().savePullRequest(repositoryId, { ...into, open: false });
    expect(await store().openPullRequests(repositoryId, 'main')).toEqual([]);
  });
});
