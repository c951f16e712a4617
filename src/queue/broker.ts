import type { IQueueBackend, Job, Processor, Queue, Worker, WorkerOptions } from 'bullmq';

/** What keeps the jobs: PostgreSQL or Redis, behind BullMQ's classes. */
export interface Broker {
  readonly name: 'postgres' | 'redis';
  openQueue(name: string): BullQueue;
  openWorker(name: string, processor: BullProcessor, options: BullWorkerOptions): BullWorker;
  /** Ends every connection; queues and workers are closed before. */
  close(): Promise<void>;
}

export type BullQueue = Pick<
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the connection's type differs, and nobody reads it
  Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, any>,
  'add' | 'close' | 'getJob' | 'getJobCounts' | 'getJobs' | 'getJobScheduler' | 'on' | 'upsertJobScheduler'
>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type BullWorker = Pick<Worker<unknown, unknown, string, IQueueBackend, any, any>, 'close' | 'on'>;
export type BullJob = Job<unknown, unknown>;
export type BullProcessor = Processor<unknown, unknown>;
export type BullWorkerOptions = Omit<WorkerOptions, 'connection' | 'prefix'>;
/** Told of every broken connection; never throws. */
export type OnTrouble = (where: string, error: Error) => void;
