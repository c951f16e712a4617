/** Who asks, and how often: a token in the Authorization header and nothing else; cookies are not looked at. */
import type { Context, MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tokenOf } from '../../flow/api-tokens.js';
import type { ApiToken, ApiTokens, TokenScope } from '../../ports/tokens.js';
import { ApiProblem } from './problems.js';

/** Requests of one token that one process answers. */
export const REQUESTS = { points: 600, seconds: 60 } as const;

export interface ApiEnv {
  readonly Variables: { token: ApiToken };
}
export type ApiContext = Context<ApiEnv>;

const CHALLENGE = 'Bearer realm="docops"';

/** Refuses whoever has no token that holds, and one that asks too often. */
export function authenticate(
  tokens: Pick<ApiTokens, 'tokenByHash'>,
  { points, seconds }: { readonly points: number; readonly seconds: number } = REQUESTS,
): MiddlewareHandler<ApiEnv> {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  const policy = `"token";q=${points};w=${seconds}`;
  return async (c, next) => {
    // Which methods an address takes is in the public description.
    if (c.req.method === 'OPTIONS') return next();
    const [, secret] = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (secret === undefined)
      throw new ApiProblem('unauthorized', { headers: { 'www-authenticate': CHALLENGE } });
    const token = await tokenOf(tokens, secret);
    if (token === undefined)
      throw new ApiProblem('invalid_token', {
        headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` },
      });
    const { within, left, resetSeconds } = await consume(limiter, token.id);
    const headers = {
      'ratelimit-policy': policy,
      ratelimit: `"token";r=${left};t=${resetSeconds}`,
    };
    if (!within)
      throw new ApiProblem('rate_limited', {
        detail: `This token may ask ${points} times in ${seconds} seconds. Wait ${resetSeconds} seconds.`,
        headers: { ...headers, 'retry-after': String(resetSeconds) },
      });
    c.set('token', token);
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  };
}

async function consume(
  limiter: RateLimiterMemory,
  key: string,
): Promise<{ within: boolean; left: number; resetSeconds: number }> {
  const told = await limiter.consume(key).then(
    (result) => ({ within: true, result }),
    (refused: unknown) => {
      if (refused instanceof RateLimiterRes) return { within: false, result: refused };
      throw refused;
    },
  );
  return {
    within: told.within,
    left: told.result.remainingPoints,
    resetSeconds: Math.max(1, Math.ceil(told.result.msBeforeNext / 1000)),
  };
}

/** What a route says that it needs, in its description and when it is asked. */
export function needs(scope: TokenScope, ...then: readonly MiddlewareHandler<ApiEnv>[]) {
  const check: MiddlewareHandler<ApiEnv> = async (c, next) => {
    if (!c.get('token').scopes.includes(scope))
      throw new ApiProblem('insufficient_scope', {
        detail: `This needs a token with the scope ${scope}.`,
        headers: { 'www-authenticate': `${CHALLENGE}, error="insufficient_scope", scope="${scope}"` },
      });
    await next();
  };
  return { security: [{ token: [scope] }], middleware: [check, ...then] };
}
