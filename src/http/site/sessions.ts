/** Who a browser belongs to: a random secret in its cookie, whose hash names a row with the sealed token of GitHub. */
import { createHash, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import { SESSION_MS } from '../../core/limits.js';
import type { Person } from '../../ports/people.js';
import type { Session } from '../../ports/sessions.js';
import type { Seals } from './seals.js';
import type { SitePorts } from './words.js';

export interface Standing {
  readonly session: Session;
  /** GitHub's, of the person. */
  readonly token: string;
}

export interface Browsers {
  /** Asked once for each request. */
  standing(c: Context): Promise<Standing | undefined>;
  /** A new session, whatever the browser had before; that one ends. Undefined when the token is at its end already. */
  begin(
    c: Context,
    of: { readonly person: Person; readonly token: string; readonly expiresAt: Date | null },
  ): Promise<Session | undefined>;
  /** Removes the session and takes the cookie back; returns what it was. */
  end(c: Context): Promise<Standing | undefined>;
}

/** 256 bits. */
const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;

export interface CookieStyle {
  readonly secure: boolean;
}

/** `__Host-`: this host alone, over https alone. http is for a server on the own machine. */
export const cookieOptions = ({ secure }: CookieStyle): CookieOptions => {
  const always = { path: '/', httpOnly: true, sameSite: 'Lax' } as const;
  return secure ? { ...always, secure, prefix: 'host' } : always;
};

export function readCookie(c: Context, name: string, { secure }: CookieStyle): string | undefined {
  return secure ? getCookie(c, name, 'host') : getCookie(c, name);
}

export const SESSION_COOKIE = 'docops-session';

export function createBrowsers(
  { sessions, signIn, settings }: Pick<SitePorts, 'sessions' | 'signIn' | 'settings'>,
  seals: Seals,
): Browsers {
  const style = { secure: settings.url?.startsWith('https:') === true };
  const known = new WeakMap<Context, Promise<Standing | undefined>>();

  const find = async (c: Context): Promise<Standing | undefined> => {
    if (signIn === null) return undefined;
    const secret = readCookie(c, SESSION_COOKIE, style);
    if (secret === undefined || !SECRET.test(secret)) return undefined;
    const session = await sessions.session(idOf(secret));
    if (session === undefined) return undefined;
    const sealed = await seals.open('session token', session.sealedToken);
    // Bound to its row: a token that was moved into another one is not believed.
    if (sealed?.['session'] !== session.id || typeof sealed['token'] !== 'string') return undefined;
    return { session, token: sealed['token'] };
  };
  const standing = (c: Context): Promise<Standing | undefined> => {
    const before = known.get(c);
    if (before !== undefined) return before;
    const found = find(c);
    known.set(c, found);
    return found;
  };
  const forget = async (c: Context): Promise<Standing | undefined> => {
    const old = await standing(c);
    if (old !== undefined) await sessions.remove(old.session.id);
    known.set(c, Promise.resolve(undefined));
    return old;
  };

  return {
    standing,
    async begin(c, { person, token, expiresAt }) {
      const ttlMs = Math.min(SESSION_MS, (expiresAt?.getTime() ?? Infinity) - Date.now());
      if (ttlMs <= 0) return undefined;
      const old = await forget(c);
      const secret = randomBytes(SECRET_BYTES).toString('base64url');
      const id = idOf(secret);
      const sealedToken = await seals.seal('session token', { session: id, token }, ttlMs);
      const session = await sessions.create({ id, person, sealedToken, ttlMs });
      setCookie(c, SESSION_COOKIE, secret, { ...cookieOptions(style), maxAge: Math.floor(ttlMs / 1000) });
      if (old !== undefined) await signIn?.revoke(old.token);
      return session;
    },
    async end(c) {
      const old = await forget(c);
      deleteCookie(c, SESSION_COOKIE, cookieOptions(style));
      return old;
    },
  };
}

function idOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}
