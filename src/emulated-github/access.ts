/** Who asks, and what they may do. App JWTs are verified, installation tokens looked up. */
import { createSign, createVerify } from 'node:crypto';
import { ApiError } from './answer.js';
import type { Account, AppIdentity, Installation, Repository } from './world.js';

/** GitHub refuses JWTs that live longer. https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app */
const JWT_LIFE_SECONDS = 600;
/** Clocks may differ by so much. */
const JWT_LEEWAY_SECONDS = 60;

export interface TokenInfo {
  readonly token: string;
  readonly installation: Installation;
  readonly permissions: Readonly<Record<string, string>>;
  /** Null: all of the installation. */
  readonly repositoryIds: ReadonlySet<number> | null;
  readonly expiresAt: number;
  revoked: boolean;
}

/** Of a person who signed in through the App. */
export interface UserToken {
  readonly token: string;
  readonly person: Account;
  readonly expiresAt: number;
  revoked: boolean;
}

export type Auth =
  | { readonly kind: 'none' }
  | { readonly kind: 'app' }
  /** The App's client ID and secret, as `basic`. */
  | { readonly kind: 'client' }
  | { readonly kind: 'user'; readonly token: UserToken }
  | { readonly kind: 'installation'; readonly token: TokenInfo };

/** `['checks', 'write']`; several: one of them is enough. */
export type Need = readonly [permission: string, level: 'read' | 'write'];

export function signJwt(app: AppIdentity, nowSeconds: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({
    iat: nowSeconds - 30,
    exp: nowSeconds + 300,
    iss: String(app.id),
  })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(app.privateKey, 'base64url')}`;
}

function decode(part: string | undefined): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    throw new ApiError(401, 'A JSON web token could not be decoded');
  }
}

function checkJwt(app: AppIdentity, jwt: string, nowSeconds: number): void {
  const [header, claims, signature] = jwt.split('.');
  const { alg } = decode(header);
  const { iss, iat, exp } = decode(claims);
  const verified =
    alg === 'RS256' &&
    createVerify('RSA-SHA256')
      .update(`${header}.${claims}`)
      .verify(app.publicKey, signature ?? '', 'base64url');
  if (!verified || (String(iss) !== String(app.id) && iss !== app.clientId))
    throw new ApiError(401, 'A JSON web token could not be decoded');
  if (typeof iat !== 'number' || iat > nowSeconds + JWT_LEEWAY_SECONDS)
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  if (typeof exp !== 'number' || exp <= nowSeconds)
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > nowSeconds + JWT_LIFE_SECONDS + JWT_LEEWAY_SECONDS)
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
}

export class Access {
  readonly #app: AppIdentity;
  readonly #tokens = new Map<string, TokenInfo>();
  readonly #userTokens = new Map<string, UserToken>();

  constructor(app: AppIdentity) {
    this.#app = app;
  }

  add(token: TokenInfo): void {
    this.#tokens.set(token.token, token);
  }

  addUser(token: UserToken): void {
    this.#userTokens.set(token.token, token);
  }

  expireAll(): void {
    for (const token of this.#tokens.values()) token.revoked = true;
  }

  expireUsers(): void {
    for (const token of this.#userTokens.values()) token.revoked = true;
  }

  /** False: it held no longer. */
  revokeUser(text: string): boolean {
    const token = this.#userTokens.get(text);
    if (token === undefined || token.revoked) return false;
    token.revoked = true;
    return true;
  }

  #userToken(text: string): UserToken {
    const token = this.#userTokens.get(text);
    if (token === undefined || token.revoked || token.expiresAt <= Date.now())
      throw new ApiError(401, 'Bad credentials');
    return token;
  }

  token(text: string): TokenInfo {
    const info = this.#tokens.get(text);
    if (info === undefined || info.revoked || info.expiresAt <= Date.now() || info.installation.deleted)
      throw new ApiError(401, 'Bad credentials');
    if (info.installation.suspendedAt !== null)
      throw new ApiError(403, 'This installation has been suspended');
    return info;
  }

  /** `Authorization: bearer JWT`, `token ghs_…`, or `basic` as git sends it. */
  authenticate(header: string | undefined): Auth {
    const [scheme, value] = (header ?? '').split(' ');
    if (value === undefined || value === '') return { kind: 'none' };
    if (scheme?.toLowerCase() === 'basic') {
      const [name, password] = Buffer.from(value, 'base64').toString('utf8').split(':');
      if (name === this.#app.clientId) {
        if (password !== this.#app.clientSecret) throw new ApiError(401, 'Bad credentials');
        return { kind: 'client' };
      }
      return { kind: 'installation', token: this.token(password ?? '') };
    }
    if (value.split('.').length === 3) {
      checkJwt(this.#app, value, Date.now() / 1000);
      return { kind: 'app' };
    }
    if (value.startsWith('ghu_')) return { kind: 'user', token: this.#userToken(value) };
    return { kind: 'installation', token: this.token(value) };
  }
}

export function requireApp(auth: Auth): void {
  if (auth.kind !== 'app') throw new ApiError(401, 'A JSON web token could not be decoded');
}

export function requireToken(auth: Auth): TokenInfo {
  if (auth.kind === 'installation') return auth.token;
  throw auth.kind === 'none'
    ? new ApiError(401, 'Requires authentication')
    : new ApiError(403, 'Resource not accessible by integration');
}

function grants(token: TokenInfo, [permission, level]: Need): boolean {
  const granted = token.permissions[permission];
  if (granted === 'write' || granted === 'admin') return true;
  // Everybody has it, asked for or not.
  if (permission === 'metadata' && level === 'read') return true;
  return granted === 'read' && level === 'read';
}

export function requirePermission(auth: Auth, repository: Repository, needs: readonly Need[]): void {
  const token = requireToken(auth);
  const { installation, repositoryIds } = token;
  const seen =
    installation.account === repository.owner &&
    (installation.repositories?.includes(repository) ?? true) &&
    (repositoryIds?.has(repository.id) ?? true);
  if (!seen) throw new ApiError(404, 'Not Found');
  if (!needs.some((need) => grants(token, need)))
    throw new ApiError(403, 'Resource not accessible by integration', {
      headers: {
        'x-accepted-github-permissions': needs.map(([name, level]) => `${name}=${level}`).join('; '),
      },
    });
}
