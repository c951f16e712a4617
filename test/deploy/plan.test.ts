/** The scripts of deploy/scripts that need no ECS: outputs of Terraform, its plan, and the signature of images. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { folderWith } from '../support/folder.js';
import { requireTool } from '../support/tools.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPTS = join(ROOT, 'deploy/scripts');
const IMAGE = `111122223333.dkr.ecr.us-east-1.amazonaws.com/docops@sha256:${'a'.repeat(64)}`;

const OUTPUTS = {
  cluster: 'docops-dev',
  web_service: 'web',
  web_target_group: 'arn:blue',
  web_alternate_target_group: 'arn:green',
  web_listener_rule: 'arn:rule',
  web_switch_role: 'arn:role',
  worker_service: 'worker',
  migrate_task_definition: 'arn:aws:ecs:us-east-1:111122223333:task-definition/docops-dev-command:3',
  private_subnets: ['subnet-1', 'subnet-2'],
  service_security_group: 'sg-1',
  url: 'https://docops.example.com',
};
const asOutput = (outputs: object): string =>
  JSON.stringify(
    Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, { value: value as unknown }])),
  );

function run(
  script: string,
  {
    args = [],
    input = '',
    env = {},
    cwd = ROOT,
  }: {
    readonly args?: readonly string[];
    readonly input?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
  } = {},
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(join(SCRIPTS, script), args, {
    cwd,
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

describe.skipIf(!requireTool('jq'))('outputs.sh, with jq', () => {
  it('gives each output the name that the other scripts read, and joins lists', () => {
    expect(run('outputs.sh', { input: asOutput(OUTPUTS) })).toMatchObject({
      code: 0,
      out: [
        'CLUSTER=docops-dev',
        'WEB_SERVICE=web',
        'WEB_TARGET_GROUP=arn:blue',
        'WEB_ALTERNATE_TARGET_GROUP=arn:green',
        'WEB_LISTENER_RULE=arn:rule',
        'WEB_SWITCH_ROLE=arn:role',
        'WORKER_SERVICE=worker',
        'TASK_DEFINITION=arn:aws:ecs:us-east-1:111122223333:task-definition/docops-dev-command:3',
        'SUBNETS=subnet-1,subnet-2',
        'SECURITY_GROUP=sg-1',
        'URL=https://docops.example.com',
        '',
      ].join('\n'),
    });
  });

  it('reads outputs that every environment has', () => {
    const environments = readdirSync(join(ROOT, 'deploy/terraform/environments'));
    expect(environments.sort()).toEqual(['dev', 'prod', 'staging']);
    for (const environment of environments) {
      const text = readFileSync(
        join(ROOT, 'deploy/terraform/environments', environment, 'outputs.tf'),
        'utf8',
      );
      for (const name of Object.keys(OUTPUTS)) expect(text, environment).toContain(`output "${name}" {`);
    }
  });

  it('takes an environment without outputs for one that is made today, unless it is required', () => {
    expect(run('outputs.sh', { input: '{}' })).toMatchObject({ code: 0, out: '' });
    expect(run('outputs.sh', { input: '{}', args: ['--required'] })).toMatchObject({ code: 1, out: '' });
  });

  it.each(Object.keys(OUTPUTS))('prints nothing at all when %s is missing', (name) => {
    const { [name as keyof typeof OUTPUTS]: _, ...rest } = OUTPUTS;
    const ended = run('outputs.sh', { input: asOutput(rest) });
    expect(ended).toMatchObject({ out: '' });
    expect(ended.code).not.toBe(0);
    expect(ended.err).toContain(name);
  });

  it('refuses a value of two lines, which would set a variable of its own', () => {
    const ended = run('outputs.sh', { input: asOutput({ ...OUTPUTS, url: 'https://x\nPATH=/tmp' }) });
    expect(ended.out).toBe('');
    expect(ended.code).not.toBe(0);
  });
});

describe.skipIf(!requireTool('terraform'))('plan.sh, with Terraform', () => {
  const environment = (): {
    folder: string;
    ended: ReturnType<typeof run>;
    read: (name: string) => string;
  } => {
    const folder = folderWith({
      'environment/main.tf': [
        'variable "app_image" { type = string }',
        'variable "eval_runner_image" { type = string }',
        'resource "terraform_data" "app" { input = [var.app_image, var.eval_runner_image] }',
      ].join('\n'),
      'environment/.terraform.lock.hcl': '',
      summary: '',
      output: '',
    });
    const ended = run('plan.sh', {
      cwd: folder,
      env: {
        DIRECTORY: 'environment',
        APP_IMAGE: IMAGE,
        EVAL_RUNNER_IMAGE: IMAGE,
        GITHUB_STEP_SUMMARY: join(folder, 'summary'),
        GITHUB_OUTPUT: join(folder, 'output'),
        CHECKPOINT_DISABLE: '1',
      },
    });
    return { folder, ended, read: (name) => readFileSync(join(folder, name), 'utf8') };
  };

  it(
    'keeps the plan, shows it, and says its SHA-256, which is what the apply is held to',
    { timeout: 120_000 },
    () => {
      const { folder, ended, read } = environment();
      expect(ended.code, ended.err).toBe(0);
      expect(read('summary')).toContain('1 to add, 0 to change, 0 to destroy');
      expect(read('summary')).toContain(IMAGE);
      const sha256 = createHash('sha256')
        .update(readFileSync(join(folder, 'plan.tfplan')))
        .digest('hex');
      expect(read('output')).toBe(`sha256=${sha256}\n`);

      // What the workflow does with it.
      const apply = spawnSync(
        'terraform',
        ['-chdir=environment', 'apply', '-input=false', join(folder, 'plan.tfplan')],
        {
          cwd: folder,
          encoding: 'utf8',
        },
      );
      expect(apply.stdout, apply.stderr).toContain('1 added');
      // The same plan a second time: the state has moved on.
      const again = spawnSync(
        'terraform',
        ['-chdir=environment', 'apply', '-input=false', join(folder, 'plan.tfplan')],
        {
          cwd: folder,
          encoding: 'utf8',
        },
      );
      expect(again.status).not.toBe(0);
      expect(again.stderr).toContain('stale');
    },
  );
});

describe('verify-image.sh', () => {
  /** Stands for cosign and writes down what it is asked; the real one wants registries and Sigstore. */
  const cosign = (code: number): { env: NodeJS.ProcessEnv; asked: () => string } => {
    const folder = folderWith({
      'bin/cosign': `#!/bin/sh\necho "$*" >> "$ASKED"\nexit ${code}\n`,
      asked: '',
    });
    chmodSync(join(folder, 'bin/cosign'), 0o755);
    return {
      env: {
        PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        ASKED: join(folder, 'asked'),
        GITHUB_REPOSITORY: 'acme/docops',
      },
      asked: () => readFileSync(join(folder, 'asked'), 'utf8'),
    };
  };

  it('asks for a signature of image.yml of this repository on main, and of no other', () => {
    const { env, asked } = cosign(0);
    expect(run('verify-image.sh', { args: [IMAGE], env })).toMatchObject({ code: 0 });
    expect(asked()).toContain(
      '--certificate-identity https://github.com/acme/docops/.github/workflows/image.yml@refs/heads/main',
    );
    expect(asked()).toContain('--certificate-oidc-issuer https://token.actions.githubusercontent.com');
    expect(asked().trim().endsWith(IMAGE)).toBe(true);
  });

  it('fails when one of several is not signed', () => {
    const { env } = cosign(1);
    expect(run('verify-image.sh', { args: [IMAGE, IMAGE], env }).code).toBe(1);
  });

  it.each(['docops:latest', `docops@sha256:${'a'.repeat(63)}`, `${IMAGE} --insecure`, '--key=x', '$(id)'])(
    'refuses %s, which is no image by digest, before anybody is asked',
    (image) => {
      const { env, asked } = cosign(0);
      expect(run('verify-image.sh', { args: [image], env })).toMatchObject({ code: 64 });
      expect(asked()).toBe('');
    },
  );
});
