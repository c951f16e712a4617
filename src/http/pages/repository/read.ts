/** What a repository's page shows, read in as few questions as it takes. */
import type { RepositoryRef } from '../../../core/app-words.js';
import type { GateRecord, Insight, Release, Run, RunPipeline, TrendPoint } from '../../../ports/insight.js';
import type { Site } from '../../site/words.js';
import { nameable, scopeOf, type Asked, type Scope } from './query.js';

/** Measurements of a branch that are looked at, and as many as can be asked for: some eighty merges a month for a year. */
export const TREND_POINTS = 1_000;
export const RUNS_SHOWN = 25;
const RUNS_AT_ONCE = 100;
/** Runs whose time and money are summed up. */
export const RUNS_SUMMED = 300;
const DAY_MS = 86_400_000;

export interface RunListView {
  readonly repository: RepositoryRef;
  readonly asked: Asked;
  readonly nowMs: number;
  readonly runs: readonly Run[];
  readonly next: string | null;
}

export interface RepositoryView extends RunListView {
  readonly since: Date;
  /** Null: nothing was ever evaluated here. */
  readonly scope: Scope | null;
  /** Of the shown period. */
  readonly trend: readonly TrendPoint[];
  /** The newest, whether or not it is in the period. */
  readonly baseline: TrendPoint | null;
  readonly releases: readonly Release[];
  readonly record: GateRecord;
  /** Newest first, of the scope's branch and pipeline, in the shown period. */
  readonly measured: readonly Measured[];
  /** There were more than were read. */
  readonly measuredMore: boolean;
  /** Of all branches. */
  readonly pipelines: readonly string[];
}

/** A run that measured the scope's pipeline itself. */
export interface Measured {
  readonly run: Run;
  readonly pipeline: RunPipeline;
}

export async function readRepository(
  { insight, store }: Pick<Site, 'insight' | 'store'>,
  repository: RepositoryRef,
  asked: Asked,
): Promise<RepositoryView> {
  const nowMs = await store.now();
  const since = sinceOf(asked, nowMs);
  const known = nameable(await insight.pipelines(repository.id));
  const scope = scopeOf(known, asked);
  const [all, record, listed, measured] = await Promise.all([
    scope === null
      ? []
      : insight.trend(repository.id, {
          pipeline: scope.pipeline,
          baseRef: scope.branch,
          limit: TREND_POINTS,
        }),
    insight.gateRecord(repository.id, since),
    readRuns(insight, repository.id, asked, since),
    scope === null ? { found: [], more: false } : readMeasured(insight, repository.id, scope, since),
  ]);
  const trend = all.filter(({ at }) => at >= since);
  const first = trend[0];
  return {
    repository,
    asked,
    nowMs,
    since,
    scope,
    trend,
    baseline: all.at(-1) ?? null,
    releases: first === undefined ? [] : await insight.releases(repository.id, first.at),
    record,
    measured: measured.found,
    measuredMore: measured.more,
    pipelines: [...new Set(known.map(({ pipeline }) => pipeline))],
    ...listed,
  };
}

export async function readRunList(
  { insight, store }: Pick<Site, 'insight' | 'store'>,
  repository: RepositoryRef,
  asked: Asked,
): Promise<RunListView> {
  const nowMs = await store.now();
  const since = sinceOf(asked, nowMs);
  return { repository, asked, nowMs, ...(await readRuns(insight, repository.id, asked, since)) };
}

function sinceOf({ days }: Asked, nowMs: number): Date {
  return new Date(nowMs - days * DAY_MS);
}

function readRuns(
  insight: Insight,
  repositoryId: number,
  { runs }: Asked,
  since: Date,
): ReturnType<Insight['runs']> {
  return insight.runs(repositoryId, {
    limit: RUNS_SHOWN,
    ...(runs.pipeline === null ? {} : { pipeline: runs.pipeline }),
    ...(runs.verdict === null ? {} : { verdict: runs.verdict }),
    ...(runs.pull === null ? {} : { pullNumber: runs.pull }),
    ...(runs.answer === null ? {} : { answer: runs.answer, since }),
    ...(runs.current ? { currentOnly: true } : {}),
    ...(runs.after === null ? {} : { after: runs.after }),
  });
}

async function readMeasured(
  insight: Insight,
  repositoryId: number,
  { branch, pipeline: name }: Scope,
  since: Date,
): Promise<{ readonly found: readonly Measured[]; readonly more: boolean }> {
  const found: Measured[] = [];
  let read = 0;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Insight['runs']>> = await insight.runs(repositoryId, {
      baseRef: branch,
      pipeline: name,
      limit: RUNS_AT_ONCE,
      ...(after === null ? {} : { after }),
    });
    for (const run of page.runs) {
      if (run.createdAt < since) return { found, more: false };
      const pipeline = run.pipelines.find((each) => each.pipeline === name);
      if (pipeline?.reusedFrom === null && pipeline.head !== null) found.push({ run, pipeline });
    }
    read += page.runs.length;
    after = page.runs.length === 0 ? null : page.next;
  } while (after !== null && read < RUNS_SUMMED);
  return { found, more: after !== null };
}
