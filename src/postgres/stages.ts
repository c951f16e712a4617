/** What was done when with an evaluation, in words. Each line is written with the change that it tells of. */
import type pg from 'pg';
import type { Insight, StageLine } from '../ports/insight.js';
import { isUuid, select } from './query.js';

export function createStages(pool: pg.Pool): Pick<Insight, 'stages'> {
  return {
    async stages(evaluationId) {
      if (!isUuid(evaluationId)) return [];
      return select<{ at: Date; text: string } & StageLine>(
        pool,
        'select at, text from docops.evaluation_stages where evaluation_id = $1 order by id',
        [evaluationId],
      );
    },
  };
}
