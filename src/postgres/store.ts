/** The state of the App in PostgreSQL. One file for each interface of the port. */
import type pg from 'pg';
import type { Store } from '../ports/store.js';
import { createCheckRows } from './checks.js';
import { createEvaluations } from './evaluations.js';
import { createHousekeeping } from './housekeeping.js';
import { createInbox } from './inbox.js';
import { createLedger } from './ledger.js';
import { createReleaseBooks } from './releases.js';
import { createRepositories } from './repositories.js';

/**
 * The schema has to be there (`migrate`). `close` ends the connection that the store has for its locks; the pool is ended
 * by who opened it.
 */
export function createStore(pool: pg.Pool): Store {
  return {
    ...createInbox(pool),
    ...createRepositories(pool),
    ...createEvaluations(pool),
    ...createCheckRows(pool),
    ...createLedger(pool),
    ...createReleaseBooks(pool),
    ...createHousekeeping(pool),
  };
}
