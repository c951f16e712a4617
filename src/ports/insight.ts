/** What pages and programs look at: questions to the state that change nothing, shaped as they are asked. */
import type {
  Acceptance,
  Decision,
  EvaluationFailure,
  EvaluationState,
  LabelDispute,
  RepositoryRef,
  Subject,
} from '../core/app-words.js';
import type { ReportSummary } from '../core/report/summary.js';

export interface RunPipeline extends ReportSummary {
  /** The evaluation that measured it, when the verdict was taken over. */
  readonly reusedFrom: string | null;
}

/** One attempt, as a line of a list. */
export interface Run {
  readonly id: string;
  readonly repositoryId: number;
  readonly kind: 'pull-request' | 'merge-group';
  readonly pullNumber: number | null;
  /** Of the pull request; null when it is not known. */
  readonly title: string | null;
  readonly headSha: string;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly attempt: number;
  readonly why: string;
  readonly state: EvaluationState;
  readonly decision: Decision['kind'];
  readonly failure: EvaluationFailure | null;
  /** Of the roll-up, as GitHub was told last: an accepted regression is `success` here. Null: not concluded. */
  readonly conclusion: string | null;
  readonly supersededBy: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly pipelines: readonly RunPipeline[];
}

export const GATE_ANSWERS = ['blocked', 'warned', 'passed', 'not-measured', 'not-applicable'] as const;
export type GateAnswer = (typeof GATE_ANSWERS)[number];

export interface RunFilter {
  readonly baseRef?: string;
  readonly pipeline?: string;
  readonly pullNumber?: number;
  /** Runs with a pipeline of this verdict. */
  readonly verdict?: ReportSummary['verdict'];
  /** Runs by what the gate record counts them as. */
  readonly answer?: GateAnswer;
  readonly since?: Date;
  /** Without those that a later attempt or head took the place of. */
  readonly currentOnly?: boolean;
  /** `next` of the page before. */
  readonly after?: string;
  /** 1 to 100. */
  readonly limit: number;
}

/** One measurement of a branch's tip: the base side of the runs that compared with it. */
export interface TrendPoint {
  /** The first run that measured it. */
  readonly evaluationId: string;
  readonly at: Date;
  readonly commit: string | null;
  readonly fingerprint: string | null;
  readonly datasetVersion: string;
  readonly documents: number;
  /** Fractions. */
  readonly overall: number | null;
  readonly fields: readonly { readonly field: string; readonly accuracy: number | null }[];
  readonly smallestDetectableDrop: number | null;
}

export interface Release {
  readonly tag: string;
  readonly at: Date;
}

/** How the gate itself did, for runs that were created since a moment. Attempts of one pull request count each. */
export interface GateRecord {
  readonly runs: number;
  readonly blocked: number;
  readonly warned: number;
  readonly passed: number;
  readonly notMeasured: number;
  readonly notApplicable: number;
  readonly accepted: number;
  readonly revoked: number;
  readonly disputes: number;
  /** The same plan measured more than once with different verdicts. */
  readonly flips: readonly {
    readonly pipeline: string;
    readonly planId: string;
    readonly verdicts: readonly {
      readonly evaluationId: string;
      readonly verdict: string;
      readonly at: Date;
    }[];
  }[];
  /** Plans that were measured more than once, of which `flips` did not agree. */
  readonly repeated: number;
}

export interface RepositoryLine {
  readonly repository: RepositoryRef;
  readonly lastRun: Run | null;
  /** Newest attempts of open pull requests whose answer is a block that nobody accepted; the newest twenty. */
  readonly openRegressions: readonly Run[];
  /** How many there are. */
  readonly openRegressionsInAll: number;
  readonly waiting: number;
  readonly running: number;
  readonly spentThisMonthUsd: number;
  /** As the newest known configuration says; null: none is set. */
  readonly budgetPerMonthUsd: number | null;
}

/** What was done when, for one evaluation. */
export interface StageLine {
  readonly at: Date;
  readonly text: string;
}

/** What a run that waits waits for; numbers only, since other repositories are not everybody's to know. */
export interface Waiting {
  /** Planned before it. */
  readonly ahead: number;
  readonly running: number;
}

export interface LedgerLine {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  /** `acceptance.granted`, `label.disputed` … */
  readonly action: string;
  readonly subject: Readonly<Record<string, string | number | boolean | null>>;
  /** Chain over this line and all before it, hex. */
  readonly hash: string;
}

export interface LedgerFilter {
  /** Beginning of the action: `acceptance`. */
  readonly action?: string;
  readonly actor?: string;
  /** Lines before this id. */
  readonly before?: number;
  readonly limit: number;
}

/** What stands behind lines of the ledger, which themselves hold ids and names only. */
export interface Decided {
  readonly acceptances: readonly Acceptance[];
  /** `comment`: GitHub's id of the comment that disputed it. */
  readonly disputes: readonly (LabelDispute & { readonly comment: number })[];
}

/** One content of a pipeline's dataset, as runs read it. */
export interface DatasetSeen {
  readonly pipeline: string;
  /** As the configuration names it. */
  readonly source: string;
  readonly version: string;
  readonly documents: number;
  readonly runs: number;
  readonly firstRun: { readonly evaluationId: string; readonly at: Date };
  readonly lastRun: { readonly evaluationId: string; readonly at: Date };
}

export interface Insight {
  repositoryNamed(owner: string, name: string): Promise<RepositoryRef | undefined>;
  /** Newest first. */
  runs(
    repositoryId: number,
    filter: RunFilter,
  ): Promise<{ readonly runs: readonly Run[]; readonly next: string | null }>;
  run(evaluationId: string): Promise<Run | undefined>;
  /** Pipelines that were evaluated for a branch, the newest first seen last; empty: none ever. */
  pipelines(
    repositoryId: number,
  ): Promise<readonly { readonly pipeline: string; readonly baseRef: string }[]>;
  /** Oldest first, one for each fingerprint and dataset version as they followed each other; the newest `limit`. */
  trend(
    repositoryId: number,
    of: { pipeline: string; baseRef: string; limit: number },
  ): Promise<readonly TrendPoint[]>;
  releases(repositoryId: number, since: Date): Promise<readonly Release[]>;
  gateRecord(repositoryId: number, since: Date): Promise<GateRecord>;
  /** In the order of the ids that are known and active. */
  overview(repositoryIds: readonly number[]): Promise<readonly RepositoryLine[]>;
  /** Oldest first. */
  stages(evaluationId: string): Promise<readonly StageLine[]>;
  waitingFor(evaluationId: string): Promise<Waiting>;
  /** Newest first. */
  ledger(repositoryId: number, filter: LedgerFilter): Promise<readonly LedgerLine[]>;
  /** All that were ever granted for the subject, the newest first, at most `limit`. */
  acceptancesOf(subject: Subject, limit: number): Promise<readonly Acceptance[]>;
  /** At most as many as there are ids; what is another repository's is left out. */
  decided(
    repositoryId: number,
    ids: { readonly acceptances: readonly string[]; readonly comments: readonly number[] },
  ): Promise<Decided>;
  /** The one that was read last first, at most `limit`. */
  datasets(repositoryId: number, limit: number): Promise<readonly DatasetSeen[]>;
  /** Whether the chain of the whole ledger holds; the first line that does not. */
  ledgerIsWhole(): Promise<{
    readonly whole: boolean;
    readonly lines: number;
    readonly brokenAt: number | null;
  }>;
}
