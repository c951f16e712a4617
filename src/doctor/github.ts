/** The App on GitHub against what the program needs: key, permissions, events, installations, webhook. */
import type { AppFacts, AppInstallation, GitHub } from '../ports/github.js';
import { findingsOf, inWords, type Finding } from './finding.js';

export interface Needed {
  /** Permission → access. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly events: readonly string[];
}

const CLOCK_MS = 60_000;
const RANK = ['none', 'read', 'write', 'admin'];

export interface GitHubExamination {
  readonly findings: readonly Finding[];
  /** Installations that can be looked into further. */
  readonly installations: readonly AppInstallation[];
}

export interface GitHubFacts {
  readonly github: Pick<GitHub, 'installations'>;
  readonly app: AppFacts;
  readonly needed: Needed;
  /** Page where the App is changed. */
  readonly settingsUrl: string;
  readonly nowMs?: () => number;
}

export async function examineApp({
  github,
  app,
  needed,
  settingsUrl,
  nowMs = Date.now,
}: GitHubFacts): Promise<GitHubExamination> {
  const { found, ok, warn, fail } = findingsOf('github');
  ok(`App ${app.name} (${app.slug}, ID ${app.id}); GitHub accepts its key`);

  if (app.clockMs !== null) {
    const skew = Math.round((nowMs() - app.clockMs) / 1000);
    if (Math.abs(skew) * 1000 <= CLOCK_MS) ok("GitHub's clock agrees with the one of this machine");
    else
      warn(
        `GitHub's clock and the one of this machine are ${Math.abs(skew)} s apart`,
        'let this machine follow a time server (NTP): GitHub refuses tokens of the future and of the past',
      );
  }

  const lacks = missingPermissions(needed.permissions, app.permissions);
  if (lacks.length > 0)
    fail(`the App lacks permissions: ${lacks.join(', ')}`, `add them: ${settingsUrl}/permissions`);
  const surplus = Object.entries(app.permissions).filter(
    ([name, access]) => rank(access) > rank(needed.permissions[name]),
  );
  if (surplus.length > 0)
    warn(
      `the App has permissions that nothing uses: ${surplus.map(([name, access]) => `${name}: ${access}`).join(', ')}`,
      `take them away: ${settingsUrl}/permissions`,
    );
  if (lacks.length === 0 && surplus.length === 0) ok('its permissions are those of app.yml');

  const deaf = needed.events.filter((event) => !app.events.includes(event));
  const chatter = app.events.filter((event) => !needed.events.includes(event));
  if (deaf.length > 0)
    fail(`the App does not subscribe to: ${deaf.join(', ')}`, `subscribe: ${settingsUrl}/permissions`);
  if (chatter.length > 0)
    warn(
      `the App subscribes to events that nobody reads: ${chatter.join(', ')}`,
      `unsubscribe: ${settingsUrl}/permissions`,
    );
  if (deaf.length === 0 && chatter.length === 0) ok('its events are those of app.yml');

  const installations = await github.installations();
  if (installations.length === 0)
    warn('the App is installed nowhere', `install it: ${settingsUrl}/installations`);
  for (const { account, suspended, permissions } of installations) {
    const waits = missingPermissions(needed.permissions, permissions);
    if (suspended)
      warn(
        `${account} has suspended the App: nothing happens there`,
        `an owner of ${account} can unsuspend it`,
      );
    else if (waits.length > 0)
      fail(
        `${account} has not accepted: ${waits.join(', ')}`,
        `an owner of ${account} accepts the request in its settings, GitHub Apps`,
      );
    else ok(`installed on ${account}`);
  }
  return { findings: found, installations: installations.filter(({ suspended }) => !suspended) };
}

function missingPermissions(
  needed: Needed['permissions'],
  given: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(needed)
    .filter(([name, access]) => rank(given[name]) < rank(access))
    .map(([name, access]) => `${name}: ${access}`);
}

function rank(access: string | undefined): number {
  return Math.max(0, RANK.indexOf(access ?? 'none'));
}

export interface WebhookFacts {
  readonly github: Pick<GitHub, 'webhookUrl' | 'failedDeliveries'>;
  /** Where webhooks have to go; null when DOCOPS_URL is not set. */
  readonly expectedUrl: string | null;
  readonly settingsUrl: string;
  readonly fetch?: typeof fetch;
  readonly nowMs?: () => number;
}

const DAY_MS = 24 * 60 * 60_000;

export async function examineWebhook({
  github,
  expectedUrl,
  settingsUrl,
  fetch: ask = fetch,
  nowMs = Date.now,
}: WebhookFacts): Promise<Finding[]> {
  const { found, ok, warn, fail } = findingsOf('webhook');
  const url = await github.webhookUrl();
  if (url === null) fail('the App has no webhook URL', `set it: ${settingsUrl}`);
  else if (expectedUrl === null)
    warn(`GitHub sends webhooks to ${url}`, 'set DOCOPS_URL, so that this can be compared');
  else if (url !== expectedUrl)
    fail(
      `GitHub sends webhooks to ${url}, this server is at ${expectedUrl}`,
      `set it to ${expectedUrl}: ${settingsUrl}`,
    );
  else ok(`GitHub sends webhooks to ${url}`);

  const asked = expectedUrl ?? url;
  if (asked !== null) {
    const said = await knock(asked, ask);
    if (said.kind === 'ours') ok('the server answers there, and refuses what is not signed');
    else if (said.kind === 'starting') warn('the server there is still starting', 'ask again in a minute');
    else if (said.kind === 'other')
      fail(
        `something else answers at ${asked} (${said.what})`,
        'let the proxy in front pass this path to docops serve as it is',
      );
    else
      fail(
        `nobody answers at ${asked} (${said.what})`,
        'start docops serve, and open the way from the internet to it',
      );
  }

  const failed = await github.failedDeliveries(new Date(nowMs() - DAY_MS));
  const last = failed.at(-1);
  if (last === undefined) ok('every webhook of the last day arrived');
  else
    warn(
      `${failed.length} webhooks of the last day did not arrive; the last one: ${last.event} at ${last.deliveredAt.toISOString()}`,
      'the sweep asks GitHub for them again every two minutes; their reasons: the Advanced page of the App',
    );
  return found;
}

type Knock =
  | { readonly kind: 'ours' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'other'; readonly what: string }
  | { readonly kind: 'silent'; readonly what: string };

/** A webhook without a signature: ours refuses it with words of its own. */
async function knock(url: string, ask: typeof fetch): Promise<Knock> {
  try {
    const response = await ask(url, {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'ping',
        'x-github-delivery': 'doctor',
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    });
    const text = (await response.text()).slice(0, 200);
    if (!text.startsWith('docops:')) return { kind: 'other', what: `status ${response.status}` };
    if (response.status === 503) return { kind: 'starting' };
    return response.status === 401 ? { kind: 'ours' } : { kind: 'other', what: `status ${response.status}` };
  } catch (error) {
    return { kind: 'silent', what: inWords(error) };
  }
}
