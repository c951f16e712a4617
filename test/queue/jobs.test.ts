import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/ports/queue.js';
import { jobKey, keptError, readJob } from '../../src/queue/jobs.js';
import { JOB_KINDS, RETRIES, restMs } from '../../src/queue/kinds.js';
import { troubleLog } from '../../src/queue/trouble.js';
import { silent } from './silent.js';

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 250 })
  .filter((text) => !/\p{Control}/u.test(text));
const publish = fc.record({
  kind: fc.constant('publish' as const),
  repositoryId: fc.nat(),
  headSha: name,
  baseRef: name,
});

describe('the key of a job', () => {
  it('is the same for equal jobs and no others, whatever their names', () => {
    fc.assert(
      fc.property(publish, publish, (one, other) => {
        const { kind, repositoryId, headSha, baseRef } = one;
        const turned: Job = { baseRef, headSha, repositoryId, kind };
        expect(jobKey(turned)).toBe(jobKey(one));
        expect(jobKey(one) === jobKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
        expect(jobKey(one)).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  it('keeps names apart that run into each other', () => {
    const key = (headSha: string, baseRef: string): string =>
      jobKey({ kind: 'publish', repositoryId: 1, headSha, baseRef });
    expect(key('a', 'b:c')).not.toBe(key('a:b', 'c'));
    expect(key('a","b', 'c')).not.toBe(key('a', 'b","c'));
  });
});

describe('a job from the queue', () => {
  it('is given back as it was, without what this version does not know', () => {
    fc.assert(
      fc.property(publish, (job) => {
        expect(readJob({ ...(JSON.parse(JSON.stringify(job)) as object), more: 1 })).toEqual({ job });
      }),
    );
  });

  it('is never believed', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const read = readJob(value);
        if ('problem' in read) expect(read.problem.length).toBeLessThan(2_200);
      }),
    );
  });
});

describe('a kept reason', () => {
  it('is short and has no character that a database refuses, whatever was thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.string({ unit: 'binary' }).map((text) => new Error(text)),
        ),
        (thrown) => {
          const { message, stack } = keptError(thrown);
          expect(message.length).toBeGreaterThan(0);
          expect(message.length).toBeLessThanOrEqual(2_001);
          for (const text of [message, stack!]) expect(text).not.toMatch(/[^\P{Control}\n\t]|\p{Surrogate}/u);
        },
      ),
    );
  });
});

describe('the rest between tries', () => {
  it('covers some half an hour for what talks to GitHub', () => {
    for (const kind of ['look', 'hint', 'publish'] as const) {
      const rests = (random: number): number =>
        Array.from({ length: RETRIES[kind].attempts - 1 }, (_, i) =>
          restMs(RETRIES[kind], i + 1, random),
        ).reduce((sum, ms) => sum + ms, 0);
      expect(rests(0) / 60_000).toBeGreaterThan(12);
      expect(rests(1) / 60_000).toBeLessThan(35);
    }
  });

  it('is a whole number, at least one, and no longer than the longest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...JOB_KINDS),
        fc.integer({ min: 1, max: 2_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.constantFrom(1, 0.001),
        (kind, made, random, scale) => {
          const rest = restMs(RETRIES[kind], made, random, scale);
          expect(Number.isInteger(rest)).toBe(true);
          expect(rest).toBeGreaterThanOrEqual(1);
          expect(rest).toBeLessThanOrEqual(RETRIES[kind].longestMs);
        },
      ),
    );
  });
});

describe('trouble with connections', () => {
  it('is said once in ten seconds, with how often it came', () => {
    let now = 0;
    const said: unknown[] = [];
    const trouble = troubleLog({ ...silent, warn: (fields) => void said.push(fields) }, () => now);
    const broken = Object.assign(new Error('gone'), { code: '57P01' });
    for (let i = 0; i < 5; i += 1) trouble('postgres', broken);
    trouble('look', broken);
    trouble('look', new Error('refused'));
    now = 10_000;
    trouble('postgres', broken);
    expect(said).toEqual([
      { where: 'postgres', error: 'gone', code: '57P01' },
      { where: 'look', error: 'refused' },
      { where: 'postgres', error: 'gone', code: '57P01', repeated: 5 },
    ]);
  });

  it('is said of whatever is thrown', () => {
    const trouble = troubleLog(silent);
    for (const odd of [undefined, null, 'text', {}, new Error('')]) trouble('redis', odd as Error);
  });
});
