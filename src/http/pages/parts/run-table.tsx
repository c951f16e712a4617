/** Runs as lines of a table: what it was, what came of it, how long it took and what it cost. */
import type { FC } from 'hono/jsx';
import { Tag } from '../../../core/report/html/parts.js';
import { dollars, duration, plural } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';
import type { Run } from '../../../ports/insight.js';
import { runUrl } from '../../site/urls.js';
import { movement, ownSeconds, ownUsd, runStanding, runTitle, type Standing } from './standing.js';
import { Time } from './time.js';

/** Pipelines told in one line of a list. */
const PIPELINES_SHOWN = 4;

export const StandingTag: FC<{ standing: Standing }> = ({ standing: { mark, word, tone } }) => (
  <Tag tone={tone}>
    <span aria-hidden="true">{mark} </span>
    {word}
  </Tag>
);

const Line: FC<{ run: Run; nowMs: number }> = ({ run, nowMs }) => {
  const standing = runStanding(run);
  const measured = run.pipelines.filter(({ head }) => head !== null);
  return (
    <tr>
      <th scope="row" class="name">
        <a href={runUrl(run.id)}>{runTitle(run)}</a>
        <span class="under">
          <code>{run.headSha.slice(0, 7)}</code> into {name(run.baseRef, 60)}
          {run.attempt > 1 && `, attempt ${run.attempt}`}
        </span>
      </th>
      <td data-label="Result">
        <StandingTag standing={standing} />{' '}
        {standing.says !== '' && <span class="muted">{standing.says}</span>}
        {measured.slice(0, PIPELINES_SHOWN).map((pipeline) => (
          <span class="under">{movement(pipeline)}</span>
        ))}
        {measured.length > PIPELINES_SHOWN && (
          <span class="under">and {plural(measured.length - PIPELINES_SHOWN, 'more pipeline')}</span>
        )}
        {run.supersededBy !== null && run.state !== 'superseded' && (
          <span class="under">superseded: {name(run.supersededBy, 120)}</span>
        )}
      </td>
      <td class="nowrap" data-label="When">
        <Time at={run.createdAt} nowMs={nowMs} />
      </td>
      <td class="num" data-label="Took">
        {duration(ownSeconds(run))}
      </td>
      <td class="num" data-label="Cost">
        {dollars(ownUsd(run))}
      </td>
    </tr>
  );
};

export const RunTable: FC<{ runs: readonly Run[]; caption: string; nowMs: number }> = ({
  runs,
  caption,
  nowMs,
}) => (
  <div class="scroll">
    <table class="stack runs">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Result</th>
          <th scope="col">When</th>
          <th scope="col" class="num">
            Took
          </th>
          <th scope="col" class="num">
            Cost
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Line run={run} nowMs={nowMs} />
        ))}
      </tbody>
    </table>
  </div>
);
