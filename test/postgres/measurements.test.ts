import { beforeEach, describe, expect, it } from 'vitest';
import { createPostgresMeasurementStore, pruneMeasurements } from '../../src/postgres/measurements.js';
import { openPool } from '../../src/postgres/pool.js';
import { hashOf, KEY, measurementStoreContract, prediction } from '../contract/measurements.contract.js';
import { useDatabase } from '../support/postgres.js';
import { age, HOUR_MS } from './make.js';

const database = useDatabase();
beforeEach(async () => {
  await database.pool().query('truncate docops.measurement_keys cascade');
});

measurementStoreContract('in PostgreSQL', () => ({
  open: () => createPostgresMeasurementStore(database.pool()),
  close: () => Promise.resolve(),
}));

describe('measurements in PostgreSQL', () => {
  const other = async <T>(
    work: (store: ReturnType<typeof createPostgresMeasurementStore>) => Promise<T>,
  ): Promise<T> => {
    const pool = openPool({ url: database.url() });
    try {
      return await work(createPostgresMeasurementStore(pool));
    } finally {
      await pool.end();
    }
  };

  it('are seen by another process when it opens the log, and by one that has it open at its next append', async () => {
    const log = await createPostgresMeasurementStore(database.pool()).open(KEY);
    await other(async (store) => {
      const theirs = await store.open(KEY);
      await theirs.append(hashOf(1), prediction(1));
      expect(log.get(hashOf(1))).toBeUndefined();
      await log.append(hashOf(2), prediction(2));
      expect(log.get(hashOf(1))).toEqual(prediction(1));
      expect(theirs.get(hashOf(2))).toBeUndefined();
      await theirs.close();
      expect((await store.open(KEY)).get(hashOf(2))).toEqual(prediction(2));
    });
    await log.close();
  });

  it('take records from several processes at once without loss', async () => {
    await Promise.all(
      [0, 50, 100, 150].map((from) =>
        other(async (store) => {
          const log = await store.open(KEY);
          for (let i = from; i < from + 60; i++) await log.append(hashOf(i), prediction(i));
          await log.close();
        }),
      ),
    );
    const log = await createPostgresMeasurementStore(database.pool()).open(KEY);
    for (let i = 0; i < 210; i++) expect(log.get(hashOf(i))).toEqual(prediction(i));
    await log.close();
  });

  it('are read in pages', async () => {
    const store = createPostgresMeasurementStore(database.pool());
    const first = await store.open(KEY);
    await first.append(hashOf(0), prediction(0));
    await first.close();
    await database.pool().query(
      `insert into docops.measurements (key, content_hash, prediction)
        select key, lpad(to_hex(i), 64, '0'), prediction from docops.measurements, generate_series(1, 1234) i`,
    );
    const log = await store.open(KEY);
    for (let i = 0; i < 1235; i++) expect(log.get(hashOf(i))).toEqual(prediction(0));
    await log.close();
  });

  it('say how many records are damaged, and measure them again', async () => {
    const store = createPostgresMeasurementStore(database.pool());
    const first = await store.open(KEY);
    await first.append(hashOf(1), prediction(1));
    await first.append(hashOf(2), prediction(2));
    await first.close();
    await database
      .pool()
      .query(`update docops.measurements set prediction = '\\x00' where content_hash = $1`, [hashOf(1)]);
    const log = await store.open(KEY);
    expect(log.damaged).toBe(1);
    expect(log.get(hashOf(1))).toBeUndefined();
    await log.append(hashOf(1), prediction(1));
    expect(log.get(hashOf(1))).toEqual(prediction(1));
    expect(log.get(hashOf(2))).toEqual(prediction(2));
    await log.close();
  });

  it('throw when the database is away, and are there again when it is back', async () => {
    await database.pool().query('alter table docops.measurements rename to away');
    const store = createPostgresMeasurementStore(database.pool());
    await expect(store.open(KEY)).rejects.toThrow();
    await database.pool().query('alter table docops.away rename to measurements');
    const log = await store.open(KEY);
    await log.append(hashOf(1), prediction(1));
    expect(log.get(hashOf(1))).toEqual(prediction(1));
    await log.close();
  });

  it('are pruned by when they were last opened, and can be appended to after that', async () => {
    const store = createPostgresMeasurementStore(database.pool());
    const log = await store.open(KEY);
    await log.append(hashOf(1), prediction(1));
    const used = await store.open('cd'.repeat(32));
    await used.append(hashOf(1), prediction(1));
    await used.close();
    await age(database.pool(), 'measurement_keys', ['used_at'], 48 * HOUR_MS);
    await (await store.open('cd'.repeat(32))).close();
    expect(await pruneMeasurements(database.pool(), { olderThanDays: 3 })).toEqual({ removed: 0 });
    expect(await pruneMeasurements(database.pool(), { olderThanDays: 1 })).toEqual({ removed: 1 });
    await log.append(hashOf(2), prediction(2));
    await log.close();
    const again = await store.open(KEY);
    expect(again.get(hashOf(1))).toBeUndefined();
    expect(again.get(hashOf(2))).toEqual(prediction(2));
    await again.close();
    expect((await store.open('cd'.repeat(32))).get(hashOf(1))).toEqual(prediction(1));
  });
});
