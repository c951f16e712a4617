/**
 * Adds jobs without letting anybody wait for it. A burst of webhooks about one pull request is one job: what is added after
 * a hint was written down sees the hint, so for each job one that waits its turn stands for all that come meanwhile.
 */
import type { Job, Jobs } from '../ports/queue.js';
import type { CorridorPorts } from './corridor.js';

/** The handlers of this process add jobs as well, and use the same few connections. */
const AT_ONCE = 2;
/** Beyond it they are left to the sweep: a queue that is away must not fill the memory. */
const WAITING_AT_MOST = 5_000;

interface Line {
  readonly waiting: Map<string, Job>;
  adding: number;
}

const lines = new WeakMap<Jobs, Line>();

/** Never throws; a job that could not be added is logged, and added by the sweep. */
export function addSoon({ jobs, log }: Pick<CorridorPorts, 'jobs' | 'log'>, job: Job): void {
  const line = lines.get(jobs) ?? { waiting: new Map<string, Job>(), adding: 0 };
  lines.set(jobs, line);
  const key = JSON.stringify(job);
  if (line.waiting.size >= WAITING_AT_MOST && !line.waiting.has(key)) {
    log.warn({ job }, 'not queued, too many wait for it; the sweep will');
    return;
  }
  line.waiting.set(key, job);
  if (line.adding < AT_ONCE) void work(jobs, log, line);
}

async function work(jobs: Jobs, log: CorridorPorts['log'], line: Line): Promise<void> {
  line.adding += 1;
  for (const [key, job] of line.waiting) {
    // Out of the line before it is added: a hint that comes from now on is not sure to be seen.
    line.waiting.delete(key);
    try {
      await jobs.add(job);
    } catch (error) {
      log.warn({ job, error: String(error) }, 'not queued; the sweep will');
    }
  }
  line.adding -= 1;
}
