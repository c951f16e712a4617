/** Merges, by button and by merge queue; both through the branch's rules. */
import type { BranchRules } from './branches.js';
import type { Events } from './events.js';
import { deleteRef, identityOf, mergeCommit, readRef, writeRef } from './git.js';
import type { Pulls } from './pulls.js';
import type { MergeResult } from './types.js';
import { fullName, type MergeGroup, type Pull, type Repository, type World } from './world.js';

function refused(status: number, message: string): MergeResult {
  return { merged: false, status, message, sha: null };
}

function messageOf(pull: Pull): string {
  return `Merge pull request #${pull.number} from ${pull.headRepo.owner.login}/${pull.headRef}\n\n${pull.title}\n`;
}

export class Merging {
  readonly #world: World;
  readonly #events: Events;
  readonly #pulls: Pulls;
  readonly #rules: BranchRules;

  constructor(world: World, events: Events, pulls: Pulls, rules: BranchRules) {
    this.#world = world;
    this.#events = events;
    this.#pulls = pulls;
    this.#rules = rules;
  }

  async merge(full: string, number: number, by: string): Promise<MergeResult> {
    const { repository, pull } = this.#world.pull(full, number);
    const account = this.#world.account(by);
    if (pull.state === 'closed') return refused(405, 'Pull Request is not mergeable');
    if (pull.draft) return refused(405, 'Pull Request is still a draft');
    const obstacle = this.#rules.obstacle(repository, pull.baseRef, pull.headSha);
    if (obstacle !== null) return refused(405, obstacle);
    const base = await this.#tip(repository, pull.baseRef);
    const who = identityOf(account.login);
    const sha = await mergeCommit(repository.bare, base, pull.headSha, messageOf(pull), who);
    if (sha === null) return refused(405, 'Pull Request is not mergeable');
    await writeRef(repository.bare, `refs/heads/${pull.baseRef}`, sha);
    await this.#pulls.branchMoved(repository, pull.baseRef, sha, account, true);
    this.#pulls.setMerged(repository, pull, sha, account);
    return { merged: true, status: 200, message: 'Pull Request successfully merged', sha };
  }

  async #tip(repository: Repository, branch: string): Promise<string> {
    const sha = await readRef(repository.bare, `refs/heads/${branch}`);
    if (sha === undefined) throw new Error(`${fullName(repository)} has no branch ${branch}`);
    return sha;
  }

  /** One merge commit for each, in this order, on a branch of the queue. */
  async group(full: string, branch: string, numbers: readonly number[]): Promise<MergeGroup> {
    const repository = this.#world.repository(full);
    const baseSha = await this.#tip(repository, branch);
    const commits: string[] = [];
    for (const number of numbers) {
      const { pull } = this.#world.pull(full, number);
      const on = commits.at(-1) ?? baseSha;
      const who = identityOf(pull.author.login);
      const sha = await mergeCommit(repository.bare, on, pull.headSha, messageOf(pull), who);
      if (sha === null) throw new Error(`#${number} conflicts with what is before it in the queue`);
      commits.push(sha);
    }
    const headSha = commits.at(-1);
    if (headSha === undefined) throw new Error('a merge group has at least one pull request');
    const name = `gh-readonly-queue/${branch}/pr-${numbers.at(-1)}-${baseSha}`;
    const headRef = `refs/heads/${name}`;
    await writeRef(repository.bare, headRef, headSha);
    const group: MergeGroup = { headSha, headRef, baseRef: branch, baseSha, numbers, commits };
    repository.groups.set(headSha, group);
    await this.#pulls.branchMoved(repository, name, headSha, this.#world.personFor(repository.owner), true);
    await this.#events.mergeGroup(repository, group, this.#world.personFor(repository.owner), {
      action: 'checks_requested',
    });
    return group;
  }

  async destroy(full: string, headSha: string, reason: 'merged' | 'invalidated' | 'dequeued'): Promise<void> {
    const repository = this.#world.repository(full);
    const group = repository.groups.get(headSha);
    if (group === undefined) throw new Error(`${full} has no merge group ${headSha}`);
    if (reason === 'merged') await this.#land(repository, group);
    repository.groups.delete(headSha);
    await this.#events.mergeGroup(repository, group, this.#world.personFor(repository.owner), {
      action: 'destroyed',
      reason,
    });
    await deleteRef(repository.bare, group.headRef);
    const name = group.headRef.slice('refs/heads/'.length);
    await this.#pulls.branchMoved(repository, name, undefined, this.#world.personFor(repository.owner), true);
  }

  async #land(repository: Repository, group: MergeGroup): Promise<void> {
    const obstacle = this.#rules.obstacle(repository, group.baseRef, group.headSha);
    if (obstacle !== null) throw new Error(obstacle.trim());
    if ((await this.#tip(repository, group.baseRef)) !== group.baseSha)
      throw new Error(`${group.baseRef} has moved since the merge group was made`);
    await writeRef(repository.bare, `refs/heads/${group.baseRef}`, group.headSha);
    await this.#pulls.branchMoved(
      repository,
      group.baseRef,
      group.headSha,
      this.#world.personFor(repository.owner),
      true,
    );
    for (const [index, number] of group.numbers.entries()) {
      const pull = repository.pulls.get(number);
      const sha = group.commits[index];
      if (pull === undefined || sha === undefined) continue;
      this.#pulls.setMerged(repository, pull, sha, this.#world.personFor(repository.owner));
    }
  }
}
