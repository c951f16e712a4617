import type { Person } from './people.js';

export interface Session {
  /** SHA-256 of the cookie's secret, hex: whoever reads the table cannot be somebody. */
  readonly id: string;
  readonly person: Person;
  /** The user's token, sealed; only who has the key reads it. */
  readonly sealedToken: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export interface Sessions {
  create(session: Omit<Session, 'createdAt' | 'expiresAt'> & { readonly ttlMs: number }): Promise<Session>;
  /** Undefined when there is none or it has expired. */
  session(id: string): Promise<Session | undefined>;
  remove(id: string): Promise<void>;
  /** How many. */
  removeExpired(): Promise<number>;
}
