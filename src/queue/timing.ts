/** Milliseconds; tests and fault runs shorten them. */
export interface QueueTiming {
  /** A job whose worker is silent for so long is another's; it is renewed at half of it. */
  readonly lockMs: number;
  /** How often jobs of lost workers are looked for. One is taken again after `lockMs` and at most twice this. */
  readonly stalledEveryMs: number;
  /** Between two tries to reach the database. */
  readonly reconnectMs: number;
  /** How long aborted handlers may take to end, and connections to close. */
  readonly settleMs: number;
  /** How often it is seen to that the schedules are still there (a Redis may lose its memory). */
  readonly scheduleCheckMs: number;
  /** Factor of the rests between tries. */
  readonly restScale: number;
}

export const QUEUE_TIMING: QueueTiming = {
  lockMs: 30_000,
  stalledEveryMs: 15_000,
  reconnectMs: 2_000,
  settleMs: 5_000,
  scheduleCheckMs: 60_000,
  restScale: 1,
};

/** True when `promise` settled within `ms`. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = promise.then(
    () => true as const,
    () => true as const,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
