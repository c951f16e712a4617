import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TRANSLATED_EVENTS } from '../../src/github/hints.js';
import { APP_ENDPOINTS, EVENTS, INSTALLATION_ENDPOINTS, PERMISSIONS } from '../../src/github/index.js';
import type { CheckRunInput } from '../../src/ports/github.js';
import { branch, checkRun, checkRuns, comment, permission, pull, pulls, rules } from './fixtures.js';
import { example, operation } from './reference.js';
import { APP_ID, endpointOf, github, INSTALLATION_ID, repository, SHA, type Seen } from './support.js';

const text = readFileSync(fileURLToPath(new URL('../../app.yml', import.meta.url)), 'utf8');
const manifest = parse(text) as {
  name: string;
  url: string;
  description: string;
  public: boolean;
  hook_attributes: { url: string };
  default_permissions: Record<string, string>;
  default_events: string[];
};

/**
 * What GitHub wants for each endpoint, as its documentation says (`server-to-server-permissions.json`, API version
 * 2026-03-10). Where one of several permissions is enough, the one that this App has.
 * https://docs.github.com/rest/authentication/permissions-required-for-github-apps
 */
const WANTED: Readonly<Record<string, string>> = {
  'POST /repos/{owner}/{repo}/check-runs': 'checks:write',
  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': 'checks:write',
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}': 'checks:read',
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': 'checks:read',
  'GET /repos/{owner}/{repo}/branches/{branch}': 'contents:read',
  'GET /repos/{owner}/{repo}/releases': 'contents:read',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': 'issues:read',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': 'issues:write',
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': 'issues:write',
  'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': 'issues:write',
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': 'metadata:read',
  'GET /repos/{owner}/{repo}/rules/branches/{branch}': 'metadata:read',
  'GET /repos/{owner}/{repo}/pulls': 'pull_requests:read',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': 'pull_requests:read',
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': 'pull_requests:read',
};

/** What GitHub wants before it sends an event. https://docs.github.com/webhooks/webhook-events-and-payloads */
const WANTED_FOR_EVENTS: Readonly<Record<string, string | null>> = {
  pull_request: 'pull_requests:read',
  issue_comment: 'issues:read',
  merge_group: 'merge_queues:read',
  push: 'contents:read',
  repository: 'metadata:read',
  // Re-runs and buttons; with it the subscription is automatic.
  check_run: 'checks:write',
  check_suite: 'checks:write',
  installation: null,
  installation_repositories: null,
};

const NOT_IN_THE_REFERENCE = 'GET /repositories/{id}';
const endpoints = PERMISSIONS.flatMap((use) => use.endpoints.map((endpoint) => ({ endpoint, use })));
const allows = (has: string, wants: string) => has === 'write' || has === wants;

describe('app.yml', () => {
  it('asks for exactly the permissions that the code uses, each with its reason', () => {
    expect(manifest.default_permissions).toEqual(
      Object.fromEntries(PERMISSIONS.map(({ permission: name, access }) => [name, access])),
    );
    for (const { permission: name, access, reason } of PERMISSIONS)
      expect(text).toContain(`  # ${reason}\n  ${name}: ${access}\n`);
  });

  it('subscribes to exactly the events that the code acts on and GitHub does not send by itself', () => {
    const subscribed = EVENTS.filter(({ delivery }) => delivery === 'subscribed');
    expect(manifest.default_events).toEqual(subscribed.map(({ event }) => event));
    for (const { event, reason } of subscribed) expect(text).toContain(`  # ${reason}\n  - ${event}\n`);
  });

  it('is a private App with a name, a page and a webhook address', () => {
    expect(manifest).toMatchObject({ name: 'DocOps', public: false });
    expect(new URL(manifest.url).protocol).toBe('https:');
    expect(new URL(manifest.hook_attributes.url).pathname).toBe('/api/github/webhooks');
    expect(manifest.description.length).toBeGreaterThan(10);
  });
});

describe('the table of events', () => {
  it('names exactly what is translated', () => {
    const named = EVENTS.flatMap(({ event, actions }) =>
      actions.length === 0 ? [event] : actions.map((action) => `${event}.${action}`),
    );
    expect([...named].sort()).toEqual([...TRANSLATED_EVENTS].sort());
  });

  it.each(EVENTS)('$event needs a permission that the App has', ({ event, permission: name }) => {
    const wanted = WANTED_FOR_EVENTS[event];
    expect(wanted?.split(':')[0] ?? null).toBe(name);
    if (name === null) return;
    const [, access = ''] = wanted!.split(':');
    expect(allows(manifest.default_permissions[name] ?? 'none', access)).toBe(true);
  });
});

describe('the table of permissions', () => {
  it("agrees with GitHub's for every endpoint, and each is as small as it can be", () => {
    expect(
      endpoints
        .map(({ endpoint }) => endpoint)
        .filter((one) => one !== NOT_IN_THE_REFERENCE)
        .sort(),
    ).toEqual(Object.keys(WANTED).sort());
    for (const { endpoint, use } of endpoints.filter(({ endpoint: one }) => one !== NOT_IN_THE_REFERENCE)) {
      const [name, access = ''] = WANTED[endpoint]!.split(':');
      expect([endpoint, name]).toEqual([endpoint, use.permission]);
      expect(allows(use.access, access)).toBe(true);
    }
    for (const { permission: name, access } of PERMISSIONS)
      if (access === 'write') expect(Object.values(WANTED)).toContain(`${name}:write`);
  });

  it.each([...endpoints.map(({ endpoint }) => endpoint), ...INSTALLATION_ENDPOINTS])(
    '%s is open to installations',
    (endpoint) => {
      const open = operation(endpoint)?.['x-github'].enabledForGitHubApps;
      expect(open).toBe(endpoint === NOT_IN_THE_REFERENCE ? undefined : true);
    },
  );

  it.each(APP_ENDPOINTS)('%s is in the reference', (endpoint) => {
    expect(operation(endpoint)).toBeDefined();
  });

  it('names every endpoint that the adapter asks, and no other', async () => {
    const asked = new Set<string>();
    const answers: readonly (readonly [RegExp, unknown])[] = [
      [/access_tokens$/, { token: 'ghs_x', expires_at: new Date(Date.now() + 3_600_000).toISOString() }],
      [/\/commits\/\w+\/check-runs/, checkRuns([])],
      [/\/check-runs/, checkRun({ id: 4 })],
      [/\/pulls\/7$/, pull()],
      [/\/pulls\?/, pulls([])],
      [/\/permission$/, permission('write', 'write')],
      [/\/rules\//, rules([])],
      [/\/branches\//, branch([])],
      [/\/releases\?/, []],
      [/\/issues\/7\/comments\?/, [comment(1, 'marker', { app: null })]],
      [/\/reactions$/, {}],
      [/\/comments/, comment(1, 'Hello')],
      [/\/repositories\/\d+$/, { name: repository.name, owner: { login: repository.owner } }],
      [/\/installation\/repositories/, example('GET /installation/repositories')],
      [/\/app\/installations\?/, []],
      [/\/deliveries\?/, []],
      [/\/attempts$/, {}],
      [/\/hook\/config$/, {}],
      [/\/app$/, { ...example<object>('GET /app'), id: APP_ID }],
    ];
    nock('https://api.github.com')
      .persist()
      .intercept(/.*/, 'GET')
      .reply(answer)
      .intercept(/.*/, 'POST')
      .reply(answer)
      .intercept(/.*/, 'PATCH')
      .reply(answer);
    function answer(this: { req: { method: string } }, path: string): [number, nock.Body, object] {
      const endpoint = endpointOf({ method: this.req.method, path } as Seen);
      asked.add(endpoint ?? `${this.req.method} ${path}`);
      if (path.endsWith('/comments/404')) return [404, { message: 'Not Found' }, {}];
      const found = answers.find(([pattern]) => pattern.test(path));
      return [200, found?.[1] as nock.Body, { 'content-type': 'application/json' }];
    }

    const check: CheckRunInput = {
      name: 'DocOps (main)',
      headSha: SHA,
      externalId: 'b3f1',
      detailsUrl: null,
      status: 'queued',
      startedAt: null,
      completedAt: null,
      title: 'Waiting',
      summary: 'Waiting',
      annotations: [{ path: 'a', startLine: 1, endLine: 1, level: 'notice', title: 'a', message: 'a' }],
      actions: [],
    };
    const hub = github();
    const calls: Readonly<Record<Exclude<keyof typeof hub, 'lines'>, () => unknown>> = {
      createCheck: () => hub.createCheck(repository, check),
      updateCheck: () => hub.updateCheck(repository, 4, check),
      findCheck: () => hub.findCheck(repository, SHA, 'DocOps (main)', 'b3f1'),
      pullRequest: () => hub.pullRequest(repository, 7),
      openPullRequests: () => hub.openPullRequests(repository),
      pullRequestsWithHead: () => hub.pullRequestsWithHead(repository, SHA),
      pullRequestOfCommit: () => hub.pullRequestOfCommit(repository, SHA),
      createComment: () => hub.createComment(repository, 7, 'Hello'),
      updateComment: () => hub.updateComment(repository, 404, 'Hello'),
      findComment: () => hub.findComment(repository, 7, 'marker'),
      react: () => hub.react(repository, 1, 'eyes'),
      permission: () => hub.permission(repository, 'ada'),
      requiredCheck: () => hub.requiredCheck(repository, 'main', 'DocOps (main)'),
      releases: () => hub.releases(repository),
      app: () => hub.app(),
      installations: () => hub.installations(),
      repositories: () => hub.repositories(INSTALLATION_ID),
      webhookUrl: () => hub.webhookUrl(),
      failedDeliveries: () => hub.failedDeliveries(new Date(0)),
      redeliver: () => hub.redeliver('1'),
      cloneUrl: () => hub.cloneUrl(repository),
      cloneToken: () => hub.cloneToken(repository),
    };
    for (const call of Object.values(calls)) await call();
    nock.cleanAll();
    expect([...asked].sort()).toEqual(
      [...endpoints.map(({ endpoint }) => endpoint), ...APP_ENDPOINTS, ...INSTALLATION_ENDPOINTS].sort(),
    );
  });
});
