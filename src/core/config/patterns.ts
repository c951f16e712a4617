/**
 * Patterns over field paths, as `gate.fields` and `gate.max_new_errors` use them: `*` stands for any text, dots
 * included, so `seller.*` is everything below seller and `line_items.*` every column. Linear in both lengths.
 */
export function fieldPatternMatches(pattern: string, path: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === path;
  const last = rest.pop() ?? '';
  if (!path.startsWith(first) || !path.endsWith(last) || path.length < first.length + last.length)
    return false;
  let from = first.length;
  const end = path.length - last.length;
  for (const part of rest) {
    const found = path.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}

/**
 * Whether a rule of the gate holds for a field, or for a column of a table. `*` and `line*` speak of fields: a pattern
 * reaches columns only by naming their table (`line_items.*`), or `"*": { max_drop: 1 }` would be a rule for every column.
 */
export function ruleReaches(pattern: string, field: string, column?: string): boolean {
  if (column === undefined) return fieldPatternMatches(pattern, field);
  return pattern.startsWith(`${field}.`) && fieldPatternMatches(pattern, `${field}.${column}`);
}
