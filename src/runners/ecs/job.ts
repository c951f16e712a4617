/** What the steps of a task tell each other. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { TaskSize } from '../../core/cost/words.js';
import type { Capacity } from '../../core/plan/attempts.js';
import type { ExtractSpec } from '../../core/words.js';
import type { LinkedBlobs } from '../../ports/blobs.js';
import type { Log } from '../../ports/log.js';
import type { RunLimits } from '../../ports/runner.js';
import type { TaskBooks } from '../../ports/tasks.js';
import type { Bill } from './bill.js';
import type { TaskEnd } from './classify.js';
import type { EcsPlace, EcsTask, EcsTiming, TaskEndings } from './place.js';
import type { TaskResults } from './results.js';
import type { Stored, StoredDocument } from './upload.js';
import type { TaskWatch } from './watch.js';

/** What all tasks of a runner share. */
export interface Context {
  readonly ecs: ECSClient;
  readonly blobs: LinkedBlobs;
  readonly place: EcsPlace;
  readonly books: TaskBooks;
  readonly endings: TaskEndings;
  readonly log: Log;
  readonly task: EcsTask;
  readonly timing: EcsTiming;
  readonly watch: TaskWatch;
  readonly bill: Bill;
}

/** What the tasks of one shard share, or those of a setup. */
export interface Job {
  readonly dispatch: string;
  readonly shard: number;
  readonly step: 'setup' | 'extract';
  /** For people: `head, run 1, shard 3 of 8`. */
  readonly what: string;
  readonly extract: ExtractSpec;
  readonly limits: RunLimits;
  readonly size: TaskSize;
  readonly timeoutMs: number;
}

export interface Contents {
  readonly code: Stored;
  readonly documents: readonly StoredDocument[];
}

export interface Attempt {
  readonly number: number;
  readonly end: TaskEnd;
  /** Undefined: nothing, or nothing that is whole. */
  readonly results: TaskResults | undefined;
  /** For messages. */
  readonly taskArn: string | null;
}

/** A task that was begun earlier, perhaps by another worker. */
export interface Begun {
  readonly number: number;
  readonly capacity: Capacity;
  readonly taskArn: string;
  readonly launchedAt: number;
}
