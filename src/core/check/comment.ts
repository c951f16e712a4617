/** The one comment of a pull request: short, and only when the policy says that there is something to say. */
import type { Evaluation } from '../app-words.js';
import { COMMENT_CHARACTERS } from '../limits.js';
import { codeMarkdown, escapeMarkdown } from '../report/escape.js';
import { renderSummaryLine } from '../report/markdown.js';
import type { FieldDifference, Report, ReportDocument } from '../report/schema.js';
import { count, percent, plural, points } from '../report/values.js';
import {
  documentState,
  FIELD_MARKS,
  fieldsByState,
  fieldState,
  groupFailures,
  headFailed,
  name,
  rule,
  sentence,
} from '../report/words.js';
import {
  type Answer,
  conclude,
  KIND_WORDS,
  type PipelineAnswer,
  pipelineAnswers,
  withoutMark,
  worstFirst,
} from './conclusion.js';
import { decisionParts, failureParts } from './decision-text.js';
import { commitCode, joined, linkTo, tableOf } from './markdown.js';
import { acceptanceLine } from './verdict-text.js';
import { type AnswerView, shownTo } from './view.js';

/** Finds the comment again; stands at its end. */
export const COMMENT_MARKER = '<!-- docops:comment -->';

const FIELDS = 12;
const DOCUMENTS = 5;
const PIPELINES = 10;

/**
 * Null where nothing is to be said: by policy, or while there is no answer. A comment that stands already would go on
 * saying what was true before, so with `always` the policy is not asked.
 */
export function renderComment(
  view: AnswerView,
  options: { readonly always?: boolean } = {},
): { readonly body: string; readonly marker: string } | null {
  const shown = shownTo(view);
  const answer = conclude(shown, null);
  const { kind } = shown.evaluation;
  if (answer === null || answer.kind === 'superseded' || kind === 'merge-group') return null;
  if (options.always !== true && !wanted(shown, answer)) return null;
  return { body: bodyOf(shown, answer), marker: COMMENT_MARKER };
}

// ---------------------------------------------------------------- whether

function wanted(view: AnswerView, answer: Answer): boolean {
  const policy = view.evaluation.policy?.comment;
  switch (policy) {
    case undefined:
      // Without a valid configuration nobody said that comments are welcome; the check says it all.
      return false;
    case 'never':
      return false;
    case 'always':
      return true;
    case 'on-regression':
      return isRegression(answer);
    case 'on-change':
      return isRegression(answer) || isChange(view);
  }
}

/** Something got worse, or stands in the way. */
function isRegression({ kind, conclusion }: Answer): boolean {
  return conclusion !== 'success' && conclusion !== 'neutral'
    ? true
    : kind === 'accepted' || kind === 'warned';
}

function isChange(view: AnswerView): boolean {
  if ((view.disputes ?? []).length > 0) return true;
  return pipelineAnswers(view).some(({ kind, result }) => {
    if (result === null) return false;
    const { report } = result;
    if (report.label_changes !== null || report.added_documents !== null) return true;
    if (kind === 'not-applicable') return false;
    if (kind === 'accepted' || kind === 'warned' || report.bootstrap) return true;
    return report.fields.some((field) => ['blocked', 'worse', 'mixed', 'better'].includes(fieldState(field)));
  });
}

// ---------------------------------------------------------------- what

function bodyOf(view: AnswerView, answer: Answer): string {
  const { evaluation } = view;
  const last = `${footer(evaluation)}${details(view)}\n\n${COMMENT_MARKER}`;
  return joined(partsOf(view, answer), COMMENT_CHARACTERS - 1, last);
}

function details(view: AnswerView): string {
  const link = linkTo(view.fullReportUrl ?? view.detailsUrl, 'Full report');
  return link === '' ? '' : ` ${link}`;
}

function footer({ headSha, baseRef, attempt }: Evaluation): string {
  return `<sub>${commitCode(headSha)} into ${codeMarkdown(name(baseRef, 60), 60)}, attempt ${count(attempt)}.</sub>`;
}

function partsOf(view: AnswerView, answer: Answer): string[] {
  const { evaluation } = view;
  const { decision } = evaluation;
  const title = `### ${KIND_WORDS[answer.kind].mark} DocOps: ${escapeMarkdown(withoutMark(answer.title))}`;
  if (decision.kind !== 'evaluate') return [title, ...decisionParts(evaluation, decision, null)];
  if (evaluation.failure !== null) return [title, ...failureParts(evaluation.failure, evaluation)];
  const answers = pipelineAnswers(view);
  const told = worstFirst(answers).filter(({ kind }) => kind !== 'not-applicable');
  const several = answers.length > 1;
  const accepted = [...new Set(answers.flatMap(({ acceptances }) => acceptances))];
  return [
    title,
    ...accepted.map(acceptanceLine),
    ...told.slice(0, PIPELINES).flatMap((one) => pipelineParts(one, several)),
    told.length > PIPELINES ? `and ${plural(told.length - PIPELINES, 'more pipeline')}` : '',
    labels(answers),
    disputed(view),
  ];
}

function pipelineParts({ result, planned }: PipelineAnswer, several: boolean): string[] {
  if (result === null) return [`**${escapeMarkdown(name(planned.name, 60))}** has no report.`];
  const { report } = result;
  const reasons = report.reasons.filter(({ level }) => level !== 'info').slice(0, 3);
  return [
    ...(several ? [renderSummaryLine(report)] : []),
    reasons.map(({ text }) => `- ${escapeMarkdown(sentence(text, 300))}`).join('\n'),
    headFailed(report) ? failures(report) : fieldTable(report.fields),
    headFailed(report) ? '' : documents(report.documents),
  ];
}

function fieldTable(fields: readonly FieldDifference[]): string {
  const changed = fieldsByState(fields).filter((field) => fieldState(field) !== 'same');
  if (changed.length === 0) return '';
  const rows = changed
    .slice(0, FIELDS)
    .map((field) => [
      FIELD_MARKS[fieldState(field)].mark,
      codeMarkdown(field.field, 80),
      percent(field.base.accuracy),
      percent(field.head.accuracy),
      points(field.delta),
      count(field.regressed),
      count(field.fixed),
      rule(field),
    ]);
  const table = tableOf(
    ['', 'Field', 'Base', 'Head', '\u0394 points', 'Worse', 'Better', 'Rule'],
    rows,
    ['c', 'l', 'r', 'r', 'r', 'r', 'r', 'l'],
    20_000,
    'field',
  );
  const rest = changed.length - rows.length;
  return rest > 0 ? `${table}\n\nand ${plural(rest, 'more changed field')}` : table;
}

function documents(all: readonly ReportDocument[]): string {
  const worse = all.filter((document) => documentState(document) === 'worse');
  if (worse.length === 0) return '';
  const lines = worse.slice(0, DOCUMENTS).map((document) => {
    const fields = [
      ...new Set(document.cells.filter(({ change }) => change === 'regressed').map(({ field }) => field)),
    ];
    const shown = fields.slice(0, 4).map((field) => codeMarkdown(field, 60));
    const more = fields.length > 4 ? ` and ${count(fields.length - 4)} more` : '';
    const what = shown.length === 0 ? '' : `: ${shown.join(', ')}${more}`;
    return `- ${codeMarkdown(document.id, 80)} ${percent(document.base)} \u2192 ${percent(document.head)}${what}`;
  });
  const rest = worse.length - lines.length;
  return [
    `${plural(worse.length, 'document')} became worse:`,
    '',
    ...lines,
    ...(rest > 0 ? [`- and ${count(rest)} more`] : []),
  ].join('\n');
}

function failures(report: Report): string {
  const groups = groupFailures(report.failures.filter(({ side }) => side === 'head')).slice(0, 3);
  return groups
    .map(
      ({ first, ids }) =>
        `- ${escapeMarkdown(sentence(first.problem, 200))} ${plural(ids.length, 'document')}.`,
    )
    .join('\n');
}

function labels(answers: readonly PipelineAnswer[]): string {
  const lines = answers.flatMap(({ result, planned }) => {
    if (result === null) return [];
    const { label_changes: changes, added_documents: added } = result.report;
    const of = escapeMarkdown(name(planned.name, 60));
    return [
      ...(changes === null
        ? []
        : [
            `- ${of}: ${plural(changes.changes.length + changes.omitted, 'label')} changed by the head; under the ${changes.other.labels}\u2019s labels ${percent(changes.other.base)} \u2192 ${percent(changes.other.head)}.`,
          ]),
      ...(added === null
        ? []
        : [
            `- ${of}: ${plural(added.documents, 'document')} added: ${percent(added.base)} \u2192 ${percent(added.head)}, no part of the verdict.`,
          ]),
    ];
  });
  return lines.slice(0, 20).join('\n');
}

function disputed({ disputes = [] }: AnswerView): string {
  if (disputes.length === 0) return '';
  const lines = disputes
    .slice(0, DOCUMENTS)
    .map(
      ({ document, field, by, reason }) =>
        `- ${codeMarkdown(document, 80)} ${codeMarkdown(field, 80)}, by ${escapeMarkdown(name(by, 60))}: ${escapeMarkdown(sentence(reason, 200))}`,
    );
  const rest = disputes.length - lines.length;
  return [
    'Labels that somebody calls wrong:',
    '',
    ...lines,
    ...(rest > 0 ? [`- and ${count(rest)} more`] : []),
  ].join('\n');
}
