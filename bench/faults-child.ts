/**
 * One process of the App for the fault run: `web,worker` as `docops serve` is, or `worker` alone. All waits are shortened
 * so that what takes minutes in production takes seconds; the code is the same.
 */
import { createLog } from '../src/log.js';
import { startService } from '../src/service.js';
import { readSettings } from '../src/settings.js';

const roles = (process.argv[2] ?? '').split(',');
const settings = readSettings(process.env);

// Nobody is left who would end us.
process.on('disconnect', () => process.exit(1));

const service = await startService({
  settings,
  roles: { web: roles.includes('web'), worker: roles.includes('worker') },
  log: createLog(settings.log),
  timing: {
    graceMs: 2_000,
    reconcileEveryMs: 1_000,
    queue: {
      lockMs: 4_000,
      stalledEveryMs: 1_500,
      reconnectMs: 250,
      settleMs: 2_000,
      scheduleCheckMs: 2_000,
      restScale: 0.1,
    },
    corridor: {
      progressEveryMs: 500,
      staleMs: 5_000,
      sweeps: {
        deliveriesEvery: 2_000,
        pullsEvery: 5_000,
        repositoriesEvery: 10_000,
        hintLate: 3_000,
        plannedLate: 4_000,
        unpublishedLate: 3_000,
        deliverySettled: 2_000,
      },
    },
  },
});
process.on('SIGTERM', () => void service.stop().then(() => process.exit(0)));
process.send?.('ready');
