/** Lines of the ledger, and whether its chain holds. */
import type pg from 'pg';
import type { Insight, LedgerLine } from '../ports/insight.js';
import { readAuditChain } from './audit.js';
import { select, type Parameter } from './query.js';

const LINES_AT_ONCE = 1_000;

export function createLedgerLines(pool: pg.Pool): Pick<Insight, 'ledger' | 'ledgerIsWhole'> {
  return {
    async ledger(repositoryId, { action, actor, before, limit }) {
      const parameters: Parameter[] = [repositoryId];
      const conditions = ['repository_id = $1'];
      const given = (value: Parameter): string => `$${parameters.push(value)}`;
      if (action !== undefined) conditions.push(`starts_with(action, ${given(action)})`);
      // Logins are the same in capitals.
      if (actor !== undefined) conditions.push(`lower(actor) = lower(${given(actor)})`);
      if (before !== undefined && Number.isSafeInteger(before)) conditions.push(`id < ${given(before)}`);
      const rows = await select<Omit<LedgerLine, 'id'> & { readonly id: string }>(
        pool,
        `select id, at, actor, action, subject, hash from docops.audit
          where ${conditions.join(' and ')} order by id desc
          limit ${Math.min(LINES_AT_ONCE, Math.max(1, Math.trunc(limit) || 1))}`,
        parameters,
      );
      return rows.map((row) => ({ ...row, id: Number(row.id) }));
    },

    async ledgerIsWhole() {
      const { lines, brokenAt } = await readAuditChain(pool);
      return { whole: brokenAt === null, lines, brokenAt };
    },
  };
}
