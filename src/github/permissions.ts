/** What the App asks for, and why. A test holds these tables, `app.yml` and the requests that the code makes together. */

export interface PermissionUse {
  readonly permission: string;
  readonly access: 'read' | 'write';
  /** One line; the comment in `app.yml`. */
  readonly reason: string;
  /** `METHOD /path` as in GitHub's reference. */
  readonly endpoints: readonly string[];
}

export const PERMISSIONS: readonly PermissionUse[] = [
  {
    permission: 'checks',
    access: 'write',
    reason: 'post the check runs that block a merge, and hear of their buttons',
    endpoints: [
      'POST /repos/{owner}/{repo}/check-runs',
      'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
      'GET /repos/{owner}/{repo}/check-runs/{check_run_id}',
      'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
    ],
  },
  {
    permission: 'contents',
    access: 'read',
    reason:
      'fetch both sides of a pull request with git; hear of pushes; see whether a branch requires the check',
    endpoints: ['GET /repos/{owner}/{repo}/branches/{branch}', 'GET /repos/{owner}/{repo}/releases'],
  },
  {
    permission: 'issues',
    access: 'write',
    reason: 'keep one comment on each pull request, answer commands and react to them',
    endpoints: [
      'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
      'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
      'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    ],
  },
  {
    permission: 'merge_queues',
    access: 'read',
    reason: 'hear of merge groups; GitHub does not send that event without it',
    endpoints: [],
  },
  {
    permission: 'metadata',
    access: 'read',
    reason: 'who may write to the repository, which checks its rules require; GitHub asks it of every App',
    endpoints: [
      'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
      'GET /repos/{owner}/{repo}/rules/branches/{branch}',
      // Not in the reference: what GitHub redirects old names of a repository to.
      'GET /repositories/{id}',
    ],
  },
  {
    permission: 'pull_requests',
    access: 'read',
    reason: 'read pull requests and hear of them',
    endpoints: [
      'GET /repos/{owner}/{repo}/pulls',
      'GET /repos/{owner}/{repo}/pulls/{pull_number}',
      'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    ],
  },
];

/** Asked with the App's own JWT; no permission is needed. */
export const APP_ENDPOINTS: readonly string[] = [
  'GET /app',
  'GET /app/installations',
  'POST /app/installations/{installation_id}/access_tokens',
  'GET /app/hook/config',
  'GET /app/hook/deliveries',
  'POST /app/hook/deliveries/{delivery_id}/attempts',
];

/** Asked with an installation's token, whatever its permissions. */
export const INSTALLATION_ENDPOINTS: readonly string[] = ['GET /installation/repositories'];

export interface EventUse {
  readonly event: string;
  /** Empty for an event without actions. */
  readonly actions: readonly string[];
  /** What GitHub wants before it sends the event; null: nothing. */
  readonly permission: string | null;
  /**
   * `automatic`: GitHub sends it without a subscription and it is not listed in `app.yml`. For check runs and suites a
   * subscription would add every other App's `created` and `completed`.
   */
  readonly delivery: 'subscribed' | 'automatic';
  readonly reason: string;
}

/** https://docs.github.com/webhooks/webhook-events-and-payloads */
export const EVENTS: readonly EventUse[] = [
  {
    event: 'pull_request',
    actions: [
      'opened',
      'reopened',
      'synchronize',
      'ready_for_review',
      'converted_to_draft',
      'closed',
      'edited',
    ],
    permission: 'pull_requests',
    delivery: 'subscribed',
    reason: 'a pull request has a new head, another base, or is ready',
  },
  {
    event: 'issue_comment',
    actions: ['created'],
    permission: 'issues',
    delivery: 'subscribed',
    reason: 'commands',
  },
  {
    event: 'merge_group',
    actions: ['checks_requested', 'destroyed'],
    permission: 'merge_queues',
    delivery: 'subscribed',
    reason: 'the merge queue waits for the check, or no longer does',
  },
  {
    event: 'push',
    actions: [],
    permission: 'contents',
    delivery: 'subscribed',
    reason: 'a base branch moves, so open pull requests are looked at again',
  },
  {
    event: 'repository',
    actions: ['renamed', 'transferred', 'deleted'],
    permission: 'metadata',
    delivery: 'subscribed',
    reason: 'a repository has another name or owner, or is gone',
  },
  {
    event: 'check_run',
    actions: ['rerequested', 'requested_action'],
    permission: 'checks',
    delivery: 'automatic',
    reason: 'buttons on a check run',
  },
  {
    event: 'check_suite',
    actions: ['rerequested'],
    permission: 'checks',
    delivery: 'automatic',
    reason: '"Re-run all checks"',
  },
  {
    event: 'installation',
    actions: ['created', 'deleted', 'suspend', 'unsuspend', 'new_permissions_accepted'],
    permission: null,
    delivery: 'automatic',
    reason: 'the App is installed, removed, suspended or given more permissions',
  },
  {
    event: 'installation_repositories',
    actions: ['added', 'removed'],
    permission: null,
    delivery: 'automatic',
    reason: 'an installation has more repositories, or fewer',
  },
];
