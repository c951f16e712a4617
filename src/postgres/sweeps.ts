/** What the sweep asks: which evaluations and subjects were left behind. */
import type pg from 'pg';
import type { Evaluations } from '../ports/store.js';
import { toSubject, type SubjectRow } from './evaluation-row.js';
import { select } from './query.js';

/** How long a check run is looked for that may exist on GitHub without our knowing its id; see `unpublishedSubjects`. */
const LOST_CHECK_MS = 60 * 60_000;

/** A later attempt of the same subject; `e` is the evaluation. */
const LATER = `exists (select from docops.evaluations l
  where l.repository_id = e.repository_id and l.head_sha = e.head_sha and l.base_ref = e.base_ref
    and l.attempt > e.attempt)`;

export function createSweeps(
  pool: pg.Pool,
): Pick<Evaluations, 'otherSubjects' | 'waitingEvaluations' | 'overdueEvaluations' | 'unpublishedSubjects'> {
  const ids = async (where: string, parameters: readonly number[] = []): Promise<readonly string[]> => {
    const rows = await select<{ id: string }>(
      pool,
      `select id from docops.evaluations where state in ('planned', 'running') and ${where} order by changed_at`,
      parameters,
    );
    return rows.map(({ id }) => id);
  };

  return {
    async otherSubjects(repositoryId, pullNumber, but) {
      // A superseded attempt that never had a check run gets none when a later one stands in its place.
      const rows = await select<SubjectRow>(
        pool,
        `select repository_id, head_sha, base_ref from docops.evaluations e
          where repository_id = $1 and pull_number = $2 and not (head_sha = $3 and base_ref = $4)
            and (state in ('planned', 'running') or exists (
              select from docops.checks c
                where c.evaluation_id = e.id and c.posted_status is distinct from 'completed'
                  and not (e.state in ('superseded', 'reported') and c.posted_status is null and ${LATER})))
          group by repository_id, head_sha, base_ref order by min(created_at)`,
        [repositoryId, pullNumber, but?.headSha ?? '', but?.baseRef ?? ''],
      );
      return rows.map(toSubject);
    },

    waitingEvaluations: (queuedMs, staleMs) =>
      ids(
        `deadline_at > now()
          and ((state = 'planned' and changed_at <= now() - $1 * interval '1 millisecond')
            or (state = 'running' and heartbeat_at <= now() - $2 * interval '1 millisecond'))`,
        [queuedMs, staleMs],
      ),

    overdueEvaluations: () => ids('deadline_at <= now()'),

    async unpublishedSubjects(olderThanMs) {
      // - judged: its answer was not told, or we do not know that it was.
      // - planned or running: a check run was never made.
      // - superseded: its check run stands open; or it has none although it is the last attempt; or a creation was begun
      //   and its outcome is not known: that one is looked for by its external id, for a while.
      // Reported ones are done, whatever their rows say.
      const rows = await select<SubjectRow>(
        pool,
        `with left_behind as (
          select e.* from docops.evaluations e where state = 'judged'
          union all
          select e.* from docops.evaluations e
            where state in ('planned', 'running')
              and exists (select from docops.checks c where c.evaluation_id = e.id and c.github_id is null)
          union all
          select e.* from docops.evaluations e
            where state = 'superseded' and exists (
              select from docops.checks c
                where c.evaluation_id = e.id and c.posted_status is distinct from 'completed'
                  and (c.posted_status is not null or not ${LATER}
                    or c.creation_begun_at > now() - $2 * interval '1 millisecond'))
        )
        select l.repository_id, l.head_sha, l.base_ref from left_behind l
          join docops.repositories r on r.id = l.repository_id and not r.removed
          join docops.installations i on i.id = r.installation_id and i.state = 'active'
          where l.changed_at <= now() - $1 * interval '1 millisecond'
          group by l.repository_id, l.head_sha, l.base_ref order by min(l.changed_at)`,
        [olderThanMs, LOST_CHECK_MS],
      );
      return rows.map(toSubject);
    },
  };
}
