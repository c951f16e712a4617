import { describe, expect, it } from 'vitest';
import type { Hint } from '../../src/core/app-words.js';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { age, delivery, HOUR_MS, look, newNumber, repositoryRef } from './make.js';

const database = useDatabase();
const store = () => createStore(database.pool());
const counts = async (guid: string): Promise<{ deliveries: number; hints: number }> => {
  const { rows } = await database.pool().query<{ deliveries: number; hints: number }>(
    `select (select count(*)::int from docops.deliveries where guid = $1) as deliveries,
      (select count(*)::int from docops.hints where delivery_guid = $1) as hints`,
    [guid],
  );
  return rows[0]!;
};

describe('receiving a delivery', () => {
  it('keeps its hints, with repository and installation as it names them', async () => {
    const repository = repositoryRef();
    const sent = delivery(repository, [look(7), { kind: 'push', branch: 'main', after: 'abc' }]);
    const { duplicate, hints } = await store().receive(sent);
    expect(duplicate).toBe(false);
    expect(hints).toEqual(
      sent.hints.map((hint) => ({
        id: expect.any(Number) as number,
        repositoryId: repository.id,
        installationId: repository.installationId,
        hint,
        cause: sent.guid,
      })),
    );
    expect(await store().repository(repository.id)).toEqual(repository);
    expect(await store().hint(hints[0]!.id)).toEqual({ ...hints[0], done: false });
  });

  it('keeps the hints of a known repository too, in their order', async () => {
    const repository = repositoryRef();
    await store().receive(delivery(repository, []));
    const sent = delivery(repository, [
      { kind: 'push', branch: 'ma"in, \\ {x}', after: 'abc' },
      look(7, 'nul \u0000, lone \ud800'),
      look(8),
    ]);
    const { duplicate, hints } = await store().receive(sent);
    expect(duplicate).toBe(false);
    for (const [i, hint] of sent.hints.entries()) {
      expect(hints[i]).toEqual({
        id: expect.any(Number) as number,
        repositoryId: repository.id,
        installationId: repository.installationId,
        hint,
        cause: sent.guid,
      });
      expect(await store().hint(hints[i]!.id)).toEqual({ ...hints[i], done: false });
    }
    expect(await store().receive(sent)).toEqual({ duplicate: true, hints });
    expect(await store().receive(delivery(repository, []))).toEqual({ duplicate: false, hints: [] });
  });

  it('gives what is not done when the same guid comes again', async () => {
    const sent = delivery(repositoryRef(), [look(1), look(2)]);
    const first = await store().receive(sent);
    expect(await store().receive(sent)).toEqual({ duplicate: true, hints: first.hints });
    await store().finishHint(first.hints[0]!.id);
    expect(await store().receive(sent)).toEqual({ duplicate: true, hints: [first.hints[1]] });
    expect(await counts(sent.guid)).toEqual({ deliveries: 1, hints: 2 });
  });

  it.each([true, false])(
    'takes ten deliveries of one guid at once as one (repository known: %s)',
    async (known) => {
      const sent = delivery(repositoryRef(), [look(1)]);
      if (known) await store().receive(delivery(sent.repository!, []));
      const answers = await Promise.all(Array.from({ length: 10 }, () => store().receive(sent)));
      expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      expect(new Set(answers.map(({ hints }) => hints[0]?.id)).size).toBe(1);
      expect(await counts(sent.guid)).toEqual({ deliveries: 1, hints: 1 });
    },
  );

  it('remembers nothing of a delivery whose hints could not be kept, so that its redelivery is the first one', async () => {
    const repository = repositoryRef();
    const good = delivery(repository, [look(1)]);
    const bad = { ...good, hints: [look(1), { ...look(2), number: 2 ** 40 } as Hint] };
    await expect(store().receive(bad)).rejects.toThrow('out of range');
    expect(await counts(good.guid)).toEqual({ deliveries: 0, hints: 0 });
    expect(await store().repository(repository.id)).toBeUndefined();
    expect((await store().receive(good)).duplicate).toBe(false);
  });

  it('remembers nothing when the connection breaks before the commit', async () => {
    const sent = delivery(repositoryRef(), [look(1)]);
    const blocker = await database.pool().connect();
    await blocker.query('begin; lock table docops.hints in access exclusive mode');
    const receiving = store().receive(sent);
    const waiting = async (): Promise<number[]> =>
      (
        await database
          .pool()
          .query<{ pid: number }>(
            `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
      ).rows.map(({ pid }) => pid);
    await expect.poll(waiting, { timeout: 25_000 }).toHaveLength(1);
    const rejected = expect(receiving).rejects.toThrow();
    await database.pool().query('select pg_terminate_backend($1)', await waiting());
    await rejected;
    await blocker.query('rollback');
    blocker.release();
    expect(await counts(sent.guid)).toEqual({ deliveries: 0, hints: 0 });
    expect(await store().receive(sent)).toMatchObject({ duplicate: false, hints: [{ hint: look(1) }] });
  });

  it('brings added repositories back and takes removed ones away, and no late delivery revives them', async () => {
    const [one, two] = [repositoryRef(), repositoryRef()];
    const both = [one, { ...two, installationId: one.installationId }];
    await store().receive({ ...delivery(one, []), repositories: both });
    expect(await store().repository(two.id)).toEqual(both[1]);
    await store().receive({ ...delivery(one, []), removedRepositories: both });
    await store().receive(delivery(one, [look(1)]));
    expect(await store().repository(one.id)).toBeUndefined();
    expect(await store().repository(two.id)).toBeUndefined();
    await store().receive({ ...delivery(one, []), repositories: both });
    expect(await store().repository(one.id)).toEqual(one);
  });

  it('takes over a new name of a repository, and does not revive a deleted installation', async () => {
    const repository = repositoryRef();
    await store().receive(delivery(repository, []));
    const renamed = { ...repository, owner: 'other', name: 'renamed' };
    await store().receive(delivery(renamed, []));
    expect(await store().repository(repository.id)).toEqual(renamed);
    await store().saveInstallation(repository.installationId, null, 'deleted');
    await store().receive(delivery(renamed, []));
    expect(await store().repository(repository.id)).toBeUndefined();
  });

  it('takes a delivery about an installation only', async () => {
    const id = newNumber();
    const { hints } = await store().receive({
      guid: `guid-${id}`,
      event: 'installation.deleted',
      installation: { id, account: null },
      hints: [{ kind: 'installation', state: 'deleted' }],
    });
    expect(hints).toMatchObject([{ repositoryId: null, installationId: id }]);
  });

  it('keeps hostile texts as they are', async () => {
    const body = 'nul \u0000, lone \ud800, quote \' " \\ and __proto__';
    const hint: Hint = {
      kind: 'command',
      number: 1,
      commentId: 2,
      author: { login: 'x', type: 'user' },
      body,
    };
    const { hints } = await store().receive(delivery(repositoryRef(), [hint]));
    expect((await store().hint(hints[0]!.id))?.hint).toEqual(hint);
  });
});

describe('hints of our own', () => {
  it('are made once for each cause, also when the first one is finished', async () => {
    const { id } = repositoryRef();
    const made = await store().addHint(id, 'sweep', look(1));
    expect(made).toMatchObject({ repositoryId: id, installationId: null, hint: look(1), cause: 'sweep' });
    expect(await store().addHint(id, 'sweep', look(1))).toBeUndefined();
    await store().finishHint(made!.id);
    expect(await store().addHint(id, 'sweep', look(1))).toBeUndefined();
    expect(await store().addHint(newNumber(), 'sweep', look(1))).toBeDefined();
    expect(await store().hint(made!.id)).toMatchObject({ done: true });
    expect(await store().hint(newNumber())).toBeUndefined();
  });

  it('are made once by ten at once', async () => {
    const { id } = repositoryRef();
    const made = await Promise.all(Array.from({ length: 10 }, () => store().addHint(id, 'push', look(1))));
    expect(made.filter((hint) => hint !== undefined)).toHaveLength(1);
  });
});

describe('looks', () => {
  it('are finished together up to the one that was seen, and one that came meanwhile stays', async () => {
    const repository = repositoryRef();
    const { hints } = await store().receive(
      delivery(repository, [look(7, 'first'), look(7, 'second'), look(8)]),
    );
    expect(await store().openLooks(repository.id, 7)).toEqual({ upTo: hints[1]!.id, why: 'first' });
    const late = await store().addHint(repository.id, 'late', look(7, 'late'));
    await store().finishLooks(repository.id, 7, hints[1]!.id);
    expect(await store().openLooks(repository.id, 7)).toEqual({ upTo: late!.id, why: 'late' });
    await store().finishLooks(repository.id, 7, late!.id);
    await store().finishLooks(repository.id, 7, late!.id);
    expect(await store().openLooks(repository.id, 7)).toBeUndefined();
    expect(await store().openLooks(repository.id, 8)).toBeDefined();
  });

  it('are not mixed up with other hints of the pull request', async () => {
    const repository = repositoryRef();
    const hint: Hint = {
      kind: 'command',
      number: 7,
      commentId: 1,
      author: { login: 'ada', type: 'user' },
      body: '/eval-help',
    };
    const { hints } = await store().receive(delivery(repository, [hint]));
    expect(await store().openLooks(repository.id, 7)).toBeUndefined();
    await store().finishLooks(repository.id, 7, hints[0]!.id);
    expect(await store().hint(hints[0]!.id)).toMatchObject({ done: false });
  });
});

describe('open hints', () => {
  it('are those that are late, oldest first, as many as asked for', async () => {
    await database.pool().query('update docops.hints set finished_at = now()');
    const repository = repositoryRef();
    const { hints } = await store().receive(delivery(repository, [look(1), look(2), look(3)]));
    await store().finishHint(hints[1]!.id);
    expect(await store().openHints(HOUR_MS, 10)).toEqual([]);
    await age(database.pool(), 'hints', ['created_at'], HOUR_MS);
    await store().receive(delivery(repository, [look(4)]));
    expect(await store().openHints(HOUR_MS, 10)).toEqual([hints[0], hints[2]]);
    expect(await store().openHints(HOUR_MS, 1)).toEqual([hints[0]]);
  });
});
