/** `/healthz`: the process answers. `/readyz`: it can do its work; orchestrators send traffic by it. */
import type { Log } from '../ports/log.js';
import { sendJson, target, type Handler } from './reply.js';

export interface ReadyCheck {
  readonly name: string;
  /** Resolves with what is wrong, in few words without detail (anybody may ask), or undefined. May throw. */
  readonly check: () => Promise<string | undefined>;
}

export interface HealthOptions {
  readonly checks: readonly ReadyCheck[];
  readonly log: Log;
  /** True once the process is about to end. */
  readonly stopping: () => boolean;
  readonly now?: () => number;
}

const CHECK_MS = 3_000;
/** Asking often must not load the database. */
const REMEMBERED_MS = 1_000;

interface Ready {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

export function createHealthHandler({
  checks,
  log,
  stopping,
  now = () => performance.now(),
}: HealthOptions): Handler {
  let last: { at: number; result: Promise<Ready> } | undefined;

  const ask = async (): Promise<Ready> => {
    const results = await Promise.all(
      checks.map(async ({ name, check }) => [name, await within(check, CHECK_MS, name, log)] as const),
    );
    return { ready: results.every(([, problem]) => problem === 'ok'), checks: Object.fromEntries(results) };
  };

  return async (request, response) => {
    const path = target(request)?.path;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (path === '/healthz') return sendJson(response, 200, '{"alive":true}\n');
    if (path !== '/readyz') return false;
    if (last === undefined || now() - last.at > REMEMBERED_MS) last = { at: now(), result: ask() };
    const { ready, checks: answers } = await last.result;
    const fine = ready && !stopping();
    const said = stopping() ? { ...answers, process: 'stopping' } : answers;
    return sendJson(response, fine ? 200 : 503, `${JSON.stringify({ ready: fine, checks: said })}\n`);
  };
}

async function within(
  check: () => Promise<string | undefined>,
  ms: number,
  name: string,
  log: Log,
): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('no answer'), ms);
  });
  try {
    return (await Promise.race([check(), late])) ?? 'ok';
  } catch (error) {
    log.warn({ check: name, err: error }, 'not ready');
    return 'away';
  } finally {
    clearTimeout(timer);
  }
}
