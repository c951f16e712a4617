/** The corridor with what it works on: this machine, or a cluster, as the place to measure. */
import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type pg from 'pg';
import type { Cloud } from './cloud.js';
import { createEvaluator } from './evaluator.js';
import type { Corridor, CorridorSettings } from './flow/corridor.js';
import { createCorridor } from './flow/create-corridor.js';
import type { Links } from './http/links.js';
import { mirrorsFolder } from './open-mirrors.js';
import type { GitHub } from './ports/github.js';
import type { Log } from './ports/log.js';
import type { Mirrors } from './ports/mirror.js';
import type { Queue } from './ports/queue.js';
import type { Store } from './ports/store.js';
import { createDocumentCosts } from './postgres/document-costs.js';
import { createInsight } from './postgres/insight.js';
import { createSimulations } from './postgres/simulations.js';
import { createSpending } from './postgres/spending.js';
import type { Settings } from './settings.js';

/** GitHub: 80 content writes a minute for all that an installation does. */
const PROGRESS_EVERY_MS = 30_000;
const STALE_MS = 60_000;
const TRIES = 3;

export function openCorridor({
  settings,
  store,
  queue,
  github,
  mirrors,
  pool,
  log,
  links,
  ownLogin,
  cloud,
  overrides,
}: {
  readonly settings: Settings;
  readonly store: Store;
  readonly queue: Queue;
  readonly github: GitHub;
  readonly mirrors: Mirrors;
  readonly pool: pg.Pool;
  readonly log: Log;
  readonly links: Links;
  readonly ownLogin: string;
  readonly cloud: Cloud | null;
  readonly overrides: Partial<CorridorSettings>;
}): Corridor {
  return createCorridor({
    store,
    jobs: queue,
    github,
    mirrors,
    evaluator: createEvaluator({
      pool,
      datasets: { registry: settings.datasets, cacheFolder: settings.dataFolder },
      hidden: [settings.dataFolder, mirrorsFolder(settings)],
      extractorEnv: settings.extractorEnv,
      processes: settings.processes,
      runner: settings.runner,
      cloud,
    }),
    costs: createDocumentCosts(pool),
    spending: createSpending(pool),
    simulations: createSimulations(pool),
    insight: createInsight(pool),
    log,
    settings: {
      worker: `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`,
      trustedApps: settings.trustedApps,
      ownLogin,
      detailsUrl: (id) => links.detailsUrl(id),
      progressEveryMs: PROGRESS_EVERY_MS,
      staleMs: STALE_MS,
      deadlineMs: settings.deadlineMs,
      tries: TRIES,
      ...overrides,
    },
    newId: randomUUID,
  });
}
