/** How the gate itself did: what it answered, what people said to it, and whether it said the same twice. */
import type pg from 'pg';
import type { GateRecord, Insight } from '../ports/insight.js';
import { answeredSince } from './answers.js';
import { select } from './query.js';

const MOST_FLIPS = 100;

const ANSWERS = `with answered as (${answeredSince('$2')})
  select count(*)::integer as runs,
      (count(*) filter (where answer = 'blocked'))::integer as blocked,
      (count(*) filter (where answer = 'warned'))::integer as warned,
      (count(*) filter (where answer = 'passed'))::integer as passed,
      (count(*) filter (where answer = 'not-measured'))::integer as not_measured,
      (count(*) filter (where answer = 'not-applicable'))::integer as not_applicable,
      (select count(*)::integer from docops.acceptances where repository_id = $1 and at >= $2) as accepted,
      (select count(*)::integer from docops.acceptances where repository_id = $1 and revoked_at >= $2) as revoked,
      (select count(*)::integer from docops.disputes where repository_id = $1 and at >= $2) as disputes
    from answered`;

/** `measured`: what a run measured itself, and not what it took over. */
const REPEATED = `with measured as (
    select pipeline, plan_id, evaluation_id, verdict, created_at from docops.report_summaries
      where repository_id = $1 and created_at >= $2
        and reused_from is null and plan_id is not null and verdict not in ('not-measured', 'not-applicable')),
  repeated as (
    select pipeline, plan_id, count(distinct verdict) as verdicts, max(created_at) as last
      from measured group by pipeline, plan_id having count(*) > 1)`;

export function createGateRecords(pool: pg.Pool): Pick<Insight, 'gateRecord'> {
  return {
    async gateRecord(repositoryId, since) {
      const [[answers], [repeated], flips] = await Promise.all([
        select<{
          runs: number;
          blocked: number;
          warned: number;
          passed: number;
          not_measured: number;
          not_applicable: number;
          accepted: number;
          revoked: number;
          disputes: number;
        }>(pool, ANSWERS, [repositoryId, since]),
        select<{ plans: number }>(pool, `${REPEATED} select count(*)::integer as plans from repeated`, [
          repositoryId,
          since,
        ]),
        flipsOf(pool, repositoryId, since),
      ]);
      if (answers === undefined || repeated === undefined) throw new Error('an aggregate returned no row');
      const { not_measured, not_applicable, ...rest } = answers;
      return {
        ...rest,
        notMeasured: not_measured,
        notApplicable: not_applicable,
        flips,
        repeated: repeated.plans,
      };
    },
  };
}

/** The newest first; the verdicts of each as they came. */
async function flipsOf(pool: pg.Pool, repositoryId: number, since: Date): Promise<GateRecord['flips']> {
  const rows = await select<{
    pipeline: string;
    plan_id: string;
    evaluation_id: string;
    verdict: string;
    created_at: Date;
  }>(
    pool,
    `${REPEATED}, flips as (
        select * from repeated where verdicts > 1 order by last desc, pipeline, plan_id limit $3)
      select m.* from flips f join measured m on m.pipeline = f.pipeline and m.plan_id = f.plan_id
        order by f.last desc, m.pipeline, m.plan_id, m.created_at, m.evaluation_id`,
    [repositoryId, since, MOST_FLIPS],
  );
  const found = new Map<string, { pipeline: string; planId: string; verdicts: Flip['verdicts'][number][] }>();
  for (const { pipeline, plan_id: planId, evaluation_id: evaluationId, verdict, created_at: at } of rows) {
    const key = JSON.stringify([pipeline, planId]);
    const flip = found.get(key) ?? { pipeline, planId, verdicts: [] };
    flip.verdicts.push({ evaluationId, verdict, at });
    found.set(key, flip);
  }
  return [...found.values()];
}

type Flip = GateRecord['flips'][number];
