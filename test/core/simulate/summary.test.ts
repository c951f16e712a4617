/** What a simulation comes to, in numbers and in one sentence. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/core/report/schema.js';
import { outcomeOf, simulationHeadline, summarise } from '../../../src/core/simulate/summary.js';
import type { SimulatedVerdict } from '../../../src/core/simulate/words.js';

type Short = 'block' | 'warn' | 'pass';
const told = (verdict: Short): { verdict: Verdict; blocked: boolean } => ({
  verdict,
  blocked: verdict === 'block',
});

function run(id: string, was: Short, would: Short | null, pipeline = 'invoices'): SimulatedVerdict {
  return { evaluationId: id, pipeline, was: told(was), would: would === null ? null : told(would) };
}
/** Each `[was, would]` a run of its own. */
function runs(...pairs: readonly (readonly [Short, Short | null])[]): SimulatedVerdict[] {
  return pairs.map(([was, would], index) => run(`run-${index}`, was, would));
}
const headlineOf = (results: readonly SimulatedVerdict[]): string => simulationHeadline(summarise(results));

describe('the headline of a simulation', () => {
  it('says how many would have been blocked, how many of them passed, and what would have been let through', () => {
    const results = runs(
      ['pass', 'block'],
      ['warn', 'block'],
      ['block', 'block'],
      ['block', 'pass'],
      ['pass', 'pass'],
    );
    expect(headlineOf(results)).toBe(
      'It would have blocked 3 of 5 runs, 2 of which passed, and let through 1 that was blocked.',
    );
  });

  it('says when all that it would have blocked passed', () => {
    expect(headlineOf(runs(['pass', 'block'], ['pass', 'pass']))).toBe(
      'It would have blocked 1 of 2 runs, which passed.',
    );
    expect(headlineOf(runs(['pass', 'block'], ['pass', 'block']))).toBe(
      'It would have blocked 2 of 2 runs, all of which passed.',
    );
  });

  it('says what a looser policy lets through', () => {
    expect(headlineOf(runs(['block', 'warn'], ['block', 'pass'], ['block', 'block']))).toBe(
      'It would have blocked 1 of 3 runs, and let through 2 that were blocked.',
    );
  });

  it('says that nothing would have been decided otherwise, and how many only in other words', () => {
    expect(headlineOf(runs(['pass', 'pass'], ['pass', 'pass']))).toBe(
      'It would have decided all 2 runs as they were decided: none blocked.',
    );
    expect(headlineOf(runs(['block', 'block'], ['pass', 'warn']))).toBe(
      'It would have decided all 2 runs as they were decided: 1 blocked; of 1 it would have said so in other words.',
    );
    expect(headlineOf(runs(['block', 'block']))).toBe(
      'It would have decided the one run as it was decided: blocked.',
    );
  });

  it('counts apart what cannot be said, and never among what passed', () => {
    expect(headlineOf(runs(['pass', 'pass'], ['block', null], ['pass', 'block']))).toBe(
      'It would have blocked 1 of 2 runs, which passed. Of 1 more run it cannot be said without running something.',
    );
    expect(headlineOf(runs(['pass', null]))).toBe(
      'Of the one run it cannot be said without running something.',
    );
    expect(headlineOf(runs(['pass', null], ['block', null]))).toBe(
      'Of none of the 2 runs it can be said without running something.',
    );
  });

  it('says that there is nothing to compare with', () => {
    expect(headlineOf([])).toBe(
      'No run of this branch was measured yet, so there is nothing to compare with.',
    );
  });
});

describe('a run with several pipelines', () => {
  it('counts once, and is blocked when one of them is', () => {
    const results = [
      run('a', 'pass', 'pass', 'invoices'),
      run('a', 'pass', 'block', 'receipts'),
      run('b', 'block', 'pass', 'invoices'),
      run('b', 'pass', 'pass', 'receipts'),
    ];
    expect(summarise(results)).toEqual({
      ...{ runs: 2, said: 2, wouldBlock: 1, wasBlocked: 1 },
      ...{ newlyBlocked: 1, letThrough: 1, otherWords: 0, cannotBeSaid: 0 },
    });
  });

  it('is still open when one cannot be said and no other one blocks', () => {
    const open = [run('a', 'block', null, 'invoices'), run('a', 'pass', 'pass', 'receipts')];
    expect(summarise(open)).toMatchObject({ said: 0, cannotBeSaid: 1, letThrough: 0 });
    const blocked = [run('a', 'pass', null, 'invoices'), run('a', 'pass', 'block', 'receipts')];
    expect(summarise(blocked)).toMatchObject({ said: 1, cannotBeSaid: 0, newlyBlocked: 1 });
  });
});

describe('the outcome of one pipeline', () => {
  it.each([
    ['pass', 'block', 'newly blocked'],
    ['block', 'warn', 'let through'],
    ['pass', 'warn', 'other words'],
    ['block', 'block', 'same'],
    ['pass', null, 'cannot be said'],
  ] as const)('%s, then %s: %s', (was, would, outcome) => {
    expect(outcomeOf(run('a', was, would))).toBe(outcome);
  });

  it('follows what blocks and not the word: a policy in shadow blocks nothing', () => {
    const shadow = { verdict: 'block' as const, blocked: false };
    expect(outcomeOf({ was: told('block'), would: shadow })).toBe('let through');
  });
});
