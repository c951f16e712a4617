/** Exit codes of the command line; a promise to users (CONFIG). */
export const EXIT = { notBlocked: 0, blocked: 1, usage: 2, notMeasured: 3 } as const;

/**
 * A mistake that the user can mend: configuration, arguments, a repository in a state that cannot be evaluated.
 * `message` names the place, `mend` says what to do. Ends the program with 2, without a stack trace.
 */
export class UsageError extends Error {
  readonly mend: string | undefined;
  constructor(message: string, mend?: string) {
    super(message);
    this.name = 'UsageError';
    this.mend = mend;
  }
}
