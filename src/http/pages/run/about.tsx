/** What a run belongs to and what became of it: pull request, attempts, acceptances, warnings, the merge group's parts. */
import type { FC } from 'hono/jsx';
import type { Acceptance, Evaluation, RepositoryRef } from '../../../core/app-words.js';
import { count, percent, plural, points } from '../../../core/report/values.js';
import { VERDICT_WORDS, name, sentence } from '../../../core/report/words.js';
import type { Insight, Run, StageLine } from '../../../ports/insight.js';
import { runUrl } from '../../site/urls.js';
import { ExactTime } from '../parts/time.js';
import type { GitHubAddresses } from './github.js';
import { Stages } from './progress.js';

export interface About {
  readonly evaluation: Evaluation;
  /** Undefined where lists do not know the run. */
  readonly run: Run | undefined;
  /** Of the same pull request, or of the same commit for a merge group; newest first, this one among them. */
  readonly attempts: readonly Run[];
  /** Newest first. */
  readonly acceptances: readonly Acceptance[];
  readonly stages: readonly StageLine[];
}

const RUNS = 30;
/** Of the branch, among which a merge group's other attempts are looked for. */
const NEAR = 100;
const ACCEPTANCES = 20;

export async function aboutRun(
  insight: Insight,
  repository: RepositoryRef,
  evaluation: Evaluation,
): Promise<About> {
  const { pullNumber, headSha, baseRef } = evaluation;
  const [run, near, acceptances, stages] = await Promise.all([
    insight.run(evaluation.id),
    insight.runs(repository.id, pullNumber === null ? { baseRef, limit: NEAR } : { pullNumber, limit: RUNS }),
    insight.acceptancesOf(evaluation, ACCEPTANCES),
    insight.stages(evaluation.id),
  ]);
  return {
    evaluation,
    run,
    attempts: near.runs.filter((one) => pullNumber !== null || one.headSha === headSha).slice(0, RUNS),
    acceptances,
    stages,
  };
}

/** One line above the verdict: what was looked at. */
export const RunLine: FC<{ about: About; gitHub: GitHubAddresses }> = ({ about, gitHub }) => {
  const { evaluation, run } = about;
  const { pullNumber, headSha, baseRef, attempt, kind } = evaluation;
  return (
    <p class="eyebrow">
      {kind === 'merge-group' && <span>Merge group</span>}
      {pullNumber !== null && (
        <span>
          Pull request <a href={gitHub.pull(pullNumber)}>#{pullNumber}</a>
          {run?.title !== null && run?.title !== undefined && ` ${name(run.title, 120)}`}
        </span>
      )}
      <span>
        <a href={gitHub.commit(headSha)}>
          <code>{name(headSha, 64).slice(0, 10)}</code>
        </a>{' '}
        into <a href={gitHub.branch(baseRef)}>{name(baseRef)}</a>
      </span>
      <span>
        attempt {attempt}: {name(evaluation.why, 200)}
      </span>
    </p>
  );
};

/** What a reader must know before anything else: that this is not the newest answer, or that it was accepted. */
export const Standing: FC<{ about: About; linked: boolean }> = ({ about, linked }) => {
  const { evaluation, acceptances, attempts } = about;
  const [newest] = attempts.filter(
    (one) => one.headSha === evaluation.headSha && one.baseRef === evaluation.baseRef,
  );
  const later = newest !== undefined && newest.id !== evaluation.id ? newest : undefined;
  const [accepted] = acceptances;
  return (
    <>
      {evaluation.supersededBy !== null && (
        <p class="notice plain">
          Superseded: {sentence(evaluation.supersededBy)}.
          {later !== undefined && linked && (
            <>
              {' '}
              <a href={runUrl(later.id)}>Attempt {later.attempt}</a> is the newest of this commit.
            </>
          )}
        </p>
      )}
      {accepted !== undefined && (
        <p class="notice plain">
          {accepted.revokedBy !== null
            ? `An acceptance of this regression was revoked by ${name(accepted.revokedBy)}.`
            : `This regression was accepted by ${name(accepted.by)}: ${sentence(accepted.reason)}`}
        </p>
      )}
    </>
  );
};

export const AboutRun: FC<{ about: About; gitHub: GitHubAddresses; linked: boolean }> = ({
  about,
  gitHub,
  linked,
}) => {
  const { evaluation, run, attempts, acceptances, stages } = about;
  const { warnings, trust, startedAt, finishedAt, createdAt } = evaluation;
  return (
    <>
      {warnings.length > 0 && (
        <section aria-labelledby="warnings-title">
          <h2 id="warnings-title">Warnings of the check</h2>
          <div class="card">
            <ul>
              {trust.aggregatesOnly ? (
                <li>{plural(warnings.length, 'warning')} not shown to outsiders.</li>
              ) : (
                warnings.slice(0, 50).map((warning) => <li>{sentence(warning)}</li>)
              )}
            </ul>
          </div>
        </section>
      )}
      <Attribution evaluation={evaluation} gitHub={gitHub} />
      <section id="about" aria-labelledby="about-title">
        <h2 id="about-title">This run</h2>
        <div class="card">
          <dl class="facts">
            <dt>Told GitHub</dt>
            <dd>{run?.conclusion ?? 'nothing yet'}</dd>
            <dt>State</dt>
            <dd>
              {evaluation.state}
              {evaluation.supersededBy !== null && `; superseded: ${sentence(evaluation.supersededBy)}`}
            </dd>
            <dt>Planned</dt>
            <dd>
              <ExactTime at={createdAt} />, {name(evaluation.why, 200)}
            </dd>
            {startedAt !== null && (
              <>
                <dt>Began</dt>
                <dd>
                  <ExactTime at={startedAt} />
                </dd>
              </>
            )}
            {finishedAt !== null && (
              <>
                <dt>Ended</dt>
                <dd>
                  <ExactTime at={finishedAt} />
                </dd>
              </>
            )}
            <dt>Author</dt>
            <dd>{sentence(trust.reason)}</dd>
          </dl>
        </div>
      </section>
      <Acceptances list={acceptances} />
      <Attempts attempts={attempts} of={evaluation} linked={linked} />
      <Stages stages={stages} />
    </>
  );
};

const Acceptances: FC<{ list: readonly Acceptance[] }> = ({ list }) =>
  list.length === 0 ? (
    <></>
  ) : (
    <section aria-labelledby="accepted-title">
      <h2 id="accepted-title">Accepted</h2>
      <div class="card">
        <ul>
          {list.map(({ by, role, fields, reason, at, expiresAt, revokedAt, revokedBy }) => (
            <li>
              {name(by)} ({name(role, 30)}) accepted{' '}
              {fields.length === 0 ? 'all that got worse' : name(fields.join(', '), 200)} on{' '}
              <ExactTime at={at} />, until <ExactTime at={expiresAt} />: {sentence(reason)}
              {revokedAt !== null && revokedBy !== null && (
                <>
                  {' '}
                  Revoked by {name(revokedBy)} on <ExactTime at={revokedAt} />.
                </>
              )}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );

const Attempts: FC<{ attempts: readonly Run[]; of: Evaluation; linked: boolean }> = ({
  attempts,
  of,
  linked,
}) =>
  attempts.length < 2 ? (
    <></>
  ) : (
    <section id="attempts" aria-labelledby="attempts-title">
      <h2 id="attempts-title">Earlier and later runs</h2>
      <div class="scroll" tabindex={0} role="group" aria-labelledby="attempts-title">
        <table>
          <caption>Newest first; each commit counts its attempts by itself</caption>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Commit</th>
              <th scope="col">Verdicts</th>
              <th scope="col" class="wide">
                Why
              </th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((one) => (
              <tr>
                <th scope="row">
                  {one.id === of.id ? (
                    <strong>This one</strong>
                  ) : linked ? (
                    <a href={runUrl(one.id)}>
                      <ExactTime at={one.createdAt} />
                    </a>
                  ) : (
                    <ExactTime at={one.createdAt} />
                  )}
                </th>
                <td>
                  <code>{name(one.headSha, 64).slice(0, 10)}</code>, attempt {one.attempt}
                </td>
                <td>
                  {one.pipelines.length === 0
                    ? one.state
                    : one.pipelines
                        .slice(0, 8)
                        .map(
                          ({ pipeline, verdict }) => `${VERDICT_WORDS[verdict].word} ${name(pipeline, 40)}`,
                        )
                        .join(', ')}
                  {one.pipelines.length > 8 && ` and ${count(one.pipelines.length - 8)} more`}
                </td>
                <td class="wide name">{name(one.why, 120)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );

const Attribution: FC<{ evaluation: Evaluation; gitHub: GitHubAddresses }> = ({ evaluation, gitHub }) => {
  const steps = evaluation.attribution ?? [];
  if (steps.length === 0) return <></>;
  return (
    <section aria-labelledby="attribution-title">
      <h2 id="attribution-title">Which pull request of the group moved which field</h2>
      <p class="about">Added one by one to {name(evaluation.baseRef)}, in the order of the queue.</p>
      <div class="scroll" tabindex={0} role="group" aria-labelledby="attribution-title">
        <table>
          <caption>{plural(steps.length, 'step')}</caption>
          <thead>
            <tr>
              <th scope="col">Pull request</th>
              <th scope="col">Pipeline</th>
              <th scope="col">Field</th>
              <th scope="col" class="num">
                Before
              </th>
              <th scope="col" class="num">
                After
              </th>
              <th scope="col" class="num">
                Δ points
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.slice(0, 100).flatMap(({ pullNumber, commit, pipeline, moved }) =>
              (moved.length === 0 ? [null] : moved.slice(0, 50)).map((one) => (
                <tr>
                  <th scope="row">
                    <a href={pullNumber === null ? gitHub.commit(commit) : gitHub.pull(pullNumber)}>
                      {pullNumber === null ? name(commit, 64).slice(0, 10) : `#${pullNumber}`}
                    </a>
                  </th>
                  <td class="name">{name(pipeline, 60)}</td>
                  <td class="name">{one === null ? 'nothing moved' : name(one.field)}</td>
                  <td class="num">{one === null ? '' : percent(one.before)}</td>
                  <td class="num">{one === null ? '' : percent(one.after)}</td>
                  <td class="num">
                    {typeof one?.before !== 'number' || one.after === null
                      ? ''
                      : points(one.after - one.before)}
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
};
