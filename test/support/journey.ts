/**
 * The whole App against an emulated GitHub, over HTTP: signed webhooks in, check runs and comments out, real PostgreSQL,
 * real git, nothing of the product mocked. Each journey has a repository with a small extractor in awk.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, vi } from 'vitest';
import {
  startEmulatedGitHub,
  type CheckRunView,
  type EmulatedGitHub,
} from '../../src/emulated-github/index.js';
import type { CorridorSettings } from '../../src/flow/corridor.js';
import { createLog } from '../../src/log.js';
import { startService, type Service, type ServiceTiming } from '../../src/service.js';
import { readSettings } from '../../src/settings.js';
import { temporaryFolder } from './git.js';
import { createDatabase, type NewDatabase } from './postgres.js';
import { CONFIG, EXTRACTOR, Project, twelveInvoices } from './project.js';

export { CONFIG, EXTRACTOR } from './project.js';
// A retry rests for seconds; a machine that does other work is slower still. Nothing here measures time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

export const REPO = 'acme/invoices';
export const CHECK = 'DocOps (main)';

/** Reads the total of every other vendor as nothing: a regression in one field. */
export const BROKEN_TOTAL = EXTRACTOR.replace(
  '{ printf',
  '$1 == "grand_total" && /50/ { $2 = "0.00" }\n{ printf',
);
/** Another text, the same output. */
export const REFACTORED = `# Prints what it reads.\n${EXTRACTOR}`;
export const CRASHING = `BEGIN { print "cannot read the table" > "/dev/stderr"; exit 3 }\n`;

export interface StartOptions {
  readonly corridor?: Partial<CorridorSettings>;
  readonly timing?: Partial<ServiceTiming>;
  readonly env?: Readonly<Record<string, string>>;
}

export class Journey {
  readonly github: EmulatedGitHub;
  readonly database: NewDatabase;
  readonly folder: string;
  service: Service | undefined;
  repositoryId = 0;
  #fork: Promise<string> | undefined;

  private constructor(github: EmulatedGitHub, database: NewDatabase, folder: string) {
    this.github = github;
    this.database = database;
    this.folder = folder;
  }

  static async open(): Promise<Journey> {
    const folder = temporaryFolder('docops-app');
    mkdirSync(join(folder, 'github'));
    const github = await startEmulatedGitHub({ folder: join(folder, 'github') });
    const journey = new Journey(github, await createDatabase(), folder);
    await github.addOrganisation('acme');
    for (const login of ['ada', 'bob', 'mallory']) await github.addUser(login);
    return journey;
  }

  /** The repository acme/invoices with six documents, `ada` as admin and `bob` who may write. */
  async addRepository(
    options: { files?: Readonly<Record<string, string | null>>; name?: string; private?: boolean } = {},
  ): Promise<void> {
    const project = new Project({ documents: twelveInvoices().slice(0, 6) });
    try {
      for (const [name, text] of Object.entries(options.files ?? {})) {
        if (text === null) project.git('rm', '-q', '-r', name);
        else project.write(name, text);
      }
      project.commit('As the test wants it');
      const name = options.name ?? 'invoices';
      const { id } = await this.github.addRepository({
        owner: 'acme',
        name,
        from: project.root,
        private: options.private ?? false,
      });
      if (name === 'invoices') this.repositoryId = id;
      await this.github.setPermission(`acme/${name}`, 'ada', 'admin');
      await this.github.setPermission(`acme/${name}`, 'bob', 'write');
    } finally {
      project.remove();
    }
  }

  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { app, apiUrl, gitUrl } = this.github;
    return {
      APP_ID: String(app.id),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: app.webhookSecret,
      DATABASE_URL: this.database.url,
      DOCOPS_DATA: join(this.folder, 'data'),
      GITHUB_API_URL: apiUrl,
      GITHUB_GIT_URL: gitUrl,
      HOST: '127.0.0.1',
      PORT: '0',
      DOCOPS_PROCESSES: '2',
      LOG_LEVEL: process.env['DOCOPS_TEST_LOG'] ?? 'error',
      LOG_FORMAT: 'json',
      ...more,
    };
  }

  async start(options: StartOptions = {}): Promise<Service> {
    const settings = readSettings(this.env(options.env));
    this.service = await startService({
      settings,
      roles: { web: true, worker: true },
      log: createLog(settings.log),
      timing: {
        ...options.timing,
        ...(options.corridor === undefined ? {} : { corridor: options.corridor }),
      },
    });
    this.github.setWebhookUrl(`${this.service.url ?? ''}/api/github/webhooks`);
    return this.service;
  }

  async stop(): Promise<void> {
    await this.service?.stop();
    this.service = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    await this.github.close();
    await this.database.drop();
  }

  /** A branch with these files changed. Returns the commit. */
  push(
    branch: string,
    files: Readonly<Record<string, string | null>>,
    options: { emit?: boolean; repo?: string; onto?: string } = {},
  ): Promise<string> {
    const { repo = REPO, ...rest } = options;
    return this.github.pushCommit({ repo, branch, files, ...rest });
  }

  /** A pull request of `bob` into main with these files changed. */
  async pullRequest(
    branch: string,
    files: Readonly<Record<string, string | null>>,
    options: { draft?: boolean; author?: string; base?: string; emit?: boolean; repo?: string } = {},
  ): Promise<{ number: number; sha: string }> {
    const { repo = REPO, author = 'bob', base = 'main', ...rest } = options;
    const sha = await this.push(branch, files, { repo, emit: options.emit ?? true });
    const number = await this.github.openPullRequest({
      repo,
      author,
      head: branch,
      base,
      title: branch,
      ...rest,
    });
    return { number, sha };
  }

  /** mallory's fork, made once. */
  fork(): Promise<string> {
    return (this.#fork ??= this.github.fork(REPO, 'mallory'));
  }

  /** A pull request of `mallory`, who may only read, from a fork. */
  async forkPullRequest(
    branch: string,
    files: Readonly<Record<string, string | null>>,
  ): Promise<{ number: number; sha: string; fork: string }> {
    const fork = await this.fork();
    const sha = await this.push(branch, files, { repo: fork });
    const number = await this.github.openPullRequest({
      repo: REPO,
      author: 'mallory',
      head: { fork, branch },
      base: 'main',
      title: branch,
    });
    return { number, sha, fork };
  }

  checks(sha: string, repo = REPO): Promise<CheckRunView[]> {
    return this.github.checkRuns(repo, sha);
  }

  /** The newest check run of that name, as GitHub would show it. */
  async check(sha: string, name = CHECK, repo = REPO): Promise<CheckRunView | undefined> {
    return (await this.checks(sha, repo)).findLast((run) => run.name === name);
  }

  /** Waits until the newest check run of that name is completed, and is another one than `after`. */
  async concluded(
    sha: string,
    options: { name?: string; after?: CheckRunView | undefined; repo?: string } = {},
  ): Promise<CheckRunView> {
    const { name = CHECK, after, repo = REPO } = options;
    return this.until(`${name} on ${sha.slice(0, 10)} is concluded`, async () => {
      const check = await this.check(sha, name, repo);
      return check?.status === 'completed' && check.id !== after?.id ? check : undefined;
    });
  }

  /** Polls until `find` gives something; a failure says what GitHub and the queue looked like. */
  async until<T>(what: string, find: () => Promise<T | undefined | false>, timeoutMs = 60_000): Promise<T> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const found = await find();
      if (found !== undefined && found !== false) return found;
      if (Date.now() > end) throw new Error(`never came: ${what}\n${await this.describe()}`);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  /** No hint, job or evaluation is open. */
  async quiet(): Promise<void> {
    await this.github.idle();
    await this.until('nothing is left to do', async () => {
      const service = this.service;
      if (service === undefined) return true;
      const waiting = await service.queue.waiting();
      const busy = waiting.some(
        ({ kind, waiting: count, active }) => kind !== 'reconcile' && kind !== 'canary' && count + active > 0,
      );
      return !busy && (await service.store.openHints(0, 1)).length === 0;
    });
  }

  private async describe(): Promise<string> {
    const lines: string[] = [];
    for (const { event, action, statusCode } of this.github.deliveries.slice(-10))
      lines.push(`delivery ${event}.${action ?? ''} ${statusCode}`);
    for (const { method, path, status } of this.github.requests.slice(-15))
      lines.push(`request ${method} ${path} ${status}`);
    if (this.service !== undefined) {
      lines.push(`queue ${JSON.stringify(await this.service.queue.waiting())}`);
      lines.push(`dead ${JSON.stringify(await this.service.queue.dead())}`);
    }
    return lines.join('\n');
  }
}

/** One App and one GitHub for a test file; every test gets them. */
export function useJourney(
  options: StartOptions & {
    readonly files?: Readonly<Record<string, string | null>>;
    /** Variables that depend on the emulated GitHub. */
    readonly envOf?: (github: EmulatedGitHub) => Promise<Readonly<Record<string, string>>>;
    readonly private?: boolean;
    /** False: the test starts it. */
    readonly start?: boolean;
  } = {},
): () => Journey {
  let journey: Journey | undefined;
  const open = async (): Promise<void> => {
    journey = await Journey.open();
    await journey.addRepository({
      ...(options.files === undefined ? {} : { files: options.files }),
      private: options.private ?? false,
    });
    if (options.start === false) await journey.github.install('acme', { emit: false });
    else {
      const more = (await options.envOf?.(journey.github)) ?? {};
      await journey.start({ ...options, env: { ...options.env, ...more } });
      await journey.github.install('acme');
    }
  };
  beforeAll(open, 120_000);
  afterEach(async () => {
    // What one test set must not reach the next one.
    journey?.github.setDelivery(() => 'deliver');
    await journey?.github.idle();
  });
  afterAll(async () => {
    await journey?.close();
  }, 120_000);
  return () => {
    if (journey === undefined) throw new Error('the journey has not begun');
    return journey;
  };
}

export function configWith(text: string): string {
  return `${CONFIG}${text}`;
}
