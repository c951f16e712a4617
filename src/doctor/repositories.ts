/** Each repository: can it be read, does it have a configuration, does its default branch require the check of this App. */
import pLimit from 'p-limit';
import type { RepositoryRef } from '../core/app-words.js';
import { checkName } from '../core/check/index.js';
import { readConfigured } from '../flow/plan-sides.js';
import type { GitHub } from '../ports/github.js';
import type { Mirrors } from '../ports/mirror.js';
import { findingsOf, inWords, type Finding } from './finding.js';

export interface RepositoryFacts {
  readonly github: Pick<GitHub, 'cloneToken' | 'requiredCheck'>;
  readonly mirrors: Mirrors;
  readonly apiUrl: string;
  readonly fetch?: typeof fetch;
}

/** Looked at in one go; each costs GitHub four requests and a fetch. */
export const REPOSITORIES = 200;
const AT_ONCE = 4;

export async function examineRepositories(
  repositories: readonly RepositoryRef[],
  facts: RepositoryFacts,
): Promise<Finding[]> {
  const { found, warn } = findingsOf('repositories');
  if (repositories.length === 0) warn('the App sees no repository', 'let the installation have repositories');
  const limit = pLimit(AT_ONCE);
  const each = await Promise.all(
    repositories.slice(0, REPOSITORIES).map((repository) => limit(() => examine(repository, facts))),
  );
  if (repositories.length > REPOSITORIES)
    warn(
      `only ${REPOSITORIES} of ${repositories.length} repositories were looked at`,
      'docops doctor --repository OWNER/NAME looks at one',
    );
  return [...found, ...each.flat()];
}

async function examine(repository: RepositoryRef, facts: RepositoryFacts): Promise<Finding[]> {
  const { found, ok, warn, fail } = findingsOf('repositories');
  const name = `${repository.owner}/${repository.name}`;
  try {
    const branch = await defaultBranch(repository, facts);
    const configured = await configurationOf(repository, branch, facts.mirrors);
    const rule = await facts.github
      .requiredCheck(repository, branch, checkName(branch, null))
      .catch(() => undefined);
    const at = `${name} (${branch})`;
    if (configured === 'missing') {
      if (rule?.required === true)
        warn(
          `${at} has no .docops.yml and requires the check: every pull request passes it`,
          'write one: docops init',
        );
      else ok(`${at} has no .docops.yml: nothing is posted there`);
      return found;
    }
    if (configured === 'invalid')
      fail(
        `${at}: its .docops.yml is not valid, and every check there fails`,
        'docops validate in a checkout of it says what and where',
      );
    if (rule === undefined)
      warn(`${at}: its rules cannot be read`, 'look in its settings whether the check is required');
    else if (!rule.required)
      warn(
        `${at} does not require the check: a regression blocks nothing`,
        `add a rule for ${branch} that requires "${checkName(branch, null)}" from this App`,
      );
    else if (rule.pinned !== true)
      warn(
        `${at} takes the check from anybody who posts it`,
        'choose this App as the expected source of the check in the rule',
      );
    else if (configured === 'valid')
      ok(`${at} is configured, requires the check, and takes it from this App alone`);
  } catch (error) {
    fail(
      `${name} cannot be looked at (${inWords(error)})`,
      'compare the installation with its permissions above',
    );
  }
  return found;
}

/** With the token that git uses too. https://docs.github.com/rest/repos/repos#get-a-repository */
async function defaultBranch(repository: RepositoryRef, facts: RepositoryFacts): Promise<string> {
  const ask = facts.fetch ?? fetch;
  const path = `/repos/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}`;
  const response = await ask(`${facts.apiUrl}${path}`, {
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `token ${await facts.github.cloneToken(repository)}`,
      'user-agent': 'docops-doctor',
    },
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`GitHub answers ${response.status}`);
  const { default_branch: branch } = (await response.json()) as { default_branch?: unknown };
  if (typeof branch !== 'string') throw new Error('GitHub names no default branch');
  return branch;
}

async function configurationOf(
  repository: RepositoryRef,
  branch: string,
  mirrors: Mirrors,
): Promise<'missing' | 'invalid' | 'valid'> {
  const ref = `refs/heads/${branch}`;
  const mirror = await mirrors.open(repository, { refs: [ref] });
  try {
    const tip = mirror.tips.get(ref);
    // An empty repository.
    if (tip === undefined) return 'missing';
    const { kind } = await readConfigured(mirror.code, tip);
    return kind === 'none' ? 'missing' : kind;
  } finally {
    await mirror.close();
  }
}
