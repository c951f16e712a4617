/**
 * The emulator behind this server (npm `emulate`): the App and its installations, tokens, accounts, repositories. It takes
 * people and installations only when it starts, so it is started anew when one is added; its numbers follow the order
 * and stay the same. It keeps nothing that a new start would lose.
 */
import { randomBytes } from 'node:crypto';
import { createEmulator, type Emulator } from 'emulate';
import { signJwt, type TokenInfo } from './access.js';
import type { Answer } from './answer.js';
import {
  fullName,
  type Account,
  type Installation,
  type Json,
  type Repository,
  type World,
} from './world.js';

/** Organisations and people have numbers of their own there; on GitHub no two accounts share one. */
const ORGANISATION_IDS_FROM = 1_000_000;

/** Exists in every emulator; made a member of every organisation to read private repositories. */
const ADMIN = 'admin';

export class Backing {
  readonly #world: World;
  readonly #secret = randomBytes(16).toString('hex');
  #emulator: Emulator | null = null;
  #stale = true;
  #starting: Promise<void> | null = null;
  #closed = false;
  readonly #underWay = new Set<Promise<unknown>>();
  /** A token of ours → its twin in the emulator that runs now. */
  #twins = new Map<TokenInfo, string>();
  #repositories = new Map<Repository, Json>();
  /** What URLs in its answers are to begin with. */
  baseUrl = '';

  constructor(world: World) {
    this.#world = world;
  }

  changed(): void {
    this.#stale = true;
  }

  /** The emulator knows everything that was added. */
  async ready(): Promise<void> {
    while (this.#stale || this.#starting !== null) {
      this.#starting ??= this.#restart().finally(() => (this.#starting = null));
      await this.#starting;
    }
  }

  async #restart(): Promise<void> {
    if (this.#closed) throw new Error('the emulated GitHub is closed');
    this.#stale = false;
    await Promise.allSettled(this.#underWay);
    await this.#emulator?.close();
    this.#twins = new Map();
    this.#emulator = await createEmulator({ service: 'github', port: 0, seed: this.#seed() });
    for (const account of this.#world.accounts) {
      if (account.id !== 0) continue;
      const organisation = account.type === 'Organization';
      const kind = organisation ? 'orgs' : 'users';
      const { body } = await this.#ask('GET', `/${kind}/${encodeURIComponent(account.login)}`, ADMIN);
      account.id = Number((body as Json)['id']) + (organisation ? ORGANISATION_IDS_FROM : 0);
    }
    const known = new Map<Repository, Json>();
    for (const repository of this.#world.repositories) {
      const path = `/repos/${fullName(repository)}`;
      const { status, body } = await this.#ask('GET', path, this.#reader(repository.owner));
      if (status !== 200) throw new Error(`the emulator does not show ${path}: ${status}`);
      repository.id = Number((body as Json)['id']);
      known.set(repository, body as Json);
    }
    this.#repositories = known;
  }

  /** The repository as the emulator shows it. */
  repository(repository: Repository): Json {
    return this.#repositories.get(repository) ?? {};
  }

  /** Passes a request on. */
  async forward(method: string, path: string, auth: TokenInfo | 'app' | null): Promise<Answer> {
    await this.ready();
    if (auth === null) return this.#counted(this.#ask(method, path, null));
    if (auth === 'app') return this.#counted(this.#ask(method, path, { jwt: true }));
    const token = await this.#twin(auth);
    return this.#counted(this.#ask(method, path, { token }));
  }

  /** `POST …/access_tokens` with the App's own word. */
  async issueToken(installation: Installation, request: unknown): Promise<Answer> {
    await this.ready();
    const path = `/app/installations/${installation.id}/access_tokens`;
    return this.#counted(this.#ask('POST', path, { jwt: true }, request ?? {}));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stale = false;
    await this.#starting;
    await Promise.allSettled(this.#underWay);
    await this.#emulator?.close();
    this.#emulator = null;
  }

  async #twin(token: TokenInfo): Promise<string> {
    const known = this.#twins.get(token);
    if (known !== undefined) return known;
    const twins = this.#twins;
    const { body } = await this.issueToken(token.installation, {
      permissions: token.permissions,
      ...(token.repositoryIds === null ? {} : { repository_ids: [...token.repositoryIds] }),
    });
    const twin = String((body as Json)['token']);
    // Somebody joined meanwhile: the emulator that knows this one is gone.
    if (twins !== this.#twins || this.#stale) {
      await this.ready();
      return this.#twin(token);
    }
    twins.set(token, twin);
    return twin;
  }

  /** A new start waits for what is under way. */
  async #counted(answer: Promise<Answer>): Promise<Answer> {
    this.#underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  #reader(owner: Account): string {
    return owner.type === 'Organization' ? ADMIN : owner.login;
  }

  async #ask(
    method: string,
    path: string,
    as: string | { readonly jwt: true } | { readonly token: string } | null,
    body?: unknown,
  ): Promise<Answer> {
    const emulator = this.#emulator;
    if (emulator === null) throw new Error('the emulator is closed');
    const headers: Record<string, string> = {};
    if (typeof as === 'string') headers['authorization'] = `token ${this.#secret}-${as}`;
    else if (as !== null && 'token' in as) headers['authorization'] = `token ${as.token}`;
    else if (as !== null)
      headers['authorization'] = `Bearer ${signJwt(this.#world.app, Math.floor(Date.now() / 1000))}`;
    const local = emulator.url.replace('//localhost:', '//127.0.0.1:');
    const response = await fetch(`${local}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const mine = (text: string) => text.replaceAll(emulator.url, this.baseUrl);
    const text = mine(await response.text());
    const link = response.headers.get('link');
    return {
      status: response.status,
      ...(text === '' ? {} : { body: JSON.parse(text) as unknown }),
      ...(link === null ? {} : { headers: { link: mine(link).replaceAll(local, this.baseUrl) } }),
    };
  }

  #seed() {
    const { accounts, repositories, installations, app } = this.#world;
    const people = accounts.filter((account) => account.type !== 'Organization');
    const organisations = accounts.filter((account) => account.type === 'Organization');
    const tokens = [ADMIN, ...people.map(({ login }) => login)].map(
      (login) => [`${this.#secret}-${login}`, { login }] as const,
    );
    return {
      tokens: Object.fromEntries(tokens),
      github: {
        users: people.map(({ login }) => ({ login, name: login })),
        orgs: organisations.map(({ login }) => ({
          login,
          name: login,
          members: [{ login: ADMIN, role: 'admin' }],
        })),
        repos: repositories.map((repository) => ({
          owner: repository.owner.login,
          name: repository.name,
          private: repository.private,
          default_branch: repository.defaultBranch,
          auto_init: false,
        })),
        apps: [
          {
            app_id: app.id,
            slug: app.slug,
            name: app.name,
            private_key: app.privateKey,
            permissions: app.permissions,
            events: app.events,
            installations: installations
              .filter(({ deleted }) => !deleted)
              .map((installation) => ({
                installation_id: installation.id,
                account: installation.account.login,
                permissions: installation.permissions,
                events: app.events,
                repository_selection: installation.repositories === null ? 'all' : 'selected',
                repositories: (installation.repositories ?? []).map(fullName),
              })),
          },
        ],
      },
    };
  }
}
