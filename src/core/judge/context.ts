import type { Pairing } from '../compare/pairing.js';
import { stableFields } from '../compare/stable.js';
import type { Gate } from '../words.js';
import type { Method } from './decide.js';
import type { JudgeInput } from './input.js';

/** What every part of a judgement needs to know. */
export interface Context {
  readonly input: JudgeInput;
  readonly gate: Gate;
  readonly pairing: Pairing;
  /** Absent when there is no base to compare with: then only floors are applied. */
  readonly method: Method | undefined;
  /** Fields whose changes are no noise although the extractor is noisy; all false where that is not used. */
  readonly stable: readonly boolean[];
}

/**
 * Chooses how to judge. `auto` is exact for a deterministic extractor; for a noisy one each field that never disagreed
 * with itself is judged exactly, the others statistically; where none disagreed, everything is exact. `exact` and
 * `statistical` are taken at their word.
 */
export function contextOf(input: JudgeInput, pairing: Pairing): Context {
  const { gate, fields } = input;
  const unstable = fields.map(() => false);
  const exact: Method = { kind: 'exact' };
  const statistical: Method = { kind: 'statistical', alpha: gate.alpha };
  if (!pairing.paired) return { input, gate, pairing, method: undefined, stable: unstable };
  if (gate.judge === 'exact') return { input, gate, pairing, method: exact, stable: unstable };
  if (gate.judge === 'statistical') return { input, gate, pairing, method: statistical, stable: unstable };
  if (input.deterministic) return { input, gate, pairing, method: exact, stable: unstable };
  const stable = stableFields(pairing, fields);
  const method = stable.every((value) => value) ? exact : statistical;
  return { input, gate, pairing, method, stable };
}
