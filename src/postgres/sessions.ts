/** Sessions of people who signed in. */
import type pg from 'pg';
import type { Session, Sessions } from '../ports/sessions.js';
import { change, select } from './query.js';

interface SessionRow {
  readonly id: string;
  readonly person_id: string;
  readonly login: string;
  readonly sealed_token: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    person: { id: Number(row.person_id), login: row.login },
    sealedToken: row.sealed_token,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

export function createSessions(pool: pg.Pool): Sessions {
  return {
    async create({ id, person, sealedToken, ttlMs }) {
      const [row] = await select<SessionRow>(
        pool,
        `insert into docops.sessions (id, person_id, login, sealed_token, expires_at)
          values ($1, $2, $3, $4, now() + $5 * interval '1 millisecond') returning *`,
        [id, person.id, person.login, sealedToken, ttlMs],
      );
      if (row === undefined) throw new Error('insert returned no row');
      return toSession(row);
    },

    async session(id) {
      const [row] = await select<SessionRow>(
        pool,
        'select * from docops.sessions where id = $1 and expires_at > now()',
        [id],
      );
      return row === undefined ? undefined : toSession(row);
    },

    async remove(id) {
      await change(pool, 'delete from docops.sessions where id = $1', [id]);
    },

    removeExpired: () => change(pool, 'delete from docops.sessions where expires_at <= now()'),
  };
}
