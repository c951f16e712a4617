/** How the branch developed: the whole, and each field as a small chart, the largest fall first. */
import { raw } from 'hono/html';
import type { FC } from 'hono/jsx';
import { segmentsOf, type Reading } from '../../../core/charts/series.js';
import { spark, SPARK_POINTS } from '../../../core/charts/spark.js';
import { trendChart } from '../../../core/charts/trend.js';
import { count, percent, plural, points } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';
import { runUrl } from '../../site/urls.js';
import { day, Time } from '../parts/time.js';
import { Commit, Way } from './links.js';
import type { Scope } from './query.js';
import type { RepositoryView } from './read.js';
import {
  changeInWords,
  direction,
  type FieldTrend,
  fieldTrends,
  overallReadings,
  shortVersion,
  trendSentence,
} from './words.js';

/** Lines of the tables; what is older is counted. */
const TABLE_ROWS = 100;
/** Small charts; further fields stand in the table alone. */
const SMALL_CHARTS = 48;
const FIELD_ROWS = 400;
const RELEASES_TOLD = 40;

export const Trend: FC<{ view: RepositoryView; scope: Scope; gitHubUrl: string }> = ({
  view,
  scope,
  gitHubUrl,
}) => {
  const { trend, releases, asked } = view;
  const what = `Overall accuracy of ${name(scope.pipeline, 60)} on ${name(scope.branch, 60)}`;
  const readings = overallReadings(trend);
  const versions = segmentsOf(readings).length;
  const label = trendSentence(what, readings, { releases: releases.length, versions });
  const svg = trendChart({
    readings: readings.map((reading) => ({
      ...reading,
      datasetVersion: shortVersion(reading.datasetVersion),
    })),
    releases: releases.map(({ at, tag }) => ({ at, label: tag })),
    undetectable: trend.at(-1)?.smallestDetectableDrop ?? null,
    label,
  });
  return (
    <section id="trend" aria-labelledby="trend-title">
      <h2 id="trend-title">Trend of {name(scope.branch, 60)}</h2>
      {trend.length === 0 ? (
        <p>
          Nothing was measured in the last {asked.days} days.{' '}
          {view.baseline !== null && (
            <>
              The newest measurement is from <Time at={view.baseline.at} />: choose a longer period.
            </>
          )}
        </p>
      ) : (
        <>
          <p class="about">{label}</p>
          {svg === null ? (
            <p>No measurement has a score to draw.</p>
          ) : (
            <div class="chartbox latest" tabindex={0} role="group" aria-label="Chart of the trend">
              {raw(svg)}
              <p class="small muted">
                Full upright lines are releases, broken ones new versions of the dataset. The pale band is how
                far it could drop from its last value without being seen.
              </p>
            </div>
          )}
          <Measurements view={view} gitHubUrl={gitHubUrl} />
          {releases.length > 0 && (
            <details class="numbers">
              <summary>{plural(releases.length, 'release')} in this time</summary>
              <ul>
                {[...releases]
                  .reverse()
                  .slice(0, RELEASES_TOLD)
                  .map(({ tag, at }) => (
                    <li>
                      {name(tag)}, <Time at={at} />
                    </li>
                  ))}
              </ul>
              {releases.length > RELEASES_TOLD && (
                <p>and {plural(releases.length - RELEASES_TOLD, 'older one')}</p>
              )}
            </details>
          )}
          <Fields view={view} />
        </>
      )}
    </section>
  );
};

const Measurements: FC<{ view: RepositoryView; gitHubUrl: string }> = ({ view, gitHubUrl }) => {
  const rows = [...view.trend].reverse();
  return (
    <details class="numbers">
      <summary>The numbers of this chart, and the run of each measurement</summary>
      <div class="scroll" tabindex={0} role="group" aria-label="Measurements">
        <table>
          <caption>
            {rows.length > TABLE_ROWS
              ? `The newest ${TABLE_ROWS} of ${plural(rows.length, 'measurement')}.`
              : `${plural(rows.length, 'measurement')}, the newest first.`}
          </caption>
          <thead>
            <tr>
              <th scope="col">Measured</th>
              <th scope="col" class="num">
                Overall
              </th>
              <th scope="col">Commit</th>
              <th scope="col">Dataset version</th>
              <th scope="col" class="num">
                Documents
              </th>
              <th scope="col">Run</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, TABLE_ROWS).map((point) => (
              <tr>
                <th scope="row" class="nowrap">
                  <Time at={point.at} />
                </th>
                <td class="num">{percent(point.overall)}</td>
                <td>
                  <Commit repository={view.repository} commit={point.commit} gitHubUrl={gitHubUrl} />
                </td>
                <td>
                  <code>{shortVersion(point.datasetVersion)}</code>
                </td>
                <td class="num">{count(point.documents)}</td>
                <td>
                  <a
                    href={runUrl(point.evaluationId)}
                    aria-label={`Run of ${day(point.at)}, ${percent(point.overall)}`}
                  >
                    run
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
};

const Fields: FC<{ view: RepositoryView }> = ({ view: { trend } }) => {
  const fields = fieldTrends(trend);
  if (fields.length === 0) return <></>;
  const span = { from: trend[0]?.at ?? new Date(0), to: trend.at(-1)?.at ?? new Date(0) };
  return (
    <>
      <h3 class="sub">Fields, the largest fall first</h3>
      <p class="about">
        {fallenWords(fields)} under the newest version of the dataset. Each small chart is at least{' '}
        {SPARK_POINTS} percentage points high, so that small changes look small.
      </p>
      <ul class="multiples">
        {fields.slice(0, SMALL_CHARTS).map((field) => (
          <Small field={field} {...span} />
        ))}
      </ul>
      <details class="numbers">
        <summary>The numbers of {plural(fields.length, 'field')}</summary>
        <div class="scroll" tabindex={0} role="group" aria-label="Numbers of the fields">
          <table>
            <caption>Under the newest version of the dataset; differences in percentage points.</caption>
            <thead>
              <tr>
                <th scope="col">Field</th>
                {['First', 'Lowest', 'Last', 'Change', 'Measurements'].map((title) => (
                  <th scope="col" class="num">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {fields.slice(0, FIELD_ROWS).map(({ field, development: of }) => (
                <tr>
                  <th scope="row" class="name">
                    {name(field)}
                  </th>
                  <td class="num">{percent(of?.first ?? null)}</td>
                  <td class="num">{percent(of?.lowest ?? null)}</td>
                  <td class="num">{percent(of?.last ?? null)}</td>
                  <td class="num">{points(of?.change ?? null)}</td>
                  <td class="num">{count(of?.measurements ?? 0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
};

function fallenWords(fields: readonly FieldTrend[]): string {
  const ways = fields.map(({ development: of }) => direction(of?.change ?? null));
  const fallen = ways.filter((way) => way === 'fell').length;
  // What was measured once cannot have fallen.
  if (ways.every((way) => way === 'unknown')) return 'No field was measured twice';
  return `${fallen === 0 ? 'None' : count(fallen)} of ${plural(fields.length, 'field')} fell`;
}

const Small: FC<{ field: FieldTrend; from: Date; to: Date }> = ({ field, from, to }) => {
  const of = field.development;
  const shown = name(field.field, 60);
  const change = of?.change ?? null;
  return (
    <li class="small-chart">
      <p class="field-name" title={shown}>
        {shown}
      </p>
      <Line
        readings={field.readings}
        from={from}
        to={to}
        label={trendSentence(`Accuracy of ${shown}`, field.readings, {
          releases: 0,
          versions: segmentsOf(field.readings).length,
        })}
      />
      <p class="reading">
        <strong>{percent(of?.last ?? null)}</strong>{' '}
        <Way way={direction(change)} words={changeInWords(change)} />
      </p>
      {typeof of?.change === 'number' && (
        <p class="muted small">
          first {percent(of.first)}, lowest {percent(of.lowest)}
        </p>
      )}
    </li>
  );
};

const Line: FC<{ readings: readonly Reading[]; from: Date; to: Date; label: string }> = ({
  readings,
  from,
  to,
  label,
}) => {
  const drawn = spark(readings, { width: 220, height: 48, from, to });
  if (drawn === null) return <p class="small muted">No score to draw.</p>;
  const { width, height } = drawn;
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {drawn.borders.map((x) => (
        <line
          x1={x}
          y1="0"
          x2={x}
          y2={height}
          stroke="var(--chart-mixed)"
          stroke-width="1"
          stroke-dasharray="3 3"
        />
      ))}
      {drawn.lines.map((d) => (
        <path d={d} fill="none" stroke="var(--chart-good)" stroke-width="1.6" stroke-linejoin="round" />
      ))}
      {drawn.dots.map(({ x, y }) => (
        <circle cx={x} cy={y} r="2" fill="var(--chart-good)" />
      ))}
      {drawn.last !== null && <circle cx={drawn.last.x} cy={drawn.last.y} r="3" fill="var(--chart-good)" />}
    </svg>
  );
};
