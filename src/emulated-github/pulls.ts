/** Pull requests as people handle them: open, push, retarget, close. */
import { branches, git, identityOf, importCommit, isObjectId, readRef, writeRef } from './git.js';
import type { Events } from './events.js';
import { fullName, now, type Account, type Pull, type Repository, type World } from './world.js';
import type { NewCommit, NewPullRequest } from './types.js';

export class Pulls {
  readonly #world: World;
  readonly #events: Events;

  constructor(world: World, events: Events) {
    this.#world = world;
    this.#events = events;
  }

  async open(options: NewPullRequest): Promise<number> {
    const repository = this.#world.repository(options.repo);
    const author = this.#world.account(options.author);
    const headRepo =
      typeof options.head === 'string' ? repository : this.#world.repository(options.head.fork);
    const headRef = typeof options.head === 'string' ? options.head : options.head.branch;
    const headSha = await this.#tip(headRepo, headRef);
    const baseSha = await this.#tip(repository, options.base);
    const time = now();
    const pull: Pull = {
      id: this.#world.nextId(),
      number: repository.nextNumber,
      title: options.title,
      body: options.body ?? null,
      state: 'open',
      draft: options.draft ?? false,
      author,
      headRepo,
      headRef,
      headSha,
      baseRef: options.base,
      baseSha,
      merged: false,
      mergedBy: null,
      mergeSha: null,
      createdAt: time,
      updatedAt: time,
      closedAt: null,
    };
    repository.nextNumber += 1;
    repository.pulls.set(pull.number, pull);
    await this.#publishHead(repository, pull);
    if (options.emit ?? true) this.#events.pull(repository, pull, 'opened', author);
    return pull.number;
  }

  async #tip(repository: Repository, branch: string): Promise<string> {
    const sha = await readRef(repository.bare, `refs/heads/${branch}`);
    if (sha === undefined) throw new Error(`${fullName(repository)} has no branch ${branch}`);
    repository.heads.set(branch, repository.heads.get(branch) ?? sha);
    return sha;
  }

  /** `refs/pull/N/head` of the base's repository, with the objects when they come from a fork. */
  async #publishHead(repository: Repository, pull: Pull): Promise<void> {
    const ref = `refs/pull/${pull.number}/head`;
    if (pull.headRepo === repository) await writeRef(repository.bare, ref, pull.headSha);
    else
      await git(repository.bare, [
        'fetch',
        '--quiet',
        '--no-tags',
        pull.headRepo.bare,
        `+refs/heads/${pull.headRef}:${ref}`,
      ]);
    repository.commits.add(pull.headSha);
  }

  /** Takes note of all branches that moved. */
  async sync(full: string, options: { emit?: boolean; sender?: string } = {}): Promise<void> {
    const repository = this.#world.repository(full);
    const found = await branches(repository.bare);
    const moved = [...found].filter(([branch, sha]) => repository.heads.get(branch) !== sha);
    const gone = [...repository.heads.keys()].filter((branch) => !found.has(branch));
    const sender = this.#sender(repository, options.sender);
    const emit = options.emit ?? true;
    for (const [branch, sha] of moved) await this.branchMoved(repository, branch, sha, sender, emit);
    for (const branch of gone) await this.branchMoved(repository, branch, undefined, sender, emit);
  }

  /** Returns the commit's id. */
  async pushCommit(commit: NewCommit): Promise<string> {
    const repository = this.#world.repository(commit.repo);
    const by = this.#sender(repository, commit.author);
    const sha = await importCommit(repository.bare, {
      branch: commit.branch,
      onto: await this.#parent(repository, commit),
      files: commit.files,
      message: commit.message ?? 'Change',
      by: identityOf(by.login),
    });
    await this.branchMoved(repository, commit.branch, sha, by, commit.emit ?? true);
    return sha;
  }

  async #parent(repository: Repository, { branch, onto }: NewCommit): Promise<string> {
    if (onto !== undefined && isObjectId(onto)) return onto;
    const known = await readRef(repository.bare, `refs/heads/${onto ?? branch}`);
    if (known !== undefined) return known;
    if (onto !== undefined) throw new Error(`${fullName(repository)} has no branch ${onto}`);
    return this.#tip(repository, repository.defaultBranch);
  }

  #sender(repository: Repository, login: string | undefined): Account {
    if (login !== undefined) return this.#world.account(login);
    return this.#world.personFor(repository.owner);
  }

  async branchMoved(
    repository: Repository,
    branch: string,
    after: string | undefined,
    sender: Account,
    emit: boolean,
  ): Promise<void> {
    const before = repository.heads.get(branch);
    if (before === after) return;
    if (after === undefined) repository.heads.delete(branch);
    else {
      repository.heads.set(branch, after);
      repository.commits.add(after);
    }
    if (emit) await this.#events.push(repository, branch, before, after, sender);
    for (const base of this.#world.repositories)
      for (const pull of base.pulls.values()) {
        const follows = pull.state === 'open' && pull.headRepo === repository && pull.headRef === branch;
        if (follows) await this.#headMoved(base, pull, after, sender, emit);
      }
  }

  async #headMoved(
    repository: Repository,
    pull: Pull,
    after: string | undefined,
    sender: Account,
    emit: boolean,
  ): Promise<void> {
    if (after === undefined) {
      this.#setClosed(repository, pull, sender, emit);
      return;
    }
    const before = pull.headSha;
    if (before === after) return;
    pull.headSha = after;
    pull.baseSha = (await readRef(repository.bare, `refs/heads/${pull.baseRef}`)) ?? pull.baseSha;
    pull.updatedAt = now();
    await this.#publishHead(repository, pull);
    if (emit) this.#events.pull(repository, pull, 'synchronize', sender, { before, after });
  }

  setDraft(full: string, number: number, draft: boolean, sender?: string): void {
    const { repository, pull } = this.#world.pull(full, number);
    if (pull.draft === draft) return;
    pull.draft = draft;
    pull.updatedAt = now();
    const action = draft ? 'converted_to_draft' : 'ready_for_review';
    this.#events.pull(repository, pull, action, this.#by(pull, sender));
  }

  /** The head stays, so nothing but `edited` tells of it. */
  async retarget(full: string, number: number, base: string, sender?: string): Promise<void> {
    const { repository, pull } = this.#world.pull(full, number);
    const from = { ref: pull.baseRef, sha: pull.baseSha };
    pull.baseSha = await this.#tip(repository, base);
    pull.baseRef = base;
    pull.updatedAt = now();
    this.#events.pull(repository, pull, 'edited', this.#by(pull, sender), {
      changes: { base: { ref: { from: from.ref }, sha: { from: from.sha } } },
    });
  }

  closePull(full: string, number: number, sender?: string): void {
    const { repository, pull } = this.#world.pull(full, number);
    this.#setClosed(repository, pull, this.#by(pull, sender), true);
  }

  reopen(full: string, number: number, sender?: string): void {
    const { repository, pull } = this.#world.pull(full, number);
    if (pull.merged) throw new Error(`#${number} is merged`);
    pull.state = 'open';
    pull.closedAt = null;
    pull.updatedAt = now();
    this.#events.pull(repository, pull, 'reopened', this.#by(pull, sender));
  }

  #by(pull: Pull, sender: string | undefined): Account {
    return sender === undefined ? pull.author : this.#world.account(sender);
  }

  #setClosed(repository: Repository, pull: Pull, sender: Account, emit: boolean): void {
    if (pull.state === 'closed') return;
    pull.state = 'closed';
    pull.closedAt = now();
    pull.updatedAt = pull.closedAt;
    if (emit) this.#events.pull(repository, pull, 'closed', sender);
  }

  /** The base branch has moved already. */
  setMerged(repository: Repository, pull: Pull, mergeSha: string, by: Account): void {
    pull.merged = true;
    pull.mergedBy = by;
    pull.mergeSha = mergeSha;
    this.#setClosed(repository, pull, by, true);
  }
}
