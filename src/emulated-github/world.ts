/** What exists: people, repositories, installations. Numbers and JSON of accounts and repositories come from the emulator behind. */
import { join } from 'node:path';
import type { ActionView, AnnotationView, Role } from './types.js';

export type Json = Record<string, unknown>;

export interface Account {
  login: string;
  id: number;
  readonly type: 'User' | 'Bot' | 'Organization';
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  draft: boolean;
  readonly author: Account;
  readonly headRepo: Repository;
  readonly headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  merged: boolean;
  mergedBy: Account | null;
  mergeSha: string | null;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly author: Account;
  readonly state: 'open' | 'closed';
  readonly createdAt: string;
}

export interface Reaction {
  readonly id: number;
  readonly content: string;
  readonly user: Account;
  readonly createdAt: string;
}

export interface Comment {
  readonly id: number;
  readonly number: number;
  readonly author: Account;
  /** Written with an installation token. */
  readonly viaApp: boolean;
  body: string;
  edits: number;
  readonly createdAt: string;
  updatedAt: string;
  readonly reactions: Reaction[];
}

export interface CheckRun {
  readonly id: number;
  name: string;
  readonly headSha: string;
  readonly suite: Suite;
  externalId: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: (AnnotationView & { readonly rawDetails: string | null })[];
  actions: readonly ActionView[];
  startedAt: string | null;
  completedAt: string | null;
  detailsUrl: string | null;
  writes: number;
}

/** GitHub makes one for each commit and App. */
export interface Suite {
  readonly id: number;
  readonly headSha: string;
  readonly runs: CheckRun[];
  readonly createdAt: string;
  updatedAt: string;
}

export interface Requirement {
  readonly id: number;
  readonly branch: string;
  readonly check: string;
  readonly pinned: boolean;
  readonly via: 'ruleset' | 'classic';
}

export interface MergeGroup {
  readonly headSha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly numbers: readonly number[];
  /** Merge commit of each pull request, in the order of `numbers`. */
  readonly commits: readonly string[];
}

export interface Repository {
  id: number;
  readonly owner: Account;
  name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly bare: string;
  readonly forkOf: Repository | null;
  deleted: boolean;
  nextNumber: number;
  readonly roles: Map<string, Role>;
  /** Branches as they were when last looked at. */
  heads: Map<string, string>;
  readonly commits: Set<string>;
  readonly pulls: Map<number, Pull>;
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  readonly checkRuns: Map<number, CheckRun>;
  readonly suites: Map<string, Suite>;
  requirements: readonly Requirement[];
  readonly groups: Map<string, MergeGroup>;
  readonly releases: Release[];
}

export interface Release {
  readonly id: number;
  readonly tag: string;
  readonly author: Account;
  readonly draft: boolean;
  readonly createdAt: string;
}

export interface Installation {
  readonly id: number;
  readonly account: Account;
  readonly permissions: Readonly<Record<string, string>>;
  /** Null: all. */
  readonly repositories: readonly Repository[] | null;
  readonly createdAt: string;
  suspendedAt: string | null;
  deleted: boolean;
}

export interface AppIdentity {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly webhookSecret: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly login: string;
  permissions: Readonly<Record<string, string>>;
  events: readonly string[];
  /** Where people who sign in may be sent back to. */
  callbackUrls: readonly string[];
}

export class World {
  readonly folder: string;
  readonly app: AppIdentity;
  readonly bot: Account;
  /** In the order they came, which their numbers follow. */
  readonly accounts: Account[] = [];
  readonly repositories: Repository[] = [];
  readonly installations: Installation[] = [];
  /** Former full names in lower case. */
  readonly redirects = new Map<string, Repository>();
  #ids = 1000;

  constructor(folder: string, app: AppIdentity) {
    this.folder = folder;
    this.app = app;
    this.bot = { login: app.login, id: 0, type: 'Bot' };
    this.accounts.push(this.bot);
  }

  /** Ids of what this server makes itself; unique over all kinds. */
  nextId(): number {
    return (this.#ids += 1);
  }

  findAccount(login: string): Account | undefined {
    const wanted = login.toLowerCase();
    return this.accounts.find((account) => account.login.toLowerCase() === wanted);
  }

  account(login: string): Account {
    const found = this.findAccount(login);
    if (found === undefined) throw new Error(`no account ${login}; add it first`);
    return found;
  }

  /** Who acts when nobody is named: an organisation does nothing by itself. */
  personFor(owner: Account): Account {
    if (owner.type !== 'Organization') return owner;
    return this.accounts.find(({ type }) => type === 'User') ?? owner;
  }

  findRepository(owner: string, name: string): Repository | undefined {
    const wanted = `${owner}/${name}`.toLowerCase();
    return this.repositories.find(
      (repository) => !repository.deleted && fullName(repository).toLowerCase() === wanted,
    );
  }

  repository(full: string): Repository {
    const [owner, name] = full.split('/');
    const found = this.findRepository(owner ?? '', name ?? '');
    if (found === undefined) throw new Error(`no repository ${full}; add it first`);
    return found;
  }

  addRepository(options: {
    owner: Account;
    name: string;
    private: boolean;
    defaultBranch: string;
    bare: string;
    forkOf: Repository | null;
  }): Repository {
    const repository: Repository = {
      ...options,
      id: 0,
      deleted: false,
      nextNumber: 1,
      roles: new Map(),
      heads: new Map(),
      commits: new Set(),
      pulls: new Map(),
      issues: new Map(),
      comments: new Map(),
      checkRuns: new Map(),
      suites: new Map(),
      requirements: [],
      groups: new Map(),
      releases: [],
    };
    this.repositories.push(repository);
    return repository;
  }

  /** A folder name that no rename touches. */
  newBarePath(): string {
    return join(this.folder, 'repositories', `${this.repositories.length + 1}-${this.nextId()}.git`);
  }

  pull(full: string, number: number): { repository: Repository; pull: Pull } {
    const repository = this.repository(full);
    const pull = repository.pulls.get(number);
    if (pull === undefined) throw new Error(`${full} has no pull request #${number}`);
    return { repository, pull };
  }

  /** The installation that sees a repository's events. */
  installationOf(repository: Repository): Installation | undefined {
    return this.installations.find(
      (installation) => !installation.deleted && this.covers(installation, repository),
    );
  }

  covers(installation: Installation, repository: Repository): boolean {
    return (
      installation.account === repository.owner && (installation.repositories?.includes(repository) ?? true)
    );
  }

  repositoriesOf(installation: Installation): readonly Repository[] {
    return this.repositories.filter(
      (repository) => !repository.deleted && this.covers(installation, repository),
    );
  }
}

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

/** Seconds, as GitHub has it. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

export function nodeId(kind: string, id: number): string {
  return Buffer.from(`0${kind.length}:${kind}${id}`).toString('base64').replace(/=+$/, '');
}
