/**
 * Every minute: finds what was lost and puts it back on its way. Webhooks that never came, jobs that were never queued,
 * workers that died, answers that GitHub was not told, deadlines that passed. Each part goes on when another fails.
 */
import type { RepositoryRef, Subject } from '../core/app-words.js';
import { concludeAgain } from './conclude-again.js';
import { SWEEPS, type CorridorPorts, type Sweeps } from './corridor.js';
import { subjectOf } from './look.js';
import { queueHint } from './receive.js';
import { subjectOnly } from './supersede.js';

const HINTS_AT_ONCE = 1_000;
const FORGET_EVERY_MS = 60 * 60_000;
/** GitHub keeps deliveries for three days. */
const DELIVERIES_KEPT_MS = 3 * 24 * 60 * 60_000;
const FORGET_AFTER_MS = 7 * 24 * 60 * 60_000;

export async function reconcile(ports: CorridorPorts): Promise<void> {
  const failures: unknown[] = [];
  const part = async (name: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      ports.log.warn({ part: name, err: error }, 'a part of the sweep failed');
      failures.push(error);
    }
  };
  const sweeps = sweepsOf(ports);
  await part('hints', () => lateHints(ports));
  await part('overdue', () => overdue(ports));
  await part('evaluations', () => lateEvaluations(ports));
  await part('checks', () => unpublished(ports));
  await part('simulations', () => lateSimulations(ports));
  await part('acceptances', () => expired(ports));
  await part('repositories', () =>
    every(ports, 'repositories', sweeps.repositoriesEvery, () => repositories(ports)),
  );
  await part('deliveries', () =>
    every(ports, 'deliveries', sweeps.deliveriesEvery, (last) => deliveries(ports, last)),
  );
  await part('pulls', () => every(ports, 'pulls', sweeps.pullsEvery, () => pullRequests(ports)));
  await part('tasks', () =>
    every(ports, 'tasks', sweeps.tasksEvery, async () => {
      const stopped = await ports.evaluator.reap();
      if (stopped.length > 0) ports.log.warn({ tasks: stopped }, 'tasks that nobody waited for were stopped');
    }),
  );
  await part('releases', () => every(ports, 'releases', sweeps.releasesEvery, () => releases(ports)));
  await part('forget', () =>
    every(ports, 'forget', FORGET_EVERY_MS, async () => {
      await ports.store.forget(FORGET_AFTER_MS);
    }),
  );
  if (failures.length > 0) throw failures[0];
}

function sweepsOf({ settings }: CorridorPorts): Sweeps {
  return { ...SWEEPS, ...settings.sweeps };
}

/** Runs when it is due, for all processes together; the moment is kept only when it went well. */
async function every(
  { store }: CorridorPorts,
  name: string,
  everyMs: number,
  work: (last: Date | undefined) => Promise<void>,
): Promise<void> {
  const last = await store.cursor(name);
  const now = await store.now();
  if (last !== undefined && now - last.getTime() < everyMs) return;
  await work(last);
  await store.saveCursor(name, new Date(now));
}

async function lateHints(ports: CorridorPorts): Promise<void> {
  for (const hint of await ports.store.openHints(sweepsOf(ports).hintLate, HINTS_AT_ONCE))
    await queueHint(ports, hint);
}

async function overdue({ store, jobs, log }: CorridorPorts): Promise<void> {
  for (const id of await store.overdueEvaluations()) {
    const failed = await store.fail(id, {
      class: 'timed-out',
      message: 'no verdict before the deadline',
      mend: 're-run it with /rerun-eval; if that happens again, look at the queue and the workers (docs/operate.md)',
    });
    if (failed) log.warn({ evaluation: id }, 'overdue');
    const evaluation = await store.evaluation(id);
    if (evaluation !== undefined) await jobs.add({ kind: 'publish', ...subjectOnly(evaluation) });
  }
}

async function lateEvaluations(ports: CorridorPorts): Promise<void> {
  const { store, jobs } = ports;
  for (const evaluationId of await store.waitingEvaluations(
    sweepsOf(ports).plannedLate,
    ports.settings.staleMs,
  ))
    await jobs.add({ kind: 'evaluate', evaluationId });
}

async function lateSimulations(ports: CorridorPorts): Promise<void> {
  const { simulations, jobs, settings } = ports;
  for (const simulationId of await simulations.lateSimulations(
    sweepsOf(ports).simulationLate,
    settings.staleMs,
  ))
    await jobs.add({ kind: 'simulate', simulationId });
}

async function unpublished(ports: CorridorPorts): Promise<void> {
  const { store, jobs } = ports;
  for (const subject of await store.unpublishedSubjects(sweepsOf(ports).unpublishedLate))
    await jobs.add({ kind: 'publish', ...subjectOnly(subject) });
}

async function expired(ports: CorridorPorts): Promise<void> {
  for (const subject of await ports.store.expiredAcceptances(DELIVERIES_KEPT_MS)) {
    const current = (await ports.store.attempts(subject)).findLast(({ state }) => state !== 'superseded');
    if (current?.decision.kind === 'evaluate')
      await concludeAgain(ports, current, `expired:${current.id}`, 'an acceptance ran out');
  }
}

/** Installations and repositories as GitHub has them, in case nobody told us. */
async function repositories({ store, github }: CorridorPorts): Promise<void> {
  for (const { id, account, suspended } of await github.installations()) {
    await store.saveInstallation(id, account, suspended ? 'suspended' : 'active');
    if (!suspended) await store.saveRepositories(await github.repositories(id));
  }
}

async function deliveries(ports: CorridorPorts, last: Date | undefined): Promise<void> {
  const { store, github, log } = ports;
  const now = await store.now();
  const since = Math.max(now - DELIVERIES_KEPT_MS, (last?.getTime() ?? 0) - 60 * 60_000);
  for (const delivery of await github.failedDeliveries(new Date(since))) {
    if (now - delivery.deliveredAt.getTime() < sweepsOf(ports).deliverySettled) continue;
    log.info({ guid: delivery.guid, event: delivery.event }, 'asks for a lost delivery again');
    await github.redeliver(delivery.id);
  }
}

/**
 * Open pull requests that differ from what was last looked at, or whose answer was withdrawn although this is their head;
 * also those that were closed while nobody listened.
 */
async function pullRequests(ports: CorridorPorts): Promise<void> {
  for (const repository of await ports.store.activeRepositories()) {
    try {
      await pullRequestsOf(ports, repository);
    } catch (error) {
      ports.log.warn(
        { repository: repository.id, error: String(error) },
        'its pull requests cannot be listed',
      );
    }
  }
}

async function pullRequestsOf(ports: CorridorPorts, repository: RepositoryRef): Promise<void> {
  const { store, github } = ports;
  const open = await github.openPullRequests(repository);
  const known = new Map((await store.openPullRequests(repository.id)).map((pull) => [pull.number, pull]));
  // The moment is part of the cause: a pull request that comes back to an earlier state is looked at again.
  const now = await store.now();
  const look = async (number: number): Promise<void> => {
    const hint = await store.addHint(repository.id, `sweep:${number}:${now}`, {
      kind: 'look',
      number,
      why: 'found by the sweep',
    });
    if (hint !== undefined) await queueHint(ports, hint);
  };
  for (const pull of open) {
    const seen = known.get(pull.number);
    known.delete(pull.number);
    const same = seen?.headSha === pull.headSha && seen.baseRef === pull.baseRef && seen.draft === pull.draft;
    if (!same || (await isWithdrawn(ports, subjectOf(repository, pull)))) await look(pull.number);
  }
  for (const pull of known.values()) await look(pull.number);
}

/** Marks in trends: one repository without them is worth a warning and nothing more. */
async function releases({ store, github, log }: CorridorPorts): Promise<void> {
  for (const repository of await store.evaluatedRepositories()) {
    try {
      await store.saveReleases(repository.id, await github.releases(repository));
    } catch (error) {
      log.warn({ repository: repository.id, error: String(error) }, 'its releases cannot be listed');
    }
  }
}

/** Had attempts, and none of them stands. */
async function isWithdrawn({ store }: CorridorPorts, subject: Subject): Promise<boolean> {
  const attempts = await store.attempts(subject);
  return attempts.length > 0 && attempts.every(({ state }) => state === 'superseded');
}
