/** Who may see what: GitHub is asked whether a person reads a repository; where it cannot be asked, nobody does. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RepositoryRef } from '../../core/app-words.js';
import { SESSION_REQUESTS_PER_MINUTE } from '../../core/limits.js';
import { GitHubError } from '../../ports/github.js';
import type { RepositoryAccess } from '../../ports/people.js';
import { createPermissions } from './permissions.js';
import { absent, askToSignIn, gitHubAway, refuse } from './refusals.js';
import { createSeals, type Seals } from './seals.js';
import { createBrowsers, type Browsers, type Standing } from './sessions.js';
import { shortLivedUrl, shortLivedUrlHolds } from './short-lived.js';
import { withQuery } from './urls.js';
import type { Gatekeeper, SitePorts, Visitor } from './words.js';

const RANK = { read: 0, write: 1, admin: 2 } as const;

export interface Door {
  readonly seals: Seals;
  readonly browsers: Browsers;
}

export const createDoor = (ports: Pick<SitePorts, 'sessions' | 'signIn' | 'settings'>): Door => {
  const seals = createSeals(ports.settings.secrets);
  return { seals, browsers: createBrowsers(ports, seals) };
};

export function createGatekeeper(
  ports: Pick<SitePorts, 'sessions' | 'signIn' | 'settings' | 'links' | 'log'>,
  { seals, browsers }: Door = createDoor(ports),
): Gatekeeper {
  const { signIn, links, log } = ports;
  const permissions = signIn === null ? null : createPermissions(signIn);
  const pace = new RateLimiterMemory({ points: SESSION_REQUESTS_PER_MINUTE, duration: 60 });
  const counted = new WeakSet<Context>();

  const standingOf = async (c: Context): Promise<Standing | undefined> => {
    const standing = await browsers.standing(c);
    if (standing === undefined || counted.has(c)) return standing;
    counted.add(c);
    await pace.consume(standing.session.id).catch(() => {
      throw new HTTPException(429);
    });
    return standing;
  };
  const frame = async (c: Context) =>
    ({
      person: (await standingOf(c))?.session.person ?? null,
      signIn: signIn === null ? 'not set up' : 'set up',
    }) as const;
  const nothingHere = async (c: Context): Promise<Response> => {
    // Whoever is not signed in does not learn what there is either.
    if (signIn !== null && (await standingOf(c)) === undefined) return askToSignIn(c);
    return absent(c, await frame(c));
  };

  /** What GitHub says; the answer to give where it says nothing. */
  const askGitHub = async <T>(c: Context, question: () => Promise<T>): Promise<T | Response> => {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof GitHubError)) throw error;
      if (error.status === 401) {
        // The person took the grant back, or the token is at its end.
        await browsers.end(c);
        return askToSignIn(c);
      }
      log.warn({ err: error }, 'GitHub could not be asked who may see a page');
      return gitHubAway(c, await frame(c));
    }
  };

  const byKey = (c: Context, evaluationId: string | undefined): Visitor | undefined => {
    const key = c.req.query('key');
    if (evaluationId === undefined || key === undefined || !links.fits(evaluationId, key)) return undefined;
    return { person: null, role: 'read', seesDocuments: true, query: withQuery('', { key }).slice(1) };
  };

  const visitor = async (
    c: Context,
    repository: RepositoryRef,
    evaluationId?: string,
  ): Promise<Visitor | Response> => {
    if (permissions === null) return byKey(c, evaluationId) ?? nothingHere(c);
    const standing = await standingOf(c);
    if (standing === undefined) return askToSignIn(c);
    const access = await askGitHub(c, () => permissions.access(standing, repository.id));
    if (access instanceof Response) return access;
    if (access === undefined) return nothingHere(c);
    const { role } = access;
    return { person: standing.session.person, role, seesDocuments: seesDocuments(access), query: '' };
  };

  /** To whom a short-lived address is given. */
  const holderOf = async (c: Context): Promise<string | undefined> => {
    if (signIn !== null) return (await standingOf(c))?.session.id;
    return c.req.query('key');
  };

  return {
    async person(c) {
      if (permissions === null) return notSetUp(c, ports.settings.version);
      const standing = await standingOf(c);
      if (standing === undefined) return askToSignIn(c);
      // Asked here, so that a page that lists them need not know of failures.
      const list = await askGitHub(c, () => permissions.repositories(standing));
      if (list instanceof Response) return list;
      return { person: standing.session.person, repositories: () => Promise.resolve(list) };
    },
    visitor,
    async visitorWith(c, repository, role) {
      const found = await visitor(c, repository);
      if (found instanceof Response) return found;
      return RANK[found.role] >= RANK[role] ? found : nothingHere(c);
    },
    nothingHere,
    signedInAs: async (c) => (await standingOf(c))?.session.person ?? null,
    async shortLived(c, path) {
      const holder = await holderOf(c);
      if (holder === undefined) throw new Error('a short-lived address belongs to a visitor');
      return shortLivedUrl(seals, path, holder);
    },
    async shortLivedHolds(c) {
      const holder = await holderOf(c);
      return holder !== undefined && shortLivedUrlHolds(seals, c.req.url, holder);
    },
  };
}

/** Everybody reads a public repository; its documents are for who works on it. */
function seesDocuments({ isPublic, role }: RepositoryAccess): boolean {
  return !isPublic || role !== 'read';
}

function notSetUp(c: Context, version: string): Response {
  return refuse(c, {
    status: 200,
    title: 'Signing in with GitHub is not set up',
    text: `DocOps ${version}. There is nothing to choose from here: a report is reached by the "Details" link of its check. Whoever runs this server sets GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET and DOCOPS_URL; docs/install.md says where they come from.`,
  });
}
