/** zod's issues → problems with a place and a sentence that says what to write instead. */
import type { z } from 'zod';
import type { Problem } from '../words.js';
import { FIELD_TYPES, SCALAR_TYPES } from './field-schema.js';
import { didYouMean, nearest, orList, shown } from './quote.js';
import type { Locate, Path } from './yaml.js';

type Issue = z.core.$ZodIssue;

/** Keys that people put one level too high or too low, and where they belong. */
const HOMES: Readonly<Record<string, string>> = {
  ...homes('extract', [
    'run',
    'mode',
    'setup',
    'image',
    'timeout',
    'document_timeout',
    'deterministic',
    'repeats',
    'env',
  ]),
  ...homes('gate', [
    ...[
      'max_drop',
      'min',
      'slices',
      'max_new_errors',
      'judge',
      'on_hidden_losses',
      'alpha',
      'on_inconclusive',
    ],
    ...['latency', 'cost', 'enforce'],
  ]),
  ...homes('a pipeline', ['paths', 'dataset', 'extract', 'fields', 'gate']),
  ...homes('runner', ['cpu', 'memory', 'gpu', 'shards', 'wall_time', 'spot', 'network']),
  ...homes('budget', ['per_run', 'per_month']),
  ...homes('the top level of the file', [
    ...['pipelines', 'runner', 'labels', 'missing_labels', 'on_base_move', 'not_applicable', 'untrusted'],
    ...['merge_queue', 'comment', 'drafts', 'override', 'budget'],
  ]),
};

function homes(home: string, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, home]));
}

/** @param value the whole file as it was given to zod; @param locate finds the place of a path in it. */
export function explain(issues: readonly Issue[], value: unknown, locate: Locate): Problem[] {
  return issues.flatMap((issue) => explainOne(issue, [], value, locate));
}

function explainOne(issue: Issue, parent: Path, value: unknown, locate: Locate): Problem[] {
  const path: Path = [...parent, ...(issue.path as (string | number)[])];
  const { found, given } = lookUp(value, path);
  const problem = (
    code: string,
    message: string,
    at: Path = path,
    what: 'key' | 'value' = 'value',
  ): Problem => ({
    severity: 'error',
    code,
    message,
    place: locate(at, what),
  });
  const name = nameOf(path);

  if (issue.code === 'unrecognized_keys') {
    const known = JSON.parse(issue.message.split('|keys|')[1] ?? '[]') as string[];
    return issue.keys.map((key) =>
      problem('unknown_key', unknownKey(key, name, known, path), [...path, key], 'key'),
    );
  }
  if (issue.code === 'invalid_key') {
    const { code, rest } = unpack(issue.issues[0]?.message ?? issue.message);
    return [
      problem(code, `${shown(path.at(-1))} cannot be used as a name here: write ${rest}.`, path, 'key'),
    ];
  }
  if (issue.code === 'invalid_union') {
    if (issue.errors.length > 0 && !issue.message.includes('|'))
      return typeEntry(issue, path, value, locate, problem);
    if (issue.errors.length === 0) return [typeOf(given, found, parentOf(value, path), path, problem)];
  }
  const { code, kind, rest } = unpack(issue.message);
  if (kind === 'says') return [problem(code, `${name}: ${rest}`)];
  if (!found) return [problem('missing_key', `${name} is missing: write ${rest}.`)];
  return [problem(given === null ? 'empty_value' : code, `${name}: ${wrongValue(given, rest)}`)];
}

type MakeProblem = (code: string, message: string, at?: Path, what?: 'key' | 'value') => Problem;

/** A field, a column or a list's item: a type's name, or a mapping with `type`. */
function typeEntry(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  value: unknown,
  locate: Locate,
  problem: MakeProblem,
): Problem[] {
  const { found, given } = lookUp(value, path);
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return (issue.errors[1] ?? []).flatMap((inner) => explainOne(inner, path, value, locate));
  }
  return [typeOf(given, found, undefined, path, problem)];
}

function typeOf(given: unknown, found: boolean, holder: unknown, path: Path, problem: MakeProblem): Problem {
  const inside = path.includes('columns') || path.includes('of');
  const types: readonly string[] = inside ? SCALAR_TYPES : FIELD_TYPES;
  const name = nameOf(holder === undefined ? path : path.slice(0, -1));
  if (typeof given !== 'string') {
    const nested = typeof holder === 'object' && holder !== null ? Object.keys(holder)[0] : undefined;
    if (holder !== undefined && !found && nested !== undefined && nested !== 'type') {
      const field = String(path.at(-2));
      return problem(
        'missing_type',
        OPTIONS.has(nested)
          ? `${name} has no type: write { type: text, … }, with the type before ${shown(nested)}.`
          : `${name} has no type: write { type: text, … }. If ${shown(nested)} is a field below it, write ${shown(`${field}.${nested}`)} as one dotted key.`,
        path.slice(0, -1),
        'key',
      );
    }
    return problem('missing_type', `${name}: ${wrongValue(given, `a type: ${orList(types)}`)}`);
  }
  if (inside && (given === 'list' || given === 'table')) {
    return problem(
      'not_scalar',
      `${name}: a ${given} cannot stand inside a list or table. Write ${orList(types)}.`,
    );
  }
  if (given === 'list')
    return problem('short_list', `${name}: say what it is a list of. Write { type: list, of: text }.`);
  if (given === 'table') {
    return problem(
      'short_table',
      `${name}: say which columns it has. Write { type: table, columns: { name: text, total: money } }.`,
    );
  }
  const alias = TYPE_ALIASES[given.toLowerCase()];
  const hint = alias === undefined ? didYouMean(given, types) : ` Did you mean "${alias}"?`;
  return problem('unknown_type', `${name}: ${shown(given)} is not a type. Write ${orList(types)}.${hint}`);
}

/** Options of types: a mapping that has one but no `type` is a field, not a group of fields. */
const OPTIONS: ReadonlySet<string> = new Set([
  ...[
    'match',
    'threshold',
    'decimal',
    'tolerance',
    'missing_currency',
    'day_first',
    'pivot',
    'values',
    'aliases',
  ],
  ...['region', 'of', 'ordered', 'columns', 'weight', 'critical', 'mask'],
]);

/** What the types are called elsewhere. */
const TYPE_ALIASES: Readonly<Record<string, string>> = {
  string: 'text',
  str: 'text',
  int: 'number',
  integer: 'number',
  float: 'number',
  decimal: 'number',
  currency: 'money',
  amount: 'money',
  price: 'money',
  bool: 'boolean',
  datetime: 'date',
  array: 'list',
  object: 'table',
  choice: 'enum',
  category: 'enum',
  identifier: 'id',
  code: 'id',
};

function unknownKey(key: string, holder: string, known: readonly string[], path: Path): string {
  const near = nearest(key, known);
  const home = Object.hasOwn(HOMES, key) ? HOMES[key] : undefined;
  if (near === undefined && home !== undefined && home !== path.at(-1)) {
    return `${shown(key)} does not belong here. Move it to ${home === 'a pipeline' || home.startsWith('the ') ? home : `"${home}"`}.`;
  }
  const where = path.length === 0 ? 'this file' : holder;
  const hint = near === undefined ? ` It has ${orList(known)}.` : ` Did you mean ${shown(near)}?`;
  return `${shown(key)} is not a key of ${where}.${hint}`;
}

/** The value and what should stand there; says so where YAML read something else than was meant. */
function wrongValue(given: unknown, wanted: string): string {
  if (given === null || given === undefined) return `nothing stands here. Write ${wanted}.`;
  if (Array.isArray(given) && wanted.startsWith('a list')) return `the list is empty. Write ${wanted}.`;
  if (Array.isArray(given) && wanted.startsWith('a type')) {
    return `${shown(given)} is not a type. For several values write { type: list, of: text }.`;
  }
  if (typeof given === 'boolean' && /text|command|name|pattern|folder|type|duration/.test(wanted)) {
    return `YAML reads ${given} as a boolean; ${wanted} is wanted here. If the word is meant, write "${given}" in quotes.`;
  }
  if (typeof given === 'number' && /\ba (?:text|command|name|pattern|folder)|the name/.test(wanted)) {
    return `YAML reads ${given} as a number; ${wanted} is wanted here. If the text is meant, write "${given}" in quotes.`;
  }
  if (typeof given === 'string' && wanted.endsWith('true or false')) {
    const meant = /^(?:y|yes|on)$/i.test(given) ? true : /^(?:n|no|off)$/i.test(given) ? false : undefined;
    if (meant !== undefined) return `${shown(given)} is a text in YAML 1.2. Write ${meant}.`;
  }
  if (typeof given === 'string' && wanted.startsWith('a list')) {
    return `${shown(given)} is one text; ${wanted} is wanted here. Write [${shown(given)}].`;
  }
  if (typeof given === 'string' && /^\s*-?\d+(?:\.\d+)?\s*$/.test(given) && /number|^1,/.test(wanted)) {
    return `${shown(given)} is a text. Write ${given.trim()} without quotes: ${wanted}.`;
  }
  if (typeof given === 'object' && /pattern|text/.test(wanted)) {
    return `YAML reads brackets and braces as ${Array.isArray(given) ? 'a list' : 'a mapping'}; ${wanted} is wanted here. Put it in quotes.`;
  }
  return `${shown(given)} is not right. Write ${wanted}.`;
}

function unpack(message: string): { code: string; kind: string; rest: string } {
  const [code, kind, ...rest] = message.split('|');
  if (code === undefined || kind === undefined) return { code: 'invalid', kind: 'wants', rest: message };
  return { code, kind, rest: rest.join('|') };
}

function lookUp(value: unknown, path: Path): { found: boolean; given: unknown } {
  let given: unknown = value;
  for (const step of path) {
    if (typeof given !== 'object' || given === null || !Object.hasOwn(given, step))
      return { found: false, given: undefined };
    given = (given as Record<string | number, unknown>)[step];
  }
  return { found: true, given };
}

const parentOf = (value: unknown, path: Path): unknown => lookUp(value, path.slice(0, -1)).given;

/** `pipelines.invoices.gate.min` → `gate.min`: enough with the line beside it. */
function nameOf(path: Path): string {
  const short = path[0] === 'pipelines' && path.length > 2 ? path.slice(2) : path;
  if (short.length === 0) return 'The file';
  const last = short.at(-1);
  const entry = typeof last === 'number' ? `, entry ${last + 1}` : '';
  return shown((entry === '' ? short : short.slice(0, -1)).join('.')).slice(1, -1) + entry;
}
