/** The report of one pipeline as a page. Charts are large: this file is loaded with the first report that is asked for. */
import type { FC } from 'hono/jsx';
import { ALL_DOCUMENTS } from '../../../core/report/filter.js';
import { Fields, Slices } from '../../../core/report/html/fields.js';
import { Groups } from '../../../core/report/html/groups.js';
import { Failures, HiddenLosses, Measured, Notes, Suspects } from '../../../core/report/html/notes.js';
import { Answers, Banner, Eyebrow, Reasons } from '../../../core/report/html/summary.js';
import { name } from '../../../core/report/words.js';
import { runUrl } from '../../site/urls.js';
import { AboutRun, RunLine, Standing, type About } from './about.js';
import { DocumentsPart } from './documents.js';
import type { GitHubAddresses } from './github.js';
import type { OpenedRun } from './open.js';
import type { DocumentsQuery } from './query.js';
import type { ToldReport } from './reports.js';

export const ReportPage: FC<{
  opened: OpenedRun;
  told: ToldReport;
  others: readonly ToldReport[];
  about: About;
  gitHub: GitHubAddresses;
  query: DocumentsQuery;
  /** Other runs are reached by a session only. */
  linked: boolean;
}> = ({ opened, told, others, about, gitHub, query, linked }) => {
  const { report, pipeline, groups } = told;
  const { address } = opened;
  const redacted = opened.evaluation.trust.aggregatesOnly;
  const href = (id: string): string | undefined =>
    redacted || id.length > 400 ? undefined : address('document', { pipeline, document: id });
  return (
    <>
      <header class="top">
        <RunLine about={about} gitHub={gitHub} />
        <Standing about={about} linked={linked} />
        {others.length > 0 && (
          <nav class="pipelines" aria-label="Pipelines of this run">
            <a href={address()}>All pipelines</a>
            {others.map((other) => (
              <a href={address('', { pipeline: other.pipeline })}>{name(other.pipeline, 60)}</a>
            ))}
          </nav>
        )}
        <Banner report={report} />
        <Answers report={report} told={told.told} href={href} />
        <Eyebrow report={report} />
        {told.reusedFrom !== null && (
          <p class="notice plain">
            This verdict was taken over from{' '}
            {linked ? <a href={runUrl(told.reusedFrom)}>the run that measured it</a> : 'another run'}: code,
            labels and policy are the same.
          </p>
        )}
        <p class="downloads">
          Download:{' '}
          {(['json', 'csv', 'html'] as const).map((kind) => (
            <>
              <a href={address(`report.${kind}`, { pipeline })} download="">
                {kind.toUpperCase()}
              </a>{' '}
            </>
          ))}
        </p>
      </header>
      <main id="main">
        <Failures report={report} />
        <Groups
          groups={groups}
          href={(group) => `${address('', { pipeline, ...ALL_DOCUMENTS, ...group.filter })}#documents`}
          documentHref={href}
        />
        <HiddenLosses report={report} />
        <Fields report={report} />
        <Slices report={report} />
        <DocumentsPart opened={opened} told={told} query={query} />
        <Suspects report={report} documentHref={href} />
        <Notes report={report} />
        <Reasons report={report} />
        <Measured report={report} />
        <AboutRun about={about} gitHub={gitHub} linked={linked} />
      </main>
    </>
  );
};
