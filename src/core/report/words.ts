/** The report's own words: one headline, one mark, one sentence for each state, shared by every form of the report. */
import type { FieldDifference, Report, ReportDocument, Verdict } from './schema.js';
import {
  clip,
  count,
  interval,
  percent,
  plural,
  points,
  pointsInWords,
  pValue,
  showValue,
  visible,
} from './values.js';

/** A mark that says the state without colour, and the words beside it. */
export const VERDICT_WORDS: Readonly<Record<Verdict, { mark: string; word: string; says: string }>> = {
  pass: { mark: '\u2714', word: 'PASSED', says: 'Nothing got worse beyond what the policy allows.' },
  'pass-unproven': {
    mark: '\u2248',
    word: 'PASSED, UNPROVEN',
    says: 'No drop was seen, but one that matters could have stayed unseen.',
  },
  warn: {
    mark: '\u25b2',
    word: 'WARNING',
    says: 'Something got worse; the policy says to warn and not to block.',
  },
  block: { mark: '\u2716', word: 'BLOCKED', says: 'Something got worse than the policy allows.' },
  'not-measured': {
    mark: '?',
    word: 'NOT MEASURED',
    says: 'There is no measurement to judge, so nothing passes.',
  },
  'not-applicable': {
    mark: '\u25cb',
    word: 'NOTHING TO MEASURE',
    says: 'No watched file differs between base and head.',
  },
};

/** The words of a report's verdict; a policy that only watches (`enforce: shadow`) does not say that it blocked. */
export function verdictWords(report: Report): { mark: string; word: string; says: string } {
  if (report.verdict !== 'block' || report.blocked) return VERDICT_WORDS[report.verdict];
  return {
    mark: VERDICT_WORDS.block.mark,
    word: 'WOULD BLOCK',
    says: `Something got worse than the policy allows, which is only watched (enforce: ${report.run.enforce}).`,
  };
}

/** A name (field, document, slice, pipeline) for one line: visible and bounded. */
export function name(text: string, max = 80): string {
  return clip(visible(clip(text, max)), max);
}

/** A reason's or warning's sentence for one line: visible and bounded. */
export function sentence(text: string, max = 600): string {
  return clip(visible(clip(text, max)), max);
}

/** `invoices: overall 91.2 % → 87.4 % (−3.8 points)`: what the verdict is about, without the verdict's own word. */
export function headline(report: Report): string {
  const { base, head, delta } = report.overall;
  const pipeline = name(report.pipeline, 60);
  if (report.verdict === 'not-applicable') return `${pipeline}: no watched file differs from the base`;
  if (head === null) {
    const why = report.reasons.find((one) => one.level === 'not-measured' || one.level === 'block');
    return `${pipeline}: ${why === undefined ? 'there is no score' : sentence(why.text, 160)}`;
  }
  if (base === null) return `${pipeline}: overall ${percent(head)}, without a base to compare with`;
  return `${pipeline}: overall ${percent(base)} \u2192 ${percent(head)} (${pointsInWords(delta)})`;
}

export type FieldState = 'blocked' | 'worse' | 'mixed' | 'better' | 'unreliable' | 'same';

/** What happened to a field; `mixed`: documents were lost and as many won. */
export function fieldState(field: FieldDifference): FieldState {
  if (field.blocked) return 'blocked';
  if (field.unreliable) return 'unreliable';
  const delta = field.delta ?? 0;
  if (delta < -1e-12 || field.regressed > field.fixed) return 'worse';
  if (delta > 1e-12 || field.fixed > field.regressed) return 'better';
  return field.regressed > 0 ? 'mixed' : 'same';
}

export const FIELD_MARKS: Readonly<Record<FieldState, { mark: string; word: string }>> = {
  blocked: { mark: '\u2716', word: 'blocks' },
  worse: { mark: '\u25bc', word: 'worse' },
  mixed: { mark: '\u25c6', word: 'lost and won' },
  better: { mark: '\u25b2', word: 'better' },
  unreliable: { mark: '~', word: 'unreliable' },
  same: { mark: '=', word: 'same' },
};

/** A column's name below its table: `quantity` for `line_items.quantity`. */
export function columnName(table: FieldDifference, column: { readonly field: string }): string {
  return column.field.startsWith(`${table.field}.`)
    ? column.field.slice(table.field.length + 1)
    : column.field;
}

const STATE_ORDER: readonly FieldState[] = ['blocked', 'worse', 'mixed', 'unreliable', 'better', 'same'];

/** Fields in the order in which a reader needs them: what blocks, what got worse, …; the configuration's order within. */
export function fieldsByState(fields: readonly FieldDifference[]): FieldDifference[] {
  return [...fields].sort((a, b) => STATE_ORDER.indexOf(fieldState(a)) - STATE_ORDER.indexOf(fieldState(b)));
}

/** The rule of a field in words: `no drop, at least 95 %`. Limits of a drop are percentage points, floors fractions. */
export function rule(of: { readonly max_drop: number | null; readonly min: number | null }): string {
  const parts: string[] = [];
  if (of.max_drop === 0) parts.push('no drop');
  else if (of.max_drop !== null) parts.push(`drop \u2264 ${count(of.max_drop)}`);
  if (of.min !== null) parts.push(`\u2265 ${count(of.min * 100)} %`);
  return parts.join(', ');
}

/** Did anything of this document change, or fail, between base and head? */
export function documentState(document: ReportDocument): 'worse' | 'better' | 'changed' | 'same' {
  const failed = (status: string): boolean => status !== 'ok';
  const delta = documentDelta(document) ?? 0;
  if (delta < -1e-12 || (failed(document.head_status) && !failed(document.base_status))) return 'worse';
  if (delta > 1e-12 || (failed(document.base_status) && !failed(document.head_status))) return 'better';
  return document.cells.some((cell) => cell.change !== 'same') ? 'changed' : 'same';
}

/** Head score minus base score of one document; null when either has none. */
export function documentDelta(document: ReportDocument): number | null {
  return document.base === null || document.head === null ? null : document.head - document.base;
}

/** `template vendor-17, language de`. */
export function documentNote(document: ReportDocument): string {
  const slices = Object.entries(document.slices ?? {}).map(
    ([key, value]) => `${name(key, 30)} ${name(value, 30)}`,
  );
  return [
    ...(document.template === undefined ? [] : [`template ${name(document.template, 40)}`]),
    ...slices.slice(0, 6),
  ].join(', ');
}

/** `line_items.quantity, row 3`. */
export function cellName(cell: { readonly field: string; readonly row?: number | null | undefined }): string {
  if (cell.row === undefined) return name(cell.field);
  return `${name(cell.field)}, ${cell.row === null ? 'additional row' : `row ${cell.row}`}`;
}

/** Is it real? The sentences that say how the verdict was reached and what it could not have seen. */
export function proof(report: Report): string[] {
  const said: string[] = [];
  const { overall, dataset, runs, noise } = report;
  if (report.verdict === 'not-applicable') return said;
  const templates =
    dataset.templates > 0 && dataset.templates < dataset.documents
      ? ` of ${plural(dataset.templates, 'template')}`
      : '';
  said.push(`${plural(dataset.documents, 'document')}${templates}.`);
  if (report.judged === 'exact') {
    said.push(
      report.deterministic
        ? 'The extractor gives the same answer every time, so every change is real.'
        : 'The extractor is noisy and judged exactly, as the configuration asks.',
    );
  } else if (report.judged === 'statistical') {
    said.push(
      `The extractor is ${report.deterministic ? 'deterministic' : 'noisy'} and judged statistically: ${runs.base} and ${runs.head} runs of base and head were averaged.`,
    );
  }
  if (overall.ci !== null) {
    said.push(
      `95 % interval of the difference ${interval(overall.ci)} points${overall.p === null ? '' : `, p = ${pValue(overall.p)}`.replace('= <', '<')}.`,
    );
  }
  if (overall.smallest_detectable_drop !== null) {
    said.push(
      `Smallest drop that could have been seen: ${points(overall.smallest_detectable_drop).slice(1)} points.`,
    );
  }
  if (noise.confirmation !== null) {
    const { documents, runs: again, confirmed } = noise.confirmation;
    said.push(
      `${plural(documents, 'document')} ran ${plural(again, 'more time')} on both sides: the drop was ${confirmed ? '' : 'not '}confirmed.`,
    );
  }
  return said;
}

/** A reason's documents, unless its text names some of them already. */
export function unnamedDocuments(reason: Report['reasons'][number]): readonly string[] {
  const ids = reason.documents ?? [];
  return ids.some((id) => reason.text.includes(id)) ? [] : ids;
}

/** `main @ 1a2b3c4 (tip of main)`; the head says what it is the merge of. */
export function sideName(side: Report['base'] | Report['head']): string {
  const commit = side.commit === null ? '' : name(side.commit, 64).slice(0, 10);
  if ('dirty' in side) {
    const ref = side.ref === null ? 'working tree' : name(side.ref);
    const how = [
      side.dirty ? 'with uncommitted changes' : '',
      side.merged ? 'merged into the base' : 'not merged: it conflicts with the base',
    ];
    return `${ref}${commit === '' ? '' : ` ${commit}`} (${how.filter((part) => part !== '').join(', ')})`;
  }
  return `${side.ref === null ? '' : `${name(side.ref)} `}${commit}${side.chosen === '' ? '' : ` (${name(side.chosen, 120)})`}`.trim();
}

/** Failures with one cause together: the first of them and the documents that it struck. */
export interface FailureGroup {
  readonly first: Report['failures'][number];
  readonly ids: readonly string[];
}

export function headFailed({ failures }: Report): boolean {
  return failures.some(({ side }) => side === 'head');
}

/** `, exit code 3` or `, signal SIGSEGV`, unless the problem says so itself. */
export function exitOf({ exit_code: code, signal, problem }: Report['failures'][number]): string {
  const text = code !== null ? `exit code ${code}` : signal !== null ? `signal ${name(signal, 20)}` : '';
  return text === '' || problem.includes(text) ? '' : `, ${text}`;
}

/** Groups failures by side, status, problem and exit; the largest group first, head before base. */
export function groupFailures(failures: Report['failures']): FailureGroup[] {
  const groups = new Map<string, { first: Report['failures'][number]; ids: string[] }>();
  for (const failure of failures) {
    const key = JSON.stringify([
      failure.side,
      failure.status,
      failure.problem,
      failure.exit_code,
      failure.signal,
    ]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: failure, ids: [failure.id] });
    else group.ids.push(failure.id);
  }
  return [...groups.values()].sort(
    (a, b) =>
      Number(b.first.side === 'head') - Number(a.first.side === 'head') || b.ids.length - a.ids.length,
  );
}

/** Notes about noise, coverage, labels and configuration, each only when it says something. */
export interface Note {
  readonly title: string;
  readonly lines: readonly string[];
}

/** One line for all slices, and one for all templates, in which a single document weighs much. */
function fewDocuments(title: string, { thin }: Report['coverage'], kind: 'slice' | 'template'): string[] {
  const found = thin.filter((one) => one.kind === kind);
  const named = found.map((one) => `${one.name} (${count(one.documents)})`);
  return found.length === 0 ? [] : [`${title} with few documents to see a drop in: ${listNames(named, 12)}.`];
}

/**
 * The p-value to show beside a field: adjusted for the number of fields where it decides, and plain where every change
 * counts and it only says whether this would generalise.
 */
export function shownP(
  judged: Report['judged'],
  field: Pick<FieldDifference, 'p' | 'p_adjusted' | 'regressed' | 'fixed'>,
): number | null {
  if (field.regressed + field.fixed === 0) return null;
  return judged === 'statistical' ? (field.p_adjusted ?? field.p) : field.p;
}

export function notes(report: Report): Note[] {
  const found: Note[] = [];
  const add = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) found.push({ title, lines });
  };
  const { noise, coverage } = report;
  add('Hidden losses', report.hidden_losses.map(hiddenLoss));
  add('Noise', [
    ...noise.fields.map(
      (one) =>
        `${name(one.field)}: two runs of the same ${one.side} code differ in ${one.values_differ} of ${plural(one.of, 'document')}, which changes the score of ${one.scores_differ}.`,
    ),
    ...(noise.self_check === null
      ? []
      : [
          `Base against itself ${noise.self_check.would_block ? 'would block' : 'passes'} under this policy; ${percent(noise.self_check.flip_rate)} of the documents differ between two runs.`,
        ]),
  ]);
  add('Coverage', [
    ...coverage.thin
      .filter(({ kind }) => kind === 'all' || kind === 'field')
      .map((one) => sentence(one.text)),
    ...fewDocuments('Slices', coverage, 'slice'),
    ...fewDocuments('Templates', coverage, 'template'),
    ...(coverage.never_labelled.length === 0 ? [] : [`No label has: ${listNames(coverage.never_labelled)}.`]),
    ...(coverage.never_predicted.length === 0
      ? []
      : [`No prediction has: ${listNames(coverage.never_predicted)}.`]),
    ...(coverage.unknown_predicted.length === 0
      ? []
      : [
          `Predicted, but not in the configuration: ${listNames(coverage.unknown_predicted.map((one) => one.field))}.`,
        ]),
  ]);
  if (report.added_documents !== null) {
    const { documents, base, head, ids } = report.added_documents;
    add('Added documents', [
      `${plural(documents, 'document')} added by the head, reported apart and never part of the verdict: base ${percent(base)}, head ${percent(head)}: ${listNames(ids)}.`,
    ]);
  }
  if (report.label_changes !== null) {
    const { changes, omitted, judged_by: by, other } = report.label_changes;
    const would =
      other.would_block === null ? '' : other.would_block ? ', which would block' : ', which would not block';
    add('Changed labels', [
      `${plural(changes.length + omitted, 'label')} changed by the head; judged by ${by === 'both' ? 'both sides\u2019' : `the ${by}\u2019s`} labels. Under the ${other.labels}\u2019s labels: ${percent(other.base)} \u2192 ${percent(other.head)}${would}.`,
      ...changes
        .slice(0, 10)
        .map(
          (one) =>
            `${name(one.document)}, ${name(one.field)}: ${showValue(one.base, 60)} \u2192 ${showValue(one.head, 60)}`,
        ),
      ...(changes.length + omitted > 10 ? [`and ${count(changes.length + omitted - 10)} more`] : []),
    ]);
  }
  add(
    'Configuration changed by the head (the base\u2019s is used)',
    report.config_changes.map((one) => sentence(one)),
  );
  if (report.masked.length > 0)
    add('Masked values', [
      `The configuration masks ${listNames(report.masked)}: their values, the documents and what the extractor printed are not shown.`,
    ]);
  add(
    'Warnings',
    report.warnings.map((one) => sentence(one)),
  );
  return found;
}

/** One hidden loss as a sentence. */
export function hiddenLoss(loss: Report['hidden_losses'][number]): string {
  const where = loss.scope === 'all' ? 'In the whole' : `In ${loss.scope} ${name(loss.name)}`;
  const net =
    Math.abs(loss.delta) < 1e-12
      ? 'no net change'
      : `a net ${loss.delta > 0 ? 'gain' : 'change'} of ${points(loss.delta)} points`;
  return `${where}, ${net} hides ${plural(loss.documents.length, 'document')} that became worse: ${listNames(loss.documents)}.`;
}

/** Up to eight names of a list. */
export function listNames(names: readonly string[], max = 8): string {
  const shown = names.slice(0, max).map((one) => name(one, 60));
  return names.length > max ? `${shown.join(', ')} and ${count(names.length - max)} more` : shown.join(', ');
}
