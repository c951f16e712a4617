import { randomBytes } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { copyFile, cp, mkdir, readdir, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import pLimit from 'p-limit';
import { idProblem, normalizeId } from '../../core/dataset/id.js';
import { quote } from '../../core/dataset/quote.js';
import { UsageError } from '../../core/errors.js';
import { HASHES_AT_ONCE } from '../../core/limits.js';
import type { Label } from '../../core/words.js';
import { codeOf, isInside } from '../documents.js';

/** Where the bytes of an imported document come from. */
export type Origin =
  /** A file or a folder that is copied; links in it are followed. */
  | { readonly kind: 'path'; readonly path: string }
  /** Text that stood in the export itself. */
  | { readonly kind: 'text'; readonly text: string };

export interface ImportedDocument {
  readonly label: Label;
  readonly origin: Origin;
  /** With its dot, or empty; a folder has none. */
  readonly extension: string;
}

/** Something of the source that is not in the new dataset, and why. */
export interface Skipped {
  /** As the source calls it: a file, a task, a row. */
  readonly what: string;
  readonly why: string;
}

/** What an importer understood of its source; nothing is written yet. */
export interface ImportPlan {
  readonly documents: readonly ImportedDocument[];
  readonly skipped: readonly Skipped[];
  /** Choices that were made and that a person should know of. */
  readonly notes: readonly string[];
}

/**
 * Puts a plan into the native layout at `destination`: everything is written beside it first and moved into place in one
 * step, so that a broken import leaves nothing behind. A destination that has something in it is refused, or with `force`
 * replaced if it is a dataset.
 * @throws UsageError when the plan has no document or the destination cannot be used
 */
export async function writeDataset(
  plan: ImportPlan,
  destination: string,
  options: { readonly force: boolean; readonly source: string },
): Promise<void> {
  if (plan.documents.length === 0) {
    const first = plan.skipped[0];
    const why = first ? `; the first: ${first.what}: ${first.why}` : '';
    throw new UsageError(
      `nothing to import: ${plan.skipped.length} skipped${why}`,
      'look at the source and its layout',
    );
  }
  const target = resolve(destination);
  const occupied = await whatIsThere(target);
  if (occupied === 'file')
    throw new UsageError(`${destination} is a file`, 'name a folder that does not exist yet');
  if (occupied !== 'nothing' && occupied !== 'empty') {
    if (!options.force) {
      throw new UsageError(
        `${destination} is not empty`,
        'name another folder, or replace this one with --force',
      );
    }
    if (occupied === 'other') {
      throw new UsageError(
        `${destination} is no dataset, so --force does not replace it`,
        'name another folder',
      );
    }
    if (isInside(target, await realpath(options.source))) {
      throw new UsageError(
        `the source lies inside ${destination}, which --force would replace`,
        'name another folder',
      );
    }
  }

  await mkdir(dirname(target), { recursive: true });
  const suffix = randomBytes(6).toString('hex');
  const fresh = join(dirname(target), `.${basename(target)}.new-${suffix}`);
  const old = join(dirname(target), `.${basename(target)}.old-${suffix}`);
  try {
    await write(plan, fresh);
    if (occupied === 'empty') await rmdir(target);
    if (occupied === 'dataset') await rename(target, old);
    try {
      await rename(fresh, target);
    } catch (error) {
      if (occupied === 'dataset') await rename(old, target);
      throw error;
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  await rm(old, { recursive: true, force: true });
}

async function write(plan: ImportPlan, folder: string): Promise<void> {
  await mkdir(join(folder, 'documents'), { recursive: true });
  const limit = pLimit(HASHES_AT_ONCE);
  // All settle before a failure is thrown: what is still being copied could not be removed.
  const copies = await Promise.allSettled(
    plan.documents.map(({ label, origin, extension }) =>
      limit(async () => {
        const to = join(folder, 'documents', label.id + extension);
        if (origin.kind === 'text') await writeFile(to, origin.text, { flag: 'wx' });
        else if ((await stat(origin.path)).isDirectory())
          await cp(origin.path, to, { recursive: true, dereference: true });
        else await copyFile(origin.path, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      }),
    ),
  );
  const failed = copies.find((copy) => copy.status === 'rejected');
  if (failed) throw failed.reason;
  const labels = plan.documents.map(({ label }) => label).sort((a, b) => (a.id < b.id ? -1 : 1));
  await writeFile(
    join(folder, 'labels.jsonl'),
    labels.map((label) => `${JSON.stringify(asWritten(label))}\n`).join(''),
  );
}

/** A label with the keys that say something, in the order in which a person reads them. */
function asWritten({ id, fields, accept, slices, template }: Label): Partial<Label> {
  return {
    id,
    fields,
    ...(Object.keys(accept).length > 0 ? { accept } : {}),
    ...(Object.keys(slices).length > 0 ? { slices } : {}),
    ...(template === undefined ? {} : { template }),
  };
}

async function whatIsThere(target: string): Promise<'nothing' | 'empty' | 'dataset' | 'other' | 'file'> {
  let entries: Dirent[];
  try {
    entries = await readdir(target, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'nothing';
    if (codeOf(error) === 'ENOTDIR') return 'file';
    throw error;
  }
  if (entries.length === 0) return 'empty';
  const dataset = ['documents', 'labels.jsonl', 'dataset.yml'];
  const known = entries.every(({ name }) => dataset.includes(name) || name.startsWith('.'));
  return known && entries.some(({ name }) => dataset.includes(name)) ? 'dataset' : 'other';
}

/** A plan that grows: keeps ids apart and writes down what is left out. */
export class PlanBuilder {
  readonly #documents = new Map<string, ImportedDocument & { readonly what: string }>();
  readonly #skipped: Skipped[] = [];
  readonly #notes: string[] = [];

  skip(what: string, why: string): void {
    this.#skipped.push({ what, why });
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  /** Adds a document under an id made from `name`; a second one of the same id is skipped. */
  add(what: string, name: string, document: Omit<ImportedDocument, 'label'>, label: Omit<Label, 'id'>): void {
    const id = normalizeId(name);
    const problem = idProblem(id);
    const other = this.#documents.get(id);
    if (problem !== undefined) this.skip(what, `its id ${quote(id)} ${problem}`);
    else if (other) this.skip(what, `${other.what} has the same id ${quote(id)}; rename one of them`);
    else this.#documents.set(id, { ...document, label: { id, ...label }, what });
  }

  build(): ImportPlan {
    const documents = [...this.#documents.values()].map(({ label, origin, extension }) => ({
      label,
      origin,
      extension,
    }));
    return { documents, skipped: this.#skipped, notes: this.#notes };
  }
}
