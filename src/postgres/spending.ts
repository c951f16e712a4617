/** What evaluations cost, and who allowed one to cost more than the budget. */
import type pg from 'pg';
import type { Spending } from '../ports/spending.js';
import { appendAudit } from './audit.js';
import { change, select } from './query.js';
import { inTransaction } from './transaction.js';

/** Months begin at midnight UTC, as those of AWS's bills do. */
const MONTH = `date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'`;

/** Dollars, of the repository that the SQL expression names. `usd is not null`, or the index on tasks does not serve. */
export const spentBy = (repositoryId: string): string => `select (
    (select coalesce(sum(usd), 0) from docops.charges where repository_id = ${repositoryId} and at >= ${MONTH})
    + (select coalesce(sum(usd), 0) from docops.tasks
        where repository_id = ${repositoryId} and ended_at >= ${MONTH} and usd is not null)
  )::double precision as usd`;

export function createSpending(pool: pg.Pool): Spending {
  return {
    async spentThisMonth(repositoryId) {
      const [row] = await select<{ usd: number }>(pool, spentBy('$1'), [repositoryId]);
      return row?.usd ?? 0;
    },

    async charge(evaluationId, repositoryId, what, usd) {
      if (!Number.isFinite(usd) || usd < 0) throw new RangeError(`${usd} US dollars are no charge`);
      await inTransaction(pool, async (client) => {
        const isNew = await change(
          client,
          `insert into docops.charges (evaluation_id, repository_id, what, usd)
            values ($1, $2, $3, $4) on conflict do nothing`,
          [evaluationId, repositoryId, what, usd],
        );
        if (isNew === 0) return;
        await appendAudit(client, {
          actor: 'docops',
          action: 'cost.charged',
          repositoryId,
          subject: { evaluation: evaluationId, what, usd },
        });
      });
    },

    async costApproval(repositoryId, headSha) {
      const [row] = await select<{ approved_by: string }>(
        pool,
        'select approved_by from docops.cost_approvals where repository_id = $1 and head_sha = $2',
        [repositoryId, headSha],
      );
      return row === undefined ? undefined : { by: row.approved_by };
    },

    approveCost: (repositoryId, { headSha, by, role }) =>
      inTransaction(pool, async (client) => {
        const isNew = await change(
          client,
          `insert into docops.cost_approvals (repository_id, head_sha, approved_by, role)
            values ($1, $2, $3, $4) on conflict do nothing`,
          [repositoryId, headSha, by, role],
        );
        if (isNew === 0) return;
        await appendAudit(client, {
          actor: by,
          action: 'cost.approved',
          repositoryId,
          subject: { head: headSha, role },
        });
      }),
  };
}
