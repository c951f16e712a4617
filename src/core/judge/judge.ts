import { ratesOf } from '../compare/field.js';
import { compareIds, pairingOf } from '../compare/pairing.js';
import { REPORT_REASON_DOCUMENTS } from '../limits.js';
import type { Reason, Report } from '../report/schema.js';
import type { PairedDocument, SideOfDocument } from '../words.js';
import { documentsToConfirm, isDoubtful } from './confirm.js';
import { type Context, contextOf } from './context.js';
import { thinCoverage } from './coverage.js';
import { examine, headFailures } from './evidence.js';
import { type JudgedFields, judgeFields, totalCounts } from './fields.js';
import { hiddenLosses, hiddenReasons } from './hidden.js';
import type { JudgeInput, Judgement } from './input.js';
import { judgeCost, judgeLatency } from './resources.js';
import { type JudgedScores, judgeScores } from './scores.js';
import { count, list, percent } from './text.js';

/**
 * Two measurements and a policy → a verdict with its reasons and the numbers behind them.
 *
 * Pure and deterministic; the order of the documents does not matter. `docs/judging.md` explains every rule for users.
 */
export function judge(input: JudgeInput): Judgement {
  const evidence = examine(input);
  const documents = evidence.kind === 'decided' ? input.documents : evidence.documents;
  const hasBase = input.baseline === 'measured' && input.setup === undefined;
  const sorted = [...documents].sort((a, b) => compareIds(a.id, b.id));
  const pairing = pairingOf(sorted, evidence.kind === 'decided' ? hasBase : evidence.kind === 'paired');
  const context = contextOf(input, pairing);
  const fields = judgeFields(context);
  const scores = judgeScores(context, fields.comparisons);
  const latency = judgeLatency(input, sorted);
  const cost = judgeCost(input, sorted);
  const hidden =
    evidence.kind === 'paired'
      ? hiddenLosses(context, fields.comparisons, scores.comparison, scores.changes)
      : [];

  const reasons: Reason[] = [...evidence.reasons];
  if (evidence.kind !== 'decided') {
    const fell = scores.reasons.some(({ code }) => code === 'overall_dropped');
    reasons.push(
      ...selfCheckReasons(input),
      // What broke stands before what it cost.
      ...(evidence.kind === 'paired' ? headFailures(sorted, fell ? 'block' : 'warn') : []),
      ...scores.reasons,
      ...fields.reasons,
      ...latency.reasons,
      ...cost.reasons,
    );
    if (evidence.kind === 'paired')
      reasons.push(...hiddenReasons(context, hidden, reasons, fields.comparisons));
    reasons.push(...unreliableReasons(context));
  }
  const doubtful = evidence.kind === 'paired' && !input.deterministic && isDoubtful(reasons);
  const red = reasons.some(({ level }) => level === 'block');
  if (input.confirmation !== undefined && !red) {
    reasons.push({
      code: 'not_confirmed',
      level: 'info',
      text: `A first judgement was red; ${count(input.confirmation.documents, 'document')} were run ${count(input.confirmation.runs, 'more time')} on both sides, and with all runs together it is not.`,
    });
  }
  return {
    ...verdictOf(input, reasons, evidence.kind === 'paired' && scores.proven),
    judged: evidence.kind === 'paired' ? (context.method?.kind ?? null) : null,
    ...sections(context, fields, scores),
    hidden_losses: hidden.map((loss) => ({
      ...loss,
      documents: loss.documents.slice(0, REPORT_REASON_DOCUMENTS),
    })),
    coverage: { thin: thinCoverage(context, fields.comparisons) },
    latency: latency.latency,
    cost: cost.cost,
    toConfirm:
      doubtful && input.confirmation === undefined
        ? documentsToConfirm(pairing, fields.comparisons, scores.comparison)
        : undefined,
  };
}

function selfCheckReasons({ selfCheck: check }: JudgeInput): Reason[] {
  if (check?.would_block !== true) return [];
  const text = `The base does not pass against itself: a second run of the same code scored differently on ${percent(check.flip_rate)} of the documents, and this policy would block that. Raise extract.repeats, allow a drop (gate.max_drop), or judge statistically.`;
  return [{ code: 'unreliable_baseline', level: 'not-measured', text }];
}

function unreliableReasons({ input, stable, method }: Context): Reason[] {
  if (input.unreliableFields.length === 0) return [];
  const noisy = input.fields.filter(
    ({ path }, j) => input.unreliableFields.includes(path) && stable[j] !== true,
  );
  const how =
    method?.kind === 'statistical' && noisy.length > 0
      ? 'A change of their scores is judged against that noise'
      : 'They are judged like the others';
  return [
    {
      code: 'unreliable_field',
      level: 'info',
      ...(input.unreliableFields.length === 1 ? { field: input.unreliableFields[0] } : {}),
      text: `${count(input.unreliableFields.length, 'field')} gave different values in two runs of the same code: ${list(input.unreliableFields)}. ${how}.`,
    },
  ];
}

/** Most severe first; `info` reasons never decide. */
const LEVELS: readonly Reason['level'][] = ['not-measured', 'block', 'warn', 'info'];

function verdictOf(
  { gate }: JudgeInput,
  found: readonly Reason[],
  proven: boolean,
): Pick<Judgement, 'verdict' | 'blocked' | 'reasons'> {
  const has = (level: Reason['level']): boolean => found.some((reason) => reason.level === level);
  const reasons = LEVELS.flatMap((level) => found.filter((reason) => reason.level === level)).map((reason) =>
    reason.documents === undefined
      ? reason
      : { ...reason, documents: reason.documents.slice(0, REPORT_REASON_DOCUMENTS) },
  );
  const enforced = gate.enforce === 'block';
  if (has('not-measured')) return { verdict: 'not-measured', blocked: enforced, reasons };
  if (!has('block')) {
    return { verdict: has('warn') ? 'warn' : proven ? 'pass' : 'pass-unproven', blocked: false, reasons };
  }
  if (enforced) return { verdict: 'block', blocked: true, reasons };
  const lowered: Reason = {
    code: 'enforce_lowered',
    level: 'info',
    text: `This would block; the policy (gate.enforce: ${gate.enforce}) lets it through.`,
  };
  return {
    verdict: gate.enforce === 'warn' ? 'warn' : 'block',
    blocked: false,
    reasons: [...reasons, lowered],
  };
}

function sections(
  { pairing }: Context,
  fields: JudgedFields,
  scores: JudgedScores,
): Pick<Judgement, 'overall' | 'documents_exact' | 'fields' | 'slices' | 'metrics'> {
  const { documents, paired } = pairing;
  const exact = (side: (document: PairedDocument) => SideOfDocument): number =>
    Math.round(documents.reduce((sum, document) => sum + side(document).exact, 0) * 1e6) / 1e6;
  const f1 = (side: 'base' | 'head'): { micro: number | null; macro: number | null } => {
    if (side === 'base' && !paired) return { micro: null, macro: null };
    const each = fields.comparisons.flatMap((comparison) => ratesOf(comparison[side]).f1 ?? []);
    return {
      micro: ratesOf(totalCounts(fields.comparisons, side)).f1,
      macro: each.length === 0 ? null : each.reduce((sum, value) => sum + value, 0) / each.length,
    };
  };
  const [base, head] = [f1('base'), f1('head')];
  return {
    overall: scores.overall,
    documents_exact: {
      base: paired ? exact((document) => document.base) : 0,
      head: exact((document) => document.head),
      of: documents.length,
    },
    fields: fields.entries satisfies Report['fields'],
    slices: scores.slices,
    metrics: {
      micro_f1: { base: base.micro, head: head.micro },
      macro_f1: { base: base.macro, head: head.macro },
    },
  };
}
