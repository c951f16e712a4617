/** Evaluations and their guarded ways from state to state. */
import type pg from 'pg';
import type { Trust } from '../core/app-words.js';
import { redactFailure } from '../core/check/index.js';
import type { Evaluations } from '../ports/store.js';
import { createEvaluation } from './create-evaluation.js';
import { toEvaluation, type EvaluationRow } from './evaluation-row.js';
import { change, isUuid, json, select } from './query.js';
import { createReports, insertReports } from './reports.js';
import { failedLine, finishedLine, say, saying, sayingStep } from './stages.js';
import { LET_GO, UNANSWERED } from './states.js';
import { createSweeps } from './sweeps.js';
import { inTransaction, type Queryable } from './transaction.js';

export function createEvaluations(pool: pg.Pool): Evaluations {
  return {
    async evaluation(id) {
      if (!isUuid(id)) return undefined;
      const [row] = await select<EvaluationRow>(pool, 'select * from docops.evaluations where id = $1', [id]);
      return row === undefined ? undefined : toEvaluation(row);
    },

    async attempts({ repositoryId, headSha, baseRef }) {
      const rows = await select<EvaluationRow>(
        pool,
        `select * from docops.evaluations
          where repository_id = $1 and head_sha = $2 and base_ref = $3 order by attempt`,
        [repositoryId, headSha, baseRef],
      );
      return rows.map(toEvaluation);
    },

    createEvaluation: (evaluation) => inTransaction(pool, (client) => createEvaluation(client, evaluation)),

    supersede: ({ repositoryId, headSha, baseRef }, by) =>
      change(
        pool,
        saying(
          `update docops.evaluations
            set state = 'superseded', superseded_by = $4, finished_at = coalesce(finished_at, now()), ${LET_GO}
            where repository_id = $1 and head_sha = $2 and base_ref = $3 and ${UNANSWERED}`,
          `'superseded: ' || superseded_by`,
        ),
        [repositoryId, headSha, baseRef, by],
      ),

    async claim(id, worker, staleMs) {
      if (!isUuid(id)) return undefined;
      const [row] = await select<EvaluationRow>(
        pool,
        saying(
          `update docops.evaluations
            set state = 'running', worker = $2, heartbeat_at = now(), changed_at = now(), tries = tries + 1,
              started_at = coalesce(started_at, now()), progress = null
            where id = $1 and deadline_at > now()
              and (state = 'planned'
                or (state = 'running' and heartbeat_at <= now() - $3 * interval '1 millisecond'))`,
          `'a worker took it' || case when tries > 1 then ', try ' || tries else '' end`,
          '*',
        ),
        [id, worker, staleMs],
      );
      return row === undefined ? undefined : toEvaluation(row);
    },

    heartbeat: (id, worker, progress) =>
      changed(
        pool,
        sayingStep(
          `update docops.evaluations set heartbeat_at = now(), progress = $3
            where id = $1 and worker = $2 and state = 'running' and deadline_at > now()`,
          '$4::text',
        ),
        [id, worker, json(progress), progress?.stage ?? null],
      ),

    release: (id, worker, countTry) =>
      changed(
        pool,
        saying(
          `update docops.evaluations
            set state = 'planned', progress = null, tries = tries - case when $3 then 0 else 1 end, ${LET_GO}
            where id = $1 and worker = $2 and state = 'running'`,
          `case when $3 then 'given back: it failed, and is tried again' else 'given back: its worker stops' end`,
        ),
        [id, worker, countTry],
      ),

    async finish(id, worker, { reports, warnings, attribution }) {
      if (!isUuid(id)) return false;
      return inTransaction(pool, async (client) => {
        const finished = await changed(
          client,
          `update docops.evaluations
            set state = 'judged', warnings = $3, attribution = $4, progress = null, finished_at = now(), ${LET_GO}
            where id = $1 and worker = $2 and state = 'running'`,
          [id, worker, json(warnings), json(attribution)],
        );
        if (!finished) return false;
        await insertReports(client, id, reports);
        await say(client, id, finishedLine(reports));
        return true;
      });
    },

    async fail(id, failure) {
      if (!isUuid(id)) return false;
      return inTransaction(pool, async (client) => {
        const [failed] = await select<{ trust: Trust }>(
          client,
          `update docops.evaluations
            set state = 'judged', failure = $2, progress = null, finished_at = now(), ${LET_GO}
            where id = $1 and state in ('planned', 'running') returning trust`,
          [id, json(failure)],
        );
        if (failed === undefined) return false;
        await say(client, id, failedLine(failed.trust.aggregatesOnly ? redactFailure(failure) : failure));
        return true;
      });
    },

    markReported: (id) =>
      changed(
        pool,
        saying(
          `update docops.evaluations set state = 'reported', changed_at = now() where id = $1 and state = 'judged'`,
          `'reported: GitHub shows it'`,
        ),
        [id],
      ),

    ...createReports(pool),
    ...createSweeps(pool),
  };
}

async function changed(
  client: Queryable,
  text: string,
  parameters: Parameters<typeof change>[2] & readonly [string, ...unknown[]],
): Promise<boolean> {
  return isUuid(parameters[0]) && (await change(client, text, parameters)) > 0;
}
