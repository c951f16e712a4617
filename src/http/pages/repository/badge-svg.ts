/** The badge of a README: how accurate a branch is, and whether it fell. */
import { makeBadge } from 'badge-maker';
import { percent, points } from '../../../core/report/values.js';
import { name } from '../../../core/report/words.js';
import type { TrendPoint } from '../../../ports/insight.js';
import { direction } from './words.js';

/** Dark enough for the white letters of a badge. */
const COLORS = { fell: '#a4330a', rose: '#0a5f8a', same: '#0a5f8a', unknown: '#5c6067' } as const;

/**
 * `91.2 % ▼0.4`: the newest score of the branch, and how far it is from the one before, where both are under the same
 * version of the dataset. `pipeline`: told where a repository has several.
 */
export function badgeSvg(trend: readonly TrendPoint[], pipeline: string | null): string {
  const scored = trend.filter(({ overall }) => overall !== null);
  const last = scored.at(-1);
  const before = scored.at(-2);
  const change =
    last === undefined || before?.datasetVersion !== last.datasetVersion
      ? null
      : (last.overall ?? 0) - (before.overall ?? 0);
  const way = direction(change);
  const sign =
    way === 'fell'
      ? ` \u25bc${points(change).slice(1)}`
      : way === 'rose'
        ? ` \u25b2${points(change).slice(1)}`
        : '';
  return makeBadge({
    label: pipeline === null ? 'extraction accuracy' : `extraction accuracy: ${name(pipeline, 40)}`,
    message: last === undefined ? 'not measured' : `${percent(last.overall)}${sign}`,
    color: last === undefined ? COLORS.unknown : way === 'unknown' ? COLORS.same : COLORS[way],
    labelColor: '#3d4045',
    style: 'flat',
  });
}
