import type { EmitterWebhookEvent, EmitterWebhookEventName } from '@octokit/webhooks';
import examples from '@octokit/webhooks-examples';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { toDelivery, TRANSLATED_EVENTS, type OwnApp } from '../../src/github/hints.js';
import type * as payloads from '../../src/github/payloads.js';

type Json = Record<string, unknown>;

const GUID = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
const OWN: OwnApp = { id: 4711, login: 'docops[bot]' };
const SHA = 'c0ffee'.padEnd(40, '0');

/** GitHub's own payload of an event, as an installed App gets it, with changes by path (`a.b`). */
function payload(name: string, action: string | undefined, changes: Json = {}): Json {
  const known = examples as unknown as readonly { name: string; examples: readonly Json[] }[];
  const all = known.find((event) => event.name === name)!.examples;
  const found = all.find((one) => action === undefined || one['action'] === action) ?? all[0]!;
  const made: Json = structuredClone({ installation: { id: 99 }, ...found });
  if (action !== undefined) made['action'] = action;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop()!;
    const holder = steps.reduce<Json>((at, step) => (at[step] ??= {}) as Json, made);
    if (value === undefined) Reflect.deleteProperty(holder, last);
    else holder[last] = value;
  }
  return made;
}

function deliver(event: string, changes: Json = {}, own = OWN) {
  const [name = '', action] = event.split('.');
  return toDelivery(name, GUID, payload(name, action, changes), own);
}

const comment = {
  'issue.pull_request': { url: 'https://api.github.com/repos/o/r/pulls/1' },
  'issue.state': 'open',
  'comment.user': { login: 'ada', type: 'User' },
  'comment.body': '/rerun-eval',
};
const ownRun = { 'check_run.app.id': 4711, 'check_run.external_id': 'b3f1' };

/** Changes that make GitHub's example one that we act on. */
const ACTED_ON: Readonly<Record<string, Json>> = {
  'pull_request.edited': { 'changes.base': { ref: { from: 'main' }, sha: { from: SHA } } },
  'check_run.rerequested': ownRun,
  'check_run.requested_action': { ...ownRun, 'requested_action.identifier': 'approve' },
  'check_suite.rerequested': { 'check_suite.app': { id: 4711 } },
  'issue_comment.created': comment,
  push: { ref: 'refs/heads/release/1', deleted: false, after: SHA },
};

describe('a delivery', () => {
  it.each(TRANSLATED_EVENTS)("is read from GitHub's own payload of %s", (event) => {
    const delivery = deliver(event, ACTED_ON[event]);
    expect(delivery).toMatchObject({ guid: GUID, event });
    expect(delivery?.installation.id).toBeGreaterThan(0);
    expect(delivery?.installation.account).toEqual(expect.any(String));
    if (!event.startsWith('installation')) expect(delivery?.repository?.id).toBeGreaterThan(0);
  });

  it('is nothing for every other event of GitHub', () => {
    const known = examples as unknown as readonly { name: string; examples: readonly Json[] }[];
    const others = known.flatMap(({ name, examples: all }) =>
      all
        .map((one) => [name, one, 'action' in one ? `${name}.${String(one['action'])}` : name] as const)
        .filter(([, , event]) => !TRANSLATED_EVENTS.includes(event)),
    );
    expect(others.length).toBeGreaterThan(100);
    for (const [name, one] of others)
      expect(toDelivery(name, GUID, { installation: { id: 99 }, ...one }, OWN)).toBeUndefined();
  });

  it('carries the repository as it is called now', () => {
    const changes = { 'repository.id': 5, 'repository.name': 'new', 'repository.owner.login': 'octo-org' };
    for (const event of ['repository.renamed', 'repository.transferred'])
      expect(deliver(event, { ...changes, installation: { id: 99 } })).toEqual({
        guid: GUID,
        event,
        installation: { id: 99, account: 'octo-org' },
        repository: { id: 5, installationId: 99, owner: 'octo-org', name: 'new' },
        hints: [],
      });
    expect(deliver('repository.deleted', changes)?.hints).toEqual([{ kind: 'repository-gone' }]);
  });
});

describe('a pull request', () => {
  it.each([
    ['opened', 'opened'],
    ['reopened', 'reopened'],
    ['synchronize', 'new commits'],
    ['ready_for_review', 'ready for review'],
    ['converted_to_draft', 'converted to draft'],
    ['closed', 'closed'],
  ])('that is %s is looked at', (action, why) => {
    expect(deliver(`pull_request.${action}`, { 'pull_request.number': 7 })?.hints).toEqual([
      { kind: 'look', number: 7, why },
    ]);
  });

  it('that is edited is looked at only when its base branch changed', () => {
    expect(deliver('pull_request.edited', { changes: { title: { from: 'old' } } })).toBeUndefined();
    expect(
      deliver('pull_request.edited', { changes: { base: { ref: { from: 'main' } } } })?.hints,
    ).toMatchObject([{ kind: 'look', why: 'base branch changed' }]);
  });

  it.each(['labeled', 'assigned', 'locked', 'enqueued'])('that is %s is not looked at', (action) => {
    expect(deliver(`pull_request.${action}`)).toBeUndefined();
  });

  it('of a deleted fork and a deleted author is looked at', () => {
    const changes = {
      'pull_request.number': 7,
      'pull_request.head.repo': null,
      'pull_request.user': null,
      sender: null,
    };
    expect(deliver('pull_request.closed', changes)?.hints).toHaveLength(1);
  });
});

describe('a merge group', () => {
  it.each(['checks_requested', 'destroyed'])('%s', (action) => {
    expect(deliver(`merge_group.${action}`)?.hints).toEqual([
      {
        kind: 'merge-group',
        action,
        headSha: '2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d',
        headRef: 'refs/heads/gh-readonly-queue/main/pr-104-929f8209d40f77f4abc622a499c93a83babdbe64',
        baseSha: '380387fbc80638b734a49e1be1c4dfec1c01b33c',
        baseRef: 'main',
      },
    ]);
  });
});

describe('a button', () => {
  const sender = { login: 'ada', type: 'User' };
  it('on a check run of ours', () => {
    expect(deliver('check_run.rerequested', { ...ownRun, 'check_run.head_sha': SHA, sender })?.hints).toEqual(
      [
        {
          kind: 'check-action',
          action: 'rerun',
          headSha: SHA,
          externalId: 'b3f1',
          sender: { login: 'ada', type: 'user' },
        },
      ],
    );
  });

  it.each(['rerun', 'rerun-failed', 'approve'])('%s', (identifier) => {
    const changes = { ...ownRun, 'requested_action.identifier': identifier };
    expect(deliver('check_run.requested_action', changes)?.hints).toMatchObject([
      { kind: 'check-action', action: identifier, externalId: 'b3f1' },
    ]);
  });

  it('that we never showed is nothing', () => {
    const changes = { ...ownRun, 'requested_action.identifier': 'merge' };
    expect(deliver('check_run.requested_action', changes)).toBeUndefined();
  });

  it('on the whole suite', () => {
    const changes = { 'check_suite.app': { id: 4711 }, 'check_suite.head_sha': SHA, sender };
    expect(deliver('check_suite.rerequested', changes)?.hints).toMatchObject([
      { action: 'rerun', headSha: SHA, externalId: null },
    ]);
  });

  it.each([
    ['check_run.rerequested', { 'check_run.app': { id: 1 } }],
    ['check_run.rerequested', { 'check_run.app': null }],
    ['check_run.requested_action', { 'check_run.app': { id: 1 }, 'requested_action.identifier': 'rerun' }],
    ['check_suite.rerequested', { 'check_suite.app': { id: 1 } }],
  ])('of another App is nothing (%s)', (event, changes) => {
    expect(deliver(event, changes)).toBeUndefined();
  });

  it('of a check run without an external id', () => {
    for (const external of ['', null])
      expect(
        deliver('check_run.rerequested', { ...ownRun, 'check_run.external_id': external })?.hints,
      ).toMatchObject([{ externalId: null }]);
  });
});

describe('a comment', () => {
  it('on an open pull request may be a command', () => {
    const changes = { ...comment, 'issue.number': 7, 'comment.id': 11 };
    expect(deliver('issue_comment.created', changes)?.hints).toEqual([
      {
        kind: 'command',
        number: 7,
        commentId: 11,
        author: { login: 'ada', type: 'user' },
        body: '/rerun-eval',
      },
    ]);
  });

  it.each([
    ['on an issue', { 'issue.pull_request': undefined }],
    ['on a closed pull request', { 'issue.state': 'closed' }],
    ['of our own', { 'comment.user': { login: 'docops[bot]', type: 'Bot' } }],
    ['of our own, by the App', { 'comment.performed_via_github_app': { id: 4711 } }],
  ])('%s is nothing', (_what, changes) => {
    expect(deliver('issue_comment.created', { ...comment, ...changes })).toBeUndefined();
  });

  it('that was edited or deleted is nothing', () => {
    for (const action of ['edited', 'deleted'])
      expect(deliver(`issue_comment.${action}`, comment)).toBeUndefined();
  });

  it('of another App is kept, and says that it is a bot', () => {
    const changes = { ...comment, 'comment.user': { login: 'renovate[bot]', type: 'Bot' } };
    expect(deliver('issue_comment.created', changes)?.hints).toMatchObject([{ author: { type: 'bot' } }]);
  });

  it('of a deleted author is from nobody', () => {
    expect(deliver('issue_comment.created', { ...comment, 'comment.user': null })?.hints).toMatchObject([
      { author: { login: 'ghost', type: 'unknown' } },
    ]);
  });

  it('is cut, and cleaned of what PostgreSQL cannot store', () => {
    const bodyOf = (body: string) =>
      (deliver('issue_comment.created', { ...comment, 'comment.body': body })?.hints[0] as { body: string })
        .body;
    expect(bodyOf('x'.repeat(100_000))).toHaveLength(65_536);
    expect(bodyOf('/rerun\0-eval \ud800 😀')).toBe('/rerun-eval \ufffd 😀');
    expect(bodyOf(`${'x'.repeat(65_535)}😀`).at(-1)).toBe('\ufffd');
  });
});

describe('a push', () => {
  it('to a branch', () => {
    expect(deliver('push', ACTED_ON['push'])?.hints).toEqual([
      { kind: 'push', branch: 'release/1', after: SHA },
    ]);
  });

  it.each([
    ['of a tag', { ref: 'refs/tags/v1' }],
    ['that deletes a branch', { deleted: true, after: '0'.repeat(40) }],
    ['to nowhere', { after: '0'.repeat(40) }],
    ['to a branch without a name', { ref: 'refs/heads/' }],
  ])('%s is nothing', (_what, changes) => {
    expect(deliver('push', { ...ACTED_ON['push'], ...changes })).toBeUndefined();
  });
});

describe('an installation', () => {
  it.each([
    ['created', 'active'],
    ['new_permissions_accepted', 'active'],
    ['unsuspend', 'active'],
    ['suspend', 'suspended'],
    ['deleted', 'deleted'],
  ])('%s', (action, state) => {
    expect(deliver(`installation.${action}`)?.hints).toEqual([{ kind: 'installation', state }]);
  });

  it('brings its repositories, and takes none of a deleted one', () => {
    expect(deliver('installation.created')).toMatchObject({
      installation: { id: 957387, account: 'Codertocat' },
      repositories: [{ id: 186853002, installationId: 957387, owner: 'Codertocat', name: 'Hello-World' }],
    });
    expect(deliver('installation.deleted')).not.toHaveProperty('repositories');
  });

  it('of an enterprise has no login', () => {
    const changes = { 'installation.account': { slug: 'big-corp', id: 5 } };
    expect(deliver('installation.created', changes)?.installation.account).toBeNull();
  });

  it('gains and loses repositories, and is listed anew', () => {
    const added = deliver('installation_repositories.added');
    expect(added).toMatchObject({
      repositories: [{ id: 186853007, installationId: 957387, owner: 'Codertocat', name: 'Space' }],
      hints: [{ kind: 'installation', state: 'active' }],
    });
    expect(added).not.toHaveProperty('removedRepositories');
    const removed = deliver('installation_repositories.removed');
    expect(removed?.removedRepositories).toEqual([
      { id: 1296269, installationId: 2, owner: 'octocat', name: 'Hello-World' },
    ]);
    expect(removed).not.toHaveProperty('repositories');
  });

  it('leaves out repositories whose name is none', () => {
    const repositories = ['o/..', 'o', 'o/a/b', 'o/a b', '/a', 'o/fine'].map((full_name, id) => ({
      id: id + 1,
      full_name,
    }));
    expect(deliver('installation.created', { repositories })?.repositories).toMatchObject([{ name: 'fine' }]);
  });
});

describe('hostile payloads', () => {
  it.each([null, undefined, 7, 'x', [], {}, { action: 'opened' }, { action: {} }, { action: '__proto__' }])(
    '%j is nothing',
    (body) => {
      for (const name of ['pull_request', 'push', 'installation', '__proto__', 'constructor', ''])
        expect(toDelivery(name, GUID, body, OWN)).toBeUndefined();
    },
  );

  it.each(['', 'x'.repeat(101), "'; drop table", 'a b'])('the guid %j is none', (guid) => {
    expect(toDelivery('pull_request', guid, payload('pull_request', 'opened'), OWN)).toBeUndefined();
  });

  it.each([
    ['no installation', { installation: undefined }],
    ['an installation that is no number', { installation: { id: '99' } }],
    ['an id that a double cannot hold', { 'repository.id': 2 ** 60 }],
    ['a negative number', { 'pull_request.number': -1 }],
    ['no repository', { repository: null }],
    ['a repository called ..', { 'repository.name': '..' }],
    ['an owner with a slash', { 'repository.owner.login': 'a/b' }],
  ])('%s', (_what, changes) => {
    expect(deliver('pull_request.opened', changes)).toBeUndefined();
  });

  it.each([
    ['a head that is no commit', { 'merge_group.head_sha': '--upload-pack' }],
    ['a branch with a line break', { 'merge_group.base_ref': 'refs/heads/a\nb' }],
    ['a branch with U+0000', { 'merge_group.head_ref': 'refs/heads/a\0' }],
    ['half a character', { 'merge_group.head_ref': 'refs/heads/\ud800' }],
    ['an endless branch', { 'merge_group.head_ref': `refs/heads/${'a'.repeat(5000)}` }],
  ])('%s', (_what, changes) => {
    expect(deliver('merge_group.checks_requested', changes)).toBeUndefined();
  });

  it('any field of any event may be anything', () => {
    for (const event of TRANSLATED_EVENTS) {
      const [name = '', action] = event.split('.');
      const good = payload(name, action, ACTED_ON[event]);
      for (const path of paths(good)) {
        const steps = path.split('.');
        const last = steps.pop()!;
        const holder = steps.reduce<unknown>((at, step) => (at as Json)[step], good) as Json;
        const before = holder[last];
        for (const value of [null, -1, 'x', [], {}, true]) {
          holder[last] = value;
          expect(() => toDelivery(name, GUID, good, OWN)).not.toThrow();
        }
        holder[last] = before;
      }
      expect(toDelivery(name, GUID, good, OWN)).toBeDefined();
    }
  });
});

/** Places in the first two levels. */
function paths(value: Json): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' && inner !== null
      ? [key, ...Object.keys(inner).map((next) => `${key}.${next}`)]
      : [key],
  );
}

/** Octokit's types of the payloads fit what is read of them: this file does not compile otherwise. */
type Payload<Name extends EmitterWebhookEventName> = EmitterWebhookEvent<Name>['payload'] & {
  installation: { id: number };
  repository: { owner: { login: string } };
};
export const fits = {
  look: (given: Payload<'pull_request.opened'>): z.input<typeof payloads.pullRequest> => given,
  group: (given: Payload<'merge_group.checks_requested'>): z.input<typeof payloads.mergeGroup> => given,
  run: (given: Payload<'check_run.rerequested'>): z.input<typeof payloads.checkRun> => given,
  suite: (given: Payload<'check_suite.rerequested'>): z.input<typeof payloads.checkSuite> => given,
  gone: (given: Payload<'repository.deleted'>): z.input<typeof payloads.repository> => given,
};
