/** The next attempt of a subject, with its check rows, in one transaction. */
import type { Evaluation } from '../core/app-words.js';
import type { NewEvaluation } from '../ports/store.js';
import { toEvaluation, type EvaluationRow } from './evaluation-row.js';
import { change, json, select } from './query.js';
import { insertReports } from './reports.js';
import { firstLine, say, saying } from './stages.js';
import { LET_GO, UNANSWERED } from './states.js';
import type { Queryable } from './transaction.js';

/** `client` is in a transaction. */
export async function createEvaluation(
  client: Queryable,
  wanted: NewEvaluation,
): Promise<{ readonly evaluation: Evaluation; readonly created: boolean }> {
  const subject = [wanted.repositoryId, wanted.headSha, wanted.baseRef] as const;
  const ofSubject = 'repository_id = $1 and head_sha = $2 and base_ref = $3';
  // One after the other for each subject, so that attempts are numbered and the last one is the one that counts.
  await select(client, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `docops.subject ${subject.join(' ')}`,
  ]);
  const [known] = await select<EvaluationRow>(
    client,
    `select * from docops.evaluations where ${ofSubject} and cause = $4`,
    [...subject, wanted.cause],
  );
  if (known !== undefined) return { evaluation: toEvaluation(known), created: false };

  const [last] = await select<{ attempt: number }>(
    client,
    `select coalesce(max(attempt), 0) as attempt from docops.evaluations where ${ofSubject}`,
    subject,
  );
  const attempt = (last?.attempt ?? 0) + 1;
  const by = `attempt ${attempt}: ${wanted.why}`;
  await change(
    client,
    saying(
      `update docops.evaluations
        set state = 'superseded', superseded_by = $4, finished_at = coalesce(finished_at, now()), ${LET_GO}
        where ${ofSubject} and ${UNANSWERED}`,
      `'superseded by ' || superseded_by`,
    ),
    [...subject, by],
  );
  // After the first: one that a worker finished this moment was skipped there, and is seen here with its answer.
  await change(
    client,
    saying(
      `update docops.evaluations set superseded_by = $4
        where ${ofSubject} and state in ('judged', 'reported') and superseded_by is null`,
      `'replaced by ' || superseded_by`,
    ),
    [...subject, by],
  );
  const evaluation = await insert(client, wanted, attempt);
  await say(client, evaluation.id, firstLine(wanted));
  for (const [ordinal, { pipeline, name }] of wanted.checks.entries())
    await change(
      client,
      'insert into docops.checks (evaluation_id, ordinal, pipeline, name) values ($1, $2, $3, $4)',
      [evaluation.id, ordinal, pipeline, name],
    );
  await insertReports(client, evaluation.id, wanted.reports ?? []);
  return { evaluation, created: true };
}

async function insert(client: Queryable, wanted: NewEvaluation, attempt: number): Promise<Evaluation> {
  const [row] = await select<EvaluationRow>(
    client,
    `insert into docops.evaluations (
        repository_id, head_sha, base_ref, attempt, cause, why, kind, pull_number, base_sha, head_ref,
        situation_key, situation_key_without_base, decision_kind, decision, policy, trust, rerun, only_pipeline,
        state, finished_at, deadline_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
        $19, case when $19 = 'judged' then now() end, now() + $20 * interval '1 millisecond')
      returning *`,
    [
      wanted.repositoryId,
      wanted.headSha,
      wanted.baseRef,
      attempt,
      wanted.cause,
      wanted.why,
      wanted.kind,
      wanted.pullNumber,
      wanted.baseSha,
      wanted.headRef,
      wanted.situation.key,
      wanted.situation.keyWithoutBase,
      wanted.decision.kind,
      json(wanted.decision),
      json(wanted.policy),
      json(wanted.trust),
      wanted.rerun,
      wanted.onlyPipeline,
      wanted.state,
      wanted.deadlineMs,
    ],
  );
  if (row === undefined) throw new Error('insert returned no row');
  return toEvaluation(row);
}
