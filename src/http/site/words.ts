/** What every page is given, and what it may ask about who looks at it. */
import type { Context, Env } from 'hono';
import type { RepositoryRef } from '../../core/app-words.js';
import type { ConfigurationFiles } from '../../ports/configuration-files.js';
import type { DocumentViews } from '../../ports/document-views.js';
import type { Insight } from '../../ports/insight.js';
import type { Log } from '../../ports/log.js';
import type { Person, RepositoryAccess, SignIn } from '../../ports/people.js';
import type { Queue } from '../../ports/queue.js';
import type { Sessions } from '../../ports/sessions.js';
import type { Simulations } from '../../ports/simulations.js';
import type { Store } from '../../ports/store.js';
import type { ApiTokens } from '../../ports/tokens.js';
import type { Links } from '../links.js';

export interface SitePorts {
  readonly store: Pick<
    Store,
    'evaluation' | 'reports' | 'repository' | 'activeRepositories' | 'disputes' | 'audit' | 'now'
  >;
  readonly insight: Insight;
  readonly sessions: Sessions;
  readonly tokens: ApiTokens;
  readonly simulations: Simulations;
  /** Null: sign-in is not set up; then a run's page is reached by its link with a key alone. */
  readonly signIn: SignIn | null;
  readonly documents: DocumentViews;
  readonly configurationFiles: ConfigurationFiles;
  readonly queue: Pick<Queue, 'add' | 'waiting'>;
  readonly links: Links;
  readonly log: Log;
  readonly settings: {
    /** Where people reach this server, without a slash at its end; null: not known. */
    readonly url: string | null;
    /** Pages of GitHub: `https://github.com`. */
    readonly gitHubUrl: string;
    readonly version: string;
    /** Seals sessions and short-lived links; the same in every process of one installation. */
    readonly secrets: readonly [string, ...string[]];
  };
}

/** Somebody who may see a repository's pages. */
export interface Visitor {
  /** Null: came by a run's link with a key, where sign-in is not set up. */
  readonly person: Person | null;
  readonly role: RepositoryAccess['role'];
  /** Documents themselves (pages, texts): who may read a private repository; who may write to a public one. */
  readonly seesDocuments: boolean;
  /** Query to carry on to other addresses of the same run: `key=…`, or empty. */
  readonly query: string;
}

export interface SignedIn {
  readonly person: Person;
  /** Repositories with the App that this person has a role in. */
  repositories(): Promise<readonly RepositoryAccess[]>;
}

/** Decides who sees what. An answer that is a `Response` is to be returned as it is: sign-in, or "there is nothing here". */
export interface Gatekeeper {
  /** Pages of the whole instance; needs sign-in. */
  person(c: Context): Promise<SignedIn | Response>;
  /** `evaluationId`: of whom the page is, which a key in its link may open where sign-in is not set up. */
  visitor(c: Context, repository: RepositoryRef, evaluationId?: string): Promise<Visitor | Response>;
  /** The same, and at least this role. */
  visitorWith(c: Context, repository: RepositoryRef, role: 'write' | 'admin'): Promise<Visitor | Response>;
  /** What an unknown page and one that is not for this visitor look like: the same. */
  nothingHere(c: Context): Response | Promise<Response>;
  /** For the top of pages; null: nobody is signed in. */
  signedInAs(c: Context): Promise<Person | null>;
  /** Address that gives what is at `path` for some minutes, to this visitor's session alone; `path` begins with a slash and has no query `until`, `sig`. */
  shortLived(c: Context, path: string): Promise<string>;
  /** Whether the request's own address is one of these and still holds. */
  shortLivedHolds(c: Context): Promise<boolean>;
}

export interface Site extends SitePorts {
  readonly gate: Gatekeeper;
}

export type SiteEnv = Env;
