/** What the gate answered to each attempt, as SQL: counted in the gate's record and listed by the same words. */

/**
 * Attempts of repository `$1` since a moment, with `answer`. A block that was accepted ends as `success` and has none; what
 * waits, is held, is a draft or was superseded before it had an answer has none either. `since`: a parameter, `$2`.
 */
export function answeredSince(since: string): string {
  return `select id, case
      when state not in ('judged', 'reported') then null
      when failed or decision_kind in ('cannot-compare', 'invalid-config') then 'not-measured'
      when decision_kind = 'not-applicable' then 'not-applicable'
      when decision_kind <> 'evaluate' then null
      when blocked then case when conclusion is distinct from 'success' then 'blocked' end
      when not_measured then 'not-measured'
      when warned then 'warned'
      when passed then 'passed'
      else 'not-applicable'
    end as answer
  from (
    select e.id, e.state, e.decision_kind, e.failure is not null as failed, roll_up.posted_conclusion as conclusion,
        coalesce(bool_or(s.blocked and s.verdict <> 'not-measured'), false) as blocked,
        coalesce(bool_or(s.verdict = 'not-measured'), true) as not_measured,
        coalesce(bool_or(s.verdict in ('warn', 'block')), false) as warned,
        coalesce(bool_or(s.verdict in ('pass', 'pass-unproven')), false) as passed
      from docops.evaluations e
        left join docops.checks roll_up on roll_up.evaluation_id = e.id and roll_up.ordinal = 0
        left join docops.report_summaries s on s.evaluation_id = e.id
      where e.repository_id = $1 and e.created_at >= ${since}
      group by e.id, roll_up.posted_conclusion) attempts`;
}
