/** The small pages around a report; all text in them is escaped by hono/jsx. */
import { createHash } from 'node:crypto';
import { raw } from 'hono/html';
import type { FC } from 'hono/jsx';
import type { Decision, Evaluation, PipelineReport } from '../core/app-words.js';
import { name, sentence, verdictWords } from '../core/report/words.js';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .4rem .8rem .4rem 0; vertical-align: top; }
button { font: inherit; padding: .5rem 1rem; }
`;

const hash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

/** What these pages may do: their own style. `formTo`: the origin that their form is sent to. */
export function policy(formTo?: string): string {
  return [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    'img-src data:',
    "base-uri 'none'",
    `form-action ${formTo ?? "'none'"}`,
    "frame-ancestors 'none'",
  ].join('; ');
}

export const Document: FC<{ title: string; children?: unknown }> = ({ title, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <link rel="icon" href="data:," />
      <title>{title}</title>
      <style>{raw(STYLE)}</style>
    </head>
    <body>
      <main>
        <h1>{title}</h1>
        {children}
      </main>
    </body>
  </html>
);

/** `element`: a `<Document>`. */
export function html(element: unknown): string {
  return `<!doctype html>\n${(element as { toString(): string }).toString()}\n`;
}

export function homePage(version: string): string {
  return html(
    <Document title={`DocOps ${version}`}>
      <p>A GitHub App that gates pull requests on the accuracy of document extraction.</p>
      <p>
        Reports are reached by the "Details" link of a check. How it is installed and run stands in{' '}
        <code>docs/</code> of its source.
      </p>
    </Document>,
  );
}

/** Several pipelines: where each one's page is. `link`: from a pipeline to its page. */
export function indexPage(
  evaluation: Evaluation,
  reports: readonly PipelineReport[],
  link: (pipeline: string) => string,
): string {
  return html(
    <Document title={`Evaluation of ${evaluation.headSha.slice(0, 7)} into ${name(evaluation.baseRef)}`}>
      <Standing evaluation={evaluation} />
      <table>
        <thead>
          <tr>
            <th scope="col">Pipeline</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {reports.map(({ pipeline, report }) => {
            const { mark, word, says } = verdictWords(report);
            return (
              <tr>
                <td>
                  <a href={link(pipeline)}>{name(pipeline)}</a>
                </td>
                <td>
                  {mark} {word}: {says}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Document>,
  );
}

/** No report yet, or none at all: what is known. */
export function statePage(evaluation: Evaluation): string {
  return html(
    <Document title={`Evaluation of ${evaluation.headSha.slice(0, 7)} into ${name(evaluation.baseRef)}`}>
      <Standing evaluation={evaluation} />
      <p>{stateOf(evaluation)}</p>
      {evaluation.failure !== null && (
        <p>
          {sentence(evaluation.failure.message)}
          {evaluation.failure.mend !== null && ` ${sentence(evaluation.failure.mend)}`}
        </p>
      )}
    </Document>,
  );
}

const Standing: FC<{ evaluation: Evaluation }> = ({ evaluation }) => (
  <p>
    Attempt {evaluation.attempt}, asked for by {name(evaluation.why, 200)}
    {evaluation.supersededBy !== null && `; superseded: ${sentence(evaluation.supersededBy)}`}.
  </p>
);

function stateOf({ state, decision, progress, failure }: Evaluation): string {
  if (failure !== null) return 'It was not measured.';
  if (state === 'planned' && decision.kind === 'evaluate') return 'It waits for a worker.';
  if (state === 'running')
    return progress === null
      ? 'It is measured now.'
      : `It is measured now: ${sentence(progress.stage)}, ${progress.done} of ${progress.total} documents.`;
  return DECISIONS[decision.kind];
}

const DECISIONS: Readonly<Record<Decision['kind'], string>> = {
  ignore: 'There is nothing to evaluate.',
  'not-configured': 'The base branch has no .docops.yml.',
  'invalid-config': "The base branch's .docops.yml is not valid; the check lists its mistakes.",
  'cannot-compare': 'The two sides cannot be compared; the check says why.',
  draft: 'It waits until the pull request is ready for review.',
  hold: 'It waits for an approval; the check says by whom.',
  'not-applicable': 'No extraction code changed.',
  'queue-trusted': 'The merge queue is trusted; nothing was measured.',
  evaluate: 'It has no report.',
};
