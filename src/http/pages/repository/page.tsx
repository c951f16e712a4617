/** The page of a repository: how accuracy, noise, time and money developed, and what the gate did. */
import type { FC } from 'hono/jsx';
import { name } from '../../../core/report/words.js';
import { Layout, type LayoutProps } from '../../site/layout.js';
import { repositoryUrl } from '../../site/urls.js';
import { Badge } from './badge.js';
import { Baseline } from './baseline.js';
import { Effort } from './effort.js';
import { Gate } from './gate.js';
import { Noise } from './noise.js';
import { PERIODS, queryOf, type Scope } from './query.js';
import type { RepositoryView } from './read.js';
import { Runs } from './runs.js';
import { Trend } from './trend.js';

export interface RepositoryPageProps {
  readonly view: RepositoryView;
  readonly frame: Pick<LayoutProps, 'person' | 'signIn' | 'admin'>;
  readonly gitHubUrl: string;
  readonly url: string | null;
  readonly badgeKey: string;
}

export const RepositoryPage: FC<RepositoryPageProps> = ({ view, frame, gitHubUrl, url, badgeKey }) => {
  const { repository, scope } = view;
  const title = `${name(repository.owner)}/${name(repository.name)}`;
  return (
    <Layout title={title} repository={repository} tab="runs" {...frame}>
      <main id="main">
        <h1 class="page-title">{title}</h1>
        {scope === null ? (
          <Empty />
        ) : (
          <>
            <ScopeForm view={view} scope={scope} />
            <Baseline view={view} scope={scope} gitHubUrl={gitHubUrl} />
            <Trend view={view} scope={scope} gitHubUrl={gitHubUrl} />
            <Noise view={view} />
            <Effort view={view} />
          </>
        )}
        {(scope !== null || view.record.runs > 0) && <Gate view={view} />}
        {(scope !== null || view.runs.length > 0) && <Runs view={view} />}
        {scope !== null && <Badge repository={repository} scope={scope} badgeKey={badgeKey} url={url} />}
      </main>
    </Layout>
  );
};

const Empty: FC = () => (
  <div class="notice plain">
    <h2>Nothing was measured here yet</h2>
    <p>What to do next:</p>
    <ol>
      <li>
        Put a <code>.docops.yml</code> and a dataset on the branch that pull requests go into, as{' '}
        <code>docs/get-started.md</code> shows.
      </li>
      <li>Open a pull request that changes extraction code. Its check measures both sides.</li>
      <li>Come back: the base side of each run is a point of the branch{'\u2019'}s trend.</li>
    </ol>
  </div>
);

/** What the upper part of the page is about; a form that works without a script. */
const ScopeForm: FC<{ view: RepositoryView; scope: Scope }> = ({ view: { repository, asked }, scope }) => {
  const { run_pipeline, verdict, pull, current } = queryOf(asked);
  const kept = { run_pipeline, verdict, pull, current };
  const url = repositoryUrl(repository);
  return (
    <form
      class="filter"
      method="get"
      action={url}
      hx-get={url}
      hx-target="#main"
      hx-select="#main"
      hx-swap="outerHTML show:none"
      hx-push-url="true"
      hx-trigger="change, submit"
      hx-sync="this:replace"
    >
      <Choice id="scope-branch" name="branch" label="Branch" values={scope.branches} chosen={scope.branch} />
      <Choice
        id="scope-pipeline"
        name="pipeline"
        label="Pipeline"
        values={scope.pipelines}
        chosen={scope.pipeline}
      />
      <label>
        Period
        <select name="days" id="scope-days">
          {PERIODS.map((days) => (
            <option value={String(days)} selected={days === asked.days}>
              {days} days
            </option>
          ))}
        </select>
      </label>
      {Object.entries(kept).map(
        ([key, value]) => value !== null && <input type="hidden" name={key} value={String(value)} />,
      )}
      <button class="button" type="submit">
        Show
      </button>
    </form>
  );
};

const MAX_CHOICES = 200;

const Choice: FC<{ id: string; name: string; label: string; values: readonly string[]; chosen: string }> = ({
  id,
  name: key,
  label,
  values,
  chosen,
}) => {
  const offered = values.slice(0, MAX_CHOICES);
  return (
    <label>
      {label}
      <select name={key} id={id}>
        {(offered.includes(chosen) ? offered : [chosen, ...offered]).map((value) => (
          <option value={value} selected={value === chosen}>
            {name(value, 60)}
          </option>
        ))}
      </select>
    </label>
  );
};
