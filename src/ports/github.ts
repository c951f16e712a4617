/**
 * What the steps need of GitHub. One adapter speaks REST (`src/github`), for github.com and Enterprise Server.
 *
 * Every method throws `GitHubError`; "not there" is a value where a step has to go on with it.
 */
import type { Annotation, CheckContent, Permission, PullRequest, RepositoryRef } from '../core/app-words.js';

export type GitHubErrorClass =
  /** 404, 410: not there, or not for us. */
  | 'not-found'
  /** 403 that is no rate limit, 401 that a new token did not mend: a permission is missing or the App is suspended. */
  | 'forbidden'
  /** 422 and other 4xx: the request itself is refused. */
  | 'refused'
  /** Primary or secondary limit: try again after `retryAfterMs`. */
  | 'rate-limited'
  /** 5xx, network: try again. */
  | 'unavailable';

export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly class: GitHubErrorClass;
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(
    cls: GitHubErrorClass,
    message: string,
    options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.class = cls;
    this.status = options.status ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** A check run as GitHub is told; every text is within its limits already. */
export interface CheckRunInput extends CheckContent {
  readonly name: string;
  readonly headSha: string;
  readonly externalId: string;
  readonly detailsUrl: string | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** Any number; the adapter sends at most 50 with each request, and only those that were not sent before. */
  readonly annotations: readonly Annotation[];
}

export interface CheckRunState {
  readonly id: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly annotations: number;
}

export interface CommentState {
  readonly id: number;
  readonly body: string;
  /** Login of the author. */
  readonly author: string;
}

/** Whether the rules of a branch require our check. */
export interface RequiredCheck {
  readonly required: boolean;
  /** Pinned to this App, so that no other can post it. Null when it is not required. */
  readonly pinned: boolean | null;
}

export interface Checks {
  createCheck(repository: RepositoryRef, check: CheckRunInput): Promise<CheckRunState>;
  updateCheck(repository: RepositoryRef, id: number, check: CheckRunInput): Promise<CheckRunState>;
  /** The check run of this App with the external id on this commit. */
  findCheck(
    repository: RepositoryRef,
    headSha: string,
    name: string,
    externalId: string,
  ): Promise<CheckRunState | undefined>;
}

export interface PullRequests {
  pullRequest(repository: RepositoryRef, number: number): Promise<PullRequest | undefined>;
  openPullRequests(repository: RepositoryRef, baseRef?: string): Promise<readonly PullRequest[]>;
  /** Open pull requests of this repository whose head is this commit; forks' too. */
  pullRequestsWithHead(repository: RepositoryRef, headSha: string): Promise<readonly PullRequest[]>;
  /** Pull request that a commit of the base branch or of a merge group came from; the newest, open or not. */
  pullRequestOfCommit(repository: RepositoryRef, sha: string): Promise<number | undefined>;
}

export interface Comments {
  createComment(repository: RepositoryRef, number: number, body: string): Promise<CommentState>;
  /** Undefined when somebody deleted it. */
  updateComment(
    repository: RepositoryRef,
    commentId: number,
    body: string,
  ): Promise<CommentState | undefined>;
  /** Newest comment of this App that contains the marker. */
  findComment(repository: RepositoryRef, number: number, marker: string): Promise<CommentState | undefined>;
  /** Decorative: never throws. */
  react(
    repository: RepositoryRef,
    commentId: number,
    content: 'eyes' | 'rocket' | '+1' | '-1' | 'confused',
  ): Promise<void>;
}

export interface People {
  /** Never throws: what cannot be found out is `unknown`. */
  permission(repository: RepositoryRef, login: string): Promise<Permission>;
}

export interface Branches {
  /** Undefined when the rules cannot be read. Covers rulesets and, where it may be read, classic branch protection. */
  requiredCheck(
    repository: RepositoryRef,
    branch: string,
    checkName: string,
  ): Promise<RequiredCheck | undefined>;
}

export interface Releases {
  /** The newest hundred; drafts are left out. */
  releases(repository: RepositoryRef): Promise<readonly { readonly tag: string; readonly at: Date }[]>;
}

export interface FailedDelivery {
  /** Of the newest attempt. Text: GitHub's delivery ids no longer fit a double. */
  readonly id: string;
  readonly guid: string;
  readonly event: string;
  /** When the newest attempt was made. */
  readonly deliveredAt: Date;
}

export interface AppFacts {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  /** GitHub's clock in the answer, epoch milliseconds. */
  readonly clockMs: number | null;
}

export interface AppInstallation {
  readonly id: number;
  readonly account: string;
  readonly suspended: boolean;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

export interface App {
  app(): Promise<AppFacts>;
  installations(): Promise<readonly AppInstallation[]>;
  repositories(installationId: number): Promise<readonly RepositoryRef[]>;
  /** Where GitHub sends webhooks. */
  webhookUrl(): Promise<string | null>;
  /** Deliveries since then without an OK for their guid, oldest first. */
  failedDeliveries(since: Date): Promise<readonly FailedDelivery[]>;
  redeliver(deliveryId: string): Promise<void>;
}

export interface GitAccess {
  /** Where the repository is cloned from. */
  cloneUrl(repository: RepositoryRef): string;
  /**
   * Installation token for this repository alone with `contents: read`; lives an hour and is kept. `renew`: the one that
   * is kept was refused.
   */
  cloneToken(repository: RepositoryRef, renew?: boolean): Promise<string>;
}

export type GitHub = Checks & PullRequests & Comments & People & Branches & Releases & App & GitAccess;
