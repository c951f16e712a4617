import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { knownMigrations, migrate, pendingMigrations } from '../../src/postgres/migrate.js';
import { openPool } from '../../src/postgres/pool.js';
import { useDatabase } from '../support/postgres.js';

const database = useDatabase({ each: 'test', migrated: false });
const names = knownMigrations().map(({ name }) => name);

const tables = async (pool: pg.Pool): Promise<string[]> =>
  (
    await pool.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'docops' order by 1`,
    )
  ).rows.map(({ name }) => name);

const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('migrations', () => {
  it('are applied in their order, once', async () => {
    expect(await pendingMigrations(database.pool())).toEqual(names);
    expect(await migrate(database.pool())).toEqual(names);
    expect(await pendingMigrations(database.pool())).toEqual([]);
    expect(await migrate(database.pool())).toEqual([]);
    expect(await tables(database.pool())).toContain('evaluations');
  });

  it('let evaluations go on while reports are summarised', async () => {
    const before = knownMigrations().filter(({ name }) => name < '0005');
    const pages = knownMigrations().find(({ name }) => name === '0005-pages')!;
    await migrate(database.pool(), before);
    const [upToReading, ...rest] = pages.sql.split('select docops.summarise_reports();');
    expect(rest).toHaveLength(2);
    const client = await database.pool().connect();
    try {
      await client.query('begin');
      await client.query(`${upToReading!}select docops.summarise_reports();`);
      const { rows } = await client.query<{ lock: string }>(
        `select distinct relation::regclass || ' ' || mode as lock from pg_locks
          where pid = pg_backend_pid()
            and relation in ('docops.reports'::regclass, 'docops.evaluations'::regclass) order by 1`,
      );
      expect(rows.map(({ lock }) => lock)).toEqual([
        'evaluations AccessShareLock',
        'reports AccessShareLock',
      ]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('are each applied by one of several processes that start at once', async () => {
    const pools = Array.from({ length: 5 }, () => openPool({ url: database.url() }));
    onTestFinished(async () => {
      for (const pool of pools) await pool.end();
    });
    const applied = await Promise.all(pools.map((pool) => migrate(pool)));
    expect(applied.flat().sort()).toEqual(names);
  });

  it('leave nothing of one that fails half way, and keep those before it', async () => {
    const [first] = knownMigrations();
    const broken = {
      name: '0002-broken',
      sql: 'create table docops.half (x int); select 1/0;',
      additive: false,
      checksum: 'x',
    };
    await expect(migrate(database.pool(), [first!, broken])).rejects.toThrow('division by zero');
    expect(await tables(database.pool())).not.toContain('half');
    expect(await pendingMigrations(database.pool(), [first!, broken])).toEqual(['0002-broken']);
    expect(await migrate(database.pool(), knownMigrations())).toEqual(names.slice(1));
  });

  it('leave nothing when the connection breaks in the middle', async () => {
    const slow = {
      name: '0001-slow',
      sql: 'create table docops.half (x int); select pg_terminate_backend(pg_backend_pid());',
      additive: false,
      checksum: 'x',
    };
    await expect(migrate(database.pool(), [slow])).rejects.toThrow();
    expect(await tables(database.pool())).not.toContain('half');
    expect(await migrate(database.pool())).toEqual(names);
  });

  it('run on beside a newer migration that is additive, so that a release with it can be taken back', async () => {
    const all = knownMigrations();
    const newer = {
      name: '9999-newer',
      sql: '-- additive\ncreate table docops.newer (id int)',
      additive: true,
      checksum: 'a',
    };
    const pool = database.pool();
    await migrate(pool, [...all, newer]);
    expect(await pendingMigrations(pool, all)).toEqual([]);
    expect(await migrate(pool, all)).toEqual([]);
    await pool.query(`update docops.migrations set additive = false where name = $1`, [newer.name]);
    await expect(pendingMigrations(pool, all)).rejects.toThrow('newer than this DocOps');
  });

  it('refuse a database that a newer version has migrated', async () => {
    await migrate(database.pool());
    const last = knownMigrations().findLast(({ additive }) => !additive)!;
    const older = knownMigrations().filter(({ name }) => name !== last.name);
    for (const asked of [migrate, pendingMigrations]) {
      const error = await failure(asked(database.pool(), older));
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).message).toContain(
        `newer than this DocOps: it has the migration ${last.name}`,
      );
    }
  });

  it('refuse a file that was edited after it was applied', async () => {
    await migrate(database.pool());
    const edited = knownMigrations().map((migration, i) =>
      i === 0 ? { ...migration, checksum: 'other' } : migration,
    );
    const error = await failure(migrate(database.pool(), edited));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain(`${names[0]} was changed`);
  });

  it('have the same checksum with the line ends of Windows, and are numbered without a gap', () => {
    const folder = mkdtempSync(join(tmpdir(), 'docops-migrations-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(fileURLToPath(new URL('../../src/postgres/migrations', import.meta.url)), folder, {
      recursive: true,
    });
    for (const { name, sql } of knownMigrations())
      writeFileSync(join(folder, `${name}.sql`), sql.replaceAll('\n', '\r\n'));
    expect(knownMigrations(folder)).toEqual(knownMigrations());
    writeFileSync(join(folder, '0099-gap.sql'), 'select 1');
    expect(() => knownMigrations(folder)).toThrow('without a gap: 0099-gap.sql');
  });

  it('are found by the built program too', async () => {
    const built = (await import(
      fileURLToPath(new URL('../../dist/src/postgres/migrate.js', import.meta.url))
    )) as typeof import('../../src/postgres/migrate.js');
    expect(built.knownMigrations()).toEqual(knownMigrations());
  });
});
