/** The page "Try a configuration": a file to change, what it is found to be, and a button that tries it on past runs. */
import type { FC } from 'hono/jsx';
import type { RepositoryRef } from '../../../core/app-words.js';
import { name } from '../../../core/report/words.js';
import { Layout } from '../../site/layout.js';
import { configurationUrl } from '../../site/urls.js';
import type { Site, Visitor } from '../../site/words.js';
import { CheckResult, RESULT, type Checked } from './check.js';
import { NOT_SPELLED, RUNS_MOST, type Source } from './form.js';

const LINES_LEAST = 12;
const LINES_MOST = 34;
/** Branches offered in the list of the field; any other can be typed. */
const BRANCHES_OFFERED = 50;

export interface ConfigurationView {
  readonly repository: RepositoryRef;
  readonly visitor: Visitor;
  readonly source: Source;
  readonly branches: readonly string[];
  readonly checked: Checked;
  readonly lastRuns: number;
  /** What has to be said first: the file could not be read, there are too many simulations. */
  readonly notice: { readonly tone: 'bad' | 'plain'; readonly text: string } | null;
}

export const ConfigurationPage: FC<{ site: Site; view: ConfigurationView }> = ({ site, view }) => {
  const { repository, visitor, notice } = view;
  return (
    <Layout
      title={`Try a configuration · ${name(repository.owner)}/${name(repository.name)}`}
      person={visitor.person}
      signIn={site.signIn === null ? 'not set up' : 'set up'}
      repository={repository}
      tab="configuration"
      here="Try a configuration"
      admin={visitor.role === 'admin'}
    >
      <main id="main">
        <h1 class="page-title">Try a configuration</h1>
        <p class="lead">
          Change the file here and see what it means before you commit it. Nothing is saved, and nothing is
          run.
        </p>
        {notice !== null && (
          <p class={`notice ${notice.tone}`} role="status">
            {notice.text}
          </p>
        )}
        <SourceForm view={view} />
        <TryForm view={view} />
        <div id={RESULT} aria-live="polite">
          <CheckResult of={view.checked} />
        </div>
      </main>
    </Layout>
  );
};

const SourceForm: FC<{ view: ConfigurationView }> = ({ view: { repository, source, branches } }) => (
  <form class="filter" method="get" action={configurationUrl(repository)}>
    <label>
      Branch <input type="text" name="branch" value={source.branch} list="branches" maxlength={250} />
    </label>
    <datalist id="branches">
      {branches.slice(0, BRANCHES_OFFERED).map((branch) => (
        <option value={branch}></option>
      ))}
    </datalist>
    <label>
      or pull request{' '}
      <input
        type="text"
        name="pull"
        inputmode="numeric"
        pattern="#?[0-9]{1,10}"
        size={6}
        value={source.pullNumber === null ? '' : String(source.pullNumber)}
      />
    </label>
    <button class="button" type="submit">
      Show its file
    </button>
  </form>
);

const TryForm: FC<{ view: ConfigurationView }> = ({ view }) => {
  const { repository, visitor, source, checked, lastRuns } = view;
  const check = `${configurationUrl(repository)}/check`;
  const lines = Math.min(LINES_MOST, Math.max(LINES_LEAST, checked.text.split('\n').length + 1));
  return (
    <form class="try" method="post" action={check}>
      <label class="file" for="configuration">
        {checked.path}
        <span class="muted small">
          {' '}
          {source.pullNumber === null ? `of ${name(source.branch)}` : `of pull request #${source.pullNumber}`}
        </span>
      </label>
      {/* The line end after the tag is not part of the text: without it, a first empty line would be lost. */}
      <textarea
        id="configuration"
        name="configuration"
        rows={lines}
        {...NOT_SPELLED}
        autocomplete="off"
        autocapitalize="off"
        wrap="off"
        hx-post={check}
        hx-trigger="input changed delay:400ms"
        hx-target={`#${RESULT}`}
        hx-sync="this:replace"
      >
        {`\n${checked.text}`}
      </textarea>
      <input type="hidden" name="path" value={checked.path} />
      <input type="hidden" name="branch" value={source.branch} />
      <textarea name="current" hidden readonly aria-hidden="true" tabindex={-1}>
        {`\n${checked.current ?? ''}`}
      </textarea>
      <div class="actions">
        <button class="button" type="submit" hx-post={check} hx-target={`#${RESULT}`}>
          Check
        </button>
        {visitor.role === 'read' ? (
          <span class="muted small">
            Who may write to this repository can also try it on the runs of the past.
          </span>
        ) : (
          <>
            <label>
              Last runs{' '}
              <input type="number" name="last_runs" min={1} max={RUNS_MOST} value={String(lastRuns)} />
            </label>
            <button
              class="button primary"
              type="submit"
              formaction={`${configurationUrl(repository)}/simulate`}
            >
              Try it on the last runs into {name(source.branch, 40)}
            </button>
          </>
        )}
      </div>
    </form>
  );
};
