/** What a caller of the emulated GitHub sees: what people do on github.com, and what can be looked at afterwards. */

export interface Options {
  /** 0 or absent: any free port. The server listens on 127.0.0.1 only. */
  readonly port?: number;
  readonly webhookUrl?: string;
  /** Scratch folder; the bare repositories go there. It is the caller's to delete. */
  readonly folder: string;
  /** What the App asked for when it was registered; the default is what the product needs. */
  readonly permissions?: Readonly<Record<string, string>>;
  readonly events?: readonly string[];
  /** Webhooks that are under way at once. 1, the default, keeps them in order. */
  readonly webhooksAtOnce?: number;
  readonly log?: (line: string) => void;
}

export type Role =
  | 'admin'
  | 'maintain'
  | 'write'
  | 'triage'
  | 'read'
  | 'none'
  /** The question is answered with that status. */
  | 'error-403'
  | 'error-500';

export interface CheckRunView {
  readonly id: number;
  readonly name: string;
  readonly externalId: string;
  readonly headSha: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly annotations: readonly AnnotationView[];
  readonly actions: readonly ActionView[];
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly detailsUrl: string | null;
  /** How often it was written, the creation included. */
  readonly writes: number;
}

export interface AnnotationView {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: string;
  readonly title: string | null;
  readonly message: string;
}

export interface ActionView {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

export interface CommentView {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly edits: number;
}

/** One attempt to send a webhook. A redelivery is a record of its own with the same guid. */
export interface DeliveryRecord {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly deliveredAt: Date;
  readonly redelivery: boolean;
  /** What the receiver answered; 502 when it could not be reached or the delivery was lost, 504 when it was too slow. */
  readonly statusCode: number;
  readonly status: string;
  readonly durationMs: number;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  /** The JSON text that was signed. */
  readonly body: string;
}

export type DeliveryFate =
  | 'deliver'
  /** Never sent; in the log as a failed attempt. */
  | 'lose'
  | 'twice'
  | 'thrice'
  /** After the next two, or after a quarter of a second when none follow. */
  | 'delay'
  /** A copy after each of these milliseconds. */
  | { readonly afterMs: readonly number[] };

export interface FaultMatch {
  readonly method?: string;
  /** Tested against the path with its query. */
  readonly path: RegExp;
}

export type FaultAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The connection is closed, nothing is done. */
  | 'drop'
  /** The request is carried out, the connection is closed instead of an answer. */
  | 'drop-answer';

export interface RequestRecord {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly auth: 'app' | 'installation' | 'user' | 'client' | 'none';
}

export interface MergeResult {
  readonly merged: boolean;
  readonly status: number;
  readonly message: string;
  /** The merge commit. */
  readonly sha: string | null;
}

export interface NewPullRequest {
  readonly repo: string;
  readonly author: string;
  readonly head: string | { readonly fork: string; readonly branch: string };
  readonly base: string;
  readonly title: string;
  readonly body?: string;
  readonly draft?: boolean;
  /** False: no webhook. */
  readonly emit?: boolean;
}

export interface NewCommit {
  readonly repo: string;
  readonly branch: string;
  /** A commit id or branch to stand on; default: the branch's tip, or the default branch's when it is new. */
  readonly onto?: string;
  /** Null deletes. */
  readonly files: Readonly<Record<string, string | Uint8Array | null>>;
  readonly message?: string;
  readonly author?: string;
  /** False: the push is seen, no webhook is sent. */
  readonly emit?: boolean;
}

export interface EmulatedGitHub {
  /** Base for Octokit; `/api/v3` below it works too, as on Enterprise Server. */
  readonly apiUrl: string;
  /** `${gitUrl}/${owner}/${name}.git` can be cloned with an installation token. */
  readonly gitUrl: string;
  readonly app: {
    readonly id: number;
    readonly slug: string;
    readonly privateKey: string;
    readonly webhookSecret: string;
    readonly clientId: string;
    readonly clientSecret: string;
    /** `docops[bot]`. */
    readonly login: string;
  };
  setWebhookUrl(url: string | null): void;
  /** Where people who sign in may be sent back to; at first any port of this machine. */
  setCallbackUrls(urls: readonly string[]): void;

  addUser(login: string, type?: 'User' | 'Bot'): Promise<void>;
  addOrganisation(login: string): Promise<void>;
  /** `from`: a local repository, bare or not; copied. */
  addRepository(options: {
    readonly owner: string;
    readonly name: string;
    readonly from: string;
    readonly private?: boolean;
  }): Promise<{ id: number }>;
  /** Emits `installation.created`. Without `repositories` all of the owner's, later ones too. */
  install(
    owner: string,
    options?: {
      readonly permissions?: Readonly<Record<string, string>>;
      readonly repositories?: readonly string[];
      readonly emit?: boolean;
    },
  ): Promise<{ id: number }>;
  suspend(owner: string, suspended: boolean): Promise<void>;
  uninstall(owner: string): Promise<void>;
  setPermission(repo: string, login: string, role: Role): Promise<void>;
  /** `pinned`: only this App's check counts. */
  requireCheck(
    repo: string,
    branch: string,
    checkName: string,
    options?: { readonly pinned?: boolean; readonly via?: 'ruleset' | 'classic' },
  ): Promise<void>;
  /** The newest is the one that was added last. `draft`: only people who write see it on GitHub; the list has it here. */
  addRelease(
    repo: string,
    tag: string,
    options?: { readonly at?: Date; readonly author?: string; readonly draft?: boolean },
  ): void;
  rename(repo: string, newName: string): Promise<void>;
  /** Pull requests from a deleted fork stay, their `head.repo` is null. */
  deleteRepository(repo: string): Promise<void>;
  barePath(repo: string): string;

  /**
   * After the caller pushed into the bare repository: takes note of every branch that moved, emits `push` for each and
   * `pull_request.synchronize` where it is a head.
   */
  sync(repo: string, options?: { readonly emit?: boolean; readonly sender?: string }): Promise<void>;
  /** One commit, without a working tree, and `sync` of its branch. Returns its id. */
  pushCommit(commit: NewCommit): Promise<string>;
  /** Returns `login/name`. */
  fork(repo: string, login: string): Promise<string>;
  openPullRequest(options: NewPullRequest): Promise<number>;
  setDraft(repo: string, number: number, draft: boolean, sender?: string): Promise<void>;
  retarget(repo: string, number: number, base: string, sender?: string): Promise<void>;
  closePullRequest(repo: string, number: number, sender?: string): Promise<void>;
  reopen(repo: string, number: number, sender?: string): Promise<void>;
  createIssue(repo: string, author: string, title: string): Promise<number>;
  /** On a pull request or an issue. `botAuthor`: the author is an App. */
  comment(
    repo: string,
    number: number,
    author: string,
    body: string,
    options?: { readonly emit?: boolean; readonly botAuthor?: boolean },
  ): Promise<number>;
  editComment(repo: string, commentId: number, body: string): Promise<void>;
  deleteComment(repo: string, commentId: number): Promise<void>;
  /** Through the branch's rules: 405 until every required check has succeeded. */
  merge(repo: string, number: number, by: string): Promise<MergeResult>;
  mergeGroup(
    repo: string,
    branch: string,
    numbers: readonly number[],
  ): Promise<{ headSha: string; headRef: string; baseSha: string }>;
  /** `merged` moves the base branch, through its rules. */
  destroyMergeGroup(
    repo: string,
    headSha: string,
    reason?: 'merged' | 'invalidated' | 'dequeued',
  ): Promise<void>;

  /** Everything the App posted on a commit, oldest first. */
  checkRuns(repo: string, sha: string): Promise<CheckRunView[]>;
  comments(repo: string, number: number): Promise<CommentView[]>;
  /** Contents of the reactions to a comment: `eyes`. */
  reactions(repo: string, commentId: number): Promise<string[]>;
  rerequest(repo: string, checkRunId: number, sender: string): Promise<void>;
  rerequestSuite(repo: string, sha: string, sender: string): Promise<void>;
  pressButton(repo: string, checkRunId: number, identifier: string, sender: string): Promise<void>;

  readonly deliveries: readonly DeliveryRecord[];
  /** Decides about every first attempt; redeliveries are always sent. */
  setDelivery(
    policy: (delivery: { event: string; action: string | null; guid: string }) => DeliveryFate,
  ): void;
  redeliverGuid(guid: string): Promise<void>;
  /** Every webhook is sent and answered, the delayed ones too. */
  idle(): Promise<void>;

  /** Matched requests get this answer instead, so many times (1). */
  fail(match: FaultMatch, answer: FaultAnswer, times?: number): void;
  /** Every installation token given so far answers 401 from now on. */
  expireTokens(): void;
  /** The same of everybody who signed in. */
  expireUserTokens(): void;
  readonly requests: readonly RequestRecord[];
  /** Ends the server, the emulator behind it, and every git process. */
  close(): Promise<void>;
}
