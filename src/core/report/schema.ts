/**
 * The report: the one object that the command line prints, the App stores and the pages show. `docops.report/1` is a
 * promise to users: keys may be added, none is renamed or removed. The JSON Schema that ships is generated from here.
 *
 * Units: scores, accuracies, deltas and intervals are fractions (0.038 = 3.8 percentage points); times are seconds;
 * money is US dollars: as the extractor reported it, and for compute by the prices of the machines. A number that cannot be
 * computed is null, never 0.
 */
import { z } from 'zod';
import type { Json } from '../words.js';

export const VERDICTS = ['pass', 'pass-unproven', 'warn', 'block', 'not-measured', 'not-applicable'] as const;

/** Why a verdict is what it is; closed, so that a renderer or a test can be complete. The text of a reason is for people. */
export const REASON_CODES = [
  // block (or warn, when the policy says so)
  'overall_dropped',
  'field_regressed',
  'slice_regressed',
  'below_floor',
  'field_below_floor',
  'slice_below_floor',
  'new_errors',
  'hidden_losses',
  'latency_increased',
  'cost_increased',
  'extractor_crashed',
  'extractor_timed_out',
  'extractor_out_of_memory',
  'extractor_output_limit',
  'extractor_invalid_output',
  'setup_failed',
  'predicts_nothing',
  // not measured
  'no_documents',
  'no_labels',
  'no_matching_field',
  'unreliable_baseline',
  'infrastructure',
  'interrupted',
  // said beside any verdict
  'no_drop',
  'within_limit',
  'within_noise',
  'inconclusive',
  'churn',
  'not_confirmed',
  'baseline_broken',
  'bootstrap',
  'same_fingerprint',
  'merge_conflict',
  'unreliable_field',
  'rule_without_evidence',
  'latency_unmeasured',
  'cost_unmeasured',
  'labels_changed',
  'config_changed',
  'documents_added',
  'enforce_lowered',
] as const;

const fraction = z.number().min(0).max(1);
const json = z.json() as z.ZodType<Json>;

const counts = z.object({
  correct: z.number(),
  wrong: z.number(),
  missing: z.number(),
  spurious: z.number(),
  absent: z.number(),
});

const fieldSide = counts.extend({
  accuracy: fraction.nullable(),
  f1: fraction.nullable(),
  precision: fraction.nullable(),
  recall: fraction.nullable(),
});

/** The numbers that every comparison of two sides has, whatever was compared. */
const difference = z.object({
  delta: z.number().nullable(),
  /** Two-sided 95 % interval of the difference; null when the sample is too small to give one. */
  ci: z.tuple([z.number(), z.number()]).nullable(),
  /** One-sided p-value for a drop, over documents or clusters. */
  p: fraction.nullable(),
  p_adjusted: fraction.nullable(),
  smallest_detectable_drop: z.number().nullable(),
  /** Documents whose score fell and rose. */
  regressed: z.number().int(),
  fixed: z.number().int(),
  blocked: z.boolean(),
});

const fieldDifference = difference.extend({
  field: z.string(),
  type: z.string(),
  base: fieldSide,
  head: fieldSide,
  /** Documents that have this field on one side at least. */
  documents: z.number().int(),
  /** The rule that was applied, in percentage points and fractions; null when none is declared for this field. */
  max_drop: z.number().nullable(),
  min: z.number().nullable(),
  /** Differs between two runs of the same code. */
  unreliable: z.boolean(),
});

const reason = z.object({
  code: z.enum(REASON_CODES),
  /** What this reason alone would do. */
  level: z.enum(['block', 'warn', 'not-measured', 'info']),
  field: z.string().optional(),
  slice: z.string().optional(),
  documents: z.array(z.string()).optional(),
  text: z.string(),
});

const scored = z.object({ base: fraction.nullable(), head: fraction.nullable() });

export const CHANGES = ['regressed', 'fixed', 'changed', 'same'] as const;

const cell = z.object({
  /** Field path, or `table.column`. */
  field: z.string(),
  /** Row of the label, 1-based for people; null for a predicted row that no labelled row was paired with. */
  row: z.number().int().nullable().optional(),
  /** 1-based rows of the predictions that were paired here; null where none was. Older reports lack them. */
  base_row: z.number().int().nullable().optional(),
  head_row: z.number().int().nullable().optional(),
  expected: json,
  base: json,
  head: json,
  base_outcome: z.enum(['correct', 'wrong', 'missing', 'spurious', 'absent']),
  head_outcome: z.enum(['correct', 'wrong', 'missing', 'spurious', 'absent']),
  /** `changed`: wrong on both sides, and differently. */
  change: z.enum(CHANGES),
});

const documentEntry = z.object({
  id: z.string(),
  template: z.string().optional(),
  slices: z.record(z.string(), z.string()).optional(),
  base: fraction.nullable(),
  head: fraction.nullable(),
  /** Cells that changed, and cells that are wrong on both sides; correct cells are not listed. */
  cells: z.array(cell),
  /** Cells left out because a document has too many; see limits. */
  cells_omitted: z.number().int().optional(),
  base_status: z.string(),
  head_status: z.string(),
});

const failure = z.object({
  side: z.enum(['base', 'head']),
  id: z.string(),
  status: z.string(),
  problem: z.string(),
  exit_code: z.number().int().nullable(),
  signal: z.string().nullable(),
  seconds: z.number(),
  stderr_tail: z.string(),
});

const side = z.object({
  /** Null for a working tree with uncommitted changes, or when there is none. */
  commit: z.string().nullable(),
  fingerprint: z.string().nullable(),
});

const timing = z.object({ p50: z.number().nullable(), p95: z.number().nullable(), total: z.number() });

export const reportSchema = z.object({
  schema: z.literal('docops.report/1'),
  pipeline: z.string(),
  verdict: z.enum(VERDICTS),
  blocked: z.boolean(),
  reasons: z.array(reason),
  /** No baseline exists: only floors were applied. */
  bootstrap: z.boolean(),
  base: side.extend({ ref: z.string().nullable(), chosen: z.string() }),
  head: side.extend({
    ref: z.string().nullable(),
    /** Uncommitted or untracked changes were part of it. */
    dirty: z.boolean(),
    /** False when base and head conflict: then head itself was measured, against the merge base. */
    merged: z.boolean(),
  }),
  dataset: z.object({
    source: z.string(),
    version: z.string(),
    documents: z.number().int(),
    templates: z.number().int(),
    /** Where labels were read: the base commit, the head (bootstrap), a folder outside version control, or `source` itself. */
    read_from: z.enum(['base', 'head', 'folder', 'address']),
  }),
  deterministic: z.boolean(),
  judged: z.enum(['exact', 'statistical']).nullable(),
  /** Runs of each side that were averaged. */
  runs: z.object({ base: z.number().int(), head: z.number().int() }),
  overall: difference.omit({ blocked: true, p_adjusted: true, regressed: true, fixed: true }).extend({
    base: fraction.nullable(),
    head: fraction.nullable(),
    max_drop: z.number(),
    min: z.number().nullable(),
    documents_regressed: z.number().int(),
    documents_fixed: z.number().int(),
  }),
  documents_exact: z.object({ base: z.number(), head: z.number(), of: z.number().int() }),
  fields: z.array(fieldDifference.extend({ columns: z.array(fieldDifference).optional() })),
  slices: z.array(
    difference.extend({
      slice: z.string(),
      value: z.string(),
      documents: z.number().int(),
      base: fraction.nullable(),
      head: fraction.nullable(),
      max_drop: z.number().nullable(),
      min: z.number().nullable(),
    }),
  ),
  /** A net gain (or no change) that hides documents that became worse. */
  hidden_losses: z.array(
    z.object({
      scope: z.enum(['all', 'slice', 'template', 'field']),
      name: z.string(),
      delta: z.number(),
      documents: z.array(z.string()),
    }),
  ),
  metrics: z.object({ micro_f1: scored, macro_f1: scored, anls: scored, anls_star: scored }),
  /** Worst first: largest loss, then lowest head score, then id. */
  documents: z.array(documentEntry),
  failures: z.array(failure),
  noise: z.object({
    /** Documents run twice to find out. */
    sampled: z.number().int(),
    fields: z.array(
      z.object({
        field: z.string(),
        side: z.enum(['base', 'head']),
        /** Documents in which two runs gave different values, and in which that changed the score. */
        values_differ: z.number().int(),
        scores_differ: z.number().int(),
        of: z.number().int(),
      }),
    ),
    /** Base against itself under this policy; null when it was not needed. */
    self_check: z
      .object({ would_block: z.boolean(), flip_rate: fraction, reasons: z.array(z.string()) })
      .nullable(),
    confirmation: z
      .object({ documents: z.number().int(), runs: z.number().int(), confirmed: z.boolean() })
      .nullable(),
  }),
  coverage: z.object({
    thin: z.array(
      z.object({
        kind: z.enum(['all', 'field', 'template', 'slice']),
        name: z.string(),
        documents: z.number().int(),
        smallest_detectable_drop: z.number().nullable(),
        text: z.string(),
      }),
    ),
    /** Fields of the configuration that no label has, and that no prediction has. */
    never_labelled: z.array(z.string()),
    never_predicted: z.array(z.string()),
    /** Keys that predictions have and the configuration does not know, with the number of documents. */
    unknown_predicted: z.array(
      z.object({ field: z.string(), base: z.number().int(), head: z.number().int() }),
    ),
  }),
  suspect_labels: z.array(
    z.object({
      document: z.string(),
      field: z.string(),
      row: z.number().int().nullable(),
      expected: json,
      predicted: json,
    }),
  ),
  /** Documents that the head adds to the dataset: measured on both sides, never part of the verdict. */
  added_documents: z
    .object({
      documents: z.number().int(),
      base: fraction.nullable(),
      head: fraction.nullable(),
      ids: z.array(z.string()),
    })
    .nullable(),
  /** What the head changes in the labels, and the verdict under the other side's labels. */
  label_changes: z
    .object({
      changes: z.array(z.object({ document: z.string(), field: z.string(), base: json, head: json })),
      omitted: z.number().int(),
      judged_by: z.enum(['base', 'head', 'both']),
      other: z.object({
        labels: z.enum(['base', 'head']),
        base: fraction.nullable(),
        head: fraction.nullable(),
        would_block: z.boolean().nullable(),
      }),
    })
    .nullable(),
  /** What the head changes in `.docops.yml` for this pipeline, in sentences; judged by the base's all the same. */
  config_changes: z.array(z.string()),
  latency: z.object({
    base: timing,
    head: timing,
    ratio: z.number().nullable(),
    max_increase: z.number().nullable(),
  }),
  cost: z.object({
    base_usd: z.number().nullable(),
    head_usd: z.number().nullable(),
    base_per_thousand: z.number().nullable(),
    head_per_thousand: z.number().nullable(),
    max_increase: z.number().nullable(),
  }),
  /** Fields and columns whose values the configuration masks (see mask.ts); documents are not to be shown beside them. */
  masked: z.array(z.string()).default([]),
  warnings: z.array(z.string()),
  run: z.object({
    id: z.string(),
    seconds: z.number(),
    /** Sides whose every document came from the cache. */
    cached: z.array(z.enum(['base', 'head'])),
    documents_run: z.number().int(),
    documents_cached: z.number().int(),
    scorer: z.string(),
    enforce: z.enum(['block', 'warn', 'shadow']),
    /** `task`: a container of its own on a cluster. */
    sandbox: z.enum(['none', 'bwrap', 'task']),
    runner: z.enum(['local', 'ecs']).default('local'),
    /** The machines, also those that gave nothing; null where nothing is billed. */
    compute: z
      .object({
        tasks: z.number().int(),
        /** Started again, because the infrastructure failed under the first one. */
        retried: z.number().int(),
        spot_losses: z.number().int(),
        billed_seconds: z.number(),
        usd: z.number().nullable(),
        wasted_usd: z.number().nullable(),
      })
      .nullable()
      .default(null),
    /** What the extractor reported for the documents that ran here; null when it reported nothing. */
    reported_usd: z.number().nullable().default(null),
    /** What was expected before it ran. */
    estimate: z
      .object({
        extractions: z.number().int(),
        /** Of those, the ones that were never measured before. */
        guessed: z.number().int(),
        shards: z.number().int(),
        wall_seconds: z.number(),
        compute_usd: z.number().nullable(),
        reported_usd: z.number().nullable(),
      })
      .nullable()
      .default(null),
  }),
});

export type Report = z.infer<typeof reportSchema>;
export type Reason = Report['reasons'][number];
export type ReasonCode = (typeof REASON_CODES)[number];
export type Verdict = (typeof VERDICTS)[number];
export type ReportCell = Report['documents'][number]['cells'][number];
export type ReportDocument = Report['documents'][number];
export type FieldDifference = Report['fields'][number];
export type SliceDifference = Report['slices'][number];
