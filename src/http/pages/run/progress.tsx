/** A run that is not done: how far it is, what it waits for, what was done when. The same for all who look at it. */
import type { FC } from 'hono/jsx';
import type { Evaluation } from '../../../core/app-words.js';
import { count, plural } from '../../../core/report/values.js';
import { sentence } from '../../../core/report/words.js';
import type { StageLine, Waiting } from '../../../ports/insight.js';
import { ExactTime } from '../parts/time.js';
import { stateOf } from './state.js';

export interface Progress {
  readonly evaluation: Evaluation;
  /** Oldest first. */
  readonly stages: readonly StageLine[];
  /** Null: it does not wait. */
  readonly waiting: Waiting | null;
}

const STAGES = 200;

export const ProgressPart: FC<Progress> = ({ evaluation, stages, waiting }) => {
  const { progress } = evaluation;
  return (
    <>
      <p class="now">{stateOf(evaluation)}</p>
      {progress !== null && progress.total > 0 && (
        <p>
          <progress max={progress.total} value={progress.done} aria-label="Documents done">
            {progress.done} of {progress.total}
          </progress>
        </p>
      )}
      {progress?.estimatedEndMs !== null && progress?.estimatedEndMs !== undefined && (
        <p>
          It will be done at about <ExactTime at={new Date(progress.estimatedEndMs)} />.
        </p>
      )}
      {waiting !== null && <p>{waitingWords(waiting)}</p>}
      <Stages stages={stages} />
    </>
  );
};

function waitingWords({ ahead, running }: Waiting): string {
  const before =
    ahead === 0
      ? 'Nothing was planned before it'
      : `${plural(ahead, 'run')} ${ahead === 1 ? 'was' : 'were'} planned before it`;
  return `${before}; ${running === 0 ? 'none is' : running === 1 ? '1 is' : `${count(running)} are`} measured now.`;
}

export const Stages: FC<{ stages: readonly StageLine[] }> = ({ stages }) =>
  stages.length === 0 ? (
    <></>
  ) : (
    <section aria-labelledby="stages-title">
      <h2 id="stages-title">What was done when</h2>
      <ol class="stages">
        {stages.slice(-STAGES).map(({ at, text }) => (
          <li>
            <ExactTime at={at} /> {sentence(text)}
          </li>
        ))}
      </ol>
    </section>
  );
