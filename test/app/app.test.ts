import examples from '@octokit/webhooks-examples' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../src/app.js';
import { toDelivery, TRANSLATED_EVENTS } from '../../src/github/hints.js';

describe('the table of events', () => {
  it('has every event that becomes a hint, and no other', () => {
    expect(Object.keys(EVENTS).sort()).toEqual([...TRANSLATED_EVENTS].sort());
  });

  const payloads = (examples as unknown as { name: string; examples: { action?: string }[] }[]).flatMap(
    ({ name, examples: list }) =>
      list.map(
        (payload) => [payload.action === undefined ? name : `${name}.${payload.action}`, payload] as const,
      ),
  );
  const known = payloads.filter(([event]) => event in EVENTS);

  it('is tried on examples of GitHub', () => {
    expect(known.length).toBeGreaterThan(20);
  });

  it.each(known)('says what %s becomes', (event, payload) => {
    const own = {
      id: (payload as { check_run?: { app: { id: number } } }).check_run?.app.id ?? 29_310,
      login: null,
    };
    const delivery = toDelivery(event.split('.')[0]!, 'guid', payload, own);
    const kind = EVENTS[event as keyof typeof EVENTS];
    for (const hint of delivery?.hints ?? []) expect(hint.kind).toBe(kind);
  });
});
