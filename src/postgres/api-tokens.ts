/** Tokens of the HTTP API. What is kept of one cannot be used as one. */
import type pg from 'pg';
import type { ApiToken, ApiTokens } from '../ports/tokens.js';
import { appendAudit } from './audit.js';
import { change, isUuid, select } from './query.js';
import { inTransaction } from './transaction.js';

interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: ApiToken['scopes'];
  readonly repository_id: string | null;
  readonly created_by: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
  readonly revoked_by: string | null;
}

const COLUMNS =
  'id, name, scopes, repository_id, created_by, created_at, expires_at, last_used_at, revoked_at, revoked_by';

function toToken(row: TokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes,
    repositoryId: row.repository_id === null ? null : Number(row.repository_id),
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
  };
}

export function createApiTokens(pool: pg.Pool): ApiTokens {
  return {
    createToken: ({ name, scopes, repositoryId, createdBy, secretHash, ttlMs }) =>
      inTransaction(pool, async (client) => {
        const [row] = await select<TokenRow>(
          client,
          `insert into docops.api_tokens (name, scopes, repository_id, created_by, secret_hash, expires_at)
            values ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond') returning ${COLUMNS}`,
          [name, scopes, repositoryId, createdBy, secretHash, ttlMs],
        );
        if (row === undefined) throw new Error('insert returned no row');
        await appendAudit(client, {
          actor: createdBy,
          action: 'token.created',
          repositoryId,
          subject: aboutToken(row),
        });
        return toToken(row);
      }),

    async tokenByHash(secretHash) {
      const [row] = await select<TokenRow>(
        pool,
        `select ${COLUMNS} from docops.api_tokens
          where secret_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
        [secretHash],
      );
      if (row === undefined) return undefined;
      // Asked again here, so that many requests at once write once.
      await change(
        pool,
        `update docops.api_tokens set last_used_at = now()
          where id = $1 and (last_used_at is null or last_used_at <= now() - interval '1 minute')`,
        [row.id],
      );
      return toToken(row);
    },

    async tokens(repositoryId) {
      const rows = await select<TokenRow>(
        pool,
        `select ${COLUMNS} from docops.api_tokens
          where $1::bigint is null or repository_id = $1 order by created_at desc, id desc`,
        [repositoryId],
      );
      return rows.map(toToken);
    },

    async revokeToken(id, by, repositoryId) {
      if (!isUuid(id)) return false;
      return inTransaction(pool, async (client) => {
        const [row] = await select<TokenRow>(
          client,
          `update docops.api_tokens set revoked_at = now(), revoked_by = $2
            where id = $1 and revoked_at is null and ($3::bigint is null or repository_id = $3)
            returning ${COLUMNS}`,
          [id, by, repositoryId ?? null],
        );
        if (row === undefined) return false;
        await appendAudit(client, {
          actor: by,
          action: 'token.revoked',
          repositoryId: row.repository_id === null ? null : Number(row.repository_id),
          subject: aboutToken(row),
        });
        return true;
      });
    },
  };
}

function aboutToken({ id, name, scopes }: TokenRow): Record<string, string> {
  return { token: id, name, scopes: scopes.join(', ') };
}
