/** Predictions against labels: cells, fields, documents. Definitions: docs/scoring.md. */
import type {
  Cell,
  DocumentScore,
  FieldScore,
  FieldSpec,
  Json,
  Label,
  ListSpec,
  Prediction,
  ScalarSpec,
  TableSpec,
} from '../words.js';
import { acceptedFor, type Accepted } from './accept.js';
import { compileComparator, type Comparator } from './comparator.js';
import { compileColumns, type Column } from './grid.js';
import { scoreRows } from './score-rows.js';
import { Tally } from './tally.js';
import { isValue, valueAtParts } from './values.js';

export interface Scorer {
  /**
   * Scores one prediction against one label. A prediction that is absent or not `ok` is wrong in every field that is
   * labelled: all its labelled cells are missing, the document's score is 0 and it is not exact, even if nothing is
   * labelled. Never throws, whatever the prediction holds.
   */
  score(label: Label, prediction: Prediction | undefined): DocumentScore;
}

interface CompiledField {
  readonly field: FieldSpec;
  readonly parts: readonly string[] | undefined;
  readonly weight: number;
  readonly score: (
    expected: Json | undefined,
    predicted: Json | undefined,
    accepted: Accepted | undefined,
    cells: Cell[],
    failed: boolean,
  ) => FieldScore;
}

const NOT_LABELLED: FieldScore = {
  counts: { correct: 0, wrong: 0, missing: 0, spurious: 0, absent: 1 },
  score: null,
};

/**
 * A scorer for one configuration. Keep it for all documents: it remembers what it has read.
 *
 * `missingLabels`: `absent` reads a key that a label lacks as "the document has no such value"; `unlabelled` as "nobody
 * looked", and counts nothing there. A key that is there with `null` says "no value" under both.
 */
export function createScorer(
  fields: readonly FieldSpec[],
  options: { readonly missingLabels: 'absent' | 'unlabelled' },
): Scorer {
  const unlabelled = options.missingLabels === 'unlabelled';
  const comparators = new Map<string, Comparator>();
  const comparatorFor = (spec: ScalarSpec): Comparator => {
    const key = JSON.stringify(spec);
    let comparator = comparators.get(key);
    if (comparator === undefined) comparators.set(key, (comparator = compileComparator(spec)));
    return comparator;
  };
  const compiled = fields.map((field) => compileField(field, comparatorFor, unlabelled));

  return {
    score(label, prediction) {
      const predicted = prediction?.status === 'ok' ? prediction.fields : undefined;
      const failed = predicted === undefined;
      const accepts = Object.keys(label.accept).length > 0;
      const cells: Cell[] = [];
      const scores: FieldScore[] = [];
      let sum = 0;
      let weights = 0;
      let labelled = 0;
      let faults = 0;
      for (const { field, parts, weight, score } of compiled) {
        const accepted = accepts ? acceptedFor(field, label.accept) : undefined;
        const expected = valueAtParts(label.fields, field.path, parts);
        if (unlabelled && expected === undefined && (accepted === undefined || accepted.whole.length === 0)) {
          scores.push(NOT_LABELLED);
          continue;
        }
        labelled++;
        const found = failed ? undefined : valueAtParts(predicted, field.path, parts);
        const result = score(expected, found, accepted, cells, failed);
        scores.push(result);
        if (result.score === null) continue;
        sum += weight * result.score;
        weights += weight;
        if (result.score < 1) faults++;
      }
      return {
        id: label.id,
        score: failed ? 0 : weights > 0 ? sum / weights : null,
        exact: !failed && labelled > 0 && faults === 0,
        fields: scores,
        cells,
      };
    },
  };
}

function compileField(
  field: FieldSpec,
  comparatorFor: (spec: ScalarSpec) => Comparator,
  unlabelled: boolean,
): CompiledField {
  const { path, spec, weight } = field;
  const parts = path.includes('.') ? path.split('.') : undefined;
  if (spec.type === 'list' || spec.type === 'table') {
    return {
      field,
      parts,
      weight,
      score: compileRows(path, spec, compileColumns(spec, comparatorFor), unlabelled),
    };
  }
  const comparator = comparatorFor(spec);
  return {
    field,
    parts,
    weight,
    score: (expected, predicted, accepted, cells, failed) =>
      scoreScalar(path, comparator, expected, predicted, accepted?.whole, cells, failed),
  };
}

function compileRows(
  path: string,
  spec: ListSpec | TableSpec,
  columns: readonly Column[],
  unlabelled: boolean,
): CompiledField['score'] {
  return (expected, predicted, accepted, cells, failed) => {
    const settings = { path, spec, columns, unlabelled, failed };
    if (accepted === undefined) return scoreRows(settings, expected, predicted, undefined, cells);
    const whole = failed ? [] : accepted.whole;
    const labels = expected === undefined && whole.length > 0 ? whole : [expected, ...whole];
    // Nothing was predicted and "nothing" is right too: every cell of the label is.
    if (!failed && isValue(labels[0]) && !isValue(predicted) && labels.some((other) => !isValue(other))) {
      return scoreRows({ ...settings, acceptedAbsent: true }, labels[0], undefined, undefined, cells);
    }
    let best: FieldScore | undefined;
    let bestCells: Cell[] = [];
    for (const [index, one] of labels.entries()) {
      const own: Cell[] = [];
      // Alternatives of single cells belong to the label's own rows.
      const result = scoreRows(settings, one, predicted, index === 0 ? accepted.cells : undefined, own);
      if (best !== undefined && !isBetter(result, best)) continue;
      best = result;
      bestCells = own;
    }
    for (const cell of bestCells) cells.push(cell);
    return best ?? NOT_LABELLED;
  };
}

function isBetter(a: FieldScore, b: FieldScore): boolean {
  const left = a.score ?? 1;
  const right = b.score ?? 1;
  return left > right || (left === right && a.counts.correct > b.counts.correct);
}

function scoreScalar(
  path: string,
  comparator: Comparator,
  expected: Json | undefined,
  predicted: Json | undefined,
  alternatives: readonly Json[] | undefined,
  cells: Cell[],
  failed: boolean,
): FieldScore {
  const tally = new Tally();
  const main = expected === undefined && alternatives !== undefined ? alternatives[0] : expected;
  const hasExpected = isValue(main);
  const hasPredicted = isValue(predicted);
  const add = (outcome: Cell['outcome'], rule: string): FieldScore => {
    tally.add(outcome);
    cells.push({ field: path, outcome, expected: main ?? null, predicted: predicted ?? null, rule });
    return tally.score();
  };
  if (failed) return hasExpected ? add('missing', 'no_prediction') : NOT_LABELLED;
  if (!hasPredicted) {
    if (!hasExpected) return NOT_LABELLED;
    const mayLack = alternatives?.some((other) => !isValue(other)) === true;
    return mayLack ? add('correct', 'accepted:absent') : add('missing', 'missing');
  }
  const reading = comparator.read(predicted);
  const decision = hasExpected ? comparator.compare(comparator.read(main), reading) : undefined;
  if (decision?.match === true) return add('correct', decision.rule);
  for (const other of alternatives ?? []) {
    if (!isValue(other)) continue;
    const { match, rule } = comparator.compare(comparator.read(other), reading);
    if (match) return add('correct', `accepted:${rule}`);
  }
  return decision === undefined ? add('spurious', 'spurious') : add('wrong', decision.rule);
}
