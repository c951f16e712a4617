/**
 * The Probot function: which events are taken, and the one thing that is done with each. An event is only a hint of what
 * may have changed; it is written down before it is answered, and looked into afterwards. What each becomes is decided
 * by `toDelivery`; app.yml subscribes to the events whose permission or subscription they need.
 */
import type { ApplicationFunction } from 'probot';
import type { Delivery } from './core/app-words.js';
import { toDelivery, type OwnApp } from './github/index.js';
import type { Log } from './ports/log.js';

/** Event → the hint that it becomes; `known` only brings the repository up to date. */
export const EVENTS = {
  'pull_request.opened': 'look',
  'pull_request.reopened': 'look',
  'pull_request.synchronize': 'look',
  'pull_request.ready_for_review': 'look',
  'pull_request.converted_to_draft': 'look',
  'pull_request.edited': 'look',
  'pull_request.closed': 'look',
  'issue_comment.created': 'command',
  'check_run.rerequested': 'check-action',
  'check_run.requested_action': 'check-action',
  'check_suite.rerequested': 'check-action',
  'merge_group.checks_requested': 'merge-group',
  'merge_group.destroyed': 'merge-group',
  push: 'push',
  'installation.created': 'installation',
  'installation.new_permissions_accepted': 'installation',
  'installation.unsuspend': 'installation',
  'installation.suspend': 'installation',
  'installation.deleted': 'installation',
  'installation_repositories.added': 'installation',
  'installation_repositories.removed': 'installation',
  'repository.renamed': 'known',
  'repository.transferred': 'known',
  'repository.deleted': 'repository-gone',
} as const satisfies Readonly<Record<string, string>>;

export type EventName = keyof typeof EVENTS;

export interface AppSteps {
  /** Resolves once the delivery is committed; a webhook is answered with 2xx only then. */
  readonly receive: (delivery: Delivery) => Promise<unknown>;
  /** Who we are: what we do ourselves is no hint. */
  readonly own: OwnApp;
  readonly log: Log;
}

export function createApp({ receive, own, log }: AppSteps): ApplicationFunction {
  return (app) => {
    app.on(Object.keys(EVENTS) as EventName[], async ({ id, name, payload }) => {
      const delivery = toDelivery(name, id, payload, own);
      if (delivery === undefined) log.debug({ guid: id, event: name }, 'nothing for us');
      else await receive(delivery);
    });
  };
}
