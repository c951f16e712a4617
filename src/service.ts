/**
 * The App as one process: the web server, the workers, or both, on one database. What was opened is closed in the reverse
 * order, also when the start fails half-way.
 */
import type { Logger } from 'pino';
import { createApp } from './app.js';
import { openDatabase, queueAddress, type Database } from './database.js';
import type { Corridor, CorridorSettings } from './flow/corridor.js';
import { createGitHub } from './github/index.js';
import { createHealthHandler, type ReadyCheck } from './http/health.js';
import { createLinks } from './http/links.js';
import { say, type Handler } from './http/reply.js';
import { startWebServer } from './http/server.js';
import { createWebhookHandler } from './http/webhook.js';
import { openCorridor } from './open-corridor.js';
import { openMirrors } from './open-mirrors.js';
import { openSite } from './open-site.js';
import { learnOwnApp } from './own-app.js';
import type { Queue, Workers } from './ports/queue.js';
import type { Store } from './ports/store.js';
import { migrate } from './postgres/migrate.js';
import { createStore } from './postgres/store.js';
import { readyChecks } from './ready.js';
import type { EcsTiming } from './runners/ecs/index.js';
import { createQueue, migrateQueue, type QueueTiming } from './queue/index.js';
import type { Settings } from './settings.js';
import { version } from './version.js';

export interface ServiceOptions {
  readonly settings: Settings;
  readonly roles: { readonly web: boolean; readonly worker: boolean };
  readonly log: Logger;
  /** Ends a start that is still waiting. */
  readonly signal?: AbortSignal;
  /** Tests and fault runs shorten these. */
  readonly timing?: Partial<ServiceTiming>;
}

export interface ServiceTiming {
  readonly graceMs: number;
  readonly reconcileEveryMs: number;
  readonly queue: Partial<QueueTiming>;
  readonly corridor: Partial<CorridorSettings>;
  readonly tasks: Partial<EcsTiming>;
}

export interface Service {
  /** As it can be reached from this machine; null without the web role. */
  readonly url: string | null;
  readonly store: Store;
  readonly queue: Queue;
  /** The App's own login, `docops[bot]`. */
  readonly ownLogin: string;
  /** Finishes what is under way, hands the rest back, closes everything. Safe to call again. */
  stop(): Promise<void>;
}

const TIMING: ServiceTiming = {
  // Requests end within it; evaluations last longer and are handed back. Orchestrators wait 10 s (Docker) or 30 s (Kubernetes).
  graceMs: 8_000,
  reconcileEveryMs: 60_000,
  queue: {},
  corridor: {},
  tasks: {},
};
const CANARY_EVERY_MS = 60_000;

/** Throws UsageError for what a person has to mend. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const closing: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse())
      await close().catch((err: unknown) => options.log.warn({ err }, 'not closed cleanly'));
  };
  try {
    return await start(options, (close) => closing.push(close), closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  { settings, roles, log, signal, timing }: ServiceOptions,
  onClose: (close: () => Promise<unknown>) => unknown,
  closeAll: () => Promise<void>,
): Promise<Service> {
  const times = { ...TIMING, ...timing };
  let stopping = false;
  for (const warning of settings.warnings) log.warn({}, warning);

  // It listens first: a wrong port is said at once, and health can be asked while the rest starts.
  const handlers: Handler[] = [];
  const checks: ReadyCheck[] = [];
  const web = roles.web
    ? await startWebServer({ host: settings.host, port: settings.port, handlers, log })
    : undefined;
  if (web !== undefined) onClose(() => web.stop(times.graceMs));
  handlers.push(createHealthHandler({ checks, log, stopping: () => stopping }), starting);
  checks.push({ name: 'start', check: () => Promise.resolve('under way') });

  const database = await openDatabase(settings, { log, ...(signal === undefined ? {} : { signal }) });
  onClose(() => database.close());
  await migrateAll(settings, database, log);
  const store = createStore(database.pool);
  onClose(() => store.close());
  const queue = await createQueue({
    ...queueAddress(settings, database),
    timing: times.queue,
    log,
  });
  onClose(() => queue.close());

  const github = createGitHub({
    appId: settings.app.id,
    privateKey: settings.app.privateKey.reveal(),
    apiUrl: settings.github.apiUrl,
    gitUrl: settings.github.gitUrl,
    version,
    log,
  });
  const { login: ownLogin } = await learnOwnApp(github, log, signal);
  const secrets = webhookSecrets(settings);
  const links = createLinks(settings.url, secrets, { signIn: settings.signIn !== null });
  const cloud =
    settings.ecs === null
      ? null
      : await (
          await import('./cloud.js')
        ).openCloud(
          { ecs: settings.ecs, pricesFile: settings.pricesFile },
          { pool: database.pool, log, timing: times.tasks },
        );
  if (cloud !== null) onClose(() => cloud.close());
  const mirrors = openMirrors(settings, github, log);
  const corridor = openCorridor({
    settings,
    store,
    queue,
    github,
    mirrors,
    pool: database.pool,
    log,
    links,
    ownLogin,
    cloud,
    overrides: times.corridor,
  });

  const workers = roles.worker ? await startWorkers(queue, corridor, settings, times) : undefined;
  const events = roles.worker ? cloud?.listen() : undefined;
  if (events !== undefined) onClose(() => events.stop());
  // Opened last, closed first: what is under way still needs all the rest.
  onClose(() => Promise.all([web?.stop(times.graceMs), workers?.stop(times.graceMs)]));
  const begun = await store.now();
  checks.splice(
    0,
    checks.length,
    ...readyChecks({ pool: database.pool, store, queue, worker: roles.worker, begun }),
  );
  if (web !== undefined) {
    const webhook = await createWebhookHandler({
      appId: settings.app.id,
      privateKey: settings.app.privateKey.reveal(),
      apiUrl: settings.github.apiUrl,
      secrets,
      app: createApp({
        receive: (delivery) => corridor.receive(delivery),
        own: { id: settings.app.id, login: ownLogin },
        log,
      }),
      log,
    });
    handlers.splice(
      1,
      1,
      webhook,
      openSite({ settings, store, queue, pool: database.pool, mirrors, links, secrets, log }),
    );
  }
  log.info({ url: web?.url, worker: roles.worker, app: ownLogin, version }, 'ready');

  return {
    url: web?.url ?? null,
    store,
    queue,
    ownLogin,
    stop: once(async () => {
      stopping = true;
      log.info({}, 'stops: takes nothing new, finishes what is under way');
      await closeAll();
      log.info({}, 'stopped');
    }),
  };
}

function webhookSecrets({ app }: Settings): [string, ...string[]] {
  const previous = app.webhookSecretPrevious;
  return [app.webhookSecret.reveal(), ...(previous === null ? [] : [previous.reveal()])];
}

/** Brings state and jobs up to date. */
async function migrateAll(settings: Settings, database: Database, log: Logger): Promise<void> {
  const { pool, url, password } = database;
  const applied = await migrate(pool);
  if (applied.length > 0) log.info({ applied }, 'the database was migrated');
  if (settings.queueRedisUrl === null) await migrateQueue(url, undefined, password);
}

async function startWorkers(
  queue: Queue,
  corridor: Corridor,
  settings: Settings,
  times: ServiceTiming,
): Promise<Workers> {
  const workers = await queue.work(corridor.handlers, {
    look: 4,
    hint: 4,
    publish: 4,
    evaluate: settings.evaluations,
    simulate: 1,
    reconcile: 1,
    canary: 1,
  });
  await queue.every({ kind: 'reconcile' }, times.reconcileEveryMs);
  await queue.every({ kind: 'canary' }, CANARY_EVERY_MS);
  return workers;
}

const starting: Handler = (_request, response) =>
  say(response, 503, 'starting, send it again', { 'retry-after': '10' });

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
