/** Which contents of datasets the runs of a repository read. */
import type pg from 'pg';
import type { Insight } from '../ports/insight.js';
import { select } from './query.js';

export function createDatasetsSeen(pool: pg.Pool): Pick<Insight, 'datasets'> {
  return {
    async datasets(repositoryId, limit) {
      // A verdict that was taken over read nothing anew.
      const rows = await select<{
        pipeline: string;
        dataset_source: string;
        dataset_version: string;
        documents: number;
        runs: number;
        first_run: string;
        first_at: Date;
        last_run: string;
        last_at: Date;
      }>(
        pool,
        `select pipeline, dataset_source, dataset_version, max(documents) as documents, count(*)::integer as runs,
            (array_agg(evaluation_id order by created_at, evaluation_id))[1] as first_run, min(created_at) as first_at,
            (array_agg(evaluation_id order by created_at desc, evaluation_id desc))[1] as last_run,
            max(created_at) as last_at
          from docops.report_summaries
          where repository_id = $1 and reused_from is null and dataset_version <> ''
            and verdict not in ('not-measured', 'not-applicable')
          group by pipeline, dataset_source, dataset_version
          order by last_at desc, pipeline, dataset_version limit $2`,
        [repositoryId, limit],
      );
      return rows.map((row) => ({
        pipeline: row.pipeline,
        source: row.dataset_source,
        version: row.dataset_version,
        documents: row.documents,
        runs: row.runs,
        firstRun: { evaluationId: row.first_run, at: row.first_at },
        lastRun: { evaluationId: row.last_run, at: row.last_at },
      }));
    },
  };
}
