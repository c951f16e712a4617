/**
 * The schema, by numbered files. Each is applied in a transaction that first inserts its own row: whoever comes second
 * waits for the row, sees it and does nothing. A file that was applied is never edited.
 *
 * A file that begins with `-- additive` leaves everything as it was for versions that do not know it: they run on beside
 * it, and a release with it can be taken back. Any other one goes one way.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type pg from 'pg';
import { UsageError } from '../core/errors.js';
import { inTransaction, type Queryable } from './transaction.js';

export interface Migration {
  /** `0001-inbox`. */
  readonly name: string;
  readonly sql: string;
  /** Versions before it run on. */
  readonly additive: boolean;
  /** sha256, hex, of the file with `\n` as line end. */
  readonly checksum: string;
}

/** Advisory lock of migrations; any number, the same in all versions. */
const LOCK = 7_260_141;
const ADDITIVE = /^-- additive\b/;
const NAME = /^\d{4}-[a-z0-9-]+\.sql$/;

/** Beside this module when it runs from its source; tsc copies no .sql, so the built one finds them in the source. */
function folder(): string {
  const places = ['./migrations/', '../../../src/postgres/migrations/'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    throw new Error(`no migrations in ${places.join(' or ')}: the package is not whole`);
  return found;
}

/** All migrations of this version, in their order. */
export function knownMigrations(from = folder()): readonly Migration[] {
  return readdirSync(from)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file, i) => {
      if (!NAME.test(file) || Number(file.slice(0, 4)) !== i + 1)
        throw new Error(`migrations are numbered 0001-name.sql without a gap: ${file}`);
      const sql = readFileSync(join(from, file), 'utf8').replaceAll('\r\n', '\n');
      return {
        name: file.replace(/\.sql$/, ''),
        sql,
        additive: ADDITIVE.test(sql),
        checksum: createHash('sha256').update(sql).digest('hex'),
      };
    });
}

/** The pool's own limit is for statements that are always short. @types/pg does not know the option. */
function patiently(text: string, values?: readonly unknown[]): pg.QueryConfig {
  const query = { text, query_timeout: 24 * 60 * 60_000 };
  return values === undefined ? query : { ...query, values: [...values] };
}

/**
 * Brings the schema `docops` up to date; returns the names that were applied, often none. Safe from several processes at
 * once. Throws `UsageError` when the database is newer than this version in
 * a way that this one cannot live with, or an applied migration is not what it was.
 */
export async function migrate(pool: pg.Pool, migrations = knownMigrations()): Promise<readonly string[]> {
  const applied: string[] = [];
  for (;;) {
    const name = await inTransaction(pool, async (client) => {
      // Waiting for another process's long change, and a long change of ours, are allowed here and only here.
      await client.query('set local statement_timeout = 0');
      await client.query(patiently('select pg_advisory_xact_lock($1)', [LOCK]));
      await client.query(`create schema if not exists docops`);
      await client.query(`create table if not exists docops.migrations (
        name text primary key, checksum text not null, applied_at timestamptz not null default now())`);
      await client.query(
        `alter table docops.migrations add column if not exists additive boolean not null default false`,
      );
      const [next] = await pending(client, migrations);
      if (next === undefined) return undefined;
      await client.query('insert into docops.migrations (name, checksum, additive) values ($1, $2, $3)', [
        next.name,
        next.checksum,
        next.additive,
      ]);
      await client.query(patiently(next.sql));
      return next.name;
    });
    if (name === undefined) return applied;
    applied.push(name);
  }
}

/** Names of the migrations that the database does not have yet. Throws as `migrate` does. */
export async function pendingMigrations(
  pool: pg.Pool,
  migrations = knownMigrations(),
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ there: boolean }>(
    `select to_regclass('docops.migrations') is not null as there`,
  );
  const missing = rows[0]?.there === true ? await pending(pool, migrations) : migrations;
  return missing.map(({ name }) => name);
}

async function pending(client: Queryable, migrations: readonly Migration[]): Promise<readonly Migration[]> {
  // Databases of the first versions have no such column yet.
  const { rows } = await client.query<{ name: string; checksum: string; additive: boolean }>(
    `select name, checksum, coalesce((to_jsonb(m) ->> 'additive')::boolean, false) as additive
       from docops.migrations m order by name`,
  );
  for (const { name, checksum, additive } of rows) {
    const known = migrations.find((migration) => migration.name === name);
    if (known === undefined && additive) continue;
    if (known === undefined)
      throw new UsageError(
        `The database is newer than this DocOps: it has the migration ${name}.`,
        'Run the version that migrated it, or a later one. Going back needs a backup from before.',
      );
    if (known.checksum !== checksum)
      throw new UsageError(
        `The migration ${name} was changed after it was applied to this database.`,
        'Restore the file as it was released; a change of the schema is a new migration.',
      );
  }
  const done = new Set(rows.map(({ name }) => name));
  return migrations.filter(({ name }) => !done.has(name));
}
