import { GitHubError } from '../ports/github.js';
import { RetryLater, type Job, type JobContext, type JobHandlers } from '../ports/queue.js';
import type { Corridor, CorridorPorts } from './corridor.js';
import { handleHint } from './handle-hint.js';
import { look } from './look.js';
import { publish } from './publish.js';
import { receive } from './receive.js';
import { reconcile } from './reconcile.js';
import { runEvaluation } from './run-evaluation.js';
import { simulate } from './simulate.js';

const LIMIT_WAIT_MS = 60_000;

/** The steps, joined to what they need. */
export function createCorridor(ports: CorridorPorts): Corridor {
  const handlers: JobHandlers = {
    look: (job, { signal }) => look(ports, job.repositoryId, job.number, signal),
    hint: (job, { signal }) => handleHint(ports, job.hintId, signal),
    evaluate: (job, context) => runEvaluation(ports, job.evaluationId, context),
    publish: ({ repositoryId, headSha, baseRef }) => publish(ports, { repositoryId, headSha, baseRef }),
    simulate: (job, context) => simulate(ports, job.simulationId, context),
    reconcile: () => reconcile(ports),
    canary: async () => ports.store.saveCursor('canary', new Date(await ports.store.now())),
  };
  return {
    receive: (delivery) => receive(ports, delivery),
    handlers: {
      look: limited(handlers.look),
      hint: limited(handlers.hint),
      evaluate: limited(handlers.evaluate),
      publish: limited(handlers.publish),
      simulate: limited(handlers.simulate),
      reconcile: limited(handlers.reconcile),
      canary: handlers.canary,
    },
  };
}

/** A limit of GitHub's is no failure: the job comes again when it may. */
function limited<J extends Job>(
  handler: (job: J, context: JobContext) => Promise<void>,
): (job: J, context: JobContext) => Promise<void> {
  return async (job, context) => {
    try {
      await handler(job, context);
    } catch (error) {
      if (error instanceof GitHubError && error.class === 'rate-limited')
        throw new RetryLater(error.message, error.retryAfterMs ?? LIMIT_WAIT_MS);
      throw error;
    }
  };
}
