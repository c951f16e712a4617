import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT, REPO, octokitFor, startWorld, type Received, type TestWorld } from './world.js';

/** GitHub's published description of its API, as `@octokit/openapi` carries it. */
const require = createRequire(import.meta.url);
const published = JSON.parse(
  readFileSync(require.resolve('@octokit/openapi/generated/api.github.com.json'), 'utf8'),
) as Record<string, unknown>;

/** OpenAPI 3.0 lets `nullable` stand alone; JSON Schema has `null` as one of several. */
function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, toJsonSchema(inner)] as const);
  const schema: Record<string, unknown> = Object.fromEntries(entries);
  if (schema['nullable'] !== true || 'type' in schema) return schema;
  const { nullable: _, ...rest } = schema;
  return { anyOf: [rest, { type: 'null' }] };
}

/** Its list of events in some payloads is older than merge queues. */
const BEHIND = /\/app\/events\/\d+ must be equal to one of the allowed values/;

const ajv = new Ajv({ strict: false, logger: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(toJsonSchema(published) as Record<string, unknown>, 'github');

/** Errors in words; empty when it fits. */
function misfits(schema: string, value: unknown): string[] {
  const validate: ValidateFunction = ajv.compile({ $ref: `github#/components/schemas/${schema}` });
  if (validate(value)) return [];
  return (validate.errors ?? [])
    .map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`)
    .filter((text) => !BEHIND.test(text));
}

let world: TestWorld;
let pull: number;
let headSha: string;
beforeAll(async () => {
  world = await startWorld();
  headSha = await world.github.pushCommit({ repo: REPO, branch: 'work', files: { 'w.txt': 'w' } });
  pull = await world.github.openPullRequest({
    repo: REPO,
    author: 'ada',
    head: 'work',
    base: 'main',
    title: 'Work',
  });
  await world.github.requireCheck(REPO, 'main', 'DocOps (main)', { via: 'classic', pinned: true });
  await world.github.requireCheck(REPO, 'main', 'DocOps (main)', { pinned: true });
});
afterAll(() => world.close());

describe('answers fit GitHub’s published schema', () => {
  it('would notice one that does not', () => {
    expect(misfits('issue-comment', { id: 'x' }).length).toBeGreaterThan(3);
    expect(() => misfits('no-such-schema', {})).toThrow();
  });

  it('for the App and its installations', async () => {
    const { rest } = world.app;
    expect(misfits('integration', (await rest.apps.getAuthenticated()).data)).toEqual([]);
    const [installation] = (await rest.apps.listInstallations()).data;
    expect(misfits('installation', installation)).toEqual([]);
    const token = await rest.apps.createInstallationAccessToken({ installation_id: world.installationId });
    expect(misfits('installation-token', token.data)).toEqual([]);
    const repositories = await world.octokit.rest.apps.listReposAccessibleToInstallation();
    expect(misfits('repository', repositories.data.repositories[0])).toEqual([]);
    expect(misfits('webhook-config', (await rest.apps.getWebhookConfigForApp()).data)).toEqual([]);
    await world.github.idle();
    const [delivery] = (await rest.apps.listWebhookDeliveries()).data;
    expect(misfits('hook-delivery-item', delivery)).toEqual([]);
    const full = await rest.apps.getWebhookDelivery({ delivery_id: delivery!.id });
    expect(misfits('hook-delivery', full.data)).toEqual([]);
  });

  it('for repositories, branches, rules and people', async () => {
    const { repos } = world.octokit.rest;
    expect(misfits('repository', (await repos.get(AT)).data)).toEqual([]);
    const branch = { ...AT, branch: 'main' };
    expect(misfits('branch-with-protection', (await repos.getBranch(branch)).data)).toEqual([]);
    expect(misfits('short-branch', (await repos.listBranches(AT)).data[0])).toEqual([]);
    for (const rule of (await repos.getBranchRules(branch)).data)
      expect(misfits('repository-rule-detailed', rule)).toEqual([]);
    world.github.addRelease(REPO, 'v1', { at: new Date('2026-01-02T03:04:05Z'), author: 'ada' });
    world.github.addRelease(REPO, 'v2 <b>', { draft: true });
    const releases = (await repos.listReleases(AT)).data;
    expect(releases.map(({ tag_name, published_at }) => [tag_name, published_at])).toEqual([
      ['v2 <b>', null],
      ['v1', '2026-01-02T03:04:05.000Z'],
    ]);
    for (const release of releases) expect(misfits('release', release)).toEqual([]);
    const permission = await repos.getCollaboratorPermissionLevel({ ...AT, username: 'ada' });
    expect(misfits('repository-collaborator-permission', permission.data)).toEqual([]);
  });

  it('for pull requests', async () => {
    const { rest } = world.octokit;
    const at = { ...AT, pull_number: pull };
    expect(misfits('pull-request', (await rest.pulls.get(at)).data)).toEqual([]);
    expect(misfits('pull-request-simple', (await rest.pulls.list(AT)).data[0])).toEqual([]);
    expect(misfits('diff-entry', (await rest.pulls.listFiles(at)).data[0])).toEqual([]);
    expect(misfits('commit', (await rest.pulls.listCommits(at)).data[0])).toEqual([]);
    const ofCommit = await rest.repos.listPullRequestsAssociatedWithCommit({ ...AT, commit_sha: headSha });
    expect(misfits('pull-request-simple', ofCommit.data[0])).toEqual([]);
  });

  it('for checks, comments and reactions', async () => {
    const { rest } = world.octokit;
    const run = await rest.checks.create({
      ...AT,
      name: 'DocOps (main)',
      head_sha: headSha,
      external_id: 'x',
      conclusion: 'failure',
      output: {
        title: 't',
        summary: 's',
        annotations: [
          { path: 'w.txt', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'm' },
        ],
      },
    });
    expect(misfits('check-run', run.data)).toEqual([]);
    const annotations = await rest.checks.listAnnotations({ ...AT, check_run_id: run.data.id });
    expect(misfits('check-annotation', annotations.data[0])).toEqual([]);
    const comment = await rest.issues.createComment({ ...AT, issue_number: pull, body: 'b' });
    expect(misfits('issue-comment', comment.data)).toEqual([]);
    const at = { ...AT, comment_id: comment.data.id };
    const reaction = await rest.reactions.createForIssueComment({ ...at, content: 'eyes' });
    expect(misfits('reaction', reaction.data)).toEqual([]);
    const issue = await rest.issues.get({ ...AT, issue_number: pull });
    expect(misfits('issue', issue.data)).toEqual([]);
  });
});

describe('webhooks fit GitHub’s published schema', () => {
  const told = async (work: () => Promise<unknown>): Promise<Received[]> => {
    await world.github.idle();
    world.receiver.received.length = 0;
    await work();
    await world.github.idle();
    return world.receiver.received.splice(0);
  };
  const { github } = { github: () => world.github };

  const cases: readonly [schema: string, work: () => Promise<unknown>][] = [
    [
      'webhook-pull-request-opened',
      () =>
        github().openPullRequest({
          repo: REPO,
          author: 'ada',
          head: 'feature',
          base: 'main',
          title: 'Feature',
        }),
    ],
    [
      'webhook-pull-request-synchronize',
      () => github().pushCommit({ repo: REPO, branch: 'feature', files: { 'z.txt': 'z' } }),
    ],
    ['webhook-push', () => github().pushCommit({ repo: REPO, branch: 'main', files: { 'p.txt': 'p' } })],
    ['webhook-pull-request-edited', () => github().retarget(REPO, pull, 'feature')],
    ['webhook-pull-request-closed', () => github().closePullRequest(REPO, pull)],
    ['webhook-pull-request-reopened', () => github().reopen(REPO, pull)],
    ['webhook-pull-request-converted-to-draft', () => github().setDraft(REPO, pull, true)],
    ['webhook-pull-request-ready-for-review', () => github().setDraft(REPO, pull, false)],
    ['webhook-issue-comment-created', () => github().comment(REPO, pull, 'ada', 'hello')],
    [
      'webhook-check-run-rerequested',
      async () => {
        const octokit = octokitFor(world.github, world.installationId);
        const body = { ...AT, name: 'c', head_sha: headSha, conclusion: 'failure' } as const;
        const { data } = await octokit.rest.checks.create({ ...body, external_id: 'y' });
        await github().rerequest(REPO, data.id, 'ada');
      },
    ],
    ['webhook-check-suite-rerequested', () => github().rerequestSuite(REPO, headSha, 'ada')],
    ['webhook-merge-group-checks-requested', () => github().mergeGroup(REPO, 'main', [pull])],
    ['webhook-repository-renamed', () => github().rename(REPO, 'invoices')],
    ['webhook-installation-suspend', () => github().suspend('acme', true)],
    ['webhook-installation-unsuspend', () => github().suspend('acme', false)],
    ['webhook-installation-deleted', () => github().uninstall('acme')],
    ['webhook-installation-created', () => github().install('acme')],
  ];
  it.each(cases)('%s', async (schema, work) => {
    const received = await told(work);
    const wanted = received.filter(({ event, payload }) => {
      const name = payload.action === undefined ? event : `${event}-${payload.action}`;
      return `webhook-${name.replaceAll('_', '-')}` === schema;
    });
    expect(wanted).toHaveLength(1);
    expect(misfits(schema, wanted[0]?.payload)).toEqual([]);
  });
});
