/**
 * What the App has on AWS: clients, buckets, the books of its tasks. Loaded only where a cluster is configured, because
 * AWS's SDK costs every start a quarter of a second.
 */
import { readFile } from 'node:fs/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type pg from 'pg';
import { LIST_PRICES, pricesAreOld, readPrices } from './core/cost/prices.js';
import type { ComputePrices } from './core/cost/words.js';
import { UsageError } from './core/errors.js';
import type { ExtractSpec, RunnerChoice } from './core/words.js';
import type { OpenRunner, RunnerTask } from './flow/corridor.js';
import type { LinkedBlobs } from './ports/blobs.js';
import type { Log } from './ports/log.js';
import type { TaskBooks } from './ports/tasks.js';
import { createTaskBooks } from './postgres/task-books.js';
import { createTaskEndings } from './postgres/task-endings.js';
import {
  createEcsClient,
  createEcsRunner,
  createTaskEvents,
  ecsEnvironmentIdentity,
  reapTasks,
  type EcsTiming,
} from './runners/ecs/index.js';
import type { EcsSettings } from './settings.js';
import { createS3Blobs, createS3Client, parseS3Address } from './storage/s3/index.js';

export interface Cloud {
  readonly prices: ComputePrices;
  readonly blobs: LinkedBlobs;
  readonly books: TaskBooks;
  environmentIdentity(extract: ExtractSpec, choice: RunnerChoice, trusted: boolean): Promise<string>;
  openRunner(task: RunnerTask): OpenRunner;
  /** Stops tasks that no evaluation waits for; returns their ARNs. */
  reap(): Promise<readonly string[]>;
  /** Hears of the ends of tasks until `stop`; nothing where no queue is configured. */
  listen(): { stop(): Promise<void> };
  close(): Promise<void>;
}

export async function openCloud(
  settings: { readonly ecs: EcsSettings; readonly pricesFile: string | null },
  {
    pool,
    log,
    timing = {},
  }: { readonly pool: pg.Pool; readonly log: Log; readonly timing?: Partial<EcsTiming> },
): Promise<Cloud> {
  const { blobs: address, ...place } = settings.ecs;
  const prices = await pricesOf(settings.pricesFile, log);
  const ecs = createEcsClient();
  const s3 = createS3Client();
  const blobs = createS3Blobs({ client: s3, ...parseS3Address(address) });
  const books = createTaskBooks(pool);
  const endings = createTaskEndings(pool, log);
  return {
    prices,
    blobs,
    books,
    environmentIdentity: (extract, choice, trusted) =>
      ecsEnvironmentIdentity(extract, place, choice, trusted),
    openRunner: (task) =>
      createEcsRunner({ ecs, blobs, place, books, endings: endings.endings, prices, log, task, timing }),
    reap: () => reapTasks({ ecs, place, books, log, prices, timing, now: () => Date.now() }),
    listen() {
      if (place.eventsUrl === null) return { stop: () => Promise.resolve() };
      const sqs = new SQSClient({});
      const events = createTaskEvents({
        sqs,
        url: place.eventsUrl,
        hear: (taskArn) => endings.announce(taskArn),
        log,
      });
      return {
        async stop() {
          await events.stop();
          sqs.destroy();
        },
      };
    },
    async close() {
      await endings.close();
      ecs.destroy();
      s3.destroy();
    },
  };
}

/** Throws UsageError when the file cannot be read. */
export async function pricesOf(file: string | null, log: Log): Promise<ComputePrices> {
  const prices = file === null ? LIST_PRICES : readPrices(await textOf(file), file);
  if (pricesAreOld(prices, Date.now()))
    log.warn(
      { source: prices.source, date: prices.date },
      'the prices of compute are older than 90 days: look them up again and name them with DOCOPS_PRICES',
    );
  return prices;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `the prices in ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'set DOCOPS_PRICES to a file like the one in docs/aws.md, or leave it away',
    );
  }
}
