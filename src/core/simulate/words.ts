/** What another policy would have said to one pipeline of one run of the past. */
import type { Verdict } from '../report/schema.js';

export interface SimulatedVerdict {
  readonly evaluationId: string;
  readonly pipeline: string;
  readonly was: { readonly verdict: Verdict; readonly blocked: boolean };
  /** Null: it cannot be said without running something. */
  readonly would: { readonly verdict: Verdict; readonly blocked: boolean } | null;
}
