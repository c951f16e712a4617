/** Exit codes of the command line; a promise to users (CONFIG). */
export const EXIT = { notBlocked: 0, blocked: 1, usage: 2, notMeasured: 3 } as const;

export { UsageError } from '../core/errors.js';
