/** The test cloud itself: what other tests trust it with. */
import {
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type ContainerDefinition,
  type RunTaskCommandInput,
  type Task,
} from '@aws-sdk/client-ecs';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { requireCloud, useCloud } from '../support/cloud/index.js';
import { PLAIN_IMAGE } from '../support/cloud/images.js';
import { processesGone, processesWith, uniqueSeconds, until } from '../support/processes.js';

describe.skipIf(!requireCloud())('the test cloud (moto[server], bubblewrap and setpriv are needed)', () => {
  const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key-1';
  const cloud = useCloud({ secrets: { [SECRET]: 'open sesame' } });
  const seen: { operation: string; output: unknown }[] = [];
  afterEach(() => {
    for (const { operation, status, output } of cloud.edge.answered)
      if (status === 200) seen.push({ operation, output });
  });

  const shell = (
    name: string,
    command: string,
    more: Partial<ContainerDefinition> = {},
  ): ContainerDefinition => ({
    name,
    image: PLAIN_IMAGE,
    essential: name === 'last',
    memory: 256,
    entryPoint: ['sh', '-c'],
    command: [command],
    stopTimeout: 2,
    ...more,
  });
  const after = (containerName: string, condition: 'SUCCESS' | 'COMPLETE') => ({
    dependsOn: [{ containerName, condition }],
  });
  let count = 0;
  const request = async (
    containerDefinitions: ContainerDefinition[],
    more: Partial<RunTaskCommandInput> = {},
  ): Promise<RunTaskCommandInput> => {
    const { taskDefinition } = await cloud.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: `test-${++count}`,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        executionRoleArn: cloud.place.executionRole,
        volumes: [{ name: 'shared' }],
        containerDefinitions,
      }),
    );
    return {
      cluster: cloud.place.cluster,
      taskDefinition: taskDefinition!.taskDefinitionArn!,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: [...cloud.place.subnets],
          securityGroups: [cloud.place.securityGroup],
        },
      },
      startedBy: `test-${count}`,
      ...more,
    };
  };
  const run = async (...args: Parameters<typeof request>): Promise<string> => {
    const { tasks, failures } = await cloud.ecs.send(new RunTaskCommand(await request(...args)));
    expect(failures).toEqual([]);
    return tasks![0]!.taskArn!;
  };
  const look = async (arn: string): Promise<Task | undefined> =>
    (await cloud.ecs.send(new DescribeTasksCommand({ cluster: cloud.place.cluster, tasks: [arn] })))
      .tasks?.[0];
  const ended = async (arn: string): Promise<Task> => {
    await until(
      () => cloud.edge.tasks.find((life) => life.arn === arn)?.ended === true,
      (yes) => yes,
      10_000,
    );
    return (await look(arn))!;
  };
  const containers = (task: Task): Record<string, unknown> =>
    Object.fromEntries(task.containers!.map(({ name = '', exitCode, reason }) => [name, reason ?? exitCode]));

  it('runs containers in the order of dependsOn over a shared volume, and tells their ends', async () => {
    const shared = { mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared' }] };
    const arn = await run([
      shell('first', 'echo one > /shared/file', shared),
      shell('second', 'cat /shared/file; exit 3', { ...shared, ...after('first', 'SUCCESS') }),
      shell('last', 'cat /shared/file; echo two > /shared/file', {
        mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared', readOnly: true }],
        ...after('second', 'COMPLETE'),
      }),
    ]);
    const task = await ended(arn);
    expect(task).toMatchObject({
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      capacityProviderName: 'FARGATE_SPOT',
      launchType: 'FARGATE',
    });
    // The last one may not write to its volume.
    expect(containers(task)).toEqual({ first: 0, second: 3, last: 2 });
    expect(task.createdAt!.getTime()).toBeLessThanOrEqual(task.pullStartedAt!.getTime());
    expect(task.startedAt!.getTime()).toBeLessThanOrEqual(task.stoppedAt!.getTime());
  });

  it('keeps a task PENDING until the last of its containers has started, as ECS does', async () => {
    const arn = await run([
      shell('first', 'sleep 0.6'),
      shell('last', 'sleep 0.6', after('first', 'COMPLETE')),
    ]);
    const statuses = new Set<string>();
    await until(
      () => {
        const life = cloud.edge.tasks.find((one) => one.arn === arn)!;
        statuses.add(`${life.wire.lastStatus} ${life.container('first').lastStatus}`);
        return life.ended;
      },
      (yes) => yes,
    );
    expect(statuses).toContain('PENDING RUNNING');
    expect(statuses).toContain('RUNNING STOPPED');
    expect(statuses).not.toContain('RUNNING RUNNING');
  });

  it('never starts what waits for the success of a container that failed', async () => {
    const task = await ended(
      await run([shell('first', 'exit 4'), shell('last', 'echo never', after('first', 'SUCCESS'))]),
    );
    expect(containers(task)).toEqual({
      first: 4,
      last: expect.stringContaining('did not exit successfully') as string,
    });
    expect(task.containers![1]!.exitCode).toBe(143);
  });

  it('gives a container the environment of image, definition, overrides and ECS, and nothing of the test', async () => {
    process.env['ONLY_THE_TEST_HAS_THIS'] = '1';
    const arn = await run(
      [
        shell('last', 'env; id -u; id -g; touch /x; touch /shared/x; ls /docops /root', {
          user: '65532:65532',
          readonlyRootFilesystem: true,
          environment: [{ name: 'A', value: 'definition' }],
          secrets: [{ name: 'KEY', valueFrom: SECRET }],
          mountPoints: [{ sourceVolume: 'shared', containerPath: '/shared' }],
        }),
      ],
      {
        overrides: {
          containerOverrides: [{ name: 'last', environment: [{ name: 'B', value: 'override' }] }],
        },
      },
    );
    await ended(arn);
    const output = cloud.agent.output(cloud.edge.tasks[0]!, 'last');
    expect(output).toMatch(/^A=definition$/m);
    expect(output).toMatch(/^B=override$/m);
    expect(output).toMatch(/^KEY=open sesame$/m);
    expect(output).toMatch(/^65532\n65532$/m);
    expect(output).toMatch(/\/x.*[Rr]ead-only/);
    expect(output).not.toMatch(/ONLY_THE_TEST|AWS_SECRET|GITHUB/);
    // A fresh volume belongs to root, unless an image says otherwise.
    if (process.getuid?.() === 0) expect(output).toMatch(/\/shared\/x.*denied/);
    delete process.env['ONLY_THE_TEST_HAS_THIS'];
  });

  it('stops with SIGTERM, and with SIGKILL what does not listen', async () => {
    const seconds = uniqueSeconds();
    const polite = await run([shell('last', `trap 'exit 9' TERM; sleep ${seconds} & wait`)]);
    const deaf = await run([shell('last', `trap '' TERM; sleep ${seconds}`)]);
    await until(
      () => processesWith(seconds).length,
      (found) => found >= 2,
    );
    for (const task of [polite, deaf])
      await cloud.ecs.send(new StopTaskCommand({ cluster: cloud.place.cluster, task, reason: 'enough' }));
    expect(await ended(polite)).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'enough' });
    expect(containers((await look(polite))!)).toEqual({ last: 9 });
    expect(containers(await ended(deaf))).toEqual({ last: 137 });
    expect(await processesGone(seconds)).toEqual([]);
  });

  it('takes spot capacity away with notice', async () => {
    cloud.faults.task({ kind: 'spot', container: 'last', afterMs: 50 });
    const task = await ended(await run([shell('last', 'sleep 30')]));
    expect(task).toMatchObject({
      stopCode: 'SpotInterruption',
      stoppedReason: 'Your Spot Task was interrupted.',
    });
  });

  it.each([
    [{ kind: 'pull', container: 'last' }, 'TaskFailedToStart', /CannotPullContainerError: .*i\/o timeout/],
    [{ kind: 'resources' }, 'TaskFailedToStart', /ResourceInitializationError/],
    [{ kind: 'memory', container: 'last', afterMs: 50 }, 'EssentialContainerExited', /OutOfMemoryError/],
  ] as const)('strikes a task with %o', async (fault, stopCode, reason) => {
    cloud.faults.task(fault);
    const task = await ended(await run([shell('last', 'sleep 20')]));
    expect(task.stopCode).toBe(stopCode);
    expect(`${task.stoppedReason} ${task.containers![0]!.reason}`).toMatch(reason);
    if (fault.kind === 'memory') expect(task.containers![0]!.exitCode).toBe(137);
  });

  it('has no image that is not in its registry', async () => {
    const task = await ended(await run([shell('last', ':', { image: 'registry.example/none:1' })]));
    expect(task.stoppedReason).toMatch(/CannotPullContainerError: .*registry\.example\/none:1: not found/);
  });

  it('lets a dead agent keep its tasks, until they are stopped', async () => {
    cloud.faults.task({ kind: 'dead', at: 'PENDING' });
    const arn = await run([shell('last', ':')]);
    expect((await look(arn))!.lastStatus).toBe('PENDING');
    await cloud.ecs.send(new StopTaskCommand({ cluster: cloud.place.cluster, task: arn }));
    expect((await ended(arn)).stopCode).toBe('UserInitiated');
  });

  it('is late with what it knows, and forgets what is lost', async () => {
    cloud.faults.describeLate = 2;
    const arn = await run([shell('last', ':')]);
    expect([await look(arn), await look(arn)]).toEqual([undefined, undefined]);
    expect((await look(arn))!.taskArn).toBe(arn);
    cloud.faults.task({ kind: 'lost' });
    const lost = await run([shell('last', ':')]);
    const { failures } = await cloud.ecs.send(
      new DescribeTasksCommand({ cluster: cloud.place.cluster, tasks: [lost] }),
    );
    expect(failures).toEqual([{ arn: lost, reason: 'MISSING' }]);
  });

  it('answers a client token that it knows with the same task, and refuses it for another request', async () => {
    const asked = await request([shell('last', ':')], { clientToken: 'token-1' });
    const [first, again] = await Promise.all([
      cloud.ecs.send(new RunTaskCommand(asked)),
      cloud.ecs.send(new RunTaskCommand(asked)),
    ]);
    expect(again.tasks![0]!.taskArn).toBe(first.tasks![0]!.taskArn);
    expect(cloud.edge.tasks).toHaveLength(1);
    await expect(cloud.ecs.send(new RunTaskCommand({ ...asked, startedBy: 'other' }))).rejects.toMatchObject({
      name: 'ConflictException',
      resourceIds: [first.tasks![0]!.taskArn],
    });
  });

  it('refuses what AWS refuses and moto does not', async () => {
    const plain = shell('last', ':');
    const asked = await request([plain]);
    await expect(
      cloud.ecs.send(new RunTaskCommand({ ...asked, startedBy: 'x'.repeat(129) })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(
      cloud.ecs.send(
        new RunTaskCommand({
          ...asked,
          overrides: {
            containerOverrides: [{ name: 'last', environment: [{ name: 'A', value: 'x'.repeat(9_000) }] }],
          },
        }),
      ),
    ).rejects.toThrow('8192');
    await expect(
      run([shell('first', ':', { essential: true }), { ...plain, ...after('first', 'SUCCESS') }]),
    ).rejects.toThrow('cannot be an essential container');
    await expect(
      run([{ ...plain, dependsOn: [{ containerName: 'x', condition: 'START' }] }]),
    ).rejects.toThrow('does not exist');
  });

  it('throttles, refuses in `failures`, and goes on', async () => {
    const asked = await request([shell('last', ':')]);
    cloud.faults.throttle('RunTask', 100);
    await expect(cloud.ecs.send(new RunTaskCommand(asked))).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
    });
    cloud.faults.throttle('RunTask', 0);
    cloud.faults.refuse(
      'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    );
    const { tasks, failures } = await cloud.ecs.send(new RunTaskCommand(asked));
    expect(tasks).toEqual([]);
    expect(failures![0]!.reason).toContain('Capacity is unavailable');
    expect(await ended(await run([shell('last', ':')]))).toMatchObject({ lastStatus: 'STOPPED' });
  });

  it('lists tasks by who started them and by what they should be', async () => {
    cloud.faults.task({ kind: 'dead', at: 'RUNNING' }, 2);
    const arns = [await run([shell('last', ':')]), await run([shell('last', ':')])];
    const done = await run([shell('last', ':')]);
    await ended(done);
    const list = async (more: object) =>
      (await cloud.ecs.send(new ListTasksCommand({ cluster: cloud.place.cluster, ...more }))).taskArns;
    expect(await list({})).toEqual(arns);
    expect(await list({ startedBy: `test-${count}` })).toEqual([]);
    expect(await list({ startedBy: `test-${count}`, desiredStatus: 'STOPPED' })).toEqual([done]);
    const first = await cloud.ecs.send(new ListTasksCommand({ cluster: cloud.place.cluster, maxResults: 1 }));
    expect(await list({ maxResults: 1, nextToken: first.nextToken })).toEqual([arns[1]]);
  });

  it('sends each change of a task to the queue as EventBridge does', async () => {
    const arn = await run([shell('last', ':')]);
    await ended(arn);
    await cloud.agent.idle();
    const events: {
      'detail-type': string;
      detail: { taskArn: string; lastStatus: string; stoppedAt?: string };
    }[] = [];
    for (;;) {
      const { Messages = [] } = await cloud.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: cloud.place.eventsUrl!, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) break;
      for (const { Body = '' } of Messages) events.push(JSON.parse(Body) as (typeof events)[number]);
    }
    const ours = events.filter(({ detail }) => detail.taskArn === arn);
    expect(new Set(ours.map((event) => event['detail-type']))).toEqual(new Set(['ECS Task State Change']));
    const stopped = ours.filter(({ detail }) => detail.lastStatus === 'STOPPED');
    expect(stopped).toHaveLength(1);
    expect(stopped[0]!.detail.stoppedAt).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it('runs no more tasks at once than it may', async () => {
    const asked = await request([shell('last', 'sleep 0.1')]);
    const tasks = await Promise.all(
      [1, 2, 3, 4].map((n) => cloud.ecs.send(new RunTaskCommand({ ...asked, startedBy: `n-${n}` }))),
    );
    for (const { tasks: [task] = [] } of tasks) await ended(task!.taskArn!);
    expect(cloud.agent.mostAtOnce).toBe(2);
  });

  it('answers in the shapes that AWS publishes', () => {
    const script = fileURLToPath(new URL('../support/cloud/shapes.py', import.meta.url));
    const input = seen.map((answer) => JSON.stringify(answer)).join('\n');
    const { stdout, stderr } = spawnSync('python3', [script], { input, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(Number(/checked (\d+)/.exec(stderr)?.[1])).toBeGreaterThan(1_000);
    const bad = JSON.stringify({
      operation: 'StopTask',
      output: { task: { stopCode: 'Whim', startedAt: '1' } },
    });
    expect(spawnSync('python3', [script], { input: bad, encoding: 'utf8' }).stdout.split('\n')).toHaveLength(
      3,
    );
  });
});
