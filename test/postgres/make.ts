/** Rows for the store's tests. */
import type pg from 'pg';
import type {
  CheckContent,
  Delivery,
  Hint,
  PipelineReport,
  PullRequest,
  RepositoryRef,
  Subject,
} from '../../src/core/app-words.js';
import type { Report, Verdict } from '../../src/core/report/schema.js';
import type { NewEvaluation, Store } from '../../src/ports/store.js';
import { passReport } from '../support/report.js';

export const HOUR_MS = 60 * 60_000;

let last = 5_000_000_000;
/** A new numeric id, beyond what 32 bits hold, as GitHub's are. */
export const newNumber = (): number => (last += 1);
export const sha = (of: number): string => of.toString(16).padStart(40, '0');

export function repositoryRef(more: Partial<RepositoryRef> = {}): RepositoryRef {
  const id = newNumber();
  return { id, installationId: id + 1_000_000, owner: 'acme', name: `invoices-${id}`, ...more };
}

/** A repository that the store knows, and a subject in it. */
export async function newSubject(store: Store): Promise<Subject> {
  const repository = repositoryRef();
  await store.saveRepositories([repository]);
  return { repositoryId: repository.id, headSha: sha(newNumber()), baseRef: 'main' };
}

export const look = (number: number, why = 'opened'): Hint => ({ kind: 'look', number, why });

export function delivery(repository: RepositoryRef, hints: readonly Hint[], guid?: string): Delivery {
  return {
    guid: guid ?? `guid-${newNumber()}`,
    event: 'pull_request.opened',
    installation: { id: repository.installationId, account: 'acme' },
    repository,
    hints,
  };
}

export function pullRequest(more: Partial<PullRequest> = {}): PullRequest {
  return {
    number: 7,
    title: 'Better totals',
    open: true,
    merged: false,
    draft: false,
    author: { login: 'ada', type: 'user' },
    headSha: sha(1),
    headRef: 'totals',
    headRepositoryId: 1,
    baseRef: 'main',
    baseSha: sha(2),
    ...more,
  };
}

export function newEvaluation(subject: Subject, more: Partial<NewEvaluation> = {}): NewEvaluation {
  return {
    ...subject,
    kind: 'pull-request',
    pullNumber: 7,
    baseSha: sha(2),
    headRef: 'refs/pull/7/head',
    situation: { key: 'situation', keyWithoutBase: 'without' },
    decision: {
      kind: 'evaluate',
      pipelines: [{ name: 'invoices', patterns: ['src/**'], applicable: true, planId: 'plan' }],
      sandbox: 'none',
      changedPaths: ['src/a.py'],
    },
    policy: {
      comment: 'always',
      onBaseMove: 'reevaluate',
      override: { roles: ['admin'], expiresMs: HOUR_MS },
      budgetPerMonthUsd: null,
    },
    trust: { trusted: true, reason: 'ada can write', aggregatesOnly: false },
    cause: `look:${newNumber()}`,
    why: 'first look',
    rerun: null,
    onlyPipeline: null,
    state: 'planned',
    deadlineMs: HOUR_MS,
    checks: [{ pipeline: null, name: 'DocOps (main)' }],
    ...more,
  };
}

/** `text`: told apart by their warnings. */
export function pipelineReport(
  more: Partial<PipelineReport> = {},
  verdict: Verdict = 'pass',
  text = 'fine',
): PipelineReport {
  return {
    pipeline: 'invoices',
    planId: 'plan',
    report: passReport({ verdict, warnings: [text] }),
    reusedFrom: null,
    ...more,
  };
}

const ADDED_SINCE: readonly string[] = ['runner', 'compute', 'reported_usd', 'estimate'];

/** The report as the first versions stored it. */
export function asOfBefore(report: Report): Report {
  const run = Object.fromEntries(Object.entries(report.run).filter(([key]) => !ADDED_SINCE.includes(key)));
  return { ...report, run: run as Report['run'] };
}

export const result = (reports: readonly PipelineReport[] = [pipelineReport()]) => ({
  reports,
  warnings: ['mind the gap'],
  attribution: null,
});

/** Records a check run of an evaluation as told to GitHub. */
export async function post(
  store: Store,
  evaluationId: string,
  status: CheckContent['status'],
): Promise<void> {
  for (const { id } of await store.checks(evaluationId)) {
    await store.beginCheckCreation(id);
    await store.savePosted(id, {
      githubId: newNumber(),
      hash: status,
      status,
      conclusion: status === 'completed' ? 'success' : null,
    });
  }
}

/** Makes rows older: tests do not wait. */
export async function age(
  pool: pg.Pool,
  table: string,
  columns: readonly string[],
  byMs: number,
): Promise<void> {
  await pool.query(
    `update docops.${table} set ${columns.map((column) => `${column} = ${column} - $1 * interval '1 millisecond'`).join(', ')}`,
    [byMs],
  );
}

/** Ends all other connections to the database, as a restart of the server does. */
export async function breakConnections(pool: pg.Pool): Promise<void> {
  await pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
}
