/** Where an evaluation stands, in words: also what it waits for, and who can do something about it. */
import type { FC } from 'hono/jsx';
import type { Decision, Evaluation } from '../../../core/app-words.js';
import { redactFailure } from '../../../core/check/index.js';
import { sentence } from '../../../core/report/words.js';

/** Still to be measured, or being measured. */
export function isLive({ state, decision }: Evaluation): boolean {
  return state === 'running' || (state === 'planned' && decision.kind === 'evaluate');
}

export function stateOf({ state, decision, progress, failure }: Evaluation): string {
  if (failure?.class === 'over-budget') return 'It was not started: it would cost too much.';
  if (failure !== null) return 'It was not measured.';
  if (state === 'superseded') return 'Something newer took its place before it had an answer.';
  if (state === 'planned' && decision.kind === 'evaluate') return 'It waits for a worker.';
  if (state === 'running')
    return progress === null
      ? 'It is measured now.'
      : `It is measured now: ${sentence(progress.stage)}, ${progress.done} of ${progress.total} documents.`;
  return DECISIONS[decision.kind];
}

const DECISIONS: Readonly<Record<Decision['kind'], string>> = {
  ignore: 'There is nothing to evaluate.',
  'not-configured': 'The base branch has no .docops.yml.',
  'invalid-config': "The base branch's .docops.yml is not valid; the check lists its mistakes.",
  'cannot-compare': 'The two sides cannot be compared.',
  draft: 'It waits until the pull request is ready for review.',
  hold: 'It waits for an approval.',
  'not-applicable': 'No extraction code changed.',
  'queue-trusted': 'The merge queue is trusted; nothing was measured.',
  evaluate: 'It has no report.',
};

/** What it comes to without a report, and what can be done. */
export const WhatToDo: FC<{ evaluation: Evaluation }> = ({ evaluation }) => {
  const { decision, headSha, trust } = evaluation;
  const failure =
    trust.aggregatesOnly && evaluation.failure !== null
      ? redactFailure(evaluation.failure)
      : evaluation.failure;
  if (failure?.class === 'over-budget')
    return (
      <>
        <p>Not evaluated: {sentence(failure.message)}</p>
        <Command says="Somebody with a role that may allow it writes in the pull request:">
          /approve-cost {headSha}
        </Command>
      </>
    );
  // What exactly is wrong may name documents, which people outside do not see.
  if (failure !== null)
    return trust.aggregatesOnly && failure.class === 'configuration' ? (
      <p>What exactly is wrong is not shown, because the author has no write access.</p>
    ) : (
      <p>
        {sentence(failure.message)}
        {failure.mend !== null && ` What to do: ${sentence(failure.mend)}`}
      </p>
    );
  if (decision.kind === 'cannot-compare' && !trust.aggregatesOnly)
    return (
      <p>
        {sentence(decision.title)} {sentence(decision.message, 2_000)}
        {decision.mend !== null && ` What to do: ${sentence(decision.mend)}`}
      </p>
    );
  if (decision.kind === 'hold')
    return (
      <>
        <p>{sentence(decision.reason, 1_000)}</p>
        {decision.policy === 'never' ? (
          <p>The policy of this repository is never to run such code (untrusted: never).</p>
        ) : (
          <Command says="Somebody with write access looks at what the commit changes, and then writes in the pull request:">
            /approve-eval {headSha}
          </Command>
        )}
      </>
    );
  if (decision.kind === 'ignore') return <p>{sentence(decision.why)}</p>;
  return <></>;
};

const Command: FC<{ says: string; children?: unknown }> = ({ says, children }) => (
  <>
    <p>{says}</p>
    <p>
      <code>{children}</code>
    </p>
  </>
);
