import { describe, expect, it, onTestFinished } from 'vitest';
import { openPool } from '../../src/postgres/pool.js';
import { createStore } from '../../src/postgres/store.js';
import type { Store } from '../../src/ports/store.js';
import { useDatabase } from '../support/postgres.js';
import { age, breakConnections, delivery, HOUR_MS, look, newNumber, repositoryRef } from './make.js';

const database = useDatabase({ each: 'test' });

/** As another process has it: a pool and a lock connection of its own. */
function open(max = 10): Store {
  const pool = openPool({ url: database.url() }, { max });
  const store = createStore(pool);
  onTestFinished(async () => {
    await store.close();
    await pool.end();
  });
  return store;
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('a lock', () => {
  it('is held by one process, and free again after its work', async () => {
    const [one, two] = [open(), open()];
    const [begun, done] = [gate(), gate()];
    const working = one.withLock('publish', async () => {
      begun.open();
      await done.opened;
      return 42;
    });
    await begun.opened;
    expect(await two.withLock('publish', () => Promise.resolve(1))).toBeUndefined();
    expect(await two.withLock('other', () => Promise.resolve(2))).toEqual({ result: 2 });
    done.open();
    expect(await working).toEqual({ result: 42 });
    expect(await two.withLock('publish', () => Promise.resolve(3))).toEqual({ result: 3 });
  });

  it('keeps two tasks of one process apart too', async () => {
    const store = open();
    const inner = await store.withLock('a', () => store.withLock('a', () => Promise.resolve(1)));
    expect(inner).toEqual({ result: undefined });
    expect(await store.withLock('a', () => Promise.resolve(2))).toEqual({ result: 2 });
  });

  it('is free again when the work throws', async () => {
    const [one, two] = [open(), open()];
    await expect(one.withLock('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await two.withLock('a', () => Promise.resolve(1))).toEqual({ result: 1 });
  });

  it('is free again when its connection breaks, and the work keeps its result', async () => {
    const [one, two] = [open(), open()];
    const result = await one.withLock('a', async () => {
      await breakConnections(database.pool());
      return two.withLock('a', () => Promise.resolve(1));
    });
    expect(result).toEqual({ result: { result: 1 } });
    expect(await one.withLock('a', () => Promise.resolve(2))).toEqual({ result: 2 });
    expect(await two.withLock('a', () => Promise.resolve(3))).toEqual({ result: 3 });
  });

  it('takes no connection from the work: many locked tasks at once do not wait for each other', async () => {
    const store = open(1);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.withLock(`lock ${i}`, () => store.cursor('x'))),
    );
    expect(results).toEqual(Array(20).fill({ result: undefined }));
  });

  it('is refused by a closed store', async () => {
    const store = open();
    await store.withLock('a', () => Promise.resolve());
    await store.close();
    await expect(store.withLock('a', () => Promise.resolve())).rejects.toThrow('closed');
  });
});

describe('cursors', () => {
  it('remember the last moment', async () => {
    const store = open();
    expect(await store.cursor('pulls')).toBeUndefined();
    await store.saveCursor('pulls', new Date(1_700_000_000_123));
    await store.saveCursor('pulls', new Date(1_700_000_000_456));
    expect(await store.cursor('pulls')).toEqual(new Date(1_700_000_000_456));
  });
});

describe('the clock', () => {
  it("is the database's, in milliseconds", async () => {
    const store = open();
    const { rows } = await database.pool().query<{ at: Date }>('select clock_timestamp() as at');
    const now = await store.now();
    expect(Number.isInteger(now)).toBe(true);
    expect(now).toBeGreaterThanOrEqual(rows[0]!.at.getTime());
    expect(now - rows[0]!.at.getTime()).toBeLessThan(60_000);
  });
});

describe('forgetting', () => {
  it('drops what is finished and old, and nothing that is open or new', async () => {
    const store = open();
    const repository = repositoryRef();
    const [done, half] = [delivery(repository, [look(1)]), delivery(repository, [look(2), look(3)])];
    const doneHints = (await store.receive(done)).hints;
    const halfHints = (await store.receive(half)).hints;
    const own = (await store.addHint(repository.id, 'own', look(4)))!;
    const openOwn = (await store.addHint(repository.id, 'open', look(5)))!;
    for (const { id } of [...doneHints, halfHints[0]!, own]) await store.finishHint(id);
    expect(await store.forget(HOUR_MS)).toBe(0);
    await age(database.pool(), 'deliveries', ['received_at'], 2 * HOUR_MS);
    await age(database.pool(), 'hints', ['created_at', 'finished_at'], 2 * HOUR_MS);
    expect(await store.forget(HOUR_MS)).toBe(2);
    expect(await store.forget(HOUR_MS)).toBe(0);
    expect(await store.hint(doneHints[0]!.id)).toBeUndefined();
    expect(await store.hint(own.id)).toBeUndefined();
    expect(await store.hint(halfHints[1]!.id)).toMatchObject({ done: false });
    expect(await store.hint(openOwn.id)).toMatchObject({ done: false });
    expect((await store.receive(half)).hints).toEqual([halfHints[1]]);
  });

  it('goes through more rows than one batch', async () => {
    await database.pool().query(
      `insert into docops.deliveries (guid, event, received_at)
        select 'bulk-' || i, 'push', now() - interval '1 day' from generate_series(1, 2500) i`,
    );
    expect(await open().forget(HOUR_MS)).toBe(2500);
  });
});

describe('a restart of the database', () => {
  it('fails what is under way and nothing after it', async () => {
    const store = open(3);
    await Promise.all([1, 2, 3].map(() => store.now()));
    const repository = repositoryRef();
    await breakConnections(database.pool());
    const guid = `guid-${newNumber()}`;
    const attempts = async (): Promise<boolean> =>
      store.receive(delivery(repository, [look(1)], guid)).then(
        () => true,
        () => false,
      );
    await expect.poll(attempts, { timeout: 25_000 }).toBe(true);
    expect(await store.openLooks(repository.id, 1)).toBeDefined();
  });
});
