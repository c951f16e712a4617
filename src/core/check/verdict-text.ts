/** Summaries of evaluations: the whole report of one pipeline, or one table of several. */
import type { Acceptance } from '../app-words.js';
import { CHECK_TEXT_CHARACTERS } from '../limits.js';
import { codeMarkdown, escapeMarkdown } from '../report/escape.js';
import { renderMarkdown } from '../report/markdown.js';
import { count, percent } from '../report/values.js';
import { name, sentence, unnamedDocuments } from '../report/words.js';
import { KIND_WORDS, type PipelineAnswer, worstFirst } from './conclusion.js';
import { failureParts, notApplicable } from './decision-text.js';
import { bytesOf, joined, linkTo, tableOf, utc } from './markdown.js';
import type { AnswerView } from './view.js';

/** One pipeline: who accepted it, what to know, and all of the report that fits. */
export function pipelineSummary(
  view: AnswerView,
  answer: PipelineAnswer,
  notices: readonly string[],
): string {
  const { evaluation } = view;
  const url = view.fullReportUrl ?? view.detailsUrl;
  const before = [...notices, ...answer.acceptances.map(acceptanceLine)];
  const report = answer.result?.report;
  if (report === undefined || evaluation.failure !== null || !answer.planned.applicable) {
    const parts = !answer.planned.applicable
      ? notApplicable([answer.planned], codeMarkdown(evaluation.baseRef, 120))
      : evaluation.failure !== null
        ? failureParts(evaluation.failure, evaluation)
        : [
            'There is no report of this pipeline, so nothing passes. Re-run it; if that does not help, this is a mistake of DocOps.',
          ];
    return joined([...before, ...parts], CHECK_TEXT_CHARACTERS, linkTo(url, 'Details'));
  }
  const start = before.length === 0 ? '' : `${joined(before, 12_000)}\n\n`;
  return (
    start +
    renderMarkdown(report, {
      budgetCharacters: CHECK_TEXT_CHARACTERS - bytesOf(start),
      ...(linkTo(url, 'x') === '' || url === null ? {} : { detailsUrl: url }),
    })
  );
}

/** Several pipelines: a table, worst first, and below it why those that do not pass do not. */
export function rollUpSummary(
  view: AnswerView,
  answers: readonly PipelineAnswer[],
  notices: readonly string[],
): string {
  const { evaluation } = view;
  const sorted = worstFirst(answers);
  const rows = sorted.map((answer) => pipelineRow(answer));
  const table = tableOf(
    ['', 'Pipeline', 'Verdict', 'Score, base \u2192 head', 'What'],
    rows,
    ['c', 'l', 'l', 'r', 'l'],
    24_000,
    'pipeline',
  );
  const accepted = [...new Set(answers.flatMap(({ acceptances }) => acceptances))];
  const parts = [
    ...(evaluation.failure === null ? [] : failureParts(evaluation.failure, evaluation)),
    table,
    ...notices,
    ...accepted.map(acceptanceLine),
    ...sorted.map((answer) => pipelineReasons(answer)),
  ];
  return joined(parts, CHECK_TEXT_CHARACTERS, linkTo(view.fullReportUrl ?? view.detailsUrl, 'Full report'));
}

function pipelineRow({ kind, planned, result }: PipelineAnswer): string[] {
  const { mark, word } = KIND_WORDS[kind];
  const overall = kind === 'not-applicable' ? undefined : result?.report.overall;
  const unproven = result?.report.verdict === 'pass-unproven' ? ', unproven' : '';
  return [
    mark,
    codeMarkdown(planned.name, 80),
    `${word}${unproven}`,
    overall === undefined || overall.head === null
      ? ''
      : `${percent(overall.base)} \u2192 ${percent(overall.head)}`,
    kind === 'not-applicable' ? 'no watched file differs' : what(result?.report.reasons),
  ];
}

function what(reasons: NonNullable<PipelineAnswer['result']>['report']['reasons'] | undefined): string {
  const [first] = reasons ?? [];
  return first === undefined ? '' : escapeMarkdown(sentence(first.text, 160));
}

function pipelineReasons({ kind, planned, result }: PipelineAnswer): string {
  if (kind === 'passed' || kind === 'not-applicable' || result === null) return '';
  const reasons = result.report.reasons.filter(({ level }) => level !== 'info');
  if (reasons.length === 0) return '';
  const lines = reasons.slice(0, 6).map((reason) => {
    const named = unnamedDocuments(reason)
      .slice(0, 5)
      .map((id) => codeMarkdown(id, 60));
    const documents = named.length === 0 ? '' : ` Documents: ${named.join(', ')}.`;
    return `- ${escapeMarkdown(sentence(reason.text, 300))}${documents} <sub>${reason.code}</sub>`;
  });
  const rest = reasons.length - lines.length;
  return [
    `#### ${escapeMarkdown(name(planned.name, 80))}\n`,
    ...lines,
    ...(rest > 0 ? [`- and ${count(rest)} more`] : []),
  ].join('\n');
}

/** Who took a regression on, with which role, why, for what and until when. */
export function acceptanceLine({ by, role, reason, fields, expiresAt }: Acceptance): string {
  const shown = fields.slice(0, 20).map((field) => codeMarkdown(field, 80));
  const more = fields.length > 20 ? ` and ${count(fields.length - 20)} more` : '';
  const scope = shown.length === 0 ? 'everything' : `${shown.join(', ')}${more}`;
  return `**Accepted** by ${escapeMarkdown(`@${name(by, 60)}`)} (${escapeMarkdown(name(role, 40))}): ${escapeMarkdown(sentence(reason, 600))} Scope: ${scope}. Until ${utc(expiresAt)}, or until head or base move.`;
}
