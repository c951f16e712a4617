import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue as BullQueue, createPostgresBackend } from 'bullmq';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { createQueue, migrateQueue } from '../../src/queue/index.js';
import { startEmbeddedPostgres } from '../../src/postgres/embedded.js';
import { TEST_TIMING, eventually, queueContract } from '../contract/queue.contract.js';
import { createDatabase, type NewDatabase } from '../support/postgres.js';
import { silent } from './silent.js';

let database: NewDatabase;
let schemas = 0;
beforeAll(async () => {
  database = await createDatabase({ migrated: false });
});
afterAll(() => database.drop());

queueContract('PostgreSQL', async () => {
  const address = { backend: 'postgres', url: database.url, schema: `jobs_${++schemas}` } as const;
  await migrateQueue(address.url, address.schema);
  const raws: BullQueue[] = [];
  return {
    address,
    open: (timing) => createQueue({ ...address, timing: timing ?? {}, log: silent }),
    raw: (kind) => {
      const raw = new BullQueue(
        kind,
        { connection: { connectionString: address.url, schema: address.schema } },
        createPostgresBackend,
      ) as unknown as BullQueue;
      raw.on('error', () => undefined);
      raws.push(raw);
      return raw;
    },
    breakConnections: () =>
      asking(async (client) => {
        const { rowCount } = await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'docops-jobs'`,
        );
        expect(rowCount).toBeGreaterThan(0);
      }),
    close: async () => {
      await Promise.all(raws.map((raw) => raw.close()));
    },
  };
});

describe('the job queue in PostgreSQL', () => {
  it('is migrated by several processes at once, and again', async () => {
    const schema = `jobs_${++schemas}`;
    const versions = await Promise.all([1, 2, 3, 4].map(() => migrateQueue(database.url, schema)));
    expect(new Set(versions).size).toBe(1);
    expect(await migrateQueue(database.url, schema)).toBe(versions[0]);
  });

  it('asks for the migration where the tables are missing', async () => {
    const opening = createQueue({ backend: 'postgres', url: database.url, schema: 'nowhere', log: silent });
    await expect(opening).rejects.toThrow(UsageError);
    await expect(opening).rejects.toThrow('the tables of the job queue in schema "nowhere" are missing');
  });

  it('refuses a schema name that is none', async () => {
    for (const schema of ['', 'a"b', 'a; drop schema public', 'x'.repeat(64)]) {
      await expect(migrateQueue(database.url, schema)).rejects.toThrow('invalid PostgreSQL schema name');
      const opening = createQueue({ backend: 'postgres', url: database.url, schema, log: silent });
      await expect(opening).rejects.toThrow('invalid PostgreSQL schema name');
    }
  });

  it('says so when the server cannot be reached', async () => {
    const url = 'postgres://nobody@127.0.0.1:1/none';
    await expect(createQueue({ backend: 'postgres', url, log: silent })).rejects.toThrow('ECONNREFUSED');
    await expect(migrateQueue(url)).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps to its schema when the URL has options of its own', async () => {
    const schema = `jobs_${++schemas}`;
    await migrateQueue(database.url, schema);
    const url = `${database.url}?options=${encodeURIComponent('-c work_mem=8MB')}`;
    const queue = await createQueue({ backend: 'postgres', url, schema, log: silent });
    await queue.add({ kind: 'canary' });
    await queue.close();
    const count = await asking((client) => client.query(`select 1 from ${schema}.job`));
    expect(count.rowCount).toBe(1);
  });

  it('goes on when the server was stopped and started again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'docops-queue-'));
    const server = await startEmbeddedPostgres({ folder, disposable: true });
    try {
      await migrateQueue(server.url);
      const [queue, other] = await Promise.all(
        [1, 2].map(() =>
          createQueue({ backend: 'postgres', url: server.url, timing: TEST_TIMING, log: silent }),
        ),
      );
      const seen: number[] = [];
      const handle = (): Promise<void> => Promise.resolve();
      let release!: () => void;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let evaluations = 0;
      await queue!.work(
        {
          look: (job) => Promise.resolve(void seen.push(job.number)),
          hint: handle,
          evaluate: () => {
            evaluations += 1;
            return held;
          },
          publish: handle,
          simulate: handle,
          reconcile: () => Promise.resolve(void seen.push(0)),
          canary: handle,
        },
        { look: 2, evaluate: 1, reconcile: 1 },
      );
      await queue!.every({ kind: 'reconcile' }, 200);
      await other!.add({ kind: 'evaluate', evaluationId: 'held' });
      await other!.add({ kind: 'look', repositoryId: 1, number: 1 });
      await other!.add({ kind: 'look', repositoryId: 1, number: 2 }, { delayMs: 1_000 });
      await eventually(() => expect(seen).toContain(1));
      await eventually(() => expect(evaluations).toBe(1));
      const restarted = server.restart('fast');
      await eventually(() => expect(migrateQueue(server.url)).rejects.toThrow());
      // It ends while nobody can be told.
      release();
      await restarted;
      await eventually(() => expect(seen).toContain(2));
      const ticks = seen.filter((number) => number === 0).length;
      await other!.add({ kind: 'look', repositoryId: 1, number: 3 });
      await eventually(() => expect(seen).toContain(3));
      await eventually(() => expect(seen.filter((number) => number === 0).length).toBeGreaterThan(ticks + 2));
      await eventually(async () => {
        const evaluate = (await other!.waiting()).find(({ kind }) => kind === 'evaluate');
        expect(evaluate).toMatchObject({ waiting: 0, active: 0 });
      });
      expect(evaluations).toBe(1);
      expect(await other!.dead()).toEqual([]);
      await Promise.all([queue!.close(), other!.close()]);
    } finally {
      await server.stop();
    }
  }, 90_000);

  it('needs at most five connections for a process that takes every kind', async () => {
    const schema = `jobs_${++schemas}`;
    await migrateQueue(database.url, schema);
    const queue = await createQueue({ backend: 'postgres', url: database.url, schema, log: silent });
    const handle = (): Promise<void> => Promise.resolve();
    await queue.work(
      {
        look: handle,
        hint: handle,
        evaluate: handle,
        publish: handle,
        simulate: handle,
        reconcile: handle,
        canary: handle,
      },
      { look: 8, hint: 8, evaluate: 8, publish: 8, simulate: 1, reconcile: 1, canary: 1 },
    );
    const count = (): Promise<number> =>
      asking(async (client) => {
        const { rows } = await client.query<{ n: number }>(
          `select count(*)::int as n from pg_stat_activity
            where application_name = 'docops-jobs' and datname = current_database()`,
        );
        return rows[0]!.n;
      });
    let most = 0;
    for (let i = 0; i < 10; i += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => queue.add({ kind: 'look', repositoryId: i, number: n })),
      );
      most = Math.max(most, await count());
    }
    expect(most).toBe(5);
    await queue.close();
    await eventually(async () => expect(await count()).toBe(0));
  });
});

async function asking<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
