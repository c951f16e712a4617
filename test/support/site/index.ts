/**
 * A whole instance to look at: every page behind the real web server, a real database that was filled through the stores,
 * an emulated GitHub to sign in with, and the example repository behind the documents. No worker runs: what happens is
 * what a test writes.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { RepositoryRef } from '../../../src/core/app-words.js';
import type { Report } from '../../../src/core/report/schema.js';
import { createConfigurationFiles } from '../../../src/configuration-files.js';
import { createDocumentViews } from '../../../src/document-views.js';
import { startEmulatedGitHub, type EmulatedGitHub } from '../../../src/emulated-github/index.js';
import { createMirrors } from '../../../src/git/mirror/index.js';
import { createSignIn } from '../../../src/github/sign-in.js';
import { createLinks } from '../../../src/http/links.js';
import { startWebServer } from '../../../src/http/server.js';
import { createSite } from '../../../src/http/site/index.js';
import type { Handler } from '../../../src/http/reply.js';
import { openDatasets } from '../../../src/open-datasets.js';
import type { Log } from '../../../src/ports/log.js';
import type { Queue } from '../../../src/ports/queue.js';
import type { Simulations } from '../../../src/ports/simulations.js';
import type { Store } from '../../../src/ports/store.js';
import { createApiTokens } from '../../../src/postgres/api-tokens.js';
import { createInsight } from '../../../src/postgres/insight.js';
import { createSessions } from '../../../src/postgres/sessions.js';
import { createSimulations } from '../../../src/postgres/simulations.js';
import { createStore } from '../../../src/postgres/store.js';
import { createQueue, migrateQueue } from '../../../src/queue/index.js';
import { seedSite, type SeededRepositories, type SeededRuns } from './seed.js';

const SECRET = 'of-the-seeded-site-and-long-enough-for-it';
/** The drawing process runs from the built program: sources are TypeScript. */
const WORKER = new URL('../../../dist/src/report/page-worker.js', import.meta.url);

export interface SeededSite {
  readonly url: string;
  readonly store: Store;
  readonly simulations: Simulations;
  readonly github: EmulatedGitHub;
  readonly repositories: SeededRepositories;
  readonly runs: SeededRuns;
  /** A simulation that has ended. */
  readonly tried: string;
  /** What the server complained of. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export interface SiteOptions {
  /** With the schema in it, and empty. */
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  /** There, and the caller's to delete. */
  readonly folder: string;
  /** The example repository and a report on its branch `regression`. */
  readonly example: { readonly repository: string; readonly report: Report };
}

/**
 * `ada` administers acme/invoices, `bob` writes to it, `rita` reads it; acme/contracts is for `carol` alone; everybody
 * reads acme/receipts, and `mallory` nothing else.
 */
export async function openSeededSite({
  pool,
  databaseUrl,
  folder,
  example,
}: SiteOptions): Promise<SeededSite> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    mkdirSync(join(folder, 'github'), { recursive: true });
    const github = await startEmulatedGitHub({ folder: join(folder, 'github') });
    closing.push(() => github.close());
    const repositories = await populate(github, example.repository);

    const store = createStore(pool);
    closing.push(() => store.close());
    const runs = await seedSite(pool, store, repositories, example.report);
    await migrateQueue(databaseUrl);
    const complaints: string[] = [];
    const log = logInto(complaints);
    const queue = await createQueue({ backend: 'postgres', url: databaseUrl, log });
    closing.push(() => queue.close());

    const handlers: Handler[] = [];
    const server = await startWebServer({ host: '127.0.0.1', port: 0, handlers, log });
    closing.push(() => server.stop(1_000));
    const simulations = createSimulations(pool);
    handlers.push(site({ pool, store, queue, simulations, github, folder, url: server.url, log }));
    const tried = await tryConfiguration(simulations, repositories.invoices.id, runs);
    return { url: server.url, store, simulations, github, repositories, runs, tried, complaints, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function populate(github: EmulatedGitHub, example: string): Promise<SeededRepositories> {
  await github.addOrganisation('acme');
  for (const login of ['ada', 'bob', 'rita', 'carol', 'mallory']) await github.addUser(login);
  const add = async (name: string, isPrivate: boolean): Promise<RepositoryRef> => {
    const { id } = await github.addRepository({ owner: 'acme', name, from: example, private: isPrivate });
    // The head of every branch is what a run may have been of; pull requests of this GitHub are not needed for that.
    execFileSync('git', [
      '-C',
      github.barePath(`acme/${name}`),
      'config',
      'uploadpack.allowAnySHA1InWant',
      'true',
    ]);
    return { id, installationId: 0, owner: 'acme', name };
  };
  const [invoices, contracts, receipts] = [
    await add('invoices', true),
    await add('contracts', true),
    await add('receipts', false),
  ];
  await github.setPermission('acme/invoices', 'ada', 'admin');
  await github.setPermission('acme/invoices', 'bob', 'write');
  await github.setPermission('acme/invoices', 'rita', 'read');
  await github.setPermission('acme/contracts', 'carol', 'admin');
  await github.setPermission('acme/receipts', 'ada', 'write');
  const { id: installationId } = await github.install('acme', { emit: false });
  return {
    invoices: { ...invoices, installationId },
    contracts: { ...contracts, installationId },
    receipts: { ...receipts, installationId },
  };
}

function site(parts: {
  readonly pool: pg.Pool;
  readonly store: Store;
  readonly queue: Queue;
  readonly simulations: Simulations;
  readonly github: EmulatedGitHub;
  readonly folder: string;
  readonly url: string;
  readonly log: Log;
}): Handler {
  const { pool, store, queue, simulations, github, folder, url, log } = parts;
  const mirrors = createMirrors({
    folder: join(folder, 'mirrors'),
    cloneUrl: ({ owner, name }) => `file://${github.barePath(`${owner}/${name}`)}`,
    token: () => Promise.resolve(''),
    log,
  });
  return createSite({
    store,
    insight: createInsight(pool),
    sessions: createSessions(pool),
    tokens: createApiTokens(pool),
    simulations,
    signIn: createSignIn({
      clientId: github.app.clientId,
      clientSecret: github.app.clientSecret,
      apiUrl: github.apiUrl,
      webUrl: github.apiUrl,
      version: '1.2.3',
      log,
    }),
    documents: createDocumentViews({
      mirrors,
      datasets: openDatasets({ registry: null, cacheFolder: join(folder, 'datasets') }),
      log,
      workerUrl: WORKER,
    }),
    configurationFiles: createConfigurationFiles(mirrors),
    queue,
    links: createLinks(url, [SECRET]),
    log,
    settings: { url, gitHubUrl: github.apiUrl, version: '1.2.3', secrets: [SECRET] },
  });
}

function logInto(complaints: string[]): Log {
  const complain = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    const error = fields['err'];
    complaints.push(`${message}${error instanceof Error ? `: ${error.stack ?? error.message}` : ''}`);
  };
  return { debug: () => undefined, info: () => undefined, warn: complain, error: complain };
}

/** A policy that lets the blocked run through, and cannot say what it would do to the other one. */
async function tryConfiguration(
  simulations: Simulations,
  repositoryId: number,
  { blocked, passed }: SeededRuns,
): Promise<string> {
  const asked = { repositoryId, baseRef: 'main', requestedBy: 'ada', lastRuns: 2 };
  const { id } = await simulations.requestSimulation({ ...asked, configuration: 'version: 1\n# <script>\n' });
  await simulations.claimSimulation(id, 'worker', 60_000);
  const pipeline = 'invoices';
  await simulations.addSimulated(id, 'worker', {
    ...{ evaluationId: blocked, pipeline, was: { verdict: 'block', blocked: true } },
    would: {
      verdict: 'pass',
      blocked: false,
      base: 0.96,
      head: 0.955,
      reasons: ['<b>Within</b> the limit.'],
    },
    note: null,
  });
  await simulations.addSimulated(id, 'worker', {
    ...{ evaluationId: passed, pipeline, was: { verdict: 'pass', blocked: false } },
    would: null,
    note: 'It needs a run of the head on 12 documents that is not stored.',
  });
  await simulations.endSimulation(id, 'worker', null);
  return id;
}
