import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ownPath } from '../../src/http/site/own-path.js';
import { createSeals } from '../../src/http/site/seals.js';
import { GitHubError } from '../../src/ports/github.js';
import { ADA, Browser, cookiesOf, SECRET, testSite, URL_OF_SITE } from './site-support.js';

const SESSION = '__Host-docops-session';
const FLOW = '__Host-docops-sign-in';

/** Another text of the same form. */
const changed = (sealed: string): string => sealed.replace(/.(?=.{30}$)/, (one) => (one === 'A' ? 'B' : 'A'));

/** Lets time pass for everything that asks for it. */
function clock(): { pass: (ms: number) => void } {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  return { pass: (ms) => void vi.advanceTimersByTime(ms) };
}

describe('signing in', () => {
  it('goes to GitHub with a state and a PKCE challenge, and comes back to the page that was asked for', async () => {
    const { app, github, sessions } = testSite();
    const browser = new Browser(app);
    const sent = await browser.begin('/repositories/acme/invoices?branch=main');
    expect(sent.get('redirect_uri')).toBe(`${URL_OF_SITE}/sign-in/callback`);
    expect(sent.get('state')).toMatch(/^[\w-]{43}$/);
    expect(sent.get('code_challenge')).toMatch(/^[\w-]{43}$/);

    const back = await new Browser(app).signIn(github, { to: '/repositories/acme/invoices?branch=main' });
    expect(back.status).toBe(302);
    expect(back.headers.get('location')).toBe(`${URL_OF_SITE}/repositories/acme/invoices?branch=main`);
    expect(sessions.rows.size).toBe(1);
  });

  it('leaves a cookie that scripts, other sites and other hosts do not get, and a table without secrets', async () => {
    const { app, github, sessions } = testSite();
    const browser = new Browser(app);
    const { value, line } = cookiesOf(await browser.signIn(github)).get(SESSION)!;
    expect(line.split('; ').slice(1).sort()).toEqual(
      ['HttpOnly', 'Max-Age=28800', 'Path=/', 'SameSite=Lax', 'Secure'].map((part) =>
        part.startsWith('Max-Age') ? (expect.stringMatching(/^Max-Age=28(?:800|79\d)$/) as string) : part,
      ),
    );
    expect(value).toMatch(/^[\w-]{43}$/);
    const [row] = sessions.rows.values();
    expect(row?.person).toEqual(ADA);
    expect(JSON.stringify(row)).not.toContain(value);
    expect(JSON.stringify(row)).not.toContain('ghu_');
  });

  it('works over http on the own machine, where browsers keep no Secure cookie', async () => {
    const { app } = testSite({ url: 'http://127.0.0.1:3000' });
    const response = await app.request('http://127.0.0.1:3000/sign-in');
    const [[name, { line }] = ['', { line: '' }]] = [...cookiesOf(response)];
    expect(name).toBe('docops-sign-in');
    expect(line).not.toContain('Secure');
    expect(response.headers.has('strict-transport-security')).toBe(false);
  });

  it('gives a new session each time, and ends the one before', async () => {
    const { app, github, sessions } = testSite();
    const browser = new Browser(app);
    await browser.signIn(github);
    const first = browser.cookies.get(SESSION);
    const [firstToken] = github.tokens.keys();
    await browser.signIn(github);
    expect(browser.cookies.get(SESSION)).not.toBe(first);
    expect(sessions.rows.size).toBe(1);
    expect(github.revoked).toEqual([firstToken]);
  });

  it('takes no session that somebody else planted', async () => {
    const { app, github } = testSite();
    const browser = new Browser(app);
    const planted = 'A'.repeat(43);
    browser.cookies.set(SESSION, planted);
    await browser.signIn(github);
    expect(browser.cookies.get(SESSION)).not.toBe(planted);
  });

  it.each([
    ['no cookie', (browser: Browser) => browser.cookies.clear()],
    [
      'a tampered cookie',
      (browser: Browser) => browser.cookies.set(FLOW, changed(browser.cookies.get(FLOW)!)),
    ],
    ['a cookie that is nothing of ours', (browser: Browser) => browser.cookies.set(FLOW, 'a.b.c.d.e')],
  ])('refuses an answer with %s', async (_what, change) => {
    const { app, github, sessions } = testSite();
    const browser = new Browser(app);
    const sent = await browser.begin();
    github.codes.set('good', { person: ADA, expiresAt: null });
    change(browser);
    const answer = await browser.ask(`/sign-in/callback?code=good&state=${sent.get('state')!}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('You are not signed in');
    expect(sessions.rows.size).toBe(0);
    expect(github.codes.has('good')).toBe(true);
  });

  it.each(['', 'wrong', 'a'.repeat(43)])('refuses an answer with the state "%s"', async (state) => {
    const { app, github, sessions } = testSite();
    const browser = new Browser(app);
    await browser.begin();
    github.codes.set('good', { person: ADA, expiresAt: null });
    expect((await browser.ask(`/sign-in/callback?code=good&state=${state}`)).status).toBe(400);
    expect(sessions.rows.size).toBe(0);
  });

  it("refuses the answer to another browser's sign-in", async () => {
    const { app, github } = testSite();
    const [mine, theirs] = [new Browser(app), new Browser(app)];
    const sent = await theirs.begin();
    await mine.begin();
    github.codes.set('theirs', { person: ADA, expiresAt: null });
    const answer = await mine.ask(`/sign-in/callback?code=theirs&state=${sent.get('state')!}`);
    expect(answer.status).toBe(400);
    expect(github.codes.has('theirs')).toBe(true);
  });

  it('takes each answer once, also with the cookie of before', async () => {
    const { app, github, sessions } = testSite();
    const browser = new Browser(app);
    const sent = await browser.begin();
    const cookie = browser.cookies.get(FLOW)!;
    const answer = `/sign-in/callback?code=good&state=${sent.get('state')!}`;
    github.codes.set('good', { person: ADA, expiresAt: null });
    expect((await browser.ask(answer)).status).toBe(302);
    expect(browser.cookies.has(FLOW)).toBe(false);
    browser.cookies.set(FLOW, cookie);
    github.codes.set('good', { person: ADA, expiresAt: null });
    expect((await browser.ask(answer)).status).toBe(400);
    expect(sessions.rows.size).toBe(1);
  });

  it('has to be ended within ten minutes', async () => {
    const time = clock();
    const { app, github } = testSite();
    const browser = new Browser(app);
    const sent = await browser.begin();
    github.codes.set('good', { person: ADA, expiresAt: null });
    time.pass(10 * 60_000 + 1_000);
    expect((await browser.ask(`/sign-in/callback?code=good&state=${sent.get('state')!}`)).status).toBe(400);
  });

  it.each(['code=unknown', 'code=', 'error=access_denied', 'code=good&error=access_denied', 'code=%0d%0aX'])(
    'says that GitHub let nobody in: %s',
    async (query) => {
      const { app, github, sessions } = testSite();
      const browser = new Browser(app);
      const sent = await browser.begin('/repositories/a/b');
      github.codes.set('good', { person: ADA, expiresAt: null });
      const answer = await browser.ask(`/sign-in/callback?${query}&state=${sent.get('state')!}`);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('/sign-in?to=%2Frepositories%2Fa%2Fb');
      expect(sessions.rows.size).toBe(0);
    },
  );

  it('says that GitHub is away, with nobody signed in', async () => {
    const { app, github, sessions } = testSite();
    github.failure = new GitHubError('unavailable', 'down', { status: 502 });
    const answer = await new Browser(app).signIn(github);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('GitHub cannot be asked now');
    expect(sessions.rows.size).toBe(0);
  });

  it('is refused for a while after many from one address', async () => {
    const { app } = testSite();
    const statuses = new Set<number>();
    for (let count = 0; count < 61; count++)
      statuses.add((await app.request(`${URL_OF_SITE}/sign-in/callback?code=a&state=b`)).status);
    expect([...statuses]).toEqual([400, 429]);
  });

  it('does not exist where it is not set up', async () => {
    const { app } = testSite({ signIn: false });
    const browser = new Browser(app);
    for (const path of ['/sign-in', '/sign-in/callback?code=a&state=b', '/signed-out'])
      expect((await browser.ask(path)).status).toBe(404);
    expect((await browser.post('/sign-out')).status).toBe(404);
  });
});

describe('a session', () => {
  const signedIn = async (site: ReturnType<typeof testSite>, expiresAt?: Date): Promise<Browser> => {
    const browser = new Browser(site.app);
    await browser.signIn(site.github, expiresAt === undefined ? {} : { expiresAt });
    return browser;
  };
  const isKnown = async (browser: Browser): Promise<boolean> =>
    (await (await browser.ask('/no-such-page')).text()).includes('ada');

  it('ends after eight hours', async () => {
    const time = clock();
    const browser = await signedIn(testSite(), new Date(Date.now() + 100 * 3_600_000));
    time.pass(8 * 3_600_000 - 60_000);
    expect(await isKnown(browser)).toBe(true);
    time.pass(61_000);
    expect(await isKnown(browser)).toBe(false);
  });

  it("does not outlive GitHub's token", async () => {
    const time = clock();
    const browser = await signedIn(testSite(), new Date(Date.now() + 3_600_000));
    time.pass(3_599_000);
    expect(await isKnown(browser)).toBe(true);
    time.pass(2_000);
    expect(await isKnown(browser)).toBe(false);
  });

  it('is not begun with a token that is at its end', async () => {
    const site = testSite();
    const browser = new Browser(site.app);
    const answer = await browser.signIn(site.github, { expiresAt: new Date(Date.now() - 1) });
    expect(answer.status).toBe(400);
    expect(site.sessions.rows.size).toBe(0);
  });

  it('ends with the sign-out: the row is gone, the token taken back, the cookie deleted', async () => {
    const site = testSite();
    const browser = await signedIn(site);
    const [token] = site.github.tokens.keys();
    const cookie = browser.cookies.get(SESSION)!;
    const answer = await browser.post('/sign-out');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/signed-out']);
    expect(browser.cookies.has(SESSION)).toBe(false);
    expect(site.sessions.rows.size).toBe(0);
    expect(site.github.revoked).toEqual([token]);
    browser.cookies.set(SESSION, cookie);
    expect(await isKnown(browser)).toBe(false);
    expect(await (await browser.ask('/signed-out')).text()).toContain('You are signed out');
  });

  it('is not ended by a link or by another site', async () => {
    const site = testSite();
    const browser = await signedIn(site);
    expect((await browser.ask('/sign-out')).status).toBe(405);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', origin: URL_OF_SITE },
      { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' },
      {},
    ])
      expect((await browser.post('/sign-out', headers as Record<string, string>)).status).toBe(403);
    expect(site.sessions.rows.size).toBe(1);
    expect((await browser.post('/sign-out', { 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(44), "' OR 1=1 --"])(
    'is nobody with the cookie "%s"',
    async (cookie) => {
      const site = testSite();
      const browser = await signedIn(site);
      browser.cookies.set(SESSION, cookie);
      expect(await isKnown(browser)).toBe(false);
    },
  );

  it('is nobody without the prefix that keeps other hosts from setting it', async () => {
    const site = testSite();
    const browser = await signedIn(site);
    const secret = browser.cookies.get(SESSION)!;
    browser.cookies.clear();
    browser.cookies.set('docops-session', secret);
    expect(await isKnown(browser)).toBe(false);
  });

  it('does not take a token that was moved into its row', async () => {
    const site = testSite();
    const browser = await signedIn(site);
    const [mine] = [...site.sessions.rows.values()];
    const other = new Browser(site.app);
    await other.signIn(site.github, { person: { id: 8, login: 'bob' } });
    const theirs = [...site.sessions.rows.values()].find(({ id }) => id !== mine!.id)!;
    site.sessions.rows.set(mine!.id, { ...mine!, sealedToken: theirs.sealedToken });
    expect(await isKnown(browser)).toBe(false);
  });

  it('holds through an exchange of the secret, and not beyond it', async () => {
    const before = testSite({ secrets: ['the-secret-of-yesterday-with-32-characters'] });
    const browser = await signedIn(before);
    const { sessions } = before;
    const known = async (secrets: readonly [string, ...string[]]): Promise<boolean> => {
      const after = new Browser(testSite({ secrets, sessions }).app);
      after.cookies.set(SESSION, browser.cookies.get(SESSION)!);
      return isKnown(after);
    };
    expect(await known([SECRET, 'the-secret-of-yesterday-with-32-characters'])).toBe(true);
    expect(await known([SECRET])).toBe(false);
  });

  it('does not ask for ever: too many requests are refused for a while', async () => {
    const site = testSite();
    const browser = await signedIn(site);
    let last = 0;
    for (let count = 0; count < 1_201; count++)
      last = (await browser.ask('/no-such-page', { method: 'HEAD' })).status;
    expect(last).toBe(429);
  });
});

describe('the way back', () => {
  it.each([
    '/',
    '/a/b?c=d',
    '/%2F%2Fevil.example',
    '/%5Cevil.example',
    '/a?to=//evil.example',
    '/@evil.example',
  ])('is a path of ours: %s', (path) => {
    expect(ownPath(path)).toBe(path);
    expect(new URL(`${URL_OF_SITE}${ownPath(path)}`).origin).toBe(URL_OF_SITE);
  });

  it.each([
    undefined,
    '',
    'a',
    'https://evil.example/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/a\\b',
    '/\t/evil.example',
    '/\n/evil.example',
    ' //evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    'javascript:alert(1)',
    '/sign-in?to=/',
    '/sign-out',
    `/${'a'.repeat(3_000)}`,
  ])('is the start for everything else: %o', (asked) => {
    expect(ownPath(asked)).toBe('/');
  });

  it('leads nowhere else through a whole sign-in, however it is written', async () => {
    for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example', '/.//evil.example']) {
      const { app, github } = testSite();
      const back = await new Browser(app).signIn(github, { to });
      expect(back.headers.get('location'), to).toBe(`${URL_OF_SITE}/`);
    }
    const { app, github } = testSite();
    const browser = new Browser(app);
    const sent = await browser.ask('/sign-in?to=%2F%2Fevil.example');
    const { searchParams } = new URL(sent.headers.get('location')!);
    github.codes.set('good', { person: ADA, expiresAt: null });
    const back = await browser.ask(`/sign-in/callback?code=good&state=${searchParams.get('state')!}`);
    expect(back.headers.get('location')).toBe(`${URL_OF_SITE}/`);
  });
});

describe('what is sealed', () => {
  it('opens for its own purpose alone, by every listed secret, until it is too old', async () => {
    const time = clock();
    const old = createSeals(['the-secret-of-yesterday']);
    const both = createSeals([SECRET, 'the-secret-of-yesterday']);
    const text = await old.seal('sign-in', { state: 's' }, 1_000);
    expect(text).not.toContain('state');
    expect(await both.open('sign-in', text)).toMatchObject({ state: 's' });
    expect(await both.open('session token', text)).toBeUndefined();
    expect(await createSeals([SECRET]).open('sign-in', text)).toBeUndefined();
    expect(await old.open('sign-in', await both.seal('sign-in', {}, 1_000))).toBeUndefined();
    time.pass(2_000);
    expect(await both.open('sign-in', text)).toBeUndefined();
  });
});
