/** Tokens of the HTTP API: for programs, never for people. */

export const TOKEN_SCOPES = ['runs:read', 'datasets:read', 'configuration:simulate'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export interface ApiToken {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  /** Null: every repository. */
  readonly repositoryId: number | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Null: until it is revoked. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
}

export interface ApiTokens {
  /** `secretHash`: SHA-256 of the whole token, hex. Writes an audit line in the same transaction. */
  createToken(
    token: Pick<ApiToken, 'name' | 'scopes' | 'repositoryId' | 'createdBy'> & {
      readonly secretHash: string;
      readonly ttlMs: number | null;
    },
  ): Promise<ApiToken>;
  /** One that holds now: neither revoked nor expired. Notes that it was used, at most once a minute. */
  tokenByHash(secretHash: string): Promise<ApiToken | undefined>;
  /** Newest first. `repositoryId`: those of one repository; null: all there are. */
  tokens(repositoryId: number | null): Promise<readonly ApiToken[]>;
  /** False when there is none that could be revoked, or it is another repository's. Writes an audit line. */
  revokeToken(id: string, by: string, repositoryId?: number): Promise<boolean>;
}
