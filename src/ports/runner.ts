import type { ExtractSpec, Prediction } from '../core/words.js';

/** A document as the runner sees it: under an opaque id, without its label. */
export interface RunDocument {
  /** Opaque: says nothing about the document; also DOCOPS_DOCUMENT_ID. */
  readonly id: string;
  /** Absolute path of a file or folder; its extension is kept in what the extractor sees, its name is not. */
  readonly path: string;
}

export interface RunLimits {
  /** Processes at once (document mode). */
  readonly jobs: number;
  /** Resident memory of one extractor process group. */
  readonly memoryBytes: number;
}

export interface RunRequest {
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
    readonly codeDirectory: string;
    readonly extract: ExtractSpec;
    readonly limits: RunLimits;
    readonly sandbox: 'none' | 'bwrap';
    readonly signal?: AbortSignal;
  }): Promise<SetupResult>;
  run(request: RunRequest): Promise<void>;
}

export class RunnerError extends Error {
  override readonly name = 'RunnerError';
}
