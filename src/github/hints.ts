/** Webhook → hints: the one table of events that this App acts on. */
import type { z } from 'zod';
import type { Actor, Delivery, Hint, RepositoryRef } from '../core/app-words.js';
import * as payloads from './payloads.js';

/** Who we are, so that the answers to our own doing are not taken for questions. */
export interface OwnApp {
  readonly id: number;
  /** `docops[bot]`; null before it is known. */
  readonly login: string | null;
}

type Translated = Omit<Delivery, 'guid' | 'event'>;
type Translate = (payload: unknown, own: OwnApp) => Translated | undefined;

const TRANSLATIONS: Readonly<Record<string, Translate>> = {
  'pull_request.opened': look('opened'),
  'pull_request.reopened': look('reopened'),
  'pull_request.synchronize': look('new commits'),
  'pull_request.ready_for_review': look('ready for review'),
  'pull_request.converted_to_draft': look('converted to draft'),
  'pull_request.closed': look('closed'),
  // Titles and descriptions are edited all the time; only another base branch is another question.
  'pull_request.edited': read(payloads.retarget, (payload) =>
    inRepository(payload, [
      { kind: 'look', number: payload.pull_request.number, why: 'base branch changed' },
    ]),
  ),

  'merge_group.checks_requested': mergeGroup('checks_requested'),
  'merge_group.destroyed': mergeGroup('destroyed'),

  'check_run.rerequested': read(payloads.checkRun, (payload, own) =>
    payload.check_run.app?.id === own.id
      ? inRepository(payload, [
          checkAction('rerun', payload.check_run.head_sha, payload.check_run.external_id, payload.sender),
        ])
      : undefined,
  ),
  'check_run.requested_action': read(payloads.requestedAction, (payload, own) =>
    payload.check_run.app?.id === own.id
      ? inRepository(payload, [
          checkAction(
            payload.requested_action.identifier,
            payload.check_run.head_sha,
            payload.check_run.external_id,
            payload.sender,
          ),
        ])
      : undefined,
  ),
  'check_suite.rerequested': read(payloads.checkSuite, (payload, own) =>
    payload.check_suite.app?.id === own.id
      ? inRepository(payload, [checkAction('rerun', payload.check_suite.head_sha, null, payload.sender)])
      : undefined,
  ),

  'issue_comment.created': read(payloads.issueComment, (payload, own) => {
    const { issue, comment } = payload;
    if (comment.performed_via_github_app?.id === own.id || comment.user.login === own.login) return undefined;
    return inRepository(payload, [
      {
        kind: 'command',
        number: issue.number,
        commentId: comment.id,
        author: comment.user,
        body: comment.body,
      },
    ]);
  }),

  push: read(payloads.push, (payload) =>
    inRepository(payload, [
      { kind: 'push', branch: payload.ref.slice('refs/heads/'.length), after: payload.after },
    ]),
  ),

  'repository.renamed': read(payloads.repository, (payload) => inRepository(payload, [])),
  'repository.transferred': read(payloads.repository, (payload) => inRepository(payload, [])),
  'repository.deleted': read(payloads.repository, (payload) =>
    inRepository(payload, [{ kind: 'repository-gone' }]),
  ),

  'installation.created': installation('active'),
  'installation.new_permissions_accepted': installation('active'),
  'installation.unsuspend': installation('active'),
  'installation.suspend': installation('suspended'),
  'installation.deleted': installation('deleted'),
  // GitHub shortens long lists, so the hint has the installation listed anew too.
  'installation_repositories.added': installation('active'),
  'installation_repositories.removed': installation('active'),
};

/** `event.action` of everything that is acted on; `push` has no action. */
export const TRANSLATED_EVENTS: readonly string[] = Object.keys(TRANSLATIONS);

/**
 * What a webhook says may have changed. Undefined: nothing for us, or not what GitHub would send. Never throws.
 *
 * @param name Header `X-GitHub-Event`.
 * @param guid Header `X-GitHub-Delivery`.
 * @param payload The parsed body, whose signature is verified.
 */
export function toDelivery(name: string, guid: string, payload: unknown, own: OwnApp): Delivery | undefined {
  if (!/^[\w-]{1,100}$/.test(guid) || typeof payload !== 'object' || payload === null) return undefined;
  const action = 'action' in payload && typeof payload.action === 'string' ? payload.action : undefined;
  const event = action === undefined ? name : `${name}.${action}`;
  const translate = Object.hasOwn(TRANSLATIONS, event) ? TRANSLATIONS[event] : undefined;
  const translated = translate?.(payload, own);
  return translated === undefined ? undefined : { guid, event, ...translated };
}

function read<S extends z.ZodType>(
  schema: S,
  translate: (payload: z.output<S>, own: OwnApp) => Translated | undefined,
): Translate {
  return (payload, own) => {
    const parsed = schema.safeParse(payload);
    return parsed.success ? translate(parsed.data, own) : undefined;
  };
}

function inRepository({ installation, repository }: payloads.About, hints: readonly Hint[]): Translated {
  const owner = repository.owner.login;
  return {
    installation: { id: installation.id, account: owner },
    repository: { id: repository.id, installationId: installation.id, owner, name: repository.name },
    hints,
  };
}

function look(why: string): Translate {
  return read(payloads.pullRequest, (payload) =>
    inRepository(payload, [{ kind: 'look', number: payload.pull_request.number, why }]),
  );
}

function mergeGroup(action: 'checks_requested' | 'destroyed'): Translate {
  return read(payloads.mergeGroup, (payload) => {
    const group = payload.merge_group;
    return inRepository(payload, [
      {
        kind: 'merge-group',
        action,
        headSha: group.head_sha,
        headRef: `refs/heads/${branchOf(group.head_ref)}`,
        baseSha: group.base_sha,
        baseRef: branchOf(group.base_ref),
      },
    ]);
  });
}

function branchOf(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

function checkAction(
  action: 'rerun' | 'rerun-failed' | 'approve',
  headSha: string,
  externalId: string | null | undefined,
  sender: Actor,
): Hint {
  // GitHub writes an empty text where none was given.
  const known = externalId === '' ? null : (externalId ?? null);
  return { kind: 'check-action', action, headSha, externalId: known, sender };
}

function installation(state: 'active' | 'suspended' | 'deleted'): Translate {
  return read(payloads.installation, (payload) => {
    const { id, account } = payload.installation;
    const added = refs(id, payload.repositories_added ?? payload.repositories ?? []);
    const removed = refs(id, payload.repositories_removed ?? []);
    return {
      installation: { id, account: account?.login ?? null },
      ...(state === 'active' && added.length > 0 ? { repositories: added } : {}),
      ...(removed.length > 0 ? { removedRepositories: removed } : {}),
      hints: [{ kind: 'installation', state }],
    };
  });
}

/** Those whose full name can be read; the others are found when the installation is listed. */
function refs(installationId: number, listed: payloads.Listed): RepositoryRef[] {
  return listed.flatMap(({ id, full_name }) => {
    const [owner, name, ...more] = full_name.split('/');
    if (more.length > 0) return [];
    const valid = [owner, name].every((part) => payloads.repositoryName.safeParse(part).success);
    return valid && owner !== undefined && name !== undefined ? [{ id, installationId, owner, name }] : [];
  });
}
