/**
 * Brings one pull request to the right state, whatever happened to it: asks GitHub what it is now, withdraws what was
 * begun for heads that it no longer has, and answers the one it has.
 */
import type { PullRequest, RepositoryRef, Subject } from '../core/app-words.js';
import { RetryLater } from '../ports/queue.js';
import type { CorridorPorts } from './corridor.js';
import { answer, type Answered, type Asked } from './answer.js';
import { withdraw } from './supersede.js';

/** Handles every open look of the pull request. */
export async function look(
  ports: CorridorPorts,
  repositoryId: number,
  number: number,
  signal: AbortSignal,
): Promise<void> {
  const { store, log } = ports;
  const open = await store.openLooks(repositoryId, number);
  if (open === undefined) return;
  const repository = await store.repository(repositoryId);
  if (repository === undefined)
    log.info({ repositoryId, number }, 'the repository is gone; nothing to look at');
  else await lookNow(ports, repository, number, signal);
  await store.finishLooks(repositoryId, number, open.upTo);
}

/**
 * One look, with or without a new attempt asked for. Undefined when the pull request is not open. One at a time for each
 * pull request, whoever asks (a webhook, a button, a command): a look that was overtaken on its way knows an older head, and
 * would withdraw what the later one had begun for the newer.
 */
export async function lookNow(
  ports: CorridorPorts,
  repository: RepositoryRef,
  number: number,
  signal: AbortSignal,
  force?: Asked['force'],
): Promise<Answered | undefined> {
  const locked = await ports.store.withLock(`look:${repository.id}:${number}`, () =>
    lookLocked(ports, repository, number, signal, force),
  );
  if (locked === undefined) throw new RetryLater('another worker looks at it', 1_000);
  return locked.result;
}

async function lookLocked(
  ports: CorridorPorts,
  repository: RepositoryRef,
  number: number,
  signal: AbortSignal,
  force: Asked['force'],
): Promise<Answered | undefined> {
  const { store, github } = ports;
  const pullRequest = await github.pullRequest(repository, number);
  if (pullRequest !== undefined) await store.savePullRequest(repository.id, pullRequest);
  const subject = pullRequest?.open === true ? subjectOf(repository, pullRequest) : null;
  for (const other of await store.otherSubjects(repository.id, number, subject))
    await withdraw(ports, other, number, reasonToWithdraw(pullRequest, other));
  if (pullRequest === undefined || subject === null) return undefined;
  return answer(
    ports,
    {
      repository,
      subject,
      kind: 'pull-request',
      pullRequest,
      headRef: `refs/pull/${number}/head`,
      ...(force === undefined ? {} : { force }),
    },
    signal,
  );
}

export function subjectOf(repository: RepositoryRef, pullRequest: PullRequest): Subject {
  return { repositoryId: repository.id, headSha: pullRequest.headSha, baseRef: pullRequest.baseRef };
}

function reasonToWithdraw(pullRequest: PullRequest | undefined, { headSha }: Subject): string {
  if (pullRequest === undefined) return 'the pull request is gone';
  if (!pullRequest.open)
    return pullRequest.merged ? 'the pull request was merged' : 'the pull request was closed';
  return pullRequest.headSha === headSha
    ? `the base is now ${pullRequest.baseRef}`
    : `the head is now ${pullRequest.headSha.slice(0, 10)}`;
}
