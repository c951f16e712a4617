import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkName } from '../../../src/core/check/index.js';
import { CHECK_NAME_CHARACTERS } from '../../../src/core/limits.js';
import { visible } from '../../../src/core/report/values.js';

describe('the name of a check run', () => {
  it('is the branch, and the pipeline behind it', () => {
    expect(checkName('main', null)).toBe('DocOps (main)');
    expect(checkName('release/2.x', 'invoices')).toBe('DocOps (release/2.x) / invoices');
  });

  it.each([
    ['a long branch', 'b'.repeat(300), 'c'.repeat(300)],
    ['branches that differ at the end', `${'b'.repeat(300)}1`, `${'b'.repeat(300)}2`],
    ['a direction mark', 'main', 'main\u202e'],
    ['a branch that ends like a name with a pipeline', 'a', 'a) / b'],
    ['emoji that are cut', '\u{1f600}'.repeat(60), `${'\u{1f600}'.repeat(60)}!`],
  ])('tells %s apart', (_name, a, b) => {
    expect(checkName(a, null)).not.toBe(checkName(b, null));
    expect(checkName(a, 'p')).not.toBe(checkName(b, 'p'));
  });

  it('a branch cannot be named like the check of a pipeline, or like a name that was cut', () => {
    expect(checkName('main) / invoices', null)).not.toBe(checkName('main', 'invoices'));
    const cut = checkName('b'.repeat(300), null).slice('DocOps ('.length, -1);
    expect(checkName(cut, null)).not.toBe(checkName('b'.repeat(300), null));
  });

  it('is bounded, visible and different for different branches', () => {
    const ref = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 90 }),
    );
    fc.assert(
      fc.property(ref, ref, fc.option(ref), (a, b, pipeline) => {
        const [one, other] = [checkName(a, pipeline), checkName(b, pipeline)];
        expect(one.length).toBeLessThanOrEqual(CHECK_NAME_CHARACTERS);
        expect(visible(one)).toBe(one);
        if (a !== b) expect(one).not.toBe(other);
      }),
      { numRuns: 500 },
    );
  });
});
