import type { Octokit } from '@octokit/rest';
import type { PullRequest, RepositoryRef } from '../core/app-words.js';
import { GitHubError, type PullRequests } from '../ports/github.js';
import { actorOf } from './actor.js';
import type { Client } from './client.js';
import { segment, type Name } from './names.js';

/** What the single pull request and the lists of them have in common. */
interface Pull {
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly draft?: boolean | undefined;
  readonly merged?: boolean;
  readonly merged_at: string | null;
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly head: {
    readonly sha: string;
    readonly ref: string;
    readonly repo: { readonly id: number } | null;
  };
  readonly base: { readonly sha: string; readonly ref: string; readonly repo: { readonly id: number } };
}

export function createPullRequests(client: Client): PullRequests {
  const listOpen = async (octokit: Octokit, at: Name, repository: RepositoryRef, baseRef?: string) => {
    const list = octokit.paginate.iterator(octokit.rest.pulls.list, {
      ...at,
      state: 'open',
      ...(baseRef === undefined ? {} : { base: baseRef }),
      // Oldest first: one that is opened meanwhile comes last and moves no other to another page.
      sort: 'created',
      direction: 'asc',
      per_page: 100,
    });
    const found = new Map<number, PullRequest>();
    for await (const { data } of client.pages(`open pull requests of ${repository.id}`, list))
      for (const pull of data) found.set(pull.number, pullRequestOf(pull));
    return [...found.values()];
  };

  /** Empty where GitHub does not know the commit. */
  const ofCommit = async (octokit: Octokit, at: Name, repository: RepositoryRef, sha: string) => {
    const list = octokit.paginate.iterator(octokit.rest.repos.listPullRequestsAssociatedWithCommit, {
      ...at,
      commit_sha: segment(sha, 'commit'),
      per_page: 100,
    });
    const found: Pull[] = [];
    try {
      for await (const { data } of client.pages(`pull requests of ${sha}`, list)) found.push(...data);
    } catch (error) {
      // 422: "No commit found for SHA".
      if (!(error instanceof GitHubError) || error.class !== 'refused') throw error;
    }
    // A fork's own pull requests may have the commit too.
    return found.filter(({ base }) => base.repo.id === repository.id);
  };

  return {
    pullRequest: (repository, number) =>
      orUndefined(() =>
        client.inRepository(repository, async (octokit, at) => {
          const { data } = await octokit.rest.pulls.get({ ...at, pull_number: number });
          // The name may belong to another repository by now.
          if (data.base.repo.id !== repository.id)
            throw new GitHubError('not-found', `${at.owner}/${at.repo} is another repository now`);
          return pullRequestOf(data);
        }),
      ),

    openPullRequests: (repository, baseRef) =>
      client.inRepository(repository, (octokit, at) => listOpen(octokit, at, repository, baseRef)),

    pullRequestsWithHead: (repository, headSha) =>
      client.inRepository(repository, async (octokit, at) => {
        const isHead = ({ open, headSha: sha }: PullRequest) => open && sha === headSha;
        const found = (await ofCommit(octokit, at, repository, headSha)).map(pullRequestOf).filter(isHead);
        // GitHub does not find the commits of forks by that list.
        return found.length > 0 ? found : (await listOpen(octokit, at, repository)).filter(isHead);
      }),

    pullRequestOfCommit: (repository, sha) =>
      client.inRepository(repository, async (octokit, at) => {
        const numbers = (await ofCommit(octokit, at, repository, sha)).map(({ number }) => number);
        return numbers.length === 0 ? undefined : Math.max(...numbers);
      }),
  };
}

function pullRequestOf(pull: Pull): PullRequest {
  return {
    number: pull.number,
    title: pull.title,
    open: pull.state === 'open',
    merged: pull.merged ?? pull.merged_at !== null,
    draft: pull.draft ?? false,
    author: actorOf(pull.user),
    headSha: pull.head.sha,
    headRef: pull.head.ref,
    headRepositoryId: pull.head.repo?.id ?? null,
    baseRef: pull.base.ref,
    baseSha: pull.base.sha,
  };
}

async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof GitHubError && error.class === 'not-found') return undefined;
    throw error;
  }
}
