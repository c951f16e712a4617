/** The GitHub adapter: REST for github.com and Enterprise Server. The only room that knows Octokit. */
import type { GitHub } from '../ports/github.js';
import type { Log } from '../ports/log.js';
import { createApp } from './app.js';
import { createBranches } from './branches.js';
import { createChecks } from './checks.js';
import { createClient } from './client.js';
import { createComments } from './comments.js';
import { GITHUB_PACE, type Pace } from './pace.js';
import { createPeople } from './people.js';
import { createPullRequests } from './pull-requests.js';
import { createReleases } from './releases.js';

export { toDelivery, type OwnApp } from './hints.js';
export { GITHUB_PACE, type Pace } from './pace.js';
export { APP_ENDPOINTS, EVENTS, INSTALLATION_ENDPOINTS, PERMISSIONS } from './permissions.js';

export interface GitHubOptions {
  readonly appId: number;
  /** PEM, PKCS#1 as GitHub gives it or PKCS#8. */
  readonly privateKey: string;
  /** Enterprise Server: `https://HOST/api/v3`. */
  readonly apiUrl?: string;
  /** Where repositories are cloned from: `GITURL/OWNER/NAME.git`. */
  readonly gitUrl?: string;
  readonly log: Log;
  readonly fetch?: typeof fetch;
  /** Of this program, for the user agent. */
  readonly version: string;
  /**
   * Most requests that each installation makes; null: no limit of our own. Left out: GitHub's for github.com, none for
   * other servers, since Enterprise Server has its limits switched off unless an administrator sets some.
   */
  readonly pace?: Pace | null;
}

export function createGitHub(options: GitHubOptions): GitHub {
  const apiUrl = options.apiUrl ?? 'https://api.github.com';
  const gitUrl = (options.gitUrl ?? 'https://github.com').replace(/\/+$/, '');
  const client = createClient({
    appId: options.appId,
    privateKey: options.privateKey,
    apiUrl,
    log: options.log,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    userAgent: `docops/${options.version}`,
    pace: options.pace === undefined ? paceOf(apiUrl) : options.pace,
  });
  const app = createApp(client);
  let login: string | undefined;
  const ownLogin = async () => (login ??= `${(await app.app()).slug}[bot]`);

  return {
    ...createChecks(client),
    ...createPullRequests(client),
    ...createComments(client, ownLogin),
    ...createPeople(client),
    ...createBranches(client),
    ...createReleases(client),
    ...app,
    cloneUrl(repository) {
      const { owner, repo } = client.names.nameOf(repository);
      return `${gitUrl}/${owner}/${repo}.git`;
    },
    cloneToken: (repository, renew) => client.cloneToken(repository, renew),
  };
}

/** github.com, and Enterprise Cloud with data residency (`api.TENANT.ghe.com`). */
function paceOf(apiUrl: string): Pace | null {
  const { hostname } = new URL(apiUrl);
  return hostname === 'api.github.com' || hostname.endsWith('.ghe.com') ? GITHUB_PACE : null;
}
