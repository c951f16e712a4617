/** The page of the ledger. */
import type { FC } from 'hono/jsx';
import type { RepositoryRef } from '../../../core/app-words.js';
import { Tag, type Tone } from '../../../core/report/html/parts.js';
import { count, plural } from '../../../core/report/values.js';
import { name, sentence } from '../../../core/report/words.js';
import type { Insight } from '../../../ports/insight.js';
import type { LedgerPage as Page } from '../../ledger/read.js';
import { FAMILIES, type ToldAcceptance, type ToldLine } from '../../ledger/words.js';
import { Layout } from '../../site/layout.js';
import { ledgerUrl, runUrl, withQuery } from '../../site/urls.js';
import type { Site, Visitor } from '../../site/words.js';
import { moment, Time } from '../parts/time.js';
import type { Asked } from './query.js';

type Chain = Awaited<ReturnType<Insight['ledgerIsWhole']>>;

export const LedgerPage: FC<{
  site: Site;
  repository: RepositoryRef;
  visitor: Visitor;
  query: Asked;
  page: Page;
  /** Null: not asked for. */
  chain: Chain | null;
}> = ({ site, repository, visitor, query, page, chain }) => {
  const filtered = { action: query.action || null, actor: query.actor || null };
  const gitHub = `${site.settings.gitHubUrl}/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}`;
  const files = (ending: string): string => withQuery(`${ledgerUrl(repository)}.${ending}`, filtered);
  return (
    <Layout
      title={`Ledger · ${name(repository.owner)}/${name(repository.name)}`}
      person={visitor.person}
      signIn={site.signIn === null ? 'not set up' : 'set up'}
      repository={repository}
      tab="ledger"
      here="ledger"
      admin={visitor.role === 'admin'}
    >
      <main id="main">
        <h1 class="page-title">Ledger</h1>
        <p class="lead">
          Who let what through, and why. Lines are added and never changed; each carries a hash over itself
          and the line before it.
        </p>
        {chain !== null && <ChainNotice chain={chain} />}
        <form class="filter" method="get" action={ledgerUrl(repository)}>
          <label>
            Show{' '}
            <select name="action">
              <option value="">everything</option>
              {FAMILIES.map(([value, label]) => (
                <option value={value} selected={value === query.action}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label>
            By <input type="text" name="actor" value={query.actor} maxlength={100} autocomplete="off" />
          </label>
          <button class="button" type="submit">
            Filter
          </button>
          <span class="ledger-files">
            <a href={files('csv')} download>
              Export as CSV
            </a>
            <a href={files('json')} download>
              Export as JSON
            </a>
            <a href={ledgerUrl(repository, { ...filtered, verify: 1 })}>Check the chain</a>
          </span>
        </form>
        {page.lines.length === 0 ? (
          <Nothing query={query} />
        ) : (
          <Lines lines={page.lines} gitHub={gitHub} repository={repository} />
        )}
        <p class="pager">
          {query.filter.before !== undefined && (
            <a class="button" href={ledgerUrl(repository, filtered)}>
              Newest
            </a>
          )}
          {page.next !== null && (
            <a class="button" href={ledgerUrl(repository, { ...filtered, before: page.next })}>
              Older
            </a>
          )}
        </p>
      </main>
    </Layout>
  );
};

const ChainNotice: FC<{ chain: Chain }> = ({ chain }) =>
  chain.whole ? (
    <div class="notice good" role="status">
      The chain holds over all {plural(chain.lines, 'line')} of this server. What was cut off at its end would
      not show here: compare the last hash with one that was kept elsewhere.
    </div>
  ) : (
    <div class="notice bad" role="alert">
      The chain is broken{chain.brokenAt === null ? '' : ` at line ${count(chain.brokenAt)}`}: this line, or
      one before it, is not what was written.
    </div>
  );

const Nothing: FC<{ query: Asked }> = ({ query }) => (
  <div class="notice plain">
    {query.action === '' && query.actor === '' && query.filter.before === undefined
      ? 'Nothing was decided yet. Lines come from commands on pull requests, such as /accept-regression and /dispute-label, and from the conclusions of runs.'
      : 'No line is like that.'}
  </div>
);

const Lines: FC<{ lines: readonly ToldLine[]; gitHub: string; repository: RepositoryRef }> = ({
  lines,
  gitHub,
  repository,
}) => (
  <div class="scroll">
    <table class="stack ledger">
      <caption>
        {plural(lines.length, 'line')} of the ledger of {name(repository.owner)}/{name(repository.name)},
        newest first, times in UTC
      </caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">Why</th>
          <th scope="col">About</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((told) => (
          <Line told={told} gitHub={gitHub} />
        ))}
      </tbody>
    </table>
  </div>
);

const Line: FC<{ told: ToldLine; gitHub: string }> = ({ told, gitHub }) => {
  const { line, acceptance, reason } = told;
  return (
    <tr id={`line-${line.id}`}>
      <td class="nowrap" data-label="When">
        <Time at={line.at} />
        <span class="under hash" title={`Hash of line ${line.id}: ${line.hash}`}>
          #{line.id} {line.hash.slice(0, 8)}
        </span>
      </td>
      <th scope="row" data-label="Who">
        {name(line.actor)}
      </th>
      <td data-label="What">
        {told.says}
        {acceptance !== null && <State acceptance={acceptance} />}
      </td>
      <td class={reason === null ? 'why none' : 'why'} data-label="Why">
        {reason === null ? <span class="muted">{'\u2014'}</span> : sentence(reason)}
      </td>
      <td
        class={(told.pullNumber ?? told.evaluationId ?? told.commit) === null ? 'none' : undefined}
        data-label="About"
      >
        <About told={told} gitHub={gitHub} />
      </td>
    </tr>
  );
};

const STATES: Readonly<Record<ToldAcceptance['state'], Tone>> = {
  'in force': 'warn',
  expired: 'plain',
  revoked: 'plain',
};

const State: FC<{ acceptance: ToldAcceptance }> = ({ acceptance: of }) => (
  <span class="under">
    <Tag tone={STATES[of.state]}>{of.state}</Tag>{' '}
    {of.state === 'revoked'
      ? `by ${name(of.revokedBy ?? 'nobody known')}${of.revokedAt === null ? '' : `, ${moment(of.revokedAt)}`}`
      : `until ${moment(of.expiresAt)}`}
  </span>
);

const About: FC<{ told: ToldLine; gitHub: string }> = ({
  told: { pullNumber, commentId, evaluationId, commit },
  gitHub,
}) => {
  const isCommit = commit !== null && /^[0-9a-f]{40}$/.test(commit);
  return (
    <span class="ledger-links">
      {pullNumber !== null && (
        <a
          href={`${gitHub}/pull/${pullNumber}${commentId === null ? '' : `#issuecomment-${commentId}`}`}
          rel="noreferrer"
        >
          #{pullNumber}
        </a>
      )}
      {evaluationId !== null && <a href={runUrl(evaluationId)}>run {name(evaluationId).slice(0, 8)}</a>}
      {isCommit && (
        <a href={`${gitHub}/commit/${commit}`} rel="noreferrer">
          <code>{commit.slice(0, 7)}</code>
        </a>
      )}
    </span>
  );
};
