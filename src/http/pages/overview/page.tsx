/** Where somebody starts: what is wrong now, what waits, what this month costs. */
import type { FC } from 'hono/jsx';
import type { Run, RepositoryLine } from '../../../ports/insight.js';
import type { Person } from '../../../ports/people.js';
import { count, dollars, plural, points } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';
import { Layout, type LayoutProps } from '../../site/layout.js';
import { homeUrl, repositoryUrl, runUrl, withQuery } from '../../site/urls.js';
import { StandingTag } from '../parts/run-table.js';
import { movement, runStanding, runTitle } from '../parts/standing.js';
import { age, Time } from '../parts/time.js';
import { isOverBudget, LINES_SHOWN, type OverviewView } from './read.js';

const REGRESSIONS_TOLD = 5;
const FIELDS_TOLD = 4;

export const OverviewPage: FC<{ view: OverviewView; person: Person; signIn: LayoutProps['signIn'] }> = ({
  view,
  person,
  signIn,
}) => (
  <Layout title="Overview" person={person} signIn={signIn}>
    <main id="main">
      <h1 class="page-title">Overview</h1>
      {view.known === 0 ? (
        <Nothing />
      ) : (
        <>
          <Tiles view={view} />
          <section id="repositories" aria-labelledby="repositories-title">
            <h2 id="repositories-title">Repositories</h2>
            <Search view={view} />
            <Lines view={view} />
          </section>
        </>
      )}
    </main>
  </Layout>
);

const Nothing: FC = () => (
  <div class="notice plain">
    <h2>There is no repository here that you may see</h2>
    <p>
      Install the GitHub App on a repository that you have access to, as <code>docs/install.md</code> shows,
      and add a <code>.docops.yml</code> as <code>docs/get-started.md</code> shows. It then appears here.
    </p>
  </div>
);

const Tiles: FC<{ view: OverviewView }> = ({ view }) => (
  <div class="tiles">
    <div class="tile">
      <h2>Open regressions</h2>
      <p class="figure">
        <span class={view.openRegressions > 0 ? 'bad-text' : undefined}>{count(view.openRegressions)}</span>
      </p>
      <p class="small muted">
        {view.openRegressions === 0
          ? 'No open pull request is blocked.'
          : 'Open pull requests that are blocked, and that nobody accepted.'}
      </p>
    </div>
    <div class="tile">
      <h2>Runs</h2>
      <p class="figure">{count(view.running)} running</p>
      <p class="small muted">{count(view.waiting)} waiting</p>
    </div>
    <div class="tile">
      <h2>Oldest waiting job</h2>
      <p class="figure">{view.oldestJob === null ? 'none' : age(view.oldestJob.ageMs)}</p>
      <p class="small muted">
        {view.oldestJob === null
          ? 'Nothing waits for a worker.'
          : `Its kind is \u201c${name(view.oldestJob.kind, 30)}\u201d; ${plural(view.jobsWaiting, 'job')} of the whole instance ${view.jobsWaiting === 1 ? 'waits' : 'wait'}.`}
      </p>
    </div>
    <div class="tile">
      <h2>Spent this month</h2>
      <p class="figure">{dollars(view.spentUsd)}</p>
      <p class="small muted">
        {view.budgetUsd === null
          ? 'No repository has a budget.'
          : `Budgets together: ${dollars(view.budgetUsd)}.`}{' '}
        {view.overBudget > 0 && (
          <span class="bad-text">{plural(view.overBudget, 'repository', 'repositories')} over budget.</span>
        )}
      </p>
    </div>
  </div>
);

const Search: FC<{ view: OverviewView }> = ({ view: { asked } }) => (
  <form
    class="filter"
    method="get"
    action={homeUrl}
    role="search"
    hx-get={homeUrl}
    hx-target="#repository-list"
    hx-select="#repository-list"
    hx-swap="outerHTML"
    hx-push-url="true"
    hx-trigger="input delay:300ms, submit"
    hx-sync="this:replace"
  >
    <label>
      Search by name{' '}
      <input
        type="search"
        name="search"
        id="search"
        maxlength={100}
        autocomplete="off"
        value={asked.search}
      />
    </label>
    <button class="button" type="submit">
      Search
    </button>
  </form>
);

const Lines: FC<{ view: OverviewView }> = ({ view: { lines, asked, pages, known, found, nowMs } }) => {
  const at = (page: number): string =>
    withQuery(homeUrl, { search: asked.search === '' ? null : asked.search, page: page === 1 ? null : page });
  return (
    <div id="repository-list">
      {lines.length === 0 ? (
        <p>No repository{'\u2019'}s name has this in it.</p>
      ) : (
        <div class="scroll">
          <table class="stack overview">
            <caption>
              {asked.search === ''
                ? plural(known, 'repository', 'repositories')
                : `${count(found)} of ${plural(known, 'repository', 'repositories')}`}
              : those with regressions first, then by their newest run.
              {pages > 1 && ` ${LINES_SHOWN} on a page.`}
            </caption>
            <thead>
              <tr>
                <th scope="col">Repository</th>
                <th scope="col">Open regressions</th>
                <th scope="col">Last run</th>
                <th scope="col">Runs</th>
                <th scope="col">This month</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line) => (
                <Line line={line} nowMs={nowMs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages > 1 && (
        <nav class="pager" aria-label="Pages of repositories">
          {asked.page > 1 && <a href={at(asked.page - 1)}>Previous page</a>}
          <span class="muted">
            Page {asked.page} of {pages}
          </span>
          {asked.page < pages && <a href={at(asked.page + 1)}>Next page</a>}
        </nav>
      )}
    </div>
  );
};

const Line: FC<{ line: RepositoryLine; nowMs: number }> = ({ line, nowMs }) => {
  const { repository, openRegressions, lastRun, waiting, running } = line;
  const more = line.openRegressionsInAll - Math.min(openRegressions.length, REGRESSIONS_TOLD);
  return (
    <tr>
      <th scope="row" class="name">
        <a href={repositoryUrl(repository)}>
          {name(repository.owner)}/{name(repository.name)}
        </a>
      </th>
      <td data-label="Regressions">
        {openRegressions.length === 0 ? (
          <span class="muted">none</span>
        ) : (
          <ul class="plain-list">
            {openRegressions.slice(0, REGRESSIONS_TOLD).map((run) => (
              <Regression run={run} nowMs={nowMs} />
            ))}
            {more > 0 && <li>and {plural(more, 'more', 'more')}</li>}
          </ul>
        )}
      </td>
      <td data-label="Last run">
        {lastRun === null ? (
          <span class="muted">none yet</span>
        ) : (
          <>
            <StandingTag standing={runStanding(lastRun)} />{' '}
            <a href={runUrl(lastRun.id)}>{runTitle(lastRun)}</a>{' '}
            <span class="under">
              <Time at={lastRun.createdAt} nowMs={nowMs} />
            </span>
          </>
        )}
      </td>
      <td data-label="Runs">
        {waiting + running === 0 ? (
          <span class="muted">idle</span>
        ) : (
          [
            ...(running > 0 ? [`${count(running)} running`] : []),
            ...(waiting > 0 ? [`${count(waiting)} waiting`] : []),
          ].join(', ')
        )}
      </td>
      <td class="spend" data-label="This month">
        <Spend line={line} />
      </td>
    </tr>
  );
};

const Regression: FC<{ run: Run; nowMs: number }> = ({ run, nowMs }) => {
  const blocking = run.pipelines.filter(({ blocked }) => blocked);
  const fields = blocking
    .flatMap((pipeline) => pipeline.fields)
    .filter(({ delta }) => delta !== null && delta < 0)
    .sort((a, b) => (a.delta ?? 0) - (b.delta ?? 0));
  return (
    <li>
      <a href={runUrl(run.id)}>{runTitle(run)}</a>
      {blocking.slice(0, 1).map((pipeline) => (
        <span class="under">{movement(pipeline)}</span>
      ))}
      {fields.length > 0 && (
        <span class="under">
          fell:{' '}
          {fields
            .slice(0, FIELDS_TOLD)
            .map(({ field, delta }) => `${name(field, 40)} ${points(delta)}`)
            .join(', ')}
          {fields.length > FIELDS_TOLD && ` and ${count(fields.length - FIELDS_TOLD)} more`}
        </span>
      )}
      <span class="under">
        since <Time at={run.finishedAt ?? run.createdAt} nowMs={nowMs} />
      </span>
    </li>
  );
};

const Spend: FC<{ line: RepositoryLine }> = ({ line }) => {
  const { spentThisMonthUsd: spent, budgetPerMonthUsd: budget } = line;
  if (budget === null)
    return (
      <>
        {dollars(spent)} <span class="under">no budget</span>
      </>
    );
  const over = isOverBudget(line);
  const part = budget <= 0 ? (spent > 0 ? 100 : 0) : Math.min(100, (100 * spent) / budget);
  return (
    <>
      {dollars(spent)} <span class="muted">of {dollars(budget)}</span>
      <svg class="spend-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect x="0" y="0" width="100" height="6" fill="var(--soft)" />
        <rect x="0" y="0" width={part} height="6" fill={over ? 'var(--chart-bad)' : 'var(--chart-good)'} />
      </svg>
      {over && <span class="bad-text small">over budget by {dollars(spent - budget)}</span>}
    </>
  );
};
