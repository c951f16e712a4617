/** What evaluations on ECS need: the cluster, the bucket, the queue of events, fresh prices. */
import { randomUUID } from 'node:crypto';
import { DescribeClustersCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { pricesAreOld } from '../core/cost/prices.js';
import type { ComputePrices } from '../core/cost/words.js';
import type { Blobs } from '../ports/blobs.js';
import { findingsOf, inWords, type Finding } from './finding.js';

export interface CloudFacts {
  readonly ecs: Pick<ECSClient, 'send'>;
  readonly blobs: Blobs;
  readonly cluster: string;
  readonly gpuProvider: string | null;
  readonly eventsUrl: string | null;
  readonly prices: ComputePrices;
  readonly sqs?: Pick<SQSClient, 'send'>;
}

/** Never throws for what is wrong over there. */
export async function examineCloud(facts: CloudFacts): Promise<Finding[]> {
  const { found, ok, warn, fail } = findingsOf('cloud');
  try {
    const { clusters = [] } = await facts.ecs.send(
      new DescribeClustersCommand({ clusters: [facts.cluster] }),
    );
    const [cluster] = clusters;
    const providers = cluster?.capacityProviders ?? [];
    if (cluster?.status !== 'ACTIVE')
      fail(
        `there is no active cluster ${facts.cluster}`,
        'create it (docs/aws.md), or correct DOCOPS_ECS_CLUSTER and the region',
      );
    else {
      ok(`the cluster ${cluster.clusterName ?? facts.cluster} is there`);
      const wanted = ['FARGATE', 'FARGATE_SPOT', facts.gpuProvider].flatMap((name) => name ?? []);
      const missing = wanted.filter((name) => !providers.includes(name));
      if (missing.length > 0)
        fail(
          `the cluster has no capacity provider ${missing.join(' and no ')}`,
          'add it to the cluster: aws ecs put-cluster-capacity-providers',
        );
    }
  } catch (error) {
    fail(
      `the cluster ${facts.cluster} cannot be looked at (${inWords(error)})`,
      'look at credentials, region and the role of this process: it needs ecs:DescribeClusters',
    );
  }

  const probe = `probe/${randomUUID()}`;
  try {
    await facts.blobs.put(probe, { bytes: Buffer.from('docops doctor') });
    const read = await facts.blobs.read(probe, 100);
    await facts.blobs.remove(probe);
    if (read?.toString('utf8') === 'docops doctor') ok(`${facts.blobs.shown} can be written and read`);
    else
      fail(
        `what was written to ${facts.blobs.shown} does not come back`,
        'look at the bucket and its policy',
      );
  } catch (error) {
    const { mend } = error as { mend?: string | null };
    fail(inWords(error), mend ?? 'look at DOCOPS_BLOBS and the rights of this process to the bucket');
  }

  if (facts.eventsUrl === null)
    warn(
      'no queue of task events: the end of a task is seen by a sweep, seconds later',
      'set DOCOPS_ECS_EVENTS (docs/aws.md)',
    );
  else {
    const sqs = facts.sqs ?? new SQSClient({});
    try {
      await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: facts.eventsUrl, AttributeNames: ['QueueArn'] }),
      );
      ok('the queue of task events answers');
    } catch (error) {
      fail(
        `the queue of task events does not answer (${inWords(error)})`,
        'look at DOCOPS_ECS_EVENTS and the rights of this process: sqs:ReceiveMessage, DeleteMessage, GetQueueAttributes',
      );
    }
  }

  if (pricesAreOld(facts.prices, Date.now()))
    warn(
      `the prices of compute are of ${facts.prices.date}`,
      'look them up again and name the file with DOCOPS_PRICES (docs/aws.md)',
    );
  return found;
}
