/**
 * In front of moto: every request goes on to it unchanged, and what it answers comes back, but for the tasks of ECS.
 * moto checks and stores those and nothing ever becomes of them; so their life (`TaskLife`, led by the agent) is laid
 * over its answers, `clientToken` is idempotent as AWS has it, and what AWS refuses is refused. Here too strikes what the
 * test wants to go wrong.
 *
 * moto places tasks on Fargate alone: a capacity provider strategy is kept here, and moto is told `launchType: FARGATE`.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Faults } from './faults.js';
import { TaskLife, type RunTaskInput, type TaskDefinition } from './life.js';
import { ApiError, checkDefinition, checkRunTask, tokenConflict } from './rules.js';

const ECS_TARGET = 'AmazonEC2ContainerServiceV20141113.';
type Input = Readonly<Record<string, unknown>>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** An answer to an ECS call, as it went over the wire; for the check against AWS's model. */
export interface Answered {
  readonly operation: string;
  readonly input: Input;
  readonly status: number;
  readonly output: unknown;
}

export interface EdgeListener {
  /** A task was accepted. */
  started(life: TaskLife): void;
  changed(life: TaskLife): void;
}

export interface Edge {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly faults: Faults;
  readonly tasks: readonly TaskLife[];
  /** Every ECS call so far, those that were throttled too. */
  readonly answered: readonly Answered[];
  listen(listener: EdgeListener): void;
  /** Forgets all tasks, tokens and calls. */
  reset(): void;
  close(): Promise<void>;
}

export async function startEdge(motoUrl: string): Promise<Edge> {
  const edge = new TestEdge(motoUrl);
  await edge.open();
  return edge;
}

class TestEdge implements Edge {
  readonly faults = new Faults();
  readonly #moto: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  #lives: TaskLife[] = [];
  #tokens = new Map<string, { readonly request: string; readonly answer: Promise<TaskLife[]> }>();
  #answered: Answered[] = [];
  #listeners: EdgeListener[] = [];

  constructor(motoUrl: string) {
    this.#moto = new URL(motoUrl);
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  get tasks(): readonly TaskLife[] {
    return this.#lives;
  }
  get answered(): readonly Answered[] {
    return this.#answered;
  }
  listen(listener: EdgeListener): void {
    this.#listeners.push(listener);
  }
  reset(): void {
    this.#lives = [];
    this.#tokens = new Map();
    this.#answered = [];
    this.faults.clear();
  }
  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#agent.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const target = String(request.headers['x-amz-target'] ?? '');
    if (target.startsWith(ECS_TARGET))
      await this.#ecs(target.slice(ECS_TARGET.length), request, body, response);
    else await this.#pass(request, body, response);
  }

  /** S3, SQS and all else. */
  async #pass(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://edge');
    const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
    const strike = this.faults.takeStorage(method, key, searchParams.has('X-Amz-Signature'));
    if (strike === 'reset') {
      response.destroy();
      return;
    }
    if (typeof strike === 'number') {
      const code = strike === 403 ? 'AccessDenied' : 'SlowDown';
      const words = strike === 403 ? 'Request has expired' : 'Please reduce your request rate.';
      response.writeHead(strike, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${words}</Message></Error>`);
      return;
    }
    const sent = strike !== undefined && method === 'PUT' ? strike(body) : body;
    const answer = await this.#forward(request, sent);
    const got = strike !== undefined && method === 'GET' ? strike(answer.body) : answer.body;
    const headers = { ...answer.headers };
    if (method !== 'HEAD' && got !== answer.body) headers['content-length'] = `${got.length}`;
    response.writeHead(answer.status, headers);
    response.end(got);
  }

  async #forward(
    request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
    body: Buffer,
  ): Promise<{ status: number; headers: IncomingMessage['headers']; body: Buffer }> {
    const headers = { ...request.headers };
    delete headers['transfer-encoding'];
    delete headers.connection;
    delete headers.expect;
    if (body.length > 0 || request.method === 'PUT' || request.method === 'POST')
      headers['content-length'] = `${body.length}`;
    const onward = httpRequest({
      host: this.#moto.hostname,
      port: this.#moto.port,
      method: request.method,
      path: request.url,
      headers,
      agent: this.#agent,
    });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const text = await buffer(answer);
    const answered = { ...answer.headers };
    delete answered.connection;
    delete answered['transfer-encoding'];
    if (request.method !== 'HEAD') answered['content-length'] = `${text.length}`;
    return { status: answer.statusCode ?? 502, headers: answered, body: text };
  }

  async #ecs(
    operation: string,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const input = JSON.parse(body.toString('utf8')) as Input;
    let status = 200;
    let output: unknown;
    try {
      if (this.faults.isThrottled(operation)) throw new ApiError('ThrottlingException', 'Rate exceeded');
      output = await this.#answer(operation, input, request);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      status = error.type === 'ServerException' ? 500 : 400;
      output = { __type: error.type, message: error.message, ...error.more };
    }
    this.#answered.push({ operation, input, status, output });
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': randomUUID(),
      ...(status !== 200 && { 'x-amzn-errortype': (output as { __type: string }).__type }),
    });
    response.end(JSON.stringify(output));
  }

  async #answer(operation: string, input: Input, request: IncomingMessage): Promise<unknown> {
    switch (operation) {
      case 'RunTask':
        return this.#runTask(input, request);
      case 'DescribeTasks':
        return this.#describeTasks(input, request);
      case 'ListTasks':
        return this.#listTasks(input, request);
      case 'StopTask':
        return this.#stopTask(input, request);
      case 'RegisterTaskDefinition':
        checkDefinition(input);
    }
    return this.#ask(operation, input, request);
  }

  /** Asks moto, with the headers of a request that came. */
  async #ask(operation: string, input: object, request: IncomingMessage): Promise<Record<string, unknown>> {
    const body = Buffer.from(JSON.stringify(input));
    const headers = { ...request.headers, 'x-amz-target': `${ECS_TARGET}${operation}` };
    const answer = await this.#forward({ method: 'POST', url: '/', headers }, body);
    const text = answer.body.toString('utf8');
    if (answer.status === 200) return JSON.parse(text) as Record<string, unknown>;
    let error: { __type?: string; message?: string };
    try {
      error = JSON.parse(text) as typeof error;
    } catch {
      throw new ApiError('ServerException', `moto answered ${answer.status}: ${text.slice(-500)}`);
    }
    throw new ApiError((error.__type ?? 'ServerException').split('#').at(-1) ?? '', error.message ?? '');
  }

  async #runTask(input: RunTaskInput, request: IncomingMessage): Promise<unknown> {
    checkRunTask(input);
    const refusal = this.faults.nextRefusal();
    if (refusal !== undefined) return { tasks: [], failures: [refusal] };
    const token = input.clientToken;
    const same = createHash('sha256').update(canonical(input)).digest('hex');
    const before = token === undefined ? undefined : this.#tokens.get(token);
    if (before !== undefined) {
      const lives = await before.answer;
      if (before.request !== same) throw tokenConflict(lives.map(({ arn }) => arn));
      return { tasks: lives.map(({ wire }) => wire), failures: [] };
    }
    const answer = this.#start(input, request);
    if (token !== undefined) {
      this.#tokens.set(token, { request: same, answer });
      answer.catch(() => this.#tokens.delete(token));
    }
    const lives = await answer;
    // As it is now: the agent may have begun.
    const output = structuredClone({ tasks: lives.map(({ wire }) => wire), failures: [] });
    for (const life of lives) for (const listener of this.#listeners) listener.started(life);
    return output;
  }

  async #start(input: RunTaskInput, request: IncomingMessage): Promise<TaskLife[]> {
    const { taskDefinition } = (await this.#ask(
      'DescribeTaskDefinition',
      { taskDefinition: input.taskDefinition },
      request,
    )) as unknown as { taskDefinition: TaskDefinition };
    const { capacityProviderStrategy: _, clientToken: __, ...known } = input;
    const stored = (await this.#ask('RunTask', { ...known, launchType: 'FARGATE' }, request)) as {
      tasks?: { taskArn: string; clusterArn: string; attachments?: unknown[] }[];
    };
    return (stored.tasks ?? []).map((task) => {
      const life = new TaskLife(taskDefinition, input, task, (changed) => {
        for (const listener of this.#listeners) listener.changed(changed);
      });
      life.lateFor = this.faults.describeLate;
      this.#lives.push(life);
      return life;
    });
  }

  async #describeTasks(input: Input, request: IncomingMessage): Promise<unknown> {
    const named = (input['tasks'] ?? []) as string[];
    if (named.length === 0) throw new ApiError('InvalidParameterException', 'Tasks cannot be empty.');
    if (named.length > 100)
      throw new ApiError('InvalidParameterException', 'Tasks cannot have more than 100 elements.');
    // moto knows whether there is such a cluster.
    await this.#ask('DescribeTasks', input, request);
    const tasks: unknown[] = [];
    const failures: unknown[] = [];
    for (const name of named) {
      const life = this.#find(name);
      const late = life !== undefined && life.lateFor > 0;
      if (late) life.lateFor -= 1;
      if (life === undefined || life.lost || late) failures.push({ arn: name, reason: 'MISSING' });
      else tasks.push(withTags(life, input));
    }
    return { tasks: structuredClone(tasks), failures };
  }

  async #listTasks(input: Input, request: IncomingMessage): Promise<unknown> {
    const { startedBy, family, serviceName, containerInstance, launchType } = input;
    const { desiredStatus = 'RUNNING', maxResults = 100, nextToken } = input;
    if (
      startedBy !== undefined &&
      [family, serviceName, containerInstance].some((other) => other !== undefined)
    )
      throw new ApiError('InvalidParameterException', 'startedBy must be the only filter that is used.');
    if (Number(maxResults) < 1 || Number(maxResults) > 100)
      throw new ApiError('InvalidParameterException', 'maxResults must be between 1 and 100.');
    await this.#ask('ListTasks', { cluster: input['cluster'] }, request);
    const found = this.#lives.filter(
      (life) =>
        !life.lost &&
        life.wire.desiredStatus === desiredStatus &&
        (startedBy === undefined || life.startedBy === startedBy) &&
        (family === undefined || life.definition.family === family) &&
        (launchType === undefined || life.wire.launchType === launchType),
    );
    const from = nextToken === undefined ? 0 : Number(Buffer.from(text(nextToken), 'base64').toString());
    const to = from + Number(maxResults);
    return {
      taskArns: found.slice(from, to).map(({ arn }) => arn),
      ...(to < found.length && { nextToken: Buffer.from(`${to}`).toString('base64') }),
    };
  }

  async #stopTask(input: Input, request: IncomingMessage): Promise<unknown> {
    const life = this.#find(text(input['task']));
    if (life === undefined || life.lost)
      throw new ApiError('InvalidParameterException', 'The referenced task was not found.');
    await this.#ask('StopTask', input, request);
    life.wantStop('UserInitiated', text(input['reason'] ?? 'Task stopped by user'));
    return { task: structuredClone(life.wire) };
  }

  #find(name: string): TaskLife | undefined {
    return this.#lives.find((life) => life.arn === name || life.id === name);
  }
}

function withTags(life: TaskLife, input: Input): unknown {
  if (((input['include'] ?? []) as string[]).includes('TAGS')) return life.wire;
  return { ...life.wire, tags: [] };
}

/** The same text for the same value, whatever the order of its keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
