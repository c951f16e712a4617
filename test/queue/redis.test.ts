import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue as BullQueue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createQueue } from '../../src/queue/index.js';
import { TEST_TIMING, eventually, queueContract } from '../contract/queue.contract.js';
import { requireTool } from '../support/tools.js';
import { silent } from './silent.js';

const found = requireTool('redis-server');

describe.skipIf(!found)('with redis-server', () => {
  let folder: string;
  let port: number;
  let server: ChildProcess;
  let prefixes = 0;
  const url = (): string => `redis://127.0.0.1:${port}`;

  const start = async (): Promise<void> => {
    server = spawn(
      'redis-server',
      ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...AOF],
      {
        stdio: 'ignore',
      },
    );
    await eventually(() => asking((client) => client.ping()));
  };
  const asking = async <T>(work: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(url(), { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  };
  const clients = (): Promise<number> =>
    asking(async (client) => {
      const list = (await client.client('LIST')) as string;
      return list.split('\n').filter((line) => line.includes(' name=docops')).length;
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'docops-redis-'));
    port = await freePort();
    await start();
  });
  afterAll(async () => {
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  queueContract('Redis', () => {
    const address = { backend: 'redis', url: url(), prefix: `docops-${++prefixes}` } as const;
    const raws: BullQueue[] = [];
    return Promise.resolve({
      address,
      open: (timing) => createQueue({ ...address, timing: timing ?? {}, log: silent }),
      raw: (kind) => {
        const raw = new BullQueue(kind, { connection: { url: address.url }, prefix: address.prefix });
        raw.on('error', () => undefined);
        raws.push(raw);
        return raw;
      },
      breakConnections: () =>
        asking(async (client) => {
          expect(await client.client('KILL', 'TYPE', 'normal')).toBeGreaterThan(0);
        }),
      close: async () => {
        await Promise.all(raws.map((raw) => raw.close()));
      },
    });
  });

  describe('the job queue in Redis', () => {
    it('says so when the server cannot be reached', async () => {
      const opening = createQueue({ backend: 'redis', url: 'redis://127.0.0.1:1', log: silent });
      await expect(opening).rejects.toThrow('ECONNREFUSED');
    });

    it('keeps two prefixes apart', async () => {
      const one = await createQueue({ backend: 'redis', url: url(), prefix: 'docops-one', log: silent });
      const other = await createQueue({ backend: 'redis', url: url(), prefix: 'docops-other', log: silent });
      await one.add({ kind: 'canary' });
      const waiting = async (queue: typeof one): Promise<number> =>
        (await queue.waiting()).reduce((sum, kind) => sum + kind.waiting, 0);
      expect([await waiting(one), await waiting(other)]).toEqual([1, 0]);
      await Promise.all([one.close(), other.close()]);
    });

    it('tells who adds a job while Redis is away, and goes on when it is back, jobs and schedules included', async () => {
      const queue = await createQueue({
        backend: 'redis',
        url: url(),
        prefix: 'docops-restart',
        timing: TEST_TIMING,
        log: silent,
      });
      const seen: number[] = [];
      const handle = (): Promise<void> => Promise.resolve();
      await queue.work(
        {
          look: (job) => Promise.resolve(void seen.push(job.number)),
          hint: handle,
          evaluate: handle,
          publish: handle,
          simulate: handle,
          reconcile: handle,
          canary: () => Promise.resolve(void seen.push(0)),
        },
        { look: 1, canary: 1 },
      );
      await queue.add({ kind: 'look', repositoryId: 1, number: 1 });
      await eventually(() => expect(seen).toEqual([1]));
      await queue.add({ kind: 'look', repositoryId: 1, number: 2 }, { delayMs: 1_000 });
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
      await expect(queue.add({ kind: 'look', repositoryId: 1, number: 3 })).rejects.toThrow();
      await start();
      await eventually(() => expect(seen).toContain(2));
      await queue.add({ kind: 'look', repositoryId: 1, number: 4 });
      await eventually(() => expect(seen).toContain(4));
      await queue.every({ kind: 'canary' }, 100);
      await eventually(() => expect(seen.filter((number) => number === 0).length).toBeGreaterThan(2));
      await queue.close();
    });

    it('needs nine connections for a process that takes every kind, and leaves none behind', async () => {
      await eventually(async () => expect(await clients()).toBe(0));
      const queue = await createQueue({ backend: 'redis', url: url(), prefix: 'docops-count', log: silent });
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
      await eventually(async () => expect(await clients()).toBe(9));
      await queue.close();
      await eventually(async () => expect(await clients()).toBe(0));
    });
  });
});

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always'];

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
