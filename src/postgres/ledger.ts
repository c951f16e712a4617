/** What people decided: approvals, acceptances, disputes. The audit of it is in audit.ts. */
import type pg from 'pg';
import type { Acceptance, Approval, LabelDispute } from '../core/app-words.js';
import type { Ledger } from '../ports/store.js';
import { appendAudit, createAudit } from './audit.js';
import { toSubject, type SubjectRow } from './evaluation-row.js';
import { change, json, select } from './query.js';
import { inTransaction } from './transaction.js';

export interface AcceptanceRow extends SubjectRow {
  readonly id: string;
  readonly situation_key: string;
  readonly fields: readonly string[];
  readonly reason: string;
  readonly accepted_by: string;
  readonly role: string;
  readonly at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly revoked_by: string | null;
}

export function toAcceptance(row: AcceptanceRow): Acceptance {
  return {
    ...toSubject(row),
    id: row.id,
    situationKey: row.situation_key,
    fields: row.fields,
    reason: row.reason,
    by: row.accepted_by,
    role: row.role,
    at: row.at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
  };
}

export interface DisputeRow {
  readonly id: string;
  readonly pull_number: number;
  readonly pipeline: string | null;
  readonly document: string;
  readonly field: string;
  readonly value: string | null;
  readonly reason: string;
  readonly disputed_by: string;
  readonly at: Date;
}

export function toDispute(row: DisputeRow): LabelDispute {
  return {
    id: row.id,
    pullNumber: row.pull_number,
    pipeline: row.pipeline,
    document: row.document,
    field: row.field,
    value: row.value,
    reason: row.reason,
    by: row.disputed_by,
    at: row.at,
  };
}

const IN_FORCE = 'revoked_at is null and expires_at > now()';

export function createLedger(pool: pg.Pool): Ledger {
  return {
    ...createAudit(pool),

    approve: (repositoryId, { headSha, pullNumber, by, role }) =>
      inTransaction(pool, async (client) => {
        const isNew = await change(
          client,
          `insert into docops.approvals (repository_id, head_sha, pull_number, approved_by, role)
            values ($1, $2, $3, $4, $5) on conflict do nothing`,
          [repositoryId, headSha, pullNumber, by, role],
        );
        if (isNew === 0) return;
        await appendAudit(client, {
          actor: by,
          action: 'approval.granted',
          repositoryId,
          subject: { head: headSha, pull: pullNumber, role },
        });
      }),

    async approval(repositoryId, number, headSha) {
      const [row] = await select<{ approved_by: string; role: string; at: Date }>(
        pool,
        `select approved_by, role, at from docops.approvals
          where repository_id = $1 and pull_number = $2 and head_sha = $3`,
        [repositoryId, number, headSha],
      );
      return row === undefined
        ? undefined
        : ({
            headSha,
            pullNumber: number,
            by: row.approved_by,
            role: row.role,
            at: row.at,
          } satisfies Approval);
    },

    accept: (wanted) =>
      inTransaction(pool, async (client) => {
        const [made] = await select<AcceptanceRow>(
          client,
          `insert into docops.acceptances (
              repository_id, head_sha, base_ref, situation_key, fields, reason, accepted_by, role, cause, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 millisecond')
            on conflict (repository_id, cause) do nothing returning *`,
          [
            wanted.repositoryId,
            wanted.headSha,
            wanted.baseRef,
            wanted.situationKey,
            json(wanted.fields),
            wanted.reason,
            wanted.by,
            wanted.role,
            wanted.cause,
            wanted.expiresMs,
          ],
        );
        if (made !== undefined) {
          await appendAudit(client, {
            actor: wanted.by,
            action: 'acceptance.granted',
            repositoryId: wanted.repositoryId,
            subject: {
              acceptance: made.id,
              head: wanted.headSha,
              branch: wanted.baseRef,
              fields: wanted.fields.length === 0 ? 'all' : wanted.fields.join(', '),
              role: wanted.role,
              expires: made.expires_at.toISOString(),
            },
          });
          return toAcceptance(made);
        }
        const [known] = await select<AcceptanceRow>(
          client,
          'select * from docops.acceptances where repository_id = $1 and cause = $2',
          [wanted.repositoryId, wanted.cause],
        );
        if (known === undefined) throw new Error('an acceptance vanished');
        return toAcceptance(known);
      }),

    async acceptances({ repositoryId, headSha, baseRef }, situationKey) {
      const rows = await select<AcceptanceRow>(
        pool,
        `select * from docops.acceptances
          where repository_id = $1 and head_sha = $2 and base_ref = $3 and situation_key = $4 and ${IN_FORCE}
          order by at, id`,
        [repositoryId, headSha, baseRef, situationKey],
      );
      return rows.map(toAcceptance);
    },

    revoke: ({ repositoryId, headSha, baseRef }, by) =>
      inTransaction(pool, async (client) => {
        const revoked = await select<{ id: string }>(
          client,
          `update docops.acceptances set revoked_at = now(), revoked_by = $4
            where repository_id = $1 and head_sha = $2 and base_ref = $3 and ${IN_FORCE} returning id`,
          [repositoryId, headSha, baseRef, by],
        );
        for (const { id } of revoked)
          await appendAudit(client, {
            actor: by,
            action: 'acceptance.revoked',
            repositoryId,
            subject: { acceptance: id, head: headSha, branch: baseRef },
          });
        return revoked.length;
      }),

    async expiredAcceptances(withinMs) {
      // Any acceptance and not only the newest: one may run out while a later one, of other fields, is in force. Only
      // where it bears on the answer that stands: the last attempt is of its situation and older than its end.
      const rows = await select<SubjectRow>(
        pool,
        `select a.repository_id, a.head_sha, a.base_ref from docops.acceptances a
          join docops.repositories r on r.id = a.repository_id and not r.removed
          join docops.installations i on i.id = r.installation_id and i.state = 'active'
          where a.revoked_at is null and a.expires_at <= now()
            and a.expires_at > now() - $1 * interval '1 millisecond'
            and a.situation_key = (
              select e.situation_key from docops.evaluations e
                where e.repository_id = a.repository_id and e.head_sha = a.head_sha and e.base_ref = a.base_ref
                  and e.state <> 'superseded'
                order by e.attempt desc limit 1)
            and not exists (
              select from docops.evaluations e
                where e.repository_id = a.repository_id and e.head_sha = a.head_sha and e.base_ref = a.base_ref
                  and e.created_at > a.expires_at)
          group by a.repository_id, a.head_sha, a.base_ref order by min(a.expires_at)`,
        [withinMs],
      );
      return rows.map(toSubject);
    },

    async dispute(repositoryId, dispute) {
      // Sets nothing: it makes the row of the first time come back.
      const [row] = await select<DisputeRow>(
        pool,
        `insert into docops.disputes as known (
            repository_id, pull_number, pipeline, document, field, value, reason, disputed_by, cause)
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
          on conflict (repository_id, cause) do update set cause = known.cause returning *`,
        [
          repositoryId,
          dispute.pullNumber,
          dispute.pipeline,
          dispute.document,
          dispute.field,
          dispute.value,
          dispute.reason,
          dispute.by,
          dispute.cause,
        ],
      );
      if (row === undefined) throw new Error('insert returned no row');
      return toDispute(row);
    },

    async disputes(repositoryId, number) {
      const rows = await select<DisputeRow>(
        pool,
        `select * from docops.disputes
          where repository_id = $1 and ($2::integer is null or pull_number = $2) order by at, id`,
        [repositoryId, number ?? null],
      );
      return rows.map(toDispute);
    },
  };
}
