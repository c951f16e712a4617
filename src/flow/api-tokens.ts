/** Tokens of the HTTP API: made here, shown once, kept as a hash alone. */
import { createHash, randomBytes } from 'node:crypto';
import type { ApiToken, ApiTokens, TokenScope } from '../ports/tokens.js';

/** 32 random bytes behind a word by which scanners of leaked secrets find it. */
const SECRET = /^docops_[A-Za-z0-9_-]{43}$/;

export const TOKEN_NAME_CHARACTERS = 100;
export const TOKEN_MAX_TTL_MS = 366 * 24 * 60 * 60_000;

/** What each scope lets a program do, in words. */
export const SCOPE_WORDS: Readonly<Record<TokenScope, string>> = {
  'runs:read': 'Read runs, reports, trends and the ledger',
  'datasets:read': 'Read which versions of datasets were used',
  'configuration:simulate': 'Check configurations and try them on past runs',
};

/** `secret` is nowhere else: whoever loses it makes a new token. */
export async function issueToken(
  tokens: Pick<ApiTokens, 'createToken'>,
  wanted: Omit<Parameters<ApiTokens['createToken']>[0], 'secretHash'>,
): Promise<{ readonly token: ApiToken; readonly secret: string }> {
  const secret = `docops_${randomBytes(32).toString('base64url')}`;
  const token = await tokens.createToken({ ...wanted, secretHash: hashOf(secret) });
  return { token, secret };
}

/** The token that a program shows; undefined for what is none, was revoked or has expired. */
export function tokenOf(
  tokens: Pick<ApiTokens, 'tokenByHash'>,
  secret: string,
): Promise<ApiToken | undefined> {
  return SECRET.test(secret) ? tokens.tokenByHash(hashOf(secret)) : Promise.resolve(undefined);
}

/** Of 256 random bits one fast hash is enough: there is nothing to guess. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

export type TokenState = 'good' | 'expired' | 'revoked';

export function tokenState(token: Pick<ApiToken, 'revokedAt' | 'expiresAt'>, nowMs: number): TokenState {
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt !== null && token.expiresAt.getTime() <= nowMs ? 'expired' : 'good';
}
