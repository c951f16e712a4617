/** What an answer comes to: the table of conclusions, and nothing of how it is written down. */
import type { Acceptance, CheckConclusion, PipelineReport, PlannedPipeline } from '../app-words.js';
import { renderTitle } from '../report/markdown.js';
import { count, plural } from '../report/values.js';
import { headline, name } from '../report/words.js';
import { acceptedBy } from './acceptance.js';
import { titleOf } from './markdown.js';
import { redactFailure } from './redact.js';
import { type AnswerView, shownTo } from './view.js';

/** Worst first, as far as several pipelines of one evaluation are concerned. */
export const ANSWER_KINDS = [
  'blocked',
  'timed-out',
  'not-measured',
  'over-budget',
  'accepted',
  'warned',
  'passed',
  'not-applicable',
  'superseded',
  'hold',
  'invalid-config',
  'cannot-compare',
  'not-configured',
  'queue-trusted',
] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

export const KIND_WORDS: Readonly<Record<AnswerKind, { mark: string; word: string }>> = {
  blocked: { mark: '\u2716', word: 'blocked' },
  'timed-out': { mark: '?', word: 'not measured: out of time' },
  'not-measured': { mark: '?', word: 'not measured' },
  'over-budget': { mark: '\u25cb', word: 'over the budget' },
  accepted: { mark: '\u25b2', word: 'accepted' },
  warned: { mark: '\u25b2', word: 'warning' },
  passed: { mark: '\u2714', word: 'passed' },
  'not-applicable': { mark: '\u25cb', word: 'not applicable' },
  superseded: { mark: '\u25cb', word: 'superseded' },
  hold: { mark: '\u25cb', word: 'waits for approval' },
  'invalid-config': { mark: '\u2716', word: 'invalid configuration' },
  'cannot-compare': { mark: '\u2716', word: 'cannot be compared' },
  'not-configured': { mark: '\u25cb', word: 'not configured' },
  'queue-trusted': { mark: '\u2714', word: 'merge group trusted' },
};

export interface Answer {
  readonly kind: AnswerKind;
  readonly conclusion: CheckConclusion;
  /** Plain text, at most 255 characters. */
  readonly title: string;
}

export interface PipelineAnswer extends Answer {
  readonly planned: PlannedPipeline;
  readonly result: PipelineReport | null;
  /** That take on what blocks; only with `accepted`. */
  readonly acceptances: readonly Acceptance[];
}

const NOT_APPLICABLE = 'Not applicable: no extraction code changed';

/**
 * What a check run concludes with: the roll-up's (`pipeline` null) or one pipeline's. Null while there is no answer, and
 * for a draft that waits: it must not pass, for the commit is the same when it is ready.
 */
export function conclusionOf(view: AnswerView, pipeline: string | null = null): Answer | null {
  return conclude(shownTo(view), pipeline);
}

/** As `conclusionOf`, of a view that was prepared by `shownTo`. */
export function conclude(view: AnswerView, pipeline: string | null): Answer | null {
  const { evaluation } = view;
  const { decision, state, supersededBy, failure } = evaluation;
  // An answer that GitHub was not told before another attempt took its place must not be the last word on the commit.
  const replaced = supersededBy !== null && (state === 'judged' || decision.kind === 'draft');
  if (state === 'superseded' || replaced) {
    const by = supersededBy === null ? '' : `: ${supersededBy}`;
    return answer('superseded', 'cancelled', `Superseded by a newer attempt${by}`);
  }
  if (state === 'planned' || state === 'running') return null;
  switch (decision.kind) {
    case 'draft':
    case 'ignore':
      return null;
    case 'not-configured':
      return answer('not-configured', 'success', 'Not configured: the base branch has no .docops.yml');
    case 'invalid-config':
      return answer('invalid-config', 'failure', invalidTitle(decision.file, decision.problems.length));
    case 'cannot-compare':
      return answer('cannot-compare', 'failure', decision.title);
    case 'hold':
      return answer(
        'hold',
        'action_required',
        decision.policy === 'never'
          ? 'Not evaluated: the author has no write access'
          : 'Waits for approval: the author has no write access',
      );
    case 'queue-trusted':
      return answer('queue-trusted', 'success', 'Not evaluated again: merge groups are trusted');
    case 'not-applicable':
      return answer('not-applicable', decision.conclusion, NOT_APPLICABLE);
    case 'evaluate': {
      const all = pipelineAnswers(view);
      if (pipeline !== null)
        return (
          all.find(({ planned }) => planned.name === pipeline) ?? unmeasured('there is no such pipeline')
        );
      if (failure !== null) return failed(view);
      return all.length === 0 ? unmeasured('nothing was planned') : rollUp(all);
    }
  }
}

/** The pipelines of an evaluation in the order of the configuration; none where the decision was the answer. */
export function pipelineAnswers(view: AnswerView): PipelineAnswer[] {
  const { decision } = view.evaluation;
  if (decision.kind !== 'evaluate') return [];
  const reports = new Map(view.reports.map((one) => [one.pipeline, one]));
  return decision.pipelines.map((planned) => {
    const result = reports.get(planned.name) ?? null;
    const { acceptances = [], ...rest } = answerOf(view, planned, result);
    return { ...rest, planned, result, acceptances };
  });
}

type Judged = Answer & { readonly acceptances?: readonly Acceptance[] };

function answerOf(view: AnswerView, planned: PlannedPipeline, result: PipelineReport | null): Judged {
  if (!planned.applicable) return answer('not-applicable', 'success', NOT_APPLICABLE);
  if (view.evaluation.failure !== null) return failed(view);
  // Nothing passes for want of a report.
  if (result === null) return unmeasured(`${name(planned.name, 60)} has no report`);
  const { report } = result;
  const red = report.verdict === 'block' || report.verdict === 'not-measured';
  // `enforce` is read as well, so that a report that contradicts itself blocks.
  if (report.blocked || (red && report.run.enforce === 'block')) {
    if (report.verdict === 'not-measured') return unmeasured(headline(report));
    const acceptances = acceptedBy(report, view.acceptances);
    if (acceptances === undefined) return answer('blocked', 'failure', renderTitle(report));
    const by = [...new Set(acceptances.map((one) => `@${one.by}`))];
    const more = by.length > 1 ? ` and ${plural(by.length - 1, 'other')}` : '';
    return {
      ...answer('accepted', 'success', `Accepted by ${by[0] ?? ''}${more}: ${headline(report)}`),
      acceptances,
    };
  }
  if (report.verdict === 'not-applicable') return answer('not-applicable', 'success', NOT_APPLICABLE);
  const fine = report.verdict === 'pass' || report.verdict === 'pass-unproven';
  return answer(fine ? 'passed' : 'warned', 'success', renderTitle(report));
}

function unmeasured(why: string): Answer {
  return answer('not-measured', 'failure', `Not measured: ${why}`);
}

function failed({ evaluation }: AnswerView): Answer {
  const { failure, trust } = evaluation;
  switch (failure?.class) {
    case 'timed-out':
      return answer('timed-out', 'timed_out', 'Not measured: the time for it is over');
    case 'configuration':
      return unmeasured(trust.aggregatesOnly ? redactFailure(failure).message : failure.message);
    case 'over-budget':
      return answer(
        'over-budget',
        'action_required',
        `Not evaluated: ${trust.aggregatesOnly ? redactFailure(failure).message : failure.message}`,
      );
    case 'infrastructure':
    case undefined:
      return unmeasured('the infrastructure failed, not the pull request');
  }
}

/** The worst of all; its title, or with several pipelines how many stand how. */
function rollUp(all: readonly PipelineAnswer[]): Answer {
  const sorted = worstFirst(all);
  const [worst] = sorted;
  const applicable = all.filter(({ kind }) => kind !== 'not-applicable');
  if (worst === undefined || applicable.length <= 1) return worst ?? unmeasured('nothing was planned');
  const parts = ANSWER_KINDS.filter((kind) => kind !== 'passed').flatMap((kind) => {
    const n = applicable.filter((one) => one.kind === kind).length;
    return n === 0 ? [] : [`${count(n)} ${KIND_WORDS[kind].word}`];
  });
  const whole = plural(applicable.length, 'pipeline');
  const { mark } = KIND_WORDS[worst.kind];
  const title =
    parts.length === 0
      ? `${mark} All ${whole} passed`
      : `${mark} ${parts.join(', ')} of ${whole}: ${withoutMark(worst.title)}`;
  return answer(worst.kind, worst.conclusion, title);
}

/** The title of a report begins with its mark. */
export function withoutMark(title: string): string {
  return title.replace(/^[\u2714\u2248\u25b2\u2716\u25cb?] /u, '');
}

export function worstFirst<T extends Answer>(answers: readonly T[]): T[] {
  return [...answers].sort((a, b) => ANSWER_KINDS.indexOf(a.kind) - ANSWER_KINDS.indexOf(b.kind));
}

function invalidTitle(file: string, problems: number): string {
  return `${file} on the base branch is invalid: ${plural(problems, 'problem')}`;
}

function answer(kind: AnswerKind, conclusion: CheckConclusion, title: string): Answer {
  return { kind, conclusion, title: titleOf(title) };
}
