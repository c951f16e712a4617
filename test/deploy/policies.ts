/**
 * What must hold for the resources of an environment, whatever else is changed in deploy/terraform. Each policy is a
 * function from the resources to what breaks it: `address: what is wrong`.
 */
export interface Resource {
  /** `module.data.aws_s3_bucket.this["logs"]` */
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Policy {
  /** A sentence, for the name of a test. */
  readonly says: string;
  readonly check: (resources: readonly Resource[]) => readonly string[];
}

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface StateModule {
  readonly resources?: readonly (Resource & { readonly mode: string })[];
  readonly child_modules?: readonly StateModule[];
}

/** Of `terraform show -json` or of a `test_state` of `terraform test -json -verbose`. Data sources are left out. */
export function resourcesOf(module: StateModule): Resource[] {
  return [
    ...(module.resources ?? [])
      .filter(({ mode }) => mode === 'managed')
      .map(({ address, type, values }) => ({ address, type, values })),
    ...(module.child_modules ?? []).flatMap(resourcesOf),
  ];
}

const list = <T>(value: T | readonly T[] | null | undefined): readonly T[] =>
  value === null || value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

const isSet = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && value !== false;

/** Blocks of Terraform are lists in its JSON, also where there is one at most. */
const block = (value: unknown): Readonly<Record<string, unknown>> =>
  (list(value)[0] ?? {}) as Readonly<Record<string, unknown>>;

export function statementsOf(policy: unknown): readonly Statement[] {
  if (typeof policy !== 'string') return [];
  return list((JSON.parse(policy) as { Statement: Statement | Statement[] }).Statement);
}

/** Complains about each resource of these types for which `problem` has words. */
const each =
  (
    types: readonly string[],
    problem: (values: Resource['values'], resource: Resource) => string | undefined,
  ) =>
  (resources: readonly Resource[]): string[] =>
    resources
      .filter(({ type }) => types.includes(type))
      .flatMap((resource) => {
        const found = problem(resource.values, resource);
        return found === undefined ? [] : [`${resource.address}: ${found}`];
      });

/** There has to be one of it at all. */
const some =
  (type: string, where: (resource: Resource) => boolean, missing: string) =>
  (resources: readonly Resource[]): string[] =>
    resources.some((resource) => resource.type === type && where(resource)) ? [] : [missing];

const all =
  (...checks: readonly Policy['check'][]): Policy['check'] =>
  (resources) =>
    checks.flatMap((check) => check(resources));

const SECURITY_GROUP_RULES = ['aws_vpc_security_group_ingress_rule', 'aws_security_group_rule'];
const WORLD = ['0.0.0.0/0', '::/0'];

interface Block {
  readonly cidr_blocks?: readonly string[];
  readonly ipv6_cidr_blocks?: readonly string[];
  readonly from_port?: number;
  readonly to_port?: number;
}

const noIngressButHttps: Policy['check'] = all(
  each(SECURITY_GROUP_RULES, (rule) => {
    if (rule['type'] === 'egress') return undefined;
    const from = [
      rule['cidr_ipv4'],
      rule['cidr_ipv6'],
      ...list(rule['cidr_blocks']),
      ...list(rule['ipv6_cidr_blocks']),
    ];
    const open = from.some((cidr) => WORLD.includes(String(cidr)));
    return open && !(rule['from_port'] === 443 && rule['to_port'] === 443)
      ? `lets the world in at ${String(rule['from_port'])} to ${String(rule['to_port'])}`
      : undefined;
  }),
  each(['aws_security_group', 'aws_default_security_group'], (group, { type }) => {
    const rules = list(group['ingress'] as Block | Block[] | null);
    const world = rules.some((rule) =>
      [...(rule.cidr_blocks ?? []), ...(rule.ipv6_cidr_blocks ?? [])].some((cidr) => WORLD.includes(cidr)),
    );
    if (world) return 'has a rule of its own that lets the world in';
    return type === 'aws_default_security_group' && rules.length > 0 ? 'lets something in' : undefined;
  }),
  each(['aws_db_instance'], (database) =>
    database['publicly_accessible'] === true ? 'can be reached from the world' : undefined,
  ),
);

const isEvaluation = ({ address }: Resource): boolean => address.startsWith('module.evaluation.');

/** The worker registers definitions of evaluations; a role can come in by what it may pass alone. */
const evaluationsHaveNoRole: Policy['check'] = all(
  (resources) =>
    resources
      .filter((resource) => isEvaluation(resource) && resource.type === 'aws_ecs_task_definition')
      .filter(({ values }) => isSet(values['task_role_arn']))
      .map(({ address }) => `${address}: gives evaluations a role`),
  (resources) => {
    const execution = resources.find(({ address }) => address === 'module.evaluation.aws_iam_role.execution')
      ?.values['arn'];
    return resources
      .filter(({ type, address }) => type === 'aws_iam_role_policy' && address.startsWith('module.service.'))
      .flatMap(({ address, values }) =>
        statementsOf(values['policy'])
          .filter(({ Effect, Action }) => Effect === 'Allow' && list(Action).includes('iam:PassRole'))
          .flatMap(({ Resource: passed }) => list(passed))
          .filter((arn) => arn !== execution)
          .map((arn) => `${address}: may pass ${arn} to a task`),
      );
  },
  (resources) =>
    resources
      .filter(({ address }) => address === 'module.evaluation.aws_iam_role_policy.execution')
      .flatMap(({ address, values }) =>
        statementsOf(values['policy'])
          .flatMap(({ Action }) => list(Action))
          .filter((action) => !EXECUTION_ACTIONS.has(action))
          .map((action) => `${address}: gives what starts evaluations ${action}`),
      ),
);

const EXECUTION_ACTIONS = new Set([
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'secretsmanager:GetSecretValue',
  'kms:Decrypt',
]);

const DATASETS = /:::[\w.-]*-datasets(?:\/|$)/;

/** Who reads the labels can write what is wanted to be read. */
const labelsAreForTheWorker: Policy['check'] = all(
  (resources) => {
    const worker = resources.find(({ address }) => address === 'module.service.aws_iam_role.worker')?.values[
      'arn'
    ];
    const policy = resources.find(
      ({ type, values }) =>
        type === 'aws_s3_bucket_policy' &&
        statementsOf(values['policy']).some((statement) =>
          list(statement.Resource).some((arn) => DATASETS.test(arn)),
        ) &&
        !statementsOf(values['policy']).some(({ Principal }) =>
          JSON.stringify(Principal ?? '').includes('logging.s3'),
        ),
    );
    if (policy === undefined) return ['there is no bucket policy for datasets'];
    const reading = statementsOf(policy.values['policy']).find(
      ({ Effect, Action, Principal }) =>
        Effect === 'Deny' &&
        list(Action).includes('s3:GetObject') &&
        JSON.stringify(Principal) === '{"AWS":"*"}',
    );
    const named = list(reading?.Condition?.['ArnNotEquals']?.['aws:PrincipalArn'] as string | string[]);
    if (reading === undefined || named.length === 0)
      return [`${policy.address}: does not refuse all others to read labels`];
    return [
      ...(named.includes(String(worker)) ? [] : [`${policy.address}: refuses the worker`]),
      ...named
        .filter((arn) => arn.includes('*') || /:role\/\S*(?:evaluation|training)/.test(arn))
        .map((arn) => `${policy.address}: lets ${arn} read labels`),
      ...(list(reading.Resource).some((arn) => arn.endsWith('/*'))
        ? []
        : [`${policy.address}: says nothing of the objects`]),
    ];
  },
  each(['aws_iam_role_policy'], ({ policy }, { address }) => {
    if (address === 'module.service.aws_iam_role_policy.worker') return undefined;
    const reads = statementsOf(policy).some(
      ({ Effect, Action, Resource: on }) =>
        Effect === 'Allow' &&
        list(Action).some((action) => action === '*' || action.startsWith('s3:')) &&
        list(on).some((arn) => DATASETS.test(arn) || arn === '*' || arn === 'arn:aws:s3:::*'),
    );
    return reads ? 'may reach the datasets' : undefined;
  }),
  (resources) => {
    const table = new Set(
      resources
        .filter(({ address }) => address.startsWith('module.network.aws_vpc_endpoint.s3_isolated'))
        .flatMap(({ values }) => statementsOf(values['policy']))
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Resource: on }) => list(on))
        .filter((arn) => arn === '*' || arn === 'arn:aws:s3:::*' || DATASETS.test(arn)),
    );
    return [...table].map((arn) => `the endpoint of isolated subnets leads to ${arn}`);
  },
);

const encryption: Policy['check'] = all(
  each(['aws_db_instance'], (database) =>
    isSet(database['storage_encrypted']) &&
    isSet(database['kms_key_id']) &&
    isSet(database['performance_insights_kms_key_id'])
      ? undefined
      : 'is not encrypted by our key',
  ),
  each(['aws_sqs_queue', 'aws_sns_topic'], (queue) =>
    isSet(queue['kms_master_key_id']) ? undefined : 'is not encrypted by our key',
  ),
  each(['aws_cloudwatch_log_group', 'aws_secretsmanager_secret'], (group) =>
    isSet(group['kms_key_id']) ? undefined : 'is not encrypted by our key',
  ),
  each(['aws_ecr_repository'], (repository) =>
    block(repository['encryption_configuration'])['encryption_type'] === 'KMS'
      ? undefined
      : 'is not encrypted by our key',
  ),
  each(['aws_launch_template'], (template) =>
    list(template['block_device_mappings'] as { ebs: unknown }[]).every(({ ebs }) =>
      ['true', true].includes(block(ebs)['encrypted'] as string),
    )
      ? undefined
      : 'has a disk that is not encrypted',
  ),
  each(['aws_kms_key'], (key) => (key['enable_key_rotation'] === true ? undefined : 'is not rotated')),
  each(['aws_lb_listener'], (listener) =>
    listener['protocol'] === 'HTTPS' && /^ELBSecurityPolicy-TLS13-1-[23]/.test(String(listener['ssl_policy']))
      ? undefined
      : 'takes something else than TLS 1.2 or 1.3',
  ),
  each(['aws_db_parameter_group'], (group) =>
    list(group['parameter'] as { name: string; value: string }[]).some(
      ({ name, value }) => name === 'rds.force_ssl' && value === '1',
    )
      ? undefined
      : 'lets clear text in',
  ),
  (resources) => {
    const kms = resources.filter(
      ({ type, values }) =>
        type === 'aws_s3_bucket_server_side_encryption_configuration' &&
        JSON.stringify(values).includes('"aws:kms"'),
    );
    return ['artifacts', 'datasets']
      .filter((name) => !kms.some(({ address }) => address.endsWith(`["${name}"]`)))
      .map((name) => `the bucket of ${name} is not encrypted by our key`);
  },
  each(['aws_s3_bucket_policy'], ({ policy }) =>
    statementsOf(policy).some(
      ({ Effect, Condition }) =>
        Effect === 'Deny' && Condition?.['Bool']?.['aws:SecureTransport'] === 'false',
    )
      ? undefined
      : 'does not refuse clear text',
  ),
);

const bucketsArePrivate: Policy['check'] = (resources) => {
  const closed = resources.filter(
    ({ type, values }) =>
      type === 'aws_s3_bucket_public_access_block' &&
      ['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'].every(
        (name) => values[name] === true,
      ),
  );
  return resources
    .filter(({ type }) => type === 'aws_s3_bucket')
    .filter(
      ({ address }) =>
        !closed.some(
          (each) => each.address === address.replace('s3_bucket', 's3_bucket_public_access_block'),
        ),
    )
    .map(({ address }) => `${address}: could be made public`);
};

const noWildcards: Policy['check'] = each(['aws_iam_role_policy'], ({ policy }) => {
  const wild = statementsOf(policy).find(
    ({ Effect, Action, Resource: on }) =>
      Effect === 'Allow' && list(Action).some((action) => action.includes('*')) && list(on).includes('*'),
  );
  return wild === undefined
    ? undefined
    : `${wild.Sid ?? 'a statement'} allows ${list(wild.Action).join()} on everything`;
});

const noPublicAddresses: Policy['check'] = all(
  each(['aws_subnet'], (subnet) =>
    subnet['map_public_ip_on_launch'] === true ? 'gives whatever starts there a public address' : undefined,
  ),
  each(['aws_ecs_service'], (service) =>
    block(service['network_configuration'])['assign_public_ip'] === true ? 'has public addresses' : undefined,
  ),
);

/** Nothing else than the VPC itself and the endpoints: no route to a gateway, no rule to the world. */
const isolation: Policy['check'] = all(
  each(['aws_route'], (_, { address }) =>
    address.startsWith('module.network.aws_route.isolated') ? 'leads out of the isolated subnets' : undefined,
  ),
  (resources) =>
    resources
      .filter(
        ({ address, values }) =>
          address.startsWith('module.evaluation.aws_vpc_security_group_egress_rule.isolated') &&
          (isSet(values['cidr_ipv4']) || isSet(values['cidr_ipv6'])),
      )
      .map(({ address }) => `${address}: leads to addresses instead of endpoints`),
  some(
    'aws_vpc_security_group_egress_rule',
    ({ address }) => address.startsWith('module.evaluation.aws_vpc_security_group_egress_rule.isolated'),
    'evaluations have no way to the endpoints',
  ),
  each(['aws_vpc_endpoint'], (endpoint) =>
    statementsOf(endpoint['policy']).length === 0
      ? 'has no policy'
      : statementsOf(endpoint['policy']).some(
            ({ Action, Resource: on, Condition }) =>
              list(Action).some((action) => action.includes('*')) ||
              (list(on).includes('*') && Condition === undefined),
          )
        ? 'lets everything through'
        : undefined,
  ),
  each(['aws_launch_template'], (template) => {
    const metadata = block(template['metadata_options']);
    const data = Buffer.from(template['user_data'] as string, 'base64').toString('utf8');
    return metadata['http_tokens'] === 'required' &&
      metadata['http_put_response_hop_limit'] === 1 &&
      data.includes('ECS_AWSVPC_BLOCK_IMDS=true')
      ? undefined
      : 'lets tasks reach the credentials of the instance';
  }),
);

const RETENTION_FLOOR_DAYS = 14;

const logsAreKept: Policy['check'] = each(['aws_cloudwatch_log_group'], (group) =>
  Number(group['retention_in_days'] ?? 0) >= RETENTION_FLOOR_DAYS
    ? undefined
    : `is kept for ${String(group['retention_in_days'])} days`,
);

const backups: Policy['check'] = each(['aws_db_instance'], (database) =>
  Number(database['backup_retention_period'] ?? 0) >= 7
    ? undefined
    : `has backups of ${String(database['backup_retention_period'])} days`,
);

const managedPassword: Policy['check'] = all(
  each(['aws_db_instance'], (database) =>
    database['manage_master_user_password'] === true && !isSet(database['password'])
      ? undefined
      : 'has a password that Terraform knows',
  ),
  each(['aws_secretsmanager_secret_version', 'aws_ssm_parameter'], () => 'puts a value into the state'),
);

const noShell: Policy['check'] = each(['aws_ecs_service'], (service) =>
  service['enable_execute_command'] === true ? 'lets people into running tasks (ECS Exec)' : undefined,
);

const rollBack: Policy['check'] = each(['aws_ecs_service'], (service) => {
  const breaker = block(service['deployment_circuit_breaker']);
  const alarms = block(service['alarms']);
  return breaker['enable'] === true && breaker['rollback'] === true && alarms['rollback'] === true
    ? undefined
    : 'does not go back by itself';
});

const budgets: Policy['check'] = all(
  some(
    'aws_budgets_budget',
    ({ values }) =>
      Number(values['limit_amount']) > 0 &&
      list(values['notification'] as { subscriber_sns_topic_arns?: string[] | null }[]).some(
        (each) => (each.subscriber_sns_topic_arns ?? []).length > 0,
      ),
    'there is no budget that tells somebody',
  ),
  some('aws_ce_anomaly_subscription', () => true, 'nobody hears of unusual costs'),
);

const images: Policy['check'] = each(['aws_ecr_repository'], (repository) =>
  repository['image_tag_mutability'] === 'IMMUTABLE' &&
  block(repository['image_scanning_configuration'])['scan_on_push'] === true
    ? undefined
    : 'has tags that can be moved, or images that nobody looks at',
);

const WORKFLOW = /^repo:[\w-]+\/[\w.-]+:(?:environment:\w+|ref:refs\/heads\/main|pull_request)$/;

/** A subject with a wildcard, or none, lets any repository of GitHub in. */
const workflows: Policy['check'] = each(['aws_iam_role'], (role) => {
  for (const { Action, Condition } of statementsOf(role['assume_role_policy'])) {
    if (!list(Action).includes('sts:AssumeRoleWithWebIdentity')) continue;
    const held = Condition?.['StringEquals'] ?? {};
    const subjects = list(held['token.actions.githubusercontent.com:sub'] as string | string[]);
    const audience = held['token.actions.githubusercontent.com:aud'];
    if (audience !== 'sts.amazonaws.com' || subjects.length === 0)
      return 'can be taken by any workflow of GitHub';
    const foreign = subjects.find((subject) => !WORKFLOW.test(subject));
    if (foreign !== undefined) return `can be taken by ${foreign}`;
    const changes = !String(role['name']).endsWith('-plan');
    if (changes && subjects.some((subject) => subject.endsWith(':pull_request')))
      return 'lets pull requests change something';
  }
  return undefined;
});

const containers: Policy['check'] = each(['aws_ecs_task_definition'], (definition) => {
  const parts = JSON.parse(String(definition['container_definitions'])) as {
    image: string;
    user?: string;
    privileged?: boolean;
    readonlyRootFilesystem?: boolean;
  }[];
  const bad = parts.find(
    (part) =>
      part.readonlyRootFilesystem !== true ||
      part.privileged === true ||
      [undefined, 'root', '0'].includes(part.user) ||
      !part.image.includes('@sha256:'),
  );
  return bad === undefined
    ? undefined
    : 'has a container that writes its root, is root, or is named by a tag';
});

/** For every environment. */
export const POLICIES = {
  ingress: { says: 'the world reaches port 443 and nothing else', check: noIngressButHttps },
  roles: { says: 'evaluations have no role, and none can be passed to them', check: evaluationsHaveNoRole },
  labels: { says: 'the worker and publishers alone read datasets', check: labelsAreForTheWorker },
  isolation: { says: 'nothing leads out of evaluations but endpoints with policies', check: isolation },
  encryption: { says: 'everything is encrypted, at rest and on its way', check: encryption },
  buckets: { says: 'no bucket can be made public', check: bucketsArePrivate },
  wildcards: { says: 'no role may do everything of a kind to everything', check: noWildcards },
  addresses: { says: 'no task and no instance has a public address', check: noPublicAddresses },
  logs: { says: `logs are kept for ${RETENTION_FLOOR_DAYS} days at least`, check: logsAreKept },
  backups: { says: 'the database can be taken back seven days', check: backups },
  passwords: { says: 'no secret has its value in the state', check: managedPassword },
  shell: { says: 'nobody gets a shell in a running task', check: noShell },
  rollback: { says: 'a deployment that fails goes back by itself', check: rollBack },
  budgets: { says: 'there are a budget and a look-out for unusual costs', check: budgets },
  images: { says: 'tags of images stay, and images are scanned', check: images },
  workflows: { says: 'workflows of one repository alone come in', check: workflows },
  containers: {
    says: 'containers of the App are read-only, not root, and named by digest',
    check: containers,
  },
} as const satisfies Readonly<Record<string, Policy>>;

/** Beside these, for prod. */
export const PROD_POLICIES = {
  zones: {
    says: 'the database has a second one in another zone',
    check: each(['aws_db_instance'], (database) =>
      database['multi_az'] === true ? undefined : 'is in one zone',
    ),
  },
  deletion: {
    says: 'database and load balancer cannot be deleted',
    check: all(
      each(['aws_db_instance'], (database) =>
        database['deletion_protection'] === true && database['skip_final_snapshot'] === false
          ? undefined
          : 'can be deleted',
      ),
      each(['aws_lb'], (balancer) =>
        balancer['enable_deletion_protection'] === true ? undefined : 'can be deleted',
      ),
      each(['aws_s3_bucket'], (bucket) =>
        bucket['force_destroy'] === true ? 'is emptied by terraform destroy' : undefined,
      ),
      each(['aws_kms_key'], (key) =>
        Number(key['deletion_window_in_days']) >= 30 ? undefined : 'is gone within less than 30 days',
      ),
    ),
  },
  evidence: {
    says: 'logs are kept for a year',
    check: each(['aws_cloudwatch_log_group'], (group) =>
      Number(group['retention_in_days']) >= 365
        ? undefined
        : `is kept for ${String(group['retention_in_days'])} days`,
    ),
  },
  spare: {
    says: 'two tasks of each service run at least, in zones that have a NAT each',
    check: all(
      each(['aws_appautoscaling_target'], (target) =>
        Number(target['min_capacity']) >= 2 ? undefined : 'may go down to one task',
      ),
      (resources) => {
        const count = (type: string, module: string): number =>
          resources.filter((each) => each.type === type && each.address.startsWith(module)).length;
        return count('aws_nat_gateway', 'module.network.') ===
          count('aws_subnet', 'module.network.aws_subnet.private')
          ? []
          : ['zones share a NAT gateway'];
      },
    ),
  },
} as const satisfies Readonly<Record<string, Policy>>;
