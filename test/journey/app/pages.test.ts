/** From the link of a check to what people see behind it: the App, the emulated GitHub's sign-in, and a plain HTTP client. */
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BROKEN_TOTAL, REPO, useJourney, type Journey } from '../../support/journey.js';

const journey = useJourney({
  private: true,
  envOf: async ({ app }) => {
    const port = String(await freePort());
    return {
      PORT: port,
      DOCOPS_URL: `http://127.0.0.1:${port}`,
      GITHUB_CLIENT_ID: app.clientId,
      GITHUB_CLIENT_SECRET: app.clientSecret,
    };
  },
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A browser without scripts: keeps cookies by host, follows redirects. */
class Client {
  readonly #cookies = new Map<string, Map<string, string>>();

  async go(url: string, init: RequestInit = {}): Promise<Response> {
    let [at, how] = [url, init];
    for (let hops = 0; hops < 10; hops += 1) {
      const response = await fetch(at, {
        ...how,
        redirect: 'manual',
        headers: { ...(how.headers as Record<string, string>), cookie: this.#sent(at) },
      });
      this.#keep(at, response);
      const next = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || next === null) return response;
      [at, how] = [new URL(next, at).href, {}];
    }
    throw new Error(`${url} leads round in circles`);
  }

  /** Chooses the person on GitHub's page and comes back with a session. */
  async signIn(journey: Journey, login: string, to = '/'): Promise<Response> {
    const page = await this.go(
      `${journey.service?.url ?? ''}/sign-in?${new URLSearchParams({ to }).toString()}`,
    );
    const chosen = new URL(page.url);
    chosen.searchParams.set('login', login);
    return this.go(chosen.href);
  }

  #sent(url: string): string {
    const jar = this.#cookies.get(new URL(url).host) ?? new Map<string, string>();
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(url: string, response: Response): void {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value.join('='));
    }
  }
}

const text = async (response: Response): Promise<string> => {
  expect(response.status).toBe(200);
  return response.text();
};

describe('the link of a check', () => {
  it('leads through GitHub to what got worse, to the document, to the download, and for others to nothing', async () => {
    const { sha, number } = await journey().pullRequest('regression', { 'extract/main.awk': BROKEN_TOTAL });
    const { detailsUrl } = await journey().concluded(sha);
    const link = detailsUrl ?? '';
    expect(link).toMatch(/\/evaluations\/[0-9a-f-]{36}$/);

    // Nobody yet: GitHub asks who it is, and leads back here.
    const { pathname } = new URL(link);
    const ada = new Client();
    expect((await ada.go(link)).url).toContain('/login/oauth/authorize');
    const page = await text(await ada.signIn(journey(), 'ada', pathname));
    expect(page).toContain('BLOCKED');
    expect(page).toContain('grand_total');
    expect(page).toContain(`#${number}`);

    const document = /href="([^"]*\/document\?[^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const shown = await text(await ada.go(new URL(document, link).href));
    // The invoice itself stands beside its values.
    expect(shown).toContain('vendor: Acme');
    expect(shown).toContain('<mark>0.0</mark>0');

    const report = await ada.go(`${link}/report.json`);
    expect(await report.json()).toMatchObject({ schema: 'docops.report/1', blocked: true });
    expect(await text(await ada.go(`${link}/report.csv`))).toContain('grand_total');

    // mallory has no role in this private repository: as if there were nothing.
    const mallory = new Client();
    expect((await mallory.signIn(journey(), 'mallory', pathname)).status).toBe(404);
    expect((await mallory.go(`${link}/report.json`)).status).toBe(404);
    const origin = new URL(link).origin;
    const [refused, unknown] = await Promise.all(
      [pathname, '/evaluations/00000000-0000-4000-8000-000000000000'].map(async (path) => {
        const response = await mallory.go(`${origin}${path}`);
        return [response.status, await response.text()];
      }),
    );
    expect(refused).toEqual(unknown);
  });

  it('stands on a trend and in a ledger, and another policy can be tried on it without running anything', async () => {
    const { sha, number } = await journey().pullRequest('again', { 'extract/main.awk': BROKEN_TOTAL });
    const blocked = await journey().concluded(sha);
    await journey().github.comment(REPO, number, 'ada', '/accept-regression grand_total known and wanted');
    await journey().until('the accepted check', async () => {
      const check = await journey().check(sha);
      return check?.id !== blocked.id && check?.conclusion === 'success';
    });
    const ada = new Client();
    const origin = new URL(blocked.detailsUrl ?? '').origin;
    const home = await text(await ada.signIn(journey(), 'ada'));
    expect(home).toContain('acme/invoices');
    const repository = `${origin}/repositories/acme/invoices`;
    expect(await text(await ada.go(repository))).toContain('grand_total');
    expect(await text(await ada.go(`${repository}/ledger`))).toContain('known and wanted');

    const tried = await ada.go(`${repository}/configuration`);
    const current = /<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec(await text(tried))?.[1] ?? '';
    expect(current).toContain('version: 1');
    const configuration = `${plain(current).trimEnd()}\n    gate: { max_drop: 100 }\n`;
    const before = journey().github.deliveries.length;
    const asked = await ada.go(`${repository}/configuration/simulate`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
      body: new URLSearchParams({ configuration, branch: 'main', last_runs: '5' }).toString(),
    });
    expect(asked.status).toBe(200);
    const done = await journey().until('the simulation', async () => {
      const answer = await (await ada.go(asked.url)).text();
      return answer.includes('http-equiv="refresh"') ? undefined : answer;
    });
    expect(done).toContain('let through 1 that was blocked');
    expect(journey().github.deliveries).toHaveLength(before);
  });

  it('is refused to forms of other sites', async () => {
    const origin = new URL(journey().service?.url ?? '').origin;
    const ada = new Client();
    await ada.signIn(journey(), 'ada');
    const answer = await ada.go(`${origin}/sign-out`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' },
      body: '',
    });
    expect(answer.status).toBe(403);
    expect((await ada.go(`${origin}/repositories/acme/invoices`)).url).not.toContain('/login/oauth');
  });
});

/** The text of an element whose characters are escaped. */
function plain(html: string): string {
  return html
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
