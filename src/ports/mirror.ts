import type { RepositoryRef } from '../core/app-words.js';
import type { Code } from './code.js';

/** Local copies of repositories, to read both sides from. */
export interface Mirrors {
  /**
   * Brings the refs here and opens the copy. `refs`: full names on the remote (`refs/heads/main`, `refs/pull/7/head`,
   * `refs/heads/gh-readonly-queue/…`); the result says what each points to, undefined where the remote has none.
   * `commits`: ids that must be there; fetched by id when they are not.
   *
   * Throws MirrorError. `close` on the result has to be called.
   */
  open(
    repository: RepositoryRef,
    wanted: {
      readonly refs: readonly string[];
      readonly commits?: readonly string[];
      readonly signal?: AbortSignal;
    },
  ): Promise<Mirror>;
}

export interface Mirror {
  readonly code: Code;
  /** Full ref name → commit id. */
  readonly tips: ReadonlyMap<string, string>;
  /** Commits from `from` (exclusive) to `to`, first parents only, oldest first, with their subject line. */
  firstParents(
    from: string,
    to: string,
    limit: number,
  ): Promise<readonly { readonly commit: string; readonly subject: string }[]>;
  close(): Promise<void>;
}

/** `transient`: network, remote busy, token refused; worth another try. Else the commit or ref is not to be had. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
  readonly transient: boolean;
  constructor(message: string, transient: boolean, options?: ErrorOptions) {
    super(message, options);
    this.transient = transient;
  }
}
