/** Terraform for tests: with a provider from a local folder where there is one, so that nothing is downloaded. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TERRAFORM = fileURLToPath(new URL('../../../deploy/terraform/', import.meta.url));
export const ENVIRONMENTS = ['dev', 'staging', 'prod'] as const;

/** Folders in which Terraform itself looks, and those of images that bring providers; the first that has AWS's. */
const PLUGINS = [
  process.env['TF_PLUGIN_DIR'],
  join(homedir(), '.terraform.d/plugins'),
  '/usr/local/share/terraform/plugins',
  '/usr/share/terraform/plugins',
  ...foldersIn('/opt'),
];

function foldersIn(parent: string): string[] {
  return existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : [];
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  /** Both streams. */
  readonly all: string;
}

/** Runs in `folder`, with its downloads and modules in a folder of the test's own. Never throws for an exit code. */
export interface Terraform {
  run(folder: string, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ended>;
  /** `terraform init` without a backend; throws what it complains about. */
  init(folder: string, backend?: 'none' | 'own', environment?: NodeJS.ProcessEnv): Promise<void>;
  remove(): void;
}

export function openTerraform(): Terraform {
  const home = mkdtempSync(join(tmpdir(), 'docops-terraform-'));
  const plugins = PLUGINS.find(
    (folder) => folder !== undefined && existsSync(join(folder, 'registry.terraform.io/hashicorp/aws')),
  );
  const run: Terraform['run'] = async (folder, args, environment = {}) => {
    const child = spawn('terraform', [...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        TF_DATA_DIR: join(home, folder.replaceAll('/', '_')),
        TF_IN_AUTOMATION: '1',
        CHECKPOINT_DISABLE: '1',
        ...environment,
      },
    });
    // By chunks: the state of an environment with its schema is tens of megabytes.
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const text = Buffer.concat(out).toString('utf8');
    return { code, out: text, all: text + Buffer.concat(err).toString('utf8') };
  };
  return {
    run,
    async init(folder, backend = 'none', environment = {}) {
      const { code, all } = await run(
        folder,
        [
          'init',
          '-no-color',
          '-input=false',
          '-lockfile=readonly',
          ...(backend === 'none' ? ['-backend=false'] : []),
          ...(plugins === undefined ? [] : [`-plugin-dir=${plugins}`]),
        ],
        environment,
      );
      if (code !== 0) throw new Error(`terraform init in ${folder}: ${all}`);
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** For `describe.skipIf`; on CI a missing one is an error, and so is one that is too old. */
export function requireTerraform(): boolean {
  const { status, stdout } = spawnSync('terraform', ['version', '-json'], { encoding: 'utf8' });
  const [major = 0, minor = 0] =
    status === 0
      ? (JSON.parse(stdout) as { terraform_version: string }).terraform_version.split('.').map(Number)
      : [];
  const found = major > 1 || (major === 1 && minor >= 11);
  if (!found && process.env['CI'] === 'true')
    throw new Error('tests need Terraform 1.11 or later: https://developer.hashicorp.com/terraform/install');
  return found;
}
