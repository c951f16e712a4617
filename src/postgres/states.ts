/** Sets of states, in SQL. */

/**
 * Attempts without an answer: the ones that wait for one, and drafts. A draft's check run is left queued on GitHub on
 * purpose, so when something takes its place somebody has to end it.
 */
export const UNANSWERED = `(state in ('planned', 'running') or (decision_kind = 'draft' and state in ('judged', 'reported')))`;

/** A worker's hold on a running evaluation goes with every way out of the state. */
export const LET_GO = 'worker = null, heartbeat_at = null, changed_at = now()';
