/** The database and the jobs in it. */
import type pg from 'pg';
import { formatDuration } from '../core/config/durations.js';
import type { Queue } from '../ports/queue.js';
import type { Housekeeping } from '../ports/store.js';
import { findingsOf, inWords, type Finding } from './finding.js';

const OLDEST_VERSION = 14;
const SLOW_MS = 100;
const CLOCK_MS = 60_000;
const CANARY_LATE_MS = 195_000;
const OLD_JOB_MS = 15 * 60_000;

export interface DatabaseFacts {
  readonly pool: Pick<pg.Pool, 'query'>;
  readonly store: Pick<Housekeeping, 'now' | 'cursor'>;
  readonly pending: () => Promise<readonly string[]>;
  readonly kind: 'external' | 'embedded' | 'running';
  readonly nowMs?: () => number;
}

export async function examineDatabase({
  pool,
  store,
  pending,
  kind,
  nowMs = Date.now,
}: DatabaseFacts): Promise<Finding[]> {
  const { found, ok, warn, fail } = findingsOf('database');
  const { rows } = await pool.query<{ number: string; name: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as name`,
  );
  const major = Math.floor(Number(rows[0]?.number ?? 0) / 10_000);
  const name = `PostgreSQL ${rows[0]?.name ?? 'of unknown version'}${kind === 'external' ? '' : ', embedded'}`;
  if (major >= OLDEST_VERSION) ok(name);
  else fail(`${name} is too old`, `move to PostgreSQL ${OLDEST_VERSION} or later`);

  const missing = await pending();
  if (missing.length === 0) ok('its schema is up to date');
  else
    fail(
      `its schema lacks ${missing.join(', ')}`,
      'run docops migrate, or start docops serve, which does it too',
    );

  const took = await latencyMs(pool);
  if (took <= SLOW_MS) ok(`it answers in ${took.toFixed(1)} ms`);
  else warn(`it answers in ${took.toFixed(0)} ms`, 'bring it nearer: every step asks it several times');

  if (missing.length === 0) {
    const skew = Math.round((nowMs() - (await store.now())) / 1000);
    if (Math.abs(skew) * 1000 <= CLOCK_MS) ok('its clock agrees with the one of this machine');
    else
      warn(
        `its clock and the one of this machine are ${Math.abs(skew)} s apart`,
        'let both follow a time server (NTP)',
      );
  }
  return found;
}

/** Median of five. */
async function latencyMs(pool: Pick<pg.Pool, 'query'>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    const begun = performance.now();
    await pool.query('select 1');
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[2] ?? 0;
}

export interface JobFacts {
  readonly queue: Pick<Queue, 'waiting' | 'dead'>;
  readonly store: Pick<Housekeeping, 'now' | 'cursor'>;
}

export async function examineJobs({ queue, store }: JobFacts): Promise<Finding[]> {
  const { found, ok, warn, fail } = findingsOf('jobs');
  try {
    const depths = (await queue.waiting()).filter(({ waiting, active }) => waiting + active > 0);
    const said = depths
      .map(
        ({ kind, waiting, active, oldestMs }) =>
          `${kind} ${waiting} waiting, ${active} active${oldestMs === null ? '' : ` (oldest ${inTime(oldestMs)})`}`,
      )
      .join('; ');
    const oldest = Math.max(0, ...depths.map(({ oldestMs }) => oldestMs ?? 0));
    if (oldest <= OLD_JOB_MS) ok(said === '' ? 'nothing waits' : said);
    else warn(said, 'start more workers, or raise DOCOPS_EVALUATIONS');

    const dead = await queue.dead();
    if (dead.length === 0) ok('no job failed for good');
    else
      warn(
        `${dead.length} jobs failed for good`,
        'docops jobs lists them, docops jobs retry tries them again',
      );
  } catch (error) {
    fail(
      `the jobs cannot be read (${inWords(error)})`,
      'run docops migrate; with DOCOPS_QUEUE_REDIS_URL look at Redis',
    );
  }
  const [seen, now] = await Promise.all([store.cursor('canary'), store.now()]);
  const age = seen === undefined ? undefined : now - seen.getTime();
  if (age !== undefined && age <= CANARY_LATE_MS) ok(`a worker took a job ${inTime(age)} ago`);
  else
    fail(
      age === undefined ? 'no worker has taken a job yet' : `no worker has taken a job for ${inTime(age)}`,
      'start docops serve or docops worker; if one runs, look at its log',
    );
  return found;
}

function inTime(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1000) * 1000));
}
