/** How the end of a task is seen: by the sweep, earlier by word of it, and not too early by an answer that is old. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTasksCommand, type ECSClient, type Task } from '@aws-sdk/client-ecs';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/ports/log.js';
import { createTaskEvents, TIMING, type EcsTiming, type TaskEndings } from '../../src/runners/ecs/index.js';
import { TaskWatch } from '../../src/runners/ecs/watch.js';
import { CREDENTIALS, REGION, requireMoto, useMoto } from '../support/cloud/moto.js';

const quiet = (): void => undefined;
const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const silence: TaskEndings = { on: () => quiet };
const timing: EcsTiming = { ...TIMING, sweepMs: 20, unknownMs: 0 };
const arnOf = (name: string): string => `arn:aws:ecs:us-east-1:123456789012:task/evaluations/${name}`;
const running = (name: string, more: Partial<Task> = {}): Task => ({
  taskArn: arnOf(name),
  lastStatus: 'RUNNING',
  desiredStatus: 'RUNNING',
  startedAt: new Date(),
  ...more,
});

/** ECS as DescribeTasks shows it, one answer for each call. */
function ecs(answer: (arns: readonly string[], call: number) => readonly Task[] | Error): {
  client: ECSClient;
  calls: (readonly string[])[];
} {
  const calls: (readonly string[])[] = [];
  const send = (command: unknown): Promise<unknown> => {
    if (!(command instanceof DescribeTasksCommand)) throw new Error('only DescribeTasks is expected');
    const arns = command.input.tasks ?? [];
    calls.push(arns);
    const given = answer(arns, calls.length);
    return given instanceof Error ? Promise.reject(given) : Promise.resolve({ tasks: given });
  };
  return { client: { send } as unknown as ECSClient, calls };
}

describe('the watch over tasks', () => {
  const open = new AbortController();
  setMaxListeners(0, open.signal);
  const wait = (
    watch: TaskWatch,
    name: string,
    more: Partial<Parameters<TaskWatch['wait']>[0]> = {},
  ): ReturnType<TaskWatch['wait']> =>
    watch.wait({
      taskArn: arnOf(name),
      launchedAt: Date.now(),
      timeoutMs: 60_000,
      timing,
      endings: silence,
      signal: open.signal,
      ...more,
    });

  it('sees the end in a sweep', async () => {
    const { client } = ecs((_, call) => [running('a', call < 4 ? {} : { lastStatus: 'STOPPED' })]);
    const seen = await wait(new TaskWatch(client, 'evaluations', log), 'a');
    expect(seen).toMatchObject({ task: { lastStatus: 'STOPPED' }, stopFor: null });
  });

  it('asks about all tasks together, a hundred in a call', async () => {
    const { client, calls } = ecs((arns, call) =>
      arns.map((arn) => running('x', { taskArn: arn, lastStatus: call <= 3 ? 'RUNNING' : 'STOPPED' })),
    );
    const watch = new TaskWatch(client, 'evaluations', log);
    await Promise.all(Array.from({ length: 205 }, (_, i) => wait(watch, `t${i}`)));
    expect(calls.slice(0, 3).map((arns) => arns.length)).toEqual([100, 100, 5]);
    expect(Math.max(...calls.map((arns) => arns.length))).toBe(100);
    expect(calls.length).toBeLessThan(20);
  });

  it('looks at once when word comes, long before the sweep', async () => {
    let hear = quiet;
    let stopped = false;
    const { client, calls } = ecs(() => [running('a', stopped ? { lastStatus: 'STOPPED' } : {})]);
    const endings: TaskEndings = {
      on: (_, heard) => {
        hear = heard;
        return quiet;
      },
    };
    const waiting = wait(new TaskWatch(client, 'evaluations', log), 'a', {
      endings,
      timing: { ...timing, sweepMs: 3_600_000 },
    });
    await expect.poll(() => calls.length).toBe(1);
    stopped = true;
    hear();
    expect((await waiting).task?.lastStatus).toBe('STOPPED');
    expect(calls.length).toBe(2);
  });

  it('believes no word: a task that is said to have ended and has not is waited for', async () => {
    const heard: (() => void)[] = [];
    const { client } = ecs((_, call) => [running('a', call < 6 ? {} : { lastStatus: 'STOPPED' })]);
    const endings: TaskEndings = { on: (_, hear) => (heard.push(hear), quiet) };
    const waiting = wait(new TaskWatch(client, 'evaluations', log), 'a', { endings });
    heard[0]?.();
    expect((await waiting).task?.lastStatus).toBe('STOPPED');
  });

  it('sweeps once in its time, also when all have ended and others have come while ECS was asked', async () => {
    const { client } = ecs((arns) => arns.map((arn) => running('x', { taskArn: arn })));
    let calls = 0;
    let slow = true;
    const slowly = {
      send: async (command: never): Promise<unknown> => {
        calls += 1;
        if (slow) await sleep(60);
        return client.send(command);
      },
    } as unknown as ECSClient;
    const watch = new TaskWatch(slowly, 'evaluations', log);
    const endless = (name: string): AbortController => {
      const over = new AbortController();
      wait(watch, name, { signal: over.signal, timing: { ...timing, sweepMs: 30 } }).catch(quiet);
      return over;
    };
    let last = endless('t0');
    for (let i = 1; i <= 6; i++) {
      const before = calls;
      await expect.poll(() => calls, { interval: 1 }).toBeGreaterThan(before + (i === 1 ? 1 : 0));
      last.abort(new Error('nobody waits for it'));
      await sleep(0);
      last = endless(`t${i}`);
      await sleep(45);
    }
    slow = false;
    await sleep(200);
    calls = 0;
    const from = performance.now();
    await sleep(300);
    expect(calls).toBeLessThanOrEqual(Math.ceil((performance.now() - from) / 30) + 1);
    last.abort(new Error('enough'));
  });

  it('takes a task for lost after three answers without it, and not while it is new', async () => {
    const gone = ecs(() => []);
    const lost = await wait(new TaskWatch(gone.client, 'evaluations', log), 'a');
    expect(lost).toEqual({ task: undefined, last: undefined, stopFor: null });
    expect(gone.calls.length).toBe(3);

    const late = ecs((_, call) => (call < 8 ? [] : [running('a', { lastStatus: 'STOPPED' })]));
    const seen = await wait(new TaskWatch(late.client, 'evaluations', log), 'a', {
      timing: { ...timing, unknownMs: 60_000 },
    });
    expect(seen.task).toBeDefined();
  });

  it('counts only answers without it that follow one another, and remembers how it stood', async () => {
    const { client, calls } = ecs((_, call) => (call === 3 ? [running('a')] : []));
    const seen = await wait(new TaskWatch(client, 'evaluations', log), 'a');
    expect(calls.length).toBe(6);
    expect(seen).toMatchObject({ task: undefined, last: { lastStatus: 'RUNNING' } });
  });

  it.each<[string, Task, Partial<EcsTiming>, number, string]>([
    ['over its time', running('a'), { startAllowanceMs: 0, graceMs: 0 }, 10, 'overdue'],
    [
      'not begun in its time',
      { taskArn: arnOf('a'), lastStatus: 'PROVISIONING' },
      { startAllowanceMs: 10 },
      60_000,
      'stalled',
    ],
    [
      'stuck behind a fetch that failed',
      running('a', { containers: [{ name: 'fetch', exitCode: 3 }] }),
      {},
      60_000,
      'stuck',
    ],
  ])('has one stopped that is %s', async (_, task, more, timeoutMs, stopFor) => {
    const { client } = ecs(() => [task]);
    const seen = await wait(new TaskWatch(client, 'evaluations', log), 'a', {
      timing: { ...timing, ...more },
      timeoutMs,
    });
    expect(seen).toMatchObject({ stopFor, task });
  });

  it('goes on while ECS does not answer', async () => {
    const { client } = ecs((_, call) =>
      call < 4
        ? Object.assign(new Error('slow down'), { name: 'ThrottlingException' })
        : [running('a', { lastStatus: 'STOPPED' })],
    );
    expect((await wait(new TaskWatch(client, 'evaluations', log), 'a')).task).toBeDefined();
  });

  it('ends with an error that says what to do where ECS refuses', async () => {
    const { client } = ecs(() =>
      Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }),
    );
    await expect(wait(new TaskWatch(client, 'evaluations', log), 'a')).rejects.toMatchObject({
      name: 'RunnerError',
      permanent: true,
      mend: expect.stringContaining('policy') as string,
    });
  });

  it('ends with an error when ECS is away for longer than the task may run', async () => {
    const { client } = ecs(() => Object.assign(new Error('away'), { name: 'TimeoutError' }));
    const waiting = wait(new TaskWatch(client, 'evaluations', log), 'a', {
      timing: { ...timing, startAllowanceMs: 0, graceMs: 0 },
      timeoutMs: 30,
    });
    await expect(waiting).rejects.toMatchObject({ name: 'RunnerError', permanent: false });
  });

  it('ends with the reason of the signal, and then asks nothing more', async () => {
    const { client, calls } = ecs(() => [running('a')]);
    const stop = new AbortController();
    const waiting = wait(new TaskWatch(client, 'evaluations', log), 'a', { signal: stop.signal });
    stop.abort(new Error('superseded'));
    await expect(waiting).rejects.toThrow('superseded');
    const asked = calls.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(calls.length).toBeLessThanOrEqual(asked + 1);
  });
});

describe.skipIf(!requireMoto())('word of tasks from a queue', () => {
  const moto = useMoto();
  const event = (taskArn: unknown, more: object = {}): string =>
    JSON.stringify({
      version: '0',
      id: '3317b2af-7005-947d-b652-f55e762e571a',
      'detail-type': 'ECS Task State Change',
      source: 'aws.ecs',
      detail: { taskArn, lastStatus: 'STOPPED', desiredStatus: 'STOPPED', version: 5 },
      ...more,
    });

  it('is passed on; what is no event is thrown away, and what could not be passed on comes again', async () => {
    const sqs = new SQSClient({ region: REGION, endpoint: moto.url, credentials: CREDENTIALS });
    const { QueueUrl: url = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: 'tasks', Attributes: { VisibilityTimeout: '1' } }),
    );
    const put = (body: string) => sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
    await put('no JSON');
    await put(event(7));
    await put(event(arnOf('other'), { source: 'aws.ec2' }));
    await put(event(arnOf('a')));
    await put(event(arnOf('b')));
    const heard: string[] = [];
    const warned: string[] = [];
    const events = createTaskEvents({
      sqs,
      url,
      restMs: 10,
      log: { ...log, warn: (_, message) => void warned.push(message) },
      hear: (taskArn) => {
        heard.push(taskArn);
        const first = heard.filter((one) => one === taskArn).length === 1;
        return taskArn === arnOf('b') && first
          ? Promise.reject(new Error('database away'))
          : Promise.resolve();
      },
    });
    await expect.poll(() => heard.filter((one) => one === arnOf('b')).length, { timeout: 15_000 }).toBe(2);
    expect(heard.filter((one) => one === arnOf('a'))).toHaveLength(1);
    expect(heard).not.toContain(arnOf('other'));
    expect(warned.filter((message) => message.includes('is not one'))).toHaveLength(3);
    await events.stop();
    await expect
      .poll(async () => {
        const { Attributes } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
        );
        return (
          Number(Attributes?.ApproximateNumberOfMessages) +
          Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
        );
      })
      .toBe(0);
    sqs.destroy();
  });

  it('stops while it waits, and rests after errors instead of asking without end', async () => {
    const sqs = new SQSClient({
      region: REGION,
      endpoint: moto.url,
      credentials: CREDENTIALS,
      maxAttempts: 1,
    });
    let errors = 0;
    const events = createTaskEvents({
      sqs,
      url: `${moto.url}/123456789012/not-there`,
      restMs: 200,
      log: {
        ...log,
        warn: () => {
          errors++;
        },
      },
      hear: () => Promise.resolve(),
    });
    await expect.poll(() => errors, { timeout: 10_000 }).toBeGreaterThan(1);
    await events.stop();
    expect(errors).toBeLessThan(10);
    sqs.destroy();
  });
});
