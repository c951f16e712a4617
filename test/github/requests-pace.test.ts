import { describe, expect, it } from 'vitest';
import type { CheckRunInput } from '../../src/ports/github.js';
import { checkRun } from './fixtures.js';
import { AT, failure, github, givesToken, on, repository, seen, SHA } from './support.js';

const check: CheckRunInput = {
  name: 'DocOps (main)',
  headSha: SHA,
  externalId: 'b3f1',
  detailsUrl: null,
  status: 'in_progress',
  startedAt: null,
  completedAt: null,
  title: 'Measuring',
  summary: '3 of 10',
  annotations: [],
  actions: [],
};

describe('requests keep the pace', () => {
  it('progress gives way, a verdict still goes out, and what is refused is not sent', async () => {
    givesToken();
    for (let request = 0; request < 4; request++)
      on('PATCH', `${AT}/check-runs/4`, { json: checkRun({ id: 4 }) });
    const hub = github({ pace: { writesPerMinute: 4, writesPerHour: 100, pointsPerMinute: 900 } });
    await hub.updateCheck(repository, 4, check);
    await hub.updateCheck(repository, 4, check);
    expect(await failure(hub.updateCheck(repository, 4, check))).toMatchObject({ class: 'rate-limited' });
    const verdict = { ...check, status: 'completed', conclusion: 'success' } as const;
    await hub.updateCheck(repository, 4, verdict);
    await hub.updateCheck(repository, 4, verdict);
    const refused = await failure(hub.updateCheck(repository, 4, verdict));
    expect(refused.class).toBe('rate-limited');
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(seen).toHaveLength(4);
  });

  it('reactions are left out first', async () => {
    givesToken();
    on('PATCH', `${AT}/check-runs/4`, { json: checkRun({ id: 4 }) });
    const hub = github({ pace: { writesPerMinute: 2, writesPerHour: 100, pointsPerMinute: 900 } });
    await hub.updateCheck(repository, 4, { ...check, status: 'queued' });
    await hub.react(repository, 11, 'eyes');
    expect(seen).toHaveLength(1);
  });
});
