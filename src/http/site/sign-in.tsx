/** `/sign-in` → GitHub → `/sign-in/callback` → a session; `/sign-out` ends it. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono, type Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { HTTPException } from 'hono/http-exception';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { SIGN_IN_MS, SIGN_INS_PER_MINUTE } from '../../core/limits.js';
import { GitHubError } from '../../ports/github.js';
import type { SignIn } from '../../ports/people.js';
import { SIGN_IN_CALLBACK } from '../sign-in-path.js';
import type { Door } from './gate.js';
import { ownPath } from './own-path.js';
import { gitHubAway, refuse } from './refusals.js';
import { cookieOptions, readCookie } from './sessions.js';
import { signInUrl } from './urls.js';
import type { SitePorts } from './words.js';

const COOKIE = 'docops-sign-in';
const CODE = /^[\w-]{1,200}$/;
/** Answers of GitHub that were taken; a sealed cookie cannot tell by itself. */
const ANSWERS_REMEMBERED = 10_000;

interface Flow {
  readonly state: string;
  readonly verifier: string;
  readonly to: string;
}

export function signInPages(
  { signIn, settings, log }: Pick<SitePorts, 'signIn' | 'settings' | 'log'>,
  door: Door,
): Hono {
  const app = new Hono();
  // `/sign-in` and the rest are unknown addresses where nobody can sign in.
  if (signIn === null || settings.url === null) return app;
  const { url } = settings;
  const { seals, browsers } = door;
  const style = { secure: url.startsWith('https:') };
  const redirectUrl = `${url}${SIGN_IN_CALLBACK}`;
  const pace = new RateLimiterMemory({ points: SIGN_INS_PER_MINUTE, duration: 60 });
  const taken = new LRUCache<string, true>({ max: ANSWERS_REMEMBERED, ttl: SIGN_IN_MS });

  app.get('/sign-in', async (c) => {
    const flow: Flow = {
      state: randomBytes(32).toString('base64url'),
      verifier: randomBytes(32).toString('base64url'),
      to: ownPath(c.req.query('to')),
    };
    setCookie(c, COOKIE, await seals.seal('sign-in', { ...flow }, SIGN_IN_MS), {
      ...cookieOptions(style),
      maxAge: SIGN_IN_MS / 1000,
    });
    const challenge = createHash('sha256').update(flow.verifier).digest('base64url');
    return c.redirect(signIn.authorizeUrl({ state: flow.state, redirectUrl, challenge }), 302);
  });

  /** The flow that GitHub's answer belongs to, once. */
  const flowOf = async (c: Context): Promise<Flow | undefined> => {
    const sealed = readCookie(c, COOKIE, style);
    deleteCookie(c, COOKIE, cookieOptions(style));
    const opened = sealed === undefined ? undefined : await seals.open('sign-in', sealed);
    if (opened === undefined) return undefined;
    const flow = opened as unknown as Flow;
    if (!same(c.req.query('state') ?? '', flow.state) || taken.has(flow.state)) return undefined;
    taken.set(flow.state, true);
    return flow;
  };

  app.get(SIGN_IN_CALLBACK, async (c) => {
    await pace.consume(addressOf(c)).catch(() => {
      throw new HTTPException(429);
    });
    const flow = await flowOf(c);
    const again = (text: string): Response =>
      refuse(c, {
        status: 400,
        title: 'You are not signed in',
        text,
        signIn: 'set up',
        link: { to: signInUrl(flow?.to ?? '/'), label: 'Sign in' },
      });
    if (flow === undefined)
      return again(
        'This is not the answer to a sign-in that this browser began in the last ten minutes, or it was used before.',
      );
    const code = c.req.query('code') ?? '';
    if (c.req.query('error') !== undefined || !CODE.test(code)) return again('GitHub did not let you in.');
    try {
      const given = await signIn.exchange({ code, redirectUrl, verifier: flow.verifier });
      const person = given === undefined ? undefined : await signIn.person(given.token);
      if (given === undefined || person === undefined) return again("GitHub's answer is no longer good.");
      const session = await browsers.begin(c, { person, ...given });
      if (session === undefined) return again("GitHub's answer is no longer good.");
      log.info({ person: person.id, login: person.login }, 'signed in');
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      log.warn({ err: error }, 'a sign-in failed at GitHub');
      return gitHubAway(c, { signIn: 'set up' });
    }
    return c.redirect(`${url}${flow.to}`, 302);
  });

  app.post('/sign-out', async (c) => {
    await endSession(c, door, signIn);
    return c.redirect('/signed-out', 303);
  });

  app.get('/signed-out', (c) =>
    refuse(c, {
      status: 200,
      title: 'You are signed out',
      text: 'GitHub still knows you: signing in again may need no password.',
      signIn: 'set up',
      link: { to: signInUrl('/'), label: 'Sign in' },
    }),
  );
  return app;
}

/** The session first: it has to end also where GitHub cannot be reached. */
async function endSession(c: Context, { browsers }: Door, signIn: SignIn): Promise<void> {
  const old = await browsers.end(c);
  if (old !== undefined) await signIn.revoke(old.token);
}

function same(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Of the client, or of the proxy in front: what forwarded headers say, anybody can say. */
function addressOf(c: Context): string {
  const env = c.env as { readonly incoming?: unknown } | undefined;
  return env?.incoming === undefined ? 'unknown' : (getConnInfo(c).remote.address ?? 'unknown');
}
