/**
 * A real PostgreSQL for tests: a database of its own for each test file (or each test), with the schema in it. The server
 * is one for the whole run and starts when the first file asks (`postgres-setup.ts`).
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';
import { openPool } from '../../src/postgres/pool.js';
import { asAdministrator, withDatabase, type TestServer } from './postgres-setup.js';

export interface TestDatabase {
  /** The file's pool; it is ended for you. */
  pool(): pg.Pool;
  url(): string;
}

/**
 * Call at the top of a test file or of a `describe`. `each: 'test'` gives every test a new database (some 50 ms);
 * `migrated: false` gives an empty one.
 */
export function useDatabase({
  each = 'file',
  migrated = true,
}: { readonly each?: 'file' | 'test'; readonly migrated?: boolean } = {}): TestDatabase {
  let current: { pool: pg.Pool; database: NewDatabase } | undefined;
  const open = async (): Promise<void> => {
    const database = await createDatabase({ migrated });
    current = { database, pool: openPool({ url: database.url }, { max: 20 }) };
  };
  const close = async (): Promise<void> => {
    await current?.pool.end();
    await current?.database.drop();
    current = undefined;
  };
  if (each === 'file') {
    beforeAll(open);
    afterAll(close);
  } else {
    beforeEach(open);
    afterEach(close);
  }
  const known = (): NonNullable<typeof current> => {
    if (current === undefined) throw new Error('the database is there inside tests and hooks only');
    return current;
  };
  return { pool: () => known().pool, url: () => known().database.url };
}

export interface NewDatabase {
  readonly url: string;
  /** Also ends the connections of others to it. */
  drop(): Promise<void>;
}

/** For tests that need several databases, or one in the middle. The caller drops it. */
export async function createDatabase({ migrated = true } = {}): Promise<NewDatabase> {
  const response = await fetch(inject('postgresServer'));
  if (!response.ok) throw new Error(`no PostgreSQL for tests: ${await response.text()}`);
  const { url, template } = (await response.json()) as TestServer;
  const name = `docops_test_${randomBytes(6).toString('hex')}`;
  await asAdministrator(url, (client) =>
    client.query(`create database ${name} template ${migrated ? template : 'template0'}`),
  );
  return {
    url: withDatabase(url, name),
    drop: async () => {
      await asAdministrator(url, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}
