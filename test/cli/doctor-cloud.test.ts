import { describe, expect, it } from 'vitest';
import { PutClusterCapacityProvidersCommand } from '@aws-sdk/client-ecs';
import { LIST_PRICES } from '../../src/core/cost/prices.js';
import { examineCloud, type CloudFacts } from '../../src/doctor/cloud.js';
import { createS3Blobs } from '../../src/storage/s3/index.js';
import { BUCKET, requireCloud, useCloud } from '../support/cloud/index.js';

describe.skipIf(!requireCloud())('docops doctor on ECS (needs moto)', () => {
  const cloud = useCloud();
  const facts = (more: Partial<CloudFacts> = {}): CloudFacts => ({
    ecs: cloud.ecs,
    sqs: cloud.sqs,
    blobs: createS3Blobs({ client: cloud.s3, bucket: BUCKET, prefix: 'runs' }),
    cluster: cloud.place.cluster,
    gpuProvider: null,
    eventsUrl: cloud.place.eventsUrl,
    prices: { ...LIST_PRICES, date: new Date().toISOString().slice(0, 10) },
    ...more,
  });
  const failures = async (more: Partial<CloudFacts>): Promise<string> =>
    (await examineCloud(facts(more)))
      .filter(({ status }) => status !== 'ok')
      .map(({ status, detail, mend }) => `${status}: ${detail} → ${mend ?? ''}`)
      .join('\n');

  it('finds a cluster without spot, then nothing once it has it', async () => {
    expect(await failures({})).toContain('no capacity provider FARGATE');
    await cloud.ecs.send(
      new PutClusterCapacityProvidersCommand({
        cluster: cloud.place.cluster,
        capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
        defaultCapacityProviderStrategy: [],
      }),
    );
    expect(await failures({})).toBe('');
    expect((await examineCloud(facts())).filter(({ status }) => status === 'ok')).toHaveLength(3);
  });

  it.each([
    ['a cluster that is not there', { cluster: 'nowhere' }, /no active cluster nowhere.*DOCOPS_ECS_CLUSTER/s],
    ['GPUs that nobody added', { gpuProvider: 'docops-gpu' }, /no capacity provider docops-gpu/],
    ['no events', { eventsUrl: null }, /warn: no queue of task events.*DOCOPS_ECS_EVENTS/s],
    ['old prices', { prices: { ...LIST_PRICES, date: '2020-01-01' } }, /of 2020-01-01.*DOCOPS_PRICES/s],
  ])('says what to do about %s', async (_what, more, expected) => {
    expect(await failures(more)).toMatch(expected);
  });

  it('says when the queue or the bucket is not there', async () => {
    const url = new URL(cloud.place.eventsUrl ?? '');
    url.pathname += '-gone';
    expect(await failures({ eventsUrl: url.href })).toContain('the queue of task events does not answer');
    const blobs = createS3Blobs({ client: cloud.s3, bucket: 'no-such-bucket-here', prefix: '' });
    expect(await failures({ blobs })).toContain('no-such-bucket-here');
  });
});
