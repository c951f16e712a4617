/** The workflows of .github/workflows keep the rules of docs/decisions/0023-delivery.md; each rule finds a planted break. */
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, '.github/workflows');

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly if?: string;
}
interface Job {
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly with?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>> | string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly jobs: Readonly<Record<string, Job>>;
}
type Texts = Readonly<Record<string, string>>;
/** One sentence for each break. */
type Rule = (texts: Texts) => string[];

const real: Texts = Object.fromEntries(
  readdirSync(FOLDER).map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')]),
);

const parsed = (texts: Texts): [string, Workflow][] =>
  Object.entries(texts).map(([file, text]) => [file, parse(text) as Workflow]);
const jobs = (texts: Texts): [string, Job][] =>
  parsed(texts).flatMap(([file, { jobs: all }]) =>
    Object.entries(all).map(([name, job]): [string, Job] => [`${file} ${name}`, job]),
  );
const steps = (texts: Texts): [string, Step][] =>
  jobs(texts).flatMap(([where, { steps: all = [] }]) => all.map((step): [string, Step] => [where, step]));

const pinned: Rule = (texts) =>
  Object.entries(texts).flatMap(([file, text]) =>
    [...text.matchAll(/^[\s-]*uses:\s*(.*)$/gm)]
      .map(([, action = '']) => action)
      .filter((action) => !action.startsWith('./'))
      .filter((action) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))
      .map((action) => `${file}: ${action} is not pinned by commit and version`),
  );

const onePinEach: Rule = (texts) => {
  const pins = new Map<string, Set<string>>();
  for (const [, { uses }] of steps(texts)) {
    const [action, commit] = uses?.split('@') ?? [];
    if (action !== undefined && commit !== undefined)
      pins.set(action, (pins.get(action) ?? new Set()).add(commit));
  }
  return [...pins].filter(([, all]) => all.size > 1).map(([action]) => `${action} has more than one version`);
};

const noneByDefault: Rule = (texts) =>
  parsed(texts).flatMap(([file, { permissions }]) =>
    JSON.stringify(permissions) === '{}' ? [] : [`${file}: permissions have to be {} above the jobs`],
  );

const ALLOWED: Readonly<Record<string, readonly string[]>> = { contents: ['read'], 'id-token': ['write'] };
const least: Rule = (texts) =>
  jobs(texts).flatMap(([where, { permissions }]) =>
    permissions === undefined
      ? [`${where}: says nothing about permissions`]
      : Object.entries(permissions)
          .filter(([name, level]) => ALLOWED[name]?.includes(level) !== true)
          .map(([name, level]) => `${where}: may ${level} ${name}`),
  );

const noSecretsForStrangers: Rule = (texts) =>
  parsed(texts).flatMap(([file, { on }]) => {
    const events = typeof on === 'string' ? [on] : Array.isArray(on) ? (on as string[]) : Object.keys(on);
    return events
      .filter((event) => ['pull_request_target', 'workflow_run', 'issue_comment'].includes(event))
      .map((event) => `${file}: ${event} gives a stranger's pull request our permissions`);
  });

/** Expressions belong into env:, where a shell does not read them as its own. */
const noExpressionInShell: Rule = (texts) =>
  steps(texts).flatMap(([where, { run }]) =>
    run?.includes('${{') === true ? [`${where}: an expression in a shell line: ${run.trim()}`] : [],
  );

const timed: Rule = (texts) =>
  jobs(texts).flatMap(([where, job]) =>
    // A job that calls a workflow cannot have one; its jobs have.
    job.uses !== undefined || (job['timeout-minutes'] ?? 0) > 0 ? [] : [`${where}: has no timeout`],
  );

const noCredentialsLeft: Rule = (texts) =>
  steps(texts).flatMap(([where, step]) =>
    step.uses?.startsWith('actions/checkout@') === true && step.with?.['persist-credentials'] !== false
      ? [`${where}: checkout leaves its token behind`]
      : [],
  );

const scriptsExist: Rule = (texts) =>
  Object.entries(texts).flatMap(([file, text]) =>
    [
      ...text.matchAll(
        /(?<![\w./-])(deploy\/scripts\/[\w.-]+|\.ci\/[\w.-]+|\.\/\.github\/[\w./-]+|(?<=dockerfile: )\S+)/g,
      ),
    ]
      .map(([, path = '']) => path)
      .filter((path) => {
        try {
          accessSync(join(ROOT, path), /\.yml$|Dockerfile$/.test(path) ? constants.R_OK : constants.X_OK);
          return false;
        } catch {
          return true;
        }
      })
      .map((path) => `${file}: there is no ${path} that can be run`),
  );

const inOrder: Rule = (texts) => {
  const { jobs: all } = parse(texts['deploy.yml']!) as Workflow;
  const found: string[] = [];
  const order = ['dev', 'staging', 'prod'];
  if (Object.keys(all).join() !== order.join()) found.push('deploy.yml: the jobs are dev, staging, prod');
  order.forEach((environment, i) => {
    const job = all[environment];
    if (job?.with?.['environment'] !== environment) found.push(`${environment}: deploys something else`);
    if (job?.needs !== order[i - 1])
      found.push(`${environment}: does not wait for ${order[i - 1] ?? 'nothing'}`);
    if (job?.concurrency?.group !== `deploy-${environment}` || job.concurrency['cancel-in-progress'])
      found.push(`${environment}: two deployments could meet, or one be cancelled halfway`);
    for (const own of ['plan-role', 'deploy-role', 'state-bucket'])
      if (job?.with?.[own]?.includes(`_${environment.toUpperCase()} `) !== true)
        found.push(`${environment}: has the ${own} of another environment`);
  });
  return found;
};

/** Approval is of a plan: it is made before, and what is applied is that file and nothing planned anew. */
const approvedPlan: Rule = (texts) => {
  const { jobs: all } = parse(texts['deploy-environment.yml']!) as Workflow;
  const found: string[] = [];
  if (all['plan']?.environment !== undefined)
    found.push('plan: waits for an approval of what nobody has seen');
  if (all['deploy']?.environment !== '${{ inputs.environment }}') found.push('deploy: nobody approves it');
  if (all['deploy']?.needs !== 'plan') found.push('deploy: does not wait for the plan');
  const lines = (all['deploy']?.steps ?? []).map(({ run = '' }) => run);
  const apply = lines.findIndex((line) => line.includes(' apply '));
  if (!/ apply .*plan\.tfplan"$/.test(lines[apply] ?? ''))
    found.push('deploy: applies something but the plan');
  const looked = lines.findIndex((line) => line.includes('sha256sum --check'));
  if (looked < 0 || looked >= apply)
    found.push('deploy: does not look whether it is the plan that was shown');
  const at = ['migrate.sh', 'roll.sh', 'smoke.sh', 'rollback.sh'].map((script) =>
    lines.findIndex((line) => line.includes(`/${script}`)),
  );
  if (at.some((place, i) => place <= (at[i - 1] ?? apply)))
    found.push('deploy: the order is apply, migrate, roll, smoke test, going back');
  const back = all['deploy']?.steps?.[at[3]!]?.if ?? '';
  if (!back.includes('failure()') || !back.includes('cancelled()'))
    found.push('deploy: does not go back when something fails');
  return found;
};

const signedOnly: Rule = (texts) =>
  parsed({ deploy: texts['deploy-environment.yml']! }).flatMap(([, { jobs: all }]) => {
    const lines = (all['plan']?.steps ?? []).map(({ run = '' }) => run);
    const verified = lines.findIndex((line) => line.includes('verify-image.sh'));
    return verified >= 0 && verified < lines.findIndex((line) => line.includes('plan.sh'))
      ? []
      : ['plan: plans an image whose signature nobody looked at'];
  });

/** A role of AWS in a pull request is only for branches of this repository. */
const rolesNotForForks: Rule = (texts) =>
  parsed(texts)
    .filter(([, { on }]) => typeof on === 'object' && 'pull_request' in on)
    .flatMap(([file, { jobs: all }]) =>
      Object.entries(all)
        .filter(([, job]) => job.permissions?.['id-token'] === 'write')
        .filter(
          ([, job]) =>
            (job as { if?: string }).if?.includes(
              'github.event.pull_request.head.repo.full_name == github.repository',
            ) !== true || JSON.stringify(job).includes('DEPLOY_ROLE'),
        )
        .map(
          ([name]) =>
            `${file} ${name}: gives a role of AWS to pull requests of forks, or one that may change things`,
        ),
    );

const change =
  (file: string, from: string | RegExp, to: string) =>
  (texts: Texts): Texts => {
    const text = texts[file]!.replace(from, to);
    if (text === texts[file]) throw new Error(`nothing to change in ${file}: ${from}`);
    return { ...texts, [file]: text };
  };

const RULES: readonly [string, Rule, readonly ((texts: Texts) => Texts)[]][] = [
  [
    'every action is pinned by a commit, with its version beside it',
    pinned,
    [
      change('ci.yml', /@[0-9a-f]{40} # v6\.0\.2/, '@v6'),
      change('ci.yml', / # v6\.0\.2/, ''),
      change('ci.yml', /@([0-9a-f]{39})[0-9a-f] #/, '@$1 #'),
    ],
  ],
  [
    'an action has the same version everywhere',
    onePinEach,
    [change('image.yml', /actions\/checkout@[0-9a-f]{40}/, `actions/checkout@${'0'.repeat(40)}`)],
  ],
  [
    'nothing is permitted by default',
    noneByDefault,
    [change('ci.yml', 'permissions: {}', 'permissions: read-all')],
  ],
  [
    'a job says what it may, and that is to read the repository and to identify itself',
    least,
    [
      change('ci.yml', 'contents: read', 'contents: write'),
      change('image.yml', / {4}permissions:\n {6}contents: read\n {6}id-token: write.*\n/, ''),
    ],
  ],
  [
    'no event runs the code of a stranger with our permissions',
    noSecretsForStrangers,
    [change('ci.yml', '  pull_request:', '  pull_request_target:')],
  ],
  [
    'no expression is written into a shell line',
    noExpressionInShell,
    [change('ci.yml', 'run: .ci/run', 'run: .ci/run ${{ github.event.pull_request.title }}')],
  ],
  ['every job has a timeout', timed, [change('image.yml', / {4}timeout-minutes: \d+\n/, '')]],
  [
    'no checkout leaves its token behind',
    noCredentialsLeft,
    [
      change('ci.yml', 'persist-credentials: false', 'persist-credentials: true'),
      change('image.yml', 'persist-credentials: false', 'fetch-depth: 1'),
    ],
  ],
  [
    'every program, workflow and Dockerfile that is named is there',
    scriptsExist,
    [
      change('deploy-environment.yml', 'deploy/scripts/smoke.sh', 'deploy/scripts/smoke-test.sh'),
      change('release.yml', './.github/workflows/image.yml', './.github/workflows/images.yml'),
      change('release.yml', 'dockerfile: Dockerfile', 'dockerfile: Dockerfile.app'),
    ],
  ],
  [
    'dev comes before staging and staging before prod, one deployment of each at a time',
    inOrder,
    [
      change('deploy.yml', 'needs: staging', 'needs: dev'),
      change('deploy.yml', 'group: deploy-prod', 'group: deploy-${{ github.run_id }}'),
      change('deploy.yml', /(group: deploy-dev\n {6}cancel-in-progress: )false/, '$1true'),
      change('deploy.yml', 'environment: staging', 'environment: prod'),
      change('deploy.yml', 'vars.AWS_DEPLOY_ROLE_DEV', 'vars.AWS_DEPLOY_ROLE_PROD'),
    ],
  ],
  [
    'what is applied is the plan that was approved; then migration, services, smoke test, and the way back',
    approvedPlan,
    [
      change('deploy-environment.yml', / "\$PWD\/plan\.tfplan"/, ' -auto-approve'),
      change('deploy-environment.yml', '    environment: ${{ inputs.environment }}\n', ''),
      change('deploy-environment.yml', 'sha256sum --check', 'sha256sum'),
      change('deploy-environment.yml', /migrate\.sh/, 'roll.sh'),
      change(
        'deploy-environment.yml',
        /if: \$\{\{ \(failure\(\) \|\| cancelled\(\)\)/,
        'if: ${{ (success())',
      ),
    ],
  ],
  [
    'only images that this repository signed are planned',
    signedOnly,
    [change('deploy-environment.yml', 'deploy/scripts/verify-image.sh', 'echo')],
  ],
  [
    'a pull request of a fork gets no role of AWS, and no pull request one that changes things',
    rolesNotForForks,
    [
      change('terraform-plan.yml', /if: \$\{\{ github\.event\.pull_request.*\n/, 'if: ${{ true }}\n'),
      change('terraform-plan.yml', 'AWS_PLAN_ROLE_PROD', 'AWS_DEPLOY_ROLE_PROD'),
    ],
  ],
];

describe('.github/workflows', () => {
  it('are all read', () => {
    expect(Object.keys(real).sort()).toEqual([
      'ci.yml',
      'deploy-environment.yml',
      'deploy.yml',
      'image.yml',
      'release.yml',
      'terraform-plan.yml',
    ]);
  });

  it.each(RULES)('%s', (_, rule, breaks) => {
    expect(rule(real)).toEqual([]);
    breaks.forEach((plant, i) => expect(rule(plant(real)), `break ${i + 1}`).not.toEqual([]));
  });
});
