/** What goes to ECS and what ECS keeps of it, against moto: it checks the shapes of requests and runs nothing. */
import {
  ConflictException,
  CreateClusterCommand,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  type DescribeTasksCommandOutput,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MANIFEST_VARIABLE } from '../../eval-runner/task/contract.js';
import type { RunnerChoice } from '../../src/core/words.js';
import type { Log } from '../../src/ports/log.js';
import type { TaskBooks } from '../../src/ports/tasks.js';
import { ensureDefinition, forgetDefinition, taskDefinition } from '../../src/runners/ecs/definition.js';
import {
  findTask,
  launch,
  runTaskRequest,
  stopTask,
  type LaunchRequest,
} from '../../src/runners/ecs/dispatch.js';
import type { EcsPlace } from '../../src/runners/ecs/index.js';
import { reapTasks } from '../../src/runners/ecs/index.js';
import { CREDENTIALS, REGION, requireMoto, useMoto } from '../support/cloud/moto.js';
import { makeNetwork } from '../support/cloud/network.js';

const choice: RunnerChoice = {
  kind: 'ecs',
  cpu: 1,
  memoryBytes: 2 * 1024 ** 3,
  gpu: 0,
  shards: 'auto',
  wallTimeMs: 600_000,
  spot: true,
  network: 'none',
};
const size = { vcpu: 1, memoryGib: 2, gpu: 0 };
const place: EcsPlace = {
  cluster: 'evaluations',
  subnets: ['subnet-1'],
  securityGroup: 'sg-1',
  open: { subnets: ['subnet-2'], securityGroup: 'sg-2' },
  executionRole: 'arn:aws:iam::123456789012:role/execution',
  runnerImage: 'registry/runner:1',
  extractImage: 'registry/app:1',
  logGroup: '/docops/evaluations',
  gpuProvider: 'gpus',
  eventsUrl: null,
  secrets: {},
};
const definitionOf = (more: Partial<Parameters<typeof taskDefinition>[0]> = {}) =>
  taskDefinition({ place, region: REGION, size, image: 'team/ocr:7', secrets: [], ...more });
const request = (more: Partial<LaunchRequest> = {}): LaunchRequest => ({
  place,
  task: { choice, evaluationId: '00000000-0000-4000-8000-000000000001', repositoryId: 7, trusted: true },
  step: 'extract',
  taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/x:1',
  startedBy: `docops-${'a'.repeat(40)}-0-1`,
  capacity: 'spot',
  manifests: { fetch: 'https://s3/fetch', deliver: 'https://s3/deliver' },
  diskBytes: 0,
  ...more,
});

describe('a task definition', () => {
  const { containerDefinitions: [fetch, extract, deliver] = [], ...whole } = definitionOf();

  it('is three containers, one after the other, that end with the last', () => {
    expect([fetch, extract, deliver].map((one) => [one?.name, one?.essential, one?.dependsOn])).toEqual([
      ['fetch', false, undefined],
      ['extract', false, [{ containerName: 'fetch', condition: 'SUCCESS' }]],
      ['deliver', true, [{ containerName: 'extract', condition: 'COMPLETE' }]],
    ]);
  });

  it('gives the command nothing: no role, no root, no capability, nothing to write but its volumes', () => {
    expect(whole.taskRoleArn).toBeUndefined();
    for (const one of [fetch, extract, deliver])
      expect(one).toMatchObject({
        readonlyRootFilesystem: true,
        privileged: false,
        linuxParameters: { capabilities: { drop: ['ALL'] } },
      });
    expect(extract?.user).toBe('65532:65532');
    expect(extract?.mountPoints).toEqual([
      { sourceVolume: 'input', containerPath: '/docops/input', readOnly: true },
      { sourceVolume: 'work', containerPath: '/docops/work', readOnly: false },
      { sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false },
    ]);
    expect(extract?.environment).toBeUndefined();
    expect(extract?.secrets).toBeUndefined();
    expect(deliver?.mountPoints).toContainEqual({
      sourceVolume: 'work',
      containerPath: '/docops/work',
      readOnly: true,
    });
  });

  it('gives secrets to extract alone', () => {
    const given = definitionOf({ secrets: [{ name: 'OCR_KEY', arn: 'arn:aws:ssm:x' }] }).containerDefinitions;
    expect(given?.map(({ secrets }) => secrets)).toEqual([
      undefined,
      [{ name: 'OCR_KEY', valueFrom: 'arn:aws:ssm:x' }],
      undefined,
    ]);
  });

  it('reserves no more memory than the task has, and takes extract before the task itself is full', () => {
    for (const memoryGib of [0.5, 2, 120]) {
      const { memory, containerDefinitions = [] } = definitionOf({ size: { vcpu: 1, memoryGib, gpu: 0 } });
      const sum = containerDefinitions.reduce((all, { memoryReservation = 0 }) => all + memoryReservation, 0);
      expect(sum).toBeLessThanOrEqual(Number(memory));
      for (const one of containerDefinitions) {
        expect(one.memory).toBeGreaterThan(one.memoryReservation ?? 0);
        expect(one.memory).toBeLessThanOrEqual(Number(memory));
      }
      expect(containerDefinitions[1]?.memory).toBeLessThan(Number(memory));
    }
  });

  it('asks for GPUs where Fargate has none, and then not for Fargate', () => {
    const given = definitionOf({ size: { vcpu: 4, memoryGib: 16, gpu: 1 } });
    expect(given.requiresCompatibilities).toBeUndefined();
    expect(given.containerDefinitions?.[1]?.resourceRequirements).toEqual([{ type: 'GPU', value: '1' }]);
    expect(whole.requiresCompatibilities).toEqual(['FARGATE']);
    expect(extract?.resourceRequirements).toBeUndefined();
  });

  it('has a name that is the same for the same content and another one for any other', () => {
    const family = definitionOf().family;
    expect(family).toMatch(/^docops-eval-[0-9a-f]{32}$/);
    expect(definitionOf().family).toBe(family);
    for (const other of [{ image: 'team/ocr:8' }, { size: { ...size, vcpu: 2 } }, { region: 'eu-west-1' }])
      expect(definitionOf(other).family).not.toBe(family);
  });
});

describe('the request for a task', () => {
  it('names the work in startedBy and the client token, and whom it is for in its tags', () => {
    expect(runTaskRequest(request())).toMatchObject({
      cluster: 'evaluations',
      count: 1,
      startedBy: `docops-${'a'.repeat(40)}-0-1`,
      clientToken: `docops-${'a'.repeat(40)}-0-1`,
      enableECSManagedTags: true,
      propagateTags: 'TASK_DEFINITION',
      tags: [
        { key: 'docops:evaluation', value: '00000000-0000-4000-8000-000000000001' },
        { key: 'docops:repository', value: '7' },
      ],
    });
  });

  it('tells fetch and deliver where their manifests are, and extract nothing', () => {
    expect(runTaskRequest(request()).overrides).toEqual({
      containerOverrides: [
        { name: 'fetch', environment: [{ name: MANIFEST_VARIABLE, value: 'https://s3/fetch' }] },
        { name: 'deliver', environment: [{ name: MANIFEST_VARIABLE, value: 'https://s3/deliver' }] },
      ],
    });
  });

  it('stays below what overrides may have with two of the longest links', () => {
    const link = `https://s3/${'x'.repeat(3_500)}`;
    const { overrides } = runTaskRequest(request({ manifests: { fetch: link, deliver: link } }));
    expect(JSON.stringify(overrides).length).toBeLessThan(8_192);
  });

  it.each([
    ['spot', 'FARGATE_SPOT'],
    ['on-demand', 'FARGATE'],
    ['provider', 'gpus'],
  ] as const)('takes capacity %s from %s', (capacity, provider) => {
    expect(runTaskRequest(request({ capacity })).capacityProviderStrategy).toEqual([
      { capacityProvider: provider, weight: 1 },
    ]);
  });

  it.each([
    ['none', 'setup', true, 'sg-1'],
    ['none', 'extract', true, 'sg-1'],
    ['setup', 'setup', true, 'sg-2'],
    ['setup', 'extract', true, 'sg-1'],
    ['open', 'setup', true, 'sg-2'],
    ['open', 'extract', true, 'sg-2'],
    ['setup', 'setup', false, 'sg-1'],
    ['open', 'extract', false, 'sg-1'],
  ] as const)(
    'with network %s, step %s and trust %s has the security group %s',
    (network, step, trusted, group) => {
      const task = { ...request().task, choice: { ...choice, network }, trusted };
      expect(runTaskRequest(request({ task, step })).networkConfiguration).toEqual({
        awsvpcConfiguration: {
          subnets: [group === 'sg-2' ? 'subnet-2' : 'subnet-1'],
          securityGroups: [group],
          assignPublicIp: 'DISABLED',
        },
      });
    },
  );

  it('asks for a larger disk where the documents need one, and for none of an instance', () => {
    const diskBytes = 35 * 1024 ** 3;
    expect(runTaskRequest(request({ diskBytes })).overrides?.ephemeralStorage).toEqual({ sizeInGiB: 60 });
    expect(runTaskRequest(request({ diskBytes: 1e15 })).overrides?.ephemeralStorage).toEqual({
      sizeInGiB: 200,
    });
    expect(
      runTaskRequest(request({ diskBytes, capacity: 'provider' })).overrides?.ephemeralStorage,
    ).toBeUndefined();
  });
});

describe('what RunTask answers', () => {
  const answering = (answer: object): ECSClient =>
    ({
      send: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
    }) as unknown as ECSClient;
  const error = (name: string, message: string): Error => Object.assign(new Error(message), { name });

  it.each([
    ['a task', { tasks: [{ taskArn: 'arn:a' }], failures: [] }, { kind: 'launched', taskArn: 'arn:a' }],
    [
      'failures in a good answer',
      { tasks: [], failures: [{ reason: 'RESOURCE:GPU', detail: 'none left' }, { reason: 'AGENT' }] },
      { kind: 'refused', why: 'RESOURCE:GPU: none left; AGENT' },
    ],
    ['nothing at all', {}, { kind: 'refused', why: expect.stringContaining('no reason') as string }],
    [
      'no capacity',
      error('ClientException', 'Capacity is unavailable at this time. Please try again later'),
      { kind: 'refused', why: expect.stringContaining('Capacity is unavailable') as string },
    ],
    ['trouble of its own', error('ServerException', 'x'), { kind: 'refused' }],
    [
      'a definition that was taken away',
      error('ClientException', 'TaskDefinition is inactive'),
      { kind: 'refused', why: expect.stringContaining('deregistered') as string },
    ],
    [
      'a token that was used for something else',
      new ConflictException({ message: 'x', $metadata: {} }),
      { kind: 'taken' },
    ],
  ])('%s', async (_, answer, expected) => {
    expect(await launch(answering(answer), request())).toMatchObject(expected);
  });

  it('that the App may not: an error that waits for a person', async () => {
    const launching = launch(answering(error('AccessDeniedException', 'not authorized')), request());
    await expect(launching).rejects.toMatchObject({
      permanent: true,
      mend: expect.stringContaining('policy') as string,
    });
  });
});

describe.skipIf(!requireMoto())('against the API', () => {
  const moto = useMoto();
  let ecs: ECSClient;
  let real: EcsPlace;
  const begun = new Date();

  beforeAll(async () => {
    ecs = new ECSClient({ region: REGION, endpoint: moto.url, credentials: CREDENTIALS });
    // moto asks for a launch type, which AWS refuses beside a strategy.
    ecs.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'RunTaskCommand') Object.assign(args.input, { launchType: 'FARGATE' });
          return next(args).then((answer) => {
            // Nor does it say when a task was created.
            const { tasks } = answer.output as DescribeTasksCommandOutput;
            if (commandName === 'DescribeTasksCommand')
              for (const task of tasks ?? []) task.createdAt ??= begun;
            return answer;
          });
        },
      { step: 'initialize' },
    );
    await ecs.send(new CreateClusterCommand({ clusterName: 'evaluations' }));
    const network = await makeNetwork(moto.url);
    real = {
      ...place,
      subnets: network.subnets,
      securityGroup: network.closedGroup,
      open: { subnets: network.openSubnets, securityGroup: network.openGroup },
    };
  });
  afterAll(() => ecs.destroy());

  it('a definition is registered once and found again, also by another process', async () => {
    const definition = definitionOf({ image: 'team/ocr:once' });
    const first = await ensureDefinition(ecs, definition);
    expect(first).toMatch(/:1$/);
    expect(await ensureDefinition(ecs, definition)).toBe(first);
    forgetDefinition(ecs, definition.family ?? '');
    expect(await ensureDefinition(ecs, definition)).toBe(first);
    const { taskDefinition: stored } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: first }),
    );
    expect(stored).toMatchObject({
      cpu: '1024',
      memory: '2048',
      networkMode: 'awsvpc',
      containerDefinitions: definition.containerDefinitions,
    });
  });

  it('a definition that somebody took away is registered again', async () => {
    const definition = definitionOf({ image: 'team/ocr:gone' });
    const first = await ensureDefinition(ecs, definition);
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: first }));
    forgetDefinition(ecs, definition.family ?? '');
    const second = await ensureDefinition(ecs, definition);
    expect(second).not.toBe(first);
  });

  const start = async (startedBy: string): Promise<string> => {
    const arn = await ensureDefinition(ecs, definitionOf());
    const answer = await launch(ecs, request({ place: real, taskDefinition: arn, startedBy }));
    if (answer.kind !== 'launched') throw new Error(JSON.stringify(answer));
    return answer.taskArn;
  };

  it('a task is started, found by its name, and stopped', async () => {
    const name = `docops-${'b'.repeat(40)}-0-1`;
    expect(await findTask(ecs, 'evaluations', name)).toBeUndefined();
    const taskArn = await start(name);
    expect(await findTask(ecs, 'evaluations', name)).toBe(taskArn);
    await stopTask(ecs, 'evaluations', taskArn, 'docops: test');
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: 'evaluations', tasks: [taskArn] }));
    expect(tasks?.[0]).toMatchObject({
      desiredStatus: 'STOPPED',
      stoppedReason: 'docops: test',
      startedBy: name,
    });
  });

  it('what cannot become better is an error with the mend: a cluster that is not there', async () => {
    const launching = launch(ecs, request({ place: { ...real, cluster: 'elsewhere' } }));
    await expect(launching).rejects.toMatchObject({
      name: 'RunnerError',
      permanent: true,
      mend: expect.stringContaining('DOCOPS_ECS_CLUSTER') as string,
    });
  });

  it('stops the tasks of ours that nobody wants, and leaves young ones, wanted ones and those of others', async () => {
    const wanted = `docops-${'c'.repeat(40)}-0-1`;
    const unwanted = `docops-${'c'.repeat(40)}-1-1`;
    const [, gone] = [await start(wanted), await start(unwanted), await start('somebody-else')];
    const ended: unknown[] = [];
    const books = {
      forgotten: () => Promise.resolve([]),
      wanted: (names: readonly string[]) => Promise.resolve(new Set(names.filter((name) => name === wanted))),
      end: (name: string, end: { outcome: string }) => {
        ended.push([name, end.outcome]);
        return Promise.resolve();
      },
    } as unknown as TaskBooks;
    const quiet = (): void => undefined;
    const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const reap = (now: number) => reapTasks({ ecs, place: real, books, log, prices: null, now: () => now });
    expect(await reap(Date.now())).toEqual([]);
    const stopped = await reap(Date.now() + 10 * 60_000);
    expect(stopped).toContain(gone);
    expect(ended).toContainEqual([unwanted, 'stopped']);
    expect(ended).not.toContainEqual([wanted, 'stopped']);
    expect(stopped.length).toBe(ended.length);
    expect(await findTask(ecs, 'evaluations', 'somebody-else')).toBeDefined();
    expect(await reap(Date.now() + 20 * 60_000)).toEqual([]);
  });

  it('brings the rows of tasks that have ended unseen to their end, by what ECS still knows', async () => {
    const [known, unknown, running] = ['d', 'e', 'f'].map((letter) => `docops-${letter.repeat(40)}-0-1`);
    const stoppedArn = await start(known!);
    await stopTask(ecs, 'evaluations', stoppedArn, 'docops: test');
    const row = (startedBy: string, taskArn: string | null) => ({
      ...{ startedBy, taskArn, vcpu: 1, memoryMib: 2048, gpu: 0, capacity: 'spot', what: 'head' },
    });
    const ended: unknown[] = [];
    const books = {
      forgotten: async () => [
        row(known!, stoppedArn),
        row(unknown!, null),
        row(running!, await start(running!)),
      ],
      wanted: (names: readonly string[]) => Promise.resolve(new Set(names)),
      end: (name: string, end: object) => Promise.resolve(void ended.push([name, end])),
    } as unknown as TaskBooks;
    const quiet = (): void => undefined;
    const log: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    await reapTasks({ ecs, place: real, books, log, prices: null, now: Date.now });
    expect(ended).toEqual([
      [known, expect.objectContaining({ outcome: 'stopped' })],
      [unknown, { outcome: 'lost', seconds: 0, usd: null }],
    ]);
  });
});
