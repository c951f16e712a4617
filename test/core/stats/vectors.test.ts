import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { holm } from '../../../src/core/stats/adjust.js';
import { mcnemar, signFlip } from '../../../src/core/stats/exact.js';
import { clusteredMean, wilson } from '../../../src/core/stats/intervals.js';
import { smallestDetectable, unitsNeeded } from '../../../src/core/stats/power.js';
import { sharedPath } from '../../support/shared.js';

interface Case {
  readonly fn: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
  readonly tolerance?: number;
}
const path = sharedPath('vectors/statistics.json');
const cases = path === undefined ? [] : (JSON.parse(readFileSync(path, 'utf8')) as { cases: Case[] }).cases;

/** Published cases for procedures that DocOps does not have, and why. */
const LEFT_OUT: readonly (readonly [matches: (item: Case) => boolean, reason: string])[] = [
  [
    ({ options }) => options['method'] === 'bh',
    'Benjamini-Hochberg bounds the share of false alarms; a gate must bound the chance of any: Holm',
  ],
  [({ options }) => options['method'] === 'bonferroni', 'Holm is never weaker at the same guarantee'],
  [
    ({ fn }) => fn.startsWith('bencher '),
    'thresholds on one metric over time; DocOps compares two measurements of the same documents',
  ],
];

const numbers = (value: unknown): number[] => value as number[];
const known = (item: Case): boolean => LEFT_OUT.every(([matches]) => !matches(item));

/** The standard deviation of the difference of two correlated proportions, and the inflation of clusters. */
function spread(options: Readonly<Record<string, number>>): number {
  const { p_a: a = 0, p_b: b = 0, correlation = 0, icc = 0, cluster_size: size = 1 } = options;
  const variance = a * (1 - a) + b * (1 - b) - 2 * correlation * Math.sqrt(a * (1 - a) * b * (1 - b));
  return (options['sd_diff'] ?? Math.sqrt(variance)) * Math.sqrt(1 + (size - 1) * icc);
}

function answer({ fn, options }: Case): unknown {
  const values = numbers(options['values'] ?? []);
  const names = (options['clusters'] as (string | number)[] | undefined) ?? values.map((_, i) => i);
  const distinct = [...new Set(names)];
  switch (fn) {
    case 'stderr':
    case 'var':
    case 'clustered_stderr':
    case 'clustered_stderr single cluster': {
      const estimate = clusteredMean(
        values,
        names.map((name) => distinct.indexOf(name)),
        distinct.length,
      );
      if (estimate.kind !== 'estimate') return null;
      return fn === 'var' ? estimate.standardError ** 2 * values.length : estimate.standardError;
    }
    case 'padjust':
      return holm(numbers(options['p']));
    case 'mcnemar_exact': {
      const { base_right_pr_wrong: lost, base_wrong_pr_right: gained } = options as Record<string, number>;
      const p = mcnemar(lost!, gained!);
      return { two_sided: p.twoSided, one_sided_regression: p.oneSided };
    }
    case 'proportion_ci': {
      const { k, n, level } = options as Record<string, number>;
      return { wilson: wilson(k!, n!, level) };
    }
    case 'power_n': {
      // Published two-sided at 0.05, which is 0.025 on each side.
      const o = options as Record<string, number>;
      return unitsNeeded(o['delta']!, spread(o), 0.025);
    }
    case 'mde': {
      const o = options as Record<string, number>;
      return smallestDetectable(spread(o) / Math.sqrt(o['n']!), Infinity, 0.025);
    }
    case 'signflip_exact_one_sided':
      return signFlip(numbers(options['d']));
    default:
      throw new Error(`no answer for ${fn}`);
  }
}

function agree(actual: unknown, expected: unknown, tolerance: number): void {
  if (typeof expected === 'number')
    expect(Math.abs((actual as number) - expected)).toBeLessThanOrEqual(tolerance);
  else if (expected === null) expect(actual).toBeNull();
  else {
    const entries = Object.entries(expected as Record<string, unknown>);
    for (const [key, value] of entries) {
      // Clopper-Pearson is wider than it need be; DocOps shows Wilson's interval.
      if (key !== 'clopper_pearson') agree((actual as Record<string, unknown>)[key], value, tolerance);
    }
  }
}

describe.skipIf(path === undefined)('published statistics (needs the shared folder)', () => {
  it.each(cases.filter(known).map((item) => [item.fn, JSON.stringify(item.options), item] as const))(
    '%s %s',
    (_, __, item) => {
      agree(answer(item), item.expected, item.tolerance ?? 1e-8);
    },
  );
  it('accounts for every published case: answered or left out for a reason', () => {
    const leftOut = cases.filter((item) => !known(item));
    expect(cases.length).toBeGreaterThanOrEqual(40);
    expect(leftOut.length).toBe(8);
    for (const [matches, reason] of LEFT_OUT) {
      expect(cases.some(matches)).toBe(true);
      expect(reason).not.toBe('');
    }
  });
});
