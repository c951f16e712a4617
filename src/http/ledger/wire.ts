/** A line of the ledger as programs read it: the same in the API and in the exports. */
import type { z } from '@hono/zod-openapi';
import type { ledgerLineSchema } from '../api/schemas.js';
import type { ToldLine } from './words.js';

export function ledgerLine({ line, says, reason, acceptance }: ToldLine): z.input<typeof ledgerLineSchema> {
  return {
    id: line.id,
    at: line.at.toISOString(),
    actor: line.actor,
    action: line.action,
    subject: { ...line.subject },
    says,
    reason,
    acceptance:
      acceptance === null
        ? null
        : {
            state: acceptance.state,
            fields: [...acceptance.fields],
            expires_at: acceptance.expiresAt.toISOString(),
            revoked_at: acceptance.revokedAt?.toISOString() ?? null,
            revoked_by: acceptance.revokedBy,
          },
    hash: line.hash,
  };
}
