/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are bounded by the loops that make them */
/** Ordered lists: the alignment with the most equal items, then the most pairs, order kept. */
import { ALIGNMENT_CELLS } from '../limits.js';
import type { Pairing } from './pair.js';

/**
 * Aligns two sequences of `n` and `m` items. Equal items at both ends are aligned with each other, which loses nothing;
 * between them dynamic programming over n · m cells (Needleman and Wunsch 1970), or by position when those are too many.
 */
export function alignItems(n: number, m: number, equal: (i: number, j: number) => boolean): Pairing {
  const partner = new Int32Array(n).fill(-1);
  let start = 0;
  while (start < n && start < m && equal(start, start)) partner[start] = start++;
  let end = 0;
  while (end < n - start && end < m - start && equal(n - 1 - end, m - 1 - end)) {
    partner[n - 1 - end] = m - 1 - end;
    end++;
  }
  const rows = n - start - end;
  const columns = m - start - end;
  if (rows === 0 || columns === 0) return partner;
  if (rows * columns > ALIGNMENT_CELLS) {
    for (let k = 0; k < Math.min(rows, columns); k++) partner[start + k] = start + k;
    return partner;
  }
  // One more equal item outweighs all unequal pairs. Best score of the items from (i, j) to the end, so that the way
  // through it runs forward and pairs as early as it can.
  const pairWeight = 1;
  const equalWeight = Math.min(rows, columns) + 1;
  const same = new Uint8Array(rows * columns);
  const best = new Float64Array((rows + 1) * (columns + 1));
  const width = columns + 1;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const match = equal(start + i, start + j);
      if (match) same[i * columns + j] = 1;
      const both = best[(i + 1) * width + j + 1]! + (match ? equalWeight + pairWeight : pairWeight);
      best[i * width + j] = Math.max(both, best[(i + 1) * width + j]!, best[i * width + j + 1]!);
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns;) {
    const here = best[i * width + j]!;
    const gain = same[i * columns + j] === 1 ? equalWeight + pairWeight : pairWeight;
    if (here === best[(i + 1) * width + j + 1]! + gain) {
      partner[start + i] = start + j;
      i++;
      j++;
    } else if (here === best[(i + 1) * width + j]!) i++;
    else j++;
  }
  return partner;
}
