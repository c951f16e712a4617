/**
 * A report for people outside: aggregates only. Whoever can run code of theirs again and again could read the labels out
 * of the differences of single documents, and the documents out of what their extractor prints. So nothing that names a
 * document, holds a value or was written by the evaluated code stays; sentences are written anew from the numbers.
 */
import type { EvaluationFailure } from '../app-words.js';
import type { Reason, ReasonCode, Report } from '../report/schema.js';
import { count, percent, plural } from '../report/values.js';
import { name } from '../report/words.js';

const NOTE =
  'Documents, values, slices, costs and outputs are left out: the author has no write access, and single differences give labels away.';

/** Only numbers over the whole dataset and over fields of the base's configuration. Redacting twice changes nothing. */
export function redactReport(report: Report): Report {
  const { noise, coverage, cost } = report;
  if (isRedacted(report)) return report;
  return {
    ...report,
    reasons: report.reasons.map((reason) => redactReason(reason, report)),
    slices: [],
    hidden_losses: [],
    documents: [],
    failures: [],
    noise: {
      ...noise,
      self_check: noise.self_check === null ? null : { ...noise.self_check, reasons: [] },
    },
    coverage: {
      thin: coverage.thin
        .filter(({ kind }) => kind === 'all' || kind === 'field')
        .map((one) => ({ ...one, text: thinText(one) })),
      never_labelled: coverage.never_labelled,
      never_predicted: coverage.never_predicted,
      // Names that the extractor chose.
      unknown_predicted: [],
    },
    suspect_labels: [],
    added_documents: report.added_documents === null ? null : { ...report.added_documents, ids: [] },
    label_changes:
      report.label_changes === null
        ? null
        : {
            ...report.label_changes,
            changes: [],
            omitted: report.label_changes.omitted + report.label_changes.changes.length,
          },
    // The sums are what the extractor said: a number of its choice.
    cost: {
      base_usd: null,
      head_usd: null,
      base_per_thousand: null,
      head_per_thousand: null,
      max_increase: cost.max_increase,
    },
    // How long documents take is told by how long they are billed.
    run: { ...report.run, compute: null, reported_usd: null, estimate: null },
    warnings: [NOTE],
  };
}

/** Why there is no verdict, for people outside: what is wrong with a dataset may name documents. */
export function redactFailure(failure: EvaluationFailure): EvaluationFailure {
  switch (failure.class) {
    case 'timed-out':
      return failure;
    case 'configuration':
      return { ...failure, message: 'the configuration or the dataset has to be mended', mend: null };
    case 'over-budget':
      return { ...failure, message: 'it would cost more than the budget allows' };
    case 'infrastructure':
      return { ...failure, message: 'the infrastructure failed, not the pull request', mend: null };
  }
}

function isRedacted({ warnings, documents, failures }: Report): boolean {
  return warnings.length === 1 && warnings[0] === NOTE && documents.length + failures.length === 0;
}

function thinText({ kind, name: of, documents }: Report['coverage']['thin'][number]): string {
  return kind === 'all'
    ? `This is a verdict on ${plural(documents, 'document')}.`
    : `Only ${plural(documents, 'document')} ${documents === 1 ? 'has' : 'have'} ${name(of)}.`;
}

function redactReason(reason: Reason, report: Report): Reason {
  const { code, level, field, documents } = reason;
  const on =
    documents === undefined
      ? ''
      : ` on ${plural(documents.length, 'document')} of ${count(report.dataset.documents)}`;
  const text = SENTENCES[code];
  return {
    code,
    level,
    ...(field === undefined ? {} : { field }),
    text:
      typeof text === 'string'
        ? text
        : text({ field: name(field ?? 'a field'), on, report, of: sides(report, field) }),
  };
}

interface Told {
  readonly field: string;
  /** ` on 3 documents of 71`, or nothing where the reason names none. */
  readonly on: string;
  /** ` (97.2 % to 93.0 %)`, or nothing. */
  readonly of: string;
  readonly report: Report;
}

function sides({ fields }: Report, path: string | undefined): string {
  const found = fields
    .flatMap((field) => [field, ...(field.columns ?? [])])
    .find(({ field }) => field === path);
  return found === undefined ? '' : ` (${percent(found.base.accuracy)} to ${percent(found.head.accuracy)})`;
}

const overall = ({ report: { overall: o } }: Told): string => `${percent(o.base)} to ${percent(o.head)}`;

/** For every code a sentence of numbers; a new code cannot be forgotten. */
const SENTENCES: Readonly<Record<ReasonCode, string | ((told: Told) => string)>> = {
  overall_dropped: (told) => `The overall score fell by more than is allowed (${overall(told)}).`,
  field_regressed: ({ field, on, of }) => `${field} fell by more than is allowed${of}${on}.`,
  slice_regressed: 'A slice of the dataset fell by more than is allowed.',
  below_floor: (told) => `The overall score is below its floor (${overall(told)}).`,
  field_below_floor: ({ field, of }) => `${field} is below its floor${of}.`,
  slice_below_floor: 'A slice of the dataset is below its floor.',
  new_errors: ({ field, on }) => `${field} became wrong on more documents than are allowed${on}.`,
  hidden_losses: ({ on }) => `The sum did not fall, and still documents became worse${on}.`,
  latency_increased: 'A document takes longer than is allowed.',
  cost_increased: 'A document costs more than is allowed.',
  extractor_crashed: ({ on }) => `The extractor crashed${on}.`,
  extractor_timed_out: ({ on }) => `The extractor ran longer than its time limit${on}.`,
  extractor_out_of_memory: ({ on }) => `The extractor used more memory than its limit${on}.`,
  extractor_output_limit: ({ on }) => `The extractor printed more than is read${on}.`,
  extractor_invalid_output: ({ on }) => `The extractor did not print one valid JSON object${on}.`,
  setup_failed: 'The setup command ended with an error.',
  predicts_nothing: 'The extractor returned no value for any field of the configuration.',
  no_documents: 'There is no document to measure.',
  no_labels: 'The dataset has no labels.',
  no_matching_field: 'No label has any of the configured fields.',
  unreliable_baseline: 'The base compared with itself would block under this policy.',
  infrastructure: 'The infrastructure failed, not the code.',
  interrupted: 'The run was stopped.',
  no_drop: 'No score fell.',
  within_limit: ({ field, of }) =>
    `Something fell, by no more than is allowed${of === '' ? '' : `: ${field}${of}`}.`,
  within_noise: 'Something fell, and it cannot be told from noise.',
  inconclusive: 'Something fell by more than is allowed, and it cannot be told from noise.',
  churn: 'About as many documents were lost as won.',
  not_confirmed: 'A first judgement was red; run again on both sides, it was not.',
  baseline_broken: 'The base itself fails or misses documents.',
  bootstrap: 'The base has no configuration or no measurement: only floors apply.',
  same_fingerprint: 'No file that the paths match differs.',
  merge_conflict:
    'Base and head conflict, so the head was compared with the merge base; merge or rebase to see the result of the merge.',
  unreliable_field: ({ field }) =>
    `${field === 'a field' ? 'A field' : field} differs between two runs of the same code.`,
  rule_without_evidence: ({ field }) => `A rule (${field}) cannot act with so few documents.`,
  latency_unmeasured: 'The latency rule was not applied: there is no time to apply it to.',
  cost_unmeasured: 'The cost rule was not applied: there is no cost to apply it to.',
  labels_changed: 'The head changes labels.',
  config_changed: 'The head changes the configuration; this verdict is by the base\u2019s.',
  documents_added: 'The head adds documents; they are no part of the verdict.',
  enforce_lowered: 'This would block, and the policy lets it through.',
};
