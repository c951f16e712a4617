/** The audit: append-only, each line with a hash over itself and the line before it (migration 0002). */
import type pg from 'pg';
import type { AuditEntry } from '../core/app-words.js';
import type { Ledger } from '../ports/store.js';
import { change, json, select } from './query.js';
import type { Queryable } from './transaction.js';

/** In the caller's transaction: the line stands exactly when the deed does. Lines of others wait until it is committed. */
export async function appendAudit(client: Queryable, entry: AuditEntry): Promise<void> {
  await change(
    client,
    'insert into docops.audit (actor, action, repository_id, subject) values ($1, $2, $3, $4)',
    [entry.actor, entry.action, entry.repositoryId, json(entry.subject)],
  );
}

export function createAudit(pool: pg.Pool): Pick<Ledger, 'audit' | 'auditEntries'> {
  return {
    audit: (entry) => appendAudit(pool, entry),

    async auditEntries(limit) {
      const rows = await select<{
        id: string;
        at: Date;
        actor: string;
        action: string;
        repository_id: string | null;
        subject: AuditEntry['subject'];
      }>(
        pool,
        'select id, at, actor, action, repository_id, subject from docops.audit order by id desc limit $1',
        [limit],
      );
      return rows.map(({ id, at, actor, action, repository_id, subject }) => ({
        id: Number(id),
        at,
        actor,
        action,
        repositoryId: repository_id === null ? null : Number(repository_id),
        subject,
      }));
    },
  };
}

/**
 * The first line that is not what was written, or that has lost its predecessor; undefined when every line is whole. Lines
 * that were cut off at the end leave no trace here: keep the last hash somewhere else to notice that too.
 */
export async function brokenAuditLine(pool: pg.Pool): Promise<number | undefined> {
  const [row] = await select<{ id: string }>(
    pool,
    `with chained as (
      select line, lag(line.id, 1, 0::bigint) over (order by line.id) as previous_id,
        lag(line.hash, 1, '') over (order by line.id) as previous_hash
      from docops.audit line)
    select (line).id from chained
      where (line).id <> previous_id + 1 or (line).hash <> docops.audit_hash(previous_hash, line)
      order by (line).id limit 1`,
  );
  return row === undefined ? undefined : Number(row.id);
}
