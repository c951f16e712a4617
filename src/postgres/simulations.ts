/** Simulations: asked for, taken by one worker at a time, ended or forgotten. */
import type pg from 'pg';
import type { SimulatedRun, Simulation, Simulations } from '../ports/simulations.js';
import { change, isUuid, json, select } from './query.js';
import { inTransaction, type Queryable } from './transaction.js';

interface SimulationRow {
  readonly id: string;
  readonly repository_id: string;
  readonly base_ref: string;
  readonly requested_by: string;
  readonly configuration: string;
  readonly last_runs: number;
  readonly state: Simulation['state'];
  readonly problem: string | null;
  readonly created_at: Date;
  readonly finished_at: Date | null;
}

function toSimulation(row: SimulationRow, results: readonly SimulatedRun[]): Simulation {
  return {
    id: row.id,
    repositoryId: Number(row.repository_id),
    baseRef: row.base_ref,
    requestedBy: row.requested_by,
    configuration: row.configuration,
    lastRuns: row.last_runs,
    state: row.state,
    results,
    problem: row.problem,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

/** $1 and $2: the simulation, and the worker that has it. */
const OURS = `id = $1 and worker = $2 and state = 'running'`;
const BEAT = `update docops.simulations set heartbeat_at = now() where ${OURS}`;

export function createSimulations(pool: pg.Pool): Simulations {
  return {
    async requestSimulation({ repositoryId, baseRef, requestedBy, configuration, lastRuns }) {
      const [row] = await select<SimulationRow>(
        pool,
        `insert into docops.simulations (repository_id, base_ref, requested_by, configuration, last_runs)
          values ($1, $2, $3, $4, $5) returning *`,
        [repositoryId, baseRef, requestedBy, configuration, lastRuns],
      );
      if (row === undefined) throw new Error('insert returned no row');
      return toSimulation(row, []);
    },

    async simulation(id) {
      if (!isUuid(id)) return undefined;
      const [row] = await select<SimulationRow>(pool, 'select * from docops.simulations where id = $1', [id]);
      return row === undefined ? undefined : toSimulation(row, await resultsOf(pool, id));
    },

    async claimSimulation(id, worker, staleMs) {
      if (!isUuid(id)) return undefined;
      return inTransaction(pool, async (client) => {
        const [row] = await select<SimulationRow>(
          client,
          `update docops.simulations set state = 'running', worker = $2, heartbeat_at = now()
            where id = $1 and (state = 'waiting'
              or (state = 'running' and heartbeat_at <= now() - $3 * interval '1 millisecond'))
            returning *`,
          [id, worker, staleMs],
        );
        if (row === undefined) return undefined;
        await change(client, 'delete from docops.simulation_results where simulation_id = $1', [id]);
        return toSimulation(row, []);
      });
    },

    beatSimulation: async (id, worker) => isUuid(id) && (await change(pool, BEAT, [id, worker])) > 0,

    async addSimulated(id, worker, result) {
      if (!isUuid(id)) return false;
      const added = await change(
        pool,
        `with ours as (${BEAT} returning id)
          insert into docops.simulation_results (simulation_id, result) select id, $3 from ours`,
        [id, worker, json(result)],
      );
      return added > 0;
    },

    async endSimulation(id, worker, problem) {
      if (!isUuid(id)) return false;
      const ended = await change(
        pool,
        `update docops.simulations
          set state = case when $3::text is null then 'done' else 'failed' end, problem = $3, finished_at = now(),
            worker = null, heartbeat_at = null
          where ${OURS}`,
        [id, worker, problem],
      );
      return ended > 0;
    },

    async lateSimulations(waitingMs, staleMs) {
      const rows = await select<{ id: string }>(
        pool,
        `select id from docops.simulations
          where state in ('waiting', 'running')
            and ((state = 'waiting' and created_at <= now() - $1 * interval '1 millisecond')
              or (state = 'running' and heartbeat_at <= now() - $2 * interval '1 millisecond'))
          order by created_at`,
        [waitingMs, staleMs],
      );
      return rows.map(({ id }) => id);
    },

    forgetSimulations: (olderThanMs) =>
      change(
        pool,
        `delete from docops.simulations where created_at < now() - $1 * interval '1 millisecond'`,
        [olderThanMs],
      ),

    async openSimulations(repositoryId) {
      const [row] = await select<{ open: number }>(
        pool,
        `select count(*)::integer as open from docops.simulations
          where repository_id = $1 and state in ('waiting', 'running')`,
        [repositoryId],
      );
      return row?.open ?? 0;
    },
  };
}

async function resultsOf(client: Queryable, id: string): Promise<readonly SimulatedRun[]> {
  const rows = await select<{ result: SimulatedRun }>(
    client,
    'select result from docops.simulation_results where simulation_id = $1 order by id',
    [id],
  );
  return rows.map(({ result }) => result);
}
