/** How the gate itself did: what it stopped, who let through what, and whether it contradicted itself. */
import type { FC } from 'hono/jsx';
import type { RepositoryRef } from '../../../core/app-words.js';
import { VERDICTS } from '../../../core/report/schema.js';
import { count, plural } from '../../../core/report/values.js';
import { name, VERDICT_WORDS } from '../../../core/report/words.js';
import type { GateAnswer, GateRecord } from '../../../ports/insight.js';
import { ledgerUrl, repositoryUrl, runUrl } from '../../site/urls.js';
import { Time } from '../parts/time.js';
import { queryOf, type Asked } from './query.js';
import type { RepositoryView } from './read.js';

const FLIPS_TOLD = 20;
const VERDICTS_TOLD = 6;

export const Gate: FC<{ view: RepositoryView }> = ({ view: { record, asked, repository } }) => (
  <section id="gate" aria-labelledby="gate-title">
    <h2 id="gate-title">The gate</h2>
    {record.runs === 0 ? (
      <p class="about">
        No run was created in the last {asked.days} days, so there is nothing to say about the gate yet.
      </p>
    ) : (
      <>
        <p class="about">
          All pipelines and branches, {plural(record.runs, 'run')} in the last {asked.days} days. Every
          attempt of a pull request counts.
        </p>
        <dl class="record">
          <Count of={record.blocked} what="blocked" url={listUrl(repository, asked, 'blocked')} />
          <Count of={record.warned} what="warned" url={listUrl(repository, asked, 'warned')} />
          <Count of={record.passed} what="passed" url={listUrl(repository, asked, 'passed')} />
          <Count
            of={record.notMeasured}
            what="not measured"
            url={listUrl(repository, asked, 'not-measured')}
          />
          <Count
            of={record.notApplicable}
            what="nothing to measure"
            url={listUrl(repository, asked, 'not-applicable')}
          />
          <Count
            of={record.accepted}
            what="regressions accepted"
            url={ledgerUrl(repository, { action: 'acceptance' })}
          />
          <Count
            of={record.revoked}
            what="acceptances revoked"
            url={ledgerUrl(repository, { action: 'acceptance' })}
          />
          <Count
            of={record.disputes}
            what="labels disputed"
            url={ledgerUrl(repository, { action: 'label' })}
          />
        </dl>
        <Flips record={record} />
      </>
    )}
  </section>
);

/** The runs that were counted: of the same period, and nothing else that the list is filtered by. */
function listUrl(repository: RepositoryRef, asked: Asked, answer: GateAnswer): string {
  const { branch, pipeline, days } = queryOf(asked);
  return `${repositoryUrl(repository, { branch, pipeline, days, answer })}#runs`;
}

const Count: FC<{ of: number; what: string; url: string }> = ({ of, what, url }) => (
  <div>
    <dt>{what}</dt>
    <dd>
      {of === 0 ? (
        '0'
      ) : (
        <a href={url} aria-label={`${count(of)} ${what}`}>
          {count(of)}
        </a>
      )}
    </dd>
  </div>
);

const Flips: FC<{ record: GateRecord }> = ({ record: { flips, repeated } }) => {
  if (flips.length === 0)
    return (
      <p>
        {repeated === 0
          ? 'Nothing was measured twice, so whether identical input gets the same verdict was not put to the test.'
          : `${plural(repeated, 'identical input')} ${repeated === 1 ? 'was' : 'were'} measured more than once, and the verdict was the same each time.`}
      </p>
    );
  return (
    <div class="notice bad">
      <p>
        <strong>
          Of {plural(repeated, 'identical input')} that {repeated === 1 ? 'was' : 'were'} measured more than
          once, {count(flips.length)} got different verdicts.
        </strong>{' '}
        Open both runs and compare their noise.
      </p>
      <ul>
        {flips.slice(0, FLIPS_TOLD).map(({ pipeline, verdicts }) => (
          <li>
            {name(pipeline, 60)}:{' '}
            {verdicts.slice(0, VERDICTS_TOLD).map(({ evaluationId, verdict, at }, i) => (
              <>
                {i > 0 && ', then '}
                <a href={runUrl(evaluationId)}>{verdictWord(verdict)}</a> on <Time at={at} />
              </>
            ))}
            {verdicts.length > VERDICTS_TOLD && ` and ${count(verdicts.length - VERDICTS_TOLD)} more`}
          </li>
        ))}
      </ul>
      {flips.length > FLIPS_TOLD && <p>and {plural(flips.length - FLIPS_TOLD, 'more')}</p>}
    </div>
  );
};

function verdictWord(verdict: string): string {
  const known = VERDICTS.find((one) => one === verdict);
  return known === undefined ? name(verdict, 30) : VERDICT_WORDS[known].word;
}
