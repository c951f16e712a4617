/**
 * Runs the code of one side in tasks on ECS. What a task needs and gives goes through the storage, by links that stand for
 * one file each; what ran and what it cost stands in the books. Everything is named by the work, so that a worker that
 * takes it up after a crash finds it.
 */
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ComputePrices } from '../../core/cost/words.js';
import type { LinkedBlobs } from '../../ports/blobs.js';
import type { Log } from '../../ports/log.js';
import { RunnerError, type Runner, type RunnerUsage } from '../../ports/runner.js';
import type { TaskBooks } from '../../ports/tasks.js';
import { Bill } from './bill.js';
import { CodeStore } from './code-store.js';
import type { Context } from './job.js';
import { TIMING, type EcsPlace, type EcsTask, type EcsTiming, type TaskEndings } from './place.js';
import { extractAll } from './run.js';
import { setUp } from './setup.js';
import { watchOf } from './watch.js';

export interface EcsRunnerOptions {
  readonly ecs: ECSClient;
  readonly blobs: LinkedBlobs;
  readonly place: EcsPlace;
  readonly books: TaskBooks;
  readonly endings: TaskEndings;
  /** Null: what it costs is not known. */
  readonly prices: ComputePrices | null;
  readonly log: Log;
  readonly task: EcsTask;
  readonly timing?: Partial<EcsTiming>;
}

export interface EcsRunner extends Runner {
  readonly kind: 'ecs';
  /** Both sides may run at the same time: they do not share a machine. */
  readonly sidesAtOnce: true;
  usage(): RunnerUsage;
  /** Stops what is open. */
  close(): Promise<void>;
}

export function createEcsRunner(options: EcsRunnerOptions): EcsRunner {
  const bill = new Bill(options.prices);
  const context: Context = {
    ...options,
    timing: { ...TIMING, ...options.timing },
    bill,
    watch: watchOf(options.ecs, options.place.cluster, options.log),
  };
  const code = new CodeStore(options.blobs);
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  /** Ends with the runner, and with whoever asked. */
  const track = <T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const both = AbortSignal.any(signal === undefined ? [closing.signal] : [closing.signal, signal]);
    const promise = work(both).catch((error: unknown) => {
      // Timers and clients reject with errors of their own when they are told to stop.
      both.throwIfAborted();
      throw error;
    });
    running.add(promise);
    const forget = () => running.delete(promise);
    promise.then(forget, forget);
    return promise;
  };
  return {
    kind: 'ecs',
    sidesAtOnce: true,
    setup: (request) => track(request.signal, (signal) => setUp(context, code, request, signal)),
    run: (request) => track(request.signal, (signal) => extractAll(context, code, request, signal)),
    usage: () => bill.usage(),
    async close() {
      closing.abort(new RunnerError('the runner was closed'));
      await Promise.allSettled(running);
    },
  };
}
