/** What owners set up: accounts, repositories, installations. */
import type { Backing } from './backing.js';
import type { Events } from './events.js';
import { branches, copyRepository } from './git.js';
import { fullName, now, type Account, type Installation, type Repository, type World } from './world.js';

export class Administration {
  readonly #world: World;
  readonly #backing: Backing;
  readonly #events: Events;

  constructor(world: World, backing: Backing, events: Events) {
    this.#world = world;
    this.#backing = backing;
    this.#events = events;
  }

  async #changed(): Promise<void> {
    this.#backing.changed();
    await this.#backing.ready();
  }

  /** A login that is known stays what it is. */
  async addAccount(login: string, type: Account['type']): Promise<void> {
    if (this.#world.findAccount(login) !== undefined) return;
    this.#world.accounts.push({ login, id: 0, type });
    await this.#changed();
  }

  async addRepository(options: {
    readonly owner: string;
    readonly name: string;
    readonly from: string;
    readonly private: boolean;
    readonly forkOf: Repository | null;
  }): Promise<Repository> {
    const { name, forkOf } = options;
    const owner = this.#world.account(options.owner);
    if (this.#world.findRepository(owner.login, name) !== undefined)
      throw new Error(`${owner.login}/${name} exists`);
    const bare = this.#world.newBarePath();
    const { defaultBranch } = await copyRepository(options.from, bare);
    const repository = this.#world.addRepository({
      owner,
      name,
      private: options.private,
      defaultBranch,
      bare,
      forkOf,
    });
    repository.heads = await branches(bare);
    await this.#changed();
    return repository;
  }

  async rename(full: string, newName: string): Promise<void> {
    const repository = this.#world.repository(full);
    const from = repository.name;
    this.#world.redirects.set(fullName(repository).toLowerCase(), repository);
    repository.name = newName;
    await this.#changed();
    this.#events.about(repository, 'repository', this.#world.personFor(repository.owner), {
      action: 'renamed',
      changes: { repository: { name: { from } } },
    });
  }

  /** Its number is not given again; pull requests from it lose their head's repository. */
  delete(full: string): void {
    const repository = this.#world.repository(full);
    const sender = this.#world.personFor(repository.owner);
    this.#events.about(repository, 'repository', sender, { action: 'deleted' });
    repository.deleted = true;
    // The name is free again; the number stays this one's.
    repository.name = `${repository.name}-deleted-${this.#world.nextId()}`;
  }

  async install(
    owner: string,
    options: {
      readonly permissions?: Readonly<Record<string, string>>;
      readonly repositories?: readonly string[];
      readonly emit?: boolean;
    },
  ): Promise<Installation> {
    const installation: Installation = {
      id: this.#world.nextId(),
      account: this.#world.account(owner),
      permissions: options.permissions ?? this.#world.app.permissions,
      repositories: options.repositories?.map((full) => this.#world.repository(full)) ?? null,
      createdAt: now(),
      suspendedAt: null,
      deleted: false,
    };
    this.#world.installations.push(installation);
    await this.#changed();
    if (options.emit ?? true) this.#events.installation(installation, 'created');
    return installation;
  }

  suspend(owner: string, suspended: boolean): void {
    const installation = this.#installationOn(owner);
    installation.suspendedAt = suspended ? now() : null;
    this.#events.installation(installation, suspended ? 'suspend' : 'unsuspend');
  }

  async uninstall(owner: string): Promise<void> {
    const installation = this.#installationOn(owner);
    this.#events.installation(installation, 'deleted');
    installation.deleted = true;
    await this.#changed();
  }

  #installationOn(owner: string): Installation {
    const account = this.#world.account(owner);
    const found = this.#world.installations.find((known) => !known.deleted && known.account === account);
    if (found === undefined) throw new Error(`the App is not installed on ${owner}`);
    return found;
  }
}
