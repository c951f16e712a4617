/** What /eval-status and /eval-cost are answered with. Five replies share one comment, so each is short. */
import { REPLY_BYTES } from '../limits.js';
import { codeMarkdown, escapeMarkdown } from '../report/escape.js';
import { priceSentences } from '../report/price.js';
import type { Report } from '../report/schema.js';
import { count, dollars, duration, percent } from '../report/values.js';
import {
  conclude,
  KIND_WORDS,
  type PipelineAnswer,
  pipelineAnswers,
  withoutMark,
  worstFirst,
} from './conclusion.js';
import { commandBlock, runningTitle, waitingTitle } from './decision-text.js';
import { commitCode, joined, linkTo, tableOf, utc } from './markdown.js';
import { checkName } from './name.js';
import { acceptanceLine } from './verdict-text.js';
import { type AnswerView, shownTo } from './view.js';

const TABLE_BYTES = 5_000;
/** Of prices. */
const LINES = 20;

/** How far the evaluation is, or what it came to. At most 12,000 bytes. */
export function renderStatus(view: AnswerView): string {
  const shown = shownTo(view);
  const { evaluation } = shown;
  const answer = conclude(shown, null);
  const state =
    answer !== null
      ? `${KIND_WORDS[answer.kind].mark} ${escapeMarkdown(withoutMark(answer.title))} (${answer.conclusion})`
      : escapeMarkdown(evaluation.state === 'running' ? runningTitle(shown) : waitingTitle(shown));
  const answers = answer === null ? [] : pipelineAnswers(shown);
  const rows = worstFirst(answers).map((one) => statusRow(one));
  const { decision } = evaluation;
  const parts = [
    `**${escapeMarkdown(checkName(evaluation.baseRef, null))}** for ${commitCode(evaluation.headSha)}, attempt ${count(evaluation.attempt)}: ${state}`,
    rows.length > 1
      ? tableOf(
          ['', 'Pipeline', 'Verdict', 'Score, base \u2192 head'],
          rows,
          ['c', 'l', 'l', 'r'],
          TABLE_BYTES,
          'pipeline',
        )
      : '',
    decision.kind === 'hold' && decision.policy !== 'never' && answer?.kind === 'hold'
      ? `It waits for approval:\n\n${commandBlock(`/approve-eval ${evaluation.headSha}`)}`
      : '',
    answer?.kind === 'over-budget' && evaluation.kind === 'pull-request'
      ? `It waits for somebody to allow the cost:\n\n${commandBlock(`/approve-cost ${evaluation.headSha}`)}`
      : '',
    answer === null && evaluation.decision.kind === 'evaluate'
      ? `It has until ${utc(evaluation.deadlineAt)} to be answered.`
      : '',
    ...shown.acceptances.slice(0, 5).map(acceptanceLine),
    shown.acceptances.length > 5 ? `and ${count(shown.acceptances.length - 5)} more in force` : '',
  ];
  return joined(parts, REPLY_BYTES, linkTo(shown.detailsUrl, 'Details'));
}

function statusRow({ kind, planned, result }: PipelineAnswer): string[] {
  const { mark, word } = KIND_WORDS[kind];
  const overall = kind === 'not-applicable' ? undefined : result?.report.overall;
  return [
    mark,
    codeMarkdown(planned.name, 60),
    word,
    overall === undefined || overall.head === null
      ? ''
      : `${percent(overall.base)} \u2192 ${percent(overall.head)}`,
  ];
}

/** What evaluating cost, and what extraction costs on both sides. At most 12,000 bytes. */
export function renderCost(view: AnswerView): string {
  const shown = shownTo(view);
  const { evaluation } = shown;
  if (shown.reports.length === 0) return `Nothing was measured yet for ${commitCode(evaluation.headSha)}.`;
  const rows = shown.reports.map(({ pipeline, report, reusedFrom }) =>
    costRow(pipeline, report, reusedFrom !== null),
  );
  const known = shown.reports.some(
    ({ report }) => report.cost.head_usd !== null || report.cost.base_usd !== null,
  );
  const parts = [
    `Cost for ${commitCode(evaluation.headSha)}, attempt ${count(evaluation.attempt)}:`,
    tableOf(
      [
        'Pipeline',
        'Time',
        'Runs',
        'From the cache',
        'Base',
        'Head',
        'Base, 1,000 documents',
        'Head, 1,000 documents',
      ],
      rows,
      ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r'],
      TABLE_BYTES,
      'pipeline',
    ),
    evaluation.trust.aggregatesOnly
      ? 'Amounts are not shown for authors without write access: they are what the extractor says of itself.'
      : known
        ? 'Amounts are what the extractor reports as `usage.usd`.'
        : 'The extractor reports no cost (`usage.usd`), so only time and runs are known.',
    ...priceLines(shown.reports),
  ];
  return joined(parts, REPLY_BYTES, linkTo(shown.detailsUrl, 'Details'));
}

/** What was billed for these evaluations; a verdict that was taken over was paid for before. */
function priceLines(reports: AnswerView['reports']): string[] {
  const lines = reports.flatMap(({ pipeline, report, reusedFrom }) =>
    reusedFrom === null
      ? priceSentences(report.run).map(
          (sentence) => `- ${codeMarkdown(pipeline, 60)}: ${escapeMarkdown(sentence)}`,
        )
      : [],
  );
  const rest = lines.length - LINES;
  if (rest > 0) lines.splice(LINES, rest, `- and ${count(rest)} more`);
  return lines.length === 0 ? [] : ['What this evaluation itself cost:', lines.join('\n')];
}

function costRow(pipeline: string, { cost, run }: Report, reused: boolean): string[] {
  return [
    codeMarkdown(pipeline, 60),
    reused ? 'taken over' : duration(run.seconds),
    count(run.documents_run),
    count(run.documents_cached),
    ...[cost.base_usd, cost.head_usd, cost.base_per_thousand, cost.head_per_thousand].map((usd) =>
      escapeMarkdown(dollars(usd)),
    ),
  ];
}
