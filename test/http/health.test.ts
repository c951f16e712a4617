import { describe, expect, it, onTestFinished } from 'vitest';
import { createHealthHandler, type ReadyCheck } from '../../src/http/health.js';
import { startWebServer } from '../../src/http/server.js';
import { createLog } from '../../src/log.js';

const log = createLog({ level: 'silent', format: 'json' });

async function start(checks: ReadyCheck[], more: { stopping?: () => boolean; now?: () => number } = {}) {
  const handler = createHealthHandler({ checks, log, stopping: () => false, ...more });
  const server = await startWebServer({ host: '127.0.0.1', port: 0, handlers: [handler], log });
  onTestFinished(() => server.stop(0));
  return async (path: string) => {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, body: await response.json() };
  };
}

const fine: ReadyCheck = { name: 'queue', check: () => Promise.resolve(undefined) };

describe('health', () => {
  it('of the process is fine as long as it answers, whatever else is wrong', async () => {
    const ask = await start([{ name: 'database', check: () => Promise.reject(new Error('away')) }]);
    expect(await ask('/healthz')).toEqual({ status: 200, body: { alive: true } });
  });

  it('is ready when every check is fine', async () => {
    const ask = await start([fine]);
    expect(await ask('/readyz')).toEqual({ status: 200, body: { ready: true, checks: { queue: 'ok' } } });
  });

  it('is not ready when one is not, and tells the world no detail', async () => {
    const ask = await start([
      fine,
      { name: 'database', check: () => Promise.reject(new Error('password authentication failed for ada')) },
      { name: 'canary', check: () => Promise.resolve('late') },
    ]);
    expect(await ask('/readyz')).toEqual({
      status: 503,
      body: { ready: false, checks: { queue: 'ok', database: 'away', canary: 'late' } },
    });
  });

  it('is not ready once the process is about to end', async () => {
    const ask = await start([fine], { stopping: () => true });
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      body: { ready: false, checks: { process: 'stopping' } },
    });
  });

  it('is not asked of the database more than once a second', async () => {
    let time = 0;
    let asked = 0;
    const counting: ReadyCheck = {
      name: 'database',
      check: () => {
        asked += 1;
        return Promise.resolve(undefined);
      },
    };
    const ask = await start([counting], { now: () => time });
    for (let i = 0; i < 5; i += 1) await ask('/readyz');
    expect(asked).toBe(1);
    time = 1_001;
    await ask('/readyz');
    expect(asked).toBe(2);
  });
});
