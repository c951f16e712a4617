import type { Reason, Report } from '../report/schema.js';
import { binomialUpperTail } from '../stats/exact.js';
import { nearestRank } from '../stats/nearest-rank.js';
import type { PairedDocument } from '../words.js';
import type { JudgeInput } from './input.js';
import { count, percent, pValue } from './text.js';

/** Below this the clock and the start of a process say more than the extractor. */
const NOTICEABLE_SECONDS = 0.02;

type Side = 'base' | 'head';

/**
 * Latency: the medians' growth is beyond the rule, by at least 20 ms, and more documents got slower than chance gives
 * (one-sided sign test over documents at alpha).
 */
export function judgeLatency(
  input: JudgeInput,
  documents: readonly PairedDocument[],
): { latency: Report['latency']; reasons: Reason[] } {
  const base = timing(documents, 'base');
  const head = timing(documents, 'head');
  const comparable = input.latencyComparable && input.baseline === 'measured';
  const ratio =
    comparable && base.p50 !== null && base.p50 > 0 && head.p50 !== null ? head.p50 / base.p50 : null;
  const maxIncrease = input.gate.latencyMaxIncrease;
  const latency = { base, head, ratio, max_increase: maxIncrease ?? null };
  if (maxIncrease === undefined || input.baseline === 'none') return { latency, reasons: [] };
  if (ratio === null || base.p50 === null || head.p50 === null) {
    const why = input.latencyComparable
      ? 'one side has no timed document'
      : 'the two sides were not timed under the same conditions';
    return {
      latency,
      reasons: [
        { code: 'latency_unmeasured', level: 'warn', text: `The latency rule was not applied: ${why}.` },
      ],
    };
  }
  const both = documents.flatMap((document) =>
    document.base.seconds === undefined || document.head.seconds === undefined
      ? []
      : [document.head.seconds - document.base.seconds],
  );
  const slower = both.filter((difference) => difference > 0).length;
  const faster = both.filter((difference) => difference < 0).length;
  const p = binomialUpperTail(slower, slower + faster);
  const isSlower =
    ratio - 1 > maxIncrease && head.p50 - base.p50 >= NOTICEABLE_SECONDS && p <= input.gate.alpha;
  if (!isSlower) return { latency, reasons: [] };
  const text = `Half of the documents took up to ${seconds(base.p50)} on the base and take up to ${seconds(head.p50)} on the head (+${percent(ratio - 1)}, ${percent(maxIncrease)} allowed; ${slower} of ${count(both.length, 'document')} slower, ${pValue(p)}).`;
  return { latency, reasons: [{ code: 'latency_increased', level: 'block', text }] };
}

/** Cost: what the extractor reports in `usage.usd`, summed over the documents for which both sides report it. */
export function judgeCost(
  input: JudgeInput,
  documents: readonly PairedDocument[],
): { cost: Report['cost']; reasons: Reason[] } {
  const maxIncrease = input.gate.costMaxIncrease;
  const paired =
    input.baseline === 'measured'
      ? documents.filter(({ base, head }) => base.usd !== undefined && head.usd !== undefined)
      : [];
  const measured = paired.length > 0 ? paired : documents;
  const base = money(measured, 'base');
  const head = money(measured, 'head');
  const cost = {
    base_usd: base?.sum ?? null,
    head_usd: head?.sum ?? null,
    base_per_thousand: base === undefined ? null : (base.sum / base.documents) * 1000,
    head_per_thousand: head === undefined ? null : (head.sum / head.documents) * 1000,
    max_increase: maxIncrease ?? null,
  };
  if (maxIncrease === undefined || input.baseline === 'none') return { cost, reasons: [] };
  if (paired.length === 0 || base === undefined || head === undefined) {
    const text =
      'The cost rule was not applied: the extractor does not report usage.usd for the same document on both sides.';
    return { cost, reasons: [{ code: 'cost_unmeasured', level: 'warn', text }] };
  }
  if (head.sum <= base.sum * (1 + maxIncrease) + 1e-12) return { cost, reasons: [] };
  const growth = base.sum > 0 ? `+${percent(head.sum / base.sum - 1)}` : 'from nothing';
  const text = `${count(paired.length, 'document')} cost ${usd(base.sum)} on the base and ${usd(head.sum)} on the head (${growth}, ${percent(maxIncrease)} allowed).`;
  return { cost, reasons: [{ code: 'cost_increased', level: 'block', text }] };
}

/** Nearest-rank percentiles of the documents' seconds; null when none was timed. */
function timing(documents: readonly PairedDocument[], side: Side): Report['latency']['base'] {
  const all = documents.flatMap((document) =>
    document[side].seconds === undefined ? [] : [document[side].seconds],
  );
  return {
    p50: nearestRank(all, 0.5),
    p95: nearestRank(all, 0.95),
    total: all.reduce((sum, value) => sum + value, 0),
  };
}

function money(
  documents: readonly PairedDocument[],
  side: Side,
): { sum: number; documents: number } | undefined {
  const values = documents.flatMap((document) =>
    document[side].usd === undefined ? [] : [document[side].usd],
  );
  return values.length === 0
    ? undefined
    : { sum: values.reduce((sum, value) => sum + value, 0), documents: values.length };
}

function seconds(value: number): string {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(2)} s`;
}

function usd(value: number): string {
  return `${value < 1 ? value.toFixed(4) : value.toFixed(2)} USD`;
}
