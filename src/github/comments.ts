import { GitHubError, type Comments, type CommentState } from '../ports/github.js';
import type { Client } from './client.js';

interface IssueComment {
  readonly id: number;
  readonly body?: string | undefined;
  readonly user: { readonly login: string } | null;
  readonly performed_via_github_app?: { readonly id: number } | null | undefined;
}

/** `ownLogin`: `docops[bot]`; asked for only where a comment does not say which App wrote it (Enterprise Server). */
export function createComments(client: Client, ownLogin: () => Promise<string>): Comments {
  const isOwn = async ({ user, performed_via_github_app: app }: IssueComment) =>
    app == null ? user !== null && user.login === (await ownLogin()) : app.id === client.appId;

  return {
    createComment: (repository, number, body) =>
      client.inRepository(repository, async (octokit, at) =>
        stateOf((await octokit.rest.issues.createComment({ ...at, issue_number: number, body })).data),
      ),

    async updateComment(repository, commentId, body) {
      try {
        return await client.inRepository(repository, async (octokit, at) =>
          stateOf((await octokit.rest.issues.updateComment({ ...at, comment_id: commentId, body })).data),
        );
      } catch (error) {
        if (error instanceof GitHubError && error.class === 'not-found') return undefined;
        throw error;
      }
    },

    findComment: (repository, number, marker) =>
      client.inRepository(repository, async (octokit, at) => {
        // GitHub lists them oldest first and cannot turn that round.
        const list = octokit.paginate.iterator(octokit.rest.issues.listComments, {
          ...at,
          issue_number: number,
          per_page: 100,
        });
        let newest: CommentState | undefined;
        for await (const { data } of client.pages(`comments of ${number}`, list))
          for (const comment of data)
            if (comment.body?.includes(marker) === true && (await isOwn(comment))) newest = stateOf(comment);
        return newest;
      }),

    async react(repository, commentId, content) {
      try {
        await client.inRepository(repository, (octokit, at) =>
          octokit.rest.reactions.createForIssueComment({
            ...at,
            comment_id: commentId,
            content,
            request: { spare: true },
          }),
        );
      } catch (error) {
        client.log.warn({ repository: repository.id, commentId, error: String(error) }, 'no reaction');
      }
    },
  };
}

function stateOf({ id, body, user }: IssueComment): CommentState {
  return { id, body: body ?? '', author: user?.login ?? 'ghost' };
}
