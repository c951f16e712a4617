/** Repositories side by side. */
import type pg from 'pg';
import type { AnswerPolicy } from '../core/app-words.js';
import type { Insight } from '../ports/insight.js';
import { runsById } from './insight-runs.js';
import { select } from './query.js';
import { ACTIVE, toRepository, type RepositoryRow } from './repositories.js';
import { spentBy } from './spending.js';

/** Of each repository; a page shows some and a link to the rest. */
const MOST_REGRESSIONS = 20;

interface Line extends RepositoryRow {
  readonly last_run: string | null;
  readonly policy: Partial<AnswerPolicy> | null;
  readonly waiting: number;
  readonly running: number;
  readonly spent: number;
}

/** Exported for its test, as the next one: what is asked for each repository is found by an index. */
export const LINES = `select r.*,
    (select e.id from docops.evaluations e where e.repository_id = r.id
      order by e.created_at desc, e.id desc limit 1) as last_run,
    (select e.policy from docops.evaluations e where e.repository_id = r.id and e.policy is not null
      order by e.created_at desc limit 1) as policy,
    (select count(*)::integer from docops.evaluations e where e.repository_id = r.id and e.state = 'planned') as waiting,
    (select count(*)::integer from docops.evaluations e where e.repository_id = r.id and e.state = 'running') as running,
    (${spentBy('r.id')}) as spent
  from (${ACTIVE} and r.id = any($1::bigint[])) as r`;

export const REGRESSIONS = `with blocked as (
    select distinct e.repository_id, e.id, e.created_at from docops.pull_requests p
      cross join lateral (
        select * from docops.evaluations e
          where e.repository_id = p.repository_id and e.head_sha = p.head_sha and e.base_ref = p.base_ref
          order by e.attempt desc limit 1) as e
      join docops.checks roll_up
        on roll_up.evaluation_id = e.id and roll_up.ordinal = 0 and roll_up.posted_conclusion = 'failure'
      where p.open and p.repository_id = any($1::bigint[]) and e.state in ('judged', 'reported')
        and exists (select from docops.report_summaries s
          where s.evaluation_id = e.id and s.blocked and s.verdict <> 'not-measured')),
  numbered as (
    select *, row_number() over (partition by repository_id order by created_at desc, id desc) as place,
        (count(*) over (partition by repository_id))::integer as in_all
      from blocked)
  select repository_id, id, in_all from numbered where place <= $2 order by repository_id, place`;

export function createOverview(pool: pg.Pool): Pick<Insight, 'overview'> {
  return {
    async overview(repositoryIds) {
      const wanted = [...new Set(repositoryIds)].filter(Number.isSafeInteger);
      const [lines, blocked] = await Promise.all([
        select<Line>(pool, LINES, [wanted]),
        select<{ repository_id: string; id: string; in_all: number }>(pool, REGRESSIONS, [
          wanted,
          MOST_REGRESSIONS,
        ]),
      ]);
      const lastRuns = lines.flatMap(({ last_run }) => (last_run === null ? [] : [last_run]));
      const runs = await runsById(pool, [...lastRuns, ...blocked.map(({ id }) => id)]);
      const byId = new Map(lines.map((line) => [Number(line.id), line]));
      return wanted.flatMap((id) => {
        const line = byId.get(id);
        if (line === undefined) return [];
        return {
          repository: toRepository(line),
          lastRun: runs.get(line.last_run ?? '') ?? null,
          openRegressions: blocked.flatMap((one) => {
            const run = one.repository_id === line.id ? runs.get(one.id) : undefined;
            return run === undefined ? [] : [run];
          }),
          openRegressionsInAll: blocked.find((one) => one.repository_id === line.id)?.in_all ?? 0,
          waiting: line.waiting,
          running: line.running,
          spentThisMonthUsd: line.spent,
          // Policies of the first versions do not say it.
          budgetPerMonthUsd: line.policy?.budgetPerMonthUsd ?? null,
        };
      });
    },
  };
}
