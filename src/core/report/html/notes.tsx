/** What else a reader may need: failures, labels to look at, noise and coverage, time and money, how it was measured. */
import type { FC } from 'hono/jsx';
import { priceFacts } from '../price.js';
import type { Report } from '../schema.js';
import { clip, count, dollars, duration, percent, plural, showValues, visibleLines } from '../values.js';
import { exitOf, groupFailures, hiddenLoss, name, notes, sentence, sideName } from '../words.js';
import { Sign } from './parts.js';

const MAX_GROUPS = 20;
const MAX_SUSPECTS = 200;
/** Unfolded from the start: most of them are errors that both sides share. */
const OPEN_SUSPECTS = 10;

export const Failures: FC<{ report: Report }> = ({ report }) => {
  const groups = groupFailures(report.failures);
  if (groups.length === 0) return <></>;
  return (
    <section id="failures" aria-labelledby="failures-title">
      <h2 id="failures-title">Failures</h2>
      <p class="about">
        {plural(report.failures.length, 'run')} of the extractor gave no valid prediction; such a document
        counts as wrong in every field.
      </p>
      {groups.slice(0, MAX_GROUPS).map(({ first, ids }) => (
        <div class="card">
          <h3>
            <Sign mark="✖" word="failed" tone="bad" /> {first.side}, {name(first.status, 30)}:{' '}
            {plural(ids.length, 'document')}
          </h3>
          <p>
            {sentence(first.problem)}
            {exitOf(first)}; {duration(first.seconds)}.
          </p>
          <p class="small muted">
            {ids
              .slice(0, 12)
              .map((id) => name(id, 60))
              .join(', ')}
            {ids.length > 12 && ` and ${count(ids.length - 12)} more`}
          </p>
          {first.stderr_tail.trim() !== '' && (
            <pre
              class="trace"
              tabindex={0}
              role="group"
              aria-label={`Last lines of standard error, ${name(first.id, 60)}`}
            >
              {visibleLines(clip(first.stderr_tail, 8_000))}
            </pre>
          )}
        </div>
      ))}
      {groups.length > MAX_GROUPS && <p>and {plural(groups.length - MAX_GROUPS, 'more kind')} of failure</p>}
    </section>
  );
};

export const Suspects: FC<{ report: Report; documentHref: (id: string) => string | undefined }> = ({
  report,
  documentHref,
}) => {
  const list = report.suspect_labels;
  if (list.length === 0) return <></>;
  const shown = list.slice(0, MAX_SUSPECTS);
  const rest = shown.slice(OPEN_SUSPECTS);
  return (
    <section id="labels" aria-labelledby="labels-title">
      <h2 id="labels-title">Labels to look at</h2>
      <p class="about">
        Base and head agree with each other and not with the label. The label may be right all the same: look
        at the document. <code>/dispute-label DOCUMENT FIELD VALUE REASON</code> in the pull request says that
        it is not.
      </p>
      <SuspectTable
        caption={`${plural(list.length, 'suspect label')}${rest.length === 0 ? '' : `, the first ${count(OPEN_SUSPECTS)}`}`}
        list={shown.slice(0, OPEN_SUSPECTS)}
        documentHref={documentHref}
      />
      {rest.length > 0 && (
        <details class="more">
          <summary>{count(rest.length)} more</summary>
          <SuspectTable
            caption={
              list.length > MAX_SUSPECTS
                ? `Up to the first ${count(MAX_SUSPECTS)} of ${count(list.length)}`
                : 'The others'
            }
            list={rest}
            documentHref={documentHref}
          />
        </details>
      )}
    </section>
  );
};

const SuspectTable: FC<{
  caption: string;
  list: Report['suspect_labels'];
  documentHref: (id: string) => string | undefined;
}> = ({ caption, list, documentHref }) => (
  <div class="scroll" tabindex={0} role="group" aria-label={caption}>
    <table class="stack">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Document</th>
          <th scope="col">Field</th>
          <th scope="col">Label</th>
          <th scope="col">Base and head</th>
        </tr>
      </thead>
      <tbody>
        {list.map((one) => {
          const [expected, predicted] = showValues([one.expected, one.predicted], 300);
          const to = documentHref(one.document);
          return (
            <tr>
              <th scope="row" class="name">
                {to === undefined ? name(one.document) : <a href={to}>{name(one.document)}</a>}
              </th>
              <td class="name">
                {name(one.field)}
                {one.row !== null && <span class="row"> row {one.row}</span>}
              </td>
              <td data-label="label">
                <span class="value">{expected}</span>
              </td>
              <td data-label="predicted">
                <span class="value">{predicted}</span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </div>
);

export const HiddenLosses: FC<{ report: Report }> = ({ report }) => {
  if (report.hidden_losses.length === 0) return <></>;
  return (
    <section id="hidden" aria-labelledby="hidden-title">
      <h2 id="hidden-title">Hidden losses</h2>
      <p class="about">The sum did not fall, and still documents became worse.</p>
      <div class="card">
        <ul>
          {report.hidden_losses.slice(0, 50).map((loss) => (
            <li>
              <Sign mark="▲" word="warning" tone="warn" />
              {hiddenLoss(loss)}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
};

export const Notes: FC<{ report: Report }> = ({ report }) => {
  const list = notes(report).filter((note) => note.title !== 'Hidden losses');
  if (list.length === 0) return <></>;
  return (
    <section id="notes" aria-labelledby="notes-title">
      <h2 id="notes-title">Noise, coverage and changes around the code</h2>
      <p class="about">What limits this verdict, and what else the head changes.</p>
      <div class="noted">
        {list.map((note) => (
          <div class="card">
            <h3>{note.title}</h3>
            <ul>
              {note.lines.slice(0, 50).map((line) => (
                <li>{line}</li>
              ))}
              {note.lines.length > 50 && <li>and {count(note.lines.length - 50)} more</li>}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
};

export const Measured: FC<{ report: Report }> = ({ report }) => {
  const { latency, cost, run, metrics } = report;
  const growth = (fraction: number | null): string =>
    fraction === null ? 'no limit' : `at most +${count(fraction * 100)} %`;
  const rows: [string, string, string, string][] = [
    [
      'Time of a document, median',
      duration(latency.base.p50),
      duration(latency.head.p50),
      growth(latency.max_increase),
    ],
    ['Time of a document, 95th percentile', duration(latency.base.p95), duration(latency.head.p95), ''],
    ['Time of all documents', duration(latency.base.total), duration(latency.head.total), ''],
    [
      'Cost of 1,000 documents',
      dollars(cost.base_per_thousand),
      dollars(cost.head_per_thousand),
      growth(cost.max_increase),
    ],
    ['Micro F1', percent(metrics.micro_f1.base), percent(metrics.micro_f1.head), ''],
    ['Macro F1', percent(metrics.macro_f1.base), percent(metrics.macro_f1.head), ''],
    ['ANLS', percent(metrics.anls.base), percent(metrics.anls.head), ''],
    ['ANLS*', percent(metrics.anls_star.base), percent(metrics.anls_star.head), ''],
  ];
  const facts: [string, string][] = [
    ['Base', sideName(report.base)],
    ['Head', sideName(report.head)],
    [
      'Fingerprints',
      `${name(report.base.fingerprint ?? 'none', 16)} and ${name(report.head.fingerprint ?? 'none', 16)}`,
    ],
    ['Dataset', `${name(report.dataset.source)}, version ${name(report.dataset.version, 16)}`],
    ['Judged', report.judged ?? 'not judged'],
    ['Runs of each side', `${report.runs.base} and ${report.runs.head}`],
    [
      'Extractor runs',
      `${count(run.documents_run)}, and ${count(run.documents_cached)} from the cache${run.cached.length === 0 ? '' : ` (${run.cached.join(', ')})`}`,
    ],
    ['Took', duration(run.seconds)],
    ...(run.runner === 'ecs' ? [['Ran on', 'tasks on ECS'] satisfies [string, string]] : []),
    ...priceFacts(run).map(({ term, text }): [string, string] => [term, text]),
    ['Sandbox', run.sandbox],
    ['Enforced', run.enforce],
    ['Scorer', name(run.scorer, 40)],
    ['Run', name(run.id, 60)],
  ];
  return (
    <section id="measured" aria-labelledby="measured-title">
      <h2 id="measured-title">Time, cost and how it was measured</h2>
      <p class="about">
        F1, ANLS and ANLS* are shown for comparison with other tools; the verdict does not use them.
      </p>
      {report.verdict !== 'not-applicable' && (
        <div class="scroll" tabindex={0} role="group" aria-labelledby="measured-title">
          <table>
            <caption>Base against head</caption>
            <thead>
              <tr>
                <th scope="col">Measure</th>
                <th scope="col" class="num">
                  Base
                </th>
                <th scope="col" class="num">
                  Head
                </th>
                <th scope="col">Rule</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(([what, base, head, limit]) => (
                <tr>
                  <th scope="row">{what}</th>
                  <td class="num">{base}</td>
                  <td class="num">{head}</td>
                  <td>{limit}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="card facts-card">
        <dl class="facts">
          {facts.map(([term, text]) => (
            <>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </>
          ))}
        </dl>
      </div>
    </section>
  );
};
