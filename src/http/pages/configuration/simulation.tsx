/** The page of a simulation: what it comes to, and each run, as they are judged. */
import type { FC } from 'hono/jsx';
import type { RepositoryRef } from '../../../core/app-words.js';
import { readConfig } from '../../../core/config/index.js';
import { Tag, type Tone } from '../../../core/report/html/parts.js';
import { percent, plural } from '../../../core/report/values.js';
import { VERDICT_WORDS, name, sentence } from '../../../core/report/words.js';
import { outcomeOf, simulationHeadline, summarise, type Outcome } from '../../../core/simulate/summary.js';
import type { Run } from '../../../ports/insight.js';
import type { SimulatedRun, Simulation } from '../../../ports/simulations.js';
import { Layout } from '../../site/layout.js';
import { configurationUrl, runUrl, simulationUrl } from '../../site/urls.js';
import type { Site, Visitor } from '../../site/words.js';
import { runTitle } from '../parts/standing.js';
import { Time } from '../parts/time.js';
import { NOT_SPELLED } from './form.js';

const ID = 'simulation';
const REFRESH_SECONDS = 3;

export interface SimulationView {
  readonly repository: RepositoryRef;
  readonly visitor: Visitor;
  readonly simulation: Simulation;
  /** What is known of the runs, by id. */
  readonly runs: ReadonlyMap<string, Run>;
  readonly nowMs: number;
}

export const SimulationPage: FC<{ site: Site; view: SimulationView }> = ({ site, view }) => {
  const { repository, visitor, simulation } = view;
  return (
    <Layout
      title={`A configuration tried · ${name(repository.owner)}/${name(repository.name)}`}
      person={visitor.person}
      signIn={site.signIn === null ? 'not set up' : 'set up'}
      repository={repository}
      tab="configuration"
      here="A configuration tried"
      admin={visitor.role === 'admin'}
      {...(isOpen(simulation) ? { refresh: REFRESH_SECONDS } : {})}
    >
      <main id="main">
        <h1 class="page-title">A configuration tried on the last runs</h1>
        <p class="lead">
          {name(simulation.requestedBy)} asked <Time at={simulation.createdAt} nowMs={view.nowMs} /> what it
          would have done to the last {plural(simulation.lastRuns, 'run')} into {name(simulation.baseRef)}.
          They were judged again from stored measurements; nothing was run.
        </p>
        <SimulationPart view={view} />
        <section aria-labelledby="file">
          <h2 id="file">The file</h2>
          <details class="doc">
            <summary>Show the configuration that was tried</summary>
            <form class="tried" method="post" action={`${configurationUrl(repository)}/check`}>
              <label class="unseen" for="tried">
                The configuration that was tried
              </label>
              <textarea id="tried" name="configuration" rows={18} wrap="off" {...NOT_SPELLED}>
                {`\n${simulation.configuration}`}
              </textarea>
              <input type="hidden" name="branch" value={simulation.baseRef} />
              <button class="button" type="submit">
                Go on with it
              </button>
            </form>
          </details>
        </section>
      </main>
    </Layout>
  );
};

export const isOpen = ({ state }: Simulation): boolean => state === 'waiting' || state === 'running';

/** Put in its own place again and again until the simulation has ended. */
export const SimulationPart: FC<{ view: SimulationView }> = ({ view }) => {
  const { simulation, repository } = view;
  const open = isOpen(simulation);
  const poll = open
    ? {
        'hx-get': simulationUrl(repository, simulation.id),
        'hx-trigger': 'every 2s',
        'hx-swap': 'outerHTML',
      }
    : {};
  return (
    <div id={ID} {...poll}>
      <Headline simulation={simulation} />
      <NewPipelines simulation={simulation} />
      {simulation.results.length > 0 && <Results view={view} />}
    </div>
  );
};

export { ID as SIMULATION_ID };

const Headline: FC<{ simulation: Simulation }> = ({ simulation }) => {
  const { state, problem, results } = simulation;
  const summary = summarise(results);
  if (state === 'failed')
    return (
      <div class="notice bad" role="status">
        <p>
          <strong>It could not be tried.</strong>
        </p>
        <p class="several">{sentence(problem ?? '', 2_000)}</p>
      </div>
    );
  if (state === 'waiting')
    return (
      <p class="notice plain" role="status">
        It waits for a worker.
      </p>
    );
  if (state === 'running')
    return (
      <p class="notice plain" role="status">
        Judged {plural(summary.runs, 'run')} so far, the newest first.
      </p>
    );
  const tone = summary.newlyBlocked + summary.letThrough > 0 ? '' : summary.said === 0 ? ' plain' : ' good';
  return (
    <p class={`notice headline${tone}`} role="status">
      {simulationHeadline(summary)}
    </p>
  );
};

/** Pipelines that no run has measured: nothing is stored of them. */
const NewPipelines: FC<{ simulation: Simulation }> = ({ simulation }) => {
  if (simulation.state !== 'done' || simulation.results.length === 0) return null;
  const measured = new Set(simulation.results.map(({ pipeline }) => pipeline));
  const added = (readConfig(simulation.configuration, '.docops.yml').config?.pipelines ?? []).filter(
    (pipeline) => !measured.has(pipeline.name),
  );
  if (added.length === 0) return null;
  return (
    <p class="notice plain">
      None of these runs measured {added.length === 1 ? 'the pipeline' : 'the pipelines'}{' '}
      {added.map((pipeline) => name(pipeline.name, 60)).join(', ')}, so of{' '}
      {added.length === 1 ? 'it' : 'them'} nothing can be said.
    </p>
  );
};

const OUTCOMES: Readonly<
  Record<Outcome, { readonly tone: Tone; readonly mark: string; readonly word: string }>
> = {
  'newly blocked': { tone: 'bad', mark: '\u2716', word: 'would be blocked' },
  'let through': { tone: 'good', mark: '\u2714', word: 'would be let through' },
  'other words': { tone: 'warn', mark: '\u25b2', word: 'other words' },
  same: { tone: 'plain', mark: '=', word: 'the same' },
  'cannot be said': { tone: 'plain', mark: '?', word: 'cannot be said' },
};

const Results: FC<{ view: SimulationView }> = ({ view: { simulation, runs } }) => (
  <div class="scroll">
    <table class="stack simulated">
      <caption>Runs into {name(simulation.baseRef)}, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Was</th>
          <th scope="col">Would be</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {simulation.results.map((result) => (
          <Line result={result} run={runs.get(result.evaluationId)} />
        ))}
      </tbody>
    </table>
  </div>
);

const Line: FC<{ result: SimulatedRun; run: Run | undefined }> = ({ result, run }) => {
  const { was, would, note } = result;
  const outcome = outcomeOf(result);
  const { tone, mark, word } = OUTCOMES[outcome];
  return (
    <tr class={outcome === 'newly blocked' || outcome === 'let through' ? 'changed' : undefined}>
      <th scope="row" class="name">
        <a href={runUrl(result.evaluationId)}>
          {run === undefined ? `Run ${name(result.evaluationId.slice(0, 8))}` : runTitle(run)}
        </a>
        <span class="under">
          {name(result.pipeline, 60)}
          {run !== undefined && (
            <>
              , <code>{run.headSha.slice(0, 7)}</code>
            </>
          )}
        </span>
      </th>
      <td data-label="Was">
        <Verdict of={was} />
      </td>
      <td data-label="Would be">
        {would === null ? (
          <span class="muted">not known</span>
        ) : (
          <>
            <Verdict of={would} />
            {would.head !== null && (
              <span class="under">
                {would.base === null ? '' : `${percent(would.base)} \u2192 `}
                {percent(would.head)}
              </span>
            )}
          </>
        )}
        <span class="under">
          <Tag tone={tone}>
            <span aria-hidden="true">{mark} </span>
            {word}
          </Tag>
        </span>
      </td>
      <td data-label="Why">
        {(would?.reasons.length ?? 0) > 0 && (
          <ul class="why">
            {would?.reasons.map((reason) => (
              <li>{sentence(reason)}</li>
            ))}
          </ul>
        )}
        {note !== null && (
          <span class="muted">
            {would === null ? 'It cannot be said: ' : 'Note: '}
            {sentence(note)}
            {/[.!?]$/.test(note) ? '' : '.'}
          </span>
        )}
      </td>
    </tr>
  );
};

/** A policy that only watches says block and blocks nothing. */
const Verdict: FC<{ of: SimulatedRun['was'] }> = ({ of: { verdict, blocked } }) => {
  const { mark, word } = VERDICT_WORDS[verdict];
  return (
    <strong class={blocked ? 'bad-text' : undefined}>
      <span aria-hidden="true">{mark} </span>
      {verdict === 'block' && !blocked ? 'WOULD BLOCK, ONLY WATCHED' : word}
    </strong>
  );
};
