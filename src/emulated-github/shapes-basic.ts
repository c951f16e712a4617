/** The JSON of accounts, repositories, the App and its installations. */
import type { Backing } from './backing.js';
import {
  nodeId,
  fullName,
  type Account,
  type Installation,
  type Json,
  type Repository,
  type World,
} from './world.js';

const TIME_OF_APP = '2024-01-01T00:00:00Z';

export class BasicShapes {
  protected readonly world: World;
  readonly #backing: Backing;
  /** `http://127.0.0.1:PORT`, set once it is known. */
  baseUrl = '';

  constructor(world: World, backing: Backing) {
    this.world = world;
    this.#backing = backing;
  }

  url(repository: Repository): string {
    return `${this.baseUrl}/repos/${fullName(repository)}`;
  }

  html(repository: Repository): string {
    return `${this.baseUrl}/${fullName(repository)}`;
  }

  account({ login, id, type }: Account): Json {
    const url = `${this.baseUrl}/users/${encodeURIComponent(login)}`;
    return {
      login,
      id,
      node_id: nodeId(type, id),
      avatar_url: `${this.baseUrl}/avatars/${id}`,
      gravatar_id: '',
      url,
      html_url: `${this.baseUrl}/${type === 'Bot' ? `apps/${login.replace('[bot]', '')}` : login}`,
      followers_url: `${url}/followers`,
      following_url: `${url}/following{/other_user}`,
      gists_url: `${url}/gists{/gist_id}`,
      starred_url: `${url}/starred{/owner}{/repo}`,
      subscriptions_url: `${url}/subscriptions`,
      organizations_url: `${url}/orgs`,
      repos_url: `${url}/repos`,
      events_url: `${url}/events{/privacy}`,
      received_events_url: `${url}/received_events`,
      type,
      user_view_type: 'public',
      site_admin: false,
    };
  }

  repository(repository: Repository): Json {
    const { forkOf } = repository;
    return {
      ...this.#backing.repository(repository),
      owner: this.account(repository.owner),
      fork: forkOf !== null,
      open_issues_count: [...repository.pulls.values()].filter(({ state }) => state === 'open').length,
    };
  }

  app(): Json {
    const { id, slug, name, permissions, events, clientId } = this.world.app;
    const owner = this.world.installations[0]?.account ?? this.world.bot;
    return {
      id,
      slug,
      client_id: clientId,
      node_id: nodeId('App', id),
      owner: this.account(owner),
      name,
      description: '',
      external_url: `${this.baseUrl}/apps/${slug}`,
      html_url: `${this.baseUrl}/apps/${slug}`,
      created_at: TIME_OF_APP,
      updated_at: TIME_OF_APP,
      permissions,
      events,
    };
  }

  installation(installation: Installation): Json {
    const { id, account, permissions, suspendedAt } = installation;
    const { app } = this.world;
    return {
      id,
      client_id: app.clientId,
      account: this.account(account),
      repository_selection: installation.repositories === null ? 'all' : 'selected',
      access_tokens_url: `${this.baseUrl}/app/installations/${id}/access_tokens`,
      repositories_url: `${this.baseUrl}/installation/repositories`,
      html_url: `${this.baseUrl}/settings/installations/${id}`,
      app_id: app.id,
      app_slug: app.slug,
      target_id: account.id,
      target_type: account.type,
      permissions,
      events: app.events,
      created_at: installation.createdAt,
      updated_at: installation.createdAt,
      single_file_name: null,
      has_multiple_single_files: false,
      single_file_paths: [],
      suspended_by: null,
      suspended_at: suspendedAt,
    };
  }
}
