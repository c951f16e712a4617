/**
 * The words of the App: plain data, like `words.ts`, for what stands between a webhook and a check run.
 *
 * - hint: what a webhook, a sweep or a command says may have changed. Never believed, always looked up.
 * - subject: one head commit that is to go into one base branch. Check runs belong to it; several pull requests may have it.
 * - evaluation: one attempt to answer a subject. Every attempt has check runs of its own; a later one supersedes it.
 * - roll-up: the check run that carries the plain name and is the one to require; with several pipelines each has one more.
 */
import type { Report } from './report/schema.js';
import type { Config, Problem } from './words.js';

/** Numeric ids outlive renames and transfers; owner and name are the latest known. */
export interface RepositoryRef {
  readonly id: number;
  readonly installationId: number;
  readonly owner: string;
  readonly name: string;
}

export interface Subject {
  readonly repositoryId: number;
  readonly headSha: string;
  /** Branch name without `refs/heads/`. */
  readonly baseRef: string;
}

export interface Actor {
  readonly login: string;
  /** `unknown` where GitHub says nothing. Apps are `bot`; their login ends with `[bot]`. */
  readonly type: 'user' | 'bot' | 'unknown';
}

export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly open: boolean;
  readonly merged: boolean;
  readonly draft: boolean;
  readonly author: Actor;
  readonly headSha: string;
  readonly headRef: string;
  /** Null when the fork was deleted. */
  readonly headRepositoryId: number | null;
  readonly baseRef: string;
  /** As GitHub last knew it; stale at times, so never compared with. */
  readonly baseSha: string;
}

// ---------------------------------------------------------------- hints

/** Where a hint came from, unique for each delivery, comment or button press; repeating one is harmless. */
export type Hint =
  | { readonly kind: 'look'; readonly number: number; readonly why: string }
  | {
      readonly kind: 'command';
      readonly number: number;
      readonly commentId: number;
      readonly author: Actor;
      readonly body: string;
    }
  | {
      /** A button or "Re-run" on a check run or suite. */
      readonly kind: 'check-action';
      readonly action: 'rerun' | 'rerun-failed' | 'approve';
      readonly headSha: string;
      /** Of the check run; null for a whole suite. */
      readonly externalId: string | null;
      readonly sender: Actor;
    }
  | {
      readonly kind: 'merge-group';
      readonly action: 'checks_requested' | 'destroyed';
      readonly headSha: string;
      /** `refs/heads/gh-readonly-queue/…`, where the commit can be fetched. */
      readonly headRef: string;
      readonly baseSha: string;
      readonly baseRef: string;
    }
  | { readonly kind: 'push'; readonly branch: string; readonly after: string }
  | { readonly kind: 'repository-gone' }
  | { readonly kind: 'installation'; readonly state: 'active' | 'suspended' | 'deleted' };

/** A hint with what it is about. `repository` is absent for hints about a whole installation. */
export interface Delivery {
  /** GitHub's delivery GUID; the same on redelivery. */
  readonly guid: string;
  /** `pull_request.synchronize`. */
  readonly event: string;
  readonly installation: { readonly id: number; readonly account: string | null };
  readonly repository?: RepositoryRef;
  /** Repositories that an installation event adds. */
  readonly repositories?: readonly RepositoryRef[];
  /** Repositories that an installation event takes away. */
  readonly removedRepositories?: readonly RepositoryRef[];
  readonly hints: readonly Hint[];
}

// ---------------------------------------------------------------- trust

/** What GitHub says a person may do. `unknown`: it could not be asked (403, 5xx); never a yes. */
export type Permission =
  | { readonly kind: 'role'; readonly role: string; readonly canWrite: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string };

export interface Trust {
  readonly trusted: boolean;
  /** A sentence for the pull request. */
  readonly reason: string;
  /** Reports show no document and no value: the author is an outsider, and differences leak labels by probing. */
  readonly aggregatesOnly: boolean;
}

// ---------------------------------------------------------------- decisions

/** What a look found to be the right answer for a subject. Closed: the renderer and the tests are complete. */
export type Decision =
  /** No configuration on the base and no rule that requires the check: nothing is posted. */
  | { readonly kind: 'ignore'; readonly why: string }
  | { readonly kind: 'not-configured' }
  | { readonly kind: 'invalid-config'; readonly file: string; readonly problems: readonly Problem[] }
  /** The sides cannot be compared, or the dataset is not fit: something that a person has to mend. */
  | {
      readonly kind: 'cannot-compare';
      readonly title: string;
      readonly message: string;
      readonly mend: string | null;
    }
  | { readonly kind: 'draft' }
  | {
      readonly kind: 'hold';
      readonly reason: string;
      /** `never` offers no approval. */
      readonly policy: 'hold' | 'sandbox' | 'never';
    }
  | {
      readonly kind: 'not-applicable';
      readonly conclusion: 'success' | 'neutral';
      readonly pipelines: readonly PlannedPipeline[];
    }
  /** `merge_queue: trust`. */
  | { readonly kind: 'queue-trusted' }
  | {
      readonly kind: 'evaluate';
      readonly pipelines: readonly PlannedPipeline[];
      readonly sandbox: 'none' | 'bwrap';
      /** Watched files that differ, at most some hundred; for annotations. */
      readonly changedPaths: readonly string[];
    };

/** The parts of the base's configuration that are needed after the decision. */
export interface AnswerPolicy {
  readonly comment: Config['comment'];
  readonly onBaseMove: Config['onBaseMove'];
  readonly override: Config['override'];
  /** Null: none is set, or not in US dollars, in which costs are known. Policies that were stored first lack it. */
  readonly budgetPerMonthUsd: number | null;
}

export interface PlannedPipeline {
  readonly name: string;
  readonly patterns: readonly string[];
  /** Neither its code nor its dataset differs. */
  readonly applicable: boolean;
  /** Equal ids mean an equal verdict. Null when it is not applicable. */
  readonly planId: string | null;
}

/** What decides between attempts: equal texts mean that nothing has to be answered anew. */
export interface Situation {
  /** Hash of all that the answer depends on. */
  readonly key: string;
  /** The same without the base's side of the code, for `on_base_move: ignore`. */
  readonly keyWithoutBase: string;
}

// ---------------------------------------------------------------- evaluations

export const EVALUATION_STATES = [
  /** Waits for a worker. Decisions that need no measurement are never in it. */
  'planned',
  /** A worker measures; its heartbeat says that it lives. */
  'running',
  /** The answer is known; its check runs are not all concluded on GitHub yet. */
  'judged',
  /** Every check run is concluded on GitHub (or, while it is held or a draft, posted). */
  'reported',
  /** A newer attempt, head or base took its place before it had an answer. */
  'superseded',
] as const;
export type EvaluationState = (typeof EVALUATION_STATES)[number];

/** Why there is no verdict although there should be; infrastructure is retried before it comes to this. */
export interface EvaluationFailure {
  /** `over-budget`: the message is why, and goes on from "Not evaluated: ". */
  readonly class: 'configuration' | 'infrastructure' | 'timed-out' | 'over-budget';
  readonly message: string;
  readonly mend: string | null;
}

export interface EvaluationProgress {
  /** `measuring head of invoices`. */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** Epoch milliseconds. */
  readonly estimatedEndMs: number | null;
}

/** What a forced attempt leaves aside: `full` measures again, `failed` judges again what did not pass. */
export type RerunMode = 'verdict' | 'full' | 'failed';

export interface Evaluation extends Subject {
  /** UUID. */
  readonly id: string;
  readonly kind: 'pull-request' | 'merge-group';
  /** Who asked first; null for merge groups. */
  readonly pullNumber: number | null;
  /** Tip of the base branch when it was planned. */
  readonly baseSha: string;
  /** Full ref that the head can be fetched from. */
  readonly headRef: string;
  readonly situation: Situation;
  readonly decision: Decision;
  /** Null where there is no valid configuration. */
  readonly policy: AnswerPolicy | null;
  readonly trust: Trust;
  readonly state: EvaluationState;
  /** From 1, for each subject. */
  readonly attempt: number;
  /** What made it: `look`, or the id of the comment, button or acceptance that forced it; unique for each subject. */
  readonly cause: string;
  /** For people: `/rerun-eval by @ada`. */
  readonly why: string;
  readonly rerun: RerunMode | null;
  /** Only these pipelines are evaluated again; the others' reports are taken over. Null: all. */
  readonly onlyPipeline: string | null;
  /** Times a worker took it. */
  readonly tries: number;
  readonly failure: EvaluationFailure | null;
  readonly progress: EvaluationProgress | null;
  readonly attribution: readonly GroupAttribution[] | null;
  readonly warnings: readonly string[];
  /** What took its place, in words: `head moved to 1234567`. Set also on reported ones that a later attempt replaced. */
  readonly supersededBy: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly deadlineAt: Date;
}

/** In a merge group: which pull request moved which field. Scores are fractions. */
export interface GroupAttribution {
  readonly pullNumber: number | null;
  readonly commit: string;
  readonly pipeline: string;
  readonly moved: readonly {
    readonly field: string;
    readonly before: number | null;
    readonly after: number | null;
  }[];
}

/** What one pipeline of an evaluation came to. */
export interface PipelineReport {
  readonly pipeline: string;
  /** Null where nothing was planned (the pipeline was not applicable). */
  readonly planId: string | null;
  readonly report: Report;
  /** The evaluation that measured it, when the verdict was taken over. */
  readonly reusedFrom: string | null;
}

// ---------------------------------------------------------------- checks

export type CheckConclusion =
  'success' | 'failure' | 'neutral' | 'cancelled' | 'timed_out' | 'action_required';

export interface Annotation {
  readonly path: string;
  /** 1-based. */
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}

export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: 'rerun' | 'rerun-failed' | 'approve';
}

/** What a check run should say; the renderer keeps every part within GitHub's limits. */
export interface CheckContent {
  readonly status: 'queued' | 'in_progress' | 'completed';
  /** Present exactly when completed. */
  readonly conclusion?: CheckConclusion;
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  readonly annotations: readonly Annotation[];
  readonly actions: readonly CheckAction[];
}

/** A check run of ours and what GitHub was told of it. */
export interface CheckRow {
  /** UUID; the check run's `external_id`. */
  readonly id: string;
  readonly evaluationId: string;
  /** Null for the roll-up. */
  readonly pipeline: string | null;
  readonly name: string;
  /** GitHub's id; null until it is known. */
  readonly githubId: number | null;
  /** A creation was begun, so it may exist although its id is not known. */
  readonly creationBegun: boolean;
  /** Hash of the content that GitHub has. */
  readonly postedHash: string | null;
  readonly postedStatus: CheckContent['status'] | null;
  readonly postedConclusion: CheckConclusion | null;
  readonly postedAt: Date | null;
}

// ---------------------------------------------------------------- ledger

/** A regression that somebody with the role took on: bound to one evaluation's situation. */
export interface Acceptance extends Subject {
  readonly id: string;
  readonly situationKey: string;
  /** Field paths or `pipeline:field`; empty: all. */
  readonly fields: readonly string[];
  readonly reason: string;
  readonly by: string;
  readonly role: string;
  readonly at: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
}

/** An approval to run one commit of an untrusted author. */
export interface Approval {
  readonly headSha: string;
  readonly pullNumber: number;
  readonly by: string;
  readonly role: string;
  readonly at: Date;
}

export interface LabelDispute {
  readonly id: string;
  readonly pullNumber: number;
  readonly pipeline: string | null;
  readonly document: string;
  readonly field: string;
  /** What it should be, as text; null when nothing was proposed. */
  readonly value: string | null;
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
}

/** One line of the audit ledger. Append-only. */
export interface AuditEntry {
  readonly actor: string;
  /** `acceptance.granted`, `evaluation.concluded` … */
  readonly action: string;
  readonly repositoryId: number | null;
  /** What it is about: ids and names only, never document values. */
  readonly subject: Readonly<Record<string, string | number | boolean | null>>;
}
