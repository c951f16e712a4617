/** Moments, in UTC for everybody, with their age where the reader cares how old something is. */
import type { FC } from 'hono/jsx';
import { plural } from '../../../core/report/values.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `2026-11-22 14:03 UTC`. */
export function moment(at: Date): string {
  return inUtc(at, 'minutes');
}

function inUtc(at: Date, to: 'minutes' | 'seconds'): string {
  return `${at
    .toISOString()
    .slice(0, to === 'minutes' ? 16 : 19)
    .replace('T', ' ')} UTC`;
}

/** `2026-11-22`. */
export function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** A length of time in its largest unit: `4 min`, `3 h`, `12 days`. */
export function age(ms: number): string {
  if (ms < MINUTE) return 'less than a minute';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)} h`;
  return plural(Math.floor(ms / DAY), 'day');
}

/** `nowMs`: the server's; then the age stands in front, and the moment itself in the tooltip and in `datetime`. */
export const Time: FC<{ at: Date; nowMs?: number }> = ({ at, nowMs }) => (
  <time datetime={at.toISOString()} title={moment(at)}>
    {nowMs === undefined
      ? moment(at)
      : nowMs - at.getTime() < MINUTE
        ? 'just now'
        : `${age(nowMs - at.getTime())} ago`}
  </time>
);

/** `2026-11-22 14:03:09 UTC`, for what follows within seconds. */
export const ExactTime: FC<{ at: Date }> = ({ at }) => (
  <time datetime={at.toISOString()}>{inUtc(at, 'seconds')}</time>
);
