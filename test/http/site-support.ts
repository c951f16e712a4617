/** The site over literal ports: GitHub and the table of sessions are maps that a test fills and reads. */
import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import { createLinks } from '../../src/http/links.js';
import { siteApp } from '../../src/http/site/index.js';
import type { SitePorts } from '../../src/http/site/words.js';
import { GitHubError } from '../../src/ports/github.js';
import type { Person, RepositoryAccess, SignIn } from '../../src/ports/people.js';
import type { Session, Sessions } from '../../src/ports/sessions.js';

export const URL_OF_SITE = 'https://docops.example.com';
export const SECRET = 'a-secret-of-this-test-with-32-characters';
export const ADA: Person = { id: 7, login: 'ada' };

export interface FakeGitHub extends SignIn {
  /** Code → who it stands for. */
  readonly codes: Map<string, { person: Person; expiresAt: Date | null; challenge?: string }>;
  /** Token → what it may see. */
  readonly tokens: Map<string, { person: Person; access: Map<number, RepositoryAccess> }>;
  /** What `access` was asked, in its order. */
  readonly asked: number[];
  readonly revoked: string[];
  /** Thrown by every question while it is set. */
  failure: GitHubError | null;
}

export function fakeGitHub(access: readonly RepositoryAccess[] = []): FakeGitHub {
  const github: FakeGitHub = {
    codes: new Map(),
    tokens: new Map(),
    asked: [],
    revoked: [],
    failure: null,
    authorizeUrl: ({ state, redirectUrl, challenge }) =>
      `https://github.com/login/oauth/authorize?${new URLSearchParams({ state, redirect_uri: redirectUrl, code_challenge: challenge }).toString()}`,
    exchange({ code, verifier }) {
      if (github.failure !== null) return Promise.reject(github.failure);
      const known = github.codes.get(code);
      github.codes.delete(code);
      if (known === undefined) return Promise.resolve(undefined);
      const right = createHash('sha256').update(verifier).digest('base64url');
      if (known.challenge !== undefined && known.challenge !== right) return Promise.resolve(undefined);
      const token = `ghu_${code}`;
      github.tokens.set(token, {
        person: known.person,
        access: new Map(access.map((one) => [one.repositoryId, one])),
      });
      return Promise.resolve({ token, expiresAt: known.expiresAt });
    },
    person: (token) => Promise.resolve(github.tokens.get(token)?.person),
    access(token, id) {
      github.asked.push(id);
      if (github.failure !== null) return Promise.reject(github.failure);
      const known = github.tokens.get(token);
      if (known === undefined)
        return Promise.reject(new GitHubError('forbidden', 'Bad credentials', { status: 401 }));
      return Promise.resolve(known.access.get(id));
    },
    repositories(token) {
      if (github.failure !== null) return Promise.reject(github.failure);
      return Promise.resolve([...(github.tokens.get(token)?.access.values() ?? [])]);
    },
    revoke(token) {
      github.revoked.push(token);
      github.tokens.delete(token);
      return Promise.resolve();
    },
  };
  return github;
}

export interface FakeSessions extends Sessions {
  readonly rows: Map<string, Session>;
}

export function fakeSessions(): FakeSessions {
  const rows = new Map<string, Session>();
  return {
    rows,
    create({ ttlMs, ...session }) {
      const made = { ...session, createdAt: new Date(), expiresAt: new Date(Date.now() + ttlMs) };
      rows.set(made.id, made);
      return Promise.resolve(made);
    },
    session(id) {
      const row = rows.get(id);
      return Promise.resolve(row === undefined || row.expiresAt.getTime() <= Date.now() ? undefined : row);
    },
    remove: (id) => Promise.resolve(void rows.delete(id)),
    removeExpired: () => Promise.resolve(0),
  };
}

export interface LogLine {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface TestSite {
  readonly app: Hono;
  readonly ports: SitePorts;
  readonly github: FakeGitHub;
  readonly sessions: FakeSessions;
  readonly log: LogLine[];
}

/** What a test does not name answers that there is nothing. */
export function testSite(
  options: {
    readonly signIn?: boolean;
    readonly url?: string | null;
    readonly access?: readonly RepositoryAccess[];
    readonly secrets?: readonly [string, ...string[]];
    readonly sessions?: Sessions;
    readonly ports?: Partial<SitePorts>;
  } = {},
): TestSite {
  const github = fakeGitHub(options.access);
  const sessions = fakeSessions();
  const log: LogLine[] = [];
  const write = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void log.push({ fields, message });
  const url = options.url === undefined ? URL_OF_SITE : options.url;
  const secrets = options.secrets ?? [SECRET];
  const nothing = new Proxy(
    {},
    { get: (_target, name) => (name === 'then' ? undefined : () => Promise.resolve(undefined)) },
  );
  const ports: SitePorts = {
    store: nothing as SitePorts['store'],
    insight: nothing as SitePorts['insight'],
    sessions: options.sessions ?? sessions,
    tokens: nothing as SitePorts['tokens'],
    simulations: nothing as SitePorts['simulations'],
    documents: nothing as SitePorts['documents'],
    queue: nothing as SitePorts['queue'],
    configurationFiles: nothing as SitePorts['configurationFiles'],
    signIn: options.signIn === false ? null : github,
    links: createLinks(url, secrets),
    log: { debug: write, info: write, warn: write, error: write },
    settings: { url, gitHubUrl: 'https://github.com', version: '1.2.3', secrets },
    ...options.ports,
  };
  return { app: siteApp(ports), ports, github, sessions, log };
}

/** Cookies that an answer sets, by name; null: taken back. */
export function cookiesOf(response: Response): ReadonlyMap<string, { value: string | null; line: string }> {
  return new Map(
    response.headers.getSetCookie().map((line) => {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      return [name, { value: value === '' ? null : value, line }];
    }),
  );
}

/** A browser of one person: keeps cookies, follows nothing. */
export class Browser {
  readonly #app: Hono;
  readonly cookies = new Map<string, string>();

  constructor(app: Hono) {
    this.#app = app;
  }

  async ask(path: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const response = await this.#app.request(`${URL_OF_SITE}${path}`, { ...init, headers });
    for (const [name, { value }] of cookiesOf(response))
      if (value === null) this.cookies.delete(name);
      else this.cookies.set(name, value);
    return response;
  }

  /** To GitHub: what it is told. */
  async begin(to = '/'): Promise<URLSearchParams> {
    const response = await this.ask(`/sign-in?${new URLSearchParams({ to }).toString()}`);
    return new URL(response.headers.get('location')!).searchParams;
  }

  /** The whole way; `code` is GitHub's for the person. */
  async signIn(github: FakeGitHub, options: { person?: Person; expiresAt?: Date | null; to?: string } = {}) {
    const { person = ADA, expiresAt = new Date(Date.now() + 8 * 3_600_000), to = '/' } = options;
    const sent = await this.begin(to);
    const code = `code-${github.revoked.length}-${github.tokens.size}-${person.login}`;
    github.codes.set(code, { person, expiresAt, challenge: sent.get('code_challenge')! });
    return this.ask(
      `/sign-in/callback?${new URLSearchParams({ code, state: sent.get('state')! }).toString()}`,
    );
  }

  post(path: string, headers: Record<string, string> = { origin: URL_OF_SITE }) {
    return this.ask(path, { method: 'POST', headers });
  }
}
