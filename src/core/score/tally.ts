/** The five counts while they are being counted. */
import type { Counts, FieldScore, Outcome } from '../words.js';
import { accuracyOf } from './metrics.js';

export class Tally {
  readonly #counts = { correct: 0, wrong: 0, missing: 0, spurious: 0, absent: 0 } satisfies Record<
    Outcome,
    number
  >;

  add(outcome: Outcome): void {
    this.#counts[outcome]++;
  }

  counts(): Counts {
    return this.#counts;
  }

  /** The counts and correct / non-absent cells, null without any. */
  score(): FieldScore {
    return { counts: this.#counts, score: accuracyOf(this.#counts) };
  }
}
