import { averageRuns, type ScoredRun } from '../../../src/core/compare/average.js';
import type { JudgeInput } from '../../../src/core/judge/index.js';
import type {
  Counts,
  DocumentScore,
  FieldSpec,
  Gate,
  PairedDocument,
  PredictionStatus,
  SideOfDocument,
} from '../../../src/core/words.js';

/** A cell of a scalar field in one run: right, wrong, missing, spurious (label has no value), absent on both. */
export type Mark = 'r' | 'w' | 'm' | 's' | 'a';
/** One run of one document: a mark for each field (`'rrw'`), or a failure. */
export type Run = string | { readonly failed: Exclude<PredictionStatus, 'ok'>; readonly labels: string };

const NONE: Counts = { correct: 0, wrong: 0, missing: 0, spurious: 0, absent: 0 };
const COUNTS: Readonly<Record<Mark, Counts>> = {
  r: { ...NONE, correct: 1 },
  w: { ...NONE, wrong: 1 },
  m: { ...NONE, missing: 1 },
  s: { ...NONE, spurious: 1 },
  a: { ...NONE, absent: 1 },
};

export function fieldsNamed(...names: readonly string[]): FieldSpec[] {
  return names.map((path) => ({ path, spec: { type: 'id' }, weight: 1, critical: false }));
}

export function scored(id: string, marks: string): DocumentScore {
  const fields = Array.from(marks, (mark) => {
    const counts = COUNTS[mark as Mark];
    return { counts, score: mark === 'a' ? null : counts.correct };
  });
  const present = fields.flatMap(({ score }) => score ?? []);
  return {
    id,
    score: present.length === 0 ? null : present.reduce((sum, score) => sum + score, 0) / present.length,
    exact: present.every((score) => score === 1),
    fields,
    cells: [],
  };
}

export function runOf(id: string, run: Run, seconds = 0.1): ScoredRun {
  if (typeof run === 'string') return { score: scored(id, run), status: 'ok', seconds };
  // Without a prediction every labelled cell is missing; `labels` says which fields have a label.
  return { score: scored(id, run.labels.replaceAll('r', 'm')), status: run.failed, seconds };
}

export function sideOf(id: string, runs: readonly Run[]): SideOfDocument {
  const width = Math.max(0, ...runs.map((run) => (typeof run === 'string' ? run : run.labels).length));
  return averageRuns(
    runs.map((run) => runOf(id, run)),
    width,
  );
}

/** A document with the runs of its base and of its head; a single run may stand alone. */
export function paired(
  id: string,
  base: Run | readonly Run[],
  head: Run | readonly Run[],
  more: Partial<Pick<PairedDocument, 'cluster' | 'template' | 'slices'>> = {},
): PairedDocument {
  const many = (runs: Run | readonly Run[]): readonly Run[] => (runs instanceof Array ? runs : [runs]);
  return {
    id,
    cluster: more.template ?? id,
    slices: {},
    ...more,
    base: sideOf(id, many(base)),
    head: sideOf(id, many(head)),
  };
}

/** `count` documents with the same runs: `prefix-1`, `prefix-2` … */
export function several(
  count: number,
  prefix: string,
  base: Run | readonly Run[],
  head: Run | readonly Run[],
  more: Parameters<typeof paired>[3] = {},
): PairedDocument[] {
  return Array.from({ length: count }, (_, i) => paired(`${prefix}-${i + 1}`, base, head, more));
}

export const GATE: Gate = {
  maxDrop: 0,
  fields: [],
  slices: [],
  maxNewErrors: [],
  judge: 'auto',
  onHiddenLosses: 'warn',
  alpha: 0.05,
  onInconclusive: 'warn',
  enforce: 'block',
};

export function inputOf(
  fields: readonly FieldSpec[],
  documents: readonly PairedDocument[],
  gate: Partial<Gate> = {},
  more: Partial<JudgeInput> = {},
): JudgeInput {
  return {
    fields,
    gate: { ...GATE, ...gate },
    documents,
    labelled: documents.length,
    deterministic: true,
    baseline: 'measured',
    unreliableFields: [],
    latencyComparable: false,
    ...more,
  };
}
