import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/core/judge/index.js';
import type { PairedDocument } from '../../../src/core/words.js';
import { fieldsNamed, inputOf, several } from './support.js';

/** What happened when real predictions were replayed as if they were pull requests: values lost, gained, right before. */
const fields = fieldsNamed('total');
function replay(lost: number, gained: number, right: number): PairedDocument[] {
  return [
    ...several(lost, 'lost', 'r', 'w'),
    ...several(gained, 'gained', 'w', 'r'),
    ...several(right - lost, 'same', 'r', 'r'),
    ...several(60, 'never', 'w', 'w'),
  ];
}

describe('real histories', () => {
  it.each([
    // lost, gained, right before | exact: verdict, churn | statistical: blocked
    ['336 → 336 with 9 lost and 9 gained is churn, not regression', 9, 9, 336, 'warn', false, false],
    ['297 → 296 with 32 lost and 31 gained blocks exactly, by chance', 32, 31, 297, 'block', true, false],
    ['−1 with 11 lost and 10 gained blocks exactly, by chance', 11, 10, 300, 'block', true, false],
    ['61 lost and 6 gained is a clear block either way', 61, 6, 300, 'block', false, true],
    ['+143 with 11 lost hides losses', 11, 154, 300, 'warn', false, false],
    ['+29 with 25 lost hides losses', 25, 54, 300, 'warn', false, false],
    ['1,115 right → 0 is a clear block either way', 1115, 0, 1115, 'block', false, true],
  ] as const)('%s', (_, lost, gained, right, verdict, churns, statistical) => {
    const documents = replay(lost, gained, right);
    const exact = judge(inputOf(fields, documents));
    expect(exact.verdict).toBe(verdict);
    expect(exact.reasons.some(({ code }) => code === 'churn')).toBe(churns);
    if (verdict === 'warn') expect(exact.hidden_losses[0]!.documents).toHaveLength(lost);
    const byChoice = judge(inputOf(fields, documents, { judge: 'statistical' }));
    expect(byChoice.blocked).toBe(statistical);
    expect(byChoice.overall.p).toBe(exact.overall.p);
  });

  it('churn says its p-value and which setting to choose', () => {
    const { reasons } = judge(inputOf(fields, replay(11, 10, 300)));
    const text = reasons.find(({ code }) => code === 'churn')!.text;
    expect(text).toContain('11 lost and 10 gained');
    expect(text).toContain('p = 0.50');
    expect(text).toContain('gate.judge: statistical');
  });
});
