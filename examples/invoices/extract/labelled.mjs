import { cells } from './text.mjs';

/**
 * The value that belongs to a label: what follows it in its own cell ("Date: 5 May"), else the next cell of the line,
 * else the cell under it. `accept` says whether a text can be a value of this kind.
 */
export function findLabelled(lines, label, accept = (text) => text !== '') {
  for (const [index, line] of lines.entries()) {
    const row = cells(line);
    for (const [position, cell] of row.entries()) {
      const match = label.exec(cell.text);
      if (match === null) continue;
      const rest = cell.text.slice(match.index + match[0].length).replace(/^[\s:.#°º]+/, '');
      const beside = row[position + 1]?.text;
      const below = cells(lines[index + 1] ?? '').find(
        (other) => Math.abs(other.start - cell.start) <= 2,
      )?.text;
      const value = [rest, beside, below].find((text) => text !== undefined && text !== '' && accept(text));
      if (value !== undefined) return value;
    }
  }
  return null;
}
