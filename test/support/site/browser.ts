/** A browser in front of the seeded instance: people who are signed in, and what the browser complained of. */
import axe from 'axe-core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { useDatabase } from '../postgres.js';
import { evaluateExample } from './example-report.js';
import { openSeededSite, type SeededSite } from './index.js';

export interface Visit {
  readonly page: Page;
  /** Errors and violations of the content policy, in the console's words; whoever asserts on it empties it. */
  readonly problems: string[];
  /** Requests to anybody but the instance; those of the sign-in are not among them. */
  readonly elsewhere: string[];
}

export interface SiteInBrowser {
  readonly site: SeededSite;
  readonly browser: Browser;
  /** Signed in through GitHub in a context of its own, which is kept: the same person and options give the same page. */
  readonly as: (login: string, options?: BrowserContextOptions) => Promise<Visit>;
  /** A context in which nobody is signed in. */
  readonly nobody: (options?: BrowserContextOptions) => Promise<Visit>;
}

/** Call at the top of a `describe` that is skipped where there is no browser. */
export function useSite(): () => SiteInBrowser {
  const database = useDatabase();
  let current: SiteInBrowser | undefined;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'docops-site-'));
    const [browser, example] = await Promise.all([
      chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      }),
      evaluateExample(folder),
    ]);
    const site = await openSeededSite({
      pool: database.pool(),
      databaseUrl: database.url(),
      folder,
      example,
    });
    const visits = new Map<string, Promise<Visit>>();
    current = {
      site,
      browser,
      as(login, options = {}) {
        const key = JSON.stringify([login, options]);
        const known = visits.get(key) ?? signedIn(browser, site, login, options);
        visits.set(key, known);
        return known;
      },
      nobody: (options = {}) => newVisit(browser, site, options),
    };
  }, 240_000);
  afterAll(async () => {
    await current?.browser.close();
    await current?.site.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    if (current === undefined) throw new Error('the instance is there inside tests and hooks only');
    return current;
  };
}

async function newVisit(browser: Browser, site: SeededSite, options: BrowserContextOptions): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  const elsewhere: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(site.url) && !url.startsWith('data:')) elsewhere.push(url);
  });
  return { page, problems, elsewhere };
}

async function signedIn(
  browser: Browser,
  site: SeededSite,
  login: string,
  options: BrowserContextOptions,
): Promise<Visit> {
  const visit = await newVisit(browser, site, options);
  await signIn(visit.page, site, login);
  // The page of the emulated GitHub has no icon.
  visit.problems.length = 0;
  visit.elsewhere.length = 0;
  return visit;
}

/** Through GitHub's page to the address `to`. */
export async function signIn(page: Page, site: SeededSite, login: string, to = '/'): Promise<void> {
  await page.goto(`${site.url}/sign-in?${new URLSearchParams({ to }).toString()}`);
  await page.getByRole('button', { name: login, exact: true }).click();
  await page.waitForURL((url) => url.href.startsWith(site.url) && url.pathname !== '/sign-in/callback');
}

/** What axe-core finds, one line for each node. */
export async function axeProblems(page: Page): Promise<string[]> {
  // The content policy forbids scripts that the page did not bring; the debugger's are not asked.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-explicit-any
    return (await (globalThis as any).axe.run()).violations as {
      id: string;
      nodes: { html: string; failureSummary: string }[];
    }[];
  });
  return found.flatMap((one) =>
    one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
  );
}

/** Pixels by which the body is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
