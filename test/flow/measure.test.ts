/** What a runner is asked for under the same key, and may therefore take up again, is the same work. */
import { describe, expect, it } from 'vitest';
import type { DatasetDocument, ExtractSpec } from '../../src/core/words.js';
import { freshMeasurements } from '../../src/flow/fresh-measurements.js';
import { MeasuredSide } from '../../src/flow/measure.js';
import type { Runner } from '../../src/ports/runner.js';

const EXTRACT: ExtractSpec = {
  ...{ run: './extract', mode: 'document', setup: 'make', env: [] },
  ...{ timeoutMs: 600_000, documentTimeoutMs: 60_000, deterministic: true, repeats: 3 },
};

function document(name: string): DatasetDocument {
  return { id: name, path: `/documents/${name}`, contentHash: name.repeat(64).slice(0, 64), bytes: 1 };
}
const [a, b, c] = [document('a'), document('b'), document('c')];

/** Keys of the setup and of the runs, each over its documents. */
async function keysOf(
  extract: Partial<ExtractSpec>,
  ...runs: readonly (readonly DatasetDocument[])[]
): Promise<{ setup: string; runs: string[] }> {
  const keys = { setup: '', runs: [] as string[] };
  const runner: Runner = {
    setup: ({ key }) => {
      keys.setup = key;
      return Promise.resolve({ ok: true, seconds: 0 });
    },
    async run({ key, documents, onPrediction }) {
      keys.runs.push(key);
      for (const { id } of documents) await onPrediction({ id, status: 'ok', seconds: 1, fields: {} });
    },
  };
  const side = new MeasuredSide(
    {
      runner,
      store: freshMeasurements(),
      progress: {
        stage: () => undefined,
        measuring: () => ({ tick: () => undefined, end: () => undefined }),
      },
      clock: { now: () => 0, newId: () => 'id' },
    },
    {
      ...{ side: 'head', fingerprint: 'f', environment: 'e', sandbox: 'none' },
      extract: { ...EXTRACT, ...extract },
      limits: { jobs: 1, memoryBytes: 1 },
      checkout: () => Promise.resolve('/code'),
    },
  );
  for (const documents of runs) await side.ensure(1, documents);
  return keys;
}

describe('the key of a run', () => {
  it('is the same for what is left of the same documents, one by one', async () => {
    const { runs } = await keysOf({}, [a, b], [a, b, c]);
    expect(new Set(runs).size).toBe(1);
    expect(runs).toHaveLength(2);
  });

  it('differs for another batch: what a batch gave says nothing about one with other documents', async () => {
    const { runs } = await keysOf({ mode: 'batch' }, [a, b], [b, c]);
    expect(new Set(runs).size).toBe(2);
    expect((await keysOf({ mode: 'batch' }, [b, a])).runs).toEqual(runs.slice(0, 1));
  });

  it('differs with the limits of time, which failures depend on; a setup is shared all the same', async () => {
    const one = await keysOf({}, [a]);
    const longer = await keysOf({ documentTimeoutMs: 120_000 }, [a]);
    const inAll = await keysOf({ timeoutMs: 900_000 }, [a]);
    expect(new Set([...one.runs, ...longer.runs, ...inAll.runs]).size).toBe(3);
    expect(new Set([one.setup, longer.setup, inAll.setup]).size).toBe(1);
  });
});
