import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { openDatabase, type Database } from '../../src/database.js';
import { createLog } from '../../src/log.js';
import { Secret } from '../../src/settings/secret.js';
import { temporaryFolder } from '../support/git.js';

const log = createLog({ level: 'silent', format: 'json' });
const open: Database[] = [];
afterEach(async () => {
  for (const database of open.splice(0).reverse()) await database.close();
});

async function openIn(dataFolder: string): Promise<Database> {
  const database = await openDatabase(
    { databaseUrl: null, databasePasswordSecret: null, dataFolder },
    { log },
  );
  open.push(database);
  return database;
}

describe('without DATABASE_URL', () => {
  it('a process starts its own PostgreSQL, and other commands work on it as long as it runs', async () => {
    const folder = temporaryFolder('docops-database');
    // Left by a process that was killed.
    writeFileSync(join(folder, 'database-url'), 'postgres://docops:old@127.0.0.1:9/docops', { mode: 0o600 });
    const server = await openIn(folder);
    expect(server.kind).toBe('embedded');
    expect(statSync(join(folder, 'database-url')).mode & 0o777).toBe(0o600);
    await server.pool.query('create table seen (x int)');

    const beside = await openIn(folder);
    expect(beside.kind).toBe('running');
    expect((await beside.pool.query('select * from seen')).rows).toEqual([]);
    await beside.close();
    open.pop();
    // The one beside it leaves; the server stays.
    expect((await server.pool.query('select * from seen')).rows).toEqual([]);
    await server.close();
    open.pop();
    expect(existsSync(join(folder, 'database-url'))).toBe(false);
  }, 120_000);
});

describe('with DATABASE_URL', () => {
  it('a database that does not answer ends the wait with what to do, without its password', async () => {
    const databaseUrl = new Secret('postgres://docops:hunter22@127.0.0.1:9/docops');
    const opening = openDatabase(
      { databaseUrl, databasePasswordSecret: null, dataFolder: '/nowhere' },
      { log, patienceMs: 0 },
    );
    await expect(opening).rejects.toThrow(UsageError);
    const error = await opening.catch((each: unknown) => each as UsageError);
    expect(JSON.stringify([(error as UsageError).message, (error as UsageError).mend])).not.toContain(
      'hunter22',
    );
  });

  it('a wait is ended by a signal', async () => {
    const stop = new AbortController();
    const databaseUrl = new Secret('postgres://docops@127.0.0.1:9/docops');
    const opening = openDatabase(
      { databaseUrl, databasePasswordSecret: null, dataFolder: '/nowhere' },
      { log, signal: stop.signal },
    );
    stop.abort();
    await expect(opening).rejects.toThrow('aborted');
  });
});
