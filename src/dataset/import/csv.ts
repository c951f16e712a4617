import { readdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { idProblem, normalizeId } from '../../core/dataset/id.js';
import { Nester } from '../../core/dataset/nest.js';
import { quote } from '../../core/dataset/quote.js';
import { UsageError } from '../../core/errors.js';
import { LABEL_LINE_CHARACTERS } from '../../core/limits.js';
import { codeOf } from '../documents.js';
import { inFolder, readExport } from './find.js';
import { PlanBuilder, type ImportPlan } from './write.js';

export interface CsvOptions {
  /** Folder of the documents; by default `documents/` beside the file if there is one, else the file's own folder. */
  readonly documents?: string;
  /** By default whichever of `,` `;` and tab the header has most of. */
  readonly delimiter?: string;
}

interface Column {
  readonly kind: 'id' | 'file' | 'template' | 'slice' | 'field';
  /** Name of the slice or dotted path of the field. */
  readonly name: string;
}

/** Errors listed at once; a wrong delimiter makes every row wrong in the same way. */
const ERRORS_SHOWN = 10;

/**
 * Reads labels from a table with one row for each document: a column `id` or `file` (a path below the documents' folder),
 * `template`, `slice:NAME`, and one column for each field, dotted headers nesting. Cells stay text as written; an empty
 * cell is no value. A table of somebody's spreadsheet is easily damaged, so any error refuses the whole file, with its
 * line.
 */
export async function planCsv(source: string, options: CsvOptions = {}): Promise<ImportPlan> {
  const text = await readExport(source);
  const rows = parseRows(source, text, options.delimiter ?? guessDelimiter(text));
  const header = rows.shift();
  if (!header)
    throw new UsageError(`${source} is empty`, 'write a header: id,FIELD,… and one row a document');
  const columns = parseHeader(source, header.cells);
  const documents = await Documents.open(source, options.documents);

  const plan = new PlanBuilder();
  const errors: string[] = [];
  const lineOf = new Map<string, number>();
  for (const { cells, line } of rows) {
    const row = parseRow(columns, cells);
    const found = await documents.find(row);
    if ('problem' in found) {
      errors.push(`line ${line}: ${found.problem}`);
      continue;
    }
    const earlier = lineOf.get(found.id);
    if (earlier !== undefined) {
      errors.push(`line ${line}: the id ${quote(found.id)} already stands on line ${earlier}`);
      continue;
    }
    lineOf.set(found.id, line);
    const { fields, slices, template } = row;
    plan.add(
      `line ${line}`,
      found.id,
      { origin: { kind: 'path', path: found.path }, extension: found.extension },
      { fields, accept: {}, slices, ...(template === '' ? {} : { template }) },
    );
  }
  refuse(source, errors);
  return plan.build();
}

interface Line {
  readonly cells: readonly string[];
  /** 1-based line of the file on which the row ends (a quoted cell may span several). */
  readonly line: number;
}

function parseRows(source: string, text: string, delimiter: string): Line[] {
  try {
    const records = parse(text, {
      bom: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
      max_record_size: LABEL_LINE_CHARACTERS,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return records.map(({ record, info }) => ({ cells: record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UsageError(
      `${source}: ${quote(error.message, 300).slice(1, -1)}`,
      'mend the row, or give --delimiter',
    );
  }
}

function guessDelimiter(text: string): string {
  const header = (/^.*$/m.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
  const candidates = [',', ';', '\t'].map((sign) => ({ sign, times: header.split(sign).length }));
  return candidates.reduce((best, one) => (one.times > best.times ? one : best)).sign;
}

function parseHeader(source: string, names: readonly string[]): Column[] {
  const errors: string[] = [];
  const seen = new Set<string>();
  const shape = new Nester();
  const columns = names.map((raw, index): Column => {
    const name = raw.trim();
    if (name === '') errors.push(`column ${index + 1} has no name`);
    else if (seen.has(name)) errors.push(`there are two columns ${quote(name)}`);
    seen.add(name);
    if (name === 'id' || name === 'file' || name === 'template') return { kind: name, name };
    if (name.startsWith('slice:')) {
      const slice = name.slice('slice:'.length).trim();
      if (slice === '' || slice === '__proto__') errors.push(`${quote(name)} names no slice`);
      return { kind: 'slice', name: slice };
    }
    if (/(^|\.)\d+(\.|$)/.test(name)) {
      errors.push(
        `${quote(name)} looks like a row of a table, which a CSV file cannot hold; write labels.jsonl instead`,
      );
    } else if (name !== '') {
      const problem = shape.set(name, '');
      if (problem !== undefined && !problem.endsWith('two values')) errors.push(problem);
    }
    return { kind: 'field', name };
  });
  if (!seen.has('id') && !seen.has('file'))
    errors.push('there is no column "id" or "file" that names the document');
  if (!columns.some(({ kind }) => kind === 'field')) errors.push('there is no column for a field');
  refuse(`${source}, header`, errors);
  return columns;
}

interface Row {
  readonly id: string;
  readonly file: string;
  readonly template: string;
  readonly slices: Readonly<Record<string, string>>;
  readonly fields: ReturnType<Nester['fields']>;
}

function parseRow(columns: readonly Column[], cells: readonly string[]): Row {
  const named = { id: '', file: '', template: '' };
  const slices: Record<string, string> = {};
  const fields = new Nester();
  for (const [index, { kind, name }] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (cell.trim() === '') continue;
    if (kind === 'slice') slices[name] = cell.trim();
    else if (kind === 'field') fields.set(name, cell);
    else named[kind] = cell.trim();
  }
  return { ...named, slices, fields: fields.fields() };
}

type Found =
  { readonly id: string; readonly path: string; readonly extension: string } | { readonly problem: string };

/** The documents beside a table. */
class Documents {
  readonly #folder: string;
  readonly #byId: ReadonlyMap<string, readonly string[]>;

  private constructor(folder: string, byId: ReadonlyMap<string, readonly string[]>) {
    this.#folder = folder;
    this.#byId = byId;
  }

  static async open(source: string, given: string | undefined): Promise<Documents> {
    const beside = join(dirname(source), 'documents');
    const candidates = given === undefined ? [beside, dirname(source)] : [given];
    for (const folder of candidates) {
      try {
        const byId = new Map<string, string[]>();
        for (const entry of await readdir(folder, { withFileTypes: true })) {
          if (entry.name.startsWith('.')) continue;
          const stem = entry.isDirectory()
            ? entry.name
            : entry.name.slice(0, entry.name.length - extname(entry.name).length);
          const id = normalizeId(stem);
          byId.set(id, [...(byId.get(id) ?? []), entry.name]);
        }
        return new Documents(folder, byId);
      } catch (error) {
        if (given !== undefined || codeOf(error) !== 'ENOENT') {
          throw new UsageError(
            `the documents' folder ${folder} cannot be read (${codeOf(error)})`,
            'give --documents DIR',
          );
        }
      }
    }
    throw new UsageError(`there is no folder of documents beside ${source}`, 'give --documents DIR');
  }

  async find({ id, file }: Row): Promise<Found> {
    if (id === '' && file === '') return { problem: 'the row names no document (id or file)' };
    let name = file;
    if (name === '') {
      const names = this.#byId.get(normalizeId(id)) ?? [];
      if (names.length === 0) return { problem: `there is no document ${quote(id)} in ${this.#folder}` };
      if (names.length > 1) {
        return {
          problem: `several files are the document ${quote(id)}: ${names.map((one) => quote(one)).join(', ')}; add a column "file"`,
        };
      }
      name = names[0] ?? '';
    }
    const found = await inFolder(this.#folder, name);
    if ('problem' in found) return found;
    const extension = found.kind === 'file' ? extname(name) : '';
    const own = normalizeId(
      id === '' ? name.slice(0, name.length - extension.length).replaceAll('/', '--') : id,
    );
    const problem = idProblem(own);
    return problem === undefined
      ? { id: own, path: found.path, extension }
      : { problem: `the id ${quote(own)} ${problem}` };
  }
}

function refuse(where: string, errors: readonly string[]): void {
  if (errors.length === 0) return;
  const shown = errors.slice(0, ERRORS_SHOWN).map((error) => `  ${error}`);
  if (errors.length > shown.length) shown.push(`  and ${errors.length - shown.length} more`);
  throw new UsageError(
    `${where}:\n${shown.join('\n')}`,
    'nothing was imported: mend the file and import it again',
  );
}
