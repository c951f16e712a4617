/**
 * Holm's step-down adjustment: an adjusted p-value ≤ level controls the chance of any false rejection in the family at
 * that level, however the tests depend on each other.
 *
 * @param p p-values in [0, 1], one for each test of the family
 * @returns adjusted p-values in the order of `p`, each in [p, 1]
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6 (1979).
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const adjusted = new Array<number>(p.length).fill(1);
  let running = 0;
  order.forEach(({ value, index }, rank) => {
    running = Math.max(running, Math.min(1, value * (p.length - rank)));
    adjusted[index] = running;
  });
  return adjusted;
}
