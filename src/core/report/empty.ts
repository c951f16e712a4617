/** The sections of a report that judging fills, for evaluations in which nothing had to be judged. */
import type { Pipeline } from '../words.js';
import type { Report } from './schema.js';

export type JudgedSections = Pick<
  Report,
  | 'judged'
  | 'overall'
  | 'documents_exact'
  | 'fields'
  | 'slices'
  | 'hidden_losses'
  | 'metrics'
  | 'latency'
  | 'cost'
>;

export function unjudgedSections(pipeline: Pipeline): JudgedSections {
  const timing = { p50: null, p95: null, total: 0 };
  const nothing = { base: null, head: null };
  return {
    judged: null,
    overall: {
      base: null,
      head: null,
      delta: null,
      ci: null,
      p: null,
      smallest_detectable_drop: null,
      max_drop: pipeline.gate.maxDrop,
      min: pipeline.gate.min ?? null,
      documents_regressed: 0,
      documents_fixed: 0,
    },
    documents_exact: { base: 0, head: 0, of: 0 },
    fields: [],
    slices: [],
    hidden_losses: [],
    metrics: { micro_f1: nothing, macro_f1: nothing, anls: nothing, anls_star: nothing },
    latency: {
      base: timing,
      head: timing,
      ratio: null,
      max_increase: pipeline.gate.latencyMaxIncrease ?? null,
    },
    cost: {
      base_usd: null,
      head_usd: null,
      base_per_thousand: null,
      head_per_thousand: null,
      max_increase: pipeline.gate.costMaxIncrease ?? null,
    },
  };
}
