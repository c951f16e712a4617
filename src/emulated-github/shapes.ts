/** The JSON that GitHub shows of things; fields as in its published schema (`@octokit/openapi`). */
import { BasicShapes } from './shapes-basic.js';
import {
  nodeId,
  type Account,
  type CheckRun,
  type Comment,
  type Issue,
  type Json,
  type Pull,
  type Repository,
  type Suite,
} from './world.js';

const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'eyes', 'rocket'] as const;
export function isReaction(content: unknown): content is (typeof REACTIONS)[number] {
  return REACTIONS.includes(content as (typeof REACTIONS)[number]);
}

export class Shapes extends BasicShapes {
  /** Full for one pull request; lists leave the counts out. */
  pull(repository: Repository, pull: Pull, full: boolean): Json {
    const url = `${this.url(repository)}/pulls/${pull.number}`;
    const issue = `${this.url(repository)}/issues/${pull.number}`;
    const html = `${this.html(repository)}/pull/${pull.number}`;
    const statuses = `${this.url(repository)}/statuses/${pull.headSha}`;
    const side = (of: Repository, ref: string, sha: string) => ({
      label: of.deleted ? `unknown repository:${ref}` : `${of.owner.login}:${ref}`,
      ref,
      sha,
      user: this.account(of.owner),
      repo: of.deleted ? null : this.repository(of),
    });
    return {
      url,
      id: pull.id,
      node_id: nodeId('PullRequest', pull.id),
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      issue_url: issue,
      number: pull.number,
      state: pull.state,
      locked: false,
      title: pull.title,
      user: this.account(pull.author),
      body: pull.body,
      created_at: pull.createdAt,
      updated_at: pull.updatedAt,
      closed_at: pull.closedAt,
      merged_at: pull.merged ? pull.closedAt : null,
      merge_commit_sha: pull.mergeSha,
      assignee: null,
      assignees: [],
      requested_reviewers: [],
      requested_teams: [],
      labels: [],
      milestone: null,
      draft: pull.draft,
      commits_url: `${url}/commits`,
      review_comments_url: `${url}/comments`,
      review_comment_url: `${this.url(repository)}/pulls/comments{/number}`,
      comments_url: `${issue}/comments`,
      statuses_url: statuses,
      head: side(pull.headRepo, pull.headRef, pull.headSha),
      base: side(repository, pull.baseRef, pull.baseSha),
      _links: {
        self: { href: url },
        html: { href: html },
        issue: { href: issue },
        comments: { href: `${issue}/comments` },
        review_comments: { href: `${url}/comments` },
        review_comment: { href: `${this.url(repository)}/pulls/comments{/number}` },
        commits: { href: `${url}/commits` },
        statuses: { href: statuses },
      },
      author_association: association(repository, pull.author),
      auto_merge: null,
      active_lock_reason: null,
      ...(full ? this.#pullCounts(repository, pull) : {}),
    };
  }

  /**
   * `mergeable` is null as on GitHub while its test merge is outstanding: here it always is. The sizes are not counted
   * either; each would cost a process.
   */
  #pullCounts(repository: Repository, pull: Pull): Json {
    const comments = [...repository.comments.values()].filter(({ number }) => number === pull.number);
    return {
      merged: pull.merged,
      mergeable: null,
      rebaseable: null,
      mergeable_state: 'unknown',
      merged_by: pull.mergedBy === null ? null : this.account(pull.mergedBy),
      comments: comments.length,
      review_comments: 0,
      maintainer_can_modify: false,
      commits: 1,
      additions: 0,
      deletions: 0,
      changed_files: 0,
    };
  }

  issue(repository: Repository, issue: Issue | Pull): Json {
    const url = `${this.url(repository)}/issues/${issue.number}`;
    const pull = 'headSha' in issue ? issue : null;
    const html = `${this.html(repository)}/${pull === null ? 'issues' : 'pull'}/${issue.number}`;
    return {
      id: issue.id,
      node_id: nodeId('Issue', issue.id),
      url,
      repository_url: this.url(repository),
      labels_url: `${url}/labels{/name}`,
      comments_url: `${url}/comments`,
      events_url: `${url}/events`,
      html_url: html,
      number: issue.number,
      state: issue.state,
      title: issue.title,
      body: pull?.body ?? null,
      user: this.account(issue.author),
      labels: [],
      assignee: null,
      assignees: [],
      milestone: null,
      locked: false,
      active_lock_reason: null,
      comments: [...repository.comments.values()].filter(({ number }) => number === issue.number).length,
      closed_at: pull?.closedAt ?? null,
      created_at: issue.createdAt,
      updated_at: pull?.updatedAt ?? issue.createdAt,
      author_association: association(repository, issue.author),
      reactions: this.#rollup(`${url}/reactions`, []),
      timeline_url: `${url}/timeline`,
      performed_via_github_app: null,
      ...(pull === null
        ? {}
        : {
            draft: pull.draft,
            pull_request: {
              url: `${this.url(repository)}/pulls/${pull.number}`,
              html_url: html,
              diff_url: `${html}.diff`,
              patch_url: `${html}.patch`,
              merged_at: pull.merged ? pull.closedAt : null,
            },
          }),
    };
  }

  comment(repository: Repository, comment: Comment): Json {
    const url = `${this.url(repository)}/issues/comments/${comment.id}`;
    const page = repository.pulls.has(comment.number) ? 'pull' : 'issues';
    return {
      id: comment.id,
      node_id: nodeId('IssueComment', comment.id),
      url,
      html_url: `${this.html(repository)}/${page}/${comment.number}#issuecomment-${comment.id}`,
      issue_url: `${this.url(repository)}/issues/${comment.number}`,
      body: comment.body,
      user: this.account(comment.author),
      created_at: comment.createdAt,
      updated_at: comment.updatedAt,
      author_association: association(repository, comment.author),
      performed_via_github_app: comment.viaApp ? this.app() : null,
      reactions: this.#rollup(
        `${url}/reactions`,
        comment.reactions.map(({ content }) => content),
      ),
    };
  }

  #rollup(url: string, contents: readonly string[]): Json {
    const counts = REACTIONS.map(
      (kind) => [kind, contents.filter((content) => content === kind).length] as const,
    );
    return { url, total_count: contents.length, ...Object.fromEntries(counts) };
  }

  checkRun(repository: Repository, run: CheckRun): Json {
    const url = `${this.url(repository)}/check-runs/${run.id}`;
    const html = `${this.html(repository)}/runs/${run.id}`;
    return {
      id: run.id,
      node_id: nodeId('CheckRun', run.id),
      head_sha: run.headSha,
      name: run.name,
      external_id: run.externalId,
      url,
      html_url: html,
      details_url: run.detailsUrl ?? html,
      status: run.status,
      conclusion: run.conclusion,
      started_at: run.startedAt,
      completed_at: run.completedAt,
      output: {
        title: run.title,
        summary: run.summary,
        text: run.text,
        annotations_count: run.annotations.length,
        annotations_url: `${url}/annotations`,
      },
      check_suite: { id: run.suite.id },
      app: this.app(),
      pull_requests: this.checkPulls(repository, run.headSha),
    };
  }

  /** Open pull requests of the repository itself; forks' are left out, as GitHub does. */
  checkPulls(repository: Repository, headSha: string): Json[] {
    const brief = (of: Repository) => ({ id: of.id, url: this.url(of), name: of.name });
    return [...repository.pulls.values()]
      .filter((pull) => pull.state === 'open' && pull.headSha === headSha && pull.headRepo === repository)
      .map((pull) => ({
        url: `${this.url(repository)}/pulls/${pull.number}`,
        id: pull.id,
        number: pull.number,
        head: { ref: pull.headRef, sha: pull.headSha, repo: brief(repository) },
        base: { ref: pull.baseRef, sha: pull.baseSha, repo: brief(repository) },
      }));
  }

  suite(repository: Repository, suite: Suite): Json {
    const { runs } = suite;
    const done = runs.length > 0 && runs.every(({ status }) => status === 'completed');
    const worst = ['failure', 'timed_out', 'cancelled', 'action_required', 'success'];
    const pull = [...repository.pulls.values()].find(({ headSha }) => headSha === suite.headSha);
    return {
      id: suite.id,
      node_id: nodeId('CheckSuite', suite.id),
      head_branch: pull?.headRepo === repository ? pull.headRef : null,
      head_sha: suite.headSha,
      status: done ? 'completed' : runs.some(({ status }) => status !== 'queued') ? 'in_progress' : 'queued',
      conclusion: done
        ? (worst.find((name) => runs.some(({ conclusion }) => conclusion === name)) ?? 'neutral')
        : null,
      url: `${this.url(repository)}/check-suites/${suite.id}`,
      before: null,
      after: suite.headSha,
      pull_requests: this.checkPulls(repository, suite.headSha),
      app: this.app(),
      created_at: suite.createdAt,
      updated_at: suite.updatedAt,
      latest_check_runs_count: runs.length,
      check_runs_url: `${this.url(repository)}/check-suites/${suite.id}/check-runs`,
    };
  }
}

function association(repository: Repository, author: Account): string {
  if (author === repository.owner) return 'OWNER';
  const role = repository.roles.get(author.login.toLowerCase());
  return role === undefined || role === 'none' || role === 'read' ? 'NONE' : 'COLLABORATOR';
}
