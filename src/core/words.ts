/**
 * The words of the house: one glossary, one set of types. Everything here is plain data; nothing here does anything.
 *
 * - base / head: the two sides of a comparison. *Base* is the tip of the branch that a pull request goes into; *head* is
 *   what would be on that branch after the merge.
 * - fingerprint: a hash over path, mode and blob id of every file that a pipeline's `paths` match in one tree.
 * - ground truth, label: the values that a person says a document has. Prediction: the values that an extractor says it has.
 * - cell: one scalar field of one document, or one column of one row of a table.
 * - measurement: the predictions of one fingerprint for a set of documents, in one environment.
 * - slice: a named part of the dataset (`language: de`). Template: documents of one layout or vendor; they are not
 *   independent of each other and count as one unit for statistics.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

// ---------------------------------------------------------------- fields

/** Allowed distance between two numbers; `value` is a decimal written as a string so that no binary rounding enters. */
export interface Tolerance {
  readonly kind: 'absolute' | 'relative';
  /** In the field's own unit for `absolute`; a fraction (0.01 = 1 %) for `relative`. */
  readonly value: string;
}

export interface TextSpec {
  readonly type: 'text';
  readonly match: 'exact' | 'normalized' | 'fuzzy';
  /** Least similarity, 0 to 1, that `fuzzy` counts as equal. */
  readonly threshold: number;
}
export interface IdSpec {
  readonly type: 'id';
}
export interface NumberSpec {
  readonly type: 'number';
  /** Decimal separator of the predictions and labels; `auto` reads only what is unambiguous. */
  readonly decimal: 'auto' | 'point' | 'comma';
  readonly tolerance?: Tolerance;
}
export interface MoneySpec {
  readonly type: 'money';
  readonly decimal: 'auto' | 'point' | 'comma';
  readonly tolerance?: Tolerance;
  /**
   * What a value without a currency matches when the other side has one: `label` (only when it is the label that has
   * none), `any` (whichever side has none).
   */
  readonly missingCurrency: 'label' | 'any';
}
export interface DateSpec {
  readonly type: 'date';
  /** How `01/02/2025` is read. Undeclared: a date that can be read both ways is not read at all. */
  readonly dayFirst?: boolean;
  /** Two-digit years up to this one are 20yy, later ones 19yy. Undeclared: two-digit years are not read. */
  readonly pivot?: number;
}
export interface BooleanSpec {
  readonly type: 'boolean';
}
export interface EnumSpec {
  readonly type: 'enum';
  /** Allowed values; empty = any. */
  readonly values: readonly string[];
  /** Canonical value → other spellings of it. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
}
export interface PhoneSpec {
  readonly type: 'phone';
  /** ISO 3166-1 alpha-2 region for numbers without a country code. */
  readonly region?: string;
}
export interface AddressSpec {
  readonly type: 'address';
  /** Least similarity, 0 to 1, of the parts that are neither postcode nor house number. */
  readonly threshold: number;
}

export type ScalarSpec =
  TextSpec | IdSpec | NumberSpec | MoneySpec | DateSpec | BooleanSpec | EnumSpec | PhoneSpec | AddressSpec;

export interface ListSpec {
  readonly type: 'list';
  readonly of: ScalarSpec;
  readonly ordered: boolean;
}
export interface ColumnSpec {
  readonly name: string;
  readonly spec: ScalarSpec;
  /** As of a field. */
  readonly masked?: true;
}
export interface TableSpec {
  readonly type: 'table';
  readonly columns: readonly ColumnSpec[];
}
export type ValueSpec = ScalarSpec | ListSpec | TableSpec;
export type FieldType = ValueSpec['type'];

export interface FieldSpec {
  /** Dotted path into the label's and the prediction's `fields`; also the name in reports. */
  readonly path: string;
  readonly spec: ValueSpec;
  /** Weight in the document's mean, > 0. */
  readonly weight: number;
  /** A document newly wrong in a critical field blocks, unless `max_new_errors` says otherwise. */
  readonly critical: boolean;
  /** No report shows its values. */
  readonly masked?: true;
}

// ---------------------------------------------------------------- configuration, normalised

export type Level = 'pass' | 'warn' | 'block';

export interface ExtractSpec {
  readonly run: string;
  readonly mode: 'document' | 'batch';
  readonly setup?: string;
  readonly image?: string;
  /** Wall time of one side in all, setup excluded. */
  readonly timeoutMs: number;
  readonly documentTimeoutMs: number;
  readonly deterministic: 'auto' | boolean;
  /** Runs of each side when the extractor is not deterministic, ≥ 2. */
  readonly repeats: number;
  /** Names of environment variables that the extractor may see. Everything else is scrubbed. */
  readonly env: readonly string[];
}

/** A rule of `gate.fields`: drops in percentage points (2 = two points), floors as fractions (0.95). */
export interface FieldRule {
  /** A field's path, a column's path (`line_items.quantity`), or a pattern with `*`. */
  readonly pattern: string;
  readonly maxDrop?: number;
  readonly min?: number;
}
export interface SliceRule {
  readonly slice: string;
  readonly maxDrop?: number;
  readonly min?: number;
}
export interface CountRule {
  readonly pattern: string;
  /** Documents that may become wrong in the field. */
  readonly max: number;
}
export interface Gate {
  /** Percentage points of the overall score. */
  readonly maxDrop: number;
  /** Fraction, 0 to 1. */
  readonly min?: number;
  readonly fields: readonly FieldRule[];
  readonly slices: readonly SliceRule[];
  readonly maxNewErrors: readonly CountRule[];
  readonly judge: 'auto' | 'exact' | 'statistical';
  readonly onHiddenLosses: Level;
  readonly alpha: number;
  readonly onInconclusive: Level;
  /** Allowed growth as a fraction: 0.5 = +50 %. */
  readonly latencyMaxIncrease?: number;
  readonly costMaxIncrease?: number;
  readonly enforce: 'block' | 'warn' | 'shadow';
}

export interface Pipeline {
  readonly name: string;
  /** Ordered patterns; a leading `!` takes away what an earlier one matched. */
  readonly paths: readonly string[];
  readonly dataset: string;
  readonly extract: ExtractSpec;
  readonly fields: readonly FieldSpec[];
  readonly gate: Gate;
}

export interface Money {
  readonly amount: string;
  readonly currency: string;
}

export interface RunnerChoice {
  readonly kind: 'local' | 'ecs';
  /** Of one shard. */
  readonly cpu: number;
  readonly memoryBytes: number;
  readonly gpu: number;
  readonly shards: number | 'auto';
  /** What one run over all documents should take, with `auto`. */
  readonly wallTimeMs: number;
  readonly spot: boolean;
  /** What reaches the network when the author is trusted. */
  readonly network: 'none' | 'setup' | 'open';
}

export interface Config {
  readonly version: 1;
  readonly pipelines: readonly Pipeline[];
  readonly runner: RunnerChoice;
  readonly labels: 'base' | 'head' | 'both';
  readonly missingLabels: 'absent' | 'unlabelled';
  readonly onBaseMove: 'reevaluate' | 'ignore';
  readonly notApplicable: 'success' | 'neutral';
  readonly untrusted: 'hold' | 'sandbox' | 'never';
  readonly mergeQueue: 'verify' | 'trust';
  readonly comment: 'always' | 'on-change' | 'on-regression' | 'never';
  /** Whether a draft pull request is evaluated, or waits until it is ready for review. */
  readonly drafts: 'evaluate' | 'wait';
  readonly override: { readonly roles: readonly string[]; readonly expiresMs: number };
  readonly budget: { readonly perRun?: Money; readonly perMonth?: Money };
}

/** A place in a text, 1-based, for errors that a person has to mend. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** Stable, for tests and documentation: `unknown_key`, `bad_duration` … */
  readonly code: string;
  /** What is wrong and what to write instead, in one or two sentences. */
  readonly message: string;
  readonly place?: Place;
}

// ---------------------------------------------------------------- dataset

export interface Label {
  readonly id: string;
  readonly fields: JsonObject;
  /** Field path → further values that are right too. */
  readonly accept: Readonly<Record<string, readonly Json[]>>;
  readonly slices: Readonly<Record<string, string>>;
  readonly template?: string;
}

/** One document of a dataset on disk. */
export interface DatasetDocument {
  readonly id: string;
  /** Absolute path of the file, or of the folder where a document has several files. */
  readonly path: string;
  /** sha256, hex, over the content (and the names inside a folder); never over the id. */
  readonly contentHash: string;
  readonly bytes: number;
}
export interface Dataset {
  readonly root: string;
  readonly name?: string;
  readonly description?: string;
  readonly licence?: string;
  /** sha256, hex, over documents and labels. */
  readonly version: string;
  readonly documents: readonly DatasetDocument[];
  readonly labels: ReadonlyMap<string, Label>;
}

// ---------------------------------------------------------------- predictions

export type PredictionStatus =
  | 'ok'
  /** Exit code ≠ 0 or a signal that was not ours. */
  | 'crashed'
  /** Exit 0, but standard output is not one JSON object (or its line in batch mode is missing or broken). */
  | 'invalid-output'
  | 'timeout'
  | 'memory'
  | 'output-limit'
  /** Never started: the whole side ran out of time, or was stopped. */
  | 'not-run';

/** What one run of the extractor gave for one document. */
export interface Prediction {
  readonly id: string;
  readonly status: PredictionStatus;
  /** Present exactly when status is `ok`. */
  readonly fields?: JsonObject;
  readonly confidence?: Readonly<Record<string, number>>;
  readonly usage?: { readonly usd?: number; readonly ocrPages?: number };
  readonly exitCode?: number;
  readonly signal?: string;
  readonly seconds: number;
  readonly maxRssBytes?: number;
  /** Last lines of standard error, cut at a limit; hostile text. */
  readonly stderrTail?: string;
  /** For a status other than `ok`: one sentence for the user. */
  readonly problem?: string;
}

// ---------------------------------------------------------------- scores

export type Outcome = 'correct' | 'wrong' | 'missing' | 'spurious' | 'absent';

export interface Counts {
  readonly correct: number;
  readonly wrong: number;
  readonly missing: number;
  readonly spurious: number;
  readonly absent: number;
}

export interface Cell {
  /** Field path, or `table.column`. */
  readonly field: string;
  /** Row of the label and of the prediction, 0-based, null where the row has no partner; only for lists and tables. */
  readonly row?: { readonly label: number | null; readonly prediction: number | null };
  readonly outcome: Outcome;
  readonly expected: Json;
  readonly predicted: Json;
  /** The comparator's rule that decided: `number.equal`, `text.fuzzy(0.91)`, `date.partial` … */
  readonly rule: string;
}

export interface FieldScore {
  readonly counts: Counts;
  /** correct / non-absent cells, 0 to 1; null when every cell is absent (nothing to get wrong). */
  readonly score: number | null;
  /** For a table: counts for each column, in the order of the configuration. */
  readonly columns?: readonly Counts[];
}

/** One run of one document against its label. `fields` is aligned with the configuration's fields. */
export interface DocumentScore {
  readonly id: string;
  /** Weighted mean over fields that have a score; null when none has. */
  readonly score: number | null;
  readonly exact: boolean;
  readonly fields: readonly FieldScore[];
  /** All non-absent cells, in the order of the configuration, then of the label's rows, then of unpaired predicted rows. */
  readonly cells: readonly Cell[];
}

/** One side of one document after averaging its runs; what `compare` works on. Aligned with the configuration's fields. */
export interface SideOfDocument {
  /** `ok` when any run gave a valid prediction; else the most frequent failure. */
  readonly status: PredictionStatus;
  /** Runs that were averaged; 0 when the side was never measured. */
  readonly runs: number;
  readonly score: number | null;
  /** Share of the runs in which every cell was right. */
  readonly exact: number;
  /** Mean over runs of each field's score; null when it has none in any run. */
  readonly fields: readonly (number | null)[];
  /** Lowest and highest score among the runs, for each field: equal means that no run disagreed. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** Sums over runs. */
  readonly counts: readonly Counts[];
  readonly columns: readonly (readonly Counts[] | undefined)[];
  /** Lowest and highest score among the runs for each column of each table; absent when it was not kept. */
  readonly columnsLow?: readonly (readonly (number | null)[] | undefined)[];
  readonly columnsHigh?: readonly (readonly (number | null)[] | undefined)[];
  /** Mean wall seconds; undefined when it was never run to its end. */
  readonly seconds?: number;
  readonly usd?: number;
}

export interface PairedDocument {
  readonly id: string;
  /** Unit of the statistics: the template, or the document itself. */
  readonly cluster: string;
  readonly template?: string;
  readonly slices: Readonly<Record<string, string>>;
  readonly base: SideOfDocument;
  readonly head: SideOfDocument;
}
