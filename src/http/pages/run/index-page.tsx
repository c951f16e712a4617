/** Pages of a run around its reports: the pipelines of it, and where it stands while it has none. */
import type { FC } from 'hono/jsx';
import { verdictTone } from '../../../core/report/html/summary.js';
import { count, percent, plural, pointsInWords } from '../../../core/report/values.js';
import { name, verdictWords } from '../../../core/report/words.js';
import { AboutRun, RunLine, Standing, type About } from './about.js';
import type { GitHubAddresses } from './github.js';
import type { OpenedRun } from './open.js';
import { ProgressPart, type Progress } from './progress.js';
import type { ToldReport } from './reports.js';
import { isLive, stateOf, WhatToDo } from './state.js';

interface Around {
  readonly opened: OpenedRun;
  readonly about: About;
  readonly gitHub: GitHubAddresses;
  readonly linked: boolean;
}

const title = ({ opened: { evaluation } }: Around): string =>
  `Run of ${name(evaluation.headSha, 64).slice(0, 10)} into ${name(evaluation.baseRef)}`;

/** Blocked first, then what could not be measured. */
const ORDER = ['block', 'not-measured', 'warn', 'pass-unproven', 'pass', 'not-applicable'] as const;

export const PipelinesPage: FC<Around & { reports: readonly ToldReport[] }> = (props) => {
  const { opened, about, gitHub, linked, reports } = props;
  const sorted = [...reports].sort(
    (a, b) => ORDER.indexOf(a.report.verdict) - ORDER.indexOf(b.report.verdict),
  );
  return (
    <>
      <header class="top">
        <RunLine about={about} gitHub={gitHub} />
        <Standing about={about} linked={linked} />
        <Worst reports={sorted} title={title(props)} />
      </header>
      <main id="main">
        <section aria-labelledby="pipelines-title">
          <h2 id="pipelines-title">Pipelines</h2>
          <div class="scroll" tabindex={0} role="group" aria-labelledby="pipelines-title">
            <table>
              <caption>{plural(reports.length, 'pipeline')}, what blocks first</caption>
              <thead>
                <tr>
                  <th scope="col">Pipeline</th>
                  <th scope="col">Verdict</th>
                  <th scope="col" class="num">
                    Base
                  </th>
                  <th scope="col" class="num">
                    Head
                  </th>
                  <th scope="col" class="num wide">
                    Difference
                  </th>
                </tr>
              </thead>
              <tbody>
                {sorted.map(({ pipeline, report }) => {
                  const { mark, word, says } = verdictWords(report);
                  return (
                    <tr>
                      <th scope="row" class="name">
                        <a href={opened.address('', { pipeline })}>{name(pipeline)}</a>
                      </th>
                      <td>
                        <span aria-hidden="true">{mark} </span>
                        <strong>{word}</strong> <span class="small muted">{says}</span>
                      </td>
                      <td class="num">{percent(report.overall.base)}</td>
                      <td class="num">{percent(report.overall.head)}</td>
                      <td class="num wide">{pointsInWords(report.overall.delta)}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
          <p>
            <a href={opened.address('report.json')} download="">
              All of it as JSON
            </a>
          </p>
        </section>
        <AboutRun about={about} gitHub={gitHub} linked={linked} />
      </main>
    </>
  );
};

/** The verdict of the whole run: that of the pipeline that did worst. `reports`: the worst first. */
const Worst: FC<{ reports: readonly ToldReport[]; title: string }> = ({ reports, title }) => {
  const [worst] = reports;
  if (worst === undefined) return <h1 class="page-title">{title}</h1>;
  const { mark, word } = verdictWords(worst.report);
  const alike = reports.filter(({ report }) => verdictWords(report).word === word).length;
  return (
    <div class={`verdict ${verdictTone(worst.report)}`}>
      <div class="says">
        <h1>
          <span class="word">
            <span aria-hidden="true">{mark} </span>
            {word}
          </span>{' '}
          {count(alike)} of {plural(reports.length, 'pipeline')}
        </h1>
        <p>{title}</p>
      </div>
    </div>
  );
};

/** Without a report: it is still to come, or there will be none. While it is to come, it follows by itself. */
export const StatePage: FC<Around & { progress: Progress }> = (props) => {
  const { opened, about, gitHub, linked, progress } = props;
  const { evaluation, address } = opened;
  const live = isLive(evaluation);
  return (
    <>
      <header class="top">
        <RunLine about={about} gitHub={gitHub} />
        <Standing about={about} linked={linked} />
        <h1 class="page-title">{title(props)}</h1>
      </header>
      <main id="main">
        {live ? (
          <div hx-ext="sse" sse-connect={address('events')} sse-close="done">
            <div id="progress" sse-swap="progress">
              <ProgressPart {...progress} />
            </div>
            <div hx-get={address('ended')} hx-trigger="sse:done" hx-swap="none"></div>
            <p class="muted small">This page follows by itself, and shows the report when there is one.</p>
          </div>
        ) : (
          <div class="notice">
            <p>
              <strong>{stateOf(evaluation)}</strong>
            </p>
            <WhatToDo evaluation={evaluation} />
          </div>
        )}
        <AboutRun about={live ? { ...about, stages: [] } : about} gitHub={gitHub} linked={linked} />
      </main>
    </>
  );
};
