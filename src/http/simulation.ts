import type { Queue } from '../ports/queue.js';
import type { Simulation, Simulations } from '../ports/simulations.js';

/** Of one repository at a time: each may read the documents of fifty runs. */
export const OPEN_SIMULATIONS = 2;

/** Writes it down and queues it; a sweep queues it again when the second step is lost. Undefined: too many are open. */
export async function startSimulation(
  { simulations, queue }: { readonly simulations: Simulations; readonly queue: Pick<Queue, 'add'> },
  asked: Parameters<Simulations['requestSimulation']>[0],
): Promise<Simulation | undefined> {
  if ((await simulations.openSimulations(asked.repositoryId)) >= OPEN_SIMULATIONS) return undefined;
  const simulation = await simulations.requestSimulation(asked);
  await queue.add({ kind: 'simulate', simulationId: simulation.id });
  return simulation;
}
