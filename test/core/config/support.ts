import { readFileSync } from 'node:fs';
import { readConfig } from '../../../src/core/config/index.js';
import type { Config, Problem } from '../../../src/core/words.js';

/** The annotated example of the contract, every key in it. */
export const FULL = readFileSync(new URL('full.yml', import.meta.url), 'utf8');

/** Line numbers of the tables below are counted in this text. */
export const SMALL = `version: 1
pipelines:
  invoices:
    paths: ["extract/**"]
    dataset: eval/invoices
    extract:
      run: python3 main.py
    fields:
      invoice_number: id
      seller.name: text
      line_items: { type: table, columns: { name: text } }
    gate:
      min: 0.8
`;

/** `SMALL` with one piece of text replaced; fails when the piece is not there. */
export function changed(piece: string, by: string): string {
  if (!SMALL.includes(piece)) throw new Error(`not in the example: ${piece}`);
  return SMALL.replace(piece, () => by);
}

export function valid(text: string): Config {
  const { config, problems } = readConfig(text, '.docops.yml');
  if (config === undefined) throw new Error(problems.map((problem) => problem.message).join('\n'));
  return config;
}

export function problemsOf(text: string): Problem[] {
  return readConfig(text, '.docops.yml').problems;
}

/** `severity code line:column` of each problem. */
export function brief(problems: readonly Problem[]): string[] {
  return problems.map(
    ({ severity, code, place }) => `${severity} ${code} ${place?.line ?? '-'}:${place?.column ?? '-'}`,
  );
}
