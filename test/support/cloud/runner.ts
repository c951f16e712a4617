/** A runner on the test cloud, with books in memory. */
import { randomUUID } from 'node:crypto';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { LIST_PRICES } from '../../../src/core/cost/prices.js';
import type { RunnerChoice } from '../../../src/core/words.js';
import type { LinkedBlobs } from '../../../src/ports/blobs.js';
import type { Log } from '../../../src/ports/log.js';
import {
  createEcsRunner,
  createTaskEvents,
  type EcsPlace,
  type EcsRunner,
  type EcsTiming,
  type TaskEndings,
} from '../../../src/runners/ecs/index.js';
import { createS3Blobs } from '../../../src/storage/s3/index.js';
import { memoryBooks, type MemoryBooks } from './books.js';
import { BUCKET, type Cloud } from './index.js';

export interface CloudRunnerOptions {
  readonly place?: Partial<EcsPlace>;
  readonly choice?: Partial<RunnerChoice>;
  readonly trusted?: boolean;
  readonly timing?: Partial<EcsTiming>;
  /** The same as another runner's: it is the same evaluation, after a crash. */
  readonly evaluationId?: string;
  readonly books?: MemoryBooks;
  readonly endings?: TaskEndings;
  readonly ecs?: ECSClient;
}

export interface CloudRunner {
  readonly runner: EcsRunner;
  readonly books: MemoryBooks;
  readonly blobs: LinkedBlobs;
  readonly evaluationId: string;
  /** What it logged. */
  readonly said: readonly { readonly level: string; readonly message: string; readonly fields: object }[];
}

export const CHOICE: RunnerChoice = {
  kind: 'ecs',
  cpu: 1,
  memoryBytes: 2 * 1024 ** 3,
  gpu: 0,
  shards: 1,
  wallTimeMs: 600_000,
  spot: true,
  network: 'none',
};

/** Minutes are moments: what is waited for is there at once. */
export const QUICK: EcsTiming = {
  sweepMs: 60,
  startAllowanceMs: 60_000,
  graceMs: 60_000,
  linkMarginMs: 60_000,
  unknownMs: 100,
  reapAfterMs: 0,
  retryDelayMs: 10,
};

export const quietLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function makeRunner(cloud: Cloud, options: CloudRunnerOptions = {}): CloudRunner {
  const evaluationId = options.evaluationId ?? randomUUID();
  const books = options.books ?? memoryBooks();
  const blobs = createS3Blobs({ client: cloud.s3, bucket: BUCKET, prefix: 'runs' });
  const said: { level: string; message: string; fields: object }[] = [];
  const level = (name: string) => (fields: object, message: string) =>
    void said.push({ level: name, message, fields });
  const log: Log = {
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
  };
  const runner = createEcsRunner({
    ecs: options.ecs ?? cloud.ecs,
    blobs,
    place: { ...cloud.place, ...options.place },
    books,
    endings: options.endings ?? { on: () => () => undefined },
    prices: LIST_PRICES,
    log,
    task: {
      choice: { ...CHOICE, ...options.choice },
      evaluationId,
      repositoryId: 1,
      trusted: options.trusted ?? true,
    },
    timing: { ...QUICK, ...options.timing },
  });
  return { runner, books, blobs, evaluationId, said };
}

/** What waits for word of tasks, in this process; `listen` hears it from the queue as a worker does. */
export function cloudEndings(cloud: Cloud): TaskEndings & { stop(): Promise<void> } {
  const waiting = new Map<string, Set<() => void>>();
  const events = createTaskEvents({
    sqs: cloud.sqs,
    url: cloud.place.eventsUrl ?? '',
    hear: (taskArn) => {
      for (const heard of waiting.get(taskArn) ?? []) heard();
      return Promise.resolve();
    },
    log: quietLog,
  });
  return {
    on(taskArn, heard) {
      const all = waiting.get(taskArn) ?? new Set();
      waiting.set(taskArn, all.add(heard));
      return () => void all.delete(heard);
    },
    stop: () => events.stop(),
  };
}
