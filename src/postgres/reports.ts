/** The reports of evaluations, and finished verdicts by their plan. */
import type pg from 'pg';
import type { Evaluation, PipelineReport } from '../core/app-words.js';
import type { Report } from '../core/report/schema.js';
import type { Evaluations } from '../ports/store.js';
import { change, isUuid, json, select } from './query.js';
import { insertSummary } from './report-summaries.js';
import type { Queryable } from './transaction.js';

export function createReports(pool: pg.Pool): Pick<Evaluations, 'reports' | 'verdict'> {
  return {
    async reports(evaluationId) {
      if (!isUuid(evaluationId)) return [];
      const rows = await select<{
        pipeline: string;
        plan_id: string | null;
        report: Report;
        reused_from: string | null;
      }>(
        pool,
        'select pipeline, plan_id, report, reused_from from docops.reports where evaluation_id = $1 order by ordinal',
        [evaluationId],
      );
      return rows.map(({ pipeline, plan_id, report, reused_from }) => ({
        pipeline,
        planId: plan_id,
        report: asOfToday(report),
        reusedFrom: reused_from,
      }));
    },

    async verdict(repositoryId, planId) {
      // The sandbox is part of the environment that the plan id is a hash over, so equal plans ran in equal sandboxes.
      const [row] = await select<{ measured: string; report: Report }>(
        pool,
        `select coalesce(r.reused_from, r.evaluation_id) as measured, r.report
          from docops.reports r join docops.evaluations e on e.id = r.evaluation_id
          where r.plan_id = $2 and r.verdict <> 'not-measured' and e.repository_id = $1
            and e.state in ('judged', 'reported') and e.failure is null
          order by r.created_at desc limit 1`,
        [repositoryId, planId],
      );
      return row === undefined ? undefined : { evaluationId: row.measured, report: asOfToday(row.report) };
    },
  };
}

/** Keys that were added to reports since some of them were stored. */
const ADDED = { masked: [] as string[] };
const ADDED_TO_RUN = { runner: 'local', compute: null, reported_usd: null, estimate: null } as const;

function asOfToday(report: Report): Report {
  return { ...ADDED, ...report, run: { ...ADDED_TO_RUN, ...report.run } };
}

/** `client` is in a transaction; the evaluation is there. */
export async function insertReports(
  client: Queryable,
  evaluationId: Evaluation['id'],
  reports: readonly PipelineReport[],
): Promise<void> {
  for (const [ordinal, one] of reports.entries()) {
    const { pipeline, planId, report, reusedFrom } = one;
    await change(
      client,
      `insert into docops.reports (evaluation_id, ordinal, pipeline, plan_id, reused_from, verdict, report)
        values ($1, $2, $3, $4, $5, $6, $7)`,
      [evaluationId, ordinal, pipeline, planId, reusedFrom, report.verdict, json(report)],
    );
    await insertSummary(client, evaluationId, ordinal, one);
  }
}
