/**
 * The report as GitHub-flavoured Markdown, for a check run's summary, a comment and a step summary. It always fits its
 * budget: it is rendered again with less detail until it does, and never cut in the middle.
 */
import { markdownTable } from 'markdown-table';
import { codeMarkdown, escapeMarkdown, preMarkdown } from './escape.js';
import { priceSentences } from './price.js';
import type { FieldDifference, Report, ReportCell, ReportDocument } from './schema.js';
import { clip, count, dollars, duration, percent, plural, points, pValue, showValues } from './values.js';
import {
  columnName,
  documentNote,
  documentState,
  fieldsByState,
  fieldState,
  FIELD_MARKS,
  exitOf,
  groupFailures,
  headFailed,
  headline,
  name,
  notes,
  proof,
  rule,
  sentence,
  shownP,
  sideName,
  unnamedDocuments,
  verdictWords,
} from './words.js';

export interface MarkdownOptions {
  /** Upper limit of the text. Counted in UTF-8 bytes, so that it holds whether the receiver counts bytes or characters. */
  readonly budgetCharacters: number;
  /** Where the whole report is. Must be trusted: it becomes a link. */
  readonly detailsUrl?: string;
}

/** How much of the report is told. */
interface Detail {
  readonly reasons: number;
  readonly fields: number;
  readonly unchanged: boolean;
  readonly columns: boolean;
  readonly documents: number;
  readonly cells: number;
  readonly valueCharacters: number;
  readonly stderrLines: number;
  readonly noteLines: number;
}

const LEVELS: readonly Detail[] = [
  {
    reasons: 30,
    fields: 200,
    unchanged: true,
    columns: true,
    documents: 30,
    cells: 12,
    valueCharacters: 200,
    stderrLines: 20,
    noteLines: 12,
  },
  {
    reasons: 20,
    fields: 100,
    unchanged: true,
    columns: true,
    documents: 15,
    cells: 8,
    valueCharacters: 120,
    stderrLines: 10,
    noteLines: 8,
  },
  {
    reasons: 12,
    fields: 40,
    unchanged: false,
    columns: true,
    documents: 10,
    cells: 5,
    valueCharacters: 80,
    stderrLines: 6,
    noteLines: 4,
  },
  {
    reasons: 8,
    fields: 20,
    unchanged: false,
    columns: false,
    documents: 5,
    cells: 3,
    valueCharacters: 60,
    stderrLines: 3,
    noteLines: 2,
  },
  {
    reasons: 5,
    fields: 10,
    unchanged: false,
    columns: false,
    documents: 2,
    cells: 2,
    valueCharacters: 40,
    stderrLines: 0,
    noteLines: 1,
  },
  {
    reasons: 3,
    fields: 5,
    unchanged: false,
    columns: false,
    documents: 0,
    cells: 0,
    valueCharacters: 40,
    stderrLines: 0,
    noteLines: 0,
  },
  {
    reasons: 1,
    fields: 0,
    unchanged: false,
    columns: false,
    documents: 0,
    cells: 0,
    valueCharacters: 40,
    stderrLines: 0,
    noteLines: 0,
  },
  {
    reasons: 0,
    fields: 0,
    unchanged: false,
    columns: false,
    documents: 0,
    cells: 0,
    valueCharacters: 40,
    stderrLines: 0,
    noteLines: 0,
  },
];

const encoder = new TextEncoder();
const bytes = (text: string): number => encoder.encode(text).length;

/** Renders a report as Markdown of at most `budgetCharacters`; ends with a line feed unless the budget is tiny. */
export function renderMarkdown(report: Report, options: MarkdownOptions): string {
  for (const [i, detail] of LEVELS.entries()) {
    const text = render(report, detail, options.detailsUrl, i > 0);
    if (bytes(text) <= options.budgetCharacters) return text;
  }
  // Not even the headline fits: the verdict alone, or nothing.
  const word = verdictWords(report).word;
  return bytes(word) <= options.budgetCharacters ? word : '';
}

/** The check run's title: plain text of at most 255 characters, the verdict first. */
export function renderTitle(report: Report): string {
  const { mark, word } = verdictWords(report);
  return clip(`${mark} ${word} ${headline(report)}`, 255);
}

/** One line of Markdown for a list of pipelines: mark, verdict, headline. */
export function renderSummaryLine(report: Report): string {
  const { mark, word } = verdictWords(report);
  return `${mark} **${word}** ${escapeMarkdown(headline(report))}`;
}

// ---------------------------------------------------------------- parts

/** An address that cannot end the link that it stands in. */
function linkTarget(url: string): string {
  return encodeURI(url).replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'));
}

function render(report: Report, detail: Detail, detailsUrl: string | undefined, shortened: boolean): string {
  const { mark, word } = verdictWords(report);
  const link = detailsUrl === undefined ? '' : `[Full report](${linkTarget(detailsUrl)})`;
  const left = shortened
    ? `Shortened to fit.${link === '' ? ' The whole report is in the JSON and HTML files.' : ''}`
    : '';
  const parts = [
    `## ${mark} ${word}: ${escapeMarkdown(headline(report))}`,
    reasons(report, detail),
    ...(report.verdict === 'not-applicable'
      ? []
      : [
          // Who broke the extractor wants the last words of it, and not what that did to every field.
          headFailed(report) ? failures(report, detail) : '',
          fields(report, detail),
          slices(report, detail),
          documents(report, detail),
          headFailed(report) ? '' : failures(report, detail),
          suspects(report, detail),
          ...(detail.noteLines === 0 ? [] : noteParts(report, detail)),
        ]),
    footer(report, detail),
    [left, link].filter((part) => part !== '').join(' '),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const LEVEL_MARKS = { block: '\u2716', warn: '\u25b2', 'not-measured': '?', info: '\u2022' } as const;

function reasons(report: Report, detail: Detail): string {
  const shown = report.reasons.slice(0, detail.reasons);
  const lines = shown.map((reason) => {
    const named = unnamedDocuments(reason);
    const some = named.slice(0, 6).map((id) => codeMarkdown(id, 60));
    const where =
      named.length === 0
        ? ''
        : ` Documents: ${some.join(', ')}${named.length > 6 ? ` and ${count(named.length - 6)} more` : ''}.`;
    return `- ${LEVEL_MARKS[reason.level]} ${escapeMarkdown(sentence(reason.text, 400))}${where} <sub>${reason.code}</sub>`;
  });
  const rest = report.reasons.length - shown.length;
  return [...lines, ...(rest > 0 && shown.length > 0 ? [`- and ${plural(rest, 'more reason')}`] : [])].join(
    '\n',
  );
}

function fieldRow(judged: Report['judged'], field: FieldDifference, shown: string, inset: string): string[] {
  const state = fieldState(field);
  const { mark } = FIELD_MARKS[state];
  const strong = state === 'blocked' ? '**' : '';
  return [
    mark,
    `${inset}${strong}${codeMarkdown(shown, 80)}${strong}`,
    percent(field.base.accuracy),
    percent(field.head.accuracy),
    `${strong}${points(field.delta)}${strong}`,
    count(field.regressed),
    count(field.fixed),
    pValue(shownP(judged, field)).replace('<', '&lt;'),
    [rule(field), field.unreliable ? 'unreliable' : ''].filter((part) => part !== '').join(', '),
  ];
}

const FIELD_HEAD = ['', 'Field', 'Base', 'Head', '\u0394 points', 'Worse', 'Better', 'p', 'Rule'];
const FIELD_ALIGN = ['c', 'l', 'r', 'r', 'r', 'r', 'r', 'r', 'l'];

function fieldTable(rows: readonly string[][]): string {
  return table(FIELD_HEAD, rows, FIELD_ALIGN);
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly string[],
): string {
  // Aligned pipes would double the size of a table with one long cell.
  return markdownTable([head, ...rows], { align: [...align], alignDelimiters: false });
}

function fields(report: Report, detail: Detail): string {
  if (detail.fields === 0 || report.fields.length === 0 || report.overall.head === null) return '';
  const sorted = fieldsByState(report.fields);
  const changed = sorted.filter((field) => fieldState(field) !== 'same');
  const same = sorted.slice(changed.length);
  const rows = changed
    .slice(0, detail.fields)
    .flatMap((field) => [
      fieldRow(report.judged, field, field.field, ''),
      ...(detail.columns ? (field.columns ?? []) : [])
        .filter((column) => fieldState(column) !== 'same')
        .map((column) => fieldRow(report.judged, column, columnName(field, column), '\u2514 ')),
    ]);
  const parts = [`### Fields: ${count(changed.length)} of ${count(report.fields.length)} changed`];
  if (rows.length > 0) parts.push(fieldTable(rows));
  if (changed.length > detail.fields)
    parts.push(`and ${plural(changed.length - detail.fields, 'more changed field')}`);
  if (same.length > 0) {
    const title = `${plural(same.length, 'field')} did not change`;
    parts.push(
      detail.unchanged
        ? folded(
            title,
            fieldTable(
              same.slice(0, detail.fields).map((field) => fieldRow(report.judged, field, field.field, '')),
            ),
          )
        : `${title}.`,
    );
  }
  return parts.join('\n\n');
}

function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

function slices(report: Report, detail: Detail): string {
  const told = report.slices
    .filter((slice) => slice.blocked || slice.regressed > 0)
    .slice(0, Math.min(detail.fields, 20));
  if (told.length === 0) return '';
  const rows = told.map((slice) => [
    slice.blocked ? '\u2716' : '\u25bc',
    `${codeMarkdown(slice.slice, 40)} ${codeMarkdown(slice.value, 40)}`,
    percent(slice.base),
    percent(slice.head),
    points(slice.delta),
    count(slice.regressed),
    count(slice.fixed),
    count(slice.documents),
    rule(slice),
  ]);
  return `### Slices that lost documents\n\n${table(['', 'Slice', 'Base', 'Head', '\u0394 points', 'Worse', 'Better', 'Documents', 'Rule'], rows, ['c', 'l', 'r', 'r', 'r', 'r', 'r', 'r', 'l'])}`;
}

const CHANGE_MARKS = {
  regressed: '\u25bc became wrong',
  fixed: '\u25b2 became right',
  changed: '\u25c6 wrong in another way',
  same: '= wrong on both sides',
} as const;
const CHANGE_ORDER = { regressed: 0, changed: 1, fixed: 2, same: 3 } as const;

function cellRow(cell: ReportCell, detail: Detail): string[] {
  const texts = showValues([cell.expected, cell.base, cell.head], detail.valueCharacters);
  return [
    `${codeMarkdown(cell.field, 80)}${cell.row === undefined ? '' : cell.row === null ? ' additional row' : ` row ${cell.row}`}`,
    CHANGE_MARKS[cell.change],
    ...texts.map((text) => codeMarkdown(text, detail.valueCharacters)),
  ];
}

function documentPart(document: ReportDocument, detail: Detail): string {
  const cells = [...document.cells]
    .filter((cell) => cell.change !== 'same')
    .sort((a, b) => CHANGE_ORDER[a.change] - CHANGE_ORDER[b.change]);
  const note = documentNote(document);
  const title = `${codeMarkdown(document.id, 100)} ${percent(document.base)} \u2192 ${percent(document.head)}${note === '' ? '' : ` <sub>${escapeMarkdown(note)}</sub>`}`;
  const shown = cells.slice(0, detail.cells);
  const rest = cells.length - shown.length + (document.cells_omitted ?? 0);
  return [
    `**Document** ${title}`,
    ...(shown.length === 0
      ? []
      : [
          table(
            ['Field', 'Change', 'Expected', 'Base', 'Head'],
            shown.map((cell) => cellRow(cell, detail)),
            ['l', 'l', 'l', 'l', 'l'],
          ),
        ]),
    ...(rest > 0 ? [`and ${plural(rest, 'more cell')}`] : []),
  ].join('\n\n');
}

function documents(report: Report, detail: Detail): string {
  const states = report.documents.map((document) => ({ document, state: documentState(document) }));
  const of = (wanted: string): ReportDocument[] =>
    states.filter(({ state }) => state === wanted).map(({ document }) => document);
  const [worse, better, other] = [of('worse'), of('better'), of('changed')];
  if (worse.length + better.length + other.length === 0) return '';
  const told = [...worse, ...other].filter((document) => document.head_status === 'ok');
  const shown = told.slice(0, detail.documents);
  const rest = told.length - shown.length;
  return [
    `### Documents: ${count(worse.length)} worse, ${count(better.length)} better, ${count(other.length)} otherwise changed`,
    ...shown.map((document) => documentPart(document, detail)),
    ...(rest > 0 ? [`and ${plural(rest, 'more document')}`] : []),
  ].join('\n\n');
}

function failures(report: Report, detail: Detail): string {
  const groups = groupFailures(report.failures);
  if (groups.length === 0 || detail.fields === 0) return '';
  const shown = groups.slice(0, Math.max(1, Math.min(5, detail.documents)));
  const parts = shown.map(({ first, ids }) => {
    const tail = first.stderr_tail
      .split(/\r\n|\r|\n/)
      .filter((line) => line.trim() !== '')
      .slice(-detail.stderrLines);
    const some = ids.slice(0, 4).map((id) => codeMarkdown(id, 60));
    return [
      `**${first.side}, ${escapeMarkdown(name(first.status, 30))}**${escapeMarkdown(exitOf(first))}: ${escapeMarkdown(sentence(first.problem, 300))}; ${plural(ids.length, 'document')}: ${some.join(', ')}${ids.length > 4 ? ` and ${count(ids.length - 4)} more` : ''}`,
      ...(tail.length === 0 || detail.stderrLines === 0 ? [] : [preMarkdown(tail, 300)]),
    ].join('\n\n');
  });
  const rest = groups.length - shown.length;
  return [
    '### Failures',
    ...parts,
    ...(rest > 0 ? [`and ${plural(rest, 'more kind')} of failure`] : []),
  ].join('\n\n');
}

function suspects(report: Report, detail: Detail): string {
  const list = report.suspect_labels;
  const shown = list.slice(0, detail.noteLines);
  if (shown.length === 0) return '';
  const rows = shown.map((one) => [
    codeMarkdown(one.document, 60),
    `${codeMarkdown(one.field, 60)}${one.row === null ? '' : ` row ${one.row}`}`,
    ...showValues([one.expected, one.predicted], detail.valueCharacters).map((text) =>
      codeMarkdown(text, detail.valueCharacters),
    ),
  ]);
  const rest = list.length - shown.length;
  const body = table(['Document', 'Field', 'Label', 'Base and head'], rows, ['l', 'l', 'l', 'l']);
  return folded(
    `Labels to look at: ${count(list.length)} where base and head agree with each other and not with the label`,
    `${body}${rest > 0 ? `\n\nand ${count(rest)} more` : ''}`,
  );
}

function noteParts(report: Report, detail: Detail): string[] {
  return notes(report).map((note) => {
    const shown = note.lines.slice(0, detail.noteLines).map((line) => `- ${escapeMarkdown(clip(line, 400))}`);
    const rest = note.lines.length - shown.length;
    return [`### ${note.title}\n`, ...shown, ...(rest > 0 ? [`- and ${count(rest)} more`] : [])].join('\n');
  });
}

function footer(report: Report, detail: Detail): string {
  const { latency, cost, run } = report;
  const parts = [...proof(report)];
  parts.push(`Base ${sideName(report.base)}, head ${sideName(report.head)}.`);
  if (detail.noteLines > 0 && report.verdict !== 'not-applicable') {
    if (latency.base.p50 !== null && latency.head.p50 !== null)
      parts.push(`Latency p50 ${duration(latency.base.p50)} \u2192 ${duration(latency.head.p50)}.`);
    if (cost.base_per_thousand !== null && cost.head_per_thousand !== null)
      parts.push(
        `Cost per 1,000 documents ${dollars(cost.base_per_thousand)} \u2192 ${dollars(cost.head_per_thousand)}.`,
      );
    parts.push(
      `${duration(run.seconds)}, ${plural(run.documents_run, 'run')}, ${count(run.documents_cached)} from the cache.`,
    );
  }
  if (detail.noteLines > 0) parts.push(...priceSentences(run));
  return `<sub>${escapeMarkdown(clip(parts.join(' '), 1200))}</sub>`;
}
