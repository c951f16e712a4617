import type { Problem } from '../words.js';

/** `.docops.yml:12:9: error[unknown_key]: …`, the form that editors and terminals make into a link. */
export function formatProblem(problem: Problem): string {
  const { place } = problem;
  const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column}: `;
  return `${where}${problem.severity}[${problem.code}]: ${problem.message}`;
}

const FRAME_COLUMNS = 100;

/** The line of a problem with a caret below its column; undefined when the text has no such line. */
export function codeFrame(text: string, problem: Problem): string | undefined {
  const { place } = problem;
  if (place === undefined) return undefined;
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const line = lines[place.line - 1]?.replace(/\r$/, '');
  if (line === undefined || line.trim() === '') return undefined;
  // A long line is shown around the column.
  const from = place.column > FRAME_COLUMNS ? place.column - FRAME_COLUMNS / 2 : 0;
  const clean = (part: string) => part.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, ' ');
  const number = String(place.line);
  const gutter = ' '.repeat(number.length);
  const before = ' '.repeat(Math.max(place.column - 1 - from, 0));
  return `${number} | ${clean(line.slice(from, from + FRAME_COLUMNS))}\n${gutter} | ${before}^`;
}
