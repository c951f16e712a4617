/** How a branch did over time: the base sides that runs measured, and the releases beside them. */
import type pg from 'pg';
import type { FieldSummary } from '../core/report/summary.js';
import type { Insight } from '../ports/insight.js';
import { select } from './query.js';

/** Points of one trend, whatever is asked. */
const MOST_POINTS = 1_000;
/** As the index `report_summaries_trend` has them: the branch's tip, measured by this run and not by another. */
const MEASURED_BASE = `reused_from is null and base_of_branch and base is not null and base_fingerprint is not null
  and verdict not in ('not-measured', 'not-applicable')`;

/** Exported for its test: the points are found by the index alone. */
export const TREND = `with measured as (
    select evaluation_id, ordinal, created_at,
        (base_fingerprint, dataset_version) is distinct from
          (lag(base_fingerprint) over next, lag(dataset_version) over next) as is_new
      from docops.report_summaries
      where repository_id = $1 and pipeline = $2 and base_ref = $3 and ${MEASURED_BASE}
      window next as (order by created_at, evaluation_id)),
  newest as (
    select evaluation_id, ordinal from measured where is_new
      order by created_at desc, evaluation_id desc limit $4)
  select s.evaluation_id, s.created_at, s.base_commit, s.base_fingerprint, s.dataset_version, s.documents, s.base,
      s.smallest_detectable_drop, s.fields
    from newest join docops.report_summaries s using (evaluation_id, ordinal)
    order by s.created_at, s.evaluation_id`;

export function createTrends(pool: pg.Pool): Pick<Insight, 'trend' | 'releases'> {
  return {
    async trend(repositoryId, { pipeline, baseRef, limit }) {
      const rows = await select<{
        evaluation_id: string;
        created_at: Date;
        base_commit: string | null;
        base_fingerprint: string;
        dataset_version: string;
        documents: number;
        base: number;
        smallest_detectable_drop: number | null;
        fields: readonly FieldSummary[];
      }>(pool, TREND, [
        repositoryId,
        pipeline,
        baseRef,
        Math.min(MOST_POINTS, Math.max(1, Math.trunc(limit) || 1)),
      ]);
      return rows.map((row) => ({
        evaluationId: row.evaluation_id,
        at: row.created_at,
        commit: row.base_commit,
        fingerprint: row.base_fingerprint,
        datasetVersion: row.dataset_version,
        documents: row.documents,
        overall: row.base,
        fields: row.fields.map(({ field, base }) => ({ field, accuracy: base })),
        smallestDetectableDrop: row.smallest_detectable_drop,
      }));
    },

    async releases(repositoryId, since) {
      return select<{ tag: string; at: Date }>(
        pool,
        'select tag, at from docops.releases where repository_id = $1 and at >= $2 order by at, tag',
        [repositoryId, since],
      );
    },
  };
}
