/**
 * Exact tests on counts. They need no distribution table and no random seed, and hold for any sample size; a test
 * without a single change answers p = 1 (there is no evidence of anything), never NaN.
 */

/** Largest n for which 2^-n is a normal double; beyond, the tail starts from logarithms. */
const DIRECT = 1_000;

/**
 * P(X ≥ k) for X ~ Binomial(n, 1/2).
 *
 * @param k integer; ≤ 0 gives 1, > n gives 0
 * @param n integer ≥ 0
 */
export function binomialUpperTail(k: number, n: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  if (n <= DIRECT) {
    let term = 2 ** -n;
    let sum = 0;
    for (let i = n; i >= k; i--) {
      sum += term;
      term *= i / (n - i + 1);
    }
    return Math.min(1, sum);
  }
  // The tail beyond the middle is summed from its largest term on; the other half follows by symmetry.
  if (2 * k <= n) return 1 - binomialUpperTail(n - k + 1, n);
  let logTerm = -n * Math.LN2;
  for (let i = 1; i <= n - k; i++) logTerm += Math.log((k + i) / i);
  let ratio = 1;
  let sum = 0;
  for (let i = k; i <= n && ratio > 1e-18 * sum; i++) {
    sum += ratio;
    ratio *= (n - i) / (i + 1);
  }
  return Math.min(1, Math.exp(logTerm) * sum);
}

/**
 * Exact McNemar test on paired outcomes: of the units that changed, are more worse than better?
 *
 * @param regressed units right on the base and wrong on the head
 * @param fixed units wrong on the base and right on the head
 * @returns `oneSided`: p for "the head is worse"; `twoSided`: p for "they differ"
 * Source: Q. McNemar (1947), exact form as the sign test on discordant pairs.
 */
export function mcnemar(regressed: number, fixed: number): { oneSided: number; twoSided: number } {
  const n = regressed + fixed;
  const larger = binomialUpperTail(Math.max(regressed, fixed), n);
  return { oneSided: binomialUpperTail(regressed, n), twoSided: Math.min(1, 2 * larger) };
}

/** Additions after which the sign-flip test leaves out sums more than 12 standard deviations from the middle. */
const FULL_TABLE_OPERATIONS = 200_000_000;
/** By Hoeffding's inequality the sums beyond this many standard deviations hold less than 2·exp(−72) of the probability. */
const WINDOW_DEVIATIONS = 12;

/**
 * Exact one-sided sign-flip (paired permutation) test on integers: under "no difference" each unit's value is as likely
 * as its negative. p is the share of the 2^n sign patterns whose sum is at least the observed one, counted by dynamic
 * programming over the sums. With all |d| equal this is the exact McNemar test.
 *
 * @param d for each independent unit (document or template cluster) regressions − fixes; integers, zeros carry nothing
 * @returns p in (0, 1] for "the head is worse"; 1 when nothing changed; what is too small for a double is the smallest one
 * Source: R. A. Fisher's paired randomisation test; R. Pagano and D. Tritchler, JASA 78 (1983), for the counting.
 */
export function signFlip(d: Iterable<number>): number {
  const sizes: number[] = [];
  let observed = 0;
  for (const value of d) {
    if (value === 0) continue;
    sizes.push(Math.abs(value));
    observed += value;
  }
  const first = sizes[0];
  if (first === undefined) return 1;
  const p = sizes.every((size) => size === first)
    ? binomialUpperTail((observed / first + sizes.length) / 2, sizes.length)
    : tailOfSignedSums(sizes, observed);
  return Math.max(p, Number.MIN_VALUE);
}

function tailOfSignedSums(sizes: number[], observed: number): number {
  sizes.sort((a, b) => a - b);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const squares = sizes.reduce((sum, size) => sum + size * size, 0);
  const half = (WINDOW_DEVIATIONS * Math.sqrt(squares)) / 2;
  const windowed = sizes.length * total > FULL_TABLE_OPERATIONS;
  if (windowed && observed > 2 * half) return Math.exp((-observed * observed) / (2 * squares)); // Hoeffding's bound
  // A signed sum is 2·X − total, where X is the sum of the sizes that kept a plus sign; X is what the table runs over.
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reach = 0;
  for (const size of sizes) {
    reach += size;
    const high = windowed ? Math.min(reach, Math.ceil(reach / 2 + half)) : reach;
    const low = windowed ? Math.max(0, Math.floor(reach / 2 - half)) : 0;
    for (let x = high; x >= low; x--) {
      const flipped = x >= size ? (probability[x - size] ?? 0) : 0;
      probability[x] = 0.5 * ((probability[x] ?? 0) + flipped);
    }
  }
  // Summed from the far end, where the terms are smallest.
  let tail = 0;
  for (let x = total; 2 * x >= observed + total; x--) tail += probability[x] ?? 0;
  return Math.min(1, tail);
}

/** Fewest units that must all get worse before the one-sided exact test can reach `level`: 5 for 0.05, 6 for 0.025. */
export function leastOneWayUnits(level: number): number {
  return Math.ceil(-Math.log2(level) - 1e-12);
}

/**
 * P(X ≥ k) for a Poisson count with the given mean: whether so many rare events still look like chance.
 *
 * @param k integer; ≤ 0 gives 1
 * @param mean > 0, else 0 for every k ≥ 1
 */
export function poissonUpperTail(k: number, mean: number): number {
  if (k <= 0) return 1;
  if (!(mean > 0)) return 0;
  let logTerm = -mean + k * Math.log(mean);
  for (let i = 2; i <= k; i++) logTerm -= Math.log(i);
  if (k <= mean) return Math.max(0, 1 - poissonLowerTail(k - 1, mean));
  let ratio = 1;
  let sum = 0;
  for (let i = k; ratio > 1e-18 * sum; i++) {
    sum += ratio;
    ratio *= mean / (i + 1);
  }
  return Math.min(1, Math.exp(logTerm) * sum);
}

/** P(X ≤ k) for k below the mean, summed downwards from its largest term. */
function poissonLowerTail(k: number, mean: number): number {
  let logTerm = -mean + k * Math.log(mean);
  for (let i = 2; i <= k; i++) logTerm -= Math.log(i);
  let ratio = 1;
  let sum = 0;
  for (let i = k; i >= 0 && ratio > 1e-18 * sum; i--) {
    sum += ratio;
    ratio *= i / mean;
  }
  return Math.exp(logTerm) * sum;
}
