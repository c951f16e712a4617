/**
 * Keeps each installation below GitHub's secondary limits, and silent while GitHub has told it to wait. Nothing waits
 * here: what does not fit now is refused with the time when it will, and the job that asked is delayed.
 */
import {
  GITHUB_POINTS_PER_MINUTE,
  GITHUB_READ_POINTS,
  GITHUB_WRITE_POINTS,
  GITHUB_WRITES_PER_HOUR,
  GITHUB_WRITES_PER_MINUTE,
} from '../core/limits.js';
import { GitHubError } from '../ports/github.js';

const MINUTE_MS = 60 * 1000;

/** An installation's id, or `app` for what is asked with the App's own JWT. */
export type PaceKey = number | 'app';

/**
 * - `write`: makes content that a person waits for.
 * - `spare`: makes content that may be left out (progress, reactions); gets half of the places, so that verdicts find one.
 */
export type PaceKind = 'read' | 'write' | 'spare';

export interface Pace {
  readonly writesPerMinute: number;
  readonly writesPerHour: number;
  readonly pointsPerMinute: number;
}

export const GITHUB_PACE: Pace = {
  writesPerMinute: GITHUB_WRITES_PER_MINUTE,
  writesPerHour: GITHUB_WRITES_PER_HOUR,
  pointsPerMinute: GITHUB_POINTS_PER_MINUTE,
};

export interface PaceKeeper {
  /** Counts the request, or throws `rate-limited`. */
  admit(key: PaceKey, kind: PaceKind): void;
  /** GitHub has answered with a limit. */
  stop(key: PaceKey, retryAfterMs: number): void;
}

interface Ledger {
  readonly minute: Window;
  readonly hour: Window;
  readonly points: Window;
  stoppedUntilMs: number;
}

/** `pace` null: nothing is counted, and only GitHub's own refusals are obeyed. `now`: epoch milliseconds. */
export function createPaceKeeper(pace: Pace | null, now: () => number): PaceKeeper {
  const ledgers = new Map<PaceKey, Ledger>();
  const ledgerOf = (key: PaceKey): Ledger => {
    const known = ledgers.get(key);
    if (known !== undefined) return known;
    const made = {
      minute: new Window(MINUTE_MS, pace?.writesPerMinute ?? Infinity),
      hour: new Window(60 * MINUTE_MS, pace?.writesPerHour ?? Infinity),
      points: new Window(MINUTE_MS, pace?.pointsPerMinute ?? Infinity),
      stoppedUntilMs: 0,
    };
    ledgers.set(key, made);
    return made;
  };

  return {
    admit(key, kind) {
      const at = now();
      const ledger = ledgerOf(key);
      if (ledger.stoppedUntilMs > at)
        throw new GitHubError('rate-limited', 'GitHub asked this installation to wait', {
          retryAfterMs: ledger.stoppedUntilMs - at,
        });
      if (pace === null) return;
      const share = kind === 'spare' ? 0.5 : 1;
      const counted: readonly (readonly [Window, number])[] =
        kind === 'read'
          ? [[ledger.points, GITHUB_READ_POINTS]]
          : [
              [ledger.points, GITHUB_WRITE_POINTS],
              [ledger.minute, 1],
              [ledger.hour, 1],
            ];
      const waitMs = Math.max(...counted.map(([window, cost]) => window.waitMs(at, cost, share)));
      if (waitMs > 0)
        throw new GitHubError('rate-limited', 'as many requests as GitHub allows this installation', {
          retryAfterMs: waitMs,
        });
      for (const [window, cost] of counted) window.add(at, cost);
    },
    stop(key, retryAfterMs) {
      const ledger = ledgerOf(key);
      ledger.stoppedUntilMs = Math.max(ledger.stoppedUntilMs, now() + retryAfterMs);
    },
  };
}

/** Costs of the last so many milliseconds: a sliding window, since it is not known when GitHub's begins. */
class Window {
  readonly #spanMs: number;
  readonly #most: number;
  #entries: { readonly at: number; readonly cost: number }[] = [];

  constructor(spanMs: number, most: number) {
    this.#spanMs = spanMs;
    this.#most = most;
  }

  /** Milliseconds until `cost` more stays within `share` of the window; 0: now. */
  waitMs(at: number, cost: number, share: number): number {
    // A clock that was set back must not keep old entries for ever.
    this.#entries = this.#entries.filter((entry) => entry.at > at - this.#spanMs && entry.at <= at);
    let over = this.#entries.reduce((sum, entry) => sum + entry.cost, cost) - this.#most * share;
    if (over <= 0) return 0;
    for (const entry of this.#entries) {
      over -= entry.cost;
      if (over <= 0) return entry.at + this.#spanMs - at;
    }
    return this.#spanMs;
  }

  add(at: number, cost: number): void {
    this.#entries.push({ at, cost });
  }
}
