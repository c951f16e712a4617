import { describe, expect, it } from 'vitest';
import { overBudget as overBudgetOf } from '../../../src/core/cost/budget.js';
import type { Estimate } from '../../../src/core/cost/words.js';

const ESTIMATE: Estimate = {
  extractions: 400,
  guessed: 0,
  shards: 2,
  wallSeconds: 245,
  computeUsd: 0.5,
  reportedUsd: 4,
};
const usd = (amount: string): { amount: string; currency: string } => ({ amount, currency: 'USD' });

const overBudget = (
  input: Omit<Parameters<typeof overBudgetOf>[0], 'spentHereUsd'> & { spentHereUsd?: number },
): ReturnType<typeof overBudgetOf> => overBudgetOf({ spentHereUsd: 0, ...input });

describe('the budget', () => {
  it('of one run holds for compute and what the extractor reports together', () => {
    const over = overBudget({
      estimate: ESTIMATE,
      budget: { perRun: usd('4.49') },
      spentThisMonthUsd: 0,
    });
    expect(over).toMatchObject({ which: 'per_run', reason: 'amount', expectedUsd: 4.5, budgetText: '$4.49' });
    expect(over?.text).toBe('it would cost about $4.50, and the budget of one run is $4.49');
    expect(
      overBudget({ estimate: ESTIMATE, budget: { perRun: usd('4.50') }, spentThisMonthUsd: 1_000 }),
    ).toBeUndefined();
  });

  it('of a month holds for what was spent and what is to come together', () => {
    const month = (spentThisMonthUsd: number) =>
      overBudget({ estimate: ESTIMATE, budget: { perMonth: usd('100') }, spentThisMonthUsd });
    expect(month(95.5)).toBeUndefined();
    expect(month(96)).toMatchObject({ which: 'per_month', spentThisMonthUsd: 96 });
    expect(month(96)?.text).toBe(
      "it would cost about $4.50, this month's evaluations cost $96.00 so far, and the budget of a month is $100.00",
    );
  });

  it('of one run holds for what the evaluation has spent already, too', () => {
    const budget = { perRun: usd('5') };
    const input = { estimate: ESTIMATE, budget, spentThisMonthUsd: 3 };
    expect(overBudget({ ...input, spentHereUsd: 0.5 })).toBeUndefined();
    expect(overBudget({ ...input, spentHereUsd: 0.51 })?.text).toBe(
      'it would cost about $4.50 more than the $0.51 that it cost so far, and the budget of one run is $5.00',
    );
  });

  it('of one run is named first where both are exceeded', () => {
    const budget = { perRun: usd('1'), perMonth: usd('2') };
    expect(overBudget({ estimate: ESTIMATE, budget, spentThisMonthUsd: 50 })?.which).toBe('per_run');
  });

  it('does not hold up what costs nothing, or what has no price', () => {
    const budget = { perRun: usd('0'), perMonth: usd('10') };
    const free = { ...ESTIMATE, extractions: 0, computeUsd: 0, reportedUsd: null };
    expect(overBudget({ estimate: free, budget, spentThisMonthUsd: 50 })).toBeUndefined();
    expect(
      overBudget({ estimate: { ...free, computeUsd: null }, budget, spentThisMonthUsd: 50 }),
    ).toBeUndefined();
    expect(overBudget({ estimate: ESTIMATE, budget: {}, spentThisMonthUsd: 50 })).toBeUndefined();
  });

  it('in another currency than US dollars is said, and not passed over', () => {
    const over = overBudget({
      estimate: ESTIMATE,
      budget: { perMonth: { amount: '500', currency: 'EUR' } },
      spentThisMonthUsd: 0,
    });
    expect(over).toMatchObject({ which: 'per_month', reason: 'currency', budgetText: '500 EUR' });
    expect(over?.text).toContain('write budget.per_month in USD');
  });
});
