/** How `docops dataset` shows problems, differences and what an import left out. Everything shown may be hostile text. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { DatasetDiff, LabelChange } from '../core/dataset/diff.js';
import { listed, quote } from '../core/dataset/quote.js';
import type { Json, Problem } from '../core/words.js';
import type { ImportPlan } from '../dataset/import/write.js';

/** Problems of one kind that are printed; a label file of 10,000 lines can have 10,000 of the same. `--json` has all. */
const PROBLEMS_SHOWN = 20;
/** Changes and left-out things that are printed. */
const ROWS_SHOWN = 200;
/** Characters of a value in a table of differences. */
const VALUE_CHARACTERS = 60;

/** `labels.jsonl:3:1: error[bad_id]: …`, errors first, at most `PROBLEMS_SHOWN` of one code. */
export function problemLines(problems: readonly Problem[]): string[] {
  const byCode = new Map<string, Problem[]>();
  for (const problem of [...problems].sort((a, b) => rank(a) - rank(b))) {
    const same = byCode.get(problem.code);
    if (same) same.push(problem);
    else byCode.set(problem.code, [problem]);
  }
  return [...byCode].flatMap(([code, same]) => {
    const lines = same.slice(0, PROBLEMS_SHOWN).map(problemLine);
    const more = same.length - lines.length;
    return more > 0 ? [...lines, `… and ${more} more of ${code}; --json lists them all`] : lines;
  });
}

function problemLine({ severity, code, message, place }: Problem): string {
  const colour = severity === 'error' ? pc.red : pc.yellow;
  const where = place ? `${pc.bold(`${safe(place.file)}:${place.line}:${place.column}`)}: ` : '';
  return `${where}${colour(`${severity}[${code}]`)}: ${message}`;
}

function rank({ severity }: Problem): number {
  return severity === 'error' ? 0 : 1;
}

/** The differences of two versions as tables and lists; one line when there are none. */
export function diffLines(diff: DatasetDiff): string[] {
  const { documents } = diff;
  const lists: [string, readonly string[]][] = [
    ['documents added', documents.added],
    ['documents removed', documents.removed],
    ['documents with other content', documents.changed],
    ['labels added', diff.added],
    ['labels removed', diff.removed],
  ];
  const lines = lists.flatMap(([title, ids]) =>
    ids.length > 0 ? [`${pc.bold(title)} (${ids.length}): ${listed(ids, 20)}`] : [],
  );
  if (diff.changes.length > 0) {
    const table = new Table({
      head: ['document', 'field', 'base', 'head'],
      style: { head: ['bold'], border: [] },
    });
    for (const change of diff.changes.slice(0, ROWS_SHOWN)) {
      table.push([
        quote(change.document).slice(1, -1),
        fieldOf(change),
        shown(change.base),
        shown(change.head),
      ]);
    }
    const changed = new Set(diff.changes.map(({ document }) => document)).size;
    lines.push(
      `${pc.bold('values changed')} (${diff.changes.length} in ${changed} ${changed === 1 ? 'document' : 'documents'}):`,
      table.toString(),
    );
    const more = diff.changes.length - ROWS_SHOWN;
    if (more > 0) lines.push(`… and ${more} more; --json lists them all`);
  }
  return lines.length > 0 ? lines : ['no difference'];
}

function fieldOf({ part, field, row }: LabelChange): string {
  const name = quote(field).slice(1, -1);
  if (part === 'template') return 'template';
  if (part !== 'fields') return `${part}: ${name}`;
  if (!row) return name;
  // People count rows from one.
  const base = row.base === null ? undefined : row.base + 1;
  const head = row.head === null ? undefined : row.head + 1;
  if (base === undefined) return `${name}, row ${head ?? ''} added`;
  if (head === undefined) return `${name}, row ${base} removed`;
  return base === head ? `${name}, row ${base}` : `${name}, row ${base} → ${head}`;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return pc.dim('(none)');
  if (typeof value === 'string') return quote(value, VALUE_CHARACTERS);
  return safe(JSON.stringify(value), VALUE_CHARACTERS);
}

/** Text in its own words, without the quotes. */
function safe(text: string, max = 300): string {
  return quote(text, max).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}

/** What an import chose and what it left out. */
export function importLines({ skipped, notes }: Pick<ImportPlan, 'skipped' | 'notes'>): string[] {
  const lines = [
    ...notes.map((note) => `${pc.cyan('note')}: ${safe(note, 500)}`),
    ...skipped.map(({ what, why }) => `${pc.yellow('skipped')}: ${safe(what)}: ${safe(why, 500)}`),
  ];
  const more = lines.length - ROWS_SHOWN;
  return more > 0 ? [...lines.slice(0, ROWS_SHOWN), `… and ${more} more`] : lines;
}
