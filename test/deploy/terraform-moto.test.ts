/**
 * A real `terraform apply` and `destroy` of what moto knows: keys, network, buckets, cluster, queue and rule. Not in it: the
 * database (RDS's waits alone are minutes), the load balancer and the services, budgets (moto has no tags of them).
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeClustersCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CREDENTIALS, REGION, requireMoto, useMoto } from '../support/cloud/moto.js';
import { openTerraform, requireTerraform, TERRAFORM } from '../support/cloud/terraform.js';
import { statementsOf } from './policies.js';

const PATIENCE_MS = 600_000;
const ACCOUNT = '123456789012';
const NAME = 'docops-dev';
const DIGEST = `sha256:${'0'.repeat(64)}`;

/** moto hangs on sqs_queue_redrive_allow_policy, so resources are named one by one where a module has one. */
const TARGETS = [
  'module.secrets',
  'module.network.aws_vpc_endpoint.s3_isolated',
  'module.network.aws_route_table_association.isolated',
  'module.network.aws_default_security_group.closed',
  'module.data.aws_s3_bucket_policy.artifacts',
  'module.data.aws_s3_bucket_policy.datasets',
  'module.data.aws_s3_bucket_logging.private',
  'module.data.aws_s3_bucket_server_side_encryption_configuration.private',
  'module.data.aws_s3_bucket_versioning.private',
  'module.evaluation.aws_ecs_cluster_capacity_providers.this',
  'module.evaluation.aws_iam_role_policy.execution',
  'module.evaluation.aws_cloudwatch_log_group.tasks',
  'module.evaluation.aws_cloudwatch_event_target.queue',
  'module.evaluation.aws_sqs_queue_policy.events',
  'module.evaluation.aws_vpc_security_group_egress_rule.isolated_endpoints',
  'module.evaluation.aws_ecr_repository.this',
  'module.training.aws_iam_role_policy.task',
].map((target) => `-target=${target}`);

const tools = requireTerraform() && requireMoto();

describe.skipIf(!tools)('terraform apply, with Terraform 1.11 and moto', { timeout: PATIENCE_MS }, () => {
  const moto = useMoto();
  const terraform = openTerraform();
  const copy = mkdtempSync(join(tmpdir(), 'docops-terraform-apply-'));
  const folder = join(copy, 'environments/dev');
  let environment: NodeJS.ProcessEnv;
  let applied: { code: number | null; all: string };
  const client = (): { region: string; endpoint: string; credentials: typeof CREDENTIALS } => ({
    region: REGION,
    endpoint: moto.url,
    credentials: CREDENTIALS,
  });
  const s3 = (): S3Client => new S3Client({ ...client(), forcePathStyle: true });

  beforeAll(async () => {
    // A copy: the state is a file there, and buckets are paths.
    cpSync(TERRAFORM, copy, { recursive: true, filter: (path) => !path.endsWith('.terraform') });
    writeFileSync(
      join(folder, 'moto_override.tf'),
      'terraform {\n  backend "local" {}\n}\nprovider "aws" {\n  s3_use_path_style = true\n}\n',
    );
    writeFileSync(
      join(folder, 'site.auto.tfvars'),
      Object.entries({
        app_image: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/docops@${DIGEST}`,
        eval_runner_image: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/docops-eval-runner@${DIGEST}`,
        account_id: ACCOUNT,
        region: REGION,
        url: 'https://docops.example.com',
        certificate_arn: `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/x`,
        github_repository: 'acme/docops',
        state_key_arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/x`,
        alarm_emails: ['docops-alarms@example.com'],
        extractor_repositories: ['invoices'],
        extractor_secrets: ['OCR_KEY'],
      })
        .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
        .join(''),
    );
    environment = {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    await terraform.init(folder, 'own', environment);
    applied = await terraform.run(
      folder,
      ['apply', '-auto-approve', '-input=false', '-no-color', '-parallelism=20', ...TARGETS],
      environment,
    );
  }, PATIENCE_MS);
  afterAll(() => {
    terraform.remove();
    rmSync(copy, { recursive: true, force: true });
  });

  it('makes everything that it was asked for', () => {
    expect(applied.code, applied.all.slice(-4_000)).toBe(0);
    expect(Number(/Apply complete! Resources: (\d+) added/.exec(applied.all)?.[1])).toBeGreaterThan(50);
  });

  it('makes a bucket of datasets that refuses others, is encrypted and not public', async () => {
    const Bucket = `${NAME}-${ACCOUNT}-datasets`;
    const { Policy } = await s3().send(new GetBucketPolicyCommand({ Bucket }));
    const refusal = statementsOf(Policy).find(({ Sid }) => Sid === 'ReadByWorkerAndPublishersAlone');
    expect(refusal?.Effect).toBe('Deny');
    expect(refusal?.Condition?.['ArnNotEquals']?.['aws:PrincipalArn']).toEqual([
      `arn:aws:iam::${ACCOUNT}:role/${NAME}-worker`,
    ]);
    const { ServerSideEncryptionConfiguration: encryption } = await s3().send(
      new GetBucketEncryptionCommand({ Bucket }),
    );
    expect(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe('aws:kms');
    const { PublicAccessBlockConfiguration: access } = await s3().send(
      new GetPublicAccessBlockCommand({ Bucket }),
    );
    expect(Object.values(access ?? {})).toEqual([true, true, true, true]);
  });

  it('makes a cluster of evaluations with Fargate and its spot', async () => {
    const { clusters } = await new ECSClient(client()).send(
      new DescribeClustersCommand({ clusters: [`${NAME}-evaluations`] }),
    );
    expect(clusters?.[0]?.status).toBe('ACTIVE');
    expect([...(clusters?.[0]?.capacityProviders ?? [])].sort()).toEqual(['FARGATE', 'FARGATE_SPOT']);
  });

  it('makes a queue that is encrypted, gives up after five tries, and takes events of its rule alone', async () => {
    const sqs = new SQSClient(client());
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${NAME}-task-events` }));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes?.KmsMasterKeyId).toMatch(/^arn:aws:kms:/);
    expect(JSON.parse(Attributes?.RedrivePolicy ?? '{}')).toMatchObject({ maxReceiveCount: 5 });
    const allowed = statementsOf(Attributes?.Policy).find(({ Effect }) => Effect === 'Allow');
    expect(allowed?.Principal).toEqual({ Service: 'events.amazonaws.com' });
    expect(allowed?.Condition?.['ArnEquals']?.['aws:SourceArn']).toContain(`rule/${NAME}-task-events`);
  });

  it('makes a rule for the ends of tasks of that cluster', async () => {
    // The AWS SDK for EventBridge is no dependency; its protocol is one POST.
    const answer = await fetch(moto.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSEvents.DescribeRule',
        authorization: `AWS4-HMAC-SHA256 Credential=testing/20261123/${REGION}/events/aws4_request, SignedHeaders=host, Signature=x`,
      },
      body: JSON.stringify({ Name: `${NAME}-task-events` }),
    });
    const { EventPattern } = (await answer.json()) as { EventPattern: string };
    expect(JSON.parse(EventPattern)).toEqual({
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: {
        clusterArn: [`arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${NAME}-evaluations`],
        lastStatus: ['STOPPED'],
      },
    });
  });

  it('makes secrets without a value', async () => {
    const read = new SecretsManagerClient(client()).send(
      new GetSecretValueCommand({ SecretId: `${NAME}/webhook-secret` }),
    );
    await expect(read).rejects.toThrow(/can't find the specified secret value/i);
  });

  it('plans nothing more when it is applied', async () => {
    const planned = await terraform.run(
      folder,
      ['plan', '-out=again.tfplan', '-input=false', '-no-color', ...TARGETS],
      environment,
    );
    expect(planned.code, planned.all.slice(-4_000)).toBe(0);
    const { out } = await terraform.run(folder, ['show', '-json', 'again.tfplan'], environment);
    const { resource_changes: changes } = JSON.parse(out) as {
      resource_changes: {
        address: string;
        change: {
          actions: string[];
          before: Record<string, unknown> | null;
          after: Record<string, unknown> | null;
        };
      }[];
    };
    expect(changes.length).toBeGreaterThan(50);
    const wanted = changes
      .filter(({ change: { actions } }) => actions.join() !== 'no-op')
      .flatMap(({ address, change: { actions, before, after } }) =>
        Object.keys(after ?? {})
          .filter((key) => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]))
          .map((key) => `${actions.join()} ${address}: ${key}`),
      )
      // moto writes this JSON with other spaces, and forgets the description of a rule.
      .filter(
        (line) => !/^update \S*(?:aws_sqs_queue\S*: redrive_policy|_egress_rule\S*: description)$/.test(line),
      );
    expect(wanted).toEqual([]);
  });

  it('leaves nothing behind when it is destroyed', async () => {
    // The bucket of datasets goes because it is empty; otherwise S3 refuses, as docs/aws.md says.
    const { code, all } = await terraform.run(
      folder,
      ['destroy', '-auto-approve', '-input=false', '-no-color', '-parallelism=20'],
      environment,
    );
    expect(code, all.slice(-4_000)).toBe(0);
    const { Buckets } = await s3().send(new ListBucketsCommand({}));
    expect(Buckets ?? []).toEqual([]);
    const { QueueUrls } = await new SQSClient(client()).send(new ListQueuesCommand({}));
    expect(QueueUrls ?? []).toEqual([]);
    const { clusters } = await new ECSClient(client()).send(
      new DescribeClustersCommand({ clusters: [`${NAME}-evaluations`] }),
    );
    expect((clusters ?? []).filter(({ status }) => status === 'ACTIVE')).toEqual([]);
    const state = await terraform.run(folder, ['state', 'list'], environment);
    expect(state.out.trim()).toBe('');
  });
});
