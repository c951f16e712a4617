import { cellsOf } from '../compare/field.js';
import { compareIds } from '../compare/pairing.js';
import type { Reason, ReasonCode } from '../report/schema.js';
import type { PairedDocument, PredictionStatus, SideOfDocument } from '../words.js';
import type { JudgeInput } from './input.js';
import { count, list, name } from './text.js';

/**
 * Whether there is anything to judge. `decided`: the reasons settle the verdict before any score is looked at.
 * `head-only`: no usable base, so only floors apply.
 */
export type Evidence =
  | { readonly kind: 'decided'; readonly reasons: readonly Reason[] }
  | {
      readonly kind: 'head-only' | 'paired';
      readonly documents: readonly PairedDocument[];
      readonly reasons: readonly Reason[];
    };

type Side = 'base' | 'head';
type Failure = Exclude<PredictionStatus, 'ok'>;

const FAILURE_CODES: Readonly<Record<Failure, ReasonCode>> = {
  crashed: 'extractor_crashed',
  'invalid-output': 'extractor_invalid_output',
  timeout: 'extractor_timed_out',
  memory: 'extractor_out_of_memory',
  'output-limit': 'extractor_output_limit',
  'not-run': 'extractor_timed_out',
};
const FAILURE_WORDS: Readonly<Record<Failure, string>> = {
  crashed: 'crashed',
  'invalid-output': 'did not print one valid JSON object',
  timeout: 'ran longer than its time limit',
  memory: 'used more memory than its limit',
  'output-limit': 'printed more than the output limit',
  'not-run': 'was not started before the time of the whole side was over',
};
/** Also the order in which equally frequent failures are named. */
const FAILURES = Object.keys(FAILURE_CODES) as readonly Failure[];

/** Looks for what makes a comparison of scores meaningless; the order of the questions is the order of causes. */
export function examine(input: JudgeInput): Evidence {
  const { documents, setup } = input;
  const decided = (
    code: ReasonCode,
    level: Reason['level'],
    text: string,
    ids?: readonly string[],
  ): Evidence => ({
    kind: 'decided',
    reasons: [{ code, level, text, ...(ids === undefined ? {} : { documents: [...ids] }) }],
  });
  if (documents.length === 0)
    return decided('no_documents', 'not-measured', 'The dataset has no documents, so nothing was measured.');
  if (input.labelled === 0) {
    return decided(
      'no_labels',
      'not-measured',
      'The dataset has no labels, so no prediction can be called right or wrong.',
    );
  }
  if (setup?.kind === 'infrastructure') return decided('infrastructure', 'not-measured', setup.text);
  if (setup?.side === 'head') return decided('setup_failed', 'block', setup.text);

  const hasBase = input.baseline === 'measured' && setup === undefined;
  const baseWorks = hasBase && documents.some(({ base }) => base.status === 'ok');
  const baseSays = baseWorks && documents.some(({ base }) => saysSomething(base));
  const headFailures = failuresOf(documents, 'head');

  if (headFailures.length === documents.length) {
    const { code, text } = describeFailures(headFailures, documents.length, 'head');
    if (!hasBase || baseWorks) return decided(code, 'block', text, idsOf(headFailures));
    return decided(
      code,
      'not-measured',
      `${text} The base did no better, so there is nothing to compare.`,
      idsOf(headFailures),
    );
  }
  if (!documents.some(({ base, head }) => hasLabel(head) || hasLabel(base))) {
    return decided(
      'no_matching_field',
      'not-measured',
      'No label has a value for any field of the configuration: check the field paths against the keys in labels.jsonl.',
    );
  }
  if (!documents.some(({ head }) => saysSomething(head))) {
    const text = `The extractor ran on ${count(documents.length, 'document')} and returned no value for any field of the configuration.`;
    if (!hasBase || baseSays)
      return decided('predicts_nothing', 'block', text, documents.map(({ id }) => id).sort(compareIds));
    return decided(
      'predicts_nothing',
      'not-measured',
      `${text} The base did no better, so there is nothing to compare.`,
    );
  }
  if (input.baseline === 'none') {
    return { kind: 'head-only', documents, reasons: [bootstrap()] };
  }
  if (!baseSays) {
    const why =
      setup?.text ??
      (baseWorks
        ? 'The extractor of the base returned no value for any field.'
        : describeFailures(failuresOf(documents, 'base'), documents.length, 'base').text);
    return {
      kind: 'head-only',
      documents,
      reasons: [brokenBase(`${why} There is no baseline to compare with: only floors were applied.`)],
    };
  }
  // A document that the base never got to says nothing about the head; one that the base failed on does.
  const wasSeen = ({ base }: PairedDocument): boolean => base.runs > 0 && base.status !== 'not-run';
  const unseen = documents.filter((document) => !wasSeen(document));
  if (unseen.length === 0) return { kind: 'paired', documents, reasons: [] };
  const ids = unseen.map(({ id }) => id).sort(compareIds);
  return {
    kind: 'paired',
    documents: documents.filter(wasSeen),
    reasons: [
      {
        code: 'baseline_broken',
        level: 'warn',
        documents: ids,
        text: `The base was not measured on ${count(ids.length, 'document')} (${list(ids)}); they were left out of the comparison.`,
      },
    ],
  };
}

/**
 * Documents on which the head has no valid prediction and the base has one, one reason for each kind of failure.
 *
 * @param level what the loss of these documents does: they count as wrong in every field, so the scores decide
 */
export function headFailures(documents: readonly PairedDocument[], level: 'block' | 'warn'): Reason[] {
  const lost = failuresOf(documents, 'head').filter(({ base }) => base.status === 'ok');
  return FAILURES.flatMap((status) => {
    const affected = lost.filter(({ head }) => head.status === status);
    if (affected.length === 0) return [];
    const ids = idsOf(affected);
    return [
      {
        code: FAILURE_CODES[status],
        level,
        documents: ids,
        text: `On ${affected.length} of ${count(documents.length, 'document')} the extractor of the head ${FAILURE_WORDS[status]}, where the base gave a prediction: ${list(ids)}. They count as wrong in every field.`,
      },
    ];
  });
}

function describeFailures(
  failed: readonly PairedDocument[],
  of: number,
  side: Side,
): { code: ReasonCode; text: string } {
  const times = (status: Failure): number =>
    failed.filter((document) => document[side].status === status).length;
  const most = FAILURES.reduce((best, status) => (times(status) > times(best) ? status : best));
  const others = FAILURES.filter((status) => status !== most && times(status) > 0);
  const example = idsOf(failed.filter((document) => document[side].status === most))[0] ?? '';
  const more = others.map((status) => `; on ${times(status)} it ${FAILURE_WORDS[status]}`).join('');
  return {
    code: FAILURE_CODES[most],
    text: `The extractor of the ${side} ${FAILURE_WORDS[most]} on ${times(most)} of ${count(of, 'document')}${more}, and gave no valid prediction at all. Example: ${name(example)}.`,
  };
}

function failuresOf(documents: readonly PairedDocument[], side: Side): PairedDocument[] {
  return documents.filter((document) => document[side].status !== 'ok');
}

function idsOf(documents: readonly PairedDocument[]): string[] {
  return documents.map(({ id }) => id).sort(compareIds);
}

/** Any predicted value, right or wrong. */
function saysSomething(side: SideOfDocument): boolean {
  return side.counts.some(({ correct, wrong, spurious }) => correct + wrong + spurious > 0);
}

function hasLabel(side: SideOfDocument): boolean {
  return side.counts.some((counts) => cellsOf(counts) - counts.spurious > 0);
}

function bootstrap(): Reason {
  return {
    code: 'bootstrap',
    level: 'info',
    text: 'There is no baseline yet: only floors (`min`) were applied, and nothing was compared.',
  };
}

function brokenBase(text: string): Reason {
  return { code: 'baseline_broken', level: 'info', text };
}
