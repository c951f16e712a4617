/** Which webhooks the App gets and what is in them. */
import { commits as readCommits, identityOf, type CommitView } from './git.js';
import type { Shapes } from './shapes.js';
import type { Webhooks } from './webhooks.js';
import {
  fullName,
  nodeId,
  type Account,
  type Installation,
  type Json,
  type MergeGroup,
  type Pull,
  type Repository,
  type World,
} from './world.js';

/** Sent to every App, subscribed or not. https://docs.github.com/webhooks/webhook-events-and-payloads */
const ALWAYS = new Set([
  'installation',
  'installation_repositories',
  'check_run.rerequested',
  'check_run.requested_action',
  'check_suite.rerequested',
]);
/** Commits that a push names. */
const PUSH_COMMITS = 20;
const NOTHING = '0'.repeat(40);

export class Events {
  readonly #world: World;
  readonly #shapes: Shapes;
  readonly #webhooks: Webhooks;

  constructor(world: World, shapes: Shapes, webhooks: Webhooks) {
    this.#world = world;
    this.#shapes = shapes;
    this.#webhooks = webhooks;
  }

  /** About a repository; nobody hears of it where the App is not installed. */
  about(repository: Repository, event: string, sender: Account, payload: Json): void {
    const installation = this.#world.installationOf(repository);
    if (installation?.suspendedAt !== null) return;
    const action = typeof payload['action'] === 'string' ? payload['action'] : undefined;
    const wanted =
      this.#world.app.events.includes(event) ||
      ALWAYS.has(action === undefined ? event : `${event}.${action}`);
    if (!wanted) return;
    // Without `merge_queues: read` GitHub sends nothing, subscribed or not.
    if (event === 'merge_group' && installation.permissions['merge_queues'] === undefined) return;
    const { owner } = repository;
    this.#webhooks.emit(
      event,
      action ?? null,
      {
        ...payload,
        repository: this.#shapes.repository(repository),
        ...(owner.type === 'Organization' ? { organization: this.#organisation(owner) } : {}),
        sender: this.#shapes.account(sender),
        installation: { id: installation.id, node_id: nodeId('Installation', installation.id) },
      },
      { installationId: installation.id, repositoryId: repository.id },
    );
  }

  installation(installation: Installation, action: 'created' | 'deleted' | 'suspend' | 'unsuspend'): void {
    const repositories = this.#world.repositoriesOf(installation).map((repository) => ({
      id: repository.id,
      node_id: nodeId('Repository', repository.id),
      name: repository.name,
      full_name: fullName(repository),
      private: repository.private,
    }));
    this.#webhooks.emit(
      'installation',
      action,
      {
        action,
        installation: this.#shapes.installation(installation),
        repositories,
        requester: null,
        sender: this.#shapes.account(this.#world.personFor(installation.account)),
      },
      { installationId: installation.id, repositoryId: null },
    );
  }

  pull(repository: Repository, pull: Pull, action: string, sender: Account, extra: Json = {}): void {
    this.about(repository, 'pull_request', sender, {
      action,
      number: pull.number,
      pull_request: this.#shapes.pull(repository, pull, true),
      ...extra,
    });
  }

  /** `before` or `after` is undefined where the branch is made or deleted. */
  async push(
    repository: Repository,
    branch: string,
    before: string | undefined,
    after: string | undefined,
    sender: Account,
  ): Promise<void> {
    // Reading the commits costs a process; without a reader there is none.
    if (this.#world.installationOf(repository) === undefined) return;
    const range = before === undefined ? [after ?? ''] : [`${before}..${after}`];
    const limit = before === undefined ? 1 : PUSH_COMMITS;
    const found = after === undefined ? [] : await readCommits(repository.bare, range, limit);
    const shown = found.map((commit) => this.#commit(repository, commit));
    const { name, email } = identityOf(sender.login);
    this.about(repository, 'push', sender, {
      ref: `refs/heads/${branch}`,
      before: before ?? NOTHING,
      after: after ?? NOTHING,
      created: before === undefined,
      deleted: after === undefined,
      forced: false,
      base_ref: null,
      compare: `${this.#shapes.html(repository)}/compare/${before ?? NOTHING}...${after ?? NOTHING}`,
      commits: before === undefined ? [] : shown.toReversed(),
      head_commit: shown[0] ?? null,
      pusher: { name, email },
    });
  }

  #commit(repository: Repository, commit: CommitView): Json {
    const { name, email } = commit.author;
    return {
      id: commit.id,
      tree_id: commit.tree,
      distinct: true,
      message: commit.message,
      timestamp: commit.committer.date,
      url: `${this.#shapes.html(repository)}/commit/${commit.id}`,
      author: { name, email, username: name },
      committer: { name: commit.committer.name, email: commit.committer.email },
      added: commit.added,
      removed: commit.removed,
      modified: commit.modified,
    };
  }

  async mergeGroup(
    repository: Repository,
    group: MergeGroup,
    sender: Account,
    action:
      { readonly action: 'checks_requested' } | { readonly action: 'destroyed'; readonly reason: string },
  ): Promise<void> {
    const head_commit = await this.headCommit(repository, group.headSha);
    this.about(repository, 'merge_group', sender, {
      ...action,
      merge_group: {
        head_sha: group.headSha,
        head_ref: group.headRef,
        base_sha: group.baseSha,
        base_ref: `refs/heads/${group.baseRef}`,
        head_commit,
      },
    });
  }

  /** As check suites and merge groups show it. */
  async headCommit(repository: Repository, sha: string): Promise<Json> {
    const [commit] = await readCommits(repository.bare, [sha], 1);
    if (commit === undefined) throw new Error(`no commit ${sha}`);
    return {
      id: commit.id,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: commit.committer.date,
      author: { name: commit.author.name, email: commit.author.email },
      committer: { name: commit.committer.name, email: commit.committer.email },
    };
  }

  #organisation({ login, id }: Account): Json {
    const url = `${this.#shapes.baseUrl}/orgs/${login}`;
    return {
      login,
      id,
      node_id: nodeId('Organization', id),
      url,
      repos_url: `${url}/repos`,
      events_url: `${url}/events`,
      hooks_url: `${url}/hooks`,
      issues_url: `${url}/issues`,
      members_url: `${url}/members{/member}`,
      public_members_url: `${url}/public_members{/member}`,
      avatar_url: `${this.#shapes.baseUrl}/avatars/${id}`,
      description: '',
    };
  }
}
