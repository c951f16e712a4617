/**
 * Brings GitHub to what the store says of one subject: creates check runs, moves them on, concludes them, and updates the
 * one comment. What GitHub was told is kept as a hash, so a second run sends nothing; a creation that was begun and never
 * recorded is found again by its external id, so a crash in between makes no second check run.
 */
import { createHash } from 'node:crypto';
import type {
  CheckContent,
  CheckRow,
  Evaluation,
  PipelineReport,
  RepositoryRef,
  Subject,
} from '../core/app-words.js';
import { conclusionOf, renderCheck, type AnswerView } from '../core/check/index.js';
import type { CheckRunInput } from '../ports/github.js';
import { RetryLater } from '../ports/queue.js';
import type { CorridorPorts } from './corridor.js';
import { publishComment } from './comment.js';
import { requiredCheck } from './required-check.js';

export async function publish(ports: CorridorPorts, subject: Subject): Promise<void> {
  const { repositoryId, headSha, baseRef } = subject;
  const locked = await ports.store.withLock(`publish:${repositoryId}:${headSha}:${baseRef}`, () =>
    publishLocked(ports, subject),
  );
  if (locked === undefined) throw new RetryLater('another worker publishes it', 1_000);
}

async function publishLocked(ports: CorridorPorts, subject: Subject): Promise<void> {
  const repository = await ports.store.repository(subject.repositoryId);
  if (repository === undefined) return;
  const attempts = await ports.store.attempts(subject);
  const newest = attempts.at(-1);
  for (const evaluation of attempts) {
    if (evaluation.state === 'reported') continue;
    // The last check run of a name is the one that counts: an older attempt that never had one must not get it now.
    const create = evaluation === newest;
    await publishAttempt(ports, repository, evaluation, create);
  }
}

async function publishAttempt(
  ports: CorridorPorts,
  repository: RepositoryRef,
  evaluation: Evaluation,
  create: boolean,
): Promise<void> {
  const { store, log } = ports;
  const rows = await store.checks(evaluation.id);
  const open = rows.filter(({ postedStatus }) => postedStatus !== 'completed');
  if (open.length === 0 && evaluation.state !== 'judged') return;
  const view = await viewOf(ports, repository, evaluation);
  let complete = true;
  // The roll-up is the one that is required: it is begun first and concluded last.
  for (const row of open.sort((a, b) => rank(a, evaluation) - rank(b, evaluation))) {
    const content = renderCheck(view, row.pipeline);
    const told = await publishCheck(ports, { repository, evaluation, row, create }, content);
    if (told !== undefined && told !== 'completed') complete = false;
  }
  if (evaluation.state !== 'judged') return;
  await publishComment(ports, repository, view);
  // A draft's check run stays queued on purpose; nothing more is to be told until it is ready.
  if (!complete && evaluation.decision.kind !== 'draft') return;
  if (await store.markReported(evaluation.id)) {
    log.info({ evaluation: evaluation.id, head: evaluation.headSha }, 'reported');
    await store.audit({
      actor: 'docops',
      action: 'evaluation.reported',
      repositoryId: repository.id,
      subject: {
        evaluation: evaluation.id,
        head: evaluation.headSha,
        base: evaluation.baseSha,
        branch: evaluation.baseRef,
        decision: evaluation.decision.kind,
        conclusion: conclusionOf(view)?.conclusion ?? null,
      },
    });
  }
}

function rank(row: CheckRow, { state }: Evaluation): number {
  const rollUp = row.pipeline === null;
  return state === 'planned' || state === 'running' ? (rollUp ? 0 : 1) : rollUp ? 1 : 0;
}

/** Returns what GitHub has now; undefined when there is no check run and there must be none. */
async function publishCheck(
  { store, github, settings, log }: CorridorPorts,
  where: {
    readonly repository: RepositoryRef;
    readonly evaluation: Evaluation;
    readonly row: CheckRow;
    readonly create: boolean;
  },
  content: CheckContent,
): Promise<CheckContent['status'] | undefined> {
  const { repository, evaluation, row } = where;
  const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  if (row.postedHash === hash && row.githubId !== null) return content.status;
  const input: CheckRunInput = {
    ...content,
    name: row.name,
    headSha: evaluation.headSha,
    externalId: row.id,
    detailsUrl: settings.detailsUrl(evaluation.id),
    startedAt: content.status === 'queued' ? null : (evaluation.startedAt ?? evaluation.createdAt),
    completedAt: content.status === 'completed' ? (evaluation.finishedAt ?? new Date()) : null,
  };
  const begun =
    row.creationBegun && row.githubId === null
      ? await github.findCheck(repository, evaluation.headSha, row.name, row.id)
      : undefined;
  let id = row.githubId ?? begun?.id ?? null;
  if (id === null) {
    if (!where.create) return undefined;
    await store.beginCheckCreation(row.id);
    id = (await github.createCheck(repository, input)).id;
  } else {
    await github.updateCheck(repository, id, input);
  }
  await store.savePosted(row.id, {
    githubId: id,
    hash,
    status: content.status,
    conclusion: content.conclusion ?? null,
  });
  log.debug({ evaluation: evaluation.id, check: row.name, status: content.status }, 'published');
  return content.status;
}

/** All that the renderers need to know of one attempt. */
export async function viewOf(
  ports: CorridorPorts,
  repository: RepositoryRef,
  evaluation: Evaluation,
  reports?: readonly PipelineReport[],
): Promise<AnswerView> {
  const { store, settings } = ports;
  const open =
    evaluation.kind === 'merge-group' ? [] : await store.openPullRequests(repository.id, evaluation.baseRef);
  return {
    evaluation,
    reports: reports ?? (await store.reports(evaluation.id)),
    acceptances: await store.acceptances(evaluation, evaluation.situation.key),
    requiredCheck: (await requiredCheck(ports, repository, evaluation.baseRef)) ?? null,
    detailsUrl: settings.detailsUrl(evaluation.id),
    nowMs: Date.now(),
    alsoHeadOf: open
      .filter(({ number, headSha }) => number !== evaluation.pullNumber && headSha === evaluation.headSha)
      .map(({ number }) => number),
    disputes:
      evaluation.pullNumber === null ? [] : await store.disputes(repository.id, evaluation.pullNumber),
  };
}
