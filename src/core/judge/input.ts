import type { Report } from '../report/schema.js';
import type { FieldSpec, Gate, PairedDocument } from '../words.js';

export interface SelfCheck {
  readonly would_block: boolean;
  /** Share of the documents in which two runs of the base scored differently. */
  readonly flip_rate: number;
  readonly reasons: readonly string[];
}

export interface JudgeInput {
  readonly fields: readonly FieldSpec[];
  readonly gate: Gate;
  /** The base's documents, each once; documents that the head adds are not judged. */
  readonly documents: readonly PairedDocument[];
  /** Labels that the dataset has. */
  readonly labelled: number;
  /** No run of the base differed from another run of the base. */
  readonly deterministic: boolean;
  /** `none`: the first pull request, nothing to compare with; only floors apply. */
  readonly baseline: 'measured' | 'none';
  /** Fields whose values differ between two runs of the same code. */
  readonly unreliableFields: readonly string[];
  /** Both sides were timed on the same machine, in the same way, and not read from a cache. */
  readonly latencyComparable: boolean;
  /** Present when one side could not be set up or not be run at all. */
  readonly setup?: {
    readonly side: 'base' | 'head';
    readonly kind: 'code' | 'infrastructure';
    readonly text: string;
  };
  /** Base against itself, where it was measured. */
  readonly selfCheck?: SelfCheck;
  /** What was run again because an earlier judgement was red; absent when that has not happened. */
  readonly confirmation?: { readonly documents: number; readonly runs: number };
}

/** The sections of the report that come from judging, under the report's names and in its units. */
export interface Judgement extends Pick<
  Report,
  | 'blocked'
  | 'reasons'
  | 'judged'
  | 'overall'
  | 'documents_exact'
  | 'fields'
  | 'slices'
  | 'hidden_losses'
  | 'latency'
  | 'cost'
> {
  readonly verdict: Exclude<Report['verdict'], 'not-applicable'>;
  readonly metrics: Pick<Report['metrics'], 'micro_f1' | 'macro_f1'>;
  readonly coverage: Pick<Report['coverage'], 'thin'>;
  /** Documents to run again on both sides before this red verdict of a noisy extractor stands; absent when none. */
  readonly toConfirm: readonly string[] | undefined;
}
