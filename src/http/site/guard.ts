/** What every request passes, and every answer gets, whatever page it is for. */
import { randomUUID } from 'node:crypto';
import type { ErrorHandler, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { timeout } from 'hono/timeout';
import { ADDRESS_CHARACTERS, FORM_BYTES, PAGE_MS } from '../../core/limits.js';
import type { Log } from '../../ports/log.js';
import { refuse } from './refusals.js';

export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page may say otherwise of itself: assets are kept, a report for download brings its own policy. */
const UNLESS_SAID = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
};
const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
const A_YEAR = 'max-age=31536000';

export function headers({ https }: { readonly https: boolean }): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { headers: said } = c.res;
    for (const [name, value] of Object.entries(UNLESS_SAID))
      if (!said.has(name)) c.res.headers.set(name, value);
    for (const [name, value] of Object.entries(ALWAYS)) c.res.headers.set(name, value);
    if (https) c.res.headers.set('strict-transport-security', A_YEAR);
  };
}

const READS = ['GET', 'HEAD'];
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'];
const API = '/api/';

/** Throws what `failed` answers. */
export function sane(): MiddlewareHandler {
  return (c, next) => {
    if (c.req.url.length > ADDRESS_CHARACTERS) throw new HTTPException(414);
    if (![...READS, ...WRITES].includes(c.req.method)) throw new HTTPException(405);
    return next();
  };
}

/**
 * Only pages of ours may change something. Browsers say where a request comes from; who says nothing is no browser, and
 * has no business with a session. Programs have tokens of their own, which no browser adds by itself. Not Hono's
 * middleware: that looks at forms alone. `origin`: null where it is not known; then the request's own.
 */
export function ownPagesOnly(origin: string | null): MiddlewareHandler {
  return (c, next) => {
    if (READS.includes(c.req.method) || c.req.path.startsWith(API)) return next();
    const from = c.req.header('sec-fetch-site');
    const right =
      from === undefined
        ? isOrigin(c.req.header('origin'), origin ?? new URL(c.req.url).origin)
        : from === 'same-origin';
    if (!right) throw new HTTPException(403);
    return next();
  };
}

function isOrigin(given: string | undefined, right: string): boolean {
  return given !== undefined && URL.canParse(given) && new URL(given).origin === right;
}

export const smallBodies = (): MiddlewareHandler =>
  bodyLimit({
    maxSize: FORM_BYTES,
    onError: () => {
      throw new HTTPException(413);
    },
  });

export const inTime = (): MiddlewareHandler => timeout(PAGE_MS, () => new HTTPException(503));

const WORDS: Readonly<Record<number, readonly [title: string, text: string]>> = {
  400: ['This request is not understood', 'Something in the address or the form is not what it should be.'],
  401: ['Sign in first', 'This needs a session.'],
  403: [
    'This did not come from a page of ours',
    'Nothing was changed. Go back, reload the page and try again.',
  ],
  404: ['There is nothing here', 'The address is wrong, or what it led to is gone.'],
  405: ['This cannot be done here', 'The address is there for something else.'],
  413: ['That is too much', 'What was sent is larger than this server takes.'],
  414: ['The address is too long', 'Leave a part of the filter away.'],
  429: ['Too many requests', 'Wait for a minute and try again.'],
  503: ['That takes too long', 'The server is busy. Try again in a minute.'],
};

/** Nothing of the error is shown; the log has it under the number that is. */
export function failed(log: Log): ErrorHandler {
  return (error, c) => {
    const status = error instanceof HTTPException ? error.status : 500;
    const words = WORDS[status];
    if (words !== undefined) {
      if (status === 429 || status === 503) c.header('retry-after', '60');
      if (status === 405) c.header('allow', 'GET, HEAD, POST');
      return refuse(c, { status: status, title: words[0], text: words[1] });
    }
    const number = randomUUID();
    log.error({ err: error, number, path: c.req.path.slice(0, 200) }, 'a page failed');
    return refuse(c, {
      status: 500,
      title: 'That is a bug',
      text: `The log of the server says more, under the number ${number}.`,
    });
  };
}
