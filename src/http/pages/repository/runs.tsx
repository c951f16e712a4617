/** The last runs, filtered by the address's query. */
import type { FC } from 'hono/jsx';
import { VERDICTS } from '../../../core/report/schema.js';
import { name, VERDICT_WORDS } from '../../../core/report/words.js';
import type { GateAnswer } from '../../../ports/insight.js';
import { repositoryUrl } from '../../site/urls.js';
import { RunTable } from '../parts/run-table.js';
import { queryOf, type Asked } from './query.js';
import type { RepositoryView, RunListView } from './read.js';

/** Of the part of the page that the filters replace. */
export const RUN_LIST = 'run-list';
const UNFILTERED = {
  pipeline: null,
  verdict: null,
  pull: null,
  answer: null,
  current: false,
  after: null,
} as const;
const ANSWER_WORDS: Readonly<Record<GateAnswer, string>> = {
  blocked: 'were blocked',
  warned: 'were warned about',
  passed: 'passed',
  'not-measured': 'were not measured',
  'not-applicable': 'had nothing to measure',
};

export const Runs: FC<{ view: RepositoryView }> = ({ view }) => {
  const { asked, repository, pipelines } = view;
  const { branch, pipeline, days } = queryOf(asked);
  const kept = { branch, pipeline, days };
  const url = repositoryUrl(repository);
  return (
    <section id="runs" aria-labelledby="runs-title">
      <h2 id="runs-title">Last runs</h2>
      <form
        class="filter"
        method="get"
        action={`${url}#runs`}
        hx-get={url}
        hx-target={`#${RUN_LIST}`}
        hx-select={`#${RUN_LIST}`}
        hx-swap="outerHTML"
        hx-push-url="true"
        hx-trigger="change, submit"
        hx-sync="this:replace"
      >
        {Object.entries(kept).map(
          ([key, value]) => value !== null && <input type="hidden" name={key} value={String(value)} />,
        )}
        {pipelines.length > 1 && (
          <label>
            Pipeline
            <select name="run_pipeline" id="run-pipeline">
              <option value="">all</option>
              {pipelines.map((one) => (
                <option value={one} selected={one === asked.runs.pipeline}>
                  {name(one, 60)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          Verdict
          <select name="verdict" id="run-verdict">
            <option value="">all</option>
            {VERDICTS.map((verdict) => (
              <option value={verdict} selected={verdict === asked.runs.verdict}>
                {VERDICT_WORDS[verdict].word.toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <label>
          Pull request
          <input
            type="text"
            name="pull"
            id="run-pull"
            inputmode="numeric"
            size={6}
            maxlength={10}
            autocomplete="off"
            value={asked.runs.pull === null ? '' : String(asked.runs.pull)}
          />
        </label>
        <label>
          <input type="checkbox" name="current" id="run-current" value="yes" checked={asked.runs.current} />
          Current only
        </label>
        <button class="button" type="submit">
          Filter
        </button>
      </form>
      <RunList view={view} />
    </section>
  );
};

/** By itself what the filters and the waiting of htmx replace. */
export const RunList: FC<{ view: RunListView }> = ({ view: { asked, repository, runs, next, nowMs } }) => {
  const query = queryOf(asked);
  const at = (more: Parameters<typeof repositoryUrl>[1]): string =>
    `${repositoryUrl(repository, { ...query, ...more })}#runs`;
  const filtered = Object.entries(asked.runs).some(
    ([key, value]) => value !== UNFILTERED[key as keyof typeof UNFILTERED],
  );
  const moving = runs.some(({ state }) => state === 'planned' || state === 'running');
  return (
    <div
      id={RUN_LIST}
      {...(moving
        ? {
            'hx-get': repositoryUrl(repository, query),
            'hx-trigger': 'every 20s',
            'hx-select': `#${RUN_LIST}`,
            'hx-target': 'this',
            'hx-swap': 'outerHTML',
          }
        : {})}
    >
      {runs.length === 0 ? (
        <p>{filtered ? 'No run fits this filter.' : 'There was no run yet.'}</p>
      ) : (
        <RunTable runs={runs} caption={captionOf(asked, filtered)} nowMs={nowMs} />
      )}
      <nav class="pager" aria-label="Pages of runs">
        {asked.runs.after !== null && <a href={at({ after: null })}>Newest runs</a>}
        {next !== null && <a href={at({ after: next })}>Older runs</a>}
        {filtered && (
          <a
            href={at({
              run_pipeline: null,
              verdict: null,
              pull: null,
              answer: null,
              current: null,
              after: null,
            })}
          >
            Without the filter
          </a>
        )}
      </nav>
    </div>
  );
};

function captionOf({ runs: { answer }, days }: Asked, filtered: boolean): string {
  if (answer !== null) return `Runs of the last ${days} days that ${ANSWER_WORDS[answer]}, the newest first.`;
  return filtered ? 'Runs that fit the filter, the newest first.' : 'The newest first.';
}
