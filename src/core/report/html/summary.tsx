/** The first screen: the verdict, what got worse, where, and whether it is real. */
import type { FC } from 'hono/jsx';
import type { Report, ReportDocument } from '../schema.js';
import { count, percent, plural, points, pointsInWords } from '../values.js';
import {
  documentDelta,
  documentState,
  headline,
  name,
  proof,
  sentence,
  sideName,
  verdictWords,
} from '../words.js';
import { Sign, type Tone } from './parts.js';

export function verdictTone(report: Report): Tone {
  if (report.blocked) return 'bad';
  if (report.verdict === 'pass') return 'good';
  return report.verdict === 'not-applicable' ? 'plain' : 'warn';
}

const LEVELS = {
  block: { mark: '\u2716', word: 'blocks', tone: 'bad' },
  warn: { mark: '\u25b2', word: 'warning', tone: 'warn' },
  'not-measured': { mark: '?', word: 'not measured', tone: 'warn' },
  info: { mark: '\u2022', word: 'note', tone: 'plain' },
} as const;

const MAX_REASONS = 8;
const MAX_DOCUMENTS = 6;

export const Banner: FC<{ report: Report }> = ({ report }) => {
  const { mark, word, says } = verdictWords(report);
  const { base, head, delta } = report.overall;
  const measured = head !== null && report.verdict !== 'not-applicable';
  return (
    <div class={`verdict ${verdictTone(report)}`}>
      <div class="says">
        <h1>
          <span class="word">
            <span aria-hidden="true">{mark} </span>
            {word}
          </span>{' '}
          {name(report.pipeline, 60)}
        </h1>
        <p>{measured ? says : headline(report)}</p>
      </div>
      {measured && (
        <p class="big">
          <span class="from">overall {base === null ? '' : `${percent(base)} \u2192 `}</span>
          <span class="now">{percent(head)}</span>
          {base !== null && <span class="delta">{pointsInWords(delta)}</span>}
        </p>
      )}
    </div>
  );
};

const LABELS_FROM: Readonly<Record<Report['dataset']['read_from'], string>> = {
  base: 'the base',
  head: 'the head',
  folder: 'a folder',
  address: 'there',
};

export const Eyebrow: FC<{ report: Report }> = ({ report }) => (
  <p class="eyebrow">
    <span>Base: {sideName(report.base)}</span>
    <span>Head: {sideName(report.head)}</span>
    <span>
      Dataset: {name(report.dataset.source)} <code>{name(report.dataset.version, 64).slice(0, 10)}</code>,
      labels from {LABELS_FROM[report.dataset.read_from]}
    </span>
  </p>
);

const Strip: FC<{ worse: number; better: number; of: number }> = ({ worse, better, of }) => {
  const share = (n: number): number => (n === 0 ? 0 : Math.max(1, (100 * n) / Math.max(1, of)));
  return (
    <svg
      class="strip"
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${count(worse)} worse, ${count(better)} better of ${plural(of, 'document')}`}
    >
      <rect x="0" y="0" width={share(worse)} height="4" fill="var(--chart-bad)" />
      <rect x={100 - share(better)} y="0" width={share(better)} height="4" fill="var(--chart-good)" />
    </svg>
  );
};

export const Answers: FC<{
  report: Report;
  told: readonly ReportDocument[];
  /** Where a document is told, if anywhere. */
  href: (id: string) => string | undefined;
}> = ({ report, told, href }) => {
  const worse = told.filter((document) => documentState(document) === 'worse');
  const better = told.filter((document) => documentState(document) === 'better').length;
  const other = told.filter((document) => documentState(document) === 'changed').length;
  const rest = report.reasons.length - MAX_REASONS;
  const sure = proof(report);
  return (
    <div class="answers">
      <div class="card">
        <h2>What happened, and why this verdict</h2>
        <ul>
          {report.reasons.slice(0, MAX_REASONS).map((reason) => (
            <li>
              <Sign {...LEVELS[reason.level]} />
              {sentence(reason.text)}
            </li>
          ))}
          {rest > 0 && (
            <li>
              and <a href="#reasons">{plural(rest, 'more reason')}</a>
            </li>
          )}
        </ul>
      </div>
      {report.verdict !== 'not-applicable' && (
        <div class="card">
          <h2>Where</h2>
          <Strip worse={worse.length} better={better} of={report.dataset.documents} />
          <p class="small">
            <span class="bad-text">▼ {count(worse.length)} worse</span> ·{' '}
            <span class="good-text">▲ {count(better)} better</span> · {count(other)} otherwise changed · of{' '}
            {plural(report.dataset.documents, 'document')}
          </p>
          <p class="small">
            Every cell right: {count(report.documents_exact.base)} → {count(report.documents_exact.head)} of{' '}
            {plural(report.documents_exact.of, 'document')}
          </p>
          <ul>
            {worse.slice(0, MAX_DOCUMENTS).map((document) => {
              const to = href(document.id);
              const delta = documentDelta(document);
              return (
                <li class="row">
                  {to === undefined ? <span>{name(document.id)}</span> : <a href={to}>{name(document.id)}</a>}
                  <span class="num bad-text">
                    {document.head_status === 'ok'
                      ? `${points(delta)} points`
                      : name(document.head_status, 30)}
                  </span>
                </li>
              );
            })}
            {worse.length > MAX_DOCUMENTS && (
              <li>
                and <a href="#documents">{plural(worse.length - MAX_DOCUMENTS, 'more document')}</a>
              </li>
            )}
          </ul>
        </div>
      )}
      {sure.length > 0 && (
        <div class="card">
          <h2>Is it real?</h2>
          <ul>
            {sure.map((line) => (
              <li>
                <span class="sign" aria-hidden="true">
                  •
                </span>
                {line}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
};

/** Every reason with its code, field and documents. */
export const Reasons: FC<{ report: Report }> = ({ report }) => (
  <section id="reasons" aria-labelledby="reasons-title">
    <h2 id="reasons-title">Reasons</h2>
    <p class="about">
      What the policy said to each finding, with the code under which the manual describes it.
    </p>
    <div class="scroll" tabindex={0} role="group" aria-labelledby="reasons-title">
      <table class="stack">
        <caption>{plural(report.reasons.length, 'reason')}</caption>
        <thead>
          <tr>
            <th scope="col">Level</th>
            <th scope="col">Code</th>
            <th scope="col">What it says</th>
            <th scope="col">Documents</th>
          </tr>
        </thead>
        <tbody>
          {report.reasons.slice(0, 200).map((reason) => (
            <tr>
              <td class="nowrap">
                <Sign {...LEVELS[reason.level]} /> {LEVELS[reason.level].word}
              </td>
              <th scope="row">
                <code>{reason.code}</code>
              </th>
              <td class="name">{sentence(reason.text)}</td>
              <td class="name">
                {(reason.documents ?? [])
                  .slice(0, 12)
                  .map((id) => name(id, 60))
                  .join(', ')}
                {(reason.documents ?? []).length > 12 &&
                  ` and ${count((reason.documents ?? []).length - 12)} more`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
);
