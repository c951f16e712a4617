/** Whether an evaluation is within what the repository wants to pay. Budgets are asked before anything is started. */
import type { Config, Money } from '../words.js';
import { expectedUsd } from './estimate.js';
import { dollars } from '../report/values.js';
import type { Estimate } from './words.js';

export interface OverBudget {
  readonly which: 'per_run' | 'per_month';
  /** `currency`: the budget cannot be compared with what things cost here. */
  readonly reason: 'amount' | 'currency';
  /** Of this evaluation. */
  readonly expectedUsd: number;
  readonly spentThisMonthUsd: number;
  readonly budget: Money;
  /** `$10.00`, `5 EUR`. */
  readonly budgetText: string;
  /** Goes on from "Not evaluated: "; plain text. */
  readonly text: string;
}

const NAMES = { per_run: 'one run', per_month: 'a month' } as const;

export function overBudget(input: {
  readonly estimate: Estimate;
  readonly budget: Config['budget'];
  /** By this evaluation so far; the month's sum has it in it. */
  readonly spentHereUsd: number;
  readonly spentThisMonthUsd: number;
}): OverBudget | undefined {
  const expected = expectedUsd(input.estimate);
  // What costs nothing is within any budget, an exhausted one too.
  if (expected === null || expected <= 0) return undefined;
  const { perRun, perMonth } = input.budget;
  return (
    exceeds('per_run', perRun, input.spentHereUsd, expected, input.spentThisMonthUsd) ??
    exceeds('per_month', perMonth, input.spentThisMonthUsd, expected, input.spentThisMonthUsd)
  );
}

function exceeds(
  which: OverBudget['which'],
  budget: Money | undefined,
  before: number,
  expected: number,
  spentThisMonthUsd: number,
): OverBudget | undefined {
  if (budget === undefined) return undefined;
  const common = { which, expectedUsd: expected, spentThisMonthUsd, budget };
  if (budget.currency !== 'USD') {
    const budgetText = `${budget.amount} ${budget.currency}`;
    return {
      ...common,
      reason: 'currency',
      budgetText,
      text: `the budget of ${NAMES[which]} is ${budgetText}, and prices are known in US dollars only (write budget.${which} in USD)`,
    };
  }
  const limit = Number(budget.amount);
  if (before + expected <= limit) return undefined;
  const budgetText = dollars(limit);
  return {
    ...common,
    reason: 'amount',
    budgetText,
    text: `it would cost about ${dollars(expected)}${before > 0 ? soFar(which, before) : ''}, and the budget of ${NAMES[which]} is ${budgetText}`,
  };
}

function soFar(which: OverBudget['which'], before: number): string {
  return which === 'per_run'
    ? ` more than the ${dollars(before)} that it cost so far`
    : `, this month's evaluations cost ${dollars(before)} so far`;
}
