/** What the tasks of one runner used and cost. */
import { billedSeconds, taskUsd } from '../../core/cost/compute.js';
import type { ComputePrices, TaskSize } from '../../core/cost/words.js';
import type { Capacity } from '../../core/plan/attempts.js';
import type { TaskOutcome } from '../../core/plan/task-outcomes.js';
import type { RunnerUsage } from '../../ports/runner.js';

export interface Ended {
  readonly outcome: TaskOutcome;
  /** From DescribeTasks; 0: it never began, and costs nothing. */
  readonly seconds: number;
  readonly size: TaskSize;
  readonly capacity: Capacity;
}

export class Bill {
  readonly #prices: ComputePrices | null;
  #tasks = 0;
  #retried = 0;
  #spotLosses = 0;
  #billedSeconds = 0;
  #usd: number | null;
  #wastedUsd: number | null;

  constructor(prices: ComputePrices | null) {
    this.#prices = prices;
    this.#usd = prices === null ? null : 0;
    this.#wastedUsd = this.#usd;
  }

  started(again: boolean): void {
    this.#tasks++;
    if (again) this.#retried++;
  }

  /** What goes into the books. */
  ended({ outcome, seconds, size, capacity }: Ended): { seconds: number; usd: number | null } {
    if (outcome === 'spot-lost') this.#spotLosses++;
    const prices = this.#prices;
    if (prices === null) {
      this.#billedSeconds += Math.ceil(seconds);
      return { seconds: Math.ceil(seconds), usd: null };
    }
    const billed = seconds === 0 ? 0 : billedSeconds(seconds, prices);
    const usd = seconds === 0 ? 0 : taskUsd(size, seconds, capacity, prices);
    this.#billedSeconds += billed;
    this.#usd = sum(this.#usd, usd);
    if (outcome !== 'delivered') this.#wastedUsd = sum(this.#wastedUsd, usd);
    return { seconds: billed, usd };
  }

  usage(): RunnerUsage {
    return {
      tasks: this.#tasks,
      retried: this.#retried,
      spotLosses: this.#spotLosses,
      billedSeconds: this.#billedSeconds,
      usd: this.#usd,
      wastedUsd: this.#wastedUsd,
    };
  }
}

/** One amount that is not known makes the sum unknown. */
function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
