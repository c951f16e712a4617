/**
 * Signing in with GitHub: the web application flow of a GitHub App, and what a person's own token shows.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
 */
import { deleteToken, exchangeWebFlowCode } from '@octokit/oauth-methods';
import { retry } from '@octokit/plugin-retry';
import { Octokit } from '@octokit/rest';
import pLimit from 'p-limit';
import { GITHUB_REQUEST_MS, PERSON_INSTALLATIONS, PERSON_REPOSITORIES } from '../core/limits.js';
import { GitHubError } from '../ports/github.js';
import type { Log } from '../ports/log.js';
import type { RepositoryAccess, SignIn } from '../ports/people.js';
import { toGitHubError } from './errors.js';

export interface SignInOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly apiUrl: string;
  /** Pages of GitHub: `https://github.com`. */
  readonly webUrl: string;
  readonly version: string;
  readonly log: Log;
  readonly fetch?: typeof fetch;
}

const PATIENT = Octokit.plugin(retry);
/** A browser waits: no page is worth more than one quick repetition. */
const REPEAT_MS = 250;
const NEVER_AGAIN = Array.from({ length: 100 }, (_, index) => 400 + index);
/** What GitHub says of a code that it does not (or no longer) know, or that is another browser's. */
const BAD_CODES = new Set(['bad_verification_code', 'incorrect_code_verifier', 'invalid_grant']);
const AT_ONCE = 4;
/** Best effort: nobody waits for GitHub in order to leave. */
const REVOKE_MS = 5_000;

export function createSignIn(options: SignInOptions): SignIn {
  const { clientId, clientSecret, log } = options;
  const webUrl = options.webUrl.replace(/\/+$/, '');
  const silent = () => undefined;
  const octokitLog = { debug: silent, info: silent, warn: silent, error: silent };
  const octokit = new PATIENT({
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    userAgent: `docops/${options.version}`,
    log: octokitLog,
    request: { log: octokitLog, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) },
    retry: { retries: 1, retryAfterBaseValue: REPEAT_MS, doNotRetry: NEVER_AGAIN },
  });

  const asked = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw toGitHubError(error, what, Date.now());
    }
  };
  const within = (ms = GITHUB_REQUEST_MS) => ({ signal: AbortSignal.timeout(ms) });
  const as = (token: string) => ({ headers: { authorization: `token ${token}` }, request: within() });

  return {
    authorizeUrl({ state, redirectUrl, challenge }) {
      const query = { client_id: clientId, redirect_uri: redirectUrl, state };
      const proof = { code_challenge: challenge, code_challenge_method: 'S256' };
      return `${webUrl}/login/oauth/authorize?${new URLSearchParams({ ...query, ...proof }).toString()}`;
    },

    async exchange({ code, redirectUrl, verifier }) {
      // The library knows GitHub's answers but not PKCE: what it sends gets the verifier added, and the right host.
      const request = octokit.request.defaults({
        request: {
          ...within(),
          retries: 0,
          hook: (send: (sent: object) => Promise<unknown>, sent: object) =>
            send({ ...sent, baseUrl: webUrl, code_verifier: verifier }),
        },
      });
      try {
        const { authentication, data } = await exchangeWebFlowCode({
          clientType: 'github-app',
          clientId,
          clientSecret,
          code,
          redirectUrl,
          request,
        });
        const { expires_in: seconds } = data as { readonly expires_in?: unknown };
        return {
          token: authentication.token,
          expiresAt: typeof seconds === 'number' ? new Date(Date.now() + seconds * 1000) : null,
        };
      } catch (error) {
        if (BAD_CODES.has(errorCode(error) ?? '')) return undefined;
        throw exchangeError(error);
      }
    },

    async person(token) {
      try {
        const { data } = await asked('GET /user', () => octokit.rest.users.getAuthenticated(as(token)));
        return { id: data.id, login: data.login };
      } catch (error) {
        if (error instanceof GitHubError && error.status === 401) return undefined;
        throw error;
      }
    },

    async access(token, repositoryId) {
      const what = `GET /repositories/${repositoryId}`;
      try {
        // Not in GitHub's reference; it is where GitHub redirects the old names of a repository to.
        const answer = await asked(what, () =>
          octokit.request('GET /repositories/{id}', { id: repositoryId, ...as(token) }),
        );
        return toAccess(answer.data as RepositoryAnswer, what);
      } catch (error) {
        // 403: the organization wants more of this person (single sign-on, an address that it allows). 451: taken down.
        if (error instanceof GitHubError && isNo(error)) return undefined;
        throw error;
      }
    },

    async repositories(token) {
      const found = new Map<number, RepositoryAccess>();
      const pages = async <T>(what: string, list: AsyncIterable<{ data: readonly T[] }>, most: number) => {
        const all: T[] = [];
        for await (const { data } of list) {
          all.push(...data);
          if (all.length < most) continue;
          log.warn({ list: what, most }, 'a list is longer than what is read of it');
          break;
        }
        return all.slice(0, most);
      };
      return asked('repositories of a person', async () => {
        const { apps } = octokit.rest;
        const installations = await pages(
          'installations',
          octokit.paginate.iterator(apps.listInstallationsForAuthenticatedUser, {
            per_page: 100,
            ...as(token),
          }),
          PERSON_INSTALLATIONS,
        );
        const limit = pLimit(AT_ONCE);
        const lists = await Promise.all(
          installations
            .filter(({ suspended_at: suspended }) => suspended === null)
            .map(({ id }) =>
              limit(() =>
                pages(
                  'repositories',
                  octokit.paginate.iterator(apps.listInstallationReposForAuthenticatedUser, {
                    installation_id: id,
                    per_page: 100,
                    ...as(token),
                  }),
                  PERSON_REPOSITORIES,
                ),
              ),
            ),
        );
        for (const repository of lists.flat().slice(0, PERSON_REPOSITORIES))
          found.set(repository.id, toAccess(repository, 'repositories of a person'));
        return [...found.values()];
      });
    },

    async revoke(token) {
      try {
        const request = octokit.request.defaults({ request: { ...within(REVOKE_MS), retries: 0 } });
        await deleteToken({ clientType: 'github-app', clientId, clientSecret, token, request });
      } catch (error) {
        const told = toGitHubError(error, 'DELETE /applications/{client_id}/token', Date.now());
        // 404: it was at its end already.
        if (told.class !== 'not-found') log.warn({ err: told }, 'a token of a person was not taken back');
      }
    },
  };
}

interface RepositoryAnswer {
  readonly id: number;
  readonly private?: boolean;
  readonly visibility?: string;
  readonly permissions?: {
    readonly admin?: boolean;
    readonly maintain?: boolean;
    readonly push?: boolean;
  };
}

/** What is not said to be public is private. */
function toAccess(answer: RepositoryAnswer, what: string): RepositoryAccess {
  const { id, permissions, private: isPrivate, visibility = 'public' } = answer;
  if (typeof id !== 'number') throw new GitHubError('unavailable', `${what}: an answer without an id`);
  const writes = permissions?.push === true || permissions?.maintain === true;
  return {
    repositoryId: id,
    role: permissions?.admin === true ? 'admin' : writes ? 'write' : 'read',
    isPublic: isPrivate === false && visibility === 'public',
  };
}

function isNo({ class: kind, status }: GitHubError): boolean {
  return kind === 'not-found' || (kind === 'forbidden' && status !== 401) || status === 451;
}

/** GitHub answers 200 with `error` in it. */
function errorCode(error: unknown): string | undefined {
  const data = (error as { response?: { data?: unknown } } | null)?.response?.data;
  const code = typeof data === 'object' && data !== null && 'error' in data ? data.error : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** A wrong client secret is ours to mend, not the person's. The request had secrets; nothing of it is kept. */
function exchangeError(error: unknown): GitHubError {
  const what = 'POST /login/oauth/access_token';
  const code = errorCode(error);
  if (code === undefined) return toGitHubError(error, what, Date.now());
  const mend =
    code === 'incorrect_client_credentials'
      ? ': do GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET belong to the App?'
      : '';
  return new GitHubError('refused', `${what}: ${code.slice(0, 100)}${mend}`);
}
