/** What a configuration is found to be: mistakes at their place, else what it means and what it would change. */
import type { FC } from 'hono/jsx';
import { codeFrame, describeConfigChanges, readConfig } from '../../../core/config/index.js';
import { formatPercentage } from '../../../core/config/percentages.js';
import { Tag } from '../../../core/report/html/parts.js';
import { count, plural } from '../../../core/report/values.js';
import { listNames, name, rule, sentence } from '../../../core/report/words.js';
import type { Config, Gate, Pipeline, Problem } from '../../../core/words.js';

/** Changes listed; a file that was rewritten has no end of them. */
const CHANGES_LISTED = 60;
const FIELDS_NAMED = 40;
const PIPELINES_SHOWN = 20;
const RULES_SHOWN = 20;

export const RESULT = 'result';

export interface Checked {
  readonly text: string;
  readonly path: string;
  /** The base branch's, to compare with. */
  readonly current: string | null;
}

/** `live`: stands in the page for answers to be put in; those who listen hear of them. */
export const CheckResult: FC<{ of: Checked }> = ({ of }) => {
  const { config, problems } = readConfig(of.text, of.path);
  if (of.text.trim() === '') return <p class="muted">Nothing stands in the field above.</p>;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  return (
    <>
      <p class={`notice ${errors.length > 0 ? 'bad' : 'good'}`}>
        <strong>
          {errors.length > 0 ? `\u2716 Not valid: ${plural(errors.length, 'mistake')}` : '\u2714 Valid'}
        </strong>
        {warnings.length > 0 && `, ${plural(warnings.length, 'warning')}`}
      </p>
      {problems.length > 0 && (
        <ol class="problems">
          {problems.map((problem) => (
            <ProblemLine problem={problem} text={of.text} />
          ))}
        </ol>
      )}
      {config !== undefined && (
        <>
          <Changes config={config} current={of.current} path={of.path} />
          <Meaning config={config} />
        </>
      )}
    </>
  );
};

const ProblemLine: FC<{ problem: Problem; text: string }> = ({ problem, text }) => {
  const { place } = problem;
  const frame = codeFrame(text, problem);
  const error = problem.severity === 'error';
  return (
    <li>
      <p>
        <Tag tone={error ? 'bad' : 'warn'}>{error ? '\u2716 mistake' : '\u25b2 warning'}</Tag>{' '}
        {place !== undefined && (
          <strong>
            line {place.line}, column {place.column}
          </strong>
        )}{' '}
        <code class="muted">{problem.code}</code>
      </p>
      <p>{sentence(problem.message)}</p>
      {frame !== undefined && (
        <pre class="frame" tabindex={0} role="group" aria-label={`Line ${place?.line ?? 0}`}>
          {frame}
        </pre>
      )}
    </li>
  );
};

const Changes: FC<{ config: Config; current: string | null; path: string }> = ({ config, current, path }) => {
  if (current === null) return null;
  const now = readConfig(current, path).config;
  if (now === undefined)
    return <p class="muted">The file that is in force is not valid, so there is nothing to compare with.</p>;
  const names = [...new Set([...now.pipelines, ...config.pipelines].map((pipeline) => pipeline.name))];
  const changes = names
    .map((pipeline) => ({ pipeline, says: describeConfigChanges(now, config, pipeline) }))
    .filter(({ says }) => says.length > 0);
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">What it changes</h2>
      {changes.length === 0 ? (
        <p class="muted">Nothing: it means the same as the file that is in force.</p>
      ) : (
        changes.slice(0, PIPELINES_SHOWN).map(({ pipeline, says }) => (
          <>
            {names.length > 1 && <h3>{name(pipeline)}</h3>}
            <ul class="changes">
              {says.slice(0, CHANGES_LISTED).map((change) => (
                <li>{sentence(change)}</li>
              ))}
              {says.length > CHANGES_LISTED && (
                <li class="muted">and {plural(says.length - CHANGES_LISTED, 'more change')}</li>
              )}
            </ul>
          </>
        ))
      )}
    </section>
  );
};

const Meaning: FC<{ config: Config }> = ({ config }) => (
  <section aria-labelledby="meaning">
    <h2 id="meaning">What it means</h2>
    {config.pipelines.slice(0, PIPELINES_SHOWN).map((pipeline) => (
      <PipelineMeaning pipeline={pipeline} />
    ))}
    {config.pipelines.length > PIPELINES_SHOWN && (
      <p class="muted">and {plural(config.pipelines.length - PIPELINES_SHOWN, 'more pipeline')}</p>
    )}
  </section>
);

const PipelineMeaning: FC<{ pipeline: Pipeline }> = ({ pipeline }) => {
  const critical = pipeline.fields.filter((field) => field.critical).map(({ path }) => path);
  return (
    <div class="card facts-card">
      <h3>{name(pipeline.name)}</h3>
      <dl class="facts">
        <dt>Runs when</dt>
        <dd>
          a file changes that matches <code>{listNames(pipeline.paths, 12)}</code>
        </dd>
        <dt>Extracts with</dt>
        <dd>
          <code>{name(pipeline.extract.run, 300)}</code>
        </dd>
        <dt>Labels from</dt>
        <dd>
          <code>{name(pipeline.dataset, 200)}</code>
        </dd>
        <dt>{plural(pipeline.fields.length, 'field')}</dt>
        <dd>
          {listNames(
            pipeline.fields.map(({ path, spec }) => `${path} (${spec.type})`),
            FIELDS_NAMED,
          )}
          {critical.length > 0 && (
            <>
              <br />
              critical: {listNames(critical, FIELDS_NAMED)}
            </>
          )}
        </dd>
        <dt>Gate</dt>
        <dd>
          <ul class="rules">
            {gateRules(pipeline.gate).map((said) => (
              <li>{said}</li>
            ))}
          </ul>
        </dd>
      </dl>
    </div>
  );
};

const ENFORCED: Readonly<Record<Gate['enforce'], string>> = {
  block: 'What it finds blocks the pull request.',
  warn: 'What it finds is a warning and blocks nothing (enforce: warn).',
  shadow: 'It only watches and blocks nothing (enforce: shadow).',
};

function gateRules(gate: Gate): string[] {
  const of = ({ maxDrop, min }: { readonly maxDrop?: number; readonly min?: number }): string =>
    rule({ max_drop: maxDrop ?? null, min: min ?? null });
  const rules = [
    ...gate.fields.map((one) => `${name(one.pattern)}: ${of(one)}`),
    ...gate.slices.map((one) => `slice ${name(one.slice)}: ${of(one)}`),
    ...gate.maxNewErrors.map(
      ({ pattern, max }) => `${name(pattern)}: at most ${plural(max, 'document')} newly wrong`,
    ),
    ...(gate.latencyMaxIncrease === undefined
      ? []
      : [`latency: at most ${formatPercentage(gate.latencyMaxIncrease)} more`]),
    ...(gate.costMaxIncrease === undefined
      ? []
      : [`cost: at most ${formatPercentage(gate.costMaxIncrease)} more`]),
  ];
  return [
    `overall: ${of(gate)}`,
    ...rules.slice(0, RULES_SHOWN),
    ...(rules.length > RULES_SHOWN ? [`and ${count(rules.length - RULES_SHOWN)} more rules`] : []),
    ENFORCED[gate.enforce],
  ];
}
