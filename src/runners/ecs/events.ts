/**
 * Word of tasks from EventBridge through an SQS queue. It only says at whom to look: DescribeTasks is the truth, so a
 * message that is lost costs one sweep and a false one costs one call.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { Log } from '../../ports/log.js';

export interface TaskEventsOptions {
  readonly sqs: SQSClient;
  readonly url: string;
  /** Passes it on to the worker that waits. */
  readonly hear: (taskArn: string) => Promise<void>;
  readonly log: Log;
  /** After an error; doubled up to a minute. */
  readonly restMs?: number;
}

/** Events have more keys, and will have others. */
const eventSchema = z.object({
  source: z.literal('aws.ecs'),
  'detail-type': z.literal('ECS Task State Change'),
  detail: z.object({ taskArn: z.string().startsWith('arn:'), lastStatus: z.string() }),
});

const WAIT_SECONDS = 20;
const MESSAGES_AT_ONCE = 10;
const REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

/** Undefined: not such an event. */
export function taskOfEvent(body: string | undefined): string | undefined {
  try {
    const read = eventSchema.safeParse(JSON.parse(body ?? ''));
    return read.success ? read.data.detail.taskArn : undefined;
  } catch {
    return undefined;
  }
}

export function createTaskEvents(options: TaskEventsOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const ended = listen(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function listen(options: TaskEventsOptions, signal: AbortSignal): Promise<void> {
  const { sqs, url, log, restMs = REST_MS } = options;
  let rest = restMs;
  while (!signal.aborted) {
    try {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: MESSAGES_AT_ONCE,
          WaitTimeSeconds: WAIT_SECONDS,
        }),
        { abortSignal: signal },
      );
      if (messages.length > 0) await take(messages, options);
      rest = restMs;
    } catch (error) {
      if (isAborted(signal)) return;
      log.warn({ err: error }, 'word of tasks cannot be heard; the sweep sees their ends all the same');
      await sleep(rest, undefined, { signal }).catch(() => undefined);
      rest = Math.min(2 * rest, LONGEST_REST_MS);
    }
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** What could not be passed on stays in the queue and comes again; what is no event goes, or it would come for ever. */
async function take(messages: readonly Message[], { sqs, url, hear, log }: TaskEventsOptions): Promise<void> {
  const done = await Promise.all(
    messages.map(async (message) => {
      const taskArn = taskOfEvent(message.Body);
      if (taskArn === undefined) {
        log.warn(
          { message: message.MessageId },
          'a message in the queue of task events is not one, and is thrown away',
        );
        return true;
      }
      return hear(taskArn).then(
        () => true,
        (error: unknown) => {
          log.warn({ err: error, task: taskArn }, 'word of a task could not be passed on');
          return false;
        },
      );
    }),
  );
  const entries = messages
    .filter((_, index) => done[index])
    .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  if (entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries }));
  if (entries.length < messages.length) throw new Error('word of some tasks could not be passed on');
}
