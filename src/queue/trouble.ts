import type { Log } from '../ports/log.js';
import type { OnTrouble } from './broker.js';

const QUIET_MS = 10_000;
const REMEMBERED = 100;

/**
 * Logs what is wrong with connections; the same again at most every ten seconds, with how often it was said, since every
 * worker of a broken connection says it.
 */
export function troubleLog(log: Log, now: () => number = Date.now): OnTrouble {
  const said = new Map<string, { at: number; times: number }>();
  return (where, error) => {
    // A listener is given whatever was emitted.
    const message = String((error as Partial<Error> | null | undefined)?.message ?? error).slice(0, 500);
    const before = said.get(message);
    if (before !== undefined && now() - before.at < QUIET_MS) {
      before.times += 1;
      return;
    }
    if (said.size >= REMEMBERED) said.clear();
    said.set(message, { at: now(), times: 0 });
    const code = (error as { code?: unknown } | null | undefined)?.code;
    log.warn(
      {
        where,
        error: message,
        ...(typeof code === 'string' ? { code } : {}),
        ...(before !== undefined && before.times > 0 ? { repeated: before.times } : {}),
      },
      'trouble in the job queue',
    );
  };
}
