/** Every hint that is no look: commands, buttons, merge groups, pushes to a base branch, installations. */
import type { Hint, RepositoryRef, Subject } from '../core/app-words.js';
import { commandFromComment } from './commands.js';
import type { CorridorPorts } from './corridor.js';
import { lookNow } from './look.js';
import { answerGroup, lookAtGroup } from './merge-group.js';
import { queueHint } from './receive.js';
import { subjectOnly } from './supersede.js';

export async function handleHint(ports: CorridorPorts, hintId: number, signal: AbortSignal): Promise<void> {
  const { store, log } = ports;
  const stored = await store.hint(hintId);
  if (stored === undefined || stored.done) return;
  const { hint, repositoryId, installationId, cause } = stored;
  if (hint.kind === 'installation') {
    if (installationId !== null) await store.saveInstallation(installationId, null, hint.state);
  } else if (repositoryId !== null) {
    if (hint.kind === 'repository-gone') await store.removeRepository(repositoryId);
    else {
      const repository = await store.repository(repositoryId);
      if (repository === undefined)
        log.info({ hintId, repositoryId }, 'the repository is gone; hint dropped');
      else await handle(ports, repository, hint, cause, signal);
    }
  }
  await store.finishHint(hintId);
}

async function handle(
  ports: CorridorPorts,
  repository: RepositoryRef,
  hint: Exclude<Hint, { kind: 'installation' | 'repository-gone' }>,
  cause: string,
  signal: AbortSignal,
): Promise<void> {
  switch (hint.kind) {
    case 'look':
      await lookNow(ports, repository, hint.number, signal);
      return;
    case 'command':
      await commandFromComment(ports, repository, hint, signal);
      return;
    case 'check-action':
      await pressed(ports, repository, hint, cause, signal);
      return;
    case 'merge-group':
      await lookAtGroup(ports, repository, hint, signal);
      return;
    case 'push':
      await lookAgainAtOpen(ports, repository, hint, cause);
  }
}

/** A base branch moved: whoever wants to go into it is looked at again. Where no watched file moved, nothing changes. */
async function lookAgainAtOpen(
  ports: CorridorPorts,
  repository: RepositoryRef,
  { branch, after }: Extract<Hint, { kind: 'push' }>,
  cause: string,
): Promise<void> {
  for (const { number } of await ports.store.openPullRequests(repository.id, branch)) {
    const hint = await ports.store.addHint(repository.id, `push:${cause}:${number}`, {
      kind: 'look',
      number,
      why: `${branch} moved to ${after.slice(0, 10)}`,
    });
    if (hint !== undefined) await queueHint(ports, hint);
  }
}

/**
 * "Re-run", or one of our buttons. The payload's own list of pull requests is empty for forks, so the check run's external
 * id says what it is about, else the commit. Readers see the buttons too: the sender's permission decides.
 */
async function pressed(
  ports: CorridorPorts,
  repository: RepositoryRef,
  hint: Extract<Hint, { kind: 'check-action' }>,
  cause: string,
  signal: AbortSignal,
): Promise<void> {
  const { store, github, log } = ports;
  const permission = await github.permission(repository, hint.sender.login);
  if (permission.kind !== 'role' || !permission.canWrite) {
    log.info({ sender: hint.sender.login, action: hint.action }, 'refused: no write access');
    await store.audit({
      actor: hint.sender.login,
      action: 'button.refused',
      repositoryId: repository.id,
      subject: { action: hint.action, head: hint.headSha },
    });
    return;
  }
  const force = {
    cause: `button:${cause}`,
    why: `re-run by @${hint.sender.login}`,
    rerun: hint.action === 'rerun-failed' ? ('failed' as const) : ('verdict' as const),
    onlyPipeline: null,
  };
  const check = hint.externalId === null ? undefined : await store.checkById(hint.externalId);
  const evaluation = check === undefined ? undefined : await store.evaluation(check.evaluationId);
  if (evaluation?.repositoryId === repository.id && evaluation.kind === 'merge-group') {
    await answerGroup(
      ports,
      repository,
      { ...subjectOnly(evaluation), headRef: evaluation.headRef },
      signal,
      force,
    );
    return;
  }
  for (const number of await pullRequestsOf(ports, repository, hint.headSha, evaluation)) {
    if (hint.action === 'approve')
      await store.approve(repository.id, {
        headSha: hint.headSha,
        pullNumber: number,
        by: hint.sender.login,
        role: permission.role,
      });
    await lookNow(ports, repository, number, signal, hint.action === 'approve' ? undefined : force);
  }
}

async function pullRequestsOf(
  { github, store }: CorridorPorts,
  repository: RepositoryRef,
  headSha: string,
  evaluation: (Subject & { readonly pullNumber: number | null }) | undefined,
): Promise<number[]> {
  if (evaluation?.repositoryId === repository.id && evaluation.pullNumber !== null)
    return [evaluation.pullNumber];
  const known = (await store.openPullRequests(repository.id)).filter((pull) => pull.headSha === headSha);
  const found = known.length > 0 ? known : await github.pullRequestsWithHead(repository, headSha);
  return found.map(({ number }) => number);
}
