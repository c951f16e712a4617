/** Attempts as lines of lists. */
import type pg from 'pg';
import type { Decision, EvaluationFailure, EvaluationState, PullRequest, Trust } from '../core/app-words.js';
import { redactFailure } from '../core/check/index.js';
import type { Insight, Run, RunFilter, RunPipeline } from '../ports/insight.js';
import { answeredSince } from './answers.js';
import { isUuid, select, type Parameter } from './query.js';
import { summariesOf } from './report-summaries.js';
import { ACTIVE, toRepository, type RepositoryRow } from './repositories.js';
import type { Queryable } from './transaction.js';

const RUNS_AT_ONCE = 100;
/** Of `integer`, which pull requests are numbered in. */
const GREATEST_NUMBER = 2 ** 31 - 1;

interface RunRow {
  readonly id: string;
  readonly repository_id: string;
  readonly kind: Run['kind'];
  readonly pull_number: number | null;
  readonly pull_request: PullRequest | null;
  readonly head_sha: string;
  readonly base_ref: string;
  readonly base_sha: string;
  readonly attempt: number;
  readonly why: string;
  readonly state: EvaluationState;
  readonly decision_kind: Decision['kind'];
  readonly failure: EvaluationFailure | null;
  readonly trust: Trust;
  readonly posted_conclusion: string | null;
  readonly superseded_by: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
}

/** `e` is the evaluation. */
const RUN = `select e.id, e.repository_id, e.kind, e.pull_number, e.head_sha, e.base_ref, e.base_sha, e.attempt, e.why,
    e.state, e.decision_kind, e.failure, e.trust, e.superseded_by, e.created_at, e.started_at, e.finished_at,
    pull.pull_request, roll_up.posted_conclusion
  from docops.evaluations e
    left join docops.pull_requests pull on pull.repository_id = e.repository_id and pull.number = e.pull_number
    left join docops.checks roll_up on roll_up.evaluation_id = e.id and roll_up.ordinal = 0`;

/** No pull request that is known has moved on from it, and no later attempt stands in its place. */
const CURRENT = `e.state <> 'superseded' and e.superseded_by is null and (
  e.pull_number is null
  or not exists (select from docops.pull_requests p
    where p.repository_id = e.repository_id and p.number = e.pull_number)
  or exists (select from docops.pull_requests p
    where p.repository_id = e.repository_id and p.head_sha = e.head_sha and p.base_ref = e.base_ref))`;

export function createRuns(
  pool: pg.Pool,
): Pick<Insight, 'repositoryNamed' | 'runs' | 'run' | 'pipelines' | 'waitingFor'> {
  return {
    async repositoryNamed(owner, name) {
      // As GitHub compares them. A name that went to another repository is that one's.
      const [row] = await select<RepositoryRow>(
        pool,
        `${ACTIVE} and lower(r.owner) = lower($1) and lower(r.name) = lower($2) order by r.updated_at desc limit 1`,
        [owner, name],
      );
      return row === undefined ? undefined : toRepository(row);
    },

    async runs(repositoryId, filter) {
      const query = queryOf(repositoryId, filter);
      if (query === undefined) return { runs: [], next: null };
      const rows = await select<RunRow>(pool, query.text, query.parameters);
      const shown = rows.slice(0, query.limit);
      return {
        runs: await withSummaries(pool, shown),
        next: rows.length > query.limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },

    async run(evaluationId) {
      if (!isUuid(evaluationId)) return undefined;
      const rows = await select<RunRow>(pool, `${RUN} where e.id = $1`, [evaluationId]);
      return (await withSummaries(pool, rows))[0];
    },

    async pipelines(repositoryId) {
      const rows = await select<{ pipeline: string; base_ref: string }>(
        pool,
        `select pipeline, base_ref from docops.report_summaries where repository_id = $1
          group by pipeline, base_ref order by min(created_at), pipeline, base_ref`,
        [repositoryId],
      );
      return rows.map(({ pipeline, base_ref }) => ({ pipeline, baseRef: base_ref }));
    },

    async waitingFor(evaluationId) {
      if (!isUuid(evaluationId)) return { ahead: 0, running: 0 };
      const [row] = await select<{ ahead: number; running: number }>(
        pool,
        `select
            (select count(*)::integer from docops.evaluations other
              join docops.evaluations e on e.id = $1 and e.state = 'planned'
              where other.state = 'planned' and (other.created_at, other.id) < (e.created_at, e.id)) as ahead,
            (select count(*)::integer from docops.evaluations where state = 'running') as running`,
        [evaluationId],
      );
      return row ?? { ahead: 0, running: 0 };
    },
  };
}

/** Undefined: no run can be like that. */
function queryOf(
  repositoryId: number,
  { baseRef, pipeline, pullNumber, verdict, answer, since, currentOnly, after, limit }: RunFilter,
): { readonly text: string; readonly parameters: readonly Parameter[]; readonly limit: number } | undefined {
  if (!Number.isSafeInteger(repositoryId)) return undefined;
  const parameters: Parameter[] = [repositoryId];
  const conditions = ['e.repository_id = $1'];
  const given = (value: Parameter): string => `$${parameters.push(value)}`;
  if (baseRef !== undefined) conditions.push(`e.base_ref = ${given(baseRef)}`);
  if (pullNumber !== undefined) {
    if (!Number.isInteger(pullNumber) || pullNumber < 1 || pullNumber > GREATEST_NUMBER) return undefined;
    conditions.push(`e.pull_number = ${given(pullNumber)}`);
  }
  if (pipeline !== undefined || verdict !== undefined)
    conditions.push(`exists (select from docops.report_summaries s where s.evaluation_id = e.id
      ${pipeline === undefined ? '' : `and s.pipeline = ${given(pipeline)}`}
      ${verdict === undefined ? '' : `and s.verdict = ${given(verdict)}`})`);
  const from = since === undefined ? undefined : given(since);
  if (from !== undefined) conditions.push(`e.created_at >= ${from}`);
  if (answer !== undefined)
    conditions.push(`e.id in (select id from (${answeredSince(from ?? `'-infinity'`)}) answered
      where answer = ${given(answer)})`);
  if (currentOnly === true) conditions.push(CURRENT);
  if (after !== undefined && isUuid(after)) {
    const last = given(after);
    conditions.push(`(e.created_at, e.id) <
      ((select created_at from docops.evaluations where id = ${last} and repository_id = $1), ${last}::uuid)`);
  }
  const page = Math.min(RUNS_AT_ONCE, Math.max(1, Math.trunc(limit) || 1));
  return {
    text: `${RUN} where ${conditions.join(' and ')} order by e.created_at desc, e.id desc limit ${page + 1}`,
    parameters,
    limit: page,
  };
}

/** Runs of any repositories by their ids; unknown ones are left out. In no order. */
export async function runsById(client: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Run>> {
  const rows = await select<RunRow>(client, `${RUN} where e.id = any($1::uuid[])`, [ids]);
  return new Map((await withSummaries(client, rows)).map((run) => [run.id, run]));
}

async function withSummaries(client: Queryable, rows: readonly RunRow[]): Promise<readonly Run[]> {
  const summaries = await summariesOf(
    client,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => toRun(row, summaries.get(row.id) ?? []));
}

function toRun(row: RunRow, pipelines: readonly RunPipeline[]): Run {
  const { aggregatesOnly } = row.trust;
  return {
    id: row.id,
    repositoryId: Number(row.repository_id),
    kind: row.kind,
    pullNumber: row.pull_number,
    title: row.pull_request?.title ?? null,
    headSha: row.head_sha,
    baseRef: row.base_ref,
    baseSha: row.base_sha,
    attempt: row.attempt,
    why: row.why,
    state: row.state,
    decision: row.decision_kind,
    failure: aggregatesOnly && row.failure !== null ? redactFailure(row.failure) : row.failure,
    conclusion: row.posted_conclusion,
    supersededBy: row.superseded_by,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    // What documents cost is said in no report for outsiders either.
    pipelines: aggregatesOnly ? pipelines.map((one) => ({ ...one, usd: null })) : pipelines,
  };
}
