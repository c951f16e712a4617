/** Answers without a page behind them: a page of a few words for browsers, `docops: …` for everybody else. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Person } from '../../ports/people.js';
import { Layout, sendPage } from './layout.js';
import { signInUrl } from './urls.js';

export interface Refusal {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  /** One or two sentences. */
  readonly text: string;
  readonly person?: Person | null;
  readonly signIn?: 'set up' | 'not set up';
  /** A way on. */
  readonly link?: { readonly to: string; readonly label: string };
}

export function refuse(
  c: Context,
  { status, title, text, person = null, signIn = 'not set up', link }: Refusal,
): Response {
  if (c.req.header('accept')?.includes('text/html') !== true)
    return c.text(`docops: ${title.charAt(0).toLowerCase()}${title.slice(1)}\n`, status);
  return sendPage(
    c,
    <Layout title={title} person={person} signIn={signIn}>
      <main id="main">
        <h1 class="page-title">{title}</h1>
        <p class="lead">{text}</p>
        {link !== undefined && (
          <p>
            <a class="button" href={link.to}>
              {link.label}
            </a>
          </p>
        )}
      </main>
    </Layout>,
    status,
  );
}

/** One answer for what does not exist and for what is not this visitor's to know of. */
export function absent(c: Context, frame: Pick<Refusal, 'person' | 'signIn'>): Response {
  return refuse(c, {
    ...frame,
    status: 404,
    title: 'There is nothing here',
    text: 'The address is wrong, what it led to is gone, or GitHub does not say that you may read the repository.',
    link: { to: '/', label: 'To the start' },
  });
}

export function gitHubAway(c: Context, frame: Pick<Refusal, 'person' | 'signIn'>): Response {
  c.header('retry-after', '30');
  return refuse(c, {
    ...frame,
    status: 503,
    title: 'GitHub cannot be asked now',
    text: 'GitHub decides who may see what, and it does not answer. Try again in a minute.',
  });
}

/** Pages are sent to sign-in; programs and parts of pages hear that it is needed. */
export function askToSignIn(c: Context): Response {
  const { pathname, search } = new URL(c.req.url);
  if (c.req.header('hx-request') === 'true') {
    c.header('hx-redirect', signInUrl(pageOf(c.req.header('hx-current-url')) ?? pathname));
    return c.text('docops: sign in first\n', 401);
  }
  const reads = c.req.method === 'GET' || c.req.method === 'HEAD';
  return reads && isForPage(c)
    ? c.redirect(signInUrl(pathname + search), 302)
    : refuse(c, {
        status: 401,
        title: 'Sign in first',
        text: 'Your session has ended. Nothing was changed.',
        signIn: 'set up',
        link: { to: signInUrl('/'), label: 'Sign in' },
      });
}

/** Where the browser stands; whether it is a path of ours is looked at when it is used. */
function pageOf(current: string | undefined): string | undefined {
  if (current === undefined || !URL.canParse(current)) return undefined;
  const { pathname, search } = new URL(current);
  return pathname + search;
}

/** Pictures and event streams cannot sign in. */
function isForPage(c: Context): boolean {
  const destination = c.req.header('sec-fetch-dest');
  if (destination !== undefined) return destination === 'document';
  return !/^(?:image\/|text\/event-stream)/.test(c.req.header('accept') ?? '');
}
