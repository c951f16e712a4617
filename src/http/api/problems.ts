/** What the API says when it says no: `application/problem+json` (RFC 9457), with a code that stays the same. */
import { STATUS_CODES } from 'node:http';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { Log } from '../../ports/log.js';

/** Code → status, and the sentence that is told where there is none that says more. */
export const PROBLEMS = {
  invalid_input: [400, 'Something in the request is not as it should be.'],
  invalid_json: [400, 'The body is not JSON.'],
  unauthorized: [401, 'This needs a token: Authorization: Bearer docops_\u2026'],
  invalid_token: [401, 'This token is unknown, revoked or expired.'],
  insufficient_scope: [403, 'The token has not the scope for this.'],
  not_found: [404, 'There is nothing here, or not for this token.'],
  method_not_allowed: [405, 'This address does not take this method.'],
  too_large: [413, 'The body is larger than is read.'],
  unsupported_media_type: [415, 'The body has to be application/json.'],
  invalid_configuration: [422, 'The configuration has errors.'],
  rate_limited: [429, 'Too many requests with this token.'],
  too_many_simulations: [429, 'Too many simulations of this repository wait already.'],
  internal: [500, 'Something is wrong here; the log of the server says what.'],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** A place in the request, and what to write there. */
export interface InputProblem {
  readonly in: 'path' | 'query' | 'body';
  /** `limit`, `lines.3`; empty: the whole of it. */
  readonly name: string;
  readonly detail: string;
}

interface More {
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of the answer beside the ones that every problem has. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Ends a request with a problem. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ProblemCode;
  readonly more: More;
  constructor(code: ProblemCode, more: More = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

export function problem(c: Context, code: ProblemCode, { detail, headers, members }: More = {}): Response {
  const [status, sentence] = PROBLEMS[code];
  // Of the type `about:blank` the title is the status in words; the code says more.
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code,
    detail: detail ?? sentence,
    ...members,
  };
  return c.body(`${JSON.stringify(body)}\n`, status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...headers,
  });
}

/** Nothing of an unexpected error reaches the program: it may quote a database or a document. */
export function whenItThrows(log: Log) {
  return (error: Error, c: Context): Response => {
    if (error instanceof ApiProblem) return problem(c, error.code, error.more);
    // Of the library that reads bodies.
    if (error instanceof HTTPException && error.status === 415) return problem(c, 'unsupported_media_type');
    if (error instanceof HTTPException && error.status === 400) return problem(c, 'invalid_json');
    log.error({ err: error, path: c.req.path }, 'a request of the API failed');
    return problem(c, 'internal');
  };
}
