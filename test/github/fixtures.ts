/** Answers of GitHub: its own examples with what a test needs, checked against its reference. */
import { SHA, APP_ID, repository } from './support.js';
import { example, valid } from './reference.js';

type Json = Record<string, unknown>;

export const CREATE_CHECK = 'POST /repos/{owner}/{repo}/check-runs';
export const UPDATE_CHECK = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';
export const LIST_CHECKS = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
export const GET_PULL = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
export const LIST_PULLS = 'GET /repos/{owner}/{repo}/pulls';
export const PULLS_OF_COMMIT = 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls';
export const LIST_COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
export const PERMISSION = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
export const RULES = 'GET /repos/{owner}/{repo}/rules/branches/{branch}';
export const BRANCH = 'GET /repos/{owner}/{repo}/branches/{branch}';
export const DELIVERIES = 'GET /app/hook/deliveries';

export function checkRun(changes: { annotations?: number; app?: number } & Json = {}): Json {
  const { annotations = 0, app = APP_ID, ...fields } = changes;
  const run = example<Json & { output: Json; app: Json }>(
    'GET /repos/{owner}/{repo}/check-runs/{check_run_id}',
  );
  return valid('GET /repos/{owner}/{repo}/check-runs/{check_run_id}', {
    ...run,
    output: { ...run.output, annotations_count: annotations },
    app: { ...run.app, id: app },
    ...fields,
  });
}

export function checkRuns(runs: readonly Json[]): Json {
  return valid(LIST_CHECKS, { total_count: runs.length, check_runs: runs });
}

export interface PullFixture {
  readonly number?: number;
  readonly state?: 'open' | 'closed';
  readonly draft?: boolean;
  readonly sha?: string;
  readonly user?: { login: string; type: string } | null;
  readonly headRepository?: number | null;
  readonly baseRepository?: number;
  readonly baseRef?: string;
  readonly mergedAt?: string | null;
}

interface Side extends Json {
  repo: Json;
}
interface PullExample extends Json {
  user: Json;
  head: Side;
  base: Side;
}

function pullFrom(pull: PullExample, changes: PullFixture): PullExample {
  const { number = 1347, state = 'open', draft = false, sha = SHA, user, baseRef = 'main' } = changes;
  const { headRepository = repository.id, baseRepository = repository.id, mergedAt = null } = changes;
  return {
    ...pull,
    number,
    state,
    draft,
    merged_at: mergedAt,
    // GitHub's example lacks what its schema wants of a team.
    requested_teams: [],
    user: { ...pull.user, ...user },
    head: { ...pull.head, sha, repo: { ...pull.head.repo, id: headRepository ?? 0 } },
    base: { ...pull.base, ref: baseRef, repo: { ...pull.base.repo, id: baseRepository } },
  };
}

export function pull(changes: PullFixture = {}, merged = false): Json {
  const checked = valid(GET_PULL, {
    ...pullFrom(example<PullExample>(GET_PULL), changes),
    merged,
  });
  return afterwards(checked, changes);
}

export function pulls(list: readonly PullFixture[]): Json[] {
  const [first] = example<PullExample[]>(LIST_PULLS);
  const checked = valid(
    LIST_PULLS,
    list.map((changes) => pullFrom(first!, changes)),
  );
  return checked.map((one, index) => afterwards(one, list[index]!));
}

/** What GitHub sends although its reference does not say so: forks and authors that were deleted. */
function afterwards(checked: PullExample, changes: PullFixture): Json {
  return {
    ...checked,
    ...(changes.user === null ? { user: null } : {}),
    ...(changes.headRepository === null ? { head: { ...checked.head, repo: null } } : {}),
  };
}

export function comment(
  id: number,
  body: string,
  changes: { login?: string; app?: number | null } = {},
): Json {
  const [first] = example<(Json & { user: Json })[]>(LIST_COMMENTS);
  const { login = 'octocat', app } = changes;
  const made = { ...first, id, body, user: { ...first!.user, login } };
  valid(LIST_COMMENTS, [made]);
  return app === undefined ? made : { ...made, performed_via_github_app: app === null ? null : { id: app } };
}

export function permission(level: string, role: string): Json {
  const answer = example<Json & { user: Json }>(PERMISSION);
  return valid(PERMISSION, {
    ...answer,
    permission: level,
    role_name: role,
    user: { ...answer.user, role_name: role },
  });
}

export interface RequiredBy {
  readonly context: string;
  readonly app?: number;
}

export function rules(required: readonly RequiredBy[]): Json[] {
  return valid(RULES, [
    {
      type: 'deletion',
      ruleset_source_type: 'Repository',
      ruleset_source: 'octocat/Hello-World',
      ruleset_id: 41,
    },
    {
      type: 'required_status_checks',
      ruleset_source_type: 'Repository',
      ruleset_source: 'octocat/Hello-World',
      ruleset_id: 42,
      parameters: {
        strict_required_status_checks_policy: false,
        required_status_checks: required.map(({ context, app }) => ({
          context,
          ...(app === undefined ? {} : { integration_id: app }),
        })),
      },
    },
  ]);
}

export function branch(
  checks: readonly { readonly context: string; readonly app_id: number | null }[],
  level = 'everyone',
): Json {
  const answer = example<Json>(BRANCH);
  return valid(BRANCH, {
    ...answer,
    protected: checks.length > 0,
    protection: {
      enabled: checks.length > 0,
      required_status_checks: {
        enforcement_level: checks.length > 0 ? level : 'off',
        contexts: checks.map(({ context }) => context),
        checks,
      },
    },
  });
}

export function delivery(id: number, guid: string, at: string, code: number, changes: Json = {}): Json {
  const [first] = example<Json[]>(DELIVERIES);
  return {
    ...valid(DELIVERIES, [{ ...first, id, guid, delivered_at: at, status_code: code }])[0],
    ...changes,
  };
}
