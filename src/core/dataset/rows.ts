/** A row of the base beside a row of the head, 0-based; null where it has no partner. */
export interface RowPair {
  readonly base: number | null;
  readonly head: number | null;
}

/** Beyond this many cells the table of the longest common subsequence is not built; the rows pair in order. */
const LCS_CELLS = 4_000_000;

/**
 * Pairs the rows of two versions of a table as a reviewer reads them: equal rows first and in order (longest common
 * subsequence), then what lies between two equal rows in order, then the rest alone. One inserted row is one change and
 * does not shift the others. Rows are given as canonical text; equal text is an equal row.
 */
export function pairRows(base: readonly string[], head: readonly string[]): RowPair[] {
  let start = 0;
  while (start < base.length && start < head.length && base[start] === head[start]) start += 1;
  let baseEnd = base.length;
  let headEnd = head.length;
  while (baseEnd > start && headEnd > start && base[baseEnd - 1] === head[headEnd - 1]) {
    baseEnd -= 1;
    headEnd -= 1;
  }

  const anchors = common(base.slice(start, baseEnd), head.slice(start, headEnd)).map(
    ([b, h]): [number, number] => [b + start, h + start],
  );
  const pairs: RowPair[] = [];
  for (let row = 0; row < start; row += 1) pairs.push({ base: row, head: row });
  let b = start;
  let h = start;
  for (const [nextBase, nextHead] of [...anchors, [baseEnd, headEnd] as const]) {
    while (b < nextBase || h < nextHead) {
      pairs.push({ base: b < nextBase ? b++ : null, head: h < nextHead ? h++ : null });
    }
    if (nextBase < baseEnd) {
      pairs.push({ base: nextBase, head: nextHead });
      b = nextBase + 1;
      h = nextHead + 1;
    }
  }
  for (let row = baseEnd; row < base.length; row += 1)
    pairs.push({ base: row, head: row - baseEnd + headEnd });
  return pairs;
}

/** Index pairs of a longest common subsequence. */
function common(base: readonly string[], head: readonly string[]): [number, number][] {
  if (base.length === 0 || head.length === 0 || base.length * head.length > LCS_CELLS) return [];
  const width = head.length + 1;
  const lengths = new Uint32Array((base.length + 1) * width);
  const at = (b: number, h: number): number => lengths[b * width + h] ?? 0;
  for (let b = base.length - 1; b >= 0; b -= 1) {
    for (let h = head.length - 1; h >= 0; h -= 1) {
      lengths[b * width + h] =
        base[b] === head[h] ? at(b + 1, h + 1) + 1 : Math.max(at(b + 1, h), at(b, h + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let b = 0, h = 0; b < base.length && h < head.length;) {
    if (base[b] === head[h]) pairs.push([b++, h++]);
    else if (at(b + 1, h) >= at(b, h + 1)) b += 1;
    else h += 1;
  }
  return pairs;
}
