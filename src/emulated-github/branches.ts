/** Which checks a branch requires, and whether a commit has them. */
import { ApiError } from './answer.js';
import {
  fullName,
  type CheckRun,
  type Json,
  type Repository,
  type Requirement,
  type World,
} from './world.js';

/** GitHub accepts these for a required check. */
const PASSING = ['success', 'neutral', 'skipped'];

export class BranchRules {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  require(
    full: string,
    branch: string,
    check: string,
    options: { pinned?: boolean; via?: 'ruleset' | 'classic' } = {},
  ): void {
    const repository = this.#world.repository(full);
    const requirement: Requirement = {
      id: this.#world.nextId(),
      branch,
      check,
      pinned: options.pinned ?? false,
      via: options.via ?? 'ruleset',
    };
    const others = repository.requirements.filter(
      (other) => other.branch !== branch || other.check !== check || other.via !== requirement.via,
    );
    repository.requirements = [...others, requirement];
  }

  /** In GitHub's words, or null when the commit may go in. */
  obstacle(repository: Repository, branch: string, sha: string): string | null {
    for (const requirement of repository.requirements) {
      if (requirement.branch !== branch) continue;
      const runs = repository.suites.get(sha)?.runs ?? [];
      const run = runs.findLast(({ name }) => name === requirement.check);
      const state = stateOf(run);
      if (state === 'passing') continue;
      const sentence = `Required status check "${requirement.check}" is ${state}.`;
      return requirement.via === 'classic' ? sentence : `Repository rule violations found\n\n${sentence}\n\n`;
    }
    return null;
  }

  /** `GET /repos/{owner}/{repo}/rules/branches/{branch}` */
  rules(repository: Repository, branch: string): Json[] {
    return this.#of(repository, branch, 'ruleset').map((requirement) => ({
      type: 'required_status_checks',
      ruleset_source_type: 'Repository',
      ruleset_source: fullName(repository),
      ruleset_id: requirement.id,
      parameters: {
        strict_required_status_checks_policy: false,
        do_not_enforce_on_create: false,
        required_status_checks: [
          {
            context: requirement.check,
            ...(requirement.pinned ? { integration_id: this.#world.app.id } : {}),
          },
        ],
      },
    }));
  }

  /** What `GET …/branches/{branch}` shows to everybody who may read. */
  protection(repository: Repository, branch: string): Json {
    const classic = this.#of(repository, branch, 'classic');
    return {
      enabled: classic.length > 0,
      required_status_checks: {
        enforcement_level: classic.length > 0 ? 'non_admins' : 'off',
        contexts: classic.map(({ check }) => check),
        checks: classic.map(({ check, pinned }) => ({
          context: check,
          app_id: pinned ? this.#world.app.id : null,
        })),
      },
    };
  }

  /** What `GET …/branches/{branch}/protection` shows to administrators. */
  classic(repository: Repository, branch: string, url: string): Json {
    const { enabled, required_status_checks: checks } = this.protection(repository, branch);
    if (enabled !== true) throw new ApiError(404, 'Branch not protected');
    return {
      url,
      required_status_checks: {
        url: `${url}/required_status_checks`,
        contexts_url: `${url}/required_status_checks/contexts`,
        strict: false,
        ...(checks as Json),
      },
      enforce_admins: { url: `${url}/enforce_admins`, enabled: true },
    };
  }

  #of(repository: Repository, branch: string, via: Requirement['via']): Requirement[] {
    return repository.requirements.filter((rule) => rule.via === via && rule.branch === branch);
  }
}

function stateOf(run: CheckRun | undefined): 'expected' | 'in progress' | 'queued' | 'failing' | 'passing' {
  if (run === undefined) return 'expected';
  if (run.status === 'queued') return 'queued';
  if (run.status === 'in_progress') return 'in progress';
  return PASSING.includes(run.conclusion ?? '') ? 'passing' : 'failing';
}
