/**
 * The state of the App: one PostgreSQL. Every method is one transaction; transitions are guarded, so a step that runs
 * twice changes nothing the second time. Times are the database's own.
 */
import type {
  Acceptance,
  Approval,
  AuditEntry,
  CheckConclusion,
  CheckContent,
  CheckRow,
  Delivery,
  Evaluation,
  EvaluationFailure,
  EvaluationProgress,
  GroupAttribution,
  Hint,
  LabelDispute,
  PipelineReport,
  PullRequest,
  RepositoryRef,
  Subject,
} from '../core/app-words.js';
import type { Report } from '../core/report/schema.js';

export interface StoredHint {
  readonly id: number;
  readonly repositoryId: number | null;
  readonly installationId: number | null;
  readonly hint: Hint;
  /** Delivery GUID, or what made it. */
  readonly cause: string;
}

export interface Inbox {
  /**
   * Delivery and hints in one transaction; repository and installation rows are brought up to date with it. A guid that
   * is known gives `duplicate` and the hints of the first time that are not done yet, so that they can be queued again.
   */
  receive(
    delivery: Delivery,
  ): Promise<{ readonly duplicate: boolean; readonly hints: readonly StoredHint[] }>;
  /** A hint of our own making. An open or finished one with the same cause is not made twice; undefined then. */
  addHint(repositoryId: number, cause: string, hint: Hint): Promise<StoredHint | undefined>;
  hint(id: number): Promise<(StoredHint & { readonly done: boolean }) | undefined>;
  finishHint(id: number): Promise<void>;
  /** Greatest id among the open looks of a pull request, with the first one's reason. */
  openLooks(
    repositoryId: number,
    number: number,
  ): Promise<{ readonly upTo: number; readonly why: string } | undefined>;
  /** All looks of the pull request up to this id are done. */
  finishLooks(repositoryId: number, number: number, upTo: number): Promise<void>;
  /** Not done for so long; oldest first. */
  openHints(olderThanMs: number, limit: number): Promise<readonly StoredHint[]>;
}

export interface Repositories {
  /** Undefined when it is unknown, removed, or its installation is suspended or deleted. */
  repository(id: number): Promise<RepositoryRef | undefined>;
  activeRepositories(): Promise<readonly RepositoryRef[]>;
  /** Inserts, or renames and moves; brings a removed one back. */
  saveRepositories(repositories: readonly RepositoryRef[]): Promise<void>;
  removeRepository(id: number): Promise<void>;
  saveInstallation(
    id: number,
    account: string | null,
    state: 'active' | 'suspended' | 'deleted',
  ): Promise<void>;
  savePullRequest(repositoryId: number, pullRequest: PullRequest): Promise<void>;
  pullRequest(repositoryId: number, number: number): Promise<PullRequest | undefined>;
  openPullRequests(repositoryId: number, baseRef?: string): Promise<readonly PullRequest[]>;
}

export type NewEvaluation = Pick<
  Evaluation,
  | 'repositoryId'
  | 'headSha'
  | 'baseRef'
  | 'kind'
  | 'pullNumber'
  | 'baseSha'
  | 'headRef'
  | 'situation'
  | 'decision'
  | 'policy'
  | 'trust'
  | 'cause'
  | 'why'
  | 'rerun'
  | 'onlyPipeline'
> & {
  /** `planned` when it has to be measured, `judged` when the decision is the answer or reports are given. */
  readonly state: 'planned' | 'judged';
  readonly deadlineMs: number;
  /** Roll-up first. */
  readonly checks: readonly { readonly pipeline: string | null; readonly name: string }[];
  /** Taken over from an earlier attempt (acceptance). */
  readonly reports?: readonly PipelineReport[];
};

export interface Evaluations {
  evaluation(id: string): Promise<Evaluation | undefined>;
  /** All attempts of a subject, oldest first. */
  attempts(subject: Subject): Promise<readonly Evaluation[]>;
  /**
   * The next attempt of a subject. Earlier ones without an answer become `superseded`, those with one keep it and get
   * `supersededBy`. When the subject has an attempt with this cause already, that one is returned and nothing changes.
   */
  createEvaluation(
    evaluation: NewEvaluation,
  ): Promise<{ readonly evaluation: Evaluation; readonly created: boolean }>;
  /** Attempts of the subject without an answer become `superseded`; returns how many. `by` in words. */
  supersede(subject: Subject, by: string): Promise<number>;
  /** Other subjects that this pull request asked for and that have an attempt whose check runs are not all completed. */
  otherSubjects(repositoryId: number, pullNumber: number, but: Subject | null): Promise<readonly Subject[]>;

  /**
   * planned → running, or takes over a running one whose worker is silent for `staleMs`. Undefined: nothing to do.
   * Counts `tries`.
   */
  claim(id: string, worker: string, staleMs: number): Promise<Evaluation | undefined>;
  /** False when this worker no longer has it (superseded, overdue, taken over): stop. */
  heartbeat(id: string, worker: string, progress: EvaluationProgress | null): Promise<boolean>;
  /** running → planned, for a worker that stops. `countTry: false`: the try does not count. */
  release(id: string, worker: string, countTry: boolean): Promise<boolean>;
  /** running → judged with its reports. */
  finish(
    id: string,
    worker: string,
    result: {
      readonly reports: readonly PipelineReport[];
      readonly warnings: readonly string[];
      readonly attribution: readonly GroupAttribution[] | null;
    },
  ): Promise<boolean>;
  /** planned or running → judged without a verdict. */
  fail(id: string, failure: EvaluationFailure): Promise<boolean>;
  /** judged → reported. */
  markReported(id: string): Promise<boolean>;
  reports(evaluationId: string): Promise<readonly PipelineReport[]>;
  /**
   * The newest finished verdict of a plan in this repository (of any subject); never one that was not measured, never
   * one of an evaluation that showed aggregates only unless `sandbox` is the same.
   */
  verdict(
    repositoryId: number,
    planId: string,
  ): Promise<{ readonly evaluationId: string; readonly report: Report } | undefined>;

  /** planned for longer than `queuedMs` or running without heartbeat for `staleMs`. */
  waitingEvaluations(queuedMs: number, staleMs: number): Promise<readonly string[]>;
  overdueEvaluations(): Promise<readonly string[]>;
  /** Subjects with a check run that GitHub was not told the latest of, for longer than `olderThanMs`. */
  unpublishedSubjects(olderThanMs: number): Promise<readonly Subject[]>;
}

export interface CheckRows {
  /** Roll-up first. */
  checks(evaluationId: string): Promise<readonly CheckRow[]>;
  /** By `external_id`. */
  checkById(id: string): Promise<CheckRow | undefined>;
  beginCheckCreation(id: string): Promise<void>;
  savePosted(
    id: string,
    posted: {
      readonly githubId: number;
      readonly hash: string;
      readonly status: CheckContent['status'];
      readonly conclusion: CheckConclusion | null;
    },
  ): Promise<void>;
  comment(
    repositoryId: number,
    number: number,
  ): Promise<{ readonly githubId: number; readonly hash: string } | undefined>;
  saveComment(
    repositoryId: number,
    number: number,
    comment: { readonly githubId: number; readonly hash: string },
  ): Promise<void>;
}

export interface Ledger {
  /** Idempotent on repository, commit and pull request. Writes the audit line in the same transaction. */
  approve(repositoryId: number, approval: Omit<Approval, 'at'>): Promise<void>;
  approval(repositoryId: number, number: number, headSha: string): Promise<Approval | undefined>;
  /** Writes the audit line in the same transaction. `cause` makes it idempotent. */
  accept(
    acceptance: Omit<Acceptance, 'id' | 'at' | 'expiresAt' | 'revokedAt' | 'revokedBy'> & {
      readonly expiresMs: number;
      readonly cause: string;
    },
  ): Promise<Acceptance>;
  /** In force now: this subject, this situation, not expired, not revoked. Oldest first. */
  acceptances(subject: Subject, situationKey: string): Promise<readonly Acceptance[]>;
  /** Revokes all in force of the subject; returns how many. Writes the audit line in the same transaction. */
  revoke(subject: Subject, by: string): Promise<number>;
  /** Subjects whose newest acceptance expired in the last `withinMs` and that have no later attempt. */
  expiredAcceptances(withinMs: number): Promise<readonly Subject[]>;
  dispute(
    repositoryId: number,
    dispute: Omit<LabelDispute, 'id' | 'at'> & { readonly cause: string },
  ): Promise<LabelDispute>;
  disputes(repositoryId: number, number?: number): Promise<readonly LabelDispute[]>;
  audit(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  auditEntries(limit: number): Promise<readonly (AuditEntry & { readonly id: number; readonly at: Date })[]>;
}

export interface ReleaseBooks {
  /** Active ones that have had an evaluation. */
  evaluatedRepositories(): Promise<readonly RepositoryRef[]>;
  /** As GitHub lists them, the newest first; what is as new and not among them is gone. */
  saveReleases(
    repositoryId: number,
    releases: readonly { readonly tag: string; readonly at: Date }[],
  ): Promise<void>;
}

export interface Housekeeping {
  /** Runs `work` while holding the named lock; undefined when another process holds it. */
  withLock<T>(name: string, work: () => Promise<T>): Promise<{ readonly result: T } | undefined>;
  /** A moment that a sweep remembers; undefined when it never ran. */
  cursor(name: string): Promise<Date | undefined>;
  saveCursor(name: string, at: Date): Promise<void>;
  /**
   * Forgets finished hints and deliveries older than so long (GitHub redelivers for three days), in batches; sessions that
   * are over, and simulations of long ago. Summarises reports that another version left without a summary.
   */
  forget(olderThanMs: number): Promise<number>;
  /** The database's clock, epoch milliseconds. Throws when it is away. */
  now(): Promise<number>;
  close(): Promise<void>;
}

export type Store = Inbox & Repositories & Evaluations & CheckRows & Ledger & ReleaseBooks & Housekeeping;
