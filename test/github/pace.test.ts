import { describe, expect, it } from 'vitest';
import { createPaceKeeper, GITHUB_PACE, type PaceKind } from '../../src/github/pace.js';
import { GitHubError } from '../../src/ports/github.js';

function keeper(pace: Parameters<typeof createPaceKeeper>[0]) {
  const clock = { ms: 1_000_000 };
  const made = createPaceKeeper(pace, () => clock.ms);
  /** Milliseconds to wait; 0: admitted. */
  const ask = (kind: PaceKind, key: number | 'app' = 1): number => {
    try {
      made.admit(key, kind);
      return 0;
    } catch (error) {
      expect(error).toMatchObject({ class: 'rate-limited', status: null });
      return (error as GitHubError).retryAfterMs!;
    }
  };
  return { clock, ask, stop: (key: number, ms: number) => made.stop(key, ms) };
}

describe('the pace of an installation', () => {
  it('admits 80 writes in any minute, and says when the next one fits', () => {
    const { clock, ask } = keeper({ ...GITHUB_PACE, pointsPerMinute: Infinity });
    for (let write = 0; write < 80; write++) {
      expect(ask('write')).toBe(0);
      clock.ms += 100;
    }
    expect(ask('write')).toBe(60_000 - 8000);
    clock.ms += 60_000 - 8000 - 1;
    expect(ask('write')).toBe(1);
    clock.ms += 1;
    expect(ask('write')).toBe(0);
    expect(ask('write')).toBe(100);
  });

  it('admits 500 writes in any hour', () => {
    const { clock, ask } = keeper(GITHUB_PACE);
    const began = clock.ms;
    for (let write = 0; write < 500; write++) {
      expect(ask('write')).toBe(0);
      clock.ms += 2000;
    }
    expect(ask('write')).toBe(60 * 60 * 1000 - (clock.ms - began));
  });

  it('counts a write as five reads', () => {
    const { ask } = keeper({ writesPerMinute: 100, writesPerHour: 100, pointsPerMinute: 12 });
    expect([ask('write'), ask('write')]).toEqual([0, 0]);
    expect(ask('write')).toBe(60_000);
    expect([ask('read'), ask('read')]).toEqual([0, 0]);
    expect(ask('read')).toBe(60_000);
  });

  it('keeps half of the places for what a person waits for', () => {
    const { ask } = keeper({ writesPerMinute: 10, writesPerHour: 1000, pointsPerMinute: Infinity });
    for (let write = 0; write < 5; write++) expect(ask('spare')).toBe(0);
    expect(ask('spare')).toBe(60_000);
    for (let write = 0; write < 5; write++) expect(ask('write')).toBe(0);
    expect(ask('write')).toBe(60_000);
  });

  it('is its own for each installation', () => {
    const { ask } = keeper({ writesPerMinute: 1, writesPerHour: 9, pointsPerMinute: 90 });
    expect([ask('write', 1), ask('write', 2), ask('write', 'app')]).toEqual([0, 0, 0]);
    expect(ask('write', 1)).toBe(60_000);
  });

  it('forgets what a clock that was set back has left in the future', () => {
    const { clock, ask } = keeper({ writesPerMinute: 1, writesPerHour: 9, pointsPerMinute: 90 });
    expect(ask('write')).toBe(0);
    clock.ms -= 500_000;
    expect(ask('write')).toBe(0);
  });

  it('stops while GitHub has said so, with a pace or without', () => {
    for (const pace of [GITHUB_PACE, null]) {
      const { clock, ask, stop } = keeper(pace);
      stop(1, 30_000);
      stop(1, 10_000);
      expect([ask('read'), ask('write'), ask('read', 2)]).toEqual([30_000, 30_000, 0]);
      clock.ms += 30_000;
      expect(ask('read')).toBe(0);
    }
  });

  it('is without end where none is set', () => {
    const { ask } = keeper(null);
    for (let write = 0; write < 2000; write++) expect(ask('write')).toBe(0);
  });
});
