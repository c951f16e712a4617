/** What stands behind lines of the ledger: acceptances and disputes, with the reasons that were typed. */
import type pg from 'pg';
import { COMMANDS_PER_COMMENT } from '../core/limits.js';
import type { Insight } from '../ports/insight.js';
import { toAcceptance, toDispute, type AcceptanceRow, type DisputeRow } from './ledger.js';
import { isUuid, select } from './query.js';

export function createDecided(pool: pg.Pool): Pick<Insight, 'decided' | 'acceptancesOf'> {
  return {
    async acceptancesOf({ repositoryId, headSha, baseRef }, limit) {
      const rows = await select<AcceptanceRow>(
        pool,
        `select * from docops.acceptances where repository_id = $1 and head_sha = $2 and base_ref = $3
          order by at desc, id limit $4`,
        [repositoryId, headSha, baseRef, limit],
      );
      return rows.map(toAcceptance);
    },

    async decided(repositoryId, { acceptances, comments }) {
      const [accepted, disputed] = await Promise.all([
        select<AcceptanceRow>(
          pool,
          'select * from docops.acceptances where repository_id = $1 and id = any($2::uuid[]) order by at, id',
          [repositoryId, acceptances.filter(isUuid)],
        ),
        select<DisputeRow & { comment: string }>(
          pool,
          `select *, split_part(cause, ':', 2) as comment from docops.disputes
            where repository_id = $1 and cause = any($2::text[]) order by at, id`,
          [repositoryId, comments.flatMap(causesOf)],
        ),
      ]);
      return {
        acceptances: accepted.map(toAcceptance),
        disputes: disputed.map((row) => ({ ...toDispute(row), comment: Number(row.comment) })),
      };
    },
  };
}

/** As `commandFromComment` names them: one for each command that a comment can hold. */
function causesOf(comment: number): string[] {
  return Array.from({ length: COMMANDS_PER_COMMENT }, (_, position) => `comment:${comment}:${position}`);
}
