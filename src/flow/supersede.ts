/** Withdraws what was begun for a head or a base that is no longer asked about. Running work stops at its next heartbeat. */
import type { Subject } from '../core/app-words.js';
import type { CorridorPorts } from './corridor.js';

/** A commit that is also the head of another open pull request into the same base keeps its answer. */
export async function withdraw(
  { store, jobs, log }: CorridorPorts,
  subject: Subject,
  pullNumber: number,
  why: string,
): Promise<void> {
  const others = await store.openPullRequests(subject.repositoryId, subject.baseRef);
  if (others.some(({ number, headSha }) => number !== pullNumber && headSha === subject.headSha)) return;
  const count = await store.supersede(subject, why);
  if (count > 0) log.info({ head: subject.headSha, base: subject.baseRef, count, why }, 'withdrawn');
  // Also where nothing was withdrawn now: the process may have ended before GitHub was told.
  await jobs.add({ kind: 'publish', ...subjectOnly(subject) });
}

export function subjectOnly({ repositoryId, headSha, baseRef }: Subject): Subject {
  return { repositoryId, headSha, baseRef };
}
