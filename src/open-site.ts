/** Pages and API with what they work on: the database, mirrors for documents and configurations, GitHub for who may look. */
import type pg from 'pg';
import { createConfigurationFiles } from './configuration-files.js';
import { createDocumentViews } from './document-views.js';
import { createSignIn } from './github/sign-in.js';
import type { Links } from './http/links.js';
import type { Handler } from './http/reply.js';
import { createSite } from './http/site/index.js';
import { openDatasets } from './open-datasets.js';
import type { Log } from './ports/log.js';
import type { Mirrors } from './ports/mirror.js';
import type { Queue } from './ports/queue.js';
import type { Store } from './ports/store.js';
import { createApiTokens } from './postgres/api-tokens.js';
import { createInsight } from './postgres/insight.js';
import { createSessions } from './postgres/sessions.js';
import { createSimulations } from './postgres/simulations.js';
import type { Settings } from './settings.js';
import { version } from './version.js';

export function openSite({
  settings,
  store,
  queue,
  pool,
  mirrors,
  links,
  secrets,
  log,
}: {
  readonly settings: Settings;
  readonly store: Store;
  readonly queue: Queue;
  readonly pool: pg.Pool;
  readonly mirrors: Mirrors;
  readonly links: Links;
  /** The current one first; what an earlier one sealed is still opened. */
  readonly secrets: readonly [string, ...string[]];
  readonly log: Log;
}): Handler {
  const { github, signIn } = settings;
  return createSite({
    store,
    insight: createInsight(pool),
    sessions: createSessions(pool),
    tokens: createApiTokens(pool),
    simulations: createSimulations(pool),
    signIn:
      signIn === null
        ? null
        : createSignIn({
            clientId: signIn.clientId,
            clientSecret: signIn.clientSecret.reveal(),
            apiUrl: github.apiUrl,
            webUrl: github.webUrl,
            version,
            log,
          }),
    documents: createDocumentViews({
      mirrors,
      datasets: openDatasets({ registry: settings.datasets, cacheFolder: settings.dataFolder }),
      log,
    }),
    configurationFiles: createConfigurationFiles(mirrors),
    queue,
    links,
    log,
    settings: { url: settings.url, gitHubUrl: github.webUrl, version, secrets },
  });
}
