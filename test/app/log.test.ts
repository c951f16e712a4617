import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.js';

function lines(format: 'json' | 'pretty', work: (log: ReturnType<typeof createLog>) => void): string {
  const written: string[] = [];
  work(createLog({ level: 'debug', format }, { write: (line) => written.push(line) }));
  return written.join('');
}

describe('the log', () => {
  it.each(['json', 'pretty'] as const)('as %s keeps events, bodies and headers to itself', (format) => {
    const text = lines(format, (log) => {
      log.debug({ event: { id: 'g', name: 'push', payload: { text: 'SECRET' } } }, 'Webhook received');
      log.error(
        Object.assign(new Error('failed'), { event: { payload: 'SECRET' }, request: { headers: 'SECRET' } }),
      );
      log.error(
        { err: new AggregateError([Object.assign(new Error('inner'), { detail: 'SECRET' })], 'outer') },
        'x',
      );
      log.info(
        { body: 'SECRET', headers: { authorization: 'SECRET' }, payload: 'SECRET', req: { url: 'SECRET' } },
        'y',
      );
      log.child({ name: 'http' }).warn({ response: { data: 'SECRET' } }, 'z');
    });
    expect(text).not.toContain('SECRET');
    for (const kept of ['Webhook received', 'push', 'failed', 'outer']) expect(text).toContain(kept);
  });

  it('keeps what an error was caused by', () => {
    const text = lines('json', (log) =>
      log.error(
        { err: new Error('above', { cause: Object.assign(new Error('below'), { code: 'ECONNRESET' }) }) },
        'x',
      ),
    );
    expect(JSON.parse(text)).toMatchObject({
      err: { message: 'above', cause: { message: 'below', code: 'ECONNRESET' } },
    });
  });

  it.each(['json', 'pretty'] as const)(
    'as %s lets nobody write a line or an escape code of their own',
    (format) => {
      const text = lines(format, (log) =>
        log.warn({ branch: 'a\n12:00:00 info  forged\u001b[31m' }, 'odd\nbranch'),
      );
      expect(text.trim().split('\n')).toHaveLength(1);
      expect(text).not.toContain('\u001b');
    },
  );
});
