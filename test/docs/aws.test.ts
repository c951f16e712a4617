import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPrices } from '../../src/core/cost/prices.js';
import { ENVIRONMENTS, TERRAFORM } from '../support/cloud/terraform.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const text = read('docs/aws.md');
const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!);
const variables = (path: string): string[] =>
  [...read(path).matchAll(/^variable "(\w+)"/gm)].map(([, name]) => name!);

describe('docs/aws.md', () => {
  it('names files that exist', () => {
    for (const [, path] of text.matchAll(/\b((?:deploy|eval-runner|test)\/[\w./-]*\w)/g))
      if (!path!.endsWith('site.auto.tfvars')) expect(existsSync(new URL(path!, root)), path).toBe(true);
    for (const [, path] of text.matchAll(/\]\(([\w./-]+)\)/g))
      expect(existsSync(new URL(path!, new URL('docs/', root))), path).toBe(true);
  });

  it('gives Terraform variables that are there', () => {
    const typed = blocks.join('\n').matchAll(/terraform -chdir=(\S+) (?:apply|destroy)((?:[^\\\n]|\\\n)*)/g);
    let seen = 0;
    for (const [, folder, rest] of typed)
      for (const [, name] of rest!.matchAll(/-var '?(\w+)=/g)) {
        expect(variables(`${folder!}/variables.tf`), `${folder!}: ${name!}`).toContain(name);
        seen++;
      }
    expect(seen).toBeGreaterThan(6);
    for (const [, name] of text.matchAll(/-var '?(\w+)=/g))
      expect([
        ...variables('deploy/terraform/bootstrap/variables.tf'),
        ...variables('deploy/terraform/environments/dev/variables.tf'),
      ]).toContain(name);
  });

  it('fills in every variable that has to be, and none that is not there', () => {
    const needed = [
      ...read('deploy/terraform/environments/dev/variables.tf').matchAll(
        /^variable "(\w+)" \{([\s\S]*?)^\}/gm,
      ),
    ]
      .filter(([, , body]) => !/^ {2}default\s*=/m.test(body!))
      .map(([, name]) => name!);
    const example = [
      ...read('deploy/terraform/environments/dev/site.auto.tfvars.example').matchAll(/^(\w+)\s*=/gm),
    ].map(([, name]) => name!);
    const sizes = Object.keys(
      JSON.parse(read('deploy/terraform/environments/dev/sizes.auto.tfvars.json')) as object,
    );
    const given = [...example, ...sizes, 'app_image', 'eval_runner_image'];
    expect(needed.filter((name) => !given.includes(name))).toEqual([]);
    expect(
      given.filter((name) => !variables('deploy/terraform/environments/dev/variables.tf').includes(name)),
    ).toEqual([]);
  });

  it('has every module, every alarm, every secret', () => {
    for (const module of readdirSync(new URL('deploy/terraform/modules/', root)))
      expect(text).toContain(`| \`${module}\` |`);
    const alarms = [
      ...read('deploy/terraform/modules/observability/alarms.tf').matchAll(/^ {6}([a-z-]+) = \{$/gm),
    ].map(([, name]) => name!);
    expect(alarms.length).toBeGreaterThan(8);
    for (const name of alarms) expect(text, name).toContain(name);
    for (const [, name] of read('deploy/terraform/modules/secrets/main.tf').matchAll(
      /^ {4}([a-z-]+)\s+= "/gm,
    ))
      expect(text).toContain(`docops-dev/${name!}`);
  });

  it('has a file of prices that the App reads', () => {
    const [, prices] = /```yaml\n([\s\S]*?)```/.exec(text)!;
    expect(readPrices(prices!, 'docs/aws.md').region).toBe('eu-central-1');
  });

  it.each(blocks.map((block, number) => [number + 1, block] as const))(
    'commands of block %i are understood by a shell',
    (_number, block) => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' });
      expect(status, stderr).toBe(0);
    },
  );
});

describe('README.md of the environments', () => {
  it.each(ENVIRONMENTS)('of %s is what costs.mjs writes', (environment) => {
    const { stdout, stderr } = spawnSync('node', [`${TERRAFORM}costs.mjs`, environment], {
      encoding: 'utf8',
    });
    expect(stdout.trimEnd(), stderr).toBe(
      read(`deploy/terraform/environments/${environment}/README.md`).trimEnd(),
    );
    expect(stdout).toMatch(/\| \*\*together\*\* \| \| \*\*\$\d+\*\* \|/);
  });

  it('counts what the modules make', () => {
    const script = read('deploy/terraform/costs.mjs');
    const count = (name: string): number => Number(new RegExp(`${name}: (\\d+)`).exec(script)?.[1]);
    const of = (path: string, pattern: RegExp): number =>
      [...read(`deploy/terraform/modules/${path}`).matchAll(pattern)].length;
    expect(count('keys')).toBe(of('secrets/keys.tf', /^resource "aws_kms_key"/gm));
    expect(count('endpoints')).toBe(
      /interfaces = toset\(\[([^\]]*)\]\)/
        .exec(read('deploy/terraform/modules/network/endpoints.tf'))![1]!
        .split(',').length,
    );
    // Two rules of rates beside the managed ones.
    expect(count('rules')).toBe(of('service/firewall.tf', /^ {4}AWSManagedRules\w+\s+=/gm) + 2);
    // Two queues' alarms, two target groups' and two of deployments beside those that are listed.
    expect(count('alarms')).toBe(of('observability/alarms.tf', /^ {6}[a-z-]+ = \{$/gm) + 6);
    // The database's own is the sixth.
    expect(count('secrets')).toBe(of('secrets/main.tf', /^ {4}[a-z-]+\s+= "/gm) + 1);
  });
});
