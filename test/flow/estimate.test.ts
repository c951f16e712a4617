/** What an evaluation is expected to take, where it runs on a machine without a price. */
import { describe, expect, it } from 'vitest';
import { LIST_PRICES } from '../../src/core/cost/prices.js';
import type { RunnerChoice } from '../../src/core/words.js';
import { estimateEvaluation, type EvaluationMoney } from '../../src/flow/estimate.js';
import type { MeasuredSide } from '../../src/flow/measure.js';

const choice: RunnerChoice = {
  ...{ kind: 'local', cpu: 2, memoryBytes: 200 * 1024 ** 3, gpu: 0, shards: 1 },
  ...{ wallTimeMs: 600_000, spot: false, network: 'none' },
};

describe('the estimate of an evaluation', () => {
  const estimate = (prices: EvaluationMoney['prices']) => {
    const documents = [{ id: 'a', path: '/a', contentHash: 'a', bytes: 1 }];
    const side = { missing: () => Promise.resolve(documents) } as unknown as MeasuredSide;
    const money = { choice, prices } as EvaluationMoney;
    const extract = { deterministic: true, mode: 'document' } as never;
    return estimateEvaluation(money, { sides: [side], documents, extract, known: new Map() });
  };

  it('does not ask for a machine that Fargate sells where the work stays on this one', async () => {
    expect(await estimate(null)).toMatchObject({ extractions: 1, computeUsd: null });
    await expect(estimate(LIST_PRICES)).rejects.toThrow(/Fargate has no task/);
  });
});
