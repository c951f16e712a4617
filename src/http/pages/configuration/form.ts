/** What was asked of the page: hostile until it went through here. */
import { CONFIG_PATHS } from '../../../core/config/index.js';

export const RUNS_DEFAULT = 20;
export const RUNS_MOST = 50;
/** Git's own names are shorter than 256 bytes on GitHub. */
const BRANCH_CHARACTERS = 250;
/** Of PostgreSQL's `integer`, which pull requests are numbered in. */
const GREATEST_NUMBER = 2 ** 31 - 1;

/** Of text fields: no speller marks keys, or sends them away. HTML wants the word, where the types of JSX want a boolean. */
export const NOT_SPELLED: object = { spellcheck: 'false' };

/** Whose file stands in the text field. */
export interface Source {
  readonly branch: string;
  /** Null: the branch's own file. */
  readonly pullNumber: number | null;
}

export interface Form {
  readonly text: string;
  /** The branch's own file, as the page had it; null: it had none. */
  readonly current: string | null;
  readonly path: string;
  readonly branch: string | null;
  readonly lastRuns: number;
}

/** Undefined: not a name of a branch. */
export function branchOf(given: string | undefined): string | undefined {
  const branch = given?.trim() ?? '';
  const usable =
    branch.length > 0 &&
    branch.length <= BRANCH_CHARACTERS &&
    !/[\p{Control}\p{Surrogate}\s~^:?*[\\]|\.\.|@\{|\/\//u.test(branch) &&
    !/^[-/.]|[/.]$/.test(branch);
  return usable ? branch : undefined;
}

export function pullNumberOf(given: string | undefined): number | null {
  const number = /^#?[1-9]\d{0,9}$/.test(given?.trim() ?? '') ? Number(given?.trim().replace('#', '')) : 0;
  return number > 0 && number <= GREATEST_NUMBER ? number : null;
}

/** `body` as Hono parses a form. Files and lists are no text and count as nothing. */
export function readForm(body: Readonly<Record<string, unknown>>): Form {
  const textOf = (name: string): string | undefined => {
    const value = body[name];
    return typeof value === 'string' ? linesOf(value) : undefined;
  };
  const runs = textOf('last_runs') ?? '';
  const lastRuns = /^\d{1,4}$/.test(runs) ? Number(runs) : RUNS_DEFAULT;
  const path = CONFIG_PATHS.find((known) => known === textOf('path')) ?? CONFIG_PATHS[0];
  const current = textOf('current') ?? '';
  return {
    text: textOf('configuration') ?? '',
    current: current === '' ? null : current,
    path,
    branch: branchOf(textOf('branch')) ?? null,
    lastRuns: Math.min(RUNS_MOST, Math.max(1, lastRuns)),
  };
}

/** Forms send line ends as CR LF; a database takes no NUL, and no text has one. */
function linesOf(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\0', '\uFFFD');
}
