/**
 * The test cloud: one moto with the edge in front of it, a VPC, a cluster, a bucket, a queue and a log group in it, and
 * an agent that runs the containers. `useCloud()` in a test file; what a test started is gone after it.
 */
import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { EcsPlace } from '../../../src/runners/ecs/place.js';
import { createS3Client } from '../../../src/storage/s3/index.js';
import { requireTool } from '../tools.js';
import { CloudAgent } from './agent.js';
import { startEdge, type Edge } from './edge.js';
import type { Faults } from './faults.js';
import { buildImages, EXTRACT_IMAGE, RUNNER_IMAGE } from './images.js';
import { CREDENTIALS, REGION, requireMoto, startMoto } from './moto.js';
import { makeLogGroup, makeNetwork } from './network.js';

export const BUCKET = 'docops-evaluations';

/** moto, and bubblewrap for the containers. For `describe.skipIf(!requireCloud())`. */
export function requireCloud(): boolean {
  return [requireMoto(), requireTool('bwrap'), requireTool('setpriv')].every(Boolean);
}

export interface CloudOptions {
  readonly tasksAtOnce?: number;
  /** ARN → value of secrets that tasks may be given. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface Cloud {
  readonly edge: Edge;
  readonly faults: Faults;
  readonly agent: CloudAgent;
  readonly ecs: ECSClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly place: EcsPlace;
  close(): Promise<void>;
}

export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  // What AWS's SDK finds by itself; the clients that sources make find it too.
  for (const [name, value] of [
    ['AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey],
    ['AWS_REGION', REGION],
  ] as const)
    process.env[name] = value;
  const { images, folder } = await buildImages();
  const moto = await startMoto();
  const edge = await startEdge(moto.url);
  const common = { region: REGION, endpoint: edge.url, credentials: CREDENTIALS };
  const ecs = new ECSClient(common);
  const s3 = createS3Client({ region: REGION, endpoint: edge.url });
  const sqs = new SQSClient(common);
  const network = await makeNetwork(moto.url);
  await makeLogGroup(moto.url, '/docops/evaluations');
  await ecs.send(new CreateClusterCommand({ clusterName: 'docops-evaluations' }));
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const { QueueUrl: eventsUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'docops-tasks' }));
  const agent = new CloudAgent({
    edge,
    images,
    closedGroup: network.closedGroup,
    secrets: options.secrets ?? {},
    send: async (event) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: eventsUrl, MessageBody: JSON.stringify(event) }));
    },
    ...(options.tasksAtOnce !== undefined && { tasksAtOnce: options.tasksAtOnce }),
  });
  const place: EcsPlace = {
    cluster: 'docops-evaluations',
    subnets: network.subnets,
    securityGroup: network.closedGroup,
    open: { subnets: network.openSubnets, securityGroup: network.openGroup },
    executionRole: 'arn:aws:iam::123456789012:role/docops-evaluation-execution',
    runnerImage: RUNNER_IMAGE,
    extractImage: EXTRACT_IMAGE,
    logGroup: '/docops/evaluations',
    gpuProvider: null,
    eventsUrl,
    secrets: {},
  };
  return {
    ...{ edge, faults: edge.faults, agent, ecs, s3, sqs, place },
    close: async () => {
      await agent.close();
      ecs.destroy();
      s3.destroy();
      sqs.destroy();
      await edge.close();
      await moto.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Started before the tests of a file and stopped after them; after each test nothing runs on, and no fault is left. */
export function useCloud(options: CloudOptions = {}): Cloud {
  let cloud: Cloud | undefined;
  beforeAll(async () => {
    cloud = await startCloud(options);
  });
  afterEach(async () => {
    if (cloud === undefined) return;
    await cloud.agent.reset();
    await cloud.sqs.send(new PurgeQueueCommand({ QueueUrl: cloud.place.eventsUrl ?? '' }));
    cloud.edge.reset();
  });
  afterAll(() => cloud?.close());
  const started = (): Cloud => {
    if (cloud === undefined) throw new Error('the test cloud is not started yet');
    return cloud;
  };
  return {
    get edge() {
      return started().edge;
    },
    get faults() {
      return started().faults;
    },
    get agent() {
      return started().agent;
    },
    get ecs() {
      return started().ecs;
    },
    get s3() {
      return started().s3;
    },
    get sqs() {
      return started().sqs;
    },
    get place() {
      return started().place;
    },
    close: () => started().close(),
  };
}
