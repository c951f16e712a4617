import type { Octokit } from '@octokit/rest';
import { GitHubError, type Branches, type RequiredCheck } from '../ports/github.js';
import type { Client } from './client.js';
import { segment, type Name } from './names.js';

/** A check that a rule requires, and the App that has to post it; null: any. */
interface Requirement {
  readonly context: string;
  readonly appId: number | null;
}

/** Rulesets and classic protection are two systems that hold at once: either can require the check, either can pin it. */
export function createBranches(client: Client): Branches {
  return {
    requiredCheck: (repository, branch, checkName) =>
      client.inRepository(repository, async (octokit, at) => {
        segment(branch, 'branch');
        const rules = await readable(() => fromRules(client, octokit, at, branch));
        const classic = await readable(() => fromProtection(octokit, at, branch));
        if (rules === undefined && classic === undefined) return undefined;
        return judge([...(rules ?? []), ...(classic ?? [])], checkName, client.appId);
      }),
  };
}

function judge(requirements: readonly Requirement[], checkName: string, appId: number): RequiredCheck {
  const ours = requirements.filter(({ context }) => context === checkName);
  if (ours.length === 0) return { required: false, pinned: null };
  return { required: true, pinned: ours.some((requirement) => requirement.appId === appId) };
}

async function fromRules(client: Client, octokit: Octokit, at: Name, branch: string) {
  const list = octokit.paginate.iterator(octokit.rest.repos.getBranchRules, { ...at, branch, per_page: 100 });
  const found: Requirement[] = [];
  for await (const { data } of client.pages(`rules of ${branch}`, list))
    for (const rule of data)
      if (rule.type === 'required_status_checks')
        for (const check of rule.parameters?.required_status_checks ?? [])
          found.push({ context: check.context, appId: check.integration_id ?? null });
  return found;
}

/** Undefined where the answer says nothing about protection. */
async function fromProtection(
  octokit: Octokit,
  at: Name,
  branch: string,
): Promise<readonly Requirement[] | undefined> {
  const { data } = await octokit.rest.repos.getBranch({ ...at, branch });
  const checks = data.protection.required_status_checks;
  if (!data.protected) return [];
  if (checks === undefined) return undefined;
  if (checks.enforcement_level === 'off') return [];
  const pinned = new Map(checks.checks.map(({ context, app_id }) => [context, app_id]));
  return [...new Set([...checks.contexts, ...pinned.keys()])].map((context) => {
    const appId = pinned.get(context) ?? null;
    // -1: any App.
    return { context, appId: appId === -1 ? null : appId };
  });
}

/** Undefined: not for us to read, or not there on this server. */
async function readable<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof GitHubError && ['not-found', 'forbidden', 'refused'].includes(error.class))
      return undefined;
    throw error;
  }
}
