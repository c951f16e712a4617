/**
 * A mistake that the user can mend: configuration, arguments, a repository or a dataset in a state that cannot be
 * evaluated. `message` names the place, `mend` says what to do. The command line prints both, without a stack trace,
 * and ends with 2.
 */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  readonly mend: string | undefined;
  constructor(message: string, mend?: string) {
    super(message);
    this.mend = mend;
  }
}

/** It would cost more than the repository's budget, and nobody allowed that. The message has both. */
export class OverBudget extends Error {
  override readonly name = 'OverBudget';
}
