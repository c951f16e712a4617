/**
 * Everything the demonstration needs, on this machine and for as long as it runs: PostgreSQL, an emulated GitHub with the
 * example repository, and the App with real signed webhooks between them.
 */
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulatedGitHub, type EmulatedGitHub } from '../emulated-github/index.js';
import { createLog } from '../log.js';
import { startEmbeddedPostgres } from '../postgres/embedded.js';
import { startService, type Service } from '../service.js';
import { readSettings } from '../settings.js';
import { PULL_REQUESTS } from './pull-requests.js';

export const REPO = 'example/invoices';
export const CHECK = 'DocOps (main)';

interface Example {
  materialize(directory: string): Promise<{
    readonly branches: readonly { readonly name: string; readonly title: string }[];
  }>;
}

export interface Stage {
  readonly github: EmulatedGitHub;
  readonly service: Service;
  /** Branch → number and head commit. */
  readonly pulls: ReadonlyMap<
    string,
    { readonly number: number; readonly sha: string; readonly title: string }
  >;
  readonly folder: string;
  close(): Promise<void>;
}

export async function setStage(say: (line: string) => void): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'docops-demo-'));
  const closing: (() => Promise<void>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  ];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    say('starting PostgreSQL, an emulated GitHub and the App');
    // A folder of its own: as root, PostgreSQL runs as another user, who may not enter ours.
    const databaseFolder = await mkdtemp(join(tmpdir(), 'docops-demo-postgres-'));
    const database = await startEmbeddedPostgres({ folder: databaseFolder, disposable: true });
    closing.push(() => database.stop());
    const github = await startGitHub(folder);
    closing.push(() => github.close());
    const titles = await materialize(join(folder, 'invoices'));
    await github.addOrganisation('example');
    for (const login of ['ada', 'bob', 'mallory']) await github.addUser(login);
    await github.addRepository({ owner: 'example', name: 'invoices', from: join(folder, 'invoices') });
    await github.setPermission(REPO, 'ada', 'admin');
    await github.setPermission(REPO, 'bob', 'write');

    const service = await startApp(folder, github, database.url);
    closing.push(() => service.stop());
    github.setWebhookUrl(`${service.url ?? ''}/api/github/webhooks`);
    await github.install('example');
    await github.requireCheck(REPO, 'main', CHECK, { pinned: true });
    say(`opening ${PULL_REQUESTS.length} pull requests`);
    const pulls = await openPullRequests(github, titles);
    return { github, service, pulls, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startGitHub(folder: string): Promise<EmulatedGitHub> {
  await mkdir(join(folder, 'github'));
  return startEmulatedGitHub({ folder: join(folder, 'github') });
}

async function materialize(folder: string): Promise<ReadonlyMap<string, string>> {
  const example = (await import(
    new URL('../../../examples/materialize.mjs', import.meta.url).href
  )) as Example;
  const { branches } = await example.materialize(folder);
  return new Map(branches.map(({ name, title }) => [name, title]));
}

async function startApp(folder: string, github: EmulatedGitHub, databaseUrl: string): Promise<Service> {
  const port = await freePort();
  const settings = readSettings({
    PATH: process.env['PATH'],
    APP_ID: String(github.app.id),
    PRIVATE_KEY: github.app.privateKey,
    WEBHOOK_SECRET: github.app.webhookSecret,
    GITHUB_CLIENT_ID: github.app.clientId,
    GITHUB_CLIENT_SECRET: github.app.clientSecret,
    DATABASE_URL: databaseUrl,
    DOCOPS_DATA: join(folder, 'data'),
    DOCOPS_URL: `http://127.0.0.1:${port}`,
    DOCOPS_EVALUATIONS: '1',
    GITHUB_API_URL: github.apiUrl,
    GITHUB_GIT_URL: github.gitUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
  });
  return startService({ settings, roles: { web: true, worker: true }, log: createLog(settings.log) });
}

async function openPullRequests(
  github: EmulatedGitHub,
  titles: ReadonlyMap<string, string>,
): Promise<Map<string, { number: number; sha: string; title: string }>> {
  const pulls = new Map<string, { number: number; sha: string; title: string }>();
  for (const { branch, author, fork } of PULL_REQUESTS) {
    const title = titles.get(branch) ?? branch;
    const head = fork ? { fork: await github.fork(REPO, author), branch } : branch;
    const number = await github.openPullRequest({ repo: REPO, author, head, base: 'main', title });
    pulls.set(branch, { number, sha: await headOf(github, number), title });
  }
  return pulls;
}

async function headOf(github: EmulatedGitHub, number: number): Promise<string> {
  const arguments_ = ['--git-dir', github.barePath(REPO), 'rev-parse', `refs/pull/${number}/head`];
  return (await promisify(execFile)('git', arguments_)).stdout.trim();
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
