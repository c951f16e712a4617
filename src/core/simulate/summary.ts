/** What a simulation comes to, counted in runs: a run is blocked when one of its pipelines is. */
import { plural } from '../report/values.js';
import type { SimulatedVerdict } from './words.js';

export const OUTCOMES = [
  /** Passed, and would have been blocked. */
  'newly blocked',
  /** Was blocked, and would have been let through. */
  'let through',
  /** Blocks as little or as much as before, and says it otherwise: a warning now, or none any more. */
  'other words',
  'same',
  'cannot be said',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface SimulationSummary {
  readonly runs: number;
  /** Runs of which it can be said. */
  readonly said: number;
  readonly wouldBlock: number;
  /** Of the runs of which it can be said. */
  readonly wasBlocked: number;
  readonly newlyBlocked: number;
  readonly letThrough: number;
  readonly otherWords: number;
  readonly cannotBeSaid: number;
}

/** Of one pipeline of one run, for its line in a table. */
export function outcomeOf({ was, would }: Pick<SimulatedVerdict, 'was' | 'would'>): Outcome {
  if (would === null) return 'cannot be said';
  if (would.blocked !== was.blocked) return would.blocked ? 'newly blocked' : 'let through';
  return would.verdict === was.verdict ? 'same' : 'other words';
}

/** Of a whole run: one pipeline that would block is enough; one that cannot be said leaves it open otherwise. */
function outcomeOfRun(pipelines: readonly SimulatedVerdict[]): {
  readonly wasBlocked: boolean;
  readonly wouldBlock: boolean | null;
  readonly otherWords: boolean;
} {
  const blocks = pipelines.some(({ would }) => would?.blocked === true);
  const open = pipelines.some(({ would }) => would === null);
  return {
    wasBlocked: pipelines.some(({ was }) => was.blocked),
    wouldBlock: blocks ? true : open ? null : false,
    otherWords: pipelines.some((pipeline) => outcomeOf(pipeline) !== 'same'),
  };
}

export function summarise(results: readonly SimulatedVerdict[]): SimulationSummary {
  const runs = new Map<string, SimulatedVerdict[]>();
  for (const result of results) {
    const pipelines = runs.get(result.evaluationId) ?? [];
    pipelines.push(result);
    runs.set(result.evaluationId, pipelines);
  }
  const all = [...runs.values()].map(outcomeOfRun);
  const said = all.filter(({ wouldBlock }) => wouldBlock !== null);
  const number = (of: (run: (typeof all)[number]) => boolean): number => said.filter(of).length;
  return {
    runs: all.length,
    said: said.length,
    wouldBlock: number(({ wouldBlock }) => wouldBlock === true),
    wasBlocked: number(({ wasBlocked }) => wasBlocked),
    newlyBlocked: number(({ wasBlocked, wouldBlock }) => wouldBlock === true && !wasBlocked),
    letThrough: number(({ wasBlocked, wouldBlock }) => wouldBlock === false && wasBlocked),
    otherWords: number(({ wasBlocked, wouldBlock, otherWords }) => wouldBlock === wasBlocked && otherWords),
    cannotBeSaid: all.length - said.length,
  };
}

/**
 * `It would have blocked 3 of 20 runs, 2 of which passed, and let through 1 that was blocked. Of 4 more runs it cannot be said
 * without running something.`
 */
export function simulationHeadline(summary: SimulationSummary): string {
  const { runs, said, cannotBeSaid } = summary;
  if (runs === 0) return 'No run of this branch was measured yet, so there is nothing to compare with.';
  if (said === 0)
    return runs === 1
      ? 'Of the one run it cannot be said without running something.'
      : `Of none of the ${runs} runs it can be said without running something.`;
  const open =
    cannotBeSaid === 0
      ? ''
      : ` Of ${plural(cannotBeSaid, 'more run')} it cannot be said without running something.`;
  return `${decided(summary)}${open}`;
}

function decided({ said, wouldBlock, newlyBlocked, letThrough, otherWords }: SimulationSummary): string {
  if (newlyBlocked + letThrough === 0) {
    const all =
      said === 1
        ? `It would have decided the one run as it was decided: ${wouldBlock === 1 ? 'blocked' : 'not blocked'}`
        : `It would have decided all ${said} runs as they were decided: ${wouldBlock === 0 ? 'none' : wouldBlock} blocked`;
    return `${all}${otherWords === 0 ? '' : `; of ${otherWords} it would have said so in other words`}.`;
  }
  const passed =
    newlyBlocked === 0
      ? ''
      : newlyBlocked < wouldBlock
        ? `, ${newlyBlocked} of which passed`
        : `, ${newlyBlocked === 1 ? 'which' : 'all of which'} passed`;
  const through =
    letThrough === 0
      ? ''
      : `, and let through ${letThrough} that ${letThrough === 1 ? 'was' : 'were'} blocked`;
  return `It would have blocked ${wouldBlock} of ${plural(said, 'run')}${passed}${through}.`;
}
