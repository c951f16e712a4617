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

/** Lines that are read and hashed in one statement. */
const CHAIN_AT_ONCE = 10_000;

/**
 * Reads the whole ledger. `brokenAt`: the first line that is not what was written, or that has lost its predecessor; null
 * when every line is whole. Lines that were cut off at the end leave no trace here: keep the last hash somewhere else to
 * notice that too. `lines`: how many were read, up to the broken one.
 */
export async function readAuditChain(
  pool: pg.Pool,
  atOnce = CHAIN_AT_ONCE,
): Promise<{ readonly lines: number; readonly brokenAt: number | null }> {
  let [lines, last] = [0, { id: '0', hash: '' }];
  for (;;) {
    const rows = await select<{ id: string; hash: string; whole: boolean }>(
      pool,
      `with chained as (
        select line, lag((line).id, 1, $1::bigint) over (order by (line).id) as previous_id,
            lag((line).hash, 1, $2) over (order by (line).id) as previous_hash
          from (select line from docops.audit line where id > $1 order by id limit $3) as next)
        select (line).id, (line).hash,
            (line).id = previous_id + 1
              and (line).hash = docops.audit_hash(previous_hash, line) as whole
          from chained order by (line).id`,
      [last.id, last.hash, atOnce],
    );
    for (const row of rows) {
      lines += 1;
      if (!row.whole) return { lines, brokenAt: Number(row.id) };
      last = row;
    }
    if (rows.length < atOnce) return { lines, brokenAt: null };
  }
}
