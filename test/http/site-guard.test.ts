import { createServer, request as ask, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../../src/http/site/guard.js';
import { assetUrl } from '../../src/http/site/assets.js';
import { createSite } from '../../src/http/site/index.js';
import { Browser, testSite, URL_OF_SITE } from './site-support.js';

const ALWAYS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
};

/** The site behind a real server. */
async function serve(site: ReturnType<typeof testSite>): Promise<{ server: Server; port: number }> {
  const handler = createSite(site.ports);
  const server = createServer((request, response) => void handler(request, response));
  server.on('checkContinue', (request, response) => void handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  onTestFinished(() => server.closeAllConnections());
  return { server, port: (server.address() as AddressInfo).port };
}

describe('every answer', () => {
  it.each([
    ['a page', '/signed-out', {}, 200],
    ['a page that is not there', '/nothing', {}, 404],
    ['a text for programs', '/nothing', { headers: { accept: '*/*' } }, 404],
    ['a redirect', '/sign-in', {}, 302],
    ['a refusal', '/sign-in/callback', {}, 400],
    [
      'a form from elsewhere',
      '/sign-out',
      { method: 'POST', headers: { origin: 'https://evil.example' } },
      403,
    ],
    ['a method that is none', '/signed-out', { method: 'PROPFIND' }, 405],
    [
      'a method that the address has not',
      '/signed-out',
      { method: 'DELETE', headers: { origin: URL_OF_SITE } },
      405,
    ],
    ['an address that is too long', `/${'a'.repeat(9_000)}`, {}, 414],
    [
      'a form that is too large',
      '/sign-out',
      { method: 'POST', headers: { origin: URL_OF_SITE }, body: 'a'.repeat(530_000) },
      413,
    ],
    ['a bug', '/bug', {}, 500],
    ['a head', '/signed-out', { method: 'HEAD' }, 200],
  ] as const)('has the headers that keep pages to themselves: %s', async (_what, path, init, status) => {
    const site = testSite();
    site.app.get('/bug', () => {
      throw new Error('the reason');
    });
    const answer = await new Browser(site.app).ask(path, init);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({ ...ALWAYS, 'cache-control': 'no-store' });
  });

  it('is kept by browsers where it is the same for everybody, and by nobody else', async () => {
    const answer = await new Browser(testSite().app).ask(assetUrl('docops.css'));
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      ...ALWAYS,
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });

  it('allows scripts and styles of ours alone', () => {
    expect(CONTENT_SECURITY_POLICY).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
  });

  it('of a bug shows nothing of it; the log has it under the number that is shown', async () => {
    const site = testSite();
    site.app.get('/bug', () => {
      throw new Error('the password is hunter2');
    });
    const page = await (await new Browser(site.app).ask('/bug')).text();
    expect(page).not.toContain('hunter2');
    const [number] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(page)!;
    expect(site.log.at(-1)).toMatchObject({ fields: { number, path: '/bug' }, message: 'a page failed' });
  });

  it('for programs is a line that says whom they met', async () => {
    const { app } = testSite();
    const answer = await app.request(`${URL_OF_SITE}/nothing`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toBe('docops: there is nothing here\n');
  });
});

describe('what changes something', () => {
  it.each([
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('comes from pages of ours alone, whatever its type: %s', async (type) => {
    const site = testSite();
    let reached = 0;
    site.app.all('/change', (c) => c.text(`reached ${++reached}`));
    const browser = new Browser(site.app);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      for (const from of [
        {},
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: `${URL_OF_SITE}.evil.example` },
        { origin: 'http://docops.example.com' },
        { 'sec-fetch-site': 'none' },
        { 'sec-fetch-site': 'same-site' },
      ])
        expect(
          (await browser.ask('/change', { method, headers: { 'content-type': type, ...from } })).status,
        ).toBe(403);
    expect(reached).toBe(0);
    const ours = { 'content-type': type, origin: URL_OF_SITE };
    expect((await browser.ask('/change', { method: 'POST', headers: ours })).status).toBe(200);
  });

  it('may come from programs where a token counts and no session', async () => {
    const { app } = testSite();
    const answer = await app.request(`${URL_OF_SITE}/api/v1/no-such-thing`, { method: 'POST' });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('needs a token');
  });
});

describe('behind a web server', () => {
  it('answers to any name, and links to its own', async () => {
    const { port } = await serve(testSite());
    const headers = await new Promise<IncomingHttpHeaders>((resolve) => {
      ask({ port, path: '/sign-in?to=/a', headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.headers);
      }).end();
    });
    expect(headers.location).toContain(encodeURIComponent(`${URL_OF_SITE}/sign-in/callback`));
    expect(headers.location).not.toContain('evil.example');
  });

  it('answers HEAD without a body', async () => {
    const { port } = await serve(testSite());
    const answer = await fetch(`http://127.0.0.1:${port}/signed-out`, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  it.each([
    ['/sign-out', 10_000_000, '413'],
    // The API takes larger bodies than a form.
    ['/api/v1/validate', 600_000, 'continue'],
  ])('says who may send a large body, to those who ask for leave first: %s', async (path, length, answer) => {
    const { port } = await serve(testSite());
    const outcome = await new Promise<string>((resolve) => {
      const sent = ask(
        {
          port,
          path,
          method: 'POST',
          headers: { expect: '100-continue', 'content-length': length, origin: URL_OF_SITE },
        },
        (response) => {
          response.resume();
          resolve(String(response.statusCode));
        },
      );
      sent.on('continue', () => resolve('continue'));
      sent.on('error', (error) => resolve(error.message));
      sent.flushHeaders();
    });
    expect(outcome).toBe(answer);
  });

  it('does not start where people are to sign in and nobody knows where it is', () => {
    expect(() => createSite(testSite({ url: null }).ports)).toThrow('where people reach this server');
  });
});
