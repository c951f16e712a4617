/**
 * deploy/scripts against moto's ECS with the AWS command line, and against a real HTTP server. moto runs no container and
 * deploys nothing: what ECS would report of that is put into its answers on their way.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CREDENTIALS, REGION, requireMoto, useMoto } from '../support/cloud/moto.js';
import { folderWith } from '../support/folder.js';
import { requireTool } from '../support/tools.js';

const SCRIPTS = fileURLToPath(new URL('../../deploy/scripts/', import.meta.url));
const ELB = `arn:aws:elasticloadbalancing:${REGION}:123456789012`;
const BLUE = `${ELB}:targetgroup/docops-web-blue/0123456789abcdef`;
const GREEN = `${ELB}:targetgroup/docops-web-green/0123456789abcdef`;
const RULE = `${ELB}:listener-rule/app/docops/0123456789abcdef/0123456789abcdef/0123456789abcdef`;
const ROLE = 'arn:aws:iam::123456789012:role/docops-switch';
const tools = ['aws', 'jq', 'curl', 'bash'].every((tool) => requireTool(tool)) && requireMoto();

interface Ended {
  readonly code: number | null;
  readonly out: string;
}
interface TaskAnswer {
  tasks: {
    lastStatus: string;
    stopCode?: string;
    stoppedReason?: string;
    containers: { name: string; exitCode?: number }[];
  }[];
}
interface ServicesAnswer {
  services: {
    taskDefinition: string;
    deployments: { id: string; status: string; taskDefinition: string; rolloutState: string }[];
    loadBalancers: { targetGroupArn: string; advancedConfiguration?: Record<string, string> }[];
    deploymentConfiguration?: Record<string, unknown>;
  }[];
}
interface Call {
  readonly action: string;
  readonly body: Record<string, unknown>;
}

describe.skipIf(!tools)('deploy/scripts, with aws, jq, curl and moto', { timeout: 120_000 }, () => {
  const moto = useMoto();
  let proxy: Server;
  let app: Server;
  let answers: Record<string, () => { status: number; body: string }> = {};
  let calls: Call[] = [];
  let changeTask: (answer: TaskAnswer) => void;
  let changeServices: (answer: ServicesAnswer) => void;
  let serviceDeployments: () => Record<string, string>[];
  let environment: NodeJS.ProcessEnv;
  let first: string;
  let second: string;

  beforeAll(async () => {
    proxy = await listen(
      createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          void forward(Buffer.concat(chunks)).catch((error: unknown) => response.destroy(error as Error));
        });
        const forward = async (sent: Buffer): Promise<void> => {
          const action = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
          if (action !== '') calls.push({ action, body: JSON.parse(sent.toString()) as Call['body'] });
          // moto does not know it.
          if (action === 'ListServiceDeployments') {
            response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
            response.end(JSON.stringify({ serviceDeployments: serviceDeployments() }));
            return;
          }
          const headers = Object.fromEntries(
            Object.entries(request.headers).filter(
              ([name]) => !/^(host|connection|content-length|expect)$/.test(name),
            ),
          ) as Record<string, string>;
          const answer = await fetch(`${moto.url}${request.url ?? '/'}`, {
            method: request.method ?? 'GET',
            headers,
            ...(sent.length === 0 ? {} : { body: new Uint8Array(sent) }),
          });
          let text = await answer.text();
          if (answer.ok && action === 'DescribeTasks') {
            const tasks = JSON.parse(text) as TaskAnswer;
            changeTask(tasks);
            text = JSON.stringify(tasks);
          }
          if (answer.ok && action === 'DescribeServices') {
            const services = JSON.parse(text) as ServicesAnswer;
            changeServices(services);
            text = JSON.stringify(services);
          }
          response.writeHead(answer.status, {
            'content-type': answer.headers.get('content-type') ?? 'text/plain',
          });
          response.end(text);
        };
      }),
    );
    app = await listen(
      createServer((request, response) => {
        const { status, body } = answers[request.url ?? '']?.() ?? { status: 404, body: '' };
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      }),
    );
    const aws = awsFor(`http://127.0.0.1:${port(proxy)}`);
    environment = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port(proxy)}`,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      CLUSTER: 'docops',
      TASK_DEFINITION: 'docops-migrate',
      URL: `http://127.0.0.1:${port(app)}`,
      POLL_SECONDS: '0',
    };
    changeServices = deployed;
    await aws('ecs', 'create-cluster', '--cluster-name', 'docops');
    const subnets = (await aws('ec2', 'describe-subnets', '--query', 'Subnets[:2].SubnetId')) as string[];
    const [group] = (await aws(
      ...['ec2', 'describe-security-groups', '--query', 'SecurityGroups[:1].GroupId'],
    )) as string[];
    Object.assign(environment, { SUBNETS: subnets.join(','), SECURITY_GROUP: group });
    const register = (family: string, tag: string): Promise<unknown> =>
      aws(
        ...['ecs', 'register-task-definition', '--family', family, '--cpu', '256', '--memory', '512'],
        ...['--requires-compatibilities', 'FARGATE', '--network-mode', 'awsvpc'],
        ...['--execution-role-arn', 'arn:aws:iam::123456789012:role/docops-execution'],
        '--container-definitions',
        JSON.stringify([
          {
            name: 'app',
            image: `docops@sha256:${tag.repeat(64)}`,
            memory: 512,
            essential: true,
            environment: [
              { name: 'DOCOPS_ECS_RUNNER_IMAGE', value: `docops-eval-runner@sha256:${'0'.repeat(64)}` },
            ],
          },
        ]),
        ...['--tags', 'key=Project,value=docops', '--query', 'taskDefinition.taskDefinitionArn'],
      );
    await register('docops-migrate', '1');
    first = (await register('docops-web', '1')) as string;
    await aws(
      ...['ecs', 'create-service', '--cluster', 'docops', '--service-name', 'docops-web'],
      ...['--desired-count', '1', '--task-definition', first],
      ...['--load-balancers', `targetGroupArn=${BLUE},containerName=app,containerPort=3000`],
    );
    second = (await register('docops-web', '2')) as string;
  }, 120_000);

  afterAll(() => {
    proxy.close();
    app.close();
  });

  beforeEach(() => {
    calls = [];
    changeTask = exits(0);
    changeServices = deployed;
    serviceDeployments = () => [];
    answers = {
      '/healthz': () => ({ status: 200, body: '{"alive":true}\n' }),
      '/readyz': () => ({ status: 200, body: '{"ready":true,"checks":{}}\n' }),
    };
  });

  const run = (script: string, args: readonly string[] = [], more: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    runScript(join(SCRIPTS, script), args, { ...environment, ...more });
  const call = (action: string): Call['body'] | undefined => calls.find((one) => one.action === action)?.body;

  it('migrate.sh runs docops migrate in private subnets, waits for its end and ends with 0', async () => {
    let looks = 0;
    changeTask = (answer) => {
      if (++looks < 3) answer.tasks[0]!.lastStatus = 'RUNNING';
      else exits(0)(answer);
    };
    const ended = await run('migrate.sh');
    expect(ended, ended.out).toMatchObject({ code: 0 });
    expect(looks).toBe(3);
    expect(call('RunTask')).toMatchObject({
      taskDefinition: 'docops-migrate',
      startedBy: 'release-migrate',
      overrides: { containerOverrides: [{ name: 'app', command: ['migrate'] }] },
      networkConfiguration: {
        awsvpcConfiguration: {
          assignPublicIp: 'DISABLED',
          subnets: environment['SUBNETS']!.split(','),
          securityGroups: [environment['SECURITY_GROUP']],
        },
      },
    });
    expect(ended.out).toMatch(/database before this release is that of \d{4}-\d\d-\d\dT/);
  });

  it('migrate.sh ends with the exit code of the command', async () => {
    changeTask = exits(3);
    const ended = await run('migrate.sh');
    expect(ended, ended.out).toMatchObject({ code: 3 });
  });

  it('migrate.sh ends with 70 and the reason when the container never ran, whose exit code is then missing', async () => {
    changeTask = (answer) => {
      const [task] = answer.tasks;
      Object.assign(task!, {
        lastStatus: 'STOPPED',
        stopCode: 'TaskFailedToStart',
        stoppedReason: 'no such image',
      });
      for (const container of task!.containers) delete container.exitCode;
    };
    const ended = await run('migrate.sh');
    expect(ended, ended.out).toMatchObject({ code: 70 });
    expect(ended.out).toContain('TaskFailedToStart: no such image');
  });

  it('migrate.sh stops a task that does not end in its time, and ends with 75', async () => {
    changeTask = (answer) => (answer.tasks[0]!.lastStatus = 'RUNNING');
    const ended = await run('migrate.sh', [], { MIGRATE_MINUTES: '0' });
    expect(ended, ended.out).toMatchObject({ code: 75 });
    expect(call('StopTask')).toMatchObject({ reason: 'task.sh: past TASK_MINUTES' });
  });

  it('migrate.sh stops its task when the workflow is cancelled', async () => {
    changeTask = (answer) => (answer.tasks[0]!.lastStatus = 'RUNNING');
    const child = spawn(join(SCRIPTS, 'migrate.sh'), [], {
      env: { ...environment, POLL_SECONDS: '600' },
      stdio: 'ignore',
    });
    await expect.poll(() => call('DescribeTasks'), { timeout: 60_000 }).toBeDefined();
    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(143);
    expect(call('StopTask')).toMatchObject({ reason: 'task.sh: cancelled' });
  });

  it('smoke.sh is content when both paths and docops doctor are', async () => {
    const ended = await run('smoke.sh');
    expect(ended, ended.out).toMatchObject({ code: 0 });
    expect(call('RunTask')).toMatchObject({ overrides: { containerOverrides: [{ command: ['doctor'] }] } });
  });

  it('smoke.sh waits for a process that is not ready yet', async () => {
    let asked = 0;
    answers['/readyz'] = () =>
      ++asked < 3 ? { status: 503, body: '{"ready":false}' } : { status: 200, body: '{"ready":true}' };
    const ended = await run('smoke.sh');
    expect(ended, ended.out).toMatchObject({ code: 0 });
    expect(asked).toBe(3);
  });

  it.each([
    ['/healthz answers 502', { '/healthz': { status: 502, body: 'bad gateway' } }],
    ['a page of somebody else answers 200', { '/healthz': { status: 200, body: '<html>parked</html>' } }],
    [
      '/readyz stays at 503',
      { '/readyz': { status: 503, body: '{"ready":false,"checks":{"database":"away"}}' } },
    ],
  ])('smoke.sh fails when %s, and runs no doctor then', async (_, given) => {
    for (const [path, answer] of Object.entries(given)) answers[path] = () => answer;
    const ended = await run('smoke.sh', [], { SMOKE_TRIES: '2' });
    expect(ended, ended.out).toMatchObject({ code: 1 });
    expect(ended.out).toContain(Object.values(given)[0]!.body);
    expect(call('RunTask')).toBeUndefined();
  });

  it('smoke.sh fails when docops doctor finds something broken', async () => {
    changeTask = exits(2);
    const ended = await run('smoke.sh');
    expect(ended, ended.out).toMatchObject({ code: 2 });
  });

  it('roll.sh gives the service the new version and ends when it is what runs; rollback.sh brings back what ran', async () => {
    const before = join(folderWith(), 'before.txt');
    const current = await run('current.sh', ['docops-web']);
    expect(current).toEqual({ code: 0, out: `docops-web\t${first}\n` });
    writeFileSync(before, current.out);

    // The newest of its family, as the release asks for it.
    const rolled = await run('roll.sh', ['docops-web']);
    expect(rolled, rolled.out).toMatchObject({ code: 0 });
    expect((await run('current.sh', ['docops-web'])).out).toBe(`docops-web\t${second}\n`);

    const back = await run('rollback.sh', [before]);
    expect(back, back.out).toMatchObject({ code: 0 });
    expect((await run('current.sh', ['docops-web'])).out).toBe(`docops-web\t${first}\n`);
    expect(call('RegisterTaskDefinition')).toBeUndefined();
  });

  it('rollback.sh registers a task definition again that Terraform has deregistered, as it was', async () => {
    const before = join(folderWith(), 'before.txt');
    writeFileSync(before, `docops-web\t${first}\n`);
    const aws = awsFor(environment['AWS_ENDPOINT_URL']!);
    const was = (await aws('ecs', 'describe-task-definition', '--task-definition', first)) as {
      taskDefinition: Record<string, unknown>;
    };
    await aws('ecs', 'deregister-task-definition', '--task-definition', first);
    calls = [];

    const back = await run('rollback.sh', [before]);
    expect(back, back.out).toMatchObject({ code: 0 });
    const runs = (await run('current.sh', ['docops-web'])).out.trim().split('\t')[1]!;
    expect([first, second]).not.toContain(runs);
    const now = (await aws(
      'ecs',
      'describe-task-definition',
      '--task-definition',
      runs,
      '--include',
      'TAGS',
    )) as {
      taskDefinition: Record<string, unknown>;
      tags: unknown;
    };
    for (const what of ['family', 'containerDefinitions', 'cpu', 'memory', 'networkMode', 'executionRoleArn'])
      expect(now.taskDefinition[what], what).toEqual(was.taskDefinition[what]);
    expect(now.tags).toEqual([{ key: 'Project', value: 'docops' }]);
    expect(now.taskDefinition['status']).toBe('ACTIVE');
  });

  it('images.sh says which two images workers run', async () => {
    expect(await run('images.sh', ['docops-web'])).toEqual({
      code: 0,
      out: `APP_IMAGE=docops@sha256:${'1'.repeat(64)}\nEVAL_RUNNER_IMAGE=docops-eval-runner@sha256:${'0'.repeat(64)}\n`,
    });
  });

  it('rollback.sh says that there is nothing to go back to', async () => {
    const before = join(folderWith(), 'before.txt');
    writeFileSync(before, '');
    expect(await run('rollback.sh', [before])).toMatchObject({ code: 1 });
    expect(call('UpdateService')).toBeUndefined();
  });

  it('roll.sh fails when the circuit breaker takes the service back', async () => {
    let looks = 0;
    changeServices = (answer) => {
      deployed(answer);
      const [deployment] = answer.services[0]!.deployments;
      if (++looks === 1) deployment!.rolloutState = 'IN_PROGRESS';
      else deployment!.taskDefinition = first;
    };
    const ended = await run('roll.sh', [`docops-web=${second}`]);
    expect(ended, ended.out).toMatchObject({ code: 1 });
    expect(ended.out).toContain(`ECS took docops-web back to ${first}`);
  });

  it('roll.sh fails when the deployment fails without anything to go back to, and when it never becomes steady', async () => {
    const state = (rolloutState: string) => (answer: ServicesAnswer) => {
      deployed(answer);
      answer.services[0]!.deployments[0]!.rolloutState = rolloutState;
    };
    changeServices = state('FAILED');
    expect(await run('roll.sh', [`docops-web=${second}`])).toMatchObject({ code: 1 });
    changeServices = state('IN_PROGRESS');
    expect(await run('roll.sh', [`docops-web=${second}`], { ROLL_MINUTES: '0' })).toMatchObject({ code: 75 });
  });

  describe('web, blue/green', () => {
    const ADVANCED = { alternateTargetGroupArn: GREEN, productionListenerRule: RULE, roleArn: ROLE };
    const FROM_TERRAFORM = {
      deploymentCircuitBreaker: { enable: true, rollback: true },
      alarms: { enable: true, rollback: true, alarmNames: ['docops-deploy-web-errors'] },
      maximumPercent: 200,
      minimumHealthyPercent: 100,
    };
    const web = {
      WEB_SERVICE: 'docops-web',
      WEB_TARGET_GROUP: BLUE,
      WEB_ALTERNATE_TARGET_GROUP: GREEN,
      WEB_LISTENER_RULE: RULE,
      WEB_SWITCH_ROLE: ROLE,
    };
    const SERVICE = 'docops/docops-web';
    const revision = (id: string): string =>
      `arn:aws:ecs:${REGION}:123456789012:service-revision/${SERVICE}/${id}`;
    /** As ECS answers for a service to which target groups, rule and role were given. */
    const handedOver = (answer: ServicesAnswer): void => {
      deployed(answer);
      const [service] = answer.services;
      service!.deploymentConfiguration = { ...FROM_TERRAFORM, strategy: 'ROLLING', bakeTimeInMinutes: 0 };
      service!.loadBalancers[0]!.advancedConfiguration = ADVANCED;
      Object.assign(service!.deployments[0]!, { id: 'ecs-svc/77', rolloutState: 'IN_PROGRESS' });
    };
    /** One state at each look, and the last one for ever; beside it the deployment before. */
    const goes = (...states: readonly string[]): void => {
      let look = 0;
      serviceDeployments = () => [
        { targetServiceRevisionArn: revision('6'), status: 'SUCCESSFUL' },
        {
          targetServiceRevisionArn: revision('77'),
          status: states[Math.min(look++, states.length - 1)]!,
          statusReason: 'an alarm rang',
        },
      ];
    };

    it('is handed over by the first deployment, which rolls', async () => {
      const ended = await run('roll.sh', [`docops-web=${first}`], web);
      expect(ended, ended.out).toMatchObject({ code: 0 });
      expect(call('UpdateService')).toEqual({
        cluster: 'docops',
        service: 'docops-web',
        taskDefinition: first,
        loadBalancers: [
          {
            targetGroupArn: BLUE,
            containerName: 'app',
            containerPort: 3000,
            advancedConfiguration: ADVANCED,
          },
        ],
      });
      // What was given is there the next time, as the API says it.
      await run('roll.sh', [`docops-web=${second}`], { ...web, LAG_SECONDS: '0' });
      expect(calls.filter(({ action }) => action === 'UpdateService')[1]!.body).toHaveProperty(
        'deploymentConfiguration.strategy',
        'BLUE_GREEN',
      );
    });

    it('is moved by every other one, with the circuit breaker and alarms of Terraform, and waited for', async () => {
      changeServices = handedOver;
      goes('PENDING', 'IN_PROGRESS', 'SUCCESSFUL');
      const ended = await run('roll.sh', [`docops-web=${second}`], { ...web, BAKE_MINUTES: '7' });
      expect(ended, ended.out).toMatchObject({ code: 0 });
      expect(call('UpdateService')).toEqual({
        cluster: 'docops',
        service: 'docops-web',
        taskDefinition: second,
        deploymentConfiguration: { ...FROM_TERRAFORM, strategy: 'BLUE_GREEN', bakeTimeInMinutes: 7 },
      });
      expect(calls.filter(({ action }) => action === 'ListServiceDeployments')).toHaveLength(3);
    });

    it('fails when ECS turned the traffic back, and not before it is there', async () => {
      let looks = 0;
      changeServices = (answer) => {
        handedOver(answer);
        // The first look is from before the deployment; from the third on the old version is what runs.
        if (++looks > 2)
          Object.assign(answer.services[0]!.deployments[0]!, { id: 'ecs-svc/6', taskDefinition: first });
      };
      goes('IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL');
      const ended = await run('roll.sh', [`docops-web=${second}`], web);
      expect(ended, ended.out).toMatchObject({ code: 1 });
      expect(ended.out).toContain(`ECS took docops-web back to ${first}: an alarm rang`);
      expect(calls.filter(({ action }) => action === 'ListServiceDeployments')).toHaveLength(3);
    });

    it.each(['STOPPED', 'ROLLBACK_FAILED'])('fails when the deployment is %s', async (state) => {
      changeServices = handedOver;
      goes(state);
      const ended = await run('roll.sh', [`docops-web=${second}`], web);
      expect(ended, ended.out).toMatchObject({ code: 1 });
      expect(ended.out).toContain(`${state} an alarm rang`);
    });

    it('ends with 75 when it is still baking after ROLL_MINUTES', async () => {
      changeServices = handedOver;
      goes('IN_PROGRESS');
      const ended = await run('roll.sh', [`docops-web=${second}`], { ...web, ROLL_MINUTES: '0' });
      expect(ended, ended.out).toMatchObject({ code: 75 });
    });

    it('is content with what has run for so long that its deployment is listed no more', async () => {
      changeServices = (answer) => {
        handedOver(answer);
        answer.services[0]!.deployments[0]!.rolloutState = 'COMPLETED';
      };
      const ended = await run('roll.sh', [`docops-web=${second}`], { ...web, LAG_SECONDS: '0' });
      expect(ended, ended.out).toMatchObject({ code: 0 });
    });

    it('goes back in the same way, and leaves other services to roll', async () => {
      const before = join(folderWith(), 'before.txt');
      writeFileSync(before, `docops-web\t${second}\n`);
      changeServices = handedOver;
      goes('SUCCESSFUL');
      const back = await run('rollback.sh', [before], web);
      expect(back, back.out).toMatchObject({ code: 0 });
      expect(call('UpdateService')).toHaveProperty('deploymentConfiguration.strategy', 'BLUE_GREEN');

      calls = [];
      changeServices = deployed;
      const other = await run('roll.sh', [`docops-web=${second}`], { ...web, WEB_SERVICE: 'another' });
      expect(other, other.out).toMatchObject({ code: 0 });
      expect(call('UpdateService')).toEqual({
        cluster: 'docops',
        service: 'docops-web',
        taskDefinition: second,
      });
    });

    it('is not touched when the environment does not say what to turn', async () => {
      const ended = await run('roll.sh', [`docops-web=${second}`], { ...web, WEB_LISTENER_RULE: '' });
      expect(ended.code).not.toBe(0);
      expect(ended.out).toContain('WEB_LISTENER_RULE');
      expect(call('UpdateService')).toBeUndefined();
    });
  });

  it('rollback.sh points to the handbook when what ran before does not come up', async () => {
    const before = join(folderWith(), 'before.txt');
    writeFileSync(before, `docops-web\t${second}\n`);
    changeServices = (answer) => {
      deployed(answer);
      answer.services[0]!.deployments[0]!.rolloutState = 'FAILED';
    };
    const ended = await run('rollback.sh', [before]);
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.out).toContain('docs/release.md');
    const chapter = /docs\/release\.md, "([^"]+)"/.exec(ended.out)![1]!;
    expect(readFileSync(join(SCRIPTS, '../../docs/release.md'), 'utf8')).toContain(`## ${chapter}`);
  });
});

/** As after a deployment that went well. */
function deployed(answer: ServicesAnswer): void {
  for (const service of answer.services)
    for (const deployment of service.deployments)
      Object.assign(deployment, { taskDefinition: service.taskDefinition, rolloutState: 'COMPLETED' });
}

function exits(code: number): (answer: TaskAnswer) => void {
  return ({ tasks }) => {
    for (const task of tasks) {
      task.lastStatus = 'STOPPED';
      for (const container of task.containers) Object.assign(container, { name: 'app', exitCode: code });
    }
  };
}

function awsFor(endpoint: string): (...args: string[]) => Promise<unknown> {
  return async (...args) => {
    const ended = await runScript('aws', [...args, '--output', 'json'], {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      AWS_ENDPOINT_URL: endpoint,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    });
    if (ended.code !== 0) throw new Error(`aws ${args.join(' ')}: ${ended.out}`);
    return ended.out === '' ? undefined : (JSON.parse(ended.out) as unknown);
  };
}

async function runScript(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out };
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function port(server: Server): number {
  return (server.address() as AddressInfo).port;
}
