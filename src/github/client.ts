/**
 * Octokit as this App uses it: JWT for the App, a token for each installation, GitHub's limits obeyed, every failure a
 * `GitHubError`. One request has at most one quick repetition (reads) and never waits for a limit to pass.
 */
import { createAppAuth } from '@octokit/auth-app';
import { retry } from '@octokit/plugin-retry';
import { Octokit } from '@octokit/rest';
import type { RepositoryRef } from '../core/app-words.js';
import { GITHUB_PAGES, GITHUB_REQUEST_MS, GITHUB_TOKEN_REST_MS } from '../core/limits.js';
import { GitHubError } from '../ports/github.js';
import type { Log } from '../ports/log.js';
import { toGitHubError } from './errors.js';
import { createNames, type Name, type Names } from './names.js';
import { createPaceKeeper, type Pace, type PaceKey, type PaceKind } from './pace.js';

export interface ClientOptions {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  readonly apiUrl: string;
  readonly log: Log;
  readonly fetch?: typeof fetch;
  readonly userAgent: string;
  readonly pace: Pace | null;
}

export interface Client {
  readonly appId: number;
  readonly log: Log;
  readonly names: Names;
  /** Speaks as the App. */
  readonly app: Octokit;
  /** Speaks for an installation. */
  installation(id: number): Octokit;
  /** For git: this repository alone, contents, reading. */
  cloneToken(repository: RepositoryRef, renew?: boolean): Promise<string>;
  /** Calls with the repository's name, and once more when it turns out to have another one. */
  inRepository<T>(repository: RepositoryRef, call: (octokit: Octokit, at: Name) => Promise<T>): Promise<T>;
  /** The pages of one list, cut at the limit with a warning. */
  pages<T>(what: string, list: AsyncIterable<T>): AsyncGenerator<T>;
}

type RequestOptions = Required<Parameters<Octokit['request']['endpoint']['parse']>[0]>;

const PATIENT = Octokit.plugin(retry);
/** Before a read is repeated; what lasts longer than a hiccup is the job's to wait for. */
const REPEAT_MS = 250;
/** Every 4xx says the same the second time. */
const NEVER_AGAIN = Array.from({ length: 100 }, (_, index) => 400 + index);

export function createClient(options: ClientOptions): Client {
  const { appId, privateKey, log } = options;
  const pace = createPaceKeeper(options.pace, () => Date.now());
  const names = createNames();
  // What Octokit would say of itself carries whole requests with their headers; it is said here instead.
  const warn = (message: string) => log.warn({}, message);
  const octokitLog = { debug: () => undefined, info: () => undefined, warn, error: () => undefined };
  const common = {
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    userAgent: options.userAgent,
    log: octokitLog,
    request: { log: octokitLog, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) },
    retry: { retries: 1, retryAfterBaseValue: REPEAT_MS, doNotRetry: NEVER_AGAIN },
  };

  const guard = (octokit: Octokit, key: PaceKey, authorization?: (renew: boolean) => Promise<string>) => {
    octokit.hook.wrap('request', async (request, sent) => {
      prepare(sent, common.baseUrl);
      const what = describe(octokit, sent);
      const started = Date.now();
      const attempt = async (renew: boolean) => {
        if (authorization !== undefined) sent.headers.authorization = await authorization(renew);
        return await request(sent);
      };
      const answered = (status: number | null, id: string | undefined) =>
        log.debug({ request: what, status, id, ms: Date.now() - started }, 'GitHub answered');
      pace.admit(key, paceKind(sent));
      try {
        const response = await attempt(false).catch((error: unknown) => {
          const stale = authorization !== undefined && !(error instanceof GitHubError);
          if (stale && statusOf(error) === 401) return attempt(true);
          throw error;
        });
        answered(response.status, response.headers['x-github-request-id']);
        refuseStrange(response, what);
        return response;
      } catch (error) {
        const told = toGitHubError(error, what, Date.now());
        if (!(error instanceof GitHubError)) answered(told.status, undefined);
        if (told.class === 'rate-limited' && told.retryAfterMs !== null) pace.stop(key, told.retryAfterMs);
        throw told;
      }
    });
    return octokit;
  };

  const app = guard(
    new PATIENT({ ...common, authStrategy: createAppAuth, auth: { appId, privateKey } }),
    'app',
  );

  /** A token with at least `restMs` to live. A refusal is never "not found": it says nothing about what was asked for. */
  const token = async (
    installationId: number,
    restMs: number,
    renew: boolean,
    restriction: { repositoryIds?: number[]; permissions?: Record<string, string> } = {},
  ): Promise<string> => {
    const ask = async (refresh: boolean) =>
      (await app.auth({ type: 'installation', installationId, refresh, ...restriction })) as {
        token: string;
        expiresAt: string;
      };
    try {
      const known = await ask(renew);
      if (renew || Date.parse(known.expiresAt) - Date.now() > restMs) return known.token;
      return (await ask(true)).token;
    } catch (error) {
      const told = toGitHubError(error, `token of installation ${installationId}`, Date.now());
      if (told.class === 'rate-limited' || told.class === 'unavailable') throw told;
      throw new GitHubError('forbidden', `no token for installation ${installationId}: ${told.message}`, {
        ...(told.status === null ? {} : { status: told.status }),
      });
    }
  };

  const installations = new Map<number, Octokit>();
  const installation = (id: number): Octokit => {
    const known = installations.get(id);
    if (known !== undefined) return known;
    const made = guard(new PATIENT(common), id, async (renew) => `token ${await token(id, 60_000, renew)}`);
    installations.set(id, made);
    return made;
  };

  return {
    appId,
    log,
    names,
    app,
    installation,
    cloneToken: ({ installationId, id }, renew = false) =>
      token(installationId, GITHUB_TOKEN_REST_MS, renew, {
        repositoryIds: [id],
        permissions: { contents: 'read' },
      }),
    async inRepository(repository, call) {
      const octokit = installation(repository.installationId);
      try {
        return await call(octokit, names.nameOf(repository));
      } catch (error) {
        if (!(error instanceof GitHubError) || error.class !== 'not-found') throw error;
        const present = await presentName(octokit, repository.id);
        if (present === undefined || !names.learn(repository, present)) throw error;
        log.info({ repository: repository.id, ...present }, 'the repository has a new name');
        return await call(octokit, names.nameOf(repository));
      }
    },
    async *pages(what, list) {
      let count = 0;
      for await (const page of list) {
        yield page;
        if (++count < GITHUB_PAGES) continue;
        log.warn({ list: what, pages: count }, 'a list is longer than what is read of it');
        return;
      }
    },
  };
}

/** Undefined when the installation cannot see it at all. */
async function presentName(octokit: Octokit, id: number): Promise<Name | undefined> {
  try {
    // Not in GitHub's reference; it is where GitHub redirects the old names of a repository to.
    const answer = await octokit.request('GET /repositories/{id}', { id });
    const { owner, name } = answer.data as { owner: { login: string }; name: string };
    return { owner: owner.login, repo: name };
  } catch (error) {
    if (error instanceof GitHubError && ['not-found', 'forbidden'].includes(error.class)) return undefined;
    throw error;
  }
}

/** Changes the options themselves: hooks further in are given those and nothing else. */
function prepare(options: RequestOptions, baseUrl: string): void {
  const read = options.method === 'GET';
  // The next page is where the answer says; a token goes to the API's own host only.
  if (/^https?:/.test(options.url)) options.url = onHost(options.url, baseUrl);
  options.headers = { ...options.headers };
  options.request = {
    ...options.request,
    signal: AbortSignal.timeout(GITHUB_REQUEST_MS),
    // A redirected POST would become a GET.
    redirect: read ? 'follow' : 'manual',
    ...(read ? {} : { retries: 0 }),
  };
}

function onHost(url: string, baseUrl: string): string {
  const { pathname, search } = new URL(url);
  return new URL(baseUrl).origin + pathname + search;
}

function paceKind({ method, url, request }: RequestOptions): PaceKind {
  if (method === 'GET' || url.endsWith('/access_tokens')) return 'read';
  return request['spare'] === true ? 'spare' : 'write';
}

function describe(octokit: Octokit, options: RequestOptions): string {
  const { method, url } = octokit.request.endpoint.parse(options);
  return `${method} ${new URL(url).pathname}`;
}

/** A redirected write (the repository has moved), or a page of a proxy instead of JSON. */
function refuseStrange({ status, data }: { status: number; data: unknown }, what: string): void {
  if (status >= 300) throw new GitHubError('not-found', `${what}: moved (${status})`, { status });
  if ((typeof data === 'string' && data !== '') || data instanceof ArrayBuffer)
    throw new GitHubError('unavailable', `${what}: ${status} with something that is not JSON`, { status });
}

function statusOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
}
