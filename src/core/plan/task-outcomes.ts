/** How a task elsewhere ended, as far as it matters for what is done next. */
export const TASK_OUTCOMES = [
  'delivered',
  /** The capacity was taken away. */
  'spot-lost',
  /** It never started: image, capacity, network. */
  'not-started',
  /** It ended without delivering. */
  'failed',
  /** Nobody knows it any more. */
  'lost',
  /** It did not end in its time. */
  'overdue',
  /** We stopped it: superseded, or not needed. */
  'stopped',
] as const;
export type TaskOutcome = (typeof TASK_OUTCOMES)[number];
