import type { ExtractSpec, Prediction } from '../core/words.js';

/** A document as the runner sees it: under an opaque id, without its label. */
export interface RunDocument {
  /** Opaque: says nothing about the document; also DOCOPS_DOCUMENT_ID. */
  readonly id: string;
  /** Absolute path of a file or folder; its extension is kept in what the extractor sees, its name is not. */
  readonly path: string;
  /** Hex; the same for the same content. */
  readonly contentHash: string;
  /** From earlier measurements; for dividing the work. */
  readonly expectedSeconds?: number;
}

export interface RunLimits {
  /** Processes at once (document mode). */
  readonly jobs: number;
  /** Resident memory of one extractor process group. */
  readonly memoryBytes: number;
}

export interface RunRequest {
  /**
   * The same for the same work of the same evaluation, after a crash too: work of that key which goes on elsewhere, or is
   * finished there, is taken up instead of being started again. Any text.
   */
  readonly key: string;
  /** For people: `head, run 2`. */
  readonly label: string;
  /** A checkout that belongs to this run; setup and the extractor may write into it. */
  readonly codeDirectory: string;
  readonly documents: readonly RunDocument[];
  readonly extract: ExtractSpec;
  readonly limits: RunLimits;
  readonly sandbox: 'none' | 'bwrap';
  readonly signal?: AbortSignal;
  /** Called once for each document, in the order of completion, as soon as it is known. */
  readonly onPrediction: (prediction: Prediction) => void | Promise<void>;
}

export type SetupResult =
  | { readonly ok: true; readonly seconds: number }
  | {
      readonly ok: false;
      readonly seconds: number;
      readonly problem: string;
      readonly exitCode?: number;
      readonly outputTail: string;
    };

/** Runs the code of one side. Infrastructure failures throw `RunnerError`; failures of the code are results. */
export interface Runner {
  setup(request: {
    readonly key: string;
    readonly label: string;
    readonly codeDirectory: string;
    readonly extract: ExtractSpec;
    readonly limits: RunLimits;
    readonly sandbox: 'none' | 'bwrap';
    readonly signal?: AbortSignal;
  }): Promise<SetupResult>;
  run(request: RunRequest): Promise<void>;
}

/**
 * Reason of an abort when somebody else will go on with the work: this process stops, the evaluation does not. What runs
 * elsewhere is left to them.
 */
export class HandOver extends Error {
  override readonly name = 'HandOver';
}

/** What a runner used so far, for the bill. */
export interface RunnerUsage {
  readonly tasks: number;
  /** Started again: the infrastructure failed under the first one. */
  readonly retried: number;
  readonly spotLosses: number;
  /** Of all tasks, those in vain too. */
  readonly billedSeconds: number;
  /** Null where the machine has no price. */
  readonly usd: number | null;
  /** The part of it that gave nothing. */
  readonly wastedUsd: number | null;
}

/** The infrastructure failed, and not the code under test. A later try may help unless `permanent` is set. */
export class RunnerError extends Error {
  override readonly name = 'RunnerError';
  /** What a person has to do; null: nothing, or nothing is known. */
  readonly mend: string | null;
  /** Trying again cannot help before somebody mends it: an image that does not exist. */
  readonly permanent: boolean;

  constructor(
    message: string,
    options: { readonly mend?: string; readonly permanent?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.mend = options.mend ?? null;
    this.permanent = options.permanent ?? false;
  }
}
