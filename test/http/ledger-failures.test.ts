/** The ledger's page and files where something fails, and where it is asked for by many. */
import { expect, it, onTestFinished } from 'vitest';
import { startWebServer } from '../../src/http/server.js';
import { createSite } from '../../src/http/site/index.js';
import type { SitePorts } from '../../src/http/site/words.js';
import { createLog } from '../../src/log.js';
import type { Insight } from '../../src/ports/insight.js';
import { Browser, testSite } from './site-support.js';

const REPOSITORY = { id: 21, installationId: 3, owner: 'acme', name: 'extract' };
const PATH = '/repositories/acme/extract/ledger';

async function visit(insight: Partial<Insight>) {
  const site = testSite({
    access: [{ repositoryId: REPOSITORY.id, role: 'read', isPublic: false }],
    ports: {
      store: { now: () => Promise.resolve(0) } as unknown as SitePorts['store'],
      insight: {
        repositoryNamed: () => Promise.resolve(REPOSITORY),
        decided: () => Promise.resolve({ acceptances: [], disputes: [] }),
        ledger: () => Promise.resolve([]),
        ...insight,
      } as unknown as Insight,
    },
  });
  const browser = new Browser(site.app);
  await browser.signIn(site.github);
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
  return { ...site, browser, cookie };
}

it.each(['csv', 'json'])(
  'an export (%s) that fails tells the log why, and not its reader',
  async (ending) => {
    const { ports, cookie, log } = await visit({
      ledger: () => Promise.reject(new Error('relation docops.audit of 10.0.0.7 is broken')),
    });
    const server = await startWebServer({
      host: '127.0.0.1',
      port: 0,
      handlers: [createSite(ports)],
      log: createLog({ level: 'silent', format: 'json' }),
    });
    onTestFinished(() => server.stop(0));
    const text = await fetch(`${server.url}${PATH}.${ending}`, { headers: { cookie } })
      .then((response) => response.text())
      .catch((error: unknown) => String(error));
    expect(text).not.toContain('10.0.0.7');
    expect(log.map(({ message }) => message)).toContain('an export of the ledger failed');
  },
);

it('the chain is read once for all who ask meanwhile', async () => {
  let [read, begun] = [0, 0];
  let end = (): void => undefined;
  const { browser } = await visit({
    ledger: () => Promise.resolve([]),
    ledgerIsWhole: async () => {
      read += 1;
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return { whole: true, lines: 7, brokenAt: null };
    },
    repositoryNamed: () => {
      begun += 1;
      return Promise.resolve(REPOSITORY);
    },
  });
  const pages = [1, 2, 3].map(() => browser.ask(`${PATH}?verify=1`));
  await expect.poll(() => [begun, read]).toEqual([3, 1]);
  await new Promise((resolve) => setTimeout(resolve, 50));
  end();
  for (const page of await Promise.all(pages)) expect(await page.text()).toContain('over all 7 lines');
  expect(read).toBe(1);
});
