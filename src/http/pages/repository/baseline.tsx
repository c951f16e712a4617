/** The first look: where the branch stands, what can be seen at all, and what the gate and its runs were like. */
import type { FC } from 'hono/jsx';
import { development, segmentsOf } from '../../../core/charts/series.js';
import { count, dollars, duration, percent, plural } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';
import { runUrl } from '../../site/urls.js';
import { Time } from '../parts/time.js';
import { effort } from './percentiles.js';
import { Commit, Way } from './links.js';
import type { Scope } from './query.js';
import type { RepositoryView } from './read.js';
import { changeInWords, direction, overallReadings, pointsOf, shortVersion, undetectable } from './words.js';

export const Baseline: FC<{ view: RepositoryView; scope: Scope; gitHubUrl: string }> = ({
  view,
  scope,
  gitHubUrl,
}) => {
  const { baseline, asked, record, measured, repository, nowMs } = view;
  const readings = overallReadings(view.trend);
  const told = development(readings);
  const spent = effort(measured);
  const period = `${asked.days} days`;
  return (
    <div class="tiles stand">
      <div class="tile">
        <h2>Baseline of {name(scope.branch, 60)}</h2>
        <p class="figure">{percent(baseline?.overall ?? null)}</p>
        {baseline === null ? (
          <p class="small">The branch was not measured yet; the first pull request does it.</p>
        ) : (
          <>
            <p class="small">
              {typeof told?.change === 'number' && (
                <>
                  <Way way={direction(told.change)} words={changeInWords(told.change)} />{' '}
                  {segmentsOf(readings).length > 1 ? 'since the dataset changed' : `in ${period}`}
                  {', '}
                </>
              )}
              {plural(baseline.documents, 'document')}, dataset version{' '}
              <code>{shortVersion(baseline.datasetVersion)}</code>
            </p>
            <p class="small muted">
              Commit <Commit repository={repository} commit={baseline.commit} gitHubUrl={gitHubUrl} />,{' '}
              <a href={runUrl(baseline.evaluationId)}>measured</a> <Time at={baseline.at} nowMs={nowMs} />
            </p>
          </>
        )}
      </div>
      {baseline !== null && (
        <div class="tile">
          <h2>Smallest drop that can be seen</h2>
          <p class="figure">
            {baseline.smallestDetectableDrop === null ? '—' : pointsOf(baseline.smallestDetectableDrop)}
          </p>
          <p class="small">{undetectable(baseline.smallestDetectableDrop, baseline.documents)}</p>
        </div>
      )}
      <div class="tile">
        <h2>Blocked in {period}</h2>
        <p class="figure">{count(record.blocked)}</p>
        <p class="small">
          of {plural(record.runs, 'run')}; {count(record.accepted)} accepted by somebody
        </p>
      </div>
      <div class="tile">
        <h2>Half of the runs take at most</h2>
        <p class="figure">{duration(spent.seconds.p50)}</p>
        <p class="small">
          {spent.runs === 0
            ? `None measured in ${period}.`
            : spent.usd.p50 === null
              ? 'No cost is known of them.'
              : `Half cost ${dollars(spent.usd.p50)} or less; ${dollars(spent.usdInAll)} in all.`}
        </p>
      </div>
    </div>
  );
};
