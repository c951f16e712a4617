/** Jobs in Redis, for who has one: two shared connections of a process, and one for each kind that it takes. */
import { Queue, Worker, createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Broker, OnTrouble } from './broker.js';
import { within, type QueueTiming } from './timing.js';

const CONNECT_MS = 10_000;
/** Whoever adds a job hears of a Redis that is away after so many tries, some seconds; a webhook has ten to be answered. */
const TRIES_TO_ADD = 3;

export async function openRedis(
  { url, prefix = 'docops' }: { readonly url: string; readonly prefix?: string },
  timing: QueueTiming,
  onTrouble: OnTrouble,
): Promise<Broker> {
  const connect = async (maxRetriesPerRequest: number | null): Promise<Redis> => {
    const client = new Redis(url, {
      maxRetriesPerRequest,
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      keepAlive: 10_000,
      connectionName: 'docops-jobs',
      retryStrategy: (times) => Math.min(times * 200, timing.reconnectMs),
    });
    let last: Error | undefined;
    client.on('error', (error: Error) => {
      last = error;
      onTrouble('redis', error);
    });
    try {
      await client.connect();
    } catch (error) {
      client.disconnect();
      // What it is thrown says only that the connection is closed.
      throw new Error(`Redis cannot be reached: ${(last ?? (error as Error)).message}`, { cause: error });
    }
    // Every queue and worker listens on it.
    client.setMaxListeners(0);
    return client;
  };
  const adding = await connect(TRIES_TO_ADD);
  // What a worker has to say (a job is done) waits until Redis is back.
  const working = await connect(null).catch((error: unknown) => {
    adding.disconnect();
    throw error;
  });

  return {
    name: 'redis',
    openQueue: (name) =>
      new Queue(
        name,
        { connection: adding, prefix, streams: { events: { maxLen: 100 } } },
        createRedisBackend,
      ),
    openWorker: (name, processor, options) =>
      new Worker(name, processor, { ...options, connection: working, prefix }, createRedisBackend),
    close: async () => {
      for (const client of [adding, working]) {
        if (client.status === 'ready') await within(client.quit(), timing.settleMs);
        client.disconnect();
      }
    },
  };
}
