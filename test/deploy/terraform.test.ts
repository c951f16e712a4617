/**
 * deploy/terraform: it is formatted and valid, each environment is planned and made against a mocked AWS, and policies hold
 * for what came of it. Each policy is shown to find a violation that is planted into the real thing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/settings/variables.js';
import { inspectSettings } from '../../src/settings.js';
import { ENVIRONMENTS, openTerraform, requireTerraform, TERRAFORM } from '../support/cloud/terraform.js';
import {
  POLICIES,
  PROD_POLICIES,
  resourcesOf,
  statementsOf,
  type Policy,
  type Resource,
} from './policies.js';

const PATIENCE_MS = 600_000;
const read = (path: string): string => readFileSync(join(TERRAFORM, path), 'utf8');

/** What makes an environment, without its table of sizes. */
function filesOf(environment: string, below = ''): string[] {
  const folder = join(TERRAFORM, 'environments', environment, below);
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? filesOf(environment, join(below, entry.name)) : [join(below, entry.name)],
    )
    .filter((name) => !name.startsWith('.terraform/'))
    .filter((name) => !['sizes.auto.tfvars.json', 'site.auto.tfvars', 'README.md'].includes(name))
    .sort();
}

interface Planted {
  address: string;
  type: string;
  values: Record<string, unknown>;
}
type Plant = (resources: Planted[]) => Planted[];
type PolicyName = keyof typeof POLICIES | keyof typeof PROD_POLICIES;

/** Changes values of the resources whose address begins so; one at least has to be there. */
function change(address: string, values: (old: Record<string, unknown>) => Record<string, unknown>): Plant {
  return (resources) => {
    const found = resources.filter((resource) => resource.address.startsWith(address));
    if (found.length === 0) throw new Error(`there is no ${address} to plant a violation in`);
    for (const resource of found) Object.assign(resource.values, values(resource.values));
    return resources;
  };
}
const set = (address: string, values: Record<string, unknown>): Plant => change(address, () => values);
const add =
  (type: string, address: string, values: Record<string, unknown>): Plant =>
  (resources) => [...resources, { address, type, values }];
const drop =
  (address: string): Plant =>
  (resources) =>
    resources.filter((resource) => !resource.address.startsWith(address));
/** One more statement in a policy. */
const allow = (address: string, statement: Record<string, unknown>): Plant =>
  change(address, ({ policy }) => {
    const document = JSON.parse(String(policy)) as { Statement: unknown[] };
    return { policy: JSON.stringify({ ...document, Statement: [...document.Statement, statement] }) };
  });
const inPolicy = (address: string, from: string, to: string): Plant =>
  change(address, ({ policy }) => {
    if (!String(policy).includes(from)) throw new Error(`${address} does not say ${from}`);
    return { policy: String(policy).replaceAll(from, to) };
  });

const PLANTED: readonly (readonly [string, PolicyName, Plant])[] = [
  [
    'port 22 for the world',
    'ingress',
    set('module.service.aws_vpc_security_group_ingress_rule.world', { from_port: 22, to_port: 22 }),
  ],
  [
    'a range around 443',
    'ingress',
    set('module.service.aws_vpc_security_group_ingress_rule.world', { from_port: 0, to_port: 65_535 }),
  ],
  [
    'the world by IPv6',
    'ingress',
    add('aws_vpc_security_group_ingress_rule', 'x', { cidr_ipv6: '::/0', from_port: 80, to_port: 80 }),
  ],
  [
    'a rule of the old kind inside of a group',
    'ingress',
    set('module.evaluation.aws_security_group.isolated', { ingress: [{ cidr_blocks: ['0.0.0.0/0'] }] }),
  ],
  [
    'a database for the world',
    'ingress',
    set('module.data.aws_db_instance.this', { publicly_accessible: true }),
  ],
  [
    'a role for evaluations',
    'roles',
    add('aws_ecs_task_definition', 'module.evaluation.aws_ecs_task_definition.x', {
      task_role_arn: 'arn:aws:iam::111122223333:role/x',
      container_definitions: '[]',
    }),
  ],
  [
    'every role can be passed',
    'roles',
    allow('module.service.aws_iam_role_policy.worker', {
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: ['*'],
    }),
  ],
  [
    'the role that starts evaluations reads buckets',
    'roles',
    allow('module.evaluation.aws_iam_role_policy.execution', {
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['*'],
    }),
  ],
  ['datasets without a policy', 'labels', drop('module.data.aws_s3_bucket_policy.datasets')],
  [
    'everybody of the account reads datasets',
    'labels',
    inPolicy('module.data.aws_s3_bucket_policy.datasets', 'role/labels-release', 'role/*'),
  ],
  [
    'evaluations read datasets',
    'labels',
    inPolicy(
      'module.data.aws_s3_bucket_policy.datasets',
      'role/labels-release',
      'role/docops-evaluation-execution',
    ),
  ],
  [
    'training reads datasets',
    'labels',
    allow('module.training.aws_iam_role_policy.task', {
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['arn:aws:s3:::docops-prod-111122223333-datasets/*'],
    }),
  ],
  [
    'the endpoint of isolated subnets leads to datasets',
    'labels',
    inPolicy('module.network.aws_vpc_endpoint.s3_isolated', '-artifacts/*', '-datasets/*'),
  ],
  [
    'a route out of the isolated subnets',
    'isolation',
    add('aws_route', 'module.network.aws_route.isolated', { destination_cidr_block: '0.0.0.0/0' }),
  ],
  [
    'evaluations reach every address',
    'isolation',
    set('module.evaluation.aws_vpc_security_group_egress_rule.isolated_s3', { cidr_ipv4: '0.0.0.0/0' }),
  ],
  [
    'evaluations reach nothing',
    'isolation',
    drop('module.evaluation.aws_vpc_security_group_egress_rule.isolated'),
  ],
  [
    'an endpoint without a policy',
    'isolation',
    set('module.network.aws_vpc_endpoint.interface["logs"]', { policy: null }),
  ],
  [
    'an endpoint that lets everything through',
    'isolation',
    allow('module.network.aws_vpc_endpoint.s3_isolated', {
      Effect: 'Allow',
      Principal: '*',
      Action: '*',
      Resource: '*',
    }),
  ],
  [
    'instances that tell tasks their credentials',
    'isolation',
    set('module.evaluation.aws_launch_template.gpu', {
      metadata_options: [{ http_tokens: 'optional', http_put_response_hop_limit: 2 }],
    }),
  ],
  [
    'a database in clear',
    'encryption',
    set('module.data.aws_db_instance.this', { storage_encrypted: false }),
  ],
  [
    'a queue without a key',
    'encryption',
    set('module.evaluation.aws_sqs_queue.events', { kms_master_key_id: null }),
  ],
  [
    'a log without a key',
    'encryption',
    set('module.evaluation.aws_cloudwatch_log_group.tasks', { kms_key_id: '' }),
  ],
  [
    'a key that is not rotated',
    'encryption',
    set('module.secrets.aws_kms_key.data', { enable_key_rotation: false }),
  ],
  [
    'TLS 1.0',
    'encryption',
    set('module.service.aws_lb_listener.https', { ssl_policy: 'ELBSecurityPolicy-2016-08' }),
  ],
  ['PostgreSQL without TLS', 'encryption', set('module.data.aws_db_parameter_group.this', { parameter: [] })],
  [
    "datasets by S3's own key",
    'encryption',
    drop('module.data.aws_s3_bucket_server_side_encryption_configuration.private["datasets"]'),
  ],
  [
    'a bucket that takes clear text',
    'encryption',
    set('module.data.aws_s3_bucket_policy.artifacts', { policy: '{"Statement":[]}' }),
  ],
  [
    'a disk in clear',
    'encryption',
    set('module.evaluation.aws_launch_template.gpu', {
      block_device_mappings: [{ ebs: [{ encrypted: 'false' }] }],
    }),
  ],
  [
    'images by no key',
    'encryption',
    set('module.evaluation.aws_ecr_repository.this', { encryption_configuration: [] }),
  ],
  [
    'a public bucket',
    'buckets',
    set('module.data.aws_s3_bucket_public_access_block.this["datasets"]', { block_public_policy: false }),
  ],
  [
    'a worker that may do all of S3',
    'wildcards',
    allow('module.service.aws_iam_role_policy.worker', { Effect: 'Allow', Action: 's3:*', Resource: '*' }),
  ],
  [
    'public addresses in a subnet',
    'addresses',
    set('module.network.aws_subnet.public', { map_public_ip_on_launch: true }),
  ],
  [
    'public addresses of a service',
    'addresses',
    set('module.service.aws_ecs_service.this["web"]', {
      network_configuration: [{ assign_public_ip: true }],
    }),
  ],
  [
    'a log that is kept for ever',
    'logs',
    set('module.service.aws_cloudwatch_log_group.this["web"]', { retention_in_days: 0 }),
  ],
  ['no backups', 'backups', set('module.data.aws_db_instance.this', { backup_retention_period: 0 })],
  [
    'a password in the state',
    'passwords',
    set('module.data.aws_db_instance.this', { manage_master_user_password: null, password: 'x' }),
  ],
  [
    'a secret in the state',
    'passwords',
    add('aws_secretsmanager_secret_version', 'x', { secret_string: 'x' }),
  ],
  [
    'ECS Exec',
    'shell',
    set('module.service.aws_ecs_service.this["worker"]', { enable_execute_command: true }),
  ],
  [
    'no way back',
    'rollback',
    set('module.service.aws_ecs_service.this["web"]', { deployment_circuit_breaker: [] }),
  ],
  ['no budget', 'budgets', drop('module.budget.aws_budgets_budget')],
  ['a budget that tells nobody', 'budgets', set('module.budget.aws_budgets_budget', { notification: [] })],
  [
    'tags that move',
    'images',
    set('module.evaluation.aws_ecr_repository.this', { image_tag_mutability: 'MUTABLE' }),
  ],
  [
    'workflows of any repository',
    'workflows',
    change('module.delivery.aws_iam_role.this["deploy"]', ({ assume_role_policy: trust }) => ({
      assume_role_policy: String(trust).replace('repo:acme/docops:', 'repo:*/*:'),
    })),
  ],
  [
    'pull requests that deploy',
    'workflows',
    change('module.delivery.aws_iam_role.this["deploy"]', ({ assume_role_policy: trust }) => ({
      assume_role_policy: String(trust).replace(':environment:prod', ':pull_request'),
    })),
  ],
  [
    'workflows without a subject',
    'workflows',
    change('module.delivery.aws_iam_role.this["deploy"]', ({ assume_role_policy: trust }) => ({
      assume_role_policy: String(trust).replace(':sub"', ':other"'),
    })),
  ],
  [
    'a container that is root',
    'containers',
    change('module.service.aws_ecs_task_definition.this["web"]', ({ container_definitions: parts }) => ({
      container_definitions: String(parts).replace('"user":"node"', '"user":"root"'),
    })),
  ],
  ['one zone', 'zones', set('module.data.aws_db_instance.this', { multi_az: false })],
  [
    'a database that can be deleted',
    'deletion',
    set('module.data.aws_db_instance.this', { deletion_protection: false }),
  ],
  [
    'a bucket that is emptied',
    'deletion',
    set('module.data.aws_s3_bucket.this["datasets"]', { force_destroy: true }),
  ],
  [
    'evidence for a month',
    'evidence',
    set('module.service.aws_cloudwatch_log_group.this["web"]', { retention_in_days: 30 }),
  ],
  ['one task', 'spare', set('module.service.aws_appautoscaling_target.this["web"]', { min_capacity: 1 })],
  ['one NAT gateway', 'spare', drop('module.network.aws_nat_gateway.this["us-east-1b"]')],
];

describe('environments of deploy/terraform', () => {
  it.each(['staging', 'prod'])('%s is dev but for its table of sizes', (environment) => {
    expect(filesOf(environment)).toEqual(filesOf('dev'));
    expect(filesOf('dev')).toContain('main.tf');
    expect(filesOf('dev')).toContain('.terraform.lock.hcl');
    for (const name of filesOf('dev'))
      expect(read(`environments/${environment}/${name}`), name).toBe(read(`environments/dev/${name}`));
  });

  it('have tables of sizes with the same words', () => {
    const words = (environment: string): string[] =>
      [...read(`environments/${environment}/sizes.auto.tfvars.json`).matchAll(/^\s*"(\w+)":/gm)].map(
        ([, word]) => word!,
      );
    expect(words('dev').length).toBeGreaterThan(20);
    expect(words('staging')).toEqual(words('dev'));
    expect(words('prod')).toEqual(words('dev'));
  });

  it('have addresses of their own, so that they can be connected one day', () => {
    const ranges = ENVIRONMENTS.map(
      (environment) =>
        /"cidr": "(\S+)"/.exec(read(`environments/${environment}/sizes.auto.tfvars.json`))?.[1],
    );
    expect(new Set(ranges).size).toBe(ENVIRONMENTS.length);
  });

  it('find certificates of RDS where the image has them', () => {
    const [, file] = /variable "database_ca_file" \{[^}]*default\s*=\s*"([^"]+)"/.exec(
      read('environments/dev/variables.tf'),
    )!;
    expect(readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8')).toContain(` ${file!}\n`);
  });

  it('pin the provider, and every module says which it is made for', () => {
    for (const root of ['bootstrap', ...ENVIRONMENTS.map((name) => `environments/${name}`)]) {
      expect(read(`${root}/main.tf`), root).toMatch(/version = "5\.\d+\.\d+"/);
      expect(read(`${root}/.terraform.lock.hcl`), root).toMatch(/h1:\S{40,}/);
    }
    for (const module of readdirSync(join(TERRAFORM, 'modules')))
      expect(read(`modules/${module}/versions.tf`), module).toContain('hashicorp/aws');
  });

  it('use every module', () => {
    const used = [...read('environments/dev/main.tf').matchAll(/source\s*=\s*"\.\.\/\.\.\/modules\/(\w+)"/g)];
    expect(used.map(([, name]) => name).sort()).toEqual(readdirSync(join(TERRAFORM, 'modules')).sort());
  });
});

describe.skipIf(!requireTerraform())(
  'deploy/terraform, with Terraform 1.11',
  { timeout: PATIENCE_MS },
  () => {
    const terraform = openTerraform();
    const states = new Map<string, readonly Resource[]>();
    const problems = new Map<string, string>();

    // One after the other: a provider takes half a gigabyte.
    beforeAll(async () => {
      for (const environment of ENVIRONMENTS) {
        const folder = join(TERRAFORM, 'environments', environment);
        await terraform.init(folder);
        const { code, out, all } = await terraform.run(folder, [
          'test',
          '-json',
          '-verbose',
          '-filter=tests/environment.tftest.hcl',
        ]);
        if (code !== 0) problems.set(environment, complaints(out) || all.slice(-4_000));
        const state = out.split('\n').find((line) => line.includes('"type":"test_state"'));
        if (state !== undefined)
          states.set(
            environment,
            resourcesOf(
              (JSON.parse(state) as { test_state: { root_module: Parameters<typeof resourcesOf>[0] } })
                .test_state.root_module,
            ),
          );
      }
    }, PATIENCE_MS);
    afterAll(() => terraform.remove());

    const stateOf = (environment: string): readonly Resource[] => {
      const state = states.get(environment);
      if (state === undefined) throw new Error(problems.get(environment) ?? 'terraform test told no state');
      return state;
    };

    it('is formatted', async () => {
      const { code, all } = await terraform.run(TERRAFORM, ['fmt', '-check', '-recursive', '-no-color']);
      expect(code, all).toBe(0);
    });

    it.each(['bootstrap', 'environments/prod'])('%s is valid', async (name) => {
      const folder = join(TERRAFORM, name);
      await terraform.init(folder);
      const { code, all } = await terraform.run(folder, ['validate', '-no-color']);
      expect(code, all).toBe(0);
    });

    it('refuses images by tag, workflows of any repository, and alarms that nobody hears', async () => {
      const { code, out, all } = await terraform.run(join(TERRAFORM, 'environments/dev'), [
        'test',
        '-json',
        '-filter=tests/refusals.tftest.hcl',
      ]);
      expect(code, complaints(out) || all).toBe(0);
      expect(out).toContain('"passed":3');
    });

    describe.each(ENVIRONMENTS)('%s', (environment) => {
      it('is planned and made', () => {
        expect(problems.get(environment)).toBeUndefined();
        expect(stateOf(environment).length).toBeGreaterThan(120);
      });

      it.each(Object.entries<Policy>(POLICIES).map(([name, policy]) => [policy.says, name, policy] as const))(
        '%s',
        (_says, _name, policy) => {
          expect(policy.check(stateOf(environment))).toEqual([]);
        },
      );
    });

    it.each(Object.values<Policy>(PROD_POLICIES).map((policy) => [policy.says, policy] as const))(
      'prod: %s',
      (_says, policy) => {
        expect(policy.check(stateOf('prod'))).toEqual([]);
      },
    );

    it.each(Object.values<Policy>(PROD_POLICIES).map((policy) => [policy.says, policy] as const))(
      'dev is no prod, and the policy sees it: %s',
      (_says, policy) => {
        expect(policy.check(stateOf('dev'))).not.toEqual([]);
      },
    );

    it.each(PLANTED)('a planted violation is found: %s', (_what, name, plant) => {
      const policy: Policy = { ...POLICIES, ...PROD_POLICIES }[name];
      expect(policy.check(stateOf('prod'))).toEqual([]);
      const found = policy.check(plant(structuredClone(stateOf('prod')) as Planted[]));
      expect(found.length).toBeGreaterThan(0);
    });

    it('has a planted violation for each policy', () => {
      expect([...new Set(PLANTED.map(([, name]) => name))].sort()).toEqual(
        [...Object.keys(POLICIES), ...Object.keys(PROD_POLICIES)].sort(),
      );
    });

    it('gives web two target groups under one rule, and ECS alone a role to turn it, which the deployment may hand over', () => {
      const valuesOf = (address: string): Record<string, unknown> =>
        stateOf('prod').find((resource) => resource.address === address)!.values;
      const service = 'module.service.';
      const [{ forward }] = valuesOf(`${service}aws_lb_listener_rule.web`)['action'] as [
        { forward: { target_group: { weight: number }[] }[] },
      ];
      expect(forward[0]!.target_group.map(({ weight }) => weight).sort()).toEqual([0, 1]);
      const names = ['blue', 'green'].map(
        (colour) => valuesOf(`${service}aws_lb_target_group.web["${colour}"]`)['name'],
      );
      expect(names).toEqual(['docops-prod-web-blue', 'docops-prod-web-green']);

      const role = valuesOf(`${service}aws_iam_role.switch`);
      expect(role['name']).toBe('docops-prod-switch');
      expect(statementsOf(role['assume_role_policy'])).toMatchObject([
        { Principal: { Service: 'ecs.amazonaws.com' } },
      ]);
      expect(valuesOf(`${service}aws_iam_role_policy_attachment.switch`)['policy_arn']).toBe(
        'arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers',
      );
      const passes = statementsOf(valuesOf('module.delivery.aws_iam_role_policy.deploy')['policy']).find(
        ({ Action }) => [Action].flat().includes('iam:PassRole'),
      );
      expect(JSON.stringify(passes)).toContain('"ecs.amazonaws.com"');
      expect(JSON.stringify(passes)).toContain('role/docops-prod-*');
    });

    describe('the environment of the App', () => {
      const partOf = (name: string): Record<string, string> => {
        const definition = stateOf('prod').find(({ address }) =>
          address.endsWith(`aws_ecs_task_definition.this["${name}"]`),
        );
        const [container] = JSON.parse(String(definition!.values['container_definitions'])) as {
          environment: { name: string; value: string }[];
          secrets: { name: string; valueFrom: string }[];
        }[];
        return Object.fromEntries([
          ...container!.environment.map(({ name: key, value }) => [key, value] as const),
          ...container!.secrets.map(({ name: key, valueFrom }) => [key, valueFrom] as const),
        ]);
      };
      /** What the image sets, what is for other places, and what `settings` of the environment is for. */
      const NOT_SET = [
        'PRIVATE_KEY_PATH', // the key comes as PRIVATE_KEY
        'DOCOPS_DATA', // the image
        'DOCOPS_QUEUE_REDIS_URL', // jobs are in PostgreSQL
        'GHE_HOST',
        'GHE_PROTOCOL',
        'GITHUB_API_URL',
        'GITHUB_GIT_URL',
        'DOCOPS_TRUSTED_APPS',
        'DOCOPS_EXTRACTOR_ENV', // of local runners
        'DOCOPS_PROCESSES', // of local runners
        'DOCOPS_DEADLINE',
        'DOCOPS_MERGE_GROUP_DEADLINE',
        'DOCOPS_PRICES',
      ];

      it('has variables that the App knows, and says which it leaves out', () => {
        const set = new Set(['web', 'worker', 'command'].flatMap((name) => Object.keys(partOf(name))));
        const known = Object.keys(VARIABLES);
        expect([...set].filter((name) => !known.includes(name))).toEqual([]);
        expect(known.filter((name) => !set.has(name)).sort()).toEqual([...NOT_SET].sort());
      });

      it.each(['worker', 'command', 'web'])('is read by the App without a complaint: %s', (name) => {
        const { problems: complaintsOfApp, local } = inspectSettings({
          ...partOf(name),
          // Mocked: ECS puts the secrets' values there.
          APP_ID: '1',
          PRIVATE_KEY: '',
          WEBHOOK_SECRET: 'a-long-webhook-secret-of-a-test',
          WEBHOOK_SECRET_PREVIOUS: 'a-long-webhook-secret-of-a-test',
          GITHUB_CLIENT_ID: 'Iv23liAbCdEfGhIjKlMn',
          GITHUB_CLIENT_SECRET: 'f'.repeat(40),
        });
        expect(complaintsOfApp.filter(({ variable }) => variable !== 'PRIVATE_KEY')).toEqual([]);
        if (name !== 'web') expect(local?.ecs?.open).not.toBeNull();
      });

      it('gives web neither evaluations nor datasets', () => {
        const names = Object.keys(partOf('web'));
        expect(names.filter((name) => /ECS|BLOBS|DATASETS|RUNNER/.test(name))).toEqual([]);
        const actions = stateOf('prod')
          .filter(({ address }) => address === 'module.service.aws_iam_role_policy.web')
          .flatMap(({ values }) => statementsOf(values['policy']).flatMap(({ Action }) => Action));
        expect(actions.sort()).toEqual(['kms:Decrypt', 'secretsmanager:GetSecretValue']);
      });
    });
  },
);

/** `terraform test` tells of errors in lines of their own. */
function complaints(out: string): string {
  return out
    .split('\n')
    .filter((line) => line.includes('"type":"diagnostic"'))
    .map((line) => {
      const { diagnostic } = JSON.parse(line) as {
        diagnostic: { severity: string; summary: string; detail: string };
      };
      return `${diagnostic.severity}: ${diagnostic.summary}: ${diagnostic.detail}`;
    })
    .join('\n');
}
