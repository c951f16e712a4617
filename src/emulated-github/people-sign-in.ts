/**
 * People who sign in through the App: the page where one chooses who one is, codes that work once, and user tokens.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
import { createHash, randomBytes } from 'node:crypto';
import type { UserToken } from './access.js';
import type { Account, AppIdentity, Json, World } from './world.js';

const CODE_MS = 10 * 60_000;
const TOKEN_SECONDS = 8 * 60 * 60;
const REFRESH_TOKEN_SECONDS = 15_897_600;

interface Pending {
  readonly person: Account;
  readonly redirectUri: string;
  /** Base64url of a SHA-256; null: without PKCE. */
  readonly challenge: string | null;
  readonly until: number;
}

export type Authorization =
  | { readonly kind: 'page'; readonly html: string }
  | { readonly kind: 'back'; readonly location: string }
  | { readonly kind: 'refused'; readonly html: string };

export class PeopleSignIn {
  readonly #world: World;
  readonly #add: (token: UserToken) => void;
  readonly #codes = new Map<string, Pending>();

  constructor(world: World, add: (token: UserToken) => void) {
    this.#world = world;
    this.#add = add;
  }

  /** `login`: who was chosen on the page; `cancel`: nobody. */
  authorize(query: URLSearchParams): Authorization {
    const { app } = this.#world;
    if (query.get('client_id') !== app.clientId)
      return { kind: 'refused', html: page('404', '<p>There is no App with this client ID.</p>') };
    const redirectUri = query.get('redirect_uri') ?? app.callbackUrls[0] ?? '';
    if (!URL.canParse(redirectUri) || !isRegistered(redirectUri, app))
      return {
        kind: 'refused',
        html: page('Be careful!', '<p>The redirect_uri is not associated with this application.</p>'),
      };
    const back = new URL(redirectUri);
    const state = query.get('state');
    if (state !== null) back.searchParams.set('state', state);
    const login = query.get('login');
    if (login === null) return { kind: 'page', html: choice(app, this.#people(), query) };
    const person = this.#people().find((one) => one.login === login);
    if (person === undefined) {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'The user has denied your application access.');
      return { kind: 'back', location: back.href };
    }
    const code = randomBytes(10).toString('hex');
    const challenge = query.get('code_challenge_method') === 'S256' ? query.get('code_challenge') : null;
    this.#codes.set(code, { person, redirectUri, challenge, until: Date.now() + CODE_MS });
    back.searchParams.set('code', code);
    return { kind: 'back', location: back.href };
  }

  /** Answers 200 whatever comes of it, as GitHub does. */
  exchange(asked: Readonly<Record<string, unknown>>): Json {
    const { app } = this.#world;
    if (asked['client_id'] !== app.clientId || asked['client_secret'] !== app.clientSecret)
      return oauthError(
        'incorrect_client_credentials',
        'The client_id and/or client_secret passed are incorrect.',
      );
    const code = String(asked['code']);
    const pending = this.#codes.get(code);
    this.#codes.delete(code);
    if (pending === undefined || pending.until <= Date.now())
      return oauthError('bad_verification_code', 'The code passed is incorrect or expired.');
    if (asked['redirect_uri'] !== undefined && asked['redirect_uri'] !== pending.redirectUri)
      return oauthError(
        'redirect_uri_mismatch',
        'The redirect_uri MUST match the registered callback URL for this application.',
      );
    const verifier = typeof asked['code_verifier'] === 'string' ? asked['code_verifier'] : '';
    if (pending.challenge !== null && sha256(verifier) !== pending.challenge)
      return oauthError('bad_verification_code', 'The code passed is incorrect or expired.');
    const token = `ghu_${randomBytes(18).toString('hex')}`;
    this.#add({
      token,
      person: pending.person,
      expiresAt: Date.now() + TOKEN_SECONDS * 1000,
      revoked: false,
    });
    return {
      access_token: token,
      expires_in: TOKEN_SECONDS,
      refresh_token: `ghr_${randomBytes(38).toString('hex')}`,
      refresh_token_expires_in: REFRESH_TOKEN_SECONDS,
      token_type: 'bearer',
      scope: '',
    };
  }

  #people(): readonly Account[] {
    return this.#world.accounts.filter(({ type }) => type === 'User');
  }
}

/** A host on this machine stands for every port of it. https://docs.github.com/apps/creating-github-apps/registering-a-github-app/about-the-user-authorization-callback-url */
function isRegistered(asked: string, { callbackUrls }: AppIdentity): boolean {
  const given = new URL(asked);
  return callbackUrls.some((known) => {
    const registered = new URL(known);
    const local = ['localhost', '127.0.0.1'].includes(registered.hostname);
    return (
      registered.protocol === given.protocol &&
      registered.hostname === given.hostname &&
      (local || registered.port === given.port) &&
      (given.pathname === registered.pathname ||
        given.pathname.startsWith(`${registered.pathname.replace(/\/$/, '')}/`))
    );
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function oauthError(error: string, description: string): Json {
  return { error, error_description: description, error_uri: 'https://docs.github.com/apps/oauth' };
}

function choice(app: AppIdentity, people: readonly Account[], query: URLSearchParams): string {
  const kept = [...query]
    .filter(([name]) => name !== 'login')
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join('');
  const buttons = people
    .map(({ login }) => `<p><button name="login" value="${escape(login)}">${escape(login)}</button></p>`)
    .join('');
  const words = `<p>This is an emulated GitHub. ${escape(app.name)} asks to know who you are.</p>`;
  return page(
    'Who are you?',
    `${words}<form action="/login/oauth/authorize" method="get">${kept}${buttons}<p><button name="login" value="">Cancel</button></p></form>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title></head><body><main><h1>${escape(title)}</h1>${body}</main></body></html>\n`;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
