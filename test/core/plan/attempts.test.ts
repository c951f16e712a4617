import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAttempt } from '../../../src/core/plan/attempts.js';
import { TASK_OUTCOMES, type TaskOutcome } from '../../../src/core/plan/task-outcomes.js';

const SPOT = { spot: true, gpu: false };
const ON_DEMAND = { spot: false, gpu: false };

describe('what follows on the attempts of a task', () => {
  it('is a first attempt at once, where the repository wants it', () => {
    expect(nextAttempt([], SPOT)).toEqual({ kind: 'start', capacity: 'spot', delayMs: 0 });
    expect(nextAttempt([], ON_DEMAND)).toEqual({ kind: 'start', capacity: 'on-demand', delayMs: 0 });
    expect(nextAttempt([], { spot: true, gpu: true })).toMatchObject({ capacity: 'provider' });
  });

  it('is spot once more after a loss, and on demand after the second', () => {
    expect(nextAttempt(['spot-lost'], SPOT)).toMatchObject({ kind: 'start', capacity: 'spot' });
    expect(nextAttempt(['spot-lost', 'spot-lost'], SPOT)).toMatchObject({
      kind: 'start',
      capacity: 'on-demand',
    });
    expect(nextAttempt(['spot-lost', 'failed', 'spot-lost'], SPOT)).toMatchObject({ capacity: 'on-demand' });
  });

  it('is on demand too where spot has no room, which shows as a task that does not start', () => {
    expect(nextAttempt(['not-started', 'spot-lost'], SPOT)).toMatchObject({ capacity: 'on-demand' });
    expect(nextAttempt(['failed', 'spot-lost'], SPOT)).toMatchObject({ capacity: 'spot' });
  });

  it.each<TaskOutcome>(['not-started', 'failed', 'lost', 'overdue'])(
    'waits longer after each attempt that was %s, and gives up after the third',
    (outcome) => {
      const first = nextAttempt([outcome], ON_DEMAND);
      const second = nextAttempt([outcome, outcome], ON_DEMAND);
      expect(first.kind === 'start' && second.kind === 'start' && first.delayMs < second.delayMs).toBe(true);
      expect(first).not.toMatchObject({ delayMs: 0 });
      expect(nextAttempt([outcome, outcome, outcome], ON_DEMAND)).toEqual({ kind: 'give-up' });
    },
  );

  it('counts all kinds of failure together, and spot losses not among them', () => {
    expect(nextAttempt(['lost', 'spot-lost', 'spot-lost', 'overdue'], SPOT)).toMatchObject({ kind: 'start' });
    expect(nextAttempt(['lost', 'spot-lost', 'spot-lost', 'overdue', 'failed'], SPOT)).toEqual({
      kind: 'give-up',
    });
  });

  it('goes on after a task that we stopped ourselves', () => {
    expect(nextAttempt(['stopped'], SPOT)).toEqual({ kind: 'start', capacity: 'spot', delayMs: 0 });
  });

  it('comes to an end whatever happens, and never leaves on demand again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...TASK_OUTCOMES.filter((outcome) => outcome !== 'delivered')), {
          minLength: 30,
          maxLength: 30,
        }),
        fc.boolean(),
        (outcomes, gpu) => {
          const seen = outcomes.map((_, index) => nextAttempt(outcomes.slice(0, index), { spot: true, gpu }));
          const end = seen.findIndex(({ kind }) => kind === 'give-up');
          expect(end).toBeGreaterThan(0);
          expect(end).toBeLessThanOrEqual(20);
          const capacities = seen.slice(0, end).map((one) => (one.kind === 'start' ? one.capacity : ''));
          if (gpu) expect(new Set(capacities)).toEqual(new Set(['provider']));
          const first = capacities.indexOf('on-demand');
          if (first >= 0) expect(capacities.slice(first)).not.toContain('spot');
        },
      ),
    );
  });
});
