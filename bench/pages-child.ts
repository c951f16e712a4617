/** One web server in a process of its own, so that its first answer is a first one and its heap is its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLinks } from '../src/http/links.js';
import { startWebServer } from '../src/http/server.js';
import { createSite } from '../src/http/site/index.js';
import type { SitePorts } from '../src/http/site/words.js';
import type { Log } from '../src/ports/log.js';
import { createApiTokens } from '../src/postgres/api-tokens.js';
import { createInsight } from '../src/postgres/insight.js';
import { openPool } from '../src/postgres/pool.js';
import { createSessions } from '../src/postgres/sessions.js';
import { createSimulations } from '../src/postgres/simulations.js';
import { createStore } from '../src/postgres/store.js';

/** Keys of links are made with it on both sides. */
export const SECRET = 'of-the-bench-of-pages-and-long-enough';

export type Said = { readonly url: string } | Usage;

export interface Usage {
  /** Processor time since it listens. */
  readonly cpuMs: number;
  readonly heapMiB: number;
  readonly residentMiB: number;
}

if (process.send !== undefined) {
  const [role = 'site', databaseUrl = ''] = process.argv.slice(2);
  const say = (said: Said): void => void process.send?.(said);
  let listening = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(listening);
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    say({ cpuMs: (user + system) / 1000, heapMiB: heapUsed / 2 ** 20, residentMiB: rss / 2 ** 20 });
  });
  const url = role === 'site' ? await site(databaseUrl) : await bare(databaseUrl);
  listening = process.cpuUsage();
  say({ url });
}

async function site(databaseUrl: string): Promise<string> {
  const pool = openPool({ url: databaseUrl });
  const nothing = (): undefined => undefined;
  const log: Log = { debug: nothing, info: nothing, warn: console.error, error: console.error };
  const ports: SitePorts = {
    store: createStore(pool),
    insight: createInsight(pool),
    sessions: createSessions(pool),
    tokens: createApiTokens(pool),
    simulations: createSimulations(pool),
    signIn: null,
    documents: { view: () => Promise.resolve([]) },
    configurationFiles: { current: () => Promise.resolve(undefined) },
    queue: { add: () => Promise.resolve(), waiting: () => Promise.resolve([]) },
    links: createLinks(null, [SECRET]),
    log,
    settings: { url: null, gitHubUrl: 'https://github.com', version: 'bench', secrets: [SECRET] },
  };
  const handlers = [createSite(ports)];
  return (await startWebServer({ host: '127.0.0.1', port: 0, handlers, log })).url;
}

/** The floor: the stored text of the report, and nothing made of it. */
async function bare(databaseUrl: string): Promise<string> {
  const pool = openPool({ url: databaseUrl });
  // A connection takes its time as well, and the other side has one when it is asked first.
  await pool.query('select 1');
  const server = createServer((_request, response) => {
    void pool
      .query<{ report: string }>('select report::text as report from docops.reports limit 1')
      .then(({ rows }) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(rows[0]?.report);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
