/** What every adapter of the MeasurementStore port must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Prediction } from '../../src/core/words.js';
import type { MeasurementStore } from '../../src/ports/measurements.js';

export interface StoreUnderTest {
  /** A further view of the same data, as another process would have. */
  open(): MeasurementStore;
  close(): Promise<void>;
}

export const KEY = 'ab'.repeat(32);
export const hashOf = (i: number): string => i.toString(16).padStart(64, '0');
export const prediction = (i: number, more: Partial<Prediction> = {}): Prediction => ({
  id: `doc${i}`,
  status: 'ok',
  fields: { total: i, text: `line\nbreak ü \u2028 ${i}` },
  confidence: { total: 0.5 },
  usage: { usd: 0.25, ocrPages: 2 },
  exitCode: 0,
  seconds: 0.125,
  maxRssBytes: 1_000_000,
  ...more,
});

export function measurementStoreContract(name: string, make: () => StoreUnderTest): void {
  describe(`the MeasurementStore port, ${name}`, () => {
    let under: StoreUnderTest;
    beforeEach(() => {
      under = make();
    });
    afterEach(() => under.close());

    it('gives back what was appended, in this session and in the next', async () => {
      const log = await under.open().open(KEY);
      expect(log.get(hashOf(1))).toBeUndefined();
      await log.append(hashOf(1), prediction(1));
      expect(log.get(hashOf(1))).toEqual(prediction(1));
      await log.close();
      const again = await under.open().open(KEY);
      expect(again.get(hashOf(1))).toEqual(prediction(1));
      expect(again.damaged).toBe(0);
      await again.close();
    });

    it('keeps keys apart', async () => {
      const store = under.open();
      const [one, two] = [await store.open(KEY), await store.open('cd'.repeat(32))];
      await one.append(hashOf(1), prediction(1));
      expect(two.get(hashOf(1))).toBeUndefined();
      await one.close();
      await two.close();
    });

    it('does not keep failures: they may come from the machine', async () => {
      const log = await under.open().open(KEY);
      for (const status of [
        'crashed',
        'invalid-output',
        'timeout',
        'memory',
        'output-limit',
        'not-run',
      ] as const) {
        await log.append(hashOf(1), { id: 'doc1', status, seconds: 1, problem: 'no' });
        expect(log.get(hashOf(1))).toBeUndefined();
      }
      await log.close();
    });

    it('lets the later of two records win', async () => {
      const log = await under.open().open(KEY);
      await log.append(hashOf(1), prediction(1));
      await log.append(hashOf(1), prediction(1, { seconds: 9 }));
      await log.close();
      const again = await under.open().open(KEY);
      expect(again.get(hashOf(1))!.seconds).toBe(9);
      await again.close();
    });

    it('shows one view what another one appended', async () => {
      const [mine, other] = [await under.open().open(KEY), await under.open().open(KEY)];
      await other.append(hashOf(1), prediction(1));
      await mine.append(hashOf(2), prediction(2));
      expect(mine.get(hashOf(1))).toEqual(prediction(1));
      expect(other.get(hashOf(2))).toEqual(prediction(2));
      await mine.close();
      await other.close();
    });

    it('survives hostile values: __proto__, lone surrogates, megabytes', async () => {
      const fields = JSON.parse('{"__proto__": {"a": 1}, "s": "\\ud800", "null": null}') as Record<
        string,
        string
      >;
      fields['long'] = 'x'.repeat(3_000_000);
      const log = await under.open().open(KEY);
      await log.append(hashOf(1), prediction(1, { fields }));
      await log.append(hashOf(2), prediction(2));
      await log.close();
      const again = await under.open().open(KEY);
      expect(JSON.stringify(again.get(hashOf(1))!.fields)).toBe(JSON.stringify(fields));
      expect(again.get(hashOf(2))).toEqual(prediction(2));
      await again.close();
    });

    it('refuses keys and hashes that are not hex, before they become a path', async () => {
      await expect(under.open().open('../../etc/passwd')).rejects.toThrow(TypeError);
      const log = await under.open().open(KEY);
      await expect(log.append('../x', prediction(1))).rejects.toThrow(TypeError);
      expect(log.get('__proto__')).toBeUndefined();
      await log.close();
    });
  });
}
