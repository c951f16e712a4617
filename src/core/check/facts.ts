/** What stands below every answer: which commits, which attempt, where numbers came from, who moved what. */
import type { Evaluation, GroupAttribution, PipelineReport } from '../app-words.js';
import { CHECK_TEXT_CHARACTERS } from '../limits.js';
import { codeMarkdown, escapeMarkdown } from '../report/escape.js';
import { priceSentences } from '../report/price.js';
import type { Report } from '../report/schema.js';
import { clip, count, duration, percent, plural, points } from '../report/values.js';
import { name, sentence } from '../report/words.js';
import { commitCode, idCode, joined, tableOf } from './markdown.js';
import type { AnswerView } from './view.js';

const LINES = 20;

/** At most 65,535 bytes. @param pipeline only of this one; null: of all. @param next what can be done, in Markdown */
export function factsText(view: AnswerView, pipeline: string | null, next: readonly string[] = []): string {
  const results = view.reports.filter((one) => pipeline === null || one.pipeline === pipeline);
  const parts = [
    list('What you can do', next),
    list('Commits', [...commitLines(view, results), ...alsoHead(view)]),
    list('This attempt', attemptLines(view, results)),
    attribution(view.evaluation, pipeline),
    // One report tells its own changes; of several they are gathered here.
    results.length > 1
      ? list(
          'Configuration changed by the head (the base\u2019s is used)',
          results.flatMap(({ pipeline: of, report }) =>
            report.config_changes.map(
              (change) => `${escapeMarkdown(name(of, 40))}: ${escapeMarkdown(sentence(change))}`,
            ),
          ),
        )
      : '',
    list('Warnings', warningLines(view, results)),
  ];
  return joined(parts, CHECK_TEXT_CHARACTERS);
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  const shown = lines.slice(0, LINES);
  const rest = lines.length - shown.length;
  return [
    `### ${title}\n`,
    ...shown.map((line) => `- ${line}`),
    ...(rest > 0 ? [`- and ${count(rest)} more`] : []),
  ].join('\n');
}

function commitLines({ evaluation }: AnswerView, results: readonly PipelineReport[]): string[] {
  const { headSha, baseSha, baseRef } = evaluation;
  const compared = new Set(
    results
      .filter(({ report }) => report.verdict !== 'not-applicable')
      .map(({ report }) => comparedWith(report)),
  );
  const merged = new Set(results.map(({ report }) => report.head.merged));
  return [
    `Head ${idCode(headSha)}`,
    `Base ${idCode(baseSha)}, the tip of ${codeMarkdown(baseRef, 120)} when this was planned`,
    ...[...compared].slice(0, 5).map((how) => `Compared with ${how}`),
    ...(merged.has(true) ? ['Measured is what the merge of both would be.'] : []),
    ...(merged.has(false)
      ? ['Head and base conflict, so the head was measured as it is, and compared with the merge base.']
      : []),
  ];
}

function comparedWith({ base }: Report): string {
  const chosen = base.chosen === '' ? '' : ` (${escapeMarkdown(name(base.chosen, 160))})`;
  return base.commit === null ? `no base${chosen}` : `${idCode(base.commit)}${chosen}`;
}

function alsoHead({ alsoHeadOf = [] }: AnswerView): string[] {
  if (alsoHeadOf.length === 0) return [];
  const numbers = alsoHeadOf.slice(0, 10).map((number) => `#${Math.trunc(number)}`);
  const more = alsoHeadOf.length > 10 ? ` and ${count(alsoHeadOf.length - 10)} more` : '';
  return [`The same commit is the head of ${numbers.join(', ')}${more}, which this check is for too.`];
}

function attemptLines({ evaluation }: AnswerView, results: readonly PipelineReport[]): string[] {
  const { attempt, why, rerun, onlyPipeline, startedAt, finishedAt, decision, trust, tries } = evaluation;
  const asked = {
    verdict: 'judged again; measurements were used again',
    full: 'measured anew',
    failed: 'what did not pass was judged again',
  };
  // Only of a finished one: a clock in the text would make every look a change to send.
  const seconds =
    startedAt === null || finishedAt === null ? null : (finishedAt.getTime() - startedAt.getTime()) / 1000;
  return [
    `Attempt ${count(attempt)}: ${escapeMarkdown(clip(why, 200))}${rerun === null ? '' : ` (${asked[rerun]}${onlyPipeline === null ? '' : `; only ${escapeMarkdown(name(onlyPipeline, 60))}`})`}`,
    ...(seconds !== null && seconds >= 0 && decision.kind === 'evaluate'
      ? [
          `Took ${duration(seconds)}${tries > 1 ? `; try ${count(tries)}, the earlier ones were cut short` : ''}`,
        ]
      : []),
    ...results
      .filter(({ reusedFrom }) => reusedFrom !== null)
      .map(
        ({ pipeline, reusedFrom, planId }) =>
          `${codeMarkdown(pipeline, 60)}: taken over from evaluation ${idCode(reusedFrom ?? '')}${planId === null ? '' : `, same plan ${idCode(planId, 12)}`}`,
      ),
    ...results.map(
      ({ pipeline, report: { dataset } }) =>
        `${codeMarkdown(pipeline, 60)}: dataset ${codeMarkdown(dataset.source, 100)}, version ${idCode(dataset.version, 12)}, ${plural(dataset.documents, 'document')}`,
    ),
    ...results
      .filter(({ reusedFrom }) => reusedFrom === null)
      .flatMap(({ pipeline, report: { run } }) =>
        priceSentences(run).map((price) => `${codeMarkdown(pipeline, 60)}: ${escapeMarkdown(price)}`),
      ),
    ...(decision.kind === 'evaluate' && decision.sandbox === 'bwrap'
      ? ['The extractor ran in a sandbox without network.']
      : []),
    ...(trust.aggregatesOnly ? [escapeMarkdown(sentence(trust.reason, 300))] : []),
    `Evaluation ${idCode(evaluation.id)}`,
  ];
}

function warningLines({ evaluation }: AnswerView, results: readonly PipelineReport[]): string[] {
  // A warning may name documents.
  const own = evaluation.trust.aggregatesOnly
    ? evaluation.warnings.length === 0
      ? []
      : [`${plural(evaluation.warnings.length, 'warning')} not shown to outsiders.`]
    : evaluation.warnings.map((one) => escapeMarkdown(sentence(one)));
  if (results.length <= 1) return own;
  return [
    ...own,
    ...results.flatMap(({ pipeline, report }) =>
      report.warnings.map((one) => `${escapeMarkdown(name(pipeline, 40))}: ${escapeMarkdown(sentence(one))}`),
    ),
  ];
}

function attribution({ attribution: steps, baseRef }: Evaluation, pipeline: string | null): string {
  const rows = (steps ?? [])
    .filter((step) => pipeline === null || step.pipeline === pipeline)
    .flatMap((step) => attributionRows(step));
  if (rows.length === 0) return '';
  const head = ['Pull request', 'Pipeline', 'Field', 'Before', 'After', '\u0394 points'];
  const table = tableOf(head, rows, ['l', 'l', 'l', 'r', 'r', 'r'], 20_000);
  return `### Which pull request of the group moved which field\n\nAdded one by one to ${codeMarkdown(baseRef, 120)}, in the order of the queue.\n\n${table}`;
}

function attributionRows({ pullNumber, commit, pipeline, moved }: GroupAttribution): string[][] {
  const who = pullNumber === null ? commitCode(commit) : `#${Math.trunc(pullNumber)} ${commitCode(commit)}`;
  const of = codeMarkdown(pipeline, 60);
  if (moved.length === 0) return [[who, of, 'nothing moved', '', '', '']];
  return moved.map(({ field, before, after }) => [
    who,
    of,
    codeMarkdown(field, 80),
    percent(before),
    percent(after),
    before === null || after === null ? '' : points(after - before),
  ]);
}
