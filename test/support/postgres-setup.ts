import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/postgres/embedded.js';
import { migrate } from '../../src/postgres/migrate.js';
import { openPool } from '../../src/postgres/pool.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Ask here (GET) for the database server of this run; it is started when the first test file asks. */
    postgresServer: string;
  }
}

/** What a test file learns of the server. */
export interface TestServer {
  /** Of a database on it that is for nobody's data. */
  readonly url: string;
  /** Name of a database that has the schema; copied for each test file. */
  readonly template: string;
}

/** One server for all test files of a run: a temporary embedded one, or DOCOPS_TEST_DATABASE_URL (a superuser's). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let embedded: EmbeddedPostgres | undefined;
  let started: Promise<TestServer> | undefined;
  const template = `docops_test_template_${process.pid}`;

  const start = async (): Promise<TestServer> => {
    let url = process.env['DOCOPS_TEST_DATABASE_URL'];
    if (url === undefined || url === '') {
      embedded = await startEmbeddedPostgres({
        folder: mkdtempSync(join(tmpdir(), 'docops-postgres-')),
        disposable: true,
        settings: { max_connections: '400' },
      });
      ({ url } = embedded);
    }
    await asAdministrator(url, async (client) => {
      await client.query(`drop database if exists ${template} with (force)`);
      await client.query(`create database ${template} template template0`);
    });
    const pool = openPool({ url: withDatabase(url, template) });
    await migrate(pool);
    await pool.end();
    return { url, template };
  };

  const server = createServer((_request, response) => {
    (started ??= start()).then(
      (answer) => response.end(JSON.stringify(answer)),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(error instanceof Error ? (error.stack ?? error.message) : String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  project.provide('postgresServer', `http://127.0.0.1:${address.port}/`);

  return async () => {
    server.close();
    server.closeAllConnections();
    const running = await started?.catch(() => undefined);
    if (embedded !== undefined) await embedded.stop();
    else if (running !== undefined)
      await asAdministrator(running.url, (client) =>
        client.query(`drop database if exists ${template} with (force)`),
      );
  };
}

export async function asAdministrator<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
