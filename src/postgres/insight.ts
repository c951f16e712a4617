/** What pages and programs look at. One file for each kind of question. */
import type pg from 'pg';
import type { Insight } from '../ports/insight.js';
import { createDatasetsSeen } from './datasets-seen.js';
import { createDecided } from './decided.js';
import { createGateRecords } from './insight-gate.js';
import { createLedgerLines } from './insight-ledger.js';
import { createOverview } from './insight-overview.js';
import { createRuns } from './insight-runs.js';
import { createTrends } from './insight-trend.js';
import { createStages } from './stages.js';

export function createInsight(pool: pg.Pool): Insight {
  return {
    ...createRuns(pool),
    ...createTrends(pool),
    ...createGateRecords(pool),
    ...createOverview(pool),
    ...createStages(pool),
    ...createLedgerLines(pool),
    ...createDecided(pool),
    ...createDatasetsSeen(pool),
  };
}
