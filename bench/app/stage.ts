/** What the App's benches stand on: PostgreSQL as in production, an emulated GitHub, a repository with a tiny extractor. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../src/emulated-github/index.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/postgres/embedded.js';

export const REPO = 'acme/invoices';
export const CHECK = 'DocOps (main)';
export const DOCUMENTS = 3;

export const EXTRACTOR = `BEGIN { FS = ": "; printf "{" }
{ printf "%s\\"%s\\": \\"%s\\"", (NR > 1 ? ", " : ""), $1, $2 }
END { print "}" }
`;

const COMMAND = 'awk -f extract/main.awk "$DOCOPS_DOCUMENT"';

/** `deterministic: true` is one run of each side, so that 200 evaluations fit in a few minutes. */
const config = (command: string): string => `version: 1
pipelines:
  invoices:
    paths: ["extract/**"]
    dataset: eval/invoices
    extract:
      run: ${JSON.stringify(command)}
      deterministic: true
    fields:
      invoice_number: id
      vendor: text
      grand_total: money
`;

export interface Stage {
  readonly folder: string;
  readonly github: EmulatedGitHub;
  readonly postgres: EmbeddedPostgres;
  readonly port: number;
  /** Of a process of the App. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function openStage(options: {
  /** Told the stage's folder; default: the extractor alone. */
  readonly command?: (folder: string, extract: string) => string;
  readonly webhooksAtOnce?: number;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'docops-bench-'));
  // As root, PostgreSQL runs as another user, who has to get at its folder.
  chmodSync(folder, 0o711);
  for (const name of ['github', 'data', 'database']) mkdirSync(join(folder, name));
  // Written to disk as in production: a server that is ended like a crash must not lose what it had confirmed.
  const postgres = await startEmbeddedPostgres({
    folder: join(folder, 'database'),
    settings: { max_connections: '100' },
  });
  const github = await startEmulatedGitHub({
    folder: join(folder, 'github'),
    webhooksAtOnce: options.webhooksAtOnce ?? 8,
  });
  await github.addOrganisation('acme');
  await github.addUser('bob');
  await github.addRepository({
    owner: 'acme',
    name: 'invoices',
    from: makeRepository(join(folder, 'origin'), options.command?.(folder, COMMAND) ?? COMMAND),
  });
  await github.setPermission(REPO, 'bob', 'write');
  const port = await freePort();
  github.setWebhookUrl(`http://127.0.0.1:${port}/api/github/webhooks`);
  return {
    folder,
    github,
    postgres,
    port,
    env: {
      APP_ID: String(github.app.id),
      PRIVATE_KEY: github.app.privateKey,
      WEBHOOK_SECRET: github.app.webhookSecret,
      DATABASE_URL: postgres.url,
      DOCOPS_DATA: join(folder, 'data'),
      GITHUB_API_URL: github.apiUrl,
      GITHUB_GIT_URL: github.gitUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
      DOCOPS_PROCESSES: '1',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      ...options.env,
    },
    async close() {
      await github.close();
      await postgres.stop();
    },
  };
}

/** Removes what a stage left on disk; kept where somebody has to look at it. */
export function removeStage({ folder }: Stage): void {
  rmSync(folder, { recursive: true, force: true });
}

function makeRepository(root: string, command: string): string {
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  write('.docops.yml', config(command));
  write('extract/main.awk', EXTRACTOR);
  write('README.md', 'An extractor.\n');
  const labels: string[] = [];
  for (let index = 1; index <= DOCUMENTS; index++) {
    const fields = {
      invoice_number: `INV-00${index}`,
      vendor: ['Acme', 'Birch & Co', 'Çelik Ltd'][index % 3] ?? '',
      grand_total: `${100 + index * 7}.50`,
    };
    const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`);
    write(`eval/invoices/documents/d${index}.txt`, lines.join(''));
    labels.push(`${JSON.stringify({ id: `d${index}`, fields })}\n`);
  }
  write('eval/invoices/labels.jsonl', labels.join(''));
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', ...args], {
      cwd: root,
      stdio: 'ignore',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    });
  };
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'First version');
  return root;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
