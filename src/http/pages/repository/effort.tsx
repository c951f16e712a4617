/** Time and money of the runs, for each stretch of the shown period. */
import type { FC } from 'hono/jsx';
import { count, dollars, duration, plural } from '../../../core/report/values.js';
import { day } from '../parts/time.js';
import { effort, stretchDays, stretches, type Effort as EffortOf } from './percentiles.js';
import type { RepositoryView } from './read.js';

export const Effort: FC<{ view: RepositoryView }> = ({ view: { measured, measuredMore, asked, nowMs } }) => {
  const all = effort(measured);
  const lines = stretches(measured, nowMs, asked.days);
  const longest = Math.max(0, ...lines.map(({ seconds }) => seconds.p95 ?? 0));
  const length = stretchDays(asked.days);
  return (
    <section id="effort" aria-labelledby="effort-title">
      <h2 id="effort-title">Time and money</h2>
      {all.runs === 0 ? (
        <p class="about">No run of the last {asked.days} days measured anything.</p>
      ) : (
        <>
          <p class="about">
            Half of {measuredMore ? 'the newest ' : ''}
            {plural(all.runs, 'run')} took {duration(all.seconds.p50)} or less, nineteen of twenty{' '}
            {duration(all.seconds.p95)} or less. {costWords(all)}
          </p>
          <div class="scroll" tabindex={0} role="group" aria-label="Time and cost of runs">
            <table class="effort">
              <caption>
                Runs that measured this pipeline, {length === 1 ? 'each day' : `for each ${length} days`}.{' '}
                <span class="wide">The bar is dark up to the median and pale up to the 95th percentile.</span>
              </caption>
              <thead>
                <tr>
                  <th scope="col">Since</th>
                  <th scope="col" class="num">
                    Runs
                  </th>
                  <th scope="col" class="wide">
                    <span class="unseen">Seconds as a bar</span>
                  </th>
                  <th scope="col" class="num">
                    Median
                  </th>
                  <th scope="col" class="num">
                    95 %
                  </th>
                  <th scope="col" class="num wide">
                    Median cost
                  </th>
                  <th scope="col" class="num">
                    In all
                  </th>
                </tr>
              </thead>
              <tbody>
                {lines.map((line) => (
                  <tr>
                    <th scope="row" class="nowrap">
                      <time datetime={line.from.toISOString()}>{day(line.from)}</time>
                    </th>
                    <td class="num">{count(line.runs)}</td>
                    <td class="bar-cell wide">
                      <Bar median={line.seconds.p50} high={line.seconds.p95} longest={longest} />
                    </td>
                    <td class="num">{duration(line.seconds.p50)}</td>
                    <td class="num">{duration(line.seconds.p95)}</td>
                    <td class="num wide">{dollars(line.usd.p50)}</td>
                    <td class="num">{dollars(line.usdInAll)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
};

/** What a run cost is not known where nothing is billed, and not told of runs of people outside. */
function costWords({ runs, usd, usdRuns, usdInAll }: EffortOf): string {
  if (usdRuns === 0) return 'No cost is known of them.';
  const whose = usdRuns === runs ? 'them' : `the ${count(usdRuns)} whose cost is known`;
  return `Half of ${whose} cost ${dollars(usd.p50)} or less, nineteen of twenty ${dollars(usd.p95)} or less, ${dollars(usdInAll)} in all.`;
}

/** The numbers stand beside it. */
const Bar: FC<{ median: number | null; high: number | null; longest: number }> = ({
  median,
  high,
  longest,
}) => {
  const part = (value: number | null): number => (longest <= 0 ? 0 : (100 * (value ?? 0)) / longest);
  return (
    <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect x="0" y="0" width={part(high)} height="10" fill="var(--bar-pale)" />
      <rect x="0" y="0" width={part(median)} height="10" fill="var(--chart-good)" />
    </svg>
  );
};
