/**
 * First step: what GitHub delivered is written down, once, before it is answered. Everything else happens later and may
 * be repeated; a job that could not be queued here is queued by the sweep.
 */
import type { Delivery } from '../core/app-words.js';
import type { Job } from '../ports/queue.js';
import type { StoredHint } from '../ports/store.js';
import { addSoon } from './add-soon.js';
import type { CorridorPorts } from './corridor.js';

export async function receive(
  ports: Pick<CorridorPorts, 'store' | 'jobs' | 'log'>,
  delivery: Delivery,
): Promise<{ duplicate: boolean }> {
  const { duplicate, hints } = await ports.store.receive(delivery);
  ports.log.info({ guid: delivery.guid, event: delivery.event, duplicate, hints: hints.length }, 'received');
  // Not waited for: GitHub's ten seconds must not depend on how busy the queue is.
  for (const { id, repositoryId, hint } of hints) addSoon(ports, jobOf(id, repositoryId, hint));
  return { duplicate };
}

export async function queueHint(
  { jobs }: Pick<CorridorPorts, 'jobs'>,
  { id, repositoryId, hint }: StoredHint,
): Promise<void> {
  await jobs.add(jobOf(id, repositoryId, hint));
}

function jobOf(hintId: number, repositoryId: number | null, hint: StoredHint['hint']): Job {
  return hint.kind === 'look' && repositoryId !== null
    ? { kind: 'look', repositoryId, number: hint.number }
    : { kind: 'hint', hintId };
}
