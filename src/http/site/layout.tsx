/** What frames every page: who looks, where one is, and the way back. All text in it is escaped by hono/jsx. */
import type { Context } from 'hono';
import type { FC, PropsWithChildren } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { RepositoryRef } from '../../core/app-words.js';
import type { Person } from '../../ports/people.js';
import { name } from '../../core/report/words.js';
import { assetUrl, type AssetName } from './assets.js';
import { accessUrl, configurationUrl, homeUrl, ledgerUrl, repositoryUrl, signInUrl } from './urls.js';

export type Tab = 'runs' | 'configuration' | 'ledger' | 'access';

export interface LayoutProps {
  /** Of the browser's tab; ends with what it belongs to. */
  readonly title: string;
  readonly person: Person | null;
  /** Null: sign-in is not set up, so nothing of the frame leads anywhere. */
  readonly signIn: 'set up' | 'not set up';
  readonly repository?: RepositoryRef;
  readonly tab?: Tab;
  /** What comes after the repository in the crumbs. */
  readonly here?: string;
  /** May see what only administrators of the repository see. */
  readonly admin?: boolean;
  readonly scripts?: readonly AssetName[];
  /** Seconds after which the page is loaded again where no script keeps it up to date. */
  readonly refresh?: number;
}

/** Private pages stay out of the browser's storage, and no script is made of text. */
const HTMX = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  timeout: 60_000,
});

const TABS: readonly (readonly [Tab, string, (repository: RepositoryRef) => string])[] = [
  ['runs', 'Accuracy and runs', (repository) => repositoryUrl(repository)],
  ['configuration', 'Try a configuration', (repository) => configurationUrl(repository)],
  ['ledger', 'Ledger', (repository) => ledgerUrl(repository)],
  ['access', 'API tokens', accessUrl],
];

export const Layout: FC<PropsWithChildren<LayoutProps>> = ({
  title,
  person,
  signIn,
  repository,
  tab,
  here,
  admin,
  scripts,
  refresh,
  children,
}) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="referrer" content="no-referrer" />
      <meta name="robots" content="noindex" />
      <meta name="color-scheme" content="light dark" />
      <meta name="htmx-config" content={HTMX} />
      {refresh !== undefined && (
        <noscript>
          <meta http-equiv="refresh" content={String(refresh)} />
        </noscript>
      )}
      <link rel="icon" href="data:," />
      <title>{`${title} · DocOps`}</title>
      <link rel="stylesheet" href={assetUrl('docops.css')} />
      {['htmx.js' as const, ...(scripts ?? [])].map((script) => (
        <script src={assetUrl(script)} defer></script>
      ))}
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <div class="site">
        <nav class="bar" aria-label="Where you are">
          <a class="brand" href={homeUrl}>
            DocOps
          </a>
          <span class="crumbs">
            {repository !== undefined &&
              (signIn === 'set up' ? (
                <a href={repositoryUrl(repository)}>
                  {name(repository.owner)}/{name(repository.name)}
                </a>
              ) : (
                <span>
                  {name(repository.owner)}/{name(repository.name)}
                </span>
              ))}
            {here !== undefined && <span>/ {here}</span>}
          </span>
          <span class="who">
            {person !== null ? (
              <>
                <span>{name(person.login)}</span>
                <form method="post" action="/sign-out">
                  <button class="button" type="submit">
                    Sign out
                  </button>
                </form>
              </>
            ) : (
              signIn === 'set up' && <a href={signInUrl('/')}>Sign in</a>
            )}
          </span>
        </nav>
        {repository !== undefined && tab !== undefined && signIn === 'set up' && (
          <nav class="tabs" aria-label="Repository">
            {TABS.filter(([id]) => id !== 'access' || admin === true).map(([id, label, url]) => (
              <a href={url(repository)} aria-current={id === tab ? 'page' : undefined}>
                {label}
              </a>
            ))}
          </nav>
        )}
      </div>
      {children}
    </body>
  </html>
);

/** `element`: a `<Layout>` with its page. Titles and headings stand inside a `<main id="main">`. */
export function sendPage(c: Context, element: unknown, status: ContentfulStatusCode = 200): Response {
  return c.html(`<!doctype html>\n${(element as { toString(): string }).toString()}\n`, status);
}

/** A part of a page for htmx to put in its place. */
export function sendPart(c: Context, element: unknown): Response {
  return c.html((element as { toString(): string }).toString());
}
