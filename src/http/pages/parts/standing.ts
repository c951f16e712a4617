/** What a run came to, in the same words on every page. */
import type { Tone } from '../../../core/report/html/parts.js';
import { VERDICT_WORDS, name, sentence } from '../../../core/report/words.js';
import { percent, pointsInWords } from '../../../core/report/values.js';
import type { Verdict } from '../../../core/report/schema.js';
import type { Run, RunPipeline } from '../../../ports/insight.js';

export interface Standing {
  readonly mark: string;
  readonly word: string;
  readonly tone: Tone;
  /** Goes on after the word; empty when the word says it all. */
  readonly says: string;
}

const TONES: Readonly<Record<Verdict, Tone>> = {
  pass: 'good',
  'pass-unproven': 'warn',
  warn: 'warn',
  block: 'bad',
  'not-measured': 'warn',
  'not-applicable': 'plain',
};

/** Worst first: a run is what its worst pipeline is. */
const ORDER: readonly Verdict[] = [
  'block',
  'not-measured',
  'warn',
  'pass-unproven',
  'pass',
  'not-applicable',
];

const DECISIONS: Readonly<
  Record<Exclude<Run['decision'], 'evaluate'>, readonly [word: string, says: string]>
> = {
  ignore: ['Nothing to do', 'the base has no configuration'],
  'not-configured': ['Not configured', 'the base branch has no .docops.yml'],
  'invalid-config': ['Invalid configuration', 'the base branch\u2019s .docops.yml has mistakes'],
  'cannot-compare': ['Cannot compare', 'the check says why'],
  draft: ['Draft', 'waits until it is ready for review'],
  hold: ['On hold', 'waits for an approval'],
  'not-applicable': ['Nothing to measure', 'no watched file differs'],
  'queue-trusted': ['Trusted', 'the merge queue is not measured again'],
};

/** Of one pipeline. `would block`: the policy only watches. */
export function pipelineStanding(pipeline: Pick<RunPipeline, 'verdict' | 'blocked' | 'enforce'>): Standing {
  const { mark, word } = VERDICT_WORDS[pipeline.verdict];
  if (pipeline.verdict === 'block' && !pipeline.blocked)
    return { mark, word: 'WOULD BLOCK', tone: 'warn', says: `only watched (enforce: ${pipeline.enforce})` };
  return { mark, word, tone: TONES[pipeline.verdict], says: '' };
}

/** Somebody took the regression on: a pipeline blocks and the check passes all the same. */
export function isAccepted(run: Pick<Run, 'conclusion' | 'pipelines'>): boolean {
  return run.conclusion === 'success' && run.pipelines.some(({ blocked }) => blocked);
}

export function worstPipeline(run: Pick<Run, 'pipelines'>): RunPipeline | undefined {
  return [...run.pipelines].sort(
    (a, b) => Number(b.blocked) - Number(a.blocked) || ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict),
  )[0];
}

export function runStanding(run: Run): Standing {
  if (run.state === 'planned')
    return { mark: '\u25cc', word: 'WAITING', tone: 'plain', says: 'for a worker' };
  if (run.state === 'running') return { mark: '\u25d4', word: 'RUNNING', tone: 'plain', says: '' };
  if (run.failure !== null)
    return { ...VERDICT_WORDS['not-measured'], tone: 'warn', says: sentence(run.failure.message, 160) };
  const worst = worstPipeline(run);
  if (worst === undefined) {
    if (run.state === 'superseded')
      return {
        mark: '\u25cb',
        word: 'SUPERSEDED',
        tone: 'plain',
        says: sentence(run.supersededBy ?? '', 120),
      };
    if (run.decision === 'evaluate') return { mark: '?', word: 'NO REPORT', tone: 'plain', says: '' };
    const [word, says] = DECISIONS[run.decision];
    return { mark: '\u25cb', word: word.toUpperCase(), tone: 'plain', says };
  }
  if (isAccepted(run))
    return { mark: '\u2714', word: 'ACCEPTED', tone: 'warn', says: 'a regression that somebody took on' };
  return pipelineStanding(worst);
}

/** `invoices 91.2 % → 87.4 % (−3.8 points)`. */
export function movement(pipeline: Pick<RunPipeline, 'pipeline' | 'base' | 'head' | 'delta'>): string {
  const named = name(pipeline.pipeline, 40);
  if (pipeline.head === null) return named;
  if (pipeline.base === null) return `${named} ${percent(pipeline.head)}, without a base`;
  return `${named} ${percent(pipeline.base)} \u2192 ${percent(pipeline.head)} (${pointsInWords(pipeline.delta)})`;
}

/** `#7 Better totals`, `merge group`. */
export function runTitle(run: Pick<Run, 'kind' | 'pullNumber' | 'title'>): string {
  if (run.kind === 'merge-group')
    return run.pullNumber === null ? 'Merge group' : `Merge group of #${run.pullNumber}`;
  const number = run.pullNumber === null ? 'Commit' : `#${run.pullNumber}`;
  return run.title === null || run.title === '' ? number : `${number} ${name(run.title)}`;
}

/** Wall seconds of what this run measured itself; null: nothing. */
export function ownSeconds(run: Pick<Run, 'pipelines'>): number | null {
  return sum(run.pipelines.map(({ reusedFrom, seconds }) => (reusedFrom === null ? seconds : null)));
}

/** US dollars of what this run measured itself; null where nothing is billed. */
export function ownUsd(run: Pick<Run, 'pipelines'>): number | null {
  return sum(run.pipelines.map(({ reusedFrom, usd }) => (reusedFrom === null ? usd : null)));
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0);
}
