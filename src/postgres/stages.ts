/** What was done when with an evaluation, in words. Each line is written with the change that it tells of. */
import type pg from 'pg';
import type { EvaluationFailure, PipelineReport } from '../core/app-words.js';
import { name, verdictWords } from '../core/report/words.js';
import type { Insight, StageLine } from '../ports/insight.js';
import type { NewEvaluation } from '../ports/store.js';
import { change, isUuid, select } from './query.js';
import type { Queryable } from './transaction.js';

/** Of one evaluation. Steps of measuring stop earlier, so that its end is always told. */
const MOST_LINES = 500;
const MOST_STEPS = 400;
const LINE_CHARACTERS = 1_000;

const fewerThan = (most: number): string =>
  `(select count(*) from docops.evaluation_stages s where s.evaluation_id = told.id) < ${most}`;

/** The change of evaluations, and `line` (SQL over the changed row) for each: one statement. Gives `columns` of them. */
export function saying(update: string, line: string, columns = 'id'): string {
  return `with told as (${update} returning *), lines as (
      insert into docops.evaluation_stages (evaluation_id, text)
        select id, left(${line}, ${LINE_CHARACTERS}) from told where ${fewerThan(MOST_LINES)})
    select ${columns} from told`;
}

/** As `saying`, where `line` (SQL, null for none) is told only when it is not what was told last. */
export function sayingStep(update: string, line: string): string {
  const text = `left(${line}, ${LINE_CHARACTERS})`;
  return `with told as (${update} returning *), lines as (
      insert into docops.evaluation_stages (evaluation_id, text)
        select id, ${text} from told
          where ${line} is not null and ${fewerThan(MOST_STEPS)} and ${text} is distinct from (
            select text from docops.evaluation_stages s where s.evaluation_id = told.id order by s.id desc limit 1))
    select id from told`;
}

/** A line of its own; `client` is in the transaction of the change. */
export async function say(client: Queryable, evaluationId: string, text: string): Promise<void> {
  await change(
    client,
    `insert into docops.evaluation_stages (evaluation_id, text)
      select id, left($2, ${LINE_CHARACTERS}) from (select $1::uuid as id) as told where ${fewerThan(MOST_LINES)}`,
    [evaluationId, text],
  );
}

/** What a new evaluation waits for, or why it does not wait. */
export function firstLine({ why, state, decision, reports }: NewEvaluation): string {
  if (state === 'planned') return `planned (${why}): waits for a worker`;
  if (reports !== undefined && reports.length > 0)
    return `concluded anew (${why}), with the reports of an earlier attempt`;
  switch (decision.kind) {
    case 'hold':
      return `held: ${decision.reason}`;
    case 'draft':
      return 'waits until the draft is ready for review';
    case 'not-configured':
      return 'not evaluated: there is no configuration';
    case 'invalid-config':
      return 'not evaluated: the configuration is not valid';
    case 'cannot-compare':
      return `not evaluated: ${decision.title}`;
    case 'not-applicable':
      return 'nothing to measure: no watched file differs';
    case 'queue-trusted':
      return 'not evaluated again: merge groups are trusted';
    case 'ignore':
    case 'evaluate':
      return `answered (${why})`;
  }
}

export function finishedLine(reports: readonly PipelineReport[]): string {
  const answers = reports.map(
    ({ pipeline, report }) => `${name(pipeline)} ${verdictWords(report).word.toLowerCase()}`,
  );
  return `finished: ${answers.join(', ')}`;
}

const FAILED: Readonly<Record<EvaluationFailure['class'], string>> = {
  configuration: 'the configuration or the dataset has to be mended',
  infrastructure: 'the infrastructure failed',
  'timed-out': 'the time is over',
  'over-budget': 'over the budget',
};

/** `failure` as the evaluation's readers may see it. */
export function failedLine(failure: EvaluationFailure): string {
  return `no verdict, ${FAILED[failure.class]}: ${failure.message}`;
}

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
