/** The one comment of a pull request: made when there is something to say, updated in place after that. */
import { createHash } from 'node:crypto';
import type { RepositoryRef } from '../core/app-words.js';
import { renderComment, type AnswerView } from '../core/check/index.js';
import { GitHubError } from '../ports/github.js';
import type { CorridorPorts } from './corridor.js';

/** Never holds up the check run: a comment that is refused is logged and left. */
export async function publishComment(
  ports: CorridorPorts,
  repository: RepositoryRef,
  view: AnswerView,
): Promise<void> {
  const number = view.evaluation.pullNumber;
  if (number === null) return;
  try {
    await publishCommentOf(ports, repository, number, view);
  } catch (error) {
    if (!(error instanceof GitHubError) || error.class === 'rate-limited' || error.class === 'unavailable')
      throw error;
    ports.log.warn({ repository: repository.id, number, error: error.message }, 'the comment was refused');
  }
}

async function publishCommentOf(
  { store, github }: CorridorPorts,
  repository: RepositoryRef,
  number: number,
  view: AnswerView,
): Promise<void> {
  const wanted = renderComment(view);
  const known = await store.comment(repository.id, number);
  // Nothing to say now; a comment that is there would keep saying what was true before, so it is brought up to date.
  const body = wanted ?? (known === undefined ? null : renderComment(view, { always: true }));
  if (body === null) return;
  const hash = createHash('sha256').update(body.body).digest('hex');
  if (known?.hash === hash) return;
  const githubId = known?.githubId ?? (await github.findComment(repository, number, body.marker))?.id;
  const updated =
    githubId === undefined ? undefined : await github.updateComment(repository, githubId, body.body);
  if (updated === undefined && wanted === null) return;
  const { id } = updated ?? (await github.createComment(repository, number, body.body));
  await store.saveComment(repository.id, number, { githubId: id, hash });
}
