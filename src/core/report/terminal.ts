/** The report for a terminal: the verdict first, then why, where, and how sure. Plain text in, no cursor movement out. */
import Table from 'cli-table3';
import pc from 'picocolors';
import stringWidth from 'string-width';
import { priceSentences } from './price.js';
import type { FieldDifference, Report, ReportCell, ReportDocument } from './schema.js';
import {
  cellName,
  columnName,
  documentNote,
  documentState,
  type FieldState,
  fieldState,
  fieldsByState,
  FIELD_MARKS,
  exitOf,
  groupFailures,
  headFailed,
  headline,
  listNames,
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
import {
  clip,
  count,
  dollars,
  duration,
  markDifference,
  NO_VALUE,
  percent,
  plural,
  points,
  pValue,
  showValues,
  visible,
} from './values.js';

export interface TerminalOptions {
  readonly color: boolean;
  /** Columns of the terminal; lines are kept within, down to 40. */
  readonly width: number;
  /** Documents shown with their values; 5 when not given. */
  readonly documents?: number;
}

type Colors = ReturnType<typeof pc.createColors>;
interface Page {
  readonly lines: string[];
  readonly width: number;
  readonly colors: Colors;
}

const MAX_UNCHANGED = 12;
const MAX_FIELDS = 60;
const MAX_REASONS = 20;
const MAX_CELLS = 6;
const MAX_FAILURES = 3;
const STDERR_LINES = 8;
const MAX_NOTE_LINES = 4;
const MAX_SUSPECTS = 3;

/** Renders a report as text with (or without) ANSI colours; ends with a line feed. */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const page: Page = {
    lines: [],
    width: Math.max(40, Math.min(160, Math.floor(options.width) || 80)),
    colors: pc.createColors(options.color),
  };
  verdict(page, report);
  if (report.verdict !== 'not-applicable') {
    // Who broke the extractor wants the last words of it, and not what that did to every field.
    const broken = headFailed(report);
    if (broken) failures(page, report);
    fields(page, report);
    slices(page, report);
    documents(page, report, options.documents ?? 5);
    if (!broken) failures(page, report);
    suspects(page, report);
    for (const note of notes(report)) section(page, note.title, note.lines);
  }
  footer(page, report);
  return `${page.lines.map(noCommand).join('\n')}\n`;
}

/**
 * GitHub Actions reads commands (`::error::`, `##[add-path]`) in what a step prints, behind leading white space too; a
 * document's text must not become one. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
function noCommand(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1\\u003a').replaceAll('##[', '#\\u0023[');
}

// ---------------------------------------------------------------- lines

/** Cuts to a width in terminal columns, which wide characters take two of. */
function fit(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += stringWidth(character);
    if (used > width - 1 || kept.length > width * 4) break;
    kept += character;
  }
  return `${kept}\u2026`;
}

/** Words into lines of a width; a word that is longer than a line is cut into pieces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (stringWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    let rest = word;
    while (stringWidth(rest) > width) {
      let piece = '';
      for (const character of rest) {
        if (stringWidth(piece + character) > width) break;
        piece += character;
      }
      if (piece === '') break;
      lines.push(piece);
      rest = rest.slice(piece.length);
    }
    line = rest;
  }
  lines.push(line);
  return lines;
}

/** A paragraph behind a mark: further lines hang under the first. */
function bullet(
  page: Page,
  mark: string,
  text: string,
  paint: (text: string) => string = (same) => same,
): void {
  // A mark takes one column, whatever a table of emoji says.
  const indent = ' '.repeat(4);
  wrap(text, page.width - indent.length).forEach((line, i) => {
    page.lines.push(i === 0 ? `  ${paint(mark)} ${line}` : `${indent}${line}`);
  });
}

function heading(page: Page, title: string, note = ''): void {
  page.lines.push(
    '',
    page.colors.bold(fit(title, page.width)) +
      (note === '' ? '' : page.colors.dim(fit(`  ${note}`, page.width - stringWidth(title)))),
  );
}

/** A note; its first lines, because what it says is beside the verdict and not the verdict. */
function section(page: Page, title: string, lines: readonly string[]): void {
  heading(page, title);
  for (const line of lines.slice(0, MAX_NOTE_LINES)) bullet(page, '\u2022', line, page.colors.dim);
  const rest = lines.length - MAX_NOTE_LINES;
  if (rest > 0) page.lines.push(page.colors.dim(`    and ${count(rest)} more: see --html or --json`));
}

// ---------------------------------------------------------------- verdict

function verdictPaint(page: Page, report: Report): (text: string) => string {
  const { colors } = page;
  if (report.blocked) return colors.red;
  if (report.verdict === 'pass') return colors.green;
  return report.verdict === 'not-applicable' ? colors.cyan : colors.yellow;
}

function verdict(page: Page, report: Report): void {
  const { mark, word } = verdictWords(report);
  const paint = verdictPaint(page, report);
  const label = `${mark} ${word}`;
  const [first = '', ...rest] = wrap(headline(report), page.width - stringWidth(label) - 2);
  page.lines.push(`${page.colors.bold(paint(label))}  ${page.colors.bold(first)}`);
  for (const line of rest) page.lines.push(' '.repeat(stringWidth(label) + 2) + page.colors.bold(line));
  page.lines.push('');
  const marks = {
    block: ['\u2716', page.colors.red],
    warn: ['\u25b2', page.colors.yellow],
    'not-measured': ['?', page.colors.yellow],
    info: ['\u2022', page.colors.dim],
  } as const;
  for (const reason of report.reasons.slice(0, MAX_REASONS)) {
    const [sign, color] = marks[reason.level];
    const named = unnamedDocuments(reason);
    const where = named.length === 0 ? '' : ` Documents: ${listNames(named, 6)}.`;
    bullet(page, sign, `${sentence(reason.text)}${where} [${reason.code}]`, color);
  }
  if (report.reasons.length > MAX_REASONS)
    bullet(page, '\u2022', `and ${count(report.reasons.length - MAX_REASONS)} more reasons`);
}

// ---------------------------------------------------------------- fields

const STATE_COLORS: Readonly<Record<FieldState, 'red' | 'yellow' | 'green' | 'dim'>> = {
  blocked: 'red',
  worse: 'red',
  mixed: 'yellow',
  unreliable: 'yellow',
  better: 'green',
  same: 'dim',
};

/** A table that has no frame, only a line under its head. */
function table(page: Page, head: string[], rows: string[][], left: readonly number[]): void {
  const none = '';
  const chars = {
    top: none,
    'top-mid': none,
    'top-left': none,
    'top-right': none,
    bottom: none,
    'bottom-mid': none,
    'bottom-left': none,
    'bottom-right': none,
    left: none,
    'left-mid': none,
    mid: none,
    'mid-mid': none,
    right: none,
    'right-mid': none,
    middle: '  ',
  };
  const made = new Table({
    chars,
    head: head.map((text) => page.colors.dim(text)),
    colAligns: head.map((_, i) => (left.includes(i) ? 'left' : 'right')),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const row of rows) made.push(row);
  for (const line of made.toString().split('\n')) page.lines.push(`  ${line}`.trimEnd());
}

function fieldRow(
  page: Page,
  field: FieldDifference,
  wide: { p: boolean; rule: boolean; judged: Report['judged'] },
  nameWidth: number,
  inset = '',
): string[] {
  const state = fieldState(field);
  const paint = page.colors[STATE_COLORS[state]];
  const plain = state === 'same' ? page.colors.dim : (text: string): string => text;
  return [
    paint(FIELD_MARKS[state].mark),
    plain(fit(inset + name(field.field), nameWidth)),
    plain(percent(field.base.accuracy)),
    plain(percent(field.head.accuracy)),
    paint(points(field.delta)),
    field.regressed === 0 ? page.colors.dim('0') : String(field.regressed),
    field.fixed === 0 ? page.colors.dim('0') : String(field.fixed),
    ...(wide.p ? [plain(pValue(shownP(wide.judged, field)))] : []),
    ...(wide.rule
      ? [[rule(field), field.unreliable ? 'unreliable' : ''].filter((part) => part !== '').join(', ')]
      : []),
  ];
}

function fields(page: Page, report: Report): void {
  if (report.fields.length === 0 || report.overall.head === null) return;
  const sorted = fieldsByState(report.fields);
  const changed = sorted.filter((field) => fieldState(field) !== 'same');
  const same = sorted.slice(changed.length);
  // A long list of fields without news hides the news.
  const shown = [...changed, ...(same.length <= MAX_UNCHANGED ? same : [])].slice(0, MAX_FIELDS);
  heading(page, 'Fields', `${count(changed.length)} of ${count(report.fields.length)} changed`);
  const wide = {
    judged: report.judged,
    p: page.width >= 72 && shown.some((field) => field.p !== null),
    rule: page.width >= 88 && shown.some((field) => rule(field) !== '' || field.unreliable),
  };
  const longest = Math.max(
    ...shown.map((field) => stringWidth(name(field.field)) + (field.columns === undefined ? 0 : 2)),
    5,
  );
  const nameWidth = Math.max(8, Math.min(longest, page.width - 47 - (wide.p ? 9 : 0) - (wide.rule ? 18 : 0)));
  const rows = shown.flatMap((field) => [
    fieldRow(page, field, wide, nameWidth),
    ...(field.columns ?? [])
      .filter((column) => fieldState(column) !== 'same')
      .map((column) =>
        fieldRow(page, { ...column, field: columnName(field, column) }, wide, nameWidth, '\u2514 '),
      ),
  ]);
  if (rows.length > 0) {
    const head = [
      '',
      'field',
      'base',
      'head',
      '\u0394 points',
      'worse',
      'better',
      ...(wide.p ? ['p'] : []),
      ...(wide.rule ? ['rule'] : []),
    ];
    table(page, head, rows, [0, 1, ...(wide.rule ? [head.length - 1] : [])]);
  }
  if (changed.length > MAX_FIELDS)
    page.lines.push(page.colors.dim(`    and ${count(changed.length - MAX_FIELDS)} more changed fields`));
  if (same.length > MAX_UNCHANGED) {
    const scores = same.map((field) => field.head.accuracy).filter((score) => score !== null);
    const lowest =
      scores.length === 0 ? '' : `, from ${percent(Math.min(...scores))} to ${percent(Math.max(...scores))}`;
    page.lines.push(
      page.colors.dim(fit(`  = ${count(same.length)} fields did not change${lowest}`, page.width)),
    );
  }
}

function slices(page: Page, report: Report): void {
  const told = report.slices.filter((slice) => slice.blocked || slice.regressed > 0);
  if (told.length === 0) return;
  heading(page, 'Slices that lost documents');
  for (const slice of told.slice(0, 10)) {
    const limit = rule(slice);
    bullet(
      page,
      slice.blocked ? '\u2716' : '\u25bc',
      `${name(slice.slice, 40)} ${name(slice.value, 40)}: ${percent(slice.base)} \u2192 ${percent(slice.head)} (${points(slice.delta)}), ${count(slice.regressed)} worse and ${count(slice.fixed)} better of ${plural(slice.documents, 'document')}${limit === '' ? '' : `; ${limit}`}`,
      slice.blocked ? page.colors.red : page.colors.yellow,
    );
  }
}

// ---------------------------------------------------------------- documents

/** A value behind its label; where it differs from what was expected it is underlined, with or without colour. */
function valueLines(page: Page, label: string, text: string, expected: string, wrong: boolean): void {
  const indent = 8 + 16;
  const room = page.width - indent;
  const pieces = wrong && text !== NO_VALUE ? markDifference(text, expected) : [{ text, differs: false }];
  // The difference must be in sight even when the value is longer than the line.
  const before = pieces[0]?.differs === false && pieces.length > 1 ? pieces[0].text : '';
  const cut = stringWidth(text) > room ? Math.max(0, Array.from(before).length - 12) : 0;
  const start = cut > 0 ? `\u2026${Array.from(before).slice(cut).join('')}` : before;
  const shown: { text: string; differs: boolean }[] = [];
  let used = 0;
  for (const piece of [
    ...(before === '' ? [] : [{ text: start, differs: false }]),
    ...pieces.slice(before === '' ? 0 : 1),
  ]) {
    const part = fit(piece.text, Math.max(0, room - used));
    if (room - used < 2) break;
    used += stringWidth(part);
    shown.push({ text: part, differs: piece.differs });
  }
  const painted = shown.map((piece) => (piece.differs ? page.colors.red(piece.text) : piece.text)).join('');
  page.lines.push(`${' '.repeat(8)}${page.colors.dim(label.padEnd(16))}${painted}`.trimEnd());
  const carets = shown
    .map((piece) =>
      piece.differs ? '^'.repeat(Math.max(1, stringWidth(piece.text))) : ' '.repeat(stringWidth(piece.text)),
    )
    .join('')
    .trimEnd();
  if (carets !== '' && !/^\^+$/.test(carets)) page.lines.push(' '.repeat(indent) + page.colors.red(carets));
}

function cellLines(page: Page, cell: ReportCell): void {
  const marks = {
    regressed: ['\u25bc', page.colors.red],
    fixed: ['\u25b2', page.colors.green],
    changed: ['\u25c6', page.colors.yellow],
    same: ['\u00b7', page.colors.dim],
  } as const;
  const [mark, paint] = marks[cell.change];
  const [expected = '', base = '', head = ''] = showValues([cell.expected, cell.base, cell.head], 400);
  const words = {
    regressed: 'became wrong',
    fixed: 'became right',
    changed: 'wrong in another way',
    same: 'wrong on both sides',
  };
  page.lines.push(
    `      ${paint(mark)} ${fit(cellName(cell), page.width - 32)}  ${page.colors.dim(words[cell.change])}`,
  );
  const baseWrong = cell.base_outcome !== 'correct' && cell.base_outcome !== 'absent';
  const headWrong = cell.head_outcome !== 'correct' && cell.head_outcome !== 'absent';
  if (base === head && baseWrong === headWrong) {
    valueLines(page, 'expected', expected, expected, false);
    valueLines(page, 'base and head', head, expected, headWrong);
  } else {
    if (!baseWrong && base === expected) valueLines(page, 'expected, base', expected, expected, false);
    else {
      valueLines(page, 'expected', expected, expected, false);
      valueLines(page, 'base', base, expected, baseWrong);
    }
    valueLines(page, 'head', head, expected, headWrong);
  }
}

function documents(page: Page, report: Report, max: number): void {
  const changed = report.documents.filter((document) => documentState(document) !== 'same');
  const worse = changed.filter((document) => documentState(document) === 'worse');
  const better = changed.filter((document) => documentState(document) === 'better').length;
  const other = changed.filter((document) => documentState(document) === 'changed');
  if (changed.length === 0 || max <= 0) return;
  // A document that failed has nothing to compare value by value; the failures say more about it.
  const told = [...worse, ...other].filter((document) => document.head_status === 'ok');
  heading(
    page,
    'Documents',
    `${count(worse.length)} worse, ${count(better)} better, ${count(other.length)} otherwise changed`,
  );
  const failed = worse.length - worse.filter((document) => document.head_status === 'ok').length;
  if (failed > 0)
    page.lines.push(
      page.colors.dim(
        fit(`  ${plural(failed, 'document')} without a prediction of the head: see the failures`, page.width),
      ),
    );
  for (const document of told.slice(0, max)) documentLines(page, document);
  const rest = told.length - Math.min(told.length, max);
  if (rest > 0)
    page.lines.push(
      page.colors.dim(fit(`    and ${plural(rest, 'more document')}: see --html or --json`, page.width)),
    );
}

function documentLines(page: Page, document: ReportDocument): void {
  const note = documentNote(document);
  const scores = `${percent(document.base)} \u2192 ${percent(document.head)}`;
  const title = fit(name(document.id, 120), Math.max(12, page.width - 4 - stringWidth(scores)));
  const line = `  ${page.colors.bold(title)}  ${scores}`;
  const room = page.width - 6 - stringWidth(title) - stringWidth(scores);
  page.lines.push(room > 8 && note !== '' ? `${line}  ${page.colors.dim(fit(note, room))}` : line);
  const cells = [...document.cells]
    .sort((a, b) => changeOrder(a) - changeOrder(b))
    .filter((cell) => cell.change !== 'same');
  for (const cell of cells.slice(0, MAX_CELLS)) cellLines(page, cell);
  const rest = Math.max(0, cells.length - MAX_CELLS) + (document.cells_omitted ?? 0);
  if (rest > 0) page.lines.push(page.colors.dim(`      and ${plural(rest, 'more cell')}`));
}

const CHANGE_ORDER = { regressed: 0, changed: 1, fixed: 2, same: 3 } as const;
function changeOrder(cell: ReportCell): number {
  return CHANGE_ORDER[cell.change];
}

// ---------------------------------------------------------------- failures and notes

function failures(page: Page, report: Report): void {
  const groups = groupFailures(report.failures);
  if (groups.length === 0) return;
  heading(page, 'Failures', plural(report.failures.length, 'document run'));
  for (const { first, ids } of groups.slice(0, MAX_FAILURES)) {
    bullet(
      page,
      '\u2716',
      `${first.side}, ${name(first.status, 30)}${exitOf(first)}: ${sentence(first.problem, 300)}; ${plural(ids.length, 'document')}: ${listNames(ids, 4)}`,
      page.colors.red,
    );
    const tail = first.stderr_tail
      .split(/\r\n|\r|\n/)
      .filter((line) => line.trim() !== '')
      .slice(-STDERR_LINES);
    for (const line of tail)
      page.lines.push(
        page.colors.dim(`      \u2502 ${fit(clip(visible(line.slice(0, 1000)), 500), page.width - 8)}`),
      );
  }
  if (groups.length > MAX_FAILURES)
    page.lines.push(
      page.colors.dim(`    and ${plural(groups.length - MAX_FAILURES, 'more kind')} of failure`),
    );
}

function suspects(page: Page, report: Report): void {
  const list = report.suspect_labels;
  if (list.length === 0) return;
  heading(page, 'Labels to look at', 'base and head agree with each other and not with the label');
  for (const one of list.slice(0, MAX_SUSPECTS)) {
    const [expected = '', predicted = ''] = showValues([one.expected, one.predicted], 40);
    bullet(
      page,
      '?',
      `${name(one.document)}, ${name(one.field)}${one.row === null ? '' : `, row ${one.row}`}: label ${expected}, both predict ${predicted}`,
      page.colors.yellow,
    );
  }
  if (list.length > MAX_SUSPECTS)
    page.lines.push(page.colors.dim(`    and ${count(list.length - MAX_SUSPECTS)} more`));
}

function footer(page: Page, report: Report): void {
  const { run, latency, cost } = report;
  page.lines.push('');
  const say = (text: string): void => {
    for (const line of wrap(text, page.width)) page.lines.push(page.colors.dim(line));
  };
  const sure = proof(report).join(' ');
  if (sure !== '') say(sure);
  say(`base ${sideName(report.base)} \u00b7 head ${sideName(report.head)}`);
  const parts = [duration(run.seconds)];
  if (report.verdict !== 'not-applicable') {
    parts.push(
      plural(run.documents_run, 'run'),
      `${count(run.documents_cached)} from the cache${run.cached.length === 0 ? '' : ` (${run.cached.join(', ')})`}`,
    );
    if (latency.base.p50 !== null && latency.head.p50 !== null)
      parts.push(
        `latency p50 ${duration(latency.base.p50)} \u2192 ${duration(latency.head.p50)}, p95 ${duration(latency.base.p95)} \u2192 ${duration(latency.head.p95)}`,
      );
    if (cost.base_per_thousand !== null && cost.head_per_thousand !== null)
      parts.push(
        `cost per 1,000 documents ${dollars(cost.base_per_thousand)} \u2192 ${dollars(cost.head_per_thousand)}`,
      );
  }
  if (run.enforce !== 'block') parts.push(`enforce: ${run.enforce}`);
  if (run.sandbox !== 'none') parts.push(`sandbox: ${run.sandbox}`);
  say(parts.join(' \u00b7 '));
  for (const price of priceSentences(run)) say(price);
}
