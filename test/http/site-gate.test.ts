import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Context } from 'hono';
import { createGatekeeper } from '../../src/http/site/gate.js';
import type { Visitor } from '../../src/http/site/words.js';
import type { RepositoryRef } from '../../src/core/app-words.js';
import { GitHubError } from '../../src/ports/github.js';
import type { RepositoryAccess } from '../../src/ports/people.js';
import { ADA, Browser, testSite, URL_OF_SITE, type TestSite } from './site-support.js';

const RUN = '11111111-2222-4333-8444-555555555555';
const PRIVATE: RepositoryAccess = { repositoryId: 1, role: 'read', isPublic: false };
const ref = (id: number): RepositoryRef => ({ id, installationId: 9, owner: 'acme', name: `r${id}` });

interface Gated extends TestSite {
  /** What the gate handed to the last page that was shown. */
  readonly shown: Visitor[];
}

/** The whole site with pages that show whatever the gate lets through. */
function gated(options: Parameters<typeof testSite>[0] = {}): Gated {
  const site = testSite(options);
  const gate = createGatekeeper(site.ports);
  const shown: Visitor[] = [];
  const show = (c: Context, found: Visitor | Response): Response => {
    if (found instanceof Response) return found;
    shown.push(found);
    return c.text('the page');
  };
  const idOf = (c: Context): number => Number(c.req.param('id'));
  site.app.all('/r/:id', async (c) => show(c, await gate.visitor(c, ref(idOf(c)))));
  site.app.get('/run/:id', async (c) => show(c, await gate.visitor(c, ref(idOf(c)), RUN)));
  for (const role of ['write', 'admin'] as const)
    site.app.get(`/${role}/:id`, async (c) => show(c, await gate.visitorWith(c, ref(idOf(c)), role)));
  site.app.get('/unknown', (c) => gate.nothingHere(c));
  site.app.get('/mine', async (c) => {
    const person = await gate.person(c);
    return person instanceof Response ? person : c.json([person.person, await person.repositories()]);
  });
  site.app.get('/link', async (c) => c.text(await gate.shortLived(c, c.req.query('path') ?? '')));
  site.app.get('/document/:name', async (c) =>
    (await gate.shortLivedHolds(c)) ? c.text('the document') : gate.nothingHere(c),
  );
  return { ...site, shown };
}

async function signedIn(
  access: readonly RepositoryAccess[] = [PRIVATE],
): Promise<Gated & { browser: Browser }> {
  const site = gated({ access });
  const browser = new Browser(site.app);
  await browser.signIn(site.github);
  return { ...site, browser };
}

function clock(): { pass: (ms: number) => void } {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  // Caches take what was put in at zero for what never ends.
  vi.advanceTimersByTime(1);
  return { pass: (ms) => void vi.advanceTimersByTime(ms) };
}

describe('who is not signed in', () => {
  it('is sent to sign in, and back to the page', async () => {
    const browser = new Browser(gated().app);
    const answer = await browser.ask('/r/1?field=total&x=%2F');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe(
      `/sign-in?${new URLSearchParams({ to: '/r/1?field=total&x=%2F' }).toString()}`,
    );
    expect((await browser.ask('/r/1', { method: 'HEAD' })).status).toBe(302);
  });

  it('is sent there by htmx from the page where the browser is', async () => {
    const answer = await new Browser(gated().app).ask('/r/1?part=list', {
      headers: { 'hx-request': 'true', 'hx-current-url': `${URL_OF_SITE}/r/1?page=2` },
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('hx-redirect')).toBe('/sign-in?to=%2Fr%2F1%3Fpage%3D2');
  });

  it('changes nothing', async () => {
    const answer = await new Browser(gated().app).post('/r/1');
    expect(answer.status).toBe(401);
    expect(answer.headers.has('location')).toBe(false);
  });

  it.each([{ 'sec-fetch-dest': 'image' }, { accept: 'text/event-stream' }])(
    'is told so where no page was asked for: %o',
    async (headers) => {
      const answer = await new Browser(gated().app).ask('/r/1', { headers });
      expect(answer.status).toBe(401);
    },
  );

  it('does not learn which repositories and runs there are', async () => {
    const { app, github } = gated({ access: [PRIVATE] });
    const browser = new Browser(app);
    const answers = await Promise.all(
      ['/r/1', '/r/404', '/unknown', '/admin/1'].map((path) => browser.ask(path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([302, 302, 302, 302]);
    expect(github.asked).toEqual([]);
  });

  it('gets in by no key where people sign in', async () => {
    const { app, ports } = gated();
    const browser = new Browser(app);
    expect((await browser.ask(`/run/1?key=${ports.links.keyOf(RUN)}`)).status).toBe(302);
  });
});

describe('who is signed in', () => {
  it('sees what GitHub says that they may read', async () => {
    const { browser, shown } = await signedIn();
    expect(await (await browser.ask('/r/1')).text()).toBe('the page');
    expect(shown).toEqual([{ person: ADA, role: 'read', seesDocuments: true, query: '' }]);
  });

  it('sees of another repository exactly what they see of one that does not exist', async () => {
    const { browser, shown } = await signedIn();
    const whole = async (path: string, headers = {}) => {
      const answer = await browser.ask(path, { headers });
      return { status: answer.status, headers: [...answer.headers], body: await answer.text() };
    };
    const unknown = await whole('/unknown');
    expect(unknown.status).toBe(404);
    expect(unknown.body).toContain('There is nothing here');
    for (const path of ['/r/2', '/write/2', '/admin/1', '/no-such-route', '/run/2?key=whatever'])
      expect(await whole(path), path).toEqual(unknown);
    expect(await whole('/r/2', { accept: '*/*' })).toEqual(await whole('/unknown', { accept: '*/*' }));
    expect((await whole('/r/2', { accept: '*/*' })).body).toBe('docops: there is nothing here\n');
    expect(shown).toEqual([]);
  });

  it.each([
    [{ role: 'read', isPublic: false }, true],
    [{ role: 'read', isPublic: true }, false],
    [{ role: 'write', isPublic: true }, true],
    [{ role: 'admin', isPublic: true }, true],
  ] as const)('with %o sees documents: %s', async (access, seesDocuments) => {
    const { browser, shown } = await signedIn([{ repositoryId: 1, ...access }]);
    await browser.ask('/r/1');
    expect(shown).toMatchObject([{ seesDocuments }]);
  });

  it.each([
    ['read', [404, 404]],
    ['write', [200, 404]],
    ['admin', [200, 200]],
  ] as const)('as %s gets pages of writers and of administrators: %o', async (role, expected) => {
    const { browser } = await signedIn([{ ...PRIVATE, role }]);
    const answers = [await browser.ask('/write/1'), await browser.ask('/admin/1')];
    expect(answers.map(({ status }) => status)).toEqual(expected);
  });

  it('is asked about at GitHub once a minute, and loses sight when GitHub says so', async () => {
    const time = clock();
    const { browser, github } = await signedIn();
    await Promise.all([browser.ask('/r/1'), browser.ask('/r/1')]);
    expect(github.asked).toEqual([1]);
    for (const { access } of github.tokens.values()) access.delete(1);
    time.pass(59_000);
    expect((await browser.ask('/r/1')).status).toBe(200);
    time.pass(2_000);
    expect((await browser.ask('/r/1')).status).toBe(404);
    expect(github.asked).toEqual([1, 1]);
  });

  it('is let in ten seconds after GitHub lets them in', async () => {
    const time = clock();
    const { browser, github } = await signedIn([]);
    expect((await browser.ask('/r/1')).status).toBe(404);
    for (const { access } of github.tokens.values()) access.set(1, PRIVATE);
    time.pass(9_000);
    expect((await browser.ask('/r/1')).status).toBe(404);
    time.pass(2_000);
    expect((await browser.ask('/r/1')).status).toBe(200);
    expect(github.asked).toEqual([1, 1]);
  });

  it('does not profit from what another person may see', async () => {
    const { browser, app, github, shown } = await signedIn();
    await browser.ask('/r/1');
    const other = new Browser(app);
    await other.signIn(github, { person: { id: 8, login: 'eve' } });
    github.tokens.get([...github.tokens.keys()].at(-1)!)!.access.clear();
    expect((await other.ask('/r/1')).status).toBe(404);
    expect(shown).toHaveLength(1);
  });

  it.each([
    new GitHubError('unavailable', 'down', { status: 502 }),
    new GitHubError('rate-limited', 'slow', { status: 403, retryAfterMs: 1 }),
    new GitHubError('refused', 'strange', { status: 422 }),
  ])('hears that GitHub is away, and sees nothing: $class', async (failure) => {
    const { browser, github, shown, log } = await signedIn();
    github.failure = failure;
    for (const path of ['/r/1', '/mine']) {
      const answer = await browser.ask(path);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('30');
      expect(await answer.text()).toContain('GitHub cannot be asked now');
    }
    expect(shown).toEqual([]);
    expect(log.at(-1)?.message).toContain('GitHub could not be asked');
    // Forgotten as soon as it answers again.
    github.failure = null;
    expect((await browser.ask('/r/1')).status).toBe(200);
  });

  it('signs in anew when GitHub took the token back', async () => {
    const { browser, github, sessions } = await signedIn();
    github.tokens.clear();
    const answer = await browser.ask('/r/1');
    expect(answer.headers.get('location')).toBe('/sign-in?to=%2Fr%2F1');
    expect(sessions.rows.size).toBe(0);
    expect(browser.cookies.has('__Host-docops-session')).toBe(false);
  });

  it('sees their own repositories', async () => {
    const { browser } = await signedIn();
    expect(await (await browser.ask('/mine')).json()).toEqual([ADA, [PRIVATE]]);
  });
});

describe('where sign-in is not set up', () => {
  it('the key of a run opens its page, and nothing else', async () => {
    const { app, ports, shown } = gated({ signIn: false });
    const browser = new Browser(app);
    const key = ports.links.keyOf(RUN);
    expect((await browser.ask(`/run/1?key=${key}`)).status).toBe(200);
    expect(shown).toEqual([{ person: null, role: 'read', seesDocuments: true, query: `key=${key}` }]);
    for (const path of [
      `/r/1?key=${key}`,
      '/run/1',
      '/run/1?key=',
      '/run/1?key=wrong',
      `/admin/1?key=${key}`,
    ])
      expect((await browser.ask(path)).status, path).toBe(404);
  });

  it('a wrong key and an unknown run look the same', async () => {
    const browser = new Browser(gated({ signIn: false }).app);
    const [wrong, unknown] = [await browser.ask('/run/1?key=wrong'), await browser.ask('/unknown')];
    expect([...wrong.headers]).toEqual([...unknown.headers]);
    expect(await wrong.text()).toBe(await unknown.text());
  });

  it('the start says how it is set up', async () => {
    const answer = await new Browser(gated({ signIn: false }).app).ask('/mine');
    expect(answer.status).toBe(200);
    const page = await answer.text();
    for (const words of ['GITHUB_CLIENT_ID', 'docs/install.md', 'DocOps 1.2.3'])
      expect(page).toContain(words);
  });
});

describe('a short-lived link', () => {
  const linkTo = async (browser: Browser, path: string, query = ''): Promise<string> =>
    (await browser.ask(`/link?${new URLSearchParams({ path }).toString()}${query}`)).text();

  it('gives the document to the session that it was made for, for ten minutes', async () => {
    const time = clock();
    const { browser, app, github } = await signedIn();
    const link = await linkTo(browser, '/document/a%2Fb?page=2&x=ä');
    expect(await (await browser.ask(link)).text()).toBe('the document');
    expect((await new Browser(app).ask(link)).status).toBe(302);
    const other = new Browser(app);
    await other.signIn(github, { person: { id: 8, login: 'eve' } });
    expect((await other.ask(link)).status).toBe(404);
    time.pass(9 * 60_000);
    expect((await browser.ask(link)).status).toBe(200);
    time.pass(2 * 60_000);
    expect((await browser.ask(link)).status).toBe(404);
  });

  it('ends with the session', async () => {
    const { browser } = await signedIn();
    const link = await linkTo(browser, '/document/a');
    await browser.post('/sign-out');
    expect((await browser.ask(link)).status).toBe(302);
  });

  it.each([
    ['another document', (link: string) => link.replace('/document/a', '/document/b')],
    ['another page', (link: string) => link.replace('page=1', 'page=2')],
    ['one page more', (link: string) => `${link}&page=2`],
    ['a later end', (link: string) => link.replace(/until=\d+/, 'until=99999999999')],
    ['two ends', (link: string) => `${link}&until=99999999999`],
    ['no end', (link: string) => link.replace(/&until=\d+/, '')],
    ['no signature', (link: string) => link.replace(/&sig=[\w-]+/, '')],
    ['an empty signature', (link: string) => link.replace(/&sig=[\w-]+/, '&sig=')],
    ['another signature', (link: string) => link.replace(/&sig=[\w-]+/, `&sig=${'A'.repeat(43)}`)],
    ['two signatures', (link: string) => `${link}&sig=${'A'.repeat(43)}`],
  ])('does not hold with %s', async (_what, change) => {
    const { browser } = await signedIn();
    const link = await linkTo(browser, '/document/a?page=1');
    expect(change(link)).not.toBe(link);
    expect((await browser.ask(link)).status).toBe(200);
    expect((await browser.ask(change(link))).status).toBe(404);
  });

  it('belongs to the key where sign-in is not set up', async () => {
    const { app, ports } = gated({ signIn: false });
    const browser = new Browser(app);
    const key = ports.links.keyOf(RUN);
    const link = await linkTo(browser, `/document/a?key=${key}`, `&key=${key}`);
    expect((await browser.ask(link)).status).toBe(200);
    expect((await browser.ask(link.replace(key, 'another'))).status).toBe(404);
  });
});
