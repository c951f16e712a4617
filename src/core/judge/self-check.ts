import { SCORE_EPSILON, scoreBeside } from '../compare/pairing.js';
import type { Gate, PairedDocument, SideOfDocument } from '../words.js';
import { judge } from './judge.js';
import type { JudgeInput, SelfCheck } from './input.js';

/**
 * A policy that keeps its false blocks to alpha blocks base against base that often by design; taken at alpha, the check
 * would call a sound baseline unreliable with every twentieth base. At a tenth of alpha in each direction it speaks of
 * drift: runs of the same code that differ systematically.
 */
const ALPHA_SHARE = 0.1;

/**
 * Base against itself under the same policy: `documents` hold one run of the base as `base` and another run of the same
 * code as `head`. What blocks here, in one direction or the other, the policy would block without any change.
 *
 * Left out of the policy: floors (they say that the base is low, not that it is unreliable), latency, cost, and what
 * `on_inconclusive` makes of a drop that cannot be told from noise.
 */
export function selfCheck(
  input: Omit<JudgeInput, 'selfCheck' | 'confirmation' | 'baseline' | 'setup'>,
): SelfCheck {
  const settings: JudgeInput = {
    ...input,
    gate: policyFor(input.gate),
    baseline: 'measured',
    latencyComparable: false,
  };
  const swapped = input.documents.map((document) => ({
    ...document,
    base: document.head,
    head: document.base,
  }));
  const blocking = [settings, { ...settings, documents: swapped }]
    .map((direction) => judge(direction).reasons.filter(({ level }) => level === 'block'))
    .find((reasons) => reasons.length > 0);
  const flipped = input.documents.filter(differs).length;
  return {
    would_block: blocking !== undefined,
    flip_rate: input.documents.length === 0 ? 0 : flipped / input.documents.length,
    reasons: (blocking ?? []).map(({ text }) => text),
  };
}

function policyFor(gate: Gate): Gate {
  return {
    maxDrop: gate.maxDrop,
    fields: gate.fields.map(({ pattern, maxDrop }) => ({
      pattern,
      ...(maxDrop === undefined ? {} : { maxDrop }),
    })),
    slices: gate.slices.map(({ slice, maxDrop }) => ({
      slice,
      ...(maxDrop === undefined ? {} : { maxDrop }),
    })),
    maxNewErrors: gate.maxNewErrors,
    judge: gate.judge,
    onHiddenLosses: gate.onHiddenLosses,
    alpha: gate.alpha * ALPHA_SHARE,
    onInconclusive: 'warn',
    enforce: 'block',
  };
}

function differs({ base, head }: PairedDocument): boolean {
  const score = (side: SideOfDocument, j: number): number | null => side.fields[j] ?? null;
  return base.fields.some((_, j) => {
    const [mine, other] = [score(base, j), score(head, j)];
    return Math.abs(scoreBeside(mine, base, other) - scoreBeside(other, head, mine)) > SCORE_EPSILON;
  });
}
