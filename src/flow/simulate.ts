/**
 * What another policy would have done to the last runs of a branch: each one judged again from stored measurements. Runs
 * nothing, spends nothing, says nothing to GitHub; all that it writes are the results of the simulation.
 */
import { formatProblem, readConfig } from '../core/config/index.js';
import type { Run } from '../ports/insight.js';
import { MirrorError } from '../ports/mirror.js';
import { RetryLater, type JobContext } from '../ports/queue.js';
import type { Simulation } from '../ports/simulations.js';
import type { CorridorPorts } from './corridor.js';
import { isMeasured, simulateRun } from './simulate-run.js';

/** Runs looked through for those that measured something; the newest ones. */
const RUNS_LOOKED_AT = 1_000;
const RUNS_AT_ONCE = 100;
/** Errors listed of a file that is not valid; the page that asked has said them already. */
const PROBLEMS_TOLD = 5;

/** Does nothing when the simulation is another worker's or has ended. */
export async function simulate(
  ports: CorridorPorts,
  simulationId: string,
  context: JobContext,
): Promise<void> {
  const { simulations, settings, log } = ports;
  const simulation = await simulations.claimSimulation(simulationId, settings.worker, settings.staleMs);
  if (simulation === undefined) return;
  const lease = keepLease(ports, simulation.id, context.signal);
  try {
    const problem = await simulateRuns(ports, simulation, lease.signal);
    await simulations.endSimulation(simulation.id, settings.worker, problem);
  } catch (error) {
    if (lease.lost()) log.info({ simulation: simulation.id }, 'stopped: it is not ours any more');
    // Another worker begins it again from the start, once this one has been silent for long enough.
    else if (context.signal.aborted) throw new RetryLater('the worker stops', settings.staleMs);
    else {
      log.warn({ simulation: simulation.id, err: error }, 'not simulated');
      await simulations.endSimulation(simulation.id, settings.worker, problemOf(error));
    }
  } finally {
    await lease.end();
  }
}

function problemOf(error: unknown): string {
  return error instanceof MirrorError
    ? `The repository could not be read: ${error.message}. Try it again in a few minutes.`
    : 'Something failed inside DocOps; its log says what. Try it again, and tell whoever operates it.';
}

/** Null when it went well, else why not, for people. */
async function simulateRuns(
  ports: CorridorPorts,
  simulation: Simulation,
  signal: AbortSignal,
): Promise<string | null> {
  const { store, simulations, settings } = ports;
  const { config: tried, problems } = readConfig(simulation.configuration, '.docops.yml');
  if (tried === undefined)
    return `The configuration is not valid: ${problems.slice(0, PROBLEMS_TOLD).map(formatProblem).join('; ')}`;
  const repository = await store.repository(simulation.repositoryId);
  if (repository === undefined) return 'The repository is gone, or the App was suspended.';
  let runs = 0;
  for await (const run of measuredRuns(ports, simulation)) {
    signal.throwIfAborted();
    for (const result of await simulateRun(ports, { repository, run, tried, signal }))
      if (!(await simulations.addSimulated(simulation.id, settings.worker, result))) return null;
    runs += 1;
    if (runs === simulation.lastRuns) break;
  }
  return null;
}

/** Newest first, of each head the newest attempt that measured something itself. */
async function* measuredRuns(
  { insight }: CorridorPorts,
  { repositoryId, baseRef }: Simulation,
): AsyncGenerator<Run> {
  const heads = new Set<string>();
  let after: string | undefined;
  for (let looked = 0; looked < RUNS_LOOKED_AT; looked += RUNS_AT_ONCE) {
    const page = await insight.runs(repositoryId, {
      baseRef,
      limit: RUNS_AT_ONCE,
      ...(after === undefined ? {} : { after }),
    });
    for (const run of page.runs) {
      if (heads.has(run.headSha) || !measuredItself(run)) continue;
      heads.add(run.headSha);
      yield run;
    }
    if (page.next === null) return;
    after = page.next;
  }
}

function measuredItself({ state, failure, pipelines }: Run): boolean {
  return (state === 'judged' || state === 'reported') && failure === null && pipelines.some(isMeasured);
}

interface Lease {
  /** Aborted when the worker stops, or when the simulation is not ours any more. */
  readonly signal: AbortSignal;
  lost(): boolean;
  end(): Promise<void>;
}

function keepLease({ simulations, settings, log }: CorridorPorts, id: string, stopping: AbortSignal): Lease {
  const gone = new AbortController();
  const beat = async (): Promise<void> => {
    try {
      if (!(await simulations.beatSimulation(id, settings.worker)))
        gone.abort(new Error('another worker has the simulation'));
    } catch (error) {
      // The database is away for a moment; whoever takes it over will make the next heartbeat say no.
      log.warn({ simulation: id, error: String(error) }, 'no heartbeat');
    }
  };
  let beating: Promise<void> = Promise.resolve();
  const timer = setInterval(() => void (beating = beat()), Math.max(100, settings.staleMs / 4));
  return {
    signal: AbortSignal.any([stopping, gone.signal]),
    lost: () => gone.signal.aborted,
    async end() {
      clearInterval(timer);
      await beating;
    },
  };
}
